//! How users name a session: `HEAD`, `HEAD~2`, an id, the beginning of an id, a path.

use crate::read::ListQuery;
use crate::view::{Found, View};
use crate::{Engine, Error, Result, SessionReader, discover};
use opensession_hail::{Attachment, Event, Header, SessionId, SessionKey, Timestamp};
use opensession_parsers::{Sink, Source};
use std::path::Path;

/// How many ids an error about an ambiguous reference names.
const NAMED_MATCHES: usize = 8;

/// A user's name for a session, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    /// Returns the reference that `text` is; whether it names anything only [`Engine::session`] can tell.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns how many sessions before the newest one `HEAD`, `HEAD~` and `HEAD~N` mean.
    fn steps_back(&self) -> Option<usize> {
        match self.0.strip_prefix("HEAD")? {
            "" => Some(0),
            "~" => Some(1),
            steps => steps.strip_prefix('~')?.parse().ok(),
        }
    }
}

impl Engine {
    /// Returns the session that a reference names.
    ///
    /// # Errors
    /// [`Error::NoSession`], [`Error::AmbiguousSession`], and when the branch cannot be read.
    pub fn session(&self, reference: &Reference) -> Result<SessionReader> {
        let missing = || Error::NoSession { reference: reference.0.clone() };
        let view = self.view()?;
        let found = if let Some(steps) = reference.steps_back() {
            let limit = steps.saturating_add(1);
            let query = ListQuery { limit, tool: None, auxiliary: false, within: None };
            let row = self.list(&query)?.rows.into_iter().nth(steps).ok_or_else(missing)?;
            let day = row.header.context.created_at;
            view.find(&row.key, Some(day))?
        } else if reference.0.contains(['/', '\\']) || reference.0.ends_with(".jsonl") {
            let key = key_of_log(Path::new(&reference.0), &self.scratch())?.ok_or_else(missing)?;
            view.find(&key, None)?
        } else {
            find_by_id(&view, &reference.0)?
        };
        match found {
            Some(found) => SessionReader::open(&view, found),
            // It may stand where nothing could be read.
            None => match view.problems.into_iter().next() {
                Some(problem) => Err(problem),
                None => Err(self.forgotten_as(&reference.0)?.unwrap_or_else(missing)),
            },
        }
    }

    /// Returns the error that `text` names a session that was forgotten, where it names one.
    fn forgotten_as(&self, text: &str) -> Result<Option<Error>> {
        match self.forgotten(text) {
            Ok(key) => Ok(key.map(|key| Error::Forgotten { session: key.to_string() })),
            Err(Error::AmbiguousSession { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Engine {
    /// Returns the session `key`, looked for under the day of `day`, the time of its first event, first.
    ///
    /// # Errors
    /// [`Error::NoSession`], and when the branch cannot be read.
    pub fn session_by_key(
        &self,
        key: &SessionKey,
        day: Option<Timestamp>,
    ) -> Result<SessionReader> {
        let view = self.view()?;
        match view.find(key, day)? {
            Some(found) => SessionReader::open(&view, found),
            None => {
                let missing = Error::NoSession { reference: key.to_string() };
                Err(view.problems.into_iter().next().unwrap_or(missing))
            }
        }
    }
}

/// Finds the one session whose id or key is `text`, or begins with it.
fn find_by_id<'v>(view: &'v View, text: &str) -> Result<Option<Found<'v>>> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut matches = Vec::new();
    let mut damage = None;
    for found in view.newest() {
        let found = match found {
            Ok(found) => found,
            // It may stand elsewhere.
            Err(error) => {
                damage = Some(error);
                continue;
            }
        };
        let (key, id) = (found.entry.key.as_str(), found.entry.key.id());
        if key == text || id == text {
            return Ok(Some(found));
        }
        if key.starts_with(text) || id.starts_with(text) {
            matches.push(found);
        }
    }
    if matches.is_empty() {
        return damage.map_or(Ok(None), Err);
    }
    // A session's sub-agents and forks begin with its id: they do not make it ambiguous.
    matches.sort_by_key(|found| found.entry.key.id().len());
    let ids: Vec<String> = matches.iter().map(|found| found.entry.key.id().to_owned()).collect();
    let is_family = |id: &String| {
        let rest = ids.first().and_then(|root| id.strip_prefix(root.as_str()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '~']))
    };
    if ids.iter().all(is_family) {
        return Ok(matches.into_iter().next());
    }
    let matches = ids.into_iter().take(NAMED_MATCHES).collect();
    Err(Error::AmbiguousSession { reference: text.to_owned(), matches })
}

/// Returns the key of the first session in the log at `path`.
fn key_of_log(path: &Path, scratch: &Path) -> Result<Option<SessionKey>> {
    #[derive(Default)]
    struct First {
        id: Option<SessionId>,
        maker: Option<String>,
        has_begun_another: bool,
    }
    impl Sink for First {
        /// The first one is enough: a database need not be read any further.
        fn knows(&mut self, _session_id: &SessionId, _stamp: &str) -> bool {
            self.id.is_some()
        }
        fn begin(&mut self, session_id: &SessionId) {
            self.has_begun_another = self.id.is_some();
            self.id.get_or_insert_with(|| session_id.clone());
        }
        fn made_by(&mut self, tool: &str) {
            if !self.has_begun_another {
                self.maker = Some(tool.to_owned());
            }
        }
        fn located(&mut self, _cwd: &str) {}
        fn event(&mut self, _event: Event, _offset: u64, _settled: bool) {}
        fn attachment(&mut self, _attachment: Attachment) {}
        fn end(&mut self, _header: Header) {}
    }
    let source = Source::file(path).with_scratch(scratch);
    let parser = discover::parser_for(&source, None)?;
    let mut first = First::default();
    parser.parse(&source, &mut first)?;
    let tool = first.maker.as_deref().unwrap_or(parser.tool().as_str());
    Ok(first.id.map(|id| SessionKey::new(tool, &id)))
}
