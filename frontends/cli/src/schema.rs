//! What `--json` prints, as documented in `docs/json.md`. Keys are added, never renamed or removed, within a version.

mod commits;
mod doctor;
mod doomed;
mod found;
mod marks;
mod sharing;
mod statistics;

pub(crate) use commits::{BlameView, LinkedView, LoggedView};
pub(crate) use doctor::DoctorView;
pub(crate) use doomed::DoomedView;
pub(crate) use found::{FoundView, IndexView};
pub(crate) use marks::{AllowanceView, ExplanationView, MarkPlaceView};
pub(crate) use sharing::{LeavingView, SyncView};
pub(crate) use statistics::StatisticsView;

use opensession_engine::hail::{Timestamp, attribute};
use opensession_engine::{
    AgainReport, CaptureReport, Finding, FoundRoot, LogReport, Origin, Outcome, SessionRow,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The version of every object that stands alone.
pub(crate) const SCHEMA: u32 = 1;

/// A session in a list.
#[derive(Serialize)]
pub(crate) struct SessionView<'r> {
    id: &'r str,
    key: &'r str,
    tool: &'r str,
    tool_version: Option<&'r str>,
    provider: Option<&'r str>,
    model: Option<&'r str>,
    title: Option<&'r str>,
    author: Option<&'r str>,
    author_email: Option<&'r str>,
    cwd: Option<&'r str>,
    git_branch: Option<&'r str>,
    created_at: Timestamp,
    updated_at: Timestamp,
    parent: Option<&'r str>,
    auxiliary: bool,
    events: u64,
    messages: u64,
    prompts: u64,
    tool_calls: u64,
    tasks: u64,
    duration_seconds: u64,
    active_seconds: u64,
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_write_tokens: u64,
    files_changed: u64,
    lines_added: u64,
    lines_removed: u64,
    store: StoreView<'r>,
}

/// A kind of secret.
#[derive(Serialize)]
pub(crate) struct SecretKindView<'k> {
    pub name: &'k str,
    pub provider: &'k str,
    pub keywords: &'k [&'static str],
}

/// Secrets of one kind in one event; without an event, in the header; or on one line of a text.
#[derive(Serialize)]
pub(crate) struct SecretFindingView<'f> {
    pub session: Option<&'f str>,
    pub event: Option<&'f str>,
    /// The file, where it is not stored.
    pub file: Option<&'f str>,
    pub line: Option<u64>,
    pub rule: &'f str,
    pub count: u64,
}

/// What redacting again did, or would do.
#[derive(Serialize)]
pub(crate) struct RedactedAgainView<'r> {
    schema: u32,
    dry_run: bool,
    unchanged: u64,
    bytes_written: u64,
    commits: &'r BTreeMap<PathBuf, String>,
    changed: Vec<ChangedView<'r>>,
    failed: Vec<FailedView<'r>>,
}

/// A session that was redacted again.
#[derive(Serialize)]
struct ChangedView<'r> {
    id: &'r str,
    key: &'r str,
    store: &'r Path,
    generation: u64,
    events: u64,
    secrets: &'r BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct FailedView<'r> {
    store: Option<&'r Path>,
    key: Option<&'r str>,
    reason: &'r str,
}

impl<'r> RedactedAgainView<'r> {
    /// Returns the view of a report.
    pub(crate) fn new(report: &'r AgainReport, dry_run: bool) -> Self {
        let changed = report.changed.iter().map(|one| ChangedView {
            id: one.key.id(),
            key: one.key.as_str(),
            store: &one.git_dir,
            generation: one.generation,
            events: one.events,
            secrets: &one.secrets,
        });
        let failed = report.failed.iter().map(|(store, key, reason)| FailedView {
            store: Some(store),
            key: key.as_ref().map(|key| key.as_str()),
            reason,
        });
        let missing = report.missing.iter().map(|key| FailedView {
            store: None,
            key: Some(key.as_str()),
            reason: "stands in no store that was asked for",
        });
        Self {
            schema: SCHEMA,
            dry_run,
            unchanged: report.unchanged,
            bytes_written: report.bytes_written,
            commits: &report.commits,
            changed: changed.collect(),
            failed: failed.chain(missing).collect(),
        }
    }
}

