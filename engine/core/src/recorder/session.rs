//! One session on its way to a draft, against what is stored of it.

use super::prefix_hash;
use crate::authors::Authors;
use crate::exclusion::Exclusion;
use crate::record_log::RecordLog;
use crate::routes::{Context, Destination, Route};
use crate::{Error, Result};
use opensession_hail::{
    Attachment, Author, Chains, ContentId, Event, Header, SessionId, SessionKey, Tally, Timestamp,
};
use opensession_parsers::{LogFile, Parser, Source};
use opensession_redact::{Counts, Redacted, Redactor};
use opensession_store::{Branch, Entry, Manifest, Segment, SegmentWriter, Store};
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// A session of the log that is being read.
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) key: SessionKey,
    /// Its working directory, as soon as it is known.
    pub(super) place: Option<String>,
    /// Where it goes, from the first event on.
    pub(super) destination: Option<Destination>,
    /// The store that it goes to, from the first event on.
    pub(super) goal: Option<(Route, Arc<Context>)>,
    /// Whether it was forgotten: nothing of it is kept.
    pub(super) is_forgotten: bool,
    /// Who masks its events, from the first new one on.
    pub(super) redactor: Option<Arc<Redactor>>,
    /// Who takes out the contents of files that are not kept, from the first event on, where there are any.
    pub(super) exclusion: Option<Exclusion>,
    pub(super) tally: Tally,
    pub(super) counts: Counts,
    pub(super) base: Option<(Entry, Manifest)>,
    /// What cannot be read any more and is to be replaced.
    pub(super) replaced: Option<Replaced>,
    pub(super) stage: Stage,
    pub(super) started: Option<Timestamp>,
    /// Where the first event stands that may still change: nothing from there on is stored.
    pub(super) cut: Option<u64>,
    /// Attachments that no event has referred to yet.
    pub(super) loose: HashMap<String, Attachment>,
    pub(super) attachments: Vec<Redacted<Attachment>>,
    pub(super) new_events: u64,
    pub(super) stamp: Option<String>,
    /// Its records, where they are not those of the file.
    pub(super) records: Option<RecordLog>,
    /// Whether the log still begins with the bytes that were captured: found out while it is parsed.
    pub(super) prefix: Option<JoinHandle<Result<ContentId>>>,
}

/// A stored session that cannot be read any more.
pub(super) struct Replaced {
    pub(super) entry: Entry,
    pub(super) generation: u64,
    pub(super) events: u64,
    pub(super) author: Option<Author>,
}

/// What happens to the next event.
pub(super) enum Stage {
    /// It is the first: what is stored of the session is looked up.
    First,
    /// It is stored, if the log still begins with the very bytes that were captured.
    Stored { left: u64 },
    /// It is stored, on the same condition, if its record begins before `until` or if it is one of `last`: another
    /// version of the parser captured the log.
    StoredBefore { until: u64, last: Vec<String> },
    /// It is new.
    New(SegmentWriter),
    /// None comes any more.
    Over,
}

impl Session {
    /// Returns whether the log begins with the bytes from which the stored events were made.
    pub(super) fn begins_as_captured(&mut self) -> Result<bool> {
        let Some((_, manifest)) = &self.base else { return Ok(true) };
        if let Some(records) = &self.records {
            return Ok(records.begins_with(manifest.source.bytes, manifest.source.hash));
        }
        let Some(prefix) = self.prefix.take() else { return Ok(true) };
        // The thread has nothing in it that panics; if it does, comparing all versions is the safe answer.
        let Ok(hash) = prefix.join() else { return Ok(false) };
        Ok(hash? == manifest.source.hash)
    }

    /// Ends the session and returns what is new of it: compressed now, as a database may hold thousands of sessions.
    pub(super) fn close(&mut self) -> Result<Vec<Segment>> {
        self.loose = HashMap::new();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::New(writer) => Ok(writer.finish()?),
            _ => Ok(Vec::new()),
        }
    }

    /// Says in the session's header whose it is.
    pub(super) fn sign(&self, header: &mut Header, authors: &Authors) {
        match (&self.base, &self.replaced) {
            (Some((_, stored)), _) => authors.keep(header, &stored.header),
            (None, replaced) => {
                authors.sign(header, replaced.as_ref().and_then(|old| old.author.as_ref()));
            }
        }
    }

    /// Moves to the stage that the event belongs to.
    pub(super) fn advance(&mut self, store: &Store, event: &Event, offset: u64) {
        let stored = match &mut self.stage {
            Stage::Stored { left } => {
                let stored = *left > 0;
                *left = left.saturating_sub(1);
                stored
            }
            Stage::StoredBefore { until, last } => {
                offset < *until
                    || offset == *until && last.iter().any(|id| id == event.event_id.as_str())
            }
            Stage::First | Stage::New(_) | Stage::Over => true,
        };
        if !stored {
            let chains =
                self.base.as_ref().map_or(Chains::START, |(_, manifest)| manifest.chains());
            self.stage = Stage::New(SegmentWriter::new(store, chains));
        }
    }
}

/// Looks up what is stored of the session whose first event this is.
pub(super) fn first_stage(
    context: &Context,
    log: &LogFile,
    parser: &dyn Parser,
    session: &mut Session,
    first: &Event,
) -> Result<Stage> {
    let new = || Stage::New(SegmentWriter::new(&context.store, Chains::START));
    let Some(branch) = context.branch.as_deref() else { return Ok(new()) };
    let Some(entry) = branch.find(&session.key, Some(first.timestamp))? else { return Ok(new()) };
    if context.damaged.contains(&session.key) {
        // The manifest may be what is damaged.
        let manifest = branch.manifest(&entry).ok();
        let (generation, events) =
            manifest.as_ref().map_or((0, 0), |manifest| (manifest.generation, manifest.events()));
        let author = manifest.and_then(|manifest| manifest.header.author());
        session.replaced = Some(Replaced { entry, generation, events, author });
        return Ok(new());
    }
    let manifest = branch.manifest(&entry)?;
    let captured = &manifest.source;
    if session.records.is_none() {
        let (path, bytes) = (log.path.clone(), captured.bytes);
        let hash = move || prefix_hash(&Source::file(&path), bytes);
        let started = thread::Builder::new().spawn(hash);
        session.prefix = Some(started.map_err(Error::io("read", &log.path))?);
    }
    let stage = if captured.parser == parser.version() {
        Stage::Stored { left: manifest.events() }
    } else {
        let last = last_ids(branch, &entry, &manifest)?;
        Stage::StoredBefore { until: captured.bytes, last }
    };
    session.base = Some((entry, manifest));
    Ok(stage)
}

fn last_ids(branch: &Branch, entry: &Entry, manifest: &Manifest) -> Result<Vec<String>> {
    let Some(record) = manifest.segments.last() else { return Ok(Vec::new()) };
    let bytes = branch.segment(entry, record)?;
    let mut ids = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        // Of an event whose id is not known a second copy would be stored.
        let event = opensession_hail::parse_event(line).map_err(|error| Error::Damaged {
            session: entry.key.to_string(),
            reason: error.to_string(),
        })?;
        ids.push(event.event_id.to_string());
    }
    Ok(ids)
}
