//! Sessions that several logs tell, or that a log tells otherwise than the store: all versions side by side.
//!
//! Rare, so simple: every version is held whole. The common case, one log that grew, never comes here.

use crate::attachments::{attachments_of, referred};
use crate::drift;
use crate::exclusion::{self, Exclusion};
use crate::record_log::RecordLog;
use crate::routes::Context;
use crate::{Error, Result};
use opensession_hail::{
    Attachment, Author, Chains, ContentId, Event, Header, SessionId, SessionKey, Stats, Tally,
};
use opensession_parsers::{Count, LogFile, Parser, Sink, Source};
use opensession_redact::{Counts, Line, RULES_VERSION, Redacted, differ_in_marks_alone};
use opensession_store::{
    Branch, Changes, Draft, DraftSource, Entry, Manifest, Segment, SegmentWriter, Step, Store,
    VersionName, name_versions, starts_with,
};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// A log that tells the session.
#[derive(Clone, Copy)]
pub(crate) struct Teller<'l> {
    pub log: &'l LogFile,
    pub parser: &'static dyn Parser,
    /// Whether a log with the same relative path is the same one, and so can have been rewritten.
    pub swept: bool,
}

/// A session as one log tells it, whole.
struct Told<'l> {
    log: &'l LogFile,
    parser: &'static dyn Parser,
    /// The path by which a manifest knows the log, where the same path is the same log.
    known_as: Option<String>,
    header: Header,
    stats: Stats,
    counts: Counts,
    lines: Vec<Redacted<Line>>,
    steps: Vec<Step>,
    attachments: Vec<Redacted<Attachment>>,
    bytes: u64,
    hash: ContentId,
    drift: Count,
}

/// A version on the branch.
struct Stored {
    entry: Entry,
    manifest: Manifest,
    events: Vec<Event>,
    steps: Vec<Step>,
}

