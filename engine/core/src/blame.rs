//! From a line to the prompt that wrote it: line, commit, session, edit, prompt.

mod attribute;
mod origin;
mod parent;
mod pick;
mod trace;
mod version;

pub use trace::Prompt;

use crate::behind::{Behind, Whose};
use crate::engine::Located;
use crate::{Engine, Error, Result, Scope, SessionRow};
use attribute::attribute;
use opensession_hail::{EventId, SessionKey, Timestamp};
use opensession_store::{CommitId, LogEntry};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Git looks for a NUL in so many bytes to tell a binary file.
const TELLTALE: usize = 8000;
/// So many lines above and below a line are blamed with it: what it alone does not tell, they may.
const AROUND: usize = 12;

/// The lines of a file, and who wrote them.
#[derive(Debug)]
pub struct Blame {
    /// The file, below the root of the repository.
    pub path: String,
    /// Those that were asked for, in order.
    pub lines: Vec<BlamedLine>,
    /// The commits that they came with, by id.
    pub commits: BTreeMap<String, LogEntry>,
    /// The sessions that wrote them, or are linked to their commits. `None` for one that is not on this machine.
    pub sessions: BTreeMap<SessionKey, Option<SessionRow>>,
    /// What could not be read.
    pub damaged: Vec<Error>,
}

/// A line, as it stands in the work tree.
#[derive(Debug)]
pub struct BlamedLine {
    /// Its number, from 1.
    pub number: usize,
    /// Without its `\n`; mostly UTF-8.
    pub text: Vec<u8>,
    /// The commit that it came with; `None` for a line that is not committed yet.
    pub commit: Option<CommitPlace>,
    /// The edit that wrote it; `None` where that is not known, or it was a person.
    pub source: Option<LineSource>,
    /// The sessions that are linked to the commit.
    pub linked: Vec<SessionKey>,
}

/// Where a line stands in its commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitPlace {
    /// The commit's id in hex.
    pub commit: String,
    /// The file's path in it.
    pub path: String,
    /// The line's number in it, from 1.
    pub line: usize,
}

/// The edit that wrote a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSource {
    /// The session that made it.
    pub session: SessionKey,
    /// The event that says so.
    pub event: EventId,
    /// When.
    pub time: Timestamp,
    /// The last thing that a person had asked for, and the session that they asked: that of a sub-agent was asked
    /// by another one. `None` where the log does not say.
    pub prompt: Option<(SessionKey, Arc<Prompt>)>,
}

impl Engine {
    /// Returns who wrote the lines of `file`, an absolute path in the work tree in scope; only those from the first to
    /// the last of `range`, from 1, where there is one.
    ///
    /// # Errors
    /// [`Error::Store`] where the file is no text or has no such line, or git or the branches cannot be read. A session
    /// that is damaged is only named.
    pub fn blame(&self, file: &Path, range: Option<(usize, usize)>) -> Result<Blame> {
        let invalid = |reason: String| {
            Error::Store(opensession_store::Error::Invalid {
                object: file.display().to_string(),
                reason,
            })
        };
        let Scope::Repository(root) = &self.scope else {
            return Err(invalid("is in no repository".to_owned()));
        };
        let located = self.repository(root)?;
        let path =
            path_below(root, file)?.ok_or_else(|| invalid("is not in the work tree".to_owned()))?;
        let now = fs::read(file).map_err(Error::io("read", file))?;
        if now.iter().take(TELLTALE).any(|byte| *byte == 0) {
            return Err(invalid("is no text".to_owned()));
        }
        let lines: Vec<&[u8]> = version::split(&now).collect();
        let (first, last) = range.unwrap_or((1, lines.len()));
        if range.is_some() && (first == 0 || first > last || last > lines.len()) {
            return Err(invalid(format!("has {} lines", lines.len())));
        }
        let asked = first.saturating_sub(1)..last;
        // Around a whole file there is nothing.
        let wide = asked.start.saturating_sub(AROUND)..(asked.end + AROUND).min(lines.len());
        let origin = Origin::read(&located, root, &path, &now, wide)?;

        let view = self.view()?;
        let mut damaged = Vec::new();
        let mut behind = Behind::open(self, &view, &located, Whose::Everybody, &mut damaged)?;
        let sessions = (&view, &mut behind);
        let (sources, linked) = attribute(&located, &path, &origin, &now, sessions, &mut damaged)?;

        let mut blame = Blame {
            path,
            lines: Vec::new(),
            commits: BTreeMap::new(),
            sessions: BTreeMap::new(),
            damaged,
        };
        for (at, text) in lines.iter().enumerate().take(asked.end).skip(asked.start) {
            let commit = origin.lines.get(&at);
            if let Some(found) = commit.and_then(|commit| origin.commits.get(&commit.commit)) {
                blame.commits.entry(found.id.to_string()).or_insert_with(|| found.clone());
            }
            let linked = commit.and_then(|commit| linked.get(&commit.commit)).cloned();
            let source = sources.get(&at).cloned();
            blame.lines.push(BlamedLine {
                number: at + 1,
                text: text.to_vec(),
                commit: commit.map(|commit| CommitPlace {
                    commit: commit.commit.to_string(),
                    path: commit.path.clone(),
                    line: commit.line,
                }),
                source,
                linked: linked.unwrap_or_else(Vec::new),
            });
        }
        let named = blame.lines.iter().flat_map(|line| {
            let source = line.source.iter();
            let asked = source.clone().filter_map(|source| Some(&source.prompt.as_ref()?.0));
            source.map(|source| &source.session).chain(asked).chain(&line.linked)
        });
        let rows: BTreeMap<&SessionKey, _> =
            behind.sessions.iter().map(|witness| (witness.key(), witness)).collect();
        blame.sessions =
            named.map(|key| (key.clone(), rows.get(key).map(|witness| witness.row()))).collect();
        Ok(blame)
    }
}

