//! Where a parser puts what it finds.

use opensession_hail::{Attachment, Event, Header, SessionId};

/// Receives the sessions of a source, one after the other: `begin`, then where it is, events and attachments, then `end`.
pub trait Sink {
    /// A session begins.
    fn begin(&mut self, session_id: &SessionId);

    /// The session works in this folder, as its header will say. Told once, as soon as the log tells it: mostly
    /// before the first event, but nobody may rely on that.
    fn located(&mut self, cwd: &str);

    /// The next event, in the order of the log. `offset` is where in the uncompressed source the record starts that
    /// it comes from; it never falls. `settled` is false when a later record may still change the event: a call
    /// whose result the log does not hold yet. Nothing at or behind the first such event is stored.
    fn event(&mut self, event: Event, offset: u64, settled: bool);

    /// An attachment that events of this session refer to.
    fn attachment(&mut self, attachment: Attachment);

    /// The session is complete as far as the log goes.
    fn end(&mut self, header: Header);
}
