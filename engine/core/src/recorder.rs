//! From a parser's events to a draft: what of a log is new, against what is stored.

use crate::routes::{Context, MAIN, Route, Routes};
use crate::{Error, Result};
use opensession_hail::{
    Attachment, Block, Chains, ContentId, Event, Header, SessionId, SessionKey, Tally, Timestamp,
};
use opensession_parsers::{LogFile, Parser, Sink, Source};
use opensession_redact::Error::NotAPicture;
use opensession_redact::{Counts, RULES_VERSION, Redacted};
use opensession_store::{Branch, Draft, DraftSource, Entry, Manifest, SegmentWriter, Store};
use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// Git hosts refuse larger blobs, and the store makes none.
const LARGEST_ATTACHMENT: usize = 25 << 20;

/// A session as one log tells it.
pub(crate) struct Recorded {
    pub key: SessionKey,
    /// The store that it goes to.
    pub route: Route,
    /// The time of the first event.
    pub started: Timestamp,
    /// The tree of the session as it is stored.
    pub tree: Option<String>,
    pub relation: Relation,
}

/// How a log stands to what is stored of its session.
pub(crate) enum Relation {
    /// Everything in the log is stored.
    Same,
    /// Events or a header are to be written.
    Ahead { draft: Box<Draft>, new_events: u64 },
    /// The log is not the one that was captured, or was rewritten: needs a look at all versions.
    Unclear,
    /// The log holds no prompt, answer or tool call.
    NoSession,
    /// The session belongs to a repository that the capture is not about.
    Elsewhere,
}

/// Where sessions are, by their ids.
pub(crate) type Places = HashMap<SessionId, String>;

/// What a log holds.
pub(crate) enum Log {
    /// Its sessions.
    Read(Vec<Recorded>),
    /// It told too late that these sessions are elsewhere than it seemed: it must be read again, knowing that.
    Misplaced(Places),
}

/// Receives a parser's events and keeps the bytes only of those that are not stored yet.
pub(crate) struct Recorder<'a> {
    routes: &'a Routes,
    /// Where the sessions are, where an earlier reading of the log had to find out.
    places: &'a Places,
    source: Source<'a>,
    log: &'a LogFile,
    parser: &'static dyn Parser,
    session: Option<Session>,
    done: Vec<Recorded>,
    ended: Vec<Ended>,
    misplaced: Places,
    failure: Option<Error>,
}

struct Session {
    id: SessionId,
    key: SessionKey,
    /// Its working directory, as soon as it is known.
    place: Option<String>,
    /// The store that it goes to, from the first event on; `None` where the capture is not about it.
    goal: Option<(Route, Arc<Context>)>,
    tally: Tally,
    counts: Counts,
    base: Option<(Entry, Manifest)>,
    /// What cannot be read any more and is to be replaced.
    replaced: Option<Replaced>,
    stage: Stage,
    started: Option<Timestamp>,
    /// Where the first event stands that may still change: nothing from there on is stored.
    cut: Option<u64>,
    /// Attachments that no event has referred to yet.
    loose: HashMap<String, Attachment>,
    attachments: Vec<Redacted<Attachment>>,
    new_events: u64,
    /// Whether the log still begins with the bytes that were captured: found out while it is parsed.
    prefix: Option<JoinHandle<Result<ContentId>>>,
}

/// A stored session that cannot be read any more.
struct Replaced {
    entry: Entry,
    generation: u64,
    events: u64,
}

/// What happens to the next event.
enum Stage {
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

/// A session whose parser has said its last word, but whose log's size and hash are not known yet.
struct Ended {
    session: Session,
    header: Header,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(
        routes: &'a Routes,
        places: &'a Places,
        source: Source<'a>,
        log: &'a LogFile,
        parser: &'static dyn Parser,
    ) -> Self {
        Self {
            routes,
            places,
            source,
            log,
            parser,
            session: None,
            done: Vec::new(),
            ended: Vec::new(),
            misplaced: Places::new(),
            failure: None,
        }
    }

    /// Returns the sessions of the log, of which the parser read `bytes` with that `hash`.
    pub(crate) fn finish(mut self, bytes: u64, hash: ContentId) -> Result<Log> {
        if let Some(error) = self.failure {
            return Err(error);
        }
        if !self.misplaced.is_empty() {
            return Ok(Log::Misplaced(self.misplaced));
        }
        for ended in std::mem::take(&mut self.ended) {
            let read = match ended.session.cut {
                Some(cut) => (cut, prefix_hash(&self.source, cut)?),
                None => (bytes, hash),
            };
            let recorded = self.conclude(ended, read)?;
            self.done.push(recorded);
        }
        Ok(Log::Read(self.done))
    }

