//! Commits, and the lines that came with them.

use super::{SCHEMA, SessionView};
use opensession_engine::hail::{EventId, SessionKey, Timestamp};
use opensession_engine::{Blame, LinkedSession, LogEntry, LoggedCommit};
use serde::Serialize;
use std::collections::BTreeMap;

/// A commit in a list.
#[derive(Serialize)]
pub(crate) struct LoggedView<'c> {
    #[serde(flatten)]
    commit: CommitView<'c>,
    sessions: Vec<LinkedView<'c>>,
}

/// A commit.
#[derive(Serialize)]
struct CommitView<'c> {
    commit: String,
    author: &'c str,
    email: &'c str,
    author_time: Timestamp,
    time: Timestamp,
    subject: &'c str,
}

/// A session whose edits a commit holds.
#[derive(Serialize)]
pub(crate) struct LinkedView<'c> {
    key: &'c SessionKey,
    event: &'c EventId,
    files: &'c [String],
    session: Option<SessionView<'c>>,
}

impl<'c> CommitView<'c> {
    fn new(entry: &'c LogEntry) -> Self {
        let LogEntry { id, author, email, author_time, time, subject } = entry;
        let (author_time, time) = (*author_time, *time);
        Self { commit: id.to_string(), author, email, author_time, time, subject }
    }
}

impl<'c> LinkedView<'c> {
    /// Returns the view of a linked session.
    pub(crate) fn new(linked: &'c LinkedSession) -> Self {
        let LinkedSession { key, event, files, row } = linked;
        Self { key, event, files, session: row.as_ref().map(SessionView::new) }
    }
}

impl<'c> LoggedView<'c> {
    /// Returns the view of a commit of a list.
    pub(crate) fn new(logged: &'c LoggedCommit) -> Self {
        Self {
            commit: CommitView::new(&logged.commit),
            sessions: logged.sessions.iter().map(LinkedView::new).collect(),
        }
    }
}

/// The lines of a file, and who wrote them.
#[derive(Serialize)]
pub(crate) struct BlameView<'b> {
    schema: u32,
    path: &'b str,
    lines: Vec<LineView<'b>>,
    commits: Vec<CommitView<'b>>,
    sessions: Vec<BlamedSessionView<'b>>,
    prompts: Vec<PromptView<'b>>,
}

#[derive(Serialize)]
struct LineView<'b> {
    line: usize,
    text: String,
    commit: Option<&'b str>,
    committed_path: Option<&'b str>,
    committed_line: Option<usize>,
    session: Option<&'b SessionKey>,
    event: Option<&'b EventId>,
    time: Option<Timestamp>,
    prompt: Option<&'b EventId>,
    linked: &'b [SessionKey],
}

#[derive(Serialize)]
struct BlamedSessionView<'b> {
    key: &'b SessionKey,
    session: Option<SessionView<'b>>,
}

#[derive(Serialize)]
struct PromptView<'b> {
    event: &'b EventId,
    session: &'b SessionKey,
    time: Timestamp,
    text: &'b str,
}

impl<'b> BlameView<'b> {
    /// Returns the view of a blame.
    pub(crate) fn new(blame: &'b Blame) -> Self {
        let mut prompts = BTreeMap::new();
        let mut lines = Vec::new();
        for line in &blame.lines {
            let (commit, source) = (line.commit.as_ref(), line.source.as_ref());
            let prompt = source.and_then(|source| source.prompt.as_ref());
            if let Some((session, prompt)) = prompt {
                let (event, time, text) = (&prompt.event, prompt.time, prompt.text.as_str());
                prompts.entry((session, event.as_str())).or_insert(PromptView {
                    event,
                    session,
                    time,
                    text,
                });
            }
            lines.push(LineView {
                line: line.number,
                text: String::from_utf8_lossy(&line.text).into_owned(),
                commit: commit.map(|place| place.commit.as_str()),
                committed_path: commit.map(|place| place.path.as_str()),
                committed_line: commit.map(|place| place.line),
                session: source.map(|source| &source.session),
                event: source.map(|source| &source.event),
                time: source.map(|source| source.time),
                prompt: prompt.map(|(_, prompt)| &prompt.event),
                linked: &line.linked,
            });
        }
        let sessions = blame.sessions.iter().map(|(key, row)| BlamedSessionView {
            key,
            session: row.as_ref().map(SessionView::new),
        });
        Self {
            schema: SCHEMA,
            path: &blame.path,
            lines,
            commits: blame.commits.values().map(CommitView::new).collect(),
            sessions: sessions.collect(),
            prompts: prompts.into_values().collect(),
        }
    }
}
