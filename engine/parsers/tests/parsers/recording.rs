//! A sink that keeps all it is given.

use opensession_hail::{Attachment, Event, Header, SessionId, Stats, Tally};
use opensession_parsers::{PARSERS, ParseError, ParseReport, Parser, Sink, Source};
use std::collections::HashMap;
use std::path::Path;

/// One session as the sink received it.
#[derive(Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) id: SessionId,
    pub(crate) events: Vec<Sent>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) header: Option<Header>,
    pub(crate) place: Option<String>,
    /// The tool that made it, where that is not the parser's.
    pub(crate) maker: Option<String>,
    /// The records that it was told of, one after the other.
    pub(crate) records: Vec<u8>,
}

/// One event as the sink received it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) event: Event,
    pub(crate) offset: u64,
    pub(crate) settled: bool,
}

impl Recorded {
    /// How many bytes of the records no later record changes.
    pub(crate) fn settled_bytes(&self) -> usize {
        let open = self.events.iter().find(|sent| !sent.settled);
        open.map_or(self.records.len(), |sent| usize::try_from(sent.offset).expect("it is small"))
    }

    /// The statistics of the events.
    pub(crate) fn stats(&self) -> Stats {
        let mut tally = Tally::new();
        self.events.iter().for_each(|sent| tally.push(&sent.event));
        tally.finish()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) sessions: Vec<Recorded>,
}

impl Recording {
    fn current(&mut self) -> &mut Recorded {
        let session = self.sessions.last_mut().expect("begin comes first");
        assert!(session.header.is_none(), "nothing comes behind the end");
        session
    }
}

impl Sink for Recording {
    fn begin(&mut self, session_id: &SessionId) {
        self.sessions.push(Recorded {
            id: session_id.clone(),
            events: Vec::new(),
            attachments: Vec::new(),
            header: None,
            place: None,
            maker: None,
            records: Vec::new(),
        });
    }

    fn made_by(&mut self, tool: &str) {
        self.current().maker = Some(tool.to_owned());
    }

    fn located(&mut self, cwd: &str) {
        let before = self.current().place.replace(cwd.to_owned());
        assert_eq!(before, None, "a session has one place");
    }

    fn record(&mut self, bytes: &[u8]) {
        self.current().records.extend_from_slice(bytes);
    }

    fn event(&mut self, event: Event, offset: u64, settled: bool) {
        self.current().events.push(Sent { event, offset, settled });
    }

    fn attachment(&mut self, attachment: Attachment) {
        self.current().attachments.push(attachment);
    }

    fn end(&mut self, header: Header) {
        assert_eq!(self.current().place.as_deref(), header.cwd(), "the header says the same place");
        self.current().header = Some(header);
    }
}

/// Remembers the stamps of sessions, as the engine does.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    known: HashMap<String, String>,
    told: Vec<String>,
}

impl Memory {
    /// Parses the file at `path`, and returns which sessions were told.
    pub(crate) fn read(&mut self, parser: &dyn Parser, path: &Path) -> Vec<String> {
        self.told.clear();
        parser.parse(&Source::file(path), self).expect("it can be read");
        self.told.clone()
    }
}

impl Sink for Memory {
    fn knows(&mut self, session_id: &SessionId, stamp: &str) -> bool {
        let before = self.known.insert(session_id.to_string(), stamp.to_owned());
        before.as_deref() == Some(stamp)
    }
    fn begin(&mut self, session_id: &SessionId) {
        self.told.push(session_id.to_string());
    }
    fn located(&mut self, _cwd: &str) {}
    fn event(&mut self, _event: Event, _offset: u64, _settled: bool) {}
    fn attachment(&mut self, _attachment: Attachment) {}
    fn end(&mut self, _header: Header) {}
}

/// The parser of the tool of that name.
pub(crate) fn parser(tool: &str) -> &'static dyn Parser {
    PARSERS
        .iter()
        .copied()
        .find(|parser| parser.tool().as_str() == tool)
        .expect("the tool has a parser")
}

/// Parses `bytes` as if they were the file at `path`.
pub(crate) fn parse(
    parser: &dyn Parser,
    path: &Path,
    bytes: &[u8],
) -> (Vec<Recorded>, ParseReport) {
    let (sessions, report) = try_parse(parser, &Source::bytes(path, bytes));
    // The beginning of a log may hold no record yet.
    (sessions, report.unwrap_or_default())
}

/// Parses the file at `path`.
pub(crate) fn parse_file(parser: &dyn Parser, path: &Path) -> (Vec<Recorded>, ParseReport) {
    let (sessions, report) = try_parse(parser, &Source::file(path));
    // The beginning of a log may hold no record yet.
    (sessions, report.unwrap_or_default())
}

/// Parses a log that may be none.
pub(crate) fn try_parse(
    parser: &dyn Parser,
    source: &Source<'_>,
) -> (Vec<Recorded>, Result<ParseReport, ParseError>) {
    let mut recording = Recording::default();
    let report = parser.parse(source, &mut recording);
    (recording.sessions, report)
}

/// The events of a session that are of the type of that name.
pub(crate) fn of_type<'s>(session: &'s Recorded, name: &str) -> Vec<&'s Event> {
    let events = session.events.iter().map(|sent| &sent.event);
    events.filter(|event| event.event_type.name() == name).collect()
}

/// The texts in the events of the type of that name.
pub(crate) fn texts<'s>(session: &'s Recorded, name: &str) -> Vec<&'s str> {
    let blocks = of_type(session, name).into_iter().flat_map(|event| &event.content.blocks);
    blocks.filter_map(|block| block.as_text()).collect()
}

/// Which events no later record changes.
pub(crate) fn settled(session: &Recorded) -> Vec<bool> {
    session.events.iter().map(|sent| sent.settled).collect()
}

/// The session of a log that holds one.
pub(crate) fn only(read: (Vec<Recorded>, ParseReport)) -> (Recorded, ParseReport) {
    let (mut sessions, report) = read;
    assert_eq!(sessions.len(), 1);
    (sessions.remove(0), report)
}