/// Returns what brings the branch to hold every version of `key` that the logs and the branch know, and no other. One
/// of which the branch has none begins in the generation `restored_in`.
pub(crate) fn reconcile(
    context: &Context,
    key: &SessionKey,
    logs: &[Teller<'_>],
    restored_in: u64,
    scratch: &Path,
) -> Result<Changes> {
    let mut told = Vec::new();
    for teller in logs {
        told.extend(read_log(context, key, teller, scratch)?);
    }
    // Which of two equal ones is kept must not depend on the order in which they were found.
    told.sort_by(|a, b| {
        let time = |told: &Told<'_>| told.header.context.updated_at;
        time(b).cmp(&time(a)).then_with(|| a.log.relative.cmp(&b.log.relative))
    });
    let mut stored = match context.branch.as_deref() {
        Some(branch) if !context.damaged.contains(key) => read_stored(branch, key)?,
        _ => Vec::new(),
    };
    let stand: Vec<Entry> = stored.iter().map(|version| version.entry.clone()).collect();
    let generations = stored.iter().map(|version| version.manifest.generation);
    let generation = generations.max().unwrap_or(restored_in);
    // What a rewrite has replaced is below every version of the newer generation.
    stored.retain(|version| version.manifest.generation == generation);
    let rewritten = drop_rewritten(context, &mut stored, &told)?;
    let generation = generation + u64::from(!rewritten.is_empty());
    let owner = rewritten.iter().find_map(|version| version.manifest.header.author());
    let sequences: Vec<&[Step]> = stored
        .iter()
        .map(|version| version.steps.as_slice())
        .chain(told.iter().map(|version| version.steps.as_slice()))
        .collect();
    let names = name_versions(&sequences);
    let mut drafts = Vec::new();
    let mut kept = BTreeSet::new();
    let (names_stored, names_told) = names.split_at(stored.len());
    for (version, name) in stored.iter().zip(names_stored) {
        let Some(name) = name else { continue };
        let target = name.key(key);
        kept.insert(target.clone());
        if target != version.entry.key || version.manifest.generation != generation {
            drafts.push(move_stored(context, key, version, name, generation)?);
        }
    }
    for (version, name) in told.into_iter().zip(names_told) {
        if let Some(name) = name {
            let owner = owner.as_ref();
            drafts.push(write_told(context, key, version, name, generation, (&stored, owner))?);
        }
    }
    kept.extend(drafts.iter().map(|draft| draft.key.clone()));
    // What a rewrite replaced, and what is part of a version under another name, goes with the drafts.
    let removals = stand.into_iter().filter(|entry| !kept.contains(&entry.key)).collect();
    Ok(Changes { drafts, removals })
}

/// Drops the stored versions whose own log now tells something else, and returns them.
fn drop_rewritten(
    context: &Context,
    stored: &mut Vec<Stored>,
    told: &[Told<'_>],
) -> Result<Vec<Stored>> {
    let mut dropped = Vec::new();
    for version in &*stored {
        dropped.push(is_rewritten(context, version, stored, told)?);
    }
    let mut dropped = dropped.into_iter();
    Ok(stored.extract_if(.., |_| dropped.next().unwrap_or(false)).collect())
}

/// Returns whether the log that a stored version was captured from now tells something else.
fn is_rewritten(
    context: &Context,
    version: &Stored,
    stored: &[Stored],
    told: &[Told<'_>],
) -> Result<bool> {
    let related = |version: &Stored, told: &Told<'_>| {
        starts_with(&told.steps, &version.steps) || starts_with(&version.steps, &told.steps)
    };
    let source = &version.manifest.source;
    let mut same_log = told.iter().filter(|told| told.known_as.as_ref() == Some(&source.log));
    let other_ids = !told.iter().any(|told| related(version, told))
        && same_log.clone().any(|told| !stored.iter().any(|other| related(other, told)));
    if other_ids {
        return Ok(true);
    }
    let other_content = same_log.find(|told| {
        starts_with(&told.steps, &version.steps)
            && source.parser == told.parser.version()
            && content_at(told, version.steps.len()) != version.manifest.content_id()
    });
    let Some(told) = other_content else { return Ok(false) };
    // What was masked by other rules or options, or because other secrets were known then, was not rewritten by the tool.
    let redactor = context.redactor_of_comparison(told.header.cwd())?;
    let line = |event: &Event| redactor.event(event.clone(), &mut Counts::new()).into_inner().bytes;
    let mut pairs = version.events.iter().zip(&told.lines);
    Ok(!pairs.all(|(stored, told)| {
        let (stored, told) = (line(stored), line(&told.get().event));
        let is_excluded = exclusion::is_marked(&stored) || exclusion::is_marked(&told);
        is_excluded || differ_in_marks_alone(&stored, &told)
    }))
}

fn content_at(told: &Told<'_>, events: usize) -> ContentId {
    let mut chains = Chains::START;
    for line in told.lines.iter().take(events) {
        chains.push(&line.get().event.event_id, &line.get().bytes);
    }
    chains.content.value()
}

fn steps_of<'e>(events: impl Iterator<Item = &'e Event>) -> Vec<Step> {
    events.map(|event| Step { id: event.event_id.clone(), time: event.timestamp }).collect()
}

fn read_stored(branch: &Branch, key: &SessionKey) -> Result<Vec<Stored>> {
    let mut found = Vec::new();
    for entry in branch.versions(key)? {
        let manifest = branch.manifest(&entry)?;
        let mut events = Vec::new();
        for record in &manifest.segments {
            let bytes = branch.segment(&entry, record)?;
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                events.push(opensession_hail::parse_event(line).map_err(|error| {
                    Error::Damaged { session: entry.key.to_string(), reason: error.to_string() }
                })?);
            }
        }
        let steps = steps_of(events.iter());
        found.push(Stored { entry, manifest, events, steps });
    }
    Ok(found)
}

