//! One session with its forks, redacted again: what of it changes, and the drafts that take its place.

use crate::attachments::attachments_of;
use crate::exclusion::{self, Exclusion};
use crate::routes::Context;
use crate::{Error, Result, drift};
use opensession_hail::{Attachment, Chains, Header, SessionKey, Timestamp, parse_event};
use opensession_redact::{Counts, Line, RULES_VERSION, Redacted, Redactor};
use opensession_store::{Branch, Draft, DraftSource, Entry, Manifest, Segment, SegmentWriter};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A version of a session that takes the place of the stored one.
pub(super) struct Rewritten {
    pub(super) key: SessionKey,
    pub(super) generation: u64,
    /// How many of its events changed.
    pub(super) events: u64,
    pub(super) secrets: Counts,
    /// How much it holds, in bytes.
    pub(super) bytes: u64,
    /// `None` where nothing is to be written.
    pub(super) draft: Option<Box<Draft>>,
}

/// A stored version, read and redacted again.
struct Version {
    entry: Entry,
    manifest: Manifest,
    /// The header, without whom the user wants nobody to know.
    header: Header,
    redactor: Arc<Redactor>,
    exclusion: Option<Exclusion>,
    started: Option<Timestamp>,
    /// How many segments stay, from the front, and what comes behind them.
    keep: usize,
    segments: Vec<Segment>,
    /// The names of the attachments that its events refer to.
    attachments: BTreeSet<String>,
    /// How many events changed, and whether anything did.
    events: u64,
    changed: bool,
    /// What was found in its events, and in all of it.
    in_events: Counts,
    secrets: Counts,
}

/// Returns the versions of a session that take the place of the stored ones; none where nothing changes in any. Without
/// `write`, without drafts.
///
/// All of them are of one generation: a version of a lower one would count as replaced.
pub(super) fn rewrite(
    context: &Context,
    branch: &Branch,
    entries: &[Entry],
    write: bool,
) -> Result<Vec<Rewritten>> {
    let mut versions = Vec::new();
    for entry in entries {
        versions.push(read(context, branch, entry, write)?);
    }
    if !versions.iter().any(|version| version.changed) {
        return Ok(Vec::new());
    }
    let newest = versions.iter().map(|version| version.manifest.generation).max().unwrap_or(0);
    let mut rewritten = Vec::new();
    for version in versions {
        let (key, bytes) = (version.entry.key.clone(), version.manifest.bytes());
        let (events, secrets) = (version.events, version.secrets.clone());
        let generation = newest + 1;
        let draft = match write {
            true => Some(Box::new(version.into_draft(branch, generation)?)),
            false => None,
        };
        rewritten.push(Rewritten { key, generation, events, secrets, bytes, draft });
    }
    Ok(rewritten)
}

/// Reads a stored version and redacts it again, segment by segment.
fn read(context: &Context, branch: &Branch, entry: &Entry, write: bool) -> Result<Version> {
    let manifest = branch.manifest(entry)?;
    let redactor = context.redactor(manifest.header.cwd())?;
    let mut header = manifest.header.clone();
    context.authors().hide(&mut header);
    let mut version = Version {
        entry: entry.clone(),
        keep: manifest.segments.len(),
        exclusion: context.excluded_files(manifest.header.cwd())?.map(Exclusion::new),
        header,
        redactor,
        started: None,
        segments: Vec::new(),
        attachments: BTreeSet::new(),
        events: 0,
        changed: false,
        in_events: Counts::new(),
        secrets: Counts::new(),
        manifest,
    };
    let mut writer: Option<SegmentWriter> = None;
    let mut chains = Chains::START;
    for index in 0..version.manifest.segments.len() {
        let Some(record) = version.manifest.segments.get(index) else { continue };
        let bytes = branch.segment(entry, record)?;
        let ends = record.chains();
        let before = version.events;
        let lines = version.redact_lines(&bytes)?;
        if version.events > before && version.keep > index {
            version.keep = index;
            writer = write.then(|| SegmentWriter::new(&context.store, chains));
        }
        if let Some(writer) = &mut writer {
            lines.iter().try_for_each(|line| writer.push(line))?;
        }
        chains = ends;
    }
    version.segments = writer.map_or_else(|| Ok(Vec::new()), SegmentWriter::finish)?;
    version.look_around();
    Ok(version)
}

impl Version {
    fn redact_lines(&mut self, segment: &[u8]) -> Result<Vec<Redacted<Line>>> {
        let mut lines = Vec::new();
        for line in segment.split_inclusive(|byte| *byte == b'\n') {
            let mut event = parse_event(line).map_err(|error| Error::Damaged {
                session: self.entry.key.to_string(),
                reason: error.to_string(),
            })?;
            self.started.get_or_insert(event.timestamp);
            // What is excluded already is taken out again, and stays what it is.
            let taken = self.exclusion.as_mut().map_or(0, |exclusion| exclusion.apply(&mut event));
            self.attachments.extend(attachments_of(&event).map(str::to_owned));
            let again = self.redactor.event(event, &mut self.in_events);
            if again.get().bytes != line {
                self.events += 1;
                exclusion::count(&mut self.in_events, taken);
            }
            lines.push(again);
        }
        Ok(lines)
    }

    /// Looks at what is said of the session beside its events.
    fn look_around(&mut self) {
        let Self { manifest, redactor, secrets, header, .. } = self;
        *secrets = self.in_events.clone();
        let again = redactor.header(header.clone(), secrets);
        let mut texts = std::iter::once(&manifest.source.log).chain(manifest.source.drift.keys());
        self.changed = self.events > 0
            || *again.get() != manifest.header
            || texts.any(|text| redactor.text(text.clone(), secrets).get() != text);
    }

    fn into_draft(self, branch: &Branch, generation: u64) -> Result<Draft> {
        let Self { entry, manifest, redactor, header, .. } = self;
        let mut attachments = Vec::new();
        // With a segment of the stored version its attachments stay too.
        let names = if self.keep == 0 { self.attachments } else { BTreeSet::new() };
        for name in names {
            let bytes = match branch.attachment(&entry, &name) {
                Ok(bytes) => bytes,
                // Not every picture that is named was stored.
                Err(opensession_store::Error::NotFound(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            attachments.push(redactor.attachment(Attachment { name, bytes })?);
        }
        // What is said of the session repeats its events: only these are counted.
        let mut redactions = manifest.redactions;
        add(&mut redactions, self.in_events);
        let mut repeated = Counts::new();
        let source = manifest.source;
        Ok(Draft {
            key: entry.key.clone(),
            day: self.started.unwrap_or(header.context.created_at),
            base: Some(entry),
            seen: Some(branch.commit()),
            generation,
            header: redactor.header(header, &mut repeated),
            stats: manifest.stats,
            source: DraftSource {
                parser: source.parser,
                rules: RULES_VERSION,
                log: redactor.text(source.log, &mut repeated),
                bytes: source.bytes,
                hash: source.hash,
                drift: drift::redacted(&redactor, &source.drift),
            },
            redactions,
            keep: self.keep,
            segments: self.segments,
            attachments,
            forked_from: manifest.forked_from,
        })
    }
}

fn add(all: &mut Counts, more: Counts) {
    for (rule, count) in more {
        *all.entry(rule).or_default() += count;
    }
}
