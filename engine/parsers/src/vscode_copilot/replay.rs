//! A chat as the changes of its document, one a line: they are made again, and what they take away is remembered.

use super::chat::Chat;
use super::request::Request;
use super::{TOOL, location, turn};
use crate::gate::Gate;
use crate::records::{self, Reader};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::SessionId;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Lists longer than this are no lists of the editor's: an index may be any number.
const LONGEST_LIST: u64 = 1_000_000;

/// Where the document has its requests.
const REQUESTS: &str = "requests";

/// Reads a log of changes.
pub(super) fn parse(
    source: &Source<'_>,
    out: &mut dyn Sink,
    cwd: Option<&str>,
) -> Result<ParseReport, ParseError> {
    let mut replay = Replay::default();
    let extent = records::read(source, &mut replay)?;
    let counts = std::mem::take(&mut replay.report);
    let stem = location::name(source.path());
    let mut gate = Gate::new(out, SessionId::from_foreign(&stem));
    let facts = Value::Object(std::mem::take(&mut replay.facts));
    let mut chat = Chat::new(&mut gate, &facts, &stem, cwd);
    replay.tell(&mut chat);
    let mut report = chat.finish();
    report.add(&counts);
    extent.close(report, source, TOOL.as_str())
}

/// The document as the changes so far have made it.
#[derive(Debug, Default)]
struct Replay {
    /// What stands beside the requests.
    facts: Map<String, Value>,
    requests: Vec<Request>,
    /// What is to be told, in the order in which it came about.
    slots: Vec<Slot>,
    /// The numbers of those that are live.
    live: Vec<usize>,
    /// The last request is answered, but a piece of its answer may be missing: its result is written before.
    is_closing: bool,
    report: ParseReport,
}

/// Something to be told.
#[derive(Debug)]
enum Slot {
    /// The next request that the document still has.
    Live,
    /// A request that was taken away.
    Past(Request),
    /// From the slot of this number on, nothing counts any more.
    Rewind(usize),
    /// A line that is no change.
    Odd(String),
}

/// A line of the log.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Change<'a> {
    kind: Value,
    /// The place in the document: names of members and numbers of items.
    k: Value,
    /// From where on a list changes.
    i: Value,
    /// What is there then.
    #[serde(borrow)]
    v: Option<&'a RawValue>,
}

impl Reader for Replay {
    fn begin_line(&mut self, _number: u64, _offset: u64) {}

    fn read(&mut self, json: &str) -> bool {
        let change = json.starts_with('{').then(|| serde_json::from_str(json).ok()).flatten();
        change.is_some_and(|change| self.read_change(&change, json).is_some())
    }

    fn keep(&mut self, text: String) {
        self.report.keep_unknown("unparsed");
        self.slots.push(Slot::Odd(text));
    }
}

impl Replay {
    /// Makes a change; returns nothing where it is nested too deeply.
    fn read_change(&mut self, change: &Change<'_>, json: &str) -> Option<()> {
        let path = change.k.as_array().map_or(&[][..], Vec::as_slice);
        let is_path = matches!(path.first(), Some(Value::String(_)));
        let is_list = matches!(path, [Value::String(name)] if name == REQUESTS);
        let index = change.i.as_u64();
        let value = || change.v.map_or(Ok(Value::Null), |json| serde_json::from_str(json.get()));
        match (change.kind.as_u64(), change.v) {
            (Some(0), Some(state)) if state.get().starts_with('{') => {
                let mut state: BTreeMap<String, &RawValue> =
                    serde_json::from_str(state.get()).ok()?;
                let requests = state.remove(REQUESTS);
                let read = |(name, json): (_, &RawValue)| {
                    Some((name, serde_json::from_str(json.get()).ok()?))
                };
                self.facts = state.into_iter().map(read).collect::<Option<_>>()?;
                self.replace(0, requests);
                self.report.understand("document");
            }
            (Some(1 | 3), items) if is_list => {
                self.replace(0, items);
                self.report.understand(REQUESTS);
            }
            (Some(2), items) if is_list => {
                self.replace(index.unwrap_or(u64::MAX), items);
                self.report.understand(REQUESTS);
            }
            (Some(1), _) if is_path => {
                let value = value().ok()?;
                self.change(path, |place| *place = value);
            }
            (Some(2), _) if is_path => {
                let value = value().ok()?;
                self.change(path, |place| push(place, value, index));
            }
            (Some(3), _) if is_path => self.change(path, |place| *place = Value::Null),
            _ => self.keep(serde_json::from_str::<Value>(json).ok()?.to_string()),
        }
        Some(())
    }