/// Returns a stored version under the name or the generation that it has from now on.
fn move_stored(
    context: &Context,
    key: &SessionKey,
    version: &Stored,
    name: &VersionName,
    generation: u64,
) -> Result<Draft> {
    let redactor = context.redactor(version.manifest.header.cwd())?;
    // Redacting what is redacted changes nothing, and is what makes it storable.
    let mut again = Counts::new();
    let lines: Vec<Redacted<Line>> =
        version.events.iter().map(|event| redactor.event(event.clone(), &mut again)).collect();
    let mut attachments = Vec::new();
    if let Some(branch) = context.branch.as_deref() {
        let names: BTreeSet<&str> = version.events.iter().flat_map(attachments_of).collect();
        for name in names {
            let bytes = branch.attachment(&version.entry, name)?;
            let attachment = Attachment { name: name.to_owned(), bytes };
            attachments.push(redactor.attachment(attachment)?);
        }
    }
    let manifest = &version.manifest;
    let target = name.key(key);
    Ok(Draft {
        base: base_of(context.branch.as_deref(), &target)?,
        seen: context.branch.as_deref().map(Branch::commit),
        forked_from: name.fork(key),
        key: target,
        day: version.steps.first().map_or(manifest.header.context.created_at, |step| step.time),
        generation,
        header: redactor.header(manifest.header.clone(), &mut again),
        stats: manifest.stats,
        source: DraftSource {
            parser: manifest.source.parser,
            rules: manifest.source.rules,
            log: redactor.text(manifest.source.log.clone(), &mut again),
            bytes: manifest.source.bytes,
            hash: manifest.source.hash,
            drift: drift::redacted(&redactor, &manifest.source.drift),
        },
        redactions: manifest.redactions.clone(),
        keep: 0,
        segments: segments_of(&context.store, Chains::START, &lines)?,
        attachments,
    })
}

/// Returns what a log tells under its name: added to a stored version that it continues, or whole; then it is the
/// `owner`'s of what it takes the place of.
fn write_told(
    context: &Context,
    key: &SessionKey,
    told: Told<'_>,
    name: &VersionName,
    generation: u64,
    (stored, owner): (&[Stored], Option<&Author>),
) -> Result<Draft> {
    let target = name.key(key);
    let continued = stored.iter().find(|version| {
        version.entry.key == target
            && version.manifest.generation == generation
            && starts_with(&told.steps, &version.steps)
    });
    let chains = continued.map_or(Chains::START, |version| version.manifest.chains());
    let skip = continued.map_or(0, |version| version.steps.len());
    let mut repeated = Counts::new();
    let redactor = context.redactor(told.header.cwd())?;
    let mut header = told.header;
    match continued {
        Some(version) => context.authors().keep(&mut header, &version.manifest.header),
        None => context.authors().sign(&mut header, owner),
    }
    Ok(Draft {
        base: match continued {
            Some(version) => Some(version.entry.clone()),
            None => base_of(context.branch.as_deref(), &target)?,
        },
        seen: context.branch.as_deref().map(Branch::commit),
        forked_from: name.fork(key),
        key: target,
        day: told.steps.first().map_or(header.context.created_at, |step| step.time),
        generation,
        header: redactor.header(header, &mut repeated),
        stats: told.stats,
        source: DraftSource {
            parser: continued.map_or(told.parser.version(), |kept| kept.manifest.source.parser),
            rules: continued.map_or(RULES_VERSION, |kept| kept.manifest.source.rules),
            log: redactor.text(told.log.relative.clone(), &mut repeated),
            bytes: told.bytes,
            hash: told.hash,
            drift: drift::redacted(&redactor, &told.drift),
        },
        redactions: told.counts,
        keep: continued.map_or(0, |version| version.manifest.segments.len()),
        segments: segments_of(&context.store, chains, told.lines.get(skip..).unwrap_or(&[]))?,
        attachments: told.attachments,
    })
}

fn base_of(branch: Option<&Branch>, key: &SessionKey) -> Result<Option<Entry>> {
    Ok(match branch {
        Some(branch) => branch.find(key, None)?,
        None => None,
    })
}

fn segments_of(store: &Store, chains: Chains, lines: &[Redacted<Line>]) -> Result<Vec<Segment>> {
    let mut writer = SegmentWriter::new(store, chains);
    for line in lines {
        writer.push(line)?;
    }
    Ok(writer.finish()?)
}

