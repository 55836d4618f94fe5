//! Records, one after the other, from an input of either shape.

use super::lenient::{self, Draft};
use super::lines::{LINE_LIMIT, Line, Lines};
use super::values::Values;
use super::{ReadError, Record, Report, repair, strict, visible};
use crate::fingerprint::fingerprint;
use crate::{Block, Event, EventId, Header, SessionId, Timestamp, attribute, write_event};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead};

/// How many foreign lines before the first header are kept; more are only counted.
const EARLY_LIMIT: usize = 100;

/// An iterator over the records of an input of either shape: JSON Lines, or one object with all events.
///
/// Only an input that fails to be read gives an error; it is the last item.
pub struct Reader<R> {
    lines: Lines<R>,
    report: Report,
    ready: VecDeque<Record>,
    /// Storage for the next line.
    spare: Vec<u8>,
    is_done: bool,
    /// Whether no line but blank ones and plain events has been read.
    is_at_start: bool,
    has_header: bool,
    /// What stands before the first header.
    early: Vec<Draft>,
    last_time: Timestamp,
    /// The ids seen in this session, each with the number of its last `#` copy.
    ids: HashMap<u64, u64>,
}

impl<R: BufRead> Reader<R> {
    /// Returns a reader of `input`.
    pub fn new(input: R) -> Self {
        Self {
            lines: Lines::new(input, LINE_LIMIT),
            report: Report::default(),
            ready: VecDeque::new(),
            spare: Vec::new(),
            is_done: false,
            is_at_start: true,
            has_header: false,
            early: Vec::new(),
            last_time: Timestamp::EPOCH,
            ids: HashMap::new(),
        }
    }

    /// Returns what was odd so far.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Returns what was odd.
    #[must_use]
    pub fn into_report(self) -> Report {
        self.report
    }

    fn read_line(&mut self) -> io::Result<()> {
        let Some(line) = self.lines.next(std::mem::take(&mut self.spare))? else {
            self.is_done = true;
            return Ok(());
        };
        self.report.lines += 1;
        match line {
            Line::TooLong { length, hash } => {
                self.report.count_unparsed();
                let size = json!({"bytes": length, "blake3": hash.to_string()});
                self.push_foreign("unparsed", Block::json(size));
            }
            Line::Whole { bytes, ended } => {
                let text = trim(&bytes);
                match strict::event(text) {
                    Ok(event) => {
                        self.report.events += 1;
                        self.push_draft(Draft { event, has_time: true });
                    }
                    Err(_) if text.is_empty() => {}
                    Err(_) => self.read_values(text, ended)?,
                }
                self.spare = bytes;
            }
        }
        Ok(())
    }

    /// Reads whatever JSON values stand on a line.
    fn read_values(&mut self, text: &[u8], ended: bool) -> io::Result<()> {
        let mut values = Values::parse(text);
        let may_be_document = std::mem::replace(&mut self.is_at_start, false)
            && ended
            && values.whole.is_empty()
            && values.is_torn();
        if may_be_document && let Some(document) = self.read_document(text)? {
            self.push_value(document);
            return Ok(());
        }
        let repaired;
        let mut text = text;
        if values.error.is_some() {
            repaired = repair(text);
            if repaired.as_bytes() != text {
                let again = Values::parse(repaired.as_bytes());
                if again.error.is_none() || again.is_torn() {
                    self.report.repaired_lines += u64::from(!again.whole.is_empty());
                    (values, text) = (again, repaired.as_bytes());
                }
            }
        }
        self.report.glued_lines += u64::from(values.whole.len() > 1);
        let is_torn = values.is_torn();
        for value in values.whole {
            self.push_value(value);
        }
        if is_torn && !ended {
            self.report.torn = true;
            return Ok(());
        }
        let rest = text.get(values.end..).unwrap_or_default();
        if !rest.trim_ascii().is_empty() {
            self.report.count_unparsed();
            self.push_foreign("unparsed", Block::text(visible(rest)));
        }
        Ok(())
    }

    /// Reads the rest of an input whose first line only begins a JSON value: a session as one object over many
    /// lines. If it is none, the rest is given back.
    fn read_document(&mut self, first: &[u8]) -> io::Result<Option<Value>> {
        let mut rest = Vec::new();
        if self.lines.read_rest(&mut rest)? {
            let document = [first, b"\n", &rest].concat();
            let value = serde_json::from_slice(&document)
                .or_else(|_| serde_json::from_str(&repair(&document)));
            if let Ok(value) = value {
                return Ok(Some(value));
            }
        }
        self.lines.give_back(rest);
        Ok(None)
    }

