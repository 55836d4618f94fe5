//! A conversation that is a folder: which file stands for it, and its events in order.

use super::clock::Clock;
use super::log::Log;
use super::side::Side;
use super::{TOOL, event};
use crate::gate::Gate;
use crate::head::holds;
use crate::{ParseError, ParseReport, Sink, Source};
use crate::{items, side};
use opensession_hail::{ContentId, SessionId};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

const STATE: &str = "base_state.json";

/// A larger event is only named.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A folder with a conversation.
pub(super) struct Folder {
    /// Where the conversation is.
    path: PathBuf,
    /// The files of its events, in order.
    events: Vec<PathBuf>,
}

impl Folder {
    /// Returns whether this file stands for a conversation: its state, else its first event.
    pub(super) fn is_named_by(path: &Path, head: &[u8]) -> bool {
        if path.file_name().is_some_and(|name| name == STATE) {
            return holds(head, b"\"agent\"")
                && (holds(head, b"\"workspace\"") || holds(head, b"\"id\""));
        }
        if is_unnumbered(path) {
            // Every conversation of the server has one, at its beginning.
            return event::is_event(head) && holds(head, b"\"SystemPromptEvent\"");
        }
        number(path).is_some() && event::is_event(head) && is_first(path)
    }

    /// Returns the folder that the source stands for; `None` where it is no file of one.
    pub(super) fn of(source: &Source<'_>) -> Result<Option<Self>, ParseError> {
        let file = source.path();
        let parent = file.parent().unwrap_or_else(|| Path::new(""));
        let folder = if file.file_name().is_some_and(|name| name == STATE) {
            let beside = parent.join("events");
            let listed = if beside.is_dir() { beside } else { parent.to_owned() };
            Self { path: parent.to_owned(), events: list(&listed)? }
        } else if (number(file).is_some() || is_unnumbered(file))
            && event::is_event(&source.head()?)
        {
            let is_below = parent.file_name().is_some_and(|name| name == "events");
            let path = if is_below { parent.parent().unwrap_or(parent) } else { parent };
            let mut events = list(parent)?;
            if events.is_empty() {
                events.push(file.to_owned());
            }
            Self { path: path.to_owned(), events }
        } else {
            return Ok(None);
        };
        Ok(Some(folder))
    }

    /// Reads the conversation.
    pub(super) fn parse(
        self,
        source: &Source<'_>,
        out: &mut dyn Sink,
    ) -> Result<ParseReport, ParseError> {
        let is_state = source.path().file_name().is_some_and(|name| name == STATE);
        let mut side = match side::read(&self.path.join("metadata.json"), LARGEST)? {
            Some(bytes) => Side::of_metadata(&bytes),
            None => Side { is_final: true, ..Side::default() },
        };
        if is_state {
            let state = source.whole()?;
            let is_named = |state: items::Document<'_>| state.is_whole || state.has("id");
            if !items::read(&state, "").is_some_and(is_named) {
                // It is not written yet whose it is.
                return Ok(ParseReport { torn: true, ..ParseReport::default() });
            }
            side = Side::of_state(&state, self.path.join("subagents").is_dir());
        }
        if let Some(bytes) = side::read(&self.path.join("meta.json"), LARGEST)? {
            side.add_meta(&bytes);
        }
        let read = |file: &Path| read_event(source, file);
        let open_from = self.open_from(&mut side, &read);
        let id = self.name(&mut side)?;
        let mut gate = Gate::new(out, id.clone());
        let mut log = Log::new(&mut gate, id, side);
        let mut hasher = blake3::Hasher::new();
        let mut bytes = 0;
        let last = self.events.len().saturating_sub(1);
        let mut is_torn = false;
        for (index, file) in self.events.iter().enumerate() {
            log.session.may_change = index >= open_from;
            let record = match read(file) {
                Ok(Some(record)) => record,
                Ok(None) => {
                    log.keep_text(format!("{}: too large to be kept", name_of(file)));
                    continue;
                }
                // It was removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    return Err(ParseError::Io { path: file.clone(), source: error });
                }
            };
            if index == last && !is_whole(&record) {
                is_torn = true;
                break;
            }
            log.session.record(&record);
            log.read(&record);
            hasher.update(&record);
            hasher.update(b"\n");
            bytes += record.len() as u64 + 1;
        }
        log.settle_usage(false);
        let report = log.session.finish(TOOL.as_str(), "");
        let hash = Some(ContentId::from_bytes(*hasher.finalize().as_bytes()));
        Ok(ParseReport { bytes, hash, torn: is_torn, ..report })
    }

    /// Returns the number of the first event that may still change: what the model's answer cost that it comes from
    /// is not told yet, nor that of a later one. Sets the clock by the first answer.
    fn open_from(
        &self,
        side: &mut Side,
        read: &dyn Fn(&Path) -> io::Result<Option<Vec<u8>>>,
    ) -> usize {
        let mut first = None;
        let mut untold = None;
        for (index, file) in self.events.iter().enumerate() {
            // One that cannot be read fails when it is told.
            let Ok(Some(record)) = read(file) else { continue };
            let local = event::local_time(&record);
            if index == 0 {
                side.clock = Clock::between(side.created, local);
            }
            let Some(answer) = event::answer_of(&record) else { continue };
            let usage = answer.id.as_ref().and_then(|id| side.usages.get(id));
            let is_told = answer.id.is_none() || usage.is_some();
            if first.is_none() {
                first = Some(is_told);
                let at = answer.at.or_else(|| usage.and_then(|usage| usage.at));
                side.clock = side.clock.or_else(|| Clock::between(at, local));
            }
            if side.is_final {
                break;
            }
            if is_told {
                untold = None;
            } else {
                untold.get_or_insert(index);
            }
        }
        match first {
            // All times may still change.
            None if side.clock.is_none() => 0,
            Some(false) if side.clock.is_none() && !side.is_final => 0,
            _ if side.is_final => usize::MAX,
            _ => untold.unwrap_or(usize::MAX),
        }
    }

    /// Returns the session's id: what the state says, else what the folder is called. The conversation of a sub-agent
    /// belongs to the one whose folder it lies in.
    fn name(&self, side: &mut Side) -> Result<SessionId, ParseError> {
        let own = side.id.clone().unwrap_or_else(|| dashed(&name_of(&self.path)));
        let beside = self.path.parent();
        let is_agents = beside.is_some_and(|folder| name_of(folder) == "subagents");
        let parent = beside.and_then(Path::parent).filter(|_| is_agents);
        let Some(parent) = parent else { return Ok(SessionId::from_foreign(&own)) };
        let state = side::read(&parent.join(STATE), LARGEST)?.unwrap_or_default();
        let parent = Self { path: parent.to_owned(), events: Vec::new() };
        let parent = parent.name(&mut Side::of_state(&state, false))?;
        side.parent = Some(parent.as_str().to_owned());
        Ok(parent.child(&own))
    }
}