fn read_log<'l>(
    context: &Context,
    key: &SessionKey,
    teller: &Teller<'l>,
    scratch: &Path,
) -> Result<Vec<Told<'l>>> {
    let Teller { log, parser, swept } = *teller;
    let tool = parser.tool().as_str();
    let mut reading = Reading { tool, key, sessions: Vec::new() };
    let source = Source::file(&log.path).with_scratch(scratch);
    let report = parser.parse(&source, &mut reading)?;
    let hash = report.hash.unwrap_or_else(|| ContentId::of(b""));
    let drift = if reading.sessions.len() == 1 { report.drift() } else { Count::new() };
    let mut told = Vec::new();
    for mut whole in reading.sessions {
        let Some(header) = whole.header else { continue };
        let tool = whole.maker.as_deref().unwrap_or(tool);
        if SessionKey::new(tool, &header.session_id) != *key || whole.events.is_empty() {
            continue;
        }
        let (bytes, hash) = match (&whole.records, whole.cut) {
            (Some(records), cut) => records.before(cut),
            (None, Some(cut)) => (cut, crate::recorder::prefix_hash(&source, cut)?),
            (None, None) => (report.bytes, hash),
        };
        // Which secrets are known where it worked is told by its header, at its end.
        let redactor = context.redactor(header.cwd())?;
        let mut counts = Counts::new();
        let steps = steps_of(whole.events.iter());
        let redacted = redactor.text(log.relative.clone(), &mut Counts::new());
        let mut exclusion = context.excluded_files(header.cwd())?.map(Exclusion::new);
        let mut attachments = Vec::new();
        for event in &mut whole.events {
            let taken = exclusion.as_mut().map_or(0, |exclusion| exclusion.apply(event));
            exclusion::count(&mut counts, taken);
            attachments.extend(referred(&mut whole.loose, event, context)?);
        }
        let lines = whole.events.into_iter().map(|event| redactor.event(event, &mut counts));
        let lines = lines.collect();
        told.push(Told {
            log,
            parser,
            known_as: swept.then(|| redacted.into_inner()),
            header,
            stats: whole.tally.finish(),
            counts,
            steps,
            lines,
            attachments,
            bytes,
            hash,
            drift: drift.clone(),
        });
    }
    Ok(told)
}

/// Receives a session, whole.
struct Reading<'c> {
    tool: &'static str,
    key: &'c SessionKey,
    sessions: Vec<Whole>,
}

#[derive(Default)]
struct Whole {
    /// The tool that made it, where that is not the parser's.
    maker: Option<String>,
    header: Option<Header>,
    tally: Tally,
    events: Vec<Event>,
    loose: HashMap<String, Attachment>,
    records: Option<RecordLog>,
    cut: Option<u64>,
}

impl Sink for Reading<'_> {
    /// Of a source with many sessions only one is asked for.
    fn knows(&mut self, session_id: &SessionId, _stamp: &str) -> bool {
        SessionKey::new(self.tool, session_id) != *self.key
    }

    fn begin(&mut self, _session_id: &SessionId) {
        self.sessions.push(Whole::default());
    }

    fn made_by(&mut self, tool: &str) {
        if let Some(session) = self.sessions.last_mut() {
            session.maker = Some(tool.to_owned());
        }
    }

    /// The header says it.
    fn located(&mut self, _cwd: &str) {}

    fn record(&mut self, bytes: &[u8]) {
        if let Some(session) = self.sessions.last_mut() {
            session.records.get_or_insert_default().push(bytes);
        }
    }

    fn event(&mut self, event: Event, offset: u64, settled: bool) {
        let Some(session) = self.sessions.last_mut() else { return };
        if !settled {
            session.cut.get_or_insert(offset);
        }
        if session.cut.is_some() {
            return;
        }
        session.tally.push(&event);
        session.events.push(event);
    }

    fn attachment(&mut self, attachment: Attachment) {
        if let Some(session) = self.sessions.last_mut() {
            session.loose.insert(attachment.name.clone(), attachment);
        }
    }

    fn end(&mut self, header: Header) {
        if let Some(session) = self.sessions.last_mut() {
            session.header = Some(header);
        }
    }
}
