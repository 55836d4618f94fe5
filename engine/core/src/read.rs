//! What is stored: lists of sessions, and one session event by event.

use crate::view::{Found, Origin, View, both_names, lies_in};
use crate::{Engine, Error, Result};
use memchr::memmem;
use opensession_hail::{
    Event, Header, ReadError, Session, SessionKey, Stats, parse_event, write_header, write_stats,
};
use opensession_store::{Branch, Entry, Manifest, SegmentRecord};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// One line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRow {
    /// What names the session.
    pub key: SessionKey,
    /// What it is.
    pub header: Header,
    /// What it adds up to.
    pub stats: Stats,
    /// Which branch it stands on.
    pub origin: Origin,
}

/// A list of sessions, and the sessions that could not be read for it.
#[derive(Debug, Default)]
pub struct Listing {
    /// Newest first, by the time of the first event.
    pub rows: Vec<SessionRow>,
    /// What could not be read.
    pub damaged: Vec<Error>,
    /// Why the tip itself could not be read, where an older one stands in for it.
    pub tip: Option<String>,
}

/// Which sessions a list holds.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// At most so many.
    pub limit: usize,
    /// Only those of this tool.
    pub tool: Option<String>,
    /// Sub-agents' sessions too.
    pub auxiliary: bool,
    /// Only those whose working directory lies in this folder.
    pub within: Option<PathBuf>,
}

impl Engine {
    /// Returns the newest sessions, read from the branch itself: days from newest to oldest until there are enough.
    ///
    /// # Errors
    /// When the store or the branch cannot be opened. A session that cannot be read is only left out and named.
    pub fn list(&self, query: &ListQuery) -> Result<Listing> {
        let view = self.view()?;
        let mut listing = Listing::default();
        let places = query.within.clone().map(|folder| both_names(vec![folder]));
        let mut day = None;
        let mut first_of_day = 0;
        for found in view.newest() {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    listing.damaged.push(error);
                    continue;
                }
            };
            let Found { source, entry, .. } = &found;
            if day != Some(entry.day) {
                sort_newest_first(&mut listing.rows, first_of_day);
                if listing.rows.len() >= query.limit {
                    break;
                }
                first_of_day = listing.rows.len();
                day = Some(entry.day);
            }
            if query.tool.as_deref().is_some_and(|tool| tool != entry.key.tool()) {
                continue;
            }
            match source.branch.manifest(entry) {
                Ok(manifest) if manifest.header.is_auxiliary() && !query.auxiliary => {}
                Ok(manifest) if !found.is_shown(&manifest.header) => {}
                Ok(manifest)
                    if places
                        .as_ref()
                        .is_some_and(|places| !lies_in(&manifest.header, places, &self.home)) => {}
                Ok(manifest) => listing.rows.push(SessionRow {
                    key: entry.key.clone(),
                    origin: source.origin.clone(),
                    header: manifest.header,
                    stats: manifest.stats,
                }),
                Err(error) => listing.damaged.push(error.into()),
            }
        }
        sort_newest_first(&mut listing.rows, first_of_day);
        listing.rows.truncate(query.limit);
        // Known only now: an older state may have stood in for a day on the way.
        let mut damage = view.sources.iter().filter_map(|source| source.branch.damage());
        listing.tip = damage.next().map(str::to_owned);
        drop(damage);
        listing.damaged.extend(view.problems);
        Ok(listing)
    }
}

fn sort_newest_first(rows: &mut [SessionRow], from: usize) {
    if let Some(day) = rows.get_mut(from..) {
        day.sort_by(|a, b| {
            let time = |row: &SessionRow| row.header.context.created_at;
            time(b).cmp(&time(a)).then_with(|| a.key.cmp(&b.key))
        });
    }
}

/// A stored session, read segment by segment, each verified before anything of it is given out.
#[derive(Clone)]
pub struct SessionReader {
    branch: Arc<Branch>,
    /// The other branches of the scope: sub-agents may stand on them.
    others: Vec<Arc<Branch>>,
    origin: Origin,
    entry: Entry,
    manifest: Arc<Manifest>,
}

impl SessionReader {
    pub(crate) fn open(view: &View, found: Found<'_>) -> Result<Self> {
        let manifest = found.manifest()?;
        let Found { source, entry, .. } = found;
        let others = view.sources.iter().map(|source| Arc::clone(&source.branch));
        Ok(Self {
            branch: Arc::clone(&source.branch),
            others: others.filter(|other| !Arc::ptr_eq(other, &source.branch)).collect(),
            origin: source.origin.clone(),
            entry,
            manifest: Arc::new(manifest),
        })
    }

    /// Returns which branch the session stands on.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns what names the session.
    #[must_use]
    pub const fn key(&self) -> &SessionKey {
        &self.entry.key
    }

