//! What OpenHands exports: a list of events, an object with such a list, a line with one for each conversation as
//! evaluations write it, or a line for each event.

use super::TOOL;
use super::clock::Clock;
use super::event::{answer_of, is_event, is_flat, local_time};
use super::log::Log;
use super::side::{Side, word};
use crate::gate::Gate;
use crate::head::{holds, without_mark};
use crate::items::{self, Document};
use crate::lines::is_torn;
use crate::session::Place;
use crate::transcript::value_of;
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{Block, ContentId, SessionId};
use serde_json::Value;
use std::path::Path;

/// Under which keys exports have their events.
const KEYS: [&str; 3] = ["history", "trajectory", "events"];

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A list of events, or an object with one under this key.
    Document(&'static str),
    /// A line with such an object for each conversation.
    Conversations(&'static str),
    /// A line for each event.
    Events,
}

impl Shape {
    /// Returns how a file that begins like this is written; `None` where it is no export.
    pub(super) fn of(path: &Path, head: &[u8]) -> Option<Self> {
        let is_lines = path.extension().is_some_and(|end| end == "jsonl");
        let begins_with = |document: &Document<'_>| {
            let first = document.items.first().map(|item| item.bytes);
            first.is_some_and(|first| is_event(first) || is_flat(first) || is_pair(first))
        };
        for key in KEYS {
            if items::read(head, key).is_some_and(|document| begins_with(&document)) {
                let is_line = head.trim_ascii_start().starts_with(b"{") && is_lines;
                return Some(if is_line { Self::Conversations(key) } else { Self::Document(key) });
            }
        }
        (is_lines && is_event(head)).then_some(Self::Events)
    }
}

/// Reads an export.
pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let head = source.head()?;
    match Shape::of(source.path(), without_mark(&head)) {
        Some(Shape::Document(key)) => parse_document(source, key, out),
        Some(Shape::Conversations(key)) => parse_conversations(source, key, out),
        Some(Shape::Events) | None => parse_events(source, out),
    }
}

fn parse_document(
    source: &Source<'_>,
    key: &str,
    out: &mut dyn Sink,
) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let document = items::read(&bytes, key).unwrap_or_default();
    let mut report = read_conversation(&document, &stem(source.path()), None, out);
    if bytes.trim_ascii_start().starts_with(b"{") {
        report.understand("conversation");
    }
    let hash = Some(ContentId::of(bytes.get(..document.end).unwrap_or(&[])));
    Ok(ParseReport { bytes: document.end as u64, hash, torn: !document.is_whole, ..report })
}

fn parse_conversations(
    source: &Source<'_>,
    key: &str,
    out: &mut dyn Sink,
) -> Result<ParseReport, ParseError> {
    let stem = stem(source.path());
    let mut lines = source.lines()?;
    let mut report = ParseReport::default();
    let mut torn = None;
    while let Some(line) = lines.next()? {
        let document = items::read(line.bytes, key).filter(|document| document.is_whole);
        match document {
            None if !line.terminated => torn = Some(line.offset),
            None if line.bytes.is_empty() && line.too_long.is_none() => {}
            None => report.keep_unknown("unparsed"),
            Some(document) => {
                let name = format!("{stem}-{}", line.number);
                let read = read_conversation(&document, &name, Some(line.offset), out);
                report.add(&read);
                report.understand("conversation");
                report.tool_version = read.tool_version.or(report.tool_version);
            }
        }
    }
    let (bytes, hash) = lines.digest(torn);
    Ok(ParseReport { bytes, hash: Some(hash), torn: torn.is_some(), ..report })
}

fn parse_events(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let id = SessionId::from_foreign(&stem(source.path()));
    let mut gate = Gate::new(out, id.clone());
    let mut log = Log::new(&mut gate, id, Side { is_final: true, ..Side::default() });
    let mut lines = source.lines()?;
    let mut torn = None;
    while let Some(line) = lines.next()? {
        log.session.place = Place { line: line.number, offset: line.offset, ..Place::default() };
        if !line.terminated && is_torn(&line) {
            torn = Some(line.offset);
        } else if let Some(length) = line.too_long {
            log.keep_text(format!("a line of {length} bytes, too long to be kept"));
        } else if !line.bytes.is_empty() {
            log.read(line.bytes);
        }
    }
    let report = log.session.finish(TOOL.as_str(), "");
    let (bytes, hash) = lines.digest(torn);
    Ok(ParseReport { bytes, hash: Some(hash), torn: torn.is_some(), ..report })
}

