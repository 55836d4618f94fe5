//! Where a parser puts what it finds.

use opensession_hail::{Attachment, Event, Header, SessionId};

/// Receives the sessions of a source, one after the other: `begin`, then where it is, events and attachments, then `end`.
pub trait Sink {
    /// Returns whether the session was stored when its tool gave it this stamp, so that it need not be told again.
    /// Asked before `begin`, of databases and folders with many sessions; nothing follows where it is so.
    fn knows(&mut self, _session_id: &SessionId, _stamp: &str) -> bool {
        false
    }

    /// A session begins.
    fn begin(&mut self, session_id: &SessionId);

    /// The session was made by this tool and not by the parser's: told right after `begin`, of sessions that were HAIL
    /// already. It is the tool of the session's key, so that it is the same session as when the tool's own log is read.
    fn made_by(&mut self, _tool: &str) {}

    /// The session works in this folder, as its header will say. Told once, as soon as the log tells it: mostly
    /// before the first event, but nobody may rely on that.
    fn located(&mut self, cwd: &str);

    /// The next record of the session, before the events that come from it; for sources that are no log of lines: rows
    /// of a database, files of a folder, messages of a document that is written anew each time. What offsets count,
    /// and what is compared when the session has grown, are then these bytes, one record after the other. A record
    /// is given as the tool stored it, so that another version of the parser gives the same bytes.
    fn record(&mut self, _bytes: &[u8]) {}

    /// The next event, in the order of the log. `offset` is where in the uncompressed source, or in the
    /// records of the session, the record starts that
    /// it comes from; it never falls. `settled` is false when a later record may still change the event: a call
    /// whose result the log does not hold yet. Nothing at or behind the first such event is stored.
    fn event(&mut self, event: Event, offset: u64, settled: bool);

    /// An attachment that events of this session refer to.
    fn attachment(&mut self, attachment: Attachment);

    /// The session is complete as far as the log goes.
    fn end(&mut self, header: Header);
}
