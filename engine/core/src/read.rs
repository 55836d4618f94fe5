//! What is stored: lists of sessions, and one session event by event.

use crate::{Engine, Error, Result, engine};
use opensession_hail::{
    Event, Header, Session, SessionKey, Stats, parse_event, write_header, write_stats,
};
use opensession_store::{Branch, Entry, Manifest};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// One line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRow {
    /// What names the session.
    pub key: SessionKey,
    /// What it is.
    pub header: Header,
    /// What it adds up to.
    pub stats: Stats,
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
    /// Only those whose working directory lies in the repository at or above this folder, else in the folder.
    pub within: Option<PathBuf>,
}

impl Engine {
    /// Returns the newest sessions, read from the branch itself: days from newest to oldest until there are enough.
    ///
    /// # Errors
    /// When the store or the branch cannot be opened. A session that cannot be read is only left out and named.
    pub fn list(&self, query: &ListQuery) -> Result<Listing> {
        let Some(branch) = self.branch()? else { return Ok(Listing::default()) };
        let mut listing = Listing::default();
        let places = query.within.as_deref().map(places);
        let mut day = None;
        let mut first_of_day = 0;
        for entry in branch.newest() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    listing.damaged.push(error.into());
                    continue;
                }
            };
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
            match branch.manifest(&entry) {
                Ok(manifest) if manifest.header.is_auxiliary() && !query.auxiliary => {}
                Ok(manifest) if !lies_in(&manifest.header, places.as_deref()) => {}
                Ok(manifest) => listing.rows.push(SessionRow {
                    key: entry.key,
                    header: manifest.header,
                    stats: manifest.stats,
                }),
                Err(error) => listing.damaged.push(error.into()),
            }
        }
        sort_newest_first(&mut listing.rows, first_of_day);
        listing.rows.truncate(query.limit);
        // Known only now: an older state may have stood in for a day on the way.
        listing.tip = branch.damage().map(str::to_owned);
        Ok(listing)
    }

    /// Returns how many sessions are stored, sub-agents' included.
    ///
    /// # Errors
    /// When the branch cannot be read.
    pub fn count(&self) -> Result<usize> {
        match self.branch()? {
            Some(branch) => {
                let mut count = 0;
                for entry in branch.newest() {
                    entry?;
                    count += 1;
                }
                Ok(count)
            }
            None => Ok(0),
        }
    }

    pub(crate) fn branch(&self) -> Result<Option<Branch>> {
        match self.store()? {
            Some(store) => Ok(store.branch()?),
            None => Ok(None),
        }
    }
}

/// Returns the repository at or above `folder` under the name given and under its real one: logs hold either.
fn places(folder: &Path) -> Vec<PathBuf> {
    let root = engine::repository_above(folder);
    // A folder that is gone has no real name; its sessions are still there.
    let real = fs::canonicalize(&root).ok();
    std::iter::once(root).chain(real).collect()
}

fn lies_in(header: &Header, places: Option<&[PathBuf]>) -> bool {
    let Some(places) = places else { return true };
    header.cwd().is_some_and(|cwd| places.iter().any(|place| Path::new(cwd).starts_with(place)))
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
pub struct SessionReader {
    branch: Branch,
    entry: Entry,
    manifest: Manifest,
}

impl SessionReader {
    pub(crate) fn open(branch: Branch, entry: Entry) -> Result<Self> {
        let manifest = branch.manifest(&entry)?;
        Ok(Self { branch, entry, manifest })
    }

    /// Returns what names the session.
    #[must_use]
    pub const fn key(&self) -> &SessionKey {
        &self.entry.key
    }

    /// Returns the manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the stored bytes of one segment after the other: event lines.
    pub fn segments(&self) -> impl Iterator<Item = Result<Vec<u8>>> + '_ {
        self.manifest.segments.iter().map(|record| Ok(self.branch.segment(&self.entry, record)?))
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
        let begins = format!("{}.", self.entry.key);
        let mut agents = Vec::new();
        for entry in self.branch.newest() {
            let entry = entry?;
            if entry.key.as_str().starts_with(&begins) {
                let manifest = self.branch.manifest(&entry)?;
                agents.push(read_session(&self.branch, &entry, &manifest)?);
            }
        }
        Ok(agents)
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

fn read_events(
    branch: &Branch,
    entry: &Entry,
    manifest: &Manifest,
    mut each: impl FnMut(Event) -> bool,
) -> Result<()> {
    for record in &manifest.segments {
        let segment = branch.segment(entry, record)?;
        for line in segment.split_inclusive(|byte| *byte == b'\n') {
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
