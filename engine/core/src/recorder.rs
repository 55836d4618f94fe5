//! From a parser's events to a draft: what of a log is new, against what is stored.

mod session;

use crate::attachments::referred;
use crate::drift;
use crate::exclusion::{self, Exclusion};
use crate::memory::StoredSession;
use crate::routes::{Destination, MAIN, Route, Routes};
use crate::{Error, Result};
use opensession_hail::{
    Attachment, ContentId, Event, Header, SessionId, SessionKey, Tally, Timestamp,
};
use opensession_parsers::{Count, LogFile, ParseReport, Parser, Sink, Source};
use opensession_redact::{Counts, RULES_VERSION};
use opensession_store::{Branch, Draft, DraftSource, Segment};
use session::{Session, Stage, first_stage};
use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

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
    /// What the tool says of the session while it does not change.
    pub stamp: Option<String>,
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
    /// The user wants no session of its working directory to be captured.
    Excluded { cwd: String },
    /// The session was forgotten, and is left alone.
    Forgotten,
}

/// Where sessions are, by their ids.
pub(crate) type Places = HashMap<SessionId, String>;

/// What a log holds.
pub(crate) enum Log {
    /// Its sessions, and those that it need not tell again.
    Read(Vec<Recorded>, Vec<StoredSession>),
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
    /// What is stored from the log, with the stamps that it gave.
    stored: &'a [StoredSession],
    /// Those of them that have not changed.
    unchanged: Vec<StoredSession>,
    /// The stamp of the session that comes next.
    stamp: Option<String>,
    session: Option<Session>,
    done: Vec<Recorded>,
    ended: Vec<Ended>,
    misplaced: Places,
    failure: Option<Error>,
}

/// A session whose parser has said its last word, but whose log's size and hash are not known yet.
struct Ended {
    session: Session,
    header: Header,
    segments: Vec<Segment>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(
        routes: &'a Routes,
        places: &'a Places,
        source: Source<'a>,
        log: &'a LogFile,
        parser: &'static dyn Parser,
        stored: &'a [StoredSession],
    ) -> Self {
        Self {
            routes,
            places,
            source,
            log,
            parser,
            stored,
            unchanged: Vec::new(),
            stamp: None,
            session: None,
            done: Vec::new(),
            ended: Vec::new(),
            misplaced: Places::new(),
            failure: None,
        }
    }

    /// Returns the sessions of the log, of whose records `report` tells.
    pub(crate) fn finish(mut self, report: &ParseReport) -> Result<Log> {
        let hash = report.hash.unwrap_or_else(|| ContentId::of(b""));
        if let Some(error) = self.failure {
            return Err(error);
        }
        if !self.misplaced.is_empty() {
            return Ok(Log::Misplaced(self.misplaced));
        }
        // Of a log with many sessions nobody can say which of them it stands in.
        let is_only_one = self.ended.len() == 1 && self.unchanged.is_empty();
        let drift = if is_only_one { report.drift() } else { Count::new() };
        for ended in std::mem::take(&mut self.ended) {
            let read = match (&ended.session.records, ended.session.cut) {
                (Some(records), cut) => records.before(cut),
                (None, Some(cut)) => (cut, prefix_hash(&self.source, cut)?),
                (None, None) => (report.bytes, hash),
            };
            let recorded = self.conclude(ended, read, &drift)?;
            self.done.push(recorded);
        }
        Ok(Log::Read(self.done, self.unchanged))
    }