/// Returns the path of `file` below `root`, with forward slashes; `None` where it is elsewhere.
fn path_below(root: &Path, file: &Path) -> Result<Option<String>> {
    let root = fs::canonicalize(root).map_err(Error::io("read", root))?;
    let Ok(below) = file.strip_prefix(root) else { return Ok(None) };
    let text = below.to_str().ok_or_else(|| Error::NotUtf8 { path: file.to_owned() })?;
    Ok(Some(text.replace(std::path::MAIN_SEPARATOR, "/")))
}

/// What git says of the lines.
pub(crate) struct Origin {
    /// What is checked out; `None` before the first commit.
    head: Option<CommitId>,
    /// Of each line that is committed, by its place in the work tree from 0, where it stands in its commit.
    lines: BTreeMap<usize, opensession_store::BlamedLine>,
    commits: BTreeMap<CommitId, LogEntry>,
    /// The lines that are not committed, by their places in the work tree.
    new: Vec<usize>,
}

impl Origin {
    fn read(
        located: &Located,
        root: &Path,
        path: &str,
        now: &[u8],
        wide: std::ops::Range<usize>,
    ) -> Result<Self> {
        let store = &located.store;
        let head = store.head_of(root)?;
        let history = store.history();
        let commit = head.map(|head| history.commit(head)).transpose()?.flatten();
        let blob = commit.map(|commit| history.file(commit.tree, path)).transpose()?.flatten();
        let then = blob.map(|blob| history.text(blob)).transpose()?;
        let Some(then) = then.map_or(Some(None), |text| text.map(Some)) else {
            let reason = "is no text in the last commit, or above 4 MiB".to_owned();
            let object = path.to_owned();
            return Err(opensession_store::Error::Invalid { object, reason }.into());
        };
        let origins = match &then {
            Some(then) => origin::origins(then, now),
            None => vec![None; version::split(now).count()],
        };
        let asked = || origins.iter().enumerate().take(wide.end).skip(wide.start);
        let new = asked().filter(|(_, origin)| origin.is_none()).map(|(at, _)| at).collect();
        let mut origin = Self { head, lines: BTreeMap::new(), commits: BTreeMap::new(), new };
        let old = || asked().filter_map(|(_, origin)| *origin);
        let (Some(head), Some(first), Some(last)) = (head, old().min(), old().max()) else {
            return Ok(origin);
        };
        let blame = store.blame(head, path, Some((first + 1, last + 1)))?;
        for (at, then) in asked().filter_map(|(at, origin)| Some((at, (*origin)?))) {
            if let Some(line) = then.checked_sub(first).and_then(|line| blame.lines.get(line)) {
                origin.lines.insert(at, line.clone());
            }
        }
        origin.commits = blame.commits;
        Ok(origin)
    }
}
