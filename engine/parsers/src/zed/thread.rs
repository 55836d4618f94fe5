//! The document of a thread.

use super::action::describe;
use super::row::Facts;
use super::{message, old};
use crate::family::Family;
use crate::gate::Gate;
use crate::members::Known;
use crate::session::{Fate, Session, Tokens};
use crate::transcript::{Transcript, list, word};
use crate::{ParseReport, Sink};
use opensession_hail::Timestamp;
use serde_json::{Map, Value};

/// Of the document, and of its messages: those that are an object in an object, and the older ones.
static KNOWN: Known = Known {
    record: &[
        "title",
        "summary",
        "updated_at",
        "detailed_summary",
        "detailed_summary_state",
        "initial_project_snapshot",
        "cumulative_token_usage",
        "request_token_usage",
        "model",
        "profile",
        "completion_mode",
        "exceeded_window_error",
        "tool_use_limit_reached",
        "imported",
        "subagent_context",
        "speed",
        "thinking_enabled",
        "thinking_effort",
        "draft_prompt",
        "ui_scroll_position",
        "sandboxed_terminal_temp_dir",
        "sandbox_grants",
        "version",
        "User",
        "Agent",
        "Compaction",
        "id",
        "role",
        "text",
        "segments",
        "tool_uses",
        "tool_results",
        "context",
        "creases",
        "is_hidden",
    ],
    inside: &[
        ("User", &["id", "content"]),
        ("Agent", &["content", "tool_results", "reasoning_details"]),
        ("subagent_context", &["parent_thread_id", "depth"]),
    ],
};

/// What a thread is called before it has a title.
const NO_TITLES: [&str; 4] = ["New Thread", "New Agent Thread", "Summarizing…", "New Chat"];

/// Tells a thread.
pub(super) fn tell(
    facts: &Facts,
    family: &Family,
    document: &[u8],
    out: &mut dyn Sink,
) -> ParseReport {
    let Some(mut transcript) = Transcript::read(document, "messages") else {
        // Nothing of it can be told.
        let mut report = ParseReport::default();
        report.keep_unknown("unparsed");
        return report;
    };
    let members = Value::Object(std::mem::take(&mut transcript.members));
    let messages = std::mem::take(&mut transcript.messages);
    let id = family.id(&facts.id);
    let mut gate = Gate::new(out, id.clone());
    let mut session = Session::new(&mut gate, describe).knowing(&KNOWN);
    session.begin(|| id);
    "thread".clone_into(&mut session.place.raw_type);
    if messages.is_empty() {
        session.count(Fate::Dropped("empty session"), "");
        return session.finish(super::TOOL.as_str(), "");
    }
    let roots = tell_facts(facts, family, &members, &mut session);
    session.count(Fate::Understood, &members.to_string());
    start(facts, &members, &mut session);
    for (index, message) in messages.iter().enumerate() {
        transcript.enter(&mut session, index);
        session.may_change = false;
        let reader = message::Reader { roots: &roots, is_last: index + 1 == messages.len(), index };
        let json = transcript.text(index);
        match message {
            Some(message) if message.get("role").is_some() => {
                let fate = old::read(&reader, message, &mut session);
                session.count(fate, &json);
            }
            Some(message) => {
                let fate = reader.read(message, &mut session);
                session.count(fate, &json);
            }
            None => session.keep_text(json),
        }
        session.set_time(None);
    }
    finish(facts, &members, &mut session);
    session.finish(super::TOOL.as_str(), "")
}

/// Tells what the thread is; returns the folders of its project.
fn tell_facts(
    facts: &Facts,
    family: &Family,
    members: &Value,
    session: &mut Session<'_>,
) -> Vec<String> {
    let meta = &mut session.meta;
    let snapshot = members.get("initial_project_snapshot").unwrap_or(&Value::Null);
    let trees = list(snapshot, "worktree_snapshots");
    let mut roots = facts.folders.clone();
    if roots.is_empty() {
        roots = trees
            .iter()
            .filter_map(|tree| word(tree, "worktree_path"))
            .map(str::to_owned)
            .collect();
    }
    for root in &roots {
        meta.visit(root);
    }
    let git = trees.iter().find_map(|tree| tree.get("git_state")?.get("current_branch")?.as_str());
    meta.branch = git.filter(|branch| !branch.is_empty()).map(str::to_owned);
    let titles = [word(members, "title"), word(members, "summary"), Some(facts.summary.as_str())];
    if let Some(title) = titles.into_iter().flatten().find(|title| !NO_TITLES.contains(title)) {
        meta.rename(title);
    }
    if let Some(model) = members.get("model") {
        meta.model = word(model, "model").map(str::to_owned);
        meta.provider = word(model, "provider").map(str::to_owned);
    }
    let told =
        members.get("subagent_context").and_then(|context| word(context, "parent_thread_id"));
    let parent = family.parent(&facts.id).or_else(|| told.map(|parent| family.id(parent)));
    meta.is_auxiliary = parent.is_some();
    meta.parent = parent.map(|parent| parent.as_str().to_owned());
    roots
}

/// Sets the time of the first message: when the thread began. Of threads that do not say so only the last save is known.
fn start(facts: &Facts, members: &Value, session: &mut Session<'_>) {
    let snapshot = members.get("initial_project_snapshot");
    let began = snapshot.and_then(|snapshot| time(snapshot, "timestamp")).or(facts.created);
    session.set_time(began.or_else(|| saved(facts, members)));
    if began.is_none() {
        session.set_time(None);
    }
}

/// Tells what the thread cost. The next save may say otherwise.
fn finish(facts: &Facts, members: &Value, session: &mut Session<'_>) {
    let saved = saved(facts, members);
    session.leave_records();
    "thread".clone_into(&mut session.place.raw_type);
    session.group = None;
    session.may_change = true;
    if let Some(saved) = saved {
        session.meta.touch(saved);
    }
    session.set_time(saved);
    session.owed = tokens(members);
    session.model.clone_from(&session.meta.model);
    session.flush_tokens(Some("usage"));
}

fn saved(facts: &Facts, members: &Value) -> Option<Timestamp> {
    time(members, "updated_at").or(facts.updated)
}

fn time(value: &Value, key: &str) -> Option<Timestamp> {
    Timestamp::parse(word(value, key)?)
}

/// Returns the sum over all requests; where there is none, over those that the document still knows: the last one after
/// each prompt.
fn tokens(members: &Value) -> Tokens {
    let usage = |usage: &Value| {
        let count = |key: &str| usage.get(key).and_then(Value::as_u64).unwrap_or(0);
        Tokens {
            input: count("input_tokens"),
            cache_read: count("cache_read_input_tokens"),
            cache_write: count("cache_creation_input_tokens"),
            output: count("output_tokens"),
            ..Tokens::default()
        }
    };
    let sum = members.get("cumulative_token_usage").map(usage).unwrap_or_default();
    if !sum.is_zero() {
        return sum;
    }
    let none = Map::new();
    let requests = members.get("request_token_usage").unwrap_or(&Value::Null);
    let by_prompt = requests.as_object().unwrap_or(&none).values();
    let listed = requests.as_array().map_or(&[][..], Vec::as_slice);
    by_prompt.chain(listed).map(usage).fold(Tokens::default(), Tokens::plus)
}