    fn conclude(&self, ended: Ended, (bytes, hash): (u64, ContentId)) -> Result<Recorded> {
        let Ended { mut session, header } = ended;
        let stats = session.tally.finish();
        let started = session.started.unwrap_or(header.context.created_at);
        let silent = stats.message_count == 0 && stats.tool_call_count == 0;
        let tree = session.base.as_ref().map(|(entry, _)| entry.tree.to_string());
        let Some((route, context)) = session.goal.take() else {
            let (key, tree) = (session.key, None);
            let relation = Relation::Elsewhere;
            return Ok(Recorded { key, route: MAIN, started, tree, relation });
        };
        let is_shorter =
            session.replaced.as_ref().is_some_and(|replaced| replaced.events > session.new_events);
        let relation = if !session.begins_as_captured()? {
            Relation::Unclear
        } else if is_shorter {
            // What is left of it may still be more than the log holds by now.
            Relation::Same
        } else if silent && session.base.is_none() {
            Relation::NoSession
        } else {
            let redactor = context.redactor()?;
            // A header repeats what events say; counting its hits would count them at every capture.
            let mut repeated = Counts::new();
            let redacted = redactor.header(header, &mut repeated);
            let segments = match std::mem::replace(&mut session.stage, Stage::Over) {
                Stage::New(writer) => writer.finish()?,
                _ => Vec::new(),
            };
            let same = session.base.as_ref().is_some_and(|(_, manifest)| {
                segments.is_empty() && manifest.header == *redacted.get()
            });
            if same {
                Relation::Same
            } else {
                let (base, manifest) = session.base.unzip();
                let replaced = session.replaced;
                let generation = match (&manifest, &replaced) {
                    (Some(manifest), _) => manifest.generation,
                    (None, Some(replaced)) => replaced.generation,
                    (None, None) => 0,
                };
                let base = base.or_else(|| replaced.map(|replaced| replaced.entry));
                let mut redactions = session.counts;
                for (rule, count) in manifest.iter().flat_map(|manifest| &manifest.redactions) {
                    *redactions.entry(rule.clone()).or_insert(0) += count;
                }
                // What is kept was made by the versions recorded: they stay, so that nobody takes it for newer.
                let captured = manifest.as_ref().map(|manifest| &manifest.source);
                let (bytes, hash) = captured
                    .filter(|source| source.bytes > bytes)
                    .map_or((bytes, hash), |source| (source.bytes, source.hash));
                let draft = Draft {
                    key: session.key.clone(),
                    day: started,
                    base,
                    seen: context.branch.as_deref().map(Branch::commit),
                    generation,
                    header: redacted,
                    stats,
                    source: DraftSource {
                        parser: captured.map_or(self.parser.version(), |source| source.parser),
                        rules: captured.map_or(RULES_VERSION, |source| source.rules),
                        log: redactor.text(self.log.relative.clone(), &mut repeated),
                        bytes,
                        hash,
                    },
                    redactions,
                    keep: manifest.as_ref().map_or(0, |manifest| manifest.segments.len()),
                    segments,
                    attachments: session.attachments,
                    forked_from: manifest.and_then(|manifest| manifest.forked_from),
                };
                Relation::Ahead { draft: Box::new(draft), new_events: session.new_events }
            }
        };
        Ok(Recorded { key: session.key, route, started, tree, relation })
    }

    /// Finds out whether the session, of which the last word is said, is where it seemed at its first event.
    fn check_place(&mut self, session: &Session, header: &Header) -> Result<()> {
        let Some(cwd) = header.cwd() else { return Ok(()) };
        let route = session.goal.as_ref().map(|(route, _)| *route);
        let is_first_reading = !self.places.contains_key(&session.id);
        if is_first_reading && session.started.is_some() && self.routes.route(Some(cwd))? != route {
            self.misplaced.insert(session.id.clone(), cwd.to_owned());
        }
        Ok(())
    }

    fn take(&mut self, event: Event, offset: u64) -> Result<()> {
        let Some(session) = &mut self.session else { return Ok(()) };
        if session.started.is_none() {
            session.started = Some(event.timestamp);
            if let Some(route) = self.routes.route(session.place.as_deref())? {
                session.goal = self.routes.context(route).map(|context| (route, context));
            }
        }
        let Some((_, context)) = &session.goal else { return Ok(()) };
        let context = Arc::clone(context);
        if matches!(session.stage, Stage::First) {
            session.stage = first_stage(&context, self.log, self.parser, session, &event)?;
        }
        session.tally.push(&event);
        session.advance(&context.store, &event, offset);
        if let Stage::New(writer) = &mut session.stage {
            session.new_events += 1;
            session.attachments.extend(referred(&mut session.loose, &event, &context)?);
            let line = context.redactor()?.event(event, &mut session.counts);
            writer.push(&line)?;
        }
        Ok(())
    }
}

impl Session {
    /// Returns whether the log begins with the bytes from which the stored events were made.
    fn begins_as_captured(&mut self) -> Result<bool> {
        let (Some(prefix), Some((_, manifest))) = (self.prefix.take(), &self.base) else {
            return Ok(true);
        };
        // The thread has nothing in it that panics; if it does, comparing all versions is the safe answer.
        let Ok(hash) = prefix.join() else { return Ok(false) };
        Ok(hash? == manifest.source.hash)
    }