    fn push_value(&mut self, value: Value) {
        let Value::Object(members) = value else {
            return self.push_unknown(None, value);
        };
        let has = |name| members.contains_key(name);
        match members.get("type").and_then(Value::as_str) {
            Some("event") => self.push_event(members),
            Some("header") => self.push_header(members),
            Some("stats") => self.push_stats(members),
            None if members.get("events").is_some_and(Value::is_array) => {
                self.push_session(members);
            }
            None if has("event_type") => self.push_event(members),
            None if has("session_id") => self.push_header(members),
            name => {
                let name = name.map(str::to_owned);
                self.push_unknown(name.as_deref(), Value::Object(members));
            }
        }
    }

    fn push_unknown(&mut self, name: Option<&str>, value: Value) {
        let name = name.unwrap_or("untyped");
        self.report.count_line_type(name);
        self.push_foreign(name, Block::json(value));
    }

    /// Keeps what is no HAIL line as an event of its own. Before the start of a session it waits for one: what
    /// holds nothing else is no session.
    fn push_foreign(&mut self, kind: &str, block: Block) {
        let draft = Draft::custom(self.report.lines, kind, block);
        if self.has_header {
            self.push_draft(draft);
        } else if self.early.len() < EARLY_LIMIT {
            self.early.push(draft);
        }
    }

    /// Reads a session that is one object.
    fn push_session(&mut self, mut members: Map<String, Value>) {
        let events = members.remove("events");
        let stats = members.remove("stats");
        self.push_header(members);
        for event in events.into_iter().flat_map(|events| match events {
            Value::Array(events) => events,
            other => vec![other],
        }) {
            self.push_value(event);
        }
        if let Some(Value::Object(stats)) = stats {
            self.push_stats(stats);
        }
    }

    fn push_header(&mut self, members: Map<String, Value>) {
        let header = lenient::header(members, &mut self.report);
        self.start_session(header);
    }

    fn push_stats(&mut self, members: Map<String, Value>) {
        let stats = lenient::stats(members);
        self.report.claimed = Some(stats);
        self.ready.push_back(Record::Stats(stats));
    }

    fn push_event(&mut self, members: Map<String, Value>) {
        self.report.events += 1;
        let draft = lenient::event(members, &mut self.report);
        self.push_draft(draft);
    }

    fn push_draft(&mut self, draft: Draft) {
        let Draft { mut event, has_time } = draft;
        if !self.has_header {
            self.report.made_headers += 1;
            self.start_session(made_header(&event));
        }
        if has_time {
            self.last_time = event.timestamp;
        } else {
            self.report.inferred_times += 1;
            event.timestamp = self.last_time;
            event.attributes.set(attribute::TIMESTAMP_INFERRED, true);
        }
        self.make_unique(&mut event.event_id);
        self.ready.push_back(Record::Event(event));
    }

    fn start_session(&mut self, header: Header) {
        self.has_header = true;
        self.ids.clear();
        self.last_time = header.context.created_at;
        self.ready.push_back(Record::Header(Box::new(header)));
        for draft in std::mem::take(&mut self.early) {
            self.push_draft(draft);
        }
    }

    /// Gives an event without an id that of its line, and one whose id is taken the next free `#2`, `#3` … of it.
    fn make_unique(&mut self, id: &mut EventId) {
        let is_missing = id.as_str().is_empty();
        if is_missing {
            *id = EventId::new(format!("line-{}", self.report.lines));
        }
        let own = fingerprint(id.as_str());
        let Some(&last) = self.ids.get(&own) else {
            self.report.made_ids += u64::from(is_missing);
            self.ids.insert(own, 1);
            return;
        };
        self.report.made_ids += 1;
        for number in last + 1.. {
            let copy = format!("{id}#{number}");
            if !self.ids.contains_key(&fingerprint(&copy)) {
                self.ids.insert(own, number);
                self.ids.insert(fingerprint(&copy), 1);
                *id = EventId::new(copy);
                return;
            }
        }
    }
}

/// Returns a line without what may stand around it: a byte order mark, white space, NUL bytes left by a power cut.
fn trim(line: &[u8]) -> &[u8] {
    let mut text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    while let [0..=b' ', rest @ ..] | [rest @ .., 0..=b' '] = text {
        text = rest;
    }
    text
}

/// Returns a header for a session that begins with `first`. Its id is made from that event, so that a log which
/// has only grown keeps it.
fn made_header(first: &Event) -> Header {
    let mut line = Vec::new();
    write_event(first, &mut line);
    let id = SessionId::from_foreign(&String::from_utf8_lossy(&line));
    let mut header = Header::new(id, "unknown", "unknown");
    header.context.created_at = first.timestamp;
    header
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(Ok(record));
            }
            if self.is_done {
                return None;
            }
            if let Err(source) = self.read_line() {
                self.is_done = true;
                return Some(Err(ReadError::Io { line: self.report.lines + 1, source }));
            }
        }
    }
}