/// Which branch a session stands on.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum StoreView<'r> {
    Home,
    Repository { path: &'r Path },
    Remote { name: &'r str },
}

impl<'r> SessionView<'r> {
    /// Returns the view of a stored session.
    pub(crate) fn new(row: &'r SessionRow) -> Self {
        let (header, stats) = (&row.header, &row.stats);
        let attributes = &header.context.attributes;
        let known = |text: &'r str| (!text.is_empty()).then_some(text);
        Self {
            id: row.key.id(),
            key: row.key.as_str(),
            tool: row.key.tool(),
            tool_version: header.agent.tool_version.as_deref(),
            provider: known(&header.agent.provider),
            model: known(&header.agent.model),
            title: header.context.title.as_deref(),
            author: attributes.str(attribute::AUTHOR),
            author_email: attributes.str(attribute::AUTHOR_EMAIL),
            cwd: header.cwd(),
            git_branch: attributes.str(attribute::GIT_BRANCH),
            created_at: header.context.created_at,
            updated_at: header.context.updated_at,
            parent: attributes.str(attribute::PARENT_SESSION_ID),
            auxiliary: header.is_auxiliary(),
            events: stats.event_count,
            messages: stats.message_count,
            prompts: stats.user_message_count,
            tool_calls: stats.tool_call_count,
            tasks: stats.task_count,
            duration_seconds: stats.duration_seconds,
            active_seconds: stats.active_seconds,
            input_tokens: stats.total_input_tokens,
            output_tokens: stats.total_output_tokens,
            cache_read_tokens: stats.total_cache_read_tokens,
            cache_write_tokens: stats.total_cache_write_tokens,
            files_changed: stats.files_changed,
            lines_added: stats.lines_added,
            lines_removed: stats.lines_removed,
            store: match &row.origin {
                Origin::Home => StoreView::Home,
                Origin::Repository(path) => StoreView::Repository { path },
                Origin::Remote(name) => StoreView::Remote { name },
            },
        }
    }
}

/// What a capture did.
#[derive(Serialize)]
pub(crate) struct CaptureView<'r> {
    pub new: usize,
    pub grown: usize,
    pub merged: usize,
    pub unchanged: usize,
    pub no_session: usize,
    pub excluded: usize,
    pub forgotten: usize,
    pub failed: usize,
    bytes_written: u64,
    commit: Option<&'r str>,
    repositories: &'r BTreeSet<PathBuf>,
    logs: Vec<LogView<'r>>,
}

/// What became of one log.
#[derive(Serialize)]
struct LogView<'r> {
    path: &'r Path,
    tool: Option<&'r str>,
    error: Option<&'r str>,
    sessions: Vec<CapturedView<'r>>,
    records: Option<RecordsView<'r>>,
}

#[derive(Serialize)]
struct CapturedView<'r> {
    id: &'r str,
    key: &'r str,
    outcome: &'static str,
    new_events: u64,
}

/// What became of the records of a log.
#[derive(Serialize)]
struct RecordsView<'r> {
    understood: &'r BTreeMap<String, u64>,
    dropped: &'r BTreeMap<String, u64>,
    unknown: &'r BTreeMap<String, u64>,
}

impl<'r> CaptureView<'r> {
    /// Returns the view of a capture; files that only lie among the logs are left out.
    pub(crate) fn new(report: &'r CaptureReport) -> Self {
        Self {
            new: report.count(|outcome| matches!(outcome, Outcome::New { .. })),
            grown: report.count(|outcome| matches!(outcome, Outcome::Grown { .. })),
            merged: report.count(|outcome| *outcome == Outcome::Merged),
            unchanged: report.unchanged_logs
                + report.count(|outcome| *outcome == Outcome::Unchanged),
            no_session: report.without_conversation(),
            excluded: report.excluded_logs + report.count(|outcome| *outcome == Outcome::Excluded),
            forgotten: report.forgotten_logs
                + report.count(|outcome| *outcome == Outcome::Forgotten),
            failed: report.failures().count(),
            bytes_written: report.bytes_written,
            commit: report.commit.as_deref(),
            repositories: &report.repositories,
            logs: report.logs.iter().filter(|log| !log.foreign).map(LogView::new).collect(),
        }
    }
}

impl<'r> LogView<'r> {
    fn new(log: &'r LogReport) -> Self {
        let sessions = log.sessions.iter().map(|(key, outcome)| {
            let (outcome, new_events) = match outcome {
                Outcome::New { events } => ("new", *events),
                Outcome::Grown { events } => ("grown", *events),
                Outcome::Unchanged => ("unchanged", 0),
                Outcome::Merged => ("merged", 0),
                Outcome::NoSession => ("no_session", 0),
                Outcome::Excluded => ("excluded", 0),
                Outcome::Forgotten => ("forgotten", 0),
            };
            CapturedView { id: key.id(), key: key.as_str(), outcome, new_events }
        });
        Self {
            path: &log.path,
            tool: log.tool,
            error: log.error.as_deref(),
            sessions: sessions.collect(),
            records: log.records.as_ref().map(|records| RecordsView {
                understood: &records.understood,
                dropped: &records.dropped,
                unknown: &records.unknown,
            }),
        }
    }
}

/// A folder in which logs are looked for.
#[derive(Serialize)]
pub(crate) struct RootView<'r> {
    tool: &'r str,
    path: &'r Path,
    variable: Option<&'r str>,
    exists: bool,
    logs: usize,
}

impl<'r> RootView<'r> {
    /// Returns the view of a root.
    pub(crate) fn new(root: &'r FoundRoot) -> Self {
        let FoundRoot { tool, path, variable, exists, logs } = root;
        Self { tool, path, variable: *variable, exists: *exists, logs: *logs }
    }
}

/// Something that is wrong in a store.
#[derive(Serialize)]
pub(crate) struct FindingView<'r> {
    store: &'r Path,
    session: Option<&'r str>,
    object: &'r str,
    reason: &'r str,
}

impl<'r> FindingView<'r> {
    /// Returns the view of a finding.
    pub(crate) fn new(store: &'r Path, finding: &'r Finding) -> Self {
        let session = finding.session.as_ref().map(|key| key.as_str());
        Self { store, session, object: &finding.object, reason: &finding.reason }
    }
}
