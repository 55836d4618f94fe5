//! A chat as the changes of its document, one a line: they are made again, and what they take away is remembered.

use super::chat::Chat;
use super::{TOOL, location, turn};
use crate::gate::Gate;
use crate::records::{self, Reader};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::SessionId;
use serde_json::{Map, Value};

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
    let mut chat = Chat::new(&mut gate, &replay.facts(), &stem, cwd);
    replay.tell(&mut chat);
    let mut report = chat.finish();
    report.add(&counts);
    extent.close(report, source, TOOL.as_str())
}

/// The document as the changes so far have made it.
#[derive(Debug, Default)]
struct Replay {
    state: Map<String, Value>,
    /// What is to be told, in the order in which it came about.
    slots: Vec<Slot>,
    /// Whether the last request that is there is answered, and so to the end of its part of the log.
    last: Last,
    report: ParseReport,
}

/// Something to be told.
#[derive(Debug)]
enum Slot {
    /// The next request that the document still has.
    Live,
    /// A request that was taken away.
    Past(Value),
    /// From the slot of this number on, nothing counts any more.
    Rewind(usize),
    /// A line that is no change.
    Odd(String),
}

/// What is known of the last request. Its result is written before the last of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Open,
    /// Its result is there, and a piece of its answer may be missing.
    Closing,
    Closed,
}

impl Reader for Replay {
    fn begin_line(&mut self, _number: u64, _offset: u64) {}

    fn read(&mut self, json: &str) -> bool {
        match serde_json::from_str::<Value>(json) {
            Ok(change) if change.is_object() => self.read_change(change),
            _ => return false,
        }
        true
    }

    fn keep(&mut self, text: String) {
        self.report.keep_unknown("unparsed");
        self.slots.push(Slot::Odd(text));
    }
}

impl Replay {
    /// Makes a change.
    fn read_change(&mut self, change: Value) {
        let kind = change.get("kind").and_then(Value::as_u64);
        let path: Vec<Value> =
            change.get("k").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_path = matches!(path.first(), Some(Value::String(_)));
        let is_list = matches!(&path[..], [Value::String(name)] if name == REQUESTS);
        let index = change.get("i").and_then(Value::as_u64);
        let Value::Object(mut members) = change else {
            return self.keep(change.to_string());
        };
        let value = members.remove("v");
        match (kind, value) {
            (Some(0), Some(Value::Object(mut state))) => {
                let requests = state.remove("requests");
                let before = self.state.remove("requests");
                self.state = state;
                self.state.extend(before.map(|before| (REQUESTS.to_owned(), before)));
                self.replace(0, requests);
                self.report.understand("document");
            }
            (Some(1 | 3), value) if is_list => {
                self.replace(0, value);
                self.report.understand(REQUESTS);
            }
            (Some(2), value) if is_list => {
                self.replace(index.unwrap_or(u64::MAX), value);
                self.report.understand(REQUESTS);
            }
            (Some(1), value) if is_path => self.change(&path, |place| {
                *place = value.unwrap_or(Value::Null);
            }),
            (Some(2), value) if is_path => self.change(&path, |place| push(place, value, index)),
            (Some(3), _) if is_path => self.change(&path, |place| *place = Value::Null),
            (_, value) => {
                members.extend(value.map(|value| ("v".to_owned(), value)));
                self.keep(Value::Object(members).to_string());
            }
        }
    }

    /// Makes a change at a place.
    fn change(&mut self, path: &[Value], make: impl FnOnce(&mut Value)) {
        let last = self.requests().len().saturating_sub(1) as u64;
        let Some(place) = place(&mut self.state, path) else {
            // Of a list that is not there: the change before it is missing.
            self.report.drop("nowhere to change");
            return;
        };
        make(place);
        let name = path.first().and_then(Value::as_str).unwrap_or("");
        if name != REQUESTS {
            self.last = if self.last == Last::Open { Last::Open } else { Last::Closed };
            if matches!(name, "customTitle" | "sessionId" | "creationDate") {
                self.report.understand(name);
            } else {
                self.report.drop("tool state");
            }
            return;
        }
        self.report.understand(REQUESTS);
        if path.get(1).and_then(Value::as_u64) == Some(last) {
            let is_answer = path.get(2).and_then(Value::as_str) == Some("response");
            let is_complete = self.requests().last().is_some_and(turn::is_complete);
            self.last = match (is_complete, is_answer) {
                (false, _) => Last::Open,
                (true, true) => Last::Closed,
                (true, false) if self.last == Last::Closed => Last::Closed,
                (true, false) => Last::Closing,
            };
        }
    }

    /// Takes the requests behind an index away and adds others; one that is only written anew stays.
    fn replace(&mut self, from: u64, items: Option<Value>) {
        let list = self.state.remove(REQUESTS);
        let mut list = match list {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        let items = match items {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(list.len());
        let before = list.split_off(from);
        let pairs = before.iter().zip(&items);
        let same = pairs.take_while(|(before, now)| turn::id(before) == turn::id(now)).count();
        let mut first = None;
        // From the end, as what is taken away is most often little.
        let live = self.slots.iter_mut().enumerate().rev();
        let live = live.filter(|(_, slot)| matches!(slot, Slot::Live));
        for (request, (at, slot)) in before.into_iter().skip(same).rev().zip(live) {
            *slot = Slot::Past(request);
            first = Some(at);
        }
        self.slots.extend(first.map(Slot::Rewind));
        self.slots.extend(items.iter().skip(same).map(|_request| Slot::Live));
        list.extend(items);
        // One that came as a whole has all of its answer.
        self.last =
            if list.last().is_some_and(turn::is_complete) { Last::Closed } else { Last::Open };
        self.state.insert(REQUESTS.to_owned(), Value::Array(list));
    }

    fn requests(&self) -> &[Value] {
        self.state.get(REQUESTS).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Returns what stands beside the requests.
    fn facts(&self) -> Value {
        let facts = self.state.iter().filter(|(name, _)| *name != REQUESTS);
        Value::Object(facts.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    fn tell(&self, chat: &mut Chat<'_>) {
        let mut live = self.requests().iter();
        let mut left = live.len();
        for slot in &self.slots {
            match slot {
                Slot::Live => {
                    if let Some(request) = live.next() {
                        left -= 1;
                        let is_closed = self.last == Last::Closed && turn::is_complete(request);
                        chat.tell(request, left == 0 && !is_closed);
                    }
                }
                Slot::Past(request) => chat.tell(request, false),
                Slot::Rewind(from) => chat.rewind(*from),
                Slot::Odd(text) => chat.keep(text),
            }
        }
    }
}

/// Returns the place that a path names; a member that is not there is made.
fn place<'v>(state: &'v mut Map<String, Value>, path: &[Value]) -> Option<&'v mut Value> {
    let (first, rest) = path.split_first()?;
    let mut place = state.entry(first.as_str()?.to_owned()).or_insert(Value::Null);
    for step in rest {
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
fn push(place: &mut Value, items: Option<Value>, index: Option<u64>) {
    if !place.is_array() {
        *place = Value::Array(Vec::new());
    }
    let Some(list) = place.as_array_mut() else { return };
    if let Some(index) = index.filter(|index| *index < LONGEST_LIST) {
        list.truncate(usize::try_from(index).unwrap_or(usize::MAX));
    }
    if let Some(Value::Array(items)) = items {
        list.extend(items);
    }
}