    fn conclude(
        &self,
        ended: Ended,
        (bytes, hash): (u64, ContentId),
        drift: &Count,
    ) -> Result<Recorded> {
        let Ended { mut session, mut header, segments } = ended;
        let stamp = session.stamp.take();
        let stats = session.tally.finish();
        let started = session.started.unwrap_or(header.context.created_at);
        let silent = stats.message_count == 0 && stats.tool_call_count == 0;
        let tree = session.base.as_ref().map(|(entry, _)| entry.tree.to_string());
        let Some((route, context)) = session.goal.take() else {
            let (key, tree) = (session.key, None);
            let relation = match (session.destination, session.place) {
                (Some(Destination::Excluded), Some(cwd)) => Relation::Excluded { cwd },
                _ => Relation::Elsewhere,
            };
            return Ok(Recorded { key, route: MAIN, started, tree, relation, stamp });
        };
        let is_shorter =
            session.replaced.as_ref().is_some_and(|replaced| replaced.events > session.new_events);
        let relation = if session.is_forgotten {
            Relation::Forgotten
        } else if !session.begins_as_captured()? {
            Relation::Unclear
        } else if is_shorter {
            // What is left of it may still be more than the log holds by now.
            Relation::Same
        } else if silent && session.base.is_none() {
            Relation::NoSession
        } else {
            session.sign(&mut header, context.authors());
            let redactor = context.redactor(header.cwd())?;
            // A header repeats what events say; counting its hits would count them at every capture.
            let mut repeated = Counts::new();
            let redacted = redactor.header(header, &mut repeated);
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
                    (None, None) => self.routes.restored_in(&session.key),
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
                        drift: drift::redacted(&redactor, drift),
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
        Ok(Recorded { key: session.key, route, started, tree, relation, stamp })
    }

    /// Finds out whether the session, of which the last word is said, is where it seemed at its first event, and whether
    /// what is kept out of sessions of that place was looked for in it.
    fn check_place(&mut self, session: &Session, header: &Header) -> Result<()> {
        let Some(cwd) = header.cwd() else { return Ok(()) };
        let is_first_reading = !self.places.contains_key(&session.id);
        if !is_first_reading || session.started.is_none() {
            return Ok(());
        }
        let knew_secrets = match (&session.goal, &session.redactor) {
            (Some((_, context)), Some(used)) => Arc::ptr_eq(used, &context.redactor(Some(cwd))?),
            _ => true,
        };
        let knew_files = match &session.goal {
            Some((_, context)) => {
                let used = session.exclusion.as_ref().map(Exclusion::files);
                used.map(Arc::as_ptr)
                    == context.excluded_files(Some(cwd))?.as_ref().map(Arc::as_ptr)
            }
            None => true,
        };
        if !knew_secrets
            || !knew_files
            || Some(self.routes.destination(Some(cwd))?) != session.destination
        {
            self.misplaced.insert(session.id.clone(), cwd.to_owned());
        }
        Ok(())
    }

    fn take(&mut self, mut event: Event, offset: u64) -> Result<()> {
        let Some(session) = &mut self.session else { return Ok(()) };
        if session.started.is_none() {
            session.started = Some(event.timestamp);
            let destination = self.routes.destination(session.place.as_deref())?;
            session.destination = Some(destination);
            if let Destination::Store(route) = destination {
                session.goal = self.routes.context(route).map(|context| (route, context));
            }
            if let Some((_, context)) = &session.goal {
                let files = context.excluded_files(session.place.as_deref())?;
                session.exclusion = files.map(Exclusion::new);
            }
            if let Some((route, _)) = session.goal {
                session.is_forgotten =
                    self.routes.is_kept_out(route, &session.key, event.timestamp)?;
            }
        }
        let Some((_, context)) = &session.goal else { return Ok(()) };
        let context = Arc::clone(context);
        if session.is_forgotten {
            return Ok(());
        }
        if matches!(session.stage, Stage::First) {
            session.stage = first_stage(&context, self.log, self.parser, session, &event)?;
        }
        session.tally.push(&event);
        session.advance(&context.store, &event, offset);
        // Also of what is stored: a call may be, and what it gives back not yet.
        let taken = session.exclusion.as_mut().map_or(0, |exclusion| exclusion.apply(&mut event));
        if let Stage::New(writer) = &mut session.stage {
            session.new_events += 1;
            exclusion::count(&mut session.counts, taken);
            session.attachments.extend(referred(&mut session.loose, &event, &context)?);
            let redactor = match &session.redactor {
                Some(redactor) => redactor,
                None => session.redactor.insert(context.redactor(session.place.as_deref())?),
            };
            writer.push(&redactor.event(event, &mut session.counts))?;
        }
        Ok(())
    }
}

impl Sink for Recorder<'_> {
    fn knows(&mut self, session_id: &SessionId, stamp: &str) -> bool {
        let key = SessionKey::new(self.parser.tool().as_str(), session_id);
        let same = self
            .stored
            .iter()
            .find(|stored| stored.key == key && stored.stamp.as_deref() == Some(stamp));
        self.unchanged.extend(same.cloned());
        self.stamp = same.is_none().then(|| stamp.to_owned());
        same.is_some()
    }

    fn begin(&mut self, session_id: &SessionId) {
        self.session = Some(Session {
            key: SessionKey::new(self.parser.tool().as_str(), session_id),
            id: session_id.clone(),
            place: self.places.get(session_id).cloned(),
            destination: None,
            goal: None,
            is_forgotten: false,
            redactor: None,
            exclusion: None,
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
            stamp: self.stamp.take(),
            records: None,
            prefix: None,
        });
    }

    fn made_by(&mut self, tool: &str) {
        if let Some(session) = &mut self.session {
            session.key = SessionKey::new(tool, &session.id);
        }
    }

    fn located(&mut self, cwd: &str) {
        if let Some(session) = &mut self.session {
            session.place.get_or_insert_with(|| cwd.to_owned());
        }
    }

    fn record(&mut self, bytes: &[u8]) {
        if let Some(session) = &mut self.session {
            session.records.get_or_insert_default().push(bytes);
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
                session.key = SessionKey::new(session.key.tool(), &header.session_id);
            }
            if let Err(error) = self.check_place(&session, &header) {
                self.failure.get_or_insert(error);
            }
            match session.close() {
                Ok(segments) => self.ended.push(Ended { session, header, segments }),
                Err(error) => drop(self.failure.get_or_insert(error)),
            }
        }
    }
}

/// Returns BLAKE3 of the first `bytes` of the log.
pub(crate) fn prefix_hash(source: &Source<'_>, bytes: u64) -> Result<ContentId> {
    let mut hasher = blake3::Hasher::new();
    let mut reader = source.open()?.take(bytes);
    hasher.update_reader(&mut reader).map_err(Error::io("read", source.path()))?;
    Ok(ContentId::from_bytes(*hasher.finalize().as_bytes()))
}