    /// Moves to the stage that the event belongs to.
    fn advance(&mut self, store: &Store, event: &Event, offset: u64) {
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

impl Sink for Recorder<'_> {
    fn begin(&mut self, session_id: &SessionId) {
        self.session = Some(Session {
            key: SessionKey::new(self.parser.tool().as_str(), session_id),
            id: session_id.clone(),
            place: self.places.get(session_id).cloned(),
            goal: None,
            tally: Tally::new(),
            counts: Counts::new(),
            base: None,
            replaced: None,
            stage: Stage::First,
            started: None,
            cut: None,
            loose: HashMap::new(),
            attachments: Vec::new(),
            new_events: 0,
            prefix: None,
        });
    }

    fn located(&mut self, cwd: &str) {
        if let Some(session) = &mut self.session {
            session.place.get_or_insert_with(|| cwd.to_owned());
        }
    }

    fn event(&mut self, event: Event, offset: u64, settled: bool) {
        let Some(session) = &mut self.session else { return };
        if !settled {
            session.cut.get_or_insert(offset);
        }
        if self.failure.is_some() || session.cut.is_some() {
            return;
        }
        if let Err(error) = self.take(event, offset) {
            self.failure = Some(error);
        }
    }

    fn attachment(&mut self, attachment: Attachment) {
        if let Some(session) = &mut self.session {
            session.loose.insert(attachment.name.clone(), attachment);
        }
    }

    fn end(&mut self, header: Header) {
        if let Some(mut session) = self.session.take() {
            if header.session_id != session.id {
                session.key = SessionKey::new(self.parser.tool().as_str(), &header.session_id);
            }
            if let Err(error) = self.check_place(&session, &header) {
                self.failure.get_or_insert(error);
            }
            self.ended.push(Ended { session, header });
        }
    }
}

/// Looks up what is stored of the session whose first event this is.
fn first_stage(
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
        let manifest = branch.manifest(&entry).ok();
        let (generation, events) =
            manifest.map_or((0, 0), |manifest| (manifest.generation, manifest.events()));
        session.replaced = Some(Replaced { entry, generation, events });
        return Ok(new());
    }
    let manifest = branch.manifest(&entry)?;
    let captured = &manifest.source;
    let (path, bytes) = (log.path.clone(), captured.bytes);
    session.prefix = Some(thread::spawn(move || prefix_hash(&Source::file(&path), bytes)));
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
    Ok(bytes
        .split_inclusive(|byte| *byte == b'\n')
        .filter_map(|line| opensession_hail::parse_event(line).ok())
        .map(|event| event.event_id.to_string())
        .collect())
}

/// Returns BLAKE3 of the first `bytes` of the log.
pub(crate) fn prefix_hash(source: &Source<'_>, bytes: u64) -> Result<ContentId> {
    let mut hasher = blake3::Hasher::new();
    let mut reader = source.open()?.take(bytes);
    hasher.update_reader(&mut reader).map_err(Error::io("read", source.path()))?;
    Ok(ContentId::from_bytes(*hasher.finalize().as_bytes()))
}

/// Takes the attachments that the event refers to out of those that the parser gave.
///
/// What is no picture, or larger than git hosts take, is left out; the event still names it.
pub(crate) fn referred(
    loose: &mut HashMap<String, Attachment>,
    event: &Event,
    context: &Context,
) -> Result<Vec<Redacted<Attachment>>> {
    if loose.is_empty() {
        return Ok(Vec::new());
    }
    let redactor = context.redactor()?;
    attachments_of(event)
        .filter_map(|name| loose.remove(name))
        .filter(|attachment| attachment.bytes.len() <= LARGEST_ATTACHMENT)
        .map(|attachment| redactor.attachment(attachment))
        .filter(|attachment| !matches!(attachment, Err(NotAPicture(_))))
        .map(|attachment| Ok(attachment?))
        .collect()
}

/// Returns the names of the attachments that the event refers to.
pub(crate) fn attachments_of(event: &Event) -> impl Iterator<Item = &str> {
    event.content.blocks.iter().filter_map(|block| match block {
        Block::Image { url, .. } | Block::Video { url, .. } | Block::Audio { url, .. } => {
            url.strip_prefix("blobs/")
        }
        Block::Reference { uri, .. } => uri.strip_prefix("blobs/"),
        _ => None,
    })
}