    /// Makes a change at a place.
    fn change(&mut self, path: &[Value], make: impl FnOnce(&mut Value)) {
        let last = self.requests.len().saturating_sub(1) as u64;
        let is_last = path.get(1).and_then(Value::as_u64) == Some(last);
        let was_complete = is_last && self.is_complete();
        let Some(place) = self.place(path) else {
            // Of a list that is not there: the change before it is missing.
            self.report.drop("nowhere to change");
            return;
        };
        make(place);
        let name = path.first().and_then(Value::as_str).unwrap_or("");
        if name != REQUESTS {
            self.is_closing = false;
            if matches!(name, "customTitle" | "sessionId" | "creationDate") {
                self.report.understand(name);
            } else {
                self.report.drop("tool state");
            }
            return;
        }
        self.report.understand(REQUESTS);
        if is_last {
            let is_answer = path.get(2).and_then(Value::as_str) == Some("response");
            self.is_closing = !is_answer && (self.is_closing || !was_complete);
        }
    }

    /// Returns whether the last request is answered.
    fn is_complete(&self) -> bool {
        self.requests.last().is_some_and(|last| last.brief().is_complete())
    }

    /// Takes the requests behind an index away and adds others; one that is only written anew stays.
    fn replace(&mut self, from: u64, items: Option<&RawValue>) {
        let items = Request::list(items);
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.requests.len());
        let before = self.requests.split_off(from);
        let mut pairs = before.iter().zip(&items);
        let same = pairs
            .position(|(before, now)| before.brief().id() != now.brief().id())
            .unwrap_or(before.len().min(items.len()));
        let mut first = None;
        for request in before.into_iter().skip(same).rev() {
            let Some(at) = self.live.pop() else { break };
            if let Some(slot) = self.slots.get_mut(at) {
                *slot = Slot::Past(request);
            }
            first = Some(at);
        }
        self.slots.extend(first.map(Slot::Rewind));
        for _request in items.iter().skip(same) {
            self.live.push(self.slots.len());
            self.slots.push(Slot::Live);
        }
        self.requests.extend(items);
        // One that came as a whole has all of its answer.
        self.is_closing = false;
    }

    /// Returns the place that a path names.
    fn place(&mut self, path: &[Value]) -> Option<&mut Value> {
        let (first, rest) = path.split_first()?;
        let name = first.as_str()?;
        if name != REQUESTS {
            return walk(self.facts.entry(name.to_owned()).or_insert(Value::Null), rest);
        }
        let (at, rest) = rest.split_first()?;
        let request = self.requests.get_mut(usize::try_from(at.as_u64()?).ok()?)?;
        walk(request.value()?, rest)
    }

    fn tell(&self, chat: &mut Chat<'_>) {
        let mut live = self.requests.iter();
        let mut left = live.len();
        for slot in &self.slots {
            match slot {
                Slot::Live => {
                    if let Some(request) = live.next() {
                        left -= 1;
                        tell(request, left == 0, !self.is_closing, chat);
                    }
                }
                Slot::Past(request) => tell(request, false, true, chat),
                Slot::Rewind(from) => chat.rewind(*from),
                Slot::Odd(text) => chat.keep(text),
            }
        }
    }
}

/// Tells a request; the last one may still change, unless the log has all of its answer.
fn tell(request: &Request, is_last: bool, is_closed: bool, chat: &mut Chat<'_>) {
    match request.read() {
        Ok(value) => chat.tell(&value, is_last && !(is_closed && turn::is_complete(&value))),
        Err(too_deep) => chat.keep(too_deep),
    }
}

/// Returns the place inside of another that a path names; a member that is not there is made.
fn walk<'v>(mut place: &'v mut Value, path: &[Value]) -> Option<&'v mut Value> {
    for step in path {
        place = match (place, step) {
            (Value::Array(items), Value::Number(at)) => {
                items.get_mut(usize::try_from(at.as_u64()?).ok()?)?
            }
            (Value::Object(members), Value::String(name)) => {
                members.entry(name.clone()).or_insert(Value::Null)
            }
            // A member that was set to nothing is an object again.
            (place @ Value::Null, Value::String(name)) => {
                *place = Value::Object(Map::new());
                place.as_object_mut()?.entry(name.clone()).or_insert(Value::Null)
            }
            _ => return None,
        };
    }
    Some(place)
}

/// Takes what is behind an index off a list, and adds items to it.
fn push(place: &mut Value, items: Value, index: Option<u64>) {
    if !place.is_array() {
        *place = Value::Array(Vec::new());
    }
    let Some(list) = place.as_array_mut() else { return };
    if let Some(index) = index.filter(|index| *index < LONGEST_LIST) {
        list.truncate(usize::try_from(index).unwrap_or(usize::MAX));
    }
    if let Value::Array(items) = items {
        list.extend(items);
    }
}