    /// Returns the manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the stored bytes of one segment after the other: event lines.
    pub fn segments(&self) -> impl Iterator<Item = Result<Vec<u8>>> + '_ {
        self.manifest.segments.iter().map(|record| self.segment(record))
    }

    /// Returns the event lines of one segment.
    pub(crate) fn segment(&self, record: &SegmentRecord) -> Result<Vec<u8>> {
        Ok(self.branch.segment(&self.entry, record)?)
    }

    /// Returns the error that an event line of the session cannot be read.
    pub(crate) fn damaged(&self, error: &ReadError) -> Error {
        Error::Damaged { session: self.entry.key.to_string(), reason: error.to_string() }
    }

    /// Passes every event to `each`, in order, until it returns `false`.
    ///
    /// # Errors
    /// When a segment is missing or damaged; the events before it have been passed on.
    pub fn events(&self, each: impl FnMut(Event) -> bool) -> Result<()> {
        read_events(&self.branch, &self.entry, &self.manifest, each)
    }

    /// Returns the whole session.
    ///
    /// # Errors
    /// As for [`SessionReader::events`].
    pub fn read(&self) -> Result<Session> {
        read_session(&self.branch, &self.entry, &self.manifest)
    }

    /// Returns the whole sessions of the sub-agents that have logs of their own.
    ///
    /// # Errors
    /// As for [`SessionReader::events`].
    pub fn read_agents(&self) -> Result<Vec<Session>> {
        self.agents()?.iter().map(Self::read).collect()
    }

    /// Returns the sessions of the sub-agents that have logs of their own, by key.
    pub(crate) fn agents(&self) -> Result<Vec<Self>> {
        let begins = format!("{}.", self.entry.key);
        let mut agents: BTreeMap<SessionKey, Self> = BTreeMap::new();
        for branch in std::iter::once(&self.branch).chain(&self.others) {
            for entry in branch.beginning_with(&begins) {
                let manifest = Arc::new(branch.manifest(entry)?);
                let known = agents.get(&entry.key);
                if known.is_none_or(|known| known.manifest.events() < manifest.events()) {
                    let (branch, entry, origin) =
                        (Arc::clone(branch), entry.clone(), self.origin.clone());
                    let (key, others) = (entry.key.clone(), Vec::new());
                    agents.insert(key, Self { branch, others, origin, entry, manifest });
                }
            }
        }
        Ok(agents.into_values().collect())
    }

    /// Writes the session as a HAIL file: header, the stored event lines byte for byte, stats.
    ///
    /// # Errors
    /// As for [`SessionReader::events`], and [`Error::Io`] when `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> Result<()> {
        let mut line = Vec::new();
        write_header(&self.manifest.header, &mut line);
        let failed = |source| Error::Io { verb: "write", path: "the output".into(), source };
        out.write_all(&line).map_err(failed)?;
        for segment in self.segments() {
            out.write_all(&segment?).map_err(failed)?;
        }
        line.clear();
        write_stats(&self.manifest.stats, &mut line);
        out.write_all(&line).map_err(failed)
    }
}

fn read_session(branch: &Branch, entry: &Entry, manifest: &Manifest) -> Result<Session> {
    let mut events = Vec::new();
    read_events(branch, entry, manifest, |event| {
        events.push(event);
        true
    })?;
    Ok(Session { header: manifest.header.clone(), events })
}

pub(crate) fn read_events(
    branch: &Branch,
    entry: &Entry,
    manifest: &Manifest,
    each: impl FnMut(Event) -> bool,
) -> Result<()> {
    read_some(branch, entry, manifest, |_line| true, each)
}

/// Passes the events that say what was written or which call failed, what a person said and which sub-agents were
/// started to `each`, in order, until it returns `false`. Of the others only the kind is looked at.
pub(crate) fn read_work(
    branch: &Branch,
    entry: &Entry,
    manifest: &Manifest,
    each: impl FnMut(Event) -> bool,
) -> Result<()> {
    read_some(branch, entry, manifest, is_work, each)
}

fn read_some(
    branch: &Branch,
    entry: &Entry,
    manifest: &Manifest,
    is_wanted: impl Fn(&[u8]) -> bool,
    mut each: impl FnMut(Event) -> bool,
) -> Result<()> {
    for record in &manifest.segments {
        let segment = branch.segment(entry, record)?;
        for line in segment.split_inclusive(|byte| *byte == b'\n').filter(|line| is_wanted(line)) {
            let event = parse_event(line).map_err(|error| Error::Damaged {
                session: entry.key.to_string(),
                reason: error.to_string(),
            })?;
            if !each(event) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// See [`read_work`]. In canonical bytes the kind stands where these quotes stand first: inside of a text each would
/// have a backslash before it.
fn is_work(line: &[u8]) -> bool {
    const KIND: &[u8] = b"\"event_type\":{\"type\":\"";
    const FAILED: &[u8] = b"\"is_error\":true";
    let kind = memmem::find(line, KIND).and_then(|at| line.get(at + KIND.len()..));
    let Some(kind) = kind.and_then(|rest| rest.split(|byte| *byte == b'"').next()) else {
        return true;
    };
    match kind {
        b"FileEdit" | b"FileCreate" | b"FileDelete" | b"UserMessage" | b"TaskStart" => true,
        b"ToolResult" => memmem::find(line, FAILED).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_hail::{EventId, EventType, Timestamp, write_event};

    #[test]
    fn work_is_known_by_its_kind_whatever_its_texts_say() {
        let said = |event_type| {
            let id = EventId::new("\"event_type\":{\"type\":\"FileEdit\"");
            let mut line = Vec::new();
            write_event(&Event::new(id, Timestamp::EPOCH, event_type), &mut line);
            is_work(&line)
        };
        let result = |is_error| EventType::ToolResult {
            name: "Bash \"is_error\":true".to_owned(),
            is_error,
            call_id: None,
        };
        let edit = EventType::FileEdit { path: "a".to_owned(), diff: None };
        for work in [edit, EventType::UserMessage, result(true)] {
            assert!(said(work.clone()), "{work:?}");
        }
        for other in [EventType::AgentMessage, EventType::Thinking, result(false)] {
            assert!(!said(other.clone()), "{other:?}");
        }
    }
}