/// Reads a conversation whose events stand in a list; `name` is what it is called where it does not say so. Its events
/// stand at `offset`, else where they are in the document.
fn read_conversation(
    document: &Document<'_>,
    name: &str,
    offset: Option<u64>,
    out: &mut dyn Sink,
) -> ParseReport {
    let mut side = side_of(document);
    let first = document.items.iter().find_map(|item| Some((item, answer_of(item.bytes)?)));
    // Until the first answer tells the clock, all times may still change.
    let is_open = first.is_none() && !document.is_whole;
    side.clock = first.and_then(|(item, answer)| Clock::between(answer.at, local_time(item.bytes)));
    let id = SessionId::from_foreign(side.id.as_deref().unwrap_or(name));
    let mut gate = Gate::new(out, id.clone());
    let mut log = Log::new(&mut gate, id, side);
    log.session.may_change = is_open;
    if offset.is_some() {
        log.read_instruction(document);
    }
    for item in &document.items {
        log.session.place.offset = offset.unwrap_or(item.offset);
        // Early evaluations pair each action with what came of it.
        let pair = items::read(item.bytes, "").filter(|_| is_pair(item.bytes));
        let records = pair.map_or_else(|| vec![*item], |pair| pair.items);
        for record in records {
            log.session.place.line += 1;
            log.read(record.bytes);
        }
    }
    if document.is_whole {
        log.session.settle_calls();
        log.settle_usage(true);
    }
    log.session.finish(TOOL.as_str(), "")
}

impl Log<'_> {
    /// Reads what the agent was told to do, where the events of an evaluation begin behind that.
    fn read_instruction(&mut self, document: &Document<'_>) {
        let first = document.items.first().map_or(&[][..], |item| item.bytes);
        let begins_later =
            ["\"ActionEvent\"", "\"ObservationEvent\""].iter().any(|kind| holds(first, kind));
        let told = document.member("instruction").and_then(value_of).filter(|_| begins_later);
        if let Some(text) = word(told.as_ref()).filter(|text| !text.trim().is_empty()) {
            "instruction".clone_into(&mut self.session.place.raw_type);
            self.prompt(Some("instruction"), (vec![Block::text(text)], Vec::new()));
        }
    }
}

/// Returns what an export says of its conversation beside its events.
fn side_of(document: &Document<'_>) -> Side {
    let member = |name: &str| value_of(document.member(name)?);
    let mut side = Side { is_final: true, ..Side::default() };
    let text = |name: &str| word(member(name).as_ref()).filter(|text| !text.is_empty());
    let ids = ["instance_id", "conversation_id", "id", "sid"];
    side.id = ids.into_iter().find_map(text).or_else(|| issue_id(&member("issue")?));
    side.title = text("title");
    side.branch = text("selected_branch");
    let metadata = member("metadata").unwrap_or_default();
    let config = metadata.get("llm_config").or_else(|| metadata.get("llm"));
    side.model = word(config.and_then(|config| config.get("model"))).or_else(|| text("llm_model"));
    if let Some(metrics) = member("metrics") {
        side.add_metrics(&metrics);
    }
    side
}

/// Returns what the resolver of issues calls a conversation: by its issue.
fn issue_id(issue: &Value) -> Option<String> {
    let text = |key: &str| issue.get(key).and_then(Value::as_str);
    let number = issue.get("number").and_then(Value::as_u64)?;
    Some(format!("{}-{}-{number}", text("owner")?, text("repo")?))
}

/// Returns whether the item is a list that begins with an event.
fn is_pair(item: &[u8]) -> bool {
    let list = items::read(item, "").filter(|_| item.starts_with(b"["));
    list.is_some_and(|list| {
        list.items.first().is_some_and(|first| is_event(first.bytes) || is_flat(first.bytes))
    })
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
