//! What a tool returned: what the model was told, and beside it what the screen showed of changed files and sub-agents.

use super::content::{Images, parts};
use super::entry::{Message, Usage};
use super::invocation::is_shell;
use super::numbered;
use crate::diff::without_head;
use crate::lenient::{Flag, List, Object, Signed, Text, call_input, value};
use crate::session::{InnerCall, Outcome, Tokens};
use opensession_hail::{Block, EventType, SessionId};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// What a program that failed ends its output with.
const EXITED: &str = "Command exited with code ";

/// What the screen showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details<'a> {
    /// A unified diff.
    #[serde(borrow)]
    patch: Text<'a>,
    #[serde(borrow)]
    per_file_results: List<Object<Change<'a>>>,
    exit_code: Signed,
    wall_time_ms: Signed,
    /// The program goes on in the background.
    #[serde(rename = "async")]
    background: Object<Background>,
    /// What sub-agents came to, and how those that still run are getting on.
    #[serde(borrow)]
    results: List<Object<Agent<'a>>>,
    #[serde(borrow)]
    progress: List<Object<Agent<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
struct Background {}

/// What became of a file: of the only one in the details themselves, of several in a list there.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Change<'a> {
    #[serde(borrow)]
    path: Text<'a>,
    /// Each line has its number.
    #[serde(borrow)]
    diff: Text<'a>,
    /// `create`, `update` or `delete`.
    #[serde(borrow)]
    op: Text<'a>,
    #[serde(borrow, rename = "move")]
    moved: Text<'a>,
    #[serde(borrow)]
    new_text: Text<'a>,
    is_error: Flag,
}

/// A sub-agent: with a log of its own, which its id names, or with all its messages here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Agent<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    agent: Text<'a>,
    #[serde(borrow)]
    messages: List<Object<Message<'a>>>,
    #[serde(borrow)]
    usage: Object<Usage<'a>>,
}

/// Returns what came of a call, and the tokens of sub-agents that have no log of their own. Such a log belongs to
/// the `family`'s session.
pub(super) fn outcome(
    message: &Message<'_>,
    images: &Images,
    family: &SessionId,
) -> (Outcome, Tokens) {
    let details: Details<'_> = read(message.details);
    let name = message.tool_name.as_str().unwrap_or("");
    let mut outcome = simple_outcome(message, &details, name, images);
    let tokens = read_agents(&details, images, family, &mut outcome);
    if let Some(raw) = message.details.filter(|_| outcome.blocks.is_empty()) {
        outcome.blocks.push(Block::json(value(raw)));
    }
    (outcome, tokens)
}