/// Returns the content of an event's file; nothing of one that is too large.
fn read_event(source: &Source<'_>, file: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut record = Vec::new();
    if let Some(content) = source.content().filter(|_| file == source.path()) {
        record.extend_from_slice(content);
    } else {
        File::open(file)?.take(LARGEST + 1).read_to_end(&mut record)?;
    }
    Ok((record.len() as u64 <= LARGEST).then_some(record))
}

/// Returns whether the file is the first of its kind in its folder, which has no state.
fn is_first(path: &Path) -> bool {
    let parent = path.parent().unwrap_or_else(|| Path::new(""));
    if parent.with_file_name(STATE).is_file() || parent.join(STATE).is_file() {
        return false;
    }
    // In a folder that cannot be listed each may be.
    let first = list(parent).ok().and_then(|events| events.into_iter().next());
    first.is_none_or(|first| first == path)
}

/// Returns the files of events in a folder, in order; none where there is no such folder.
fn list(folder: &Path) -> Result<Vec<PathBuf>, ParseError> {
    let (mut events, mut unnumbered) = (Vec::new(), Vec::new());
    for path in side::list(folder)? {
        if let Some(number) = number(&path) {
            events.push((number, path));
        } else if is_unnumbered(&path) {
            unnumbered.push(path);
        }
    }
    if events.is_empty() {
        return Ok(by_time(unnumbered));
    }
    events.sort();
    Ok(events.into_iter().map(|(_, path)| path).collect())
}

/// Returns the files of events that have no numbers, by the times of the events.
fn by_time(files: Vec<PathBuf>) -> Vec<PathBuf> {
    // One that cannot be read fails when it is told.
    let time = |file: &Path| event::local_time(&fs::read(file).unwrap_or_default());
    let mut events: Vec<_> = files.into_iter().map(|file| (time(&file), file)).collect();
    // One that is written just now comes last.
    events
        .sort_by(|(one, a), (other, b)| (one.is_none(), one, a).cmp(&(other.is_none(), other, b)));
    events.into_iter().map(|(_, file)| file).collect()
}

/// Returns whether the file is called as the server calls the files of events: by their ids alone.
fn is_unnumbered(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().replace('-', "");
    path.extension().is_some_and(|end| end == "json")
        && stem.len() == 32
        && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the number of an event's file: `event-00012-<id>.json`, `event_000012_<id>.json`, or `12.json`.
fn number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(".json")?;
    let rest = stem.strip_prefix("event").and_then(|rest| rest.strip_prefix(['-', '_']));
    match rest {
        Some(rest) => rest.split(['-', '_']).next()?.parse().ok(),
        // An id may be all digits.
        None => stem
            .parse()
            .ok()
            .filter(|_| stem.len() < 20 && stem.bytes().all(|byte| byte.is_ascii_digit())),
    }
}

/// Returns whether nothing is missing at the end of an event.
fn is_whole(record: &[u8]) -> bool {
    items::read(record, "").is_some_and(|object| object.is_whole)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns an id as states write it: folders leave out the dashes.
fn dashed(name: &str) -> String {
    let is_hex = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| name.get(part).unwrap_or(""));
    if is_hex { parts.join("-") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_numbers_in_three_ways_and_ids_have_dashes() {
        let of = |name: &str| number(Path::new(name));
        assert_eq!(of("a/event-00012-5df490d1-98e8.json"), Some(12));
        assert_eq!(of("event_100012_5df490d1.json"), Some(100_012));
        assert_eq!(of("7.json"), Some(7));
        assert_eq!(
            [of("7.txt"), of("+7.json"), of("events.json"), of("base_state.json")],
            [None; 4]
        );
        let id = "cd945624-03b9-487e-bdd4-018e3f531dfd";
        assert_eq!(dashed(&id.replace('-', "")), id);
        assert_eq!(dashed("my-session"), "my-session");
    }
}