/// Returns what the details are; nothing where they are of another shape, and then they may be kept as they are.
fn read<'a, T: Default + Deserialize<'a>>(raw: Option<&'a RawValue>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// Returns what came of a call of the tool `name`, save for sub-agents.
fn simple_outcome(
    message: &Message<'_>,
    details: &Details<'_>,
    name: &str,
    images: &Images,
) -> Outcome {
    let said = images.said(message.content);
    let only: Change<'_> = read(message.details);
    let mut outcome = Outcome {
        blocks: said.blocks,
        attachments: said.attachments,
        is_error: message.is_error.0,
        diff: unified(details.patch.as_str(), only.diff.as_str()),
        duration: details.wall_time_ms.0.and_then(|millis| u64::try_from(millis).ok()),
        ..Outcome::default()
    };
    if is_shell(name) {
        outcome.exit_code = exit_code(details, &outcome);
    }
    let several = details.per_file_results.0.iter().filter_map(|change| change.0.as_ref());
    outcome.changes = several.filter(|change| !change.is_error.0).filter_map(event).collect();
    // That a file is new, gone or moved only the result says.
    let is_special =
        matches!(only.op.as_str(), Some("create" | "delete")) || only.moved.filled().is_some();
    if outcome.changes.is_empty() && is_special {
        outcome.changes.extend(event(&only));
    }
    outcome
}

/// Returns the exit code of a program: told only where it is not 0.
fn exit_code(details: &Details<'_>, outcome: &Outcome) -> Option<i64> {
    if details.exit_code.0.is_some() || details.background.0.is_some() {
        return details.exit_code.0;
    }
    if !outcome.is_error {
        return Some(0);
    }
    let texts = outcome.blocks.iter().rev().filter_map(Block::as_text);
    let (_, rest) = texts.filter_map(|text| text.rsplit_once(EXITED)).next()?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

/// Returns the unified diff that one of both is.
fn unified(patch: Option<&str>, diff: Option<&str>) -> Option<String> {
    let whole = |text: &str| Some(without_head(text)).filter(|hunks| !hunks.is_empty());
    let found = patch.and_then(whole);
    found.or_else(|| diff.and_then(|diff| numbered::unified(diff).or_else(|| whole(diff))))
}

/// Returns the change of a file as an event.
fn event(change: &Change<'_>) -> Option<(EventType, Vec<Block>)> {
    let path = change.path.filled()?.to_owned();
    let diff = unified(None, change.diff.as_str());
    Some(match change.op.as_str() {
        Some("create") => {
            let whole = change.new_text.as_str().map(str::to_owned);
            let content = whole.or_else(|| diff.as_deref().map(added_lines));
            let file = Block::File { path: path.clone(), content };
            (EventType::FileCreate { path }, vec![file])
        }
        Some("delete") => (EventType::FileDelete { path }, Vec::new()),
        _ => {
            let moved = change.moved.filled().map(|target| Block::json(json!({"move_to": target})));
            (EventType::FileEdit { path, diff }, moved.into_iter().collect())
        }
    })
}

/// Returns the content of a new file, of which a diff has every line.
fn added_lines(diff: &str) -> String {
    let lines = diff.lines().filter_map(|line| line.strip_prefix('+'));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Reads what sub-agents came to. Of one with a log of its own that log has the tokens.
fn read_agents(
    details: &Details<'_>,
    images: &Images,
    family: &SessionId,
    outcome: &mut Outcome,
) -> Tokens {
    let mut tokens = Tokens::default();
    let agents = details.results.0.iter().chain(&details.progress.0);
    for agent in agents.filter_map(|agent| agent.0.as_ref()) {
        if outcome.agent.is_none() {
            let name = agent.id.filled().or(agent.agent.filled());
            outcome.agent = name.map(str::to_owned);
        }
        let messages: Vec<&Message<'_>> =
            agent.messages.0.iter().filter_map(|message| message.0.as_ref()).collect();
        if messages.is_empty() {
            let child = || agent.id.filled().map(|id| family.child(id));
            outcome.child = outcome.child.take().or_else(child);
            continue;
        }
        let used = agent.usage.0.as_ref().map(Usage::tokens).unwrap_or_default();
        tokens = Tokens {
            input: tokens.input.saturating_add(used.input),
            output: tokens.output.saturating_add(used.output),
            cache_read: tokens.cache_read.saturating_add(used.cache_read),
            cache_write: tokens.cache_write.saturating_add(used.cache_write),
            cost: tokens.cost + used.cost,
        };
        outcome.calls.extend(inner_calls(&messages, images));
    }
    tokens
}

/// Returns the calls that a sub-agent made, each with its result. Their own sub-agents are not followed: nothing
/// bounds how deep they may lie.
fn inner_calls(messages: &[&Message<'_>], images: &Images) -> Vec<InnerCall> {
    let answered = |message: &&Message<'_>| message.tool_call_id.filled().map(str::to_owned);
    let answers: HashMap<String, &Message<'_>> =
        messages.iter().filter_map(|message| Some((answered(message)?, *message))).collect();
    let mut calls = Vec::new();
    for message in messages {
        let called = parts(message.content).into_iter().map(|(part, _)| part);
        for part in called.filter(|part| part.kind.as_str() == Some("toolCall")) {
            let id = part.id.filled().map(str::to_owned);
            let name = part.name.filled().unwrap_or("unknown").to_owned();
            let answer = id.as_ref().and_then(|id| answers.get(id));
            let outcome = answer
                .map(|answer| simple_outcome(answer, &read(answer.details), &name, images))
                .unwrap_or_default();
            calls.push(InnerCall { id, name, input: call_input(part.arguments), outcome });
        }
    }
    calls
}
