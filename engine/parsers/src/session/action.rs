//! Which events a tool call becomes.

use super::outcome::Outcome;
use opensession_hail::{Block, EventType, title_from_prompt};
use serde_json::{Map, Value};

/// Says what the call of a tool is, given its name, its input and, once that is known, what came of it.
///
/// Without an outcome, or with one that failed, no file was changed and no sub-agent started.
pub(crate) type Describe = fn(&str, Map<String, Value>, Option<&Outcome>) -> Action;

/// A tool call as events.
#[derive(Debug, PartialEq)]
pub(crate) struct Action {
    /// One, or one for each file that the call changed. Each key of the input is found in them again.
    pub events: Vec<(EventType, Vec<Block>)>,
    /// `semantic.tool_kind`.
    pub kind: &'static str,
}

impl Action {
    /// Returns a call of which nothing more is known.
    pub(crate) fn plain(name: &str, input: Map<String, Value>, kind: &'static str) -> Self {
        Self::one(EventType::ToolCall { name: name.to_owned() }, input, kind)
    }

    /// Returns a call that is one event; what is left of its input goes with it.
    pub(crate) fn one(event_type: EventType, rest: Map<String, Value>, kind: &'static str) -> Self {
        Self { events: vec![(event_type, Vec::new())], kind }.with(rest)
    }

    /// Returns a call that wrote a new file.
    pub(crate) fn create(
        path: String,
        content: Option<String>,
        rest: Map<String, Value>,
        kind: &'static str,
    ) -> Self {
        let file = Block::File { path: path.clone(), content };
        Self { events: vec![(EventType::FileCreate { path }, vec![file])], kind }.with(rest)
    }

    /// Returns a call that changed a file. A diff that says nothing is none.
    pub(crate) fn edit(
        path: String,
        diff: Option<String>,
        rest: Map<String, Value>,
        kind: &'static str,
    ) -> Self {
        let diff = diff.filter(|diff| !diff.is_empty());
        Self::one(EventType::FileEdit { path, diff }, rest, kind)
    }

    /// Returns the call with what is left of its input.
    pub(crate) fn with(mut self, rest: Map<String, Value>) -> Self {
        if let Some((_, blocks)) = self.events.first_mut().filter(|_| !rest.is_empty()) {
            blocks.push(Block::json(rest));
        }
        self
    }
}

/// Takes the first text that the input has under one of these keys.
pub(crate) fn take_text(input: &mut Map<String, Value>, keys: &[&str]) -> Option<String> {
    let key = keys.iter().find(|key| input.get(**key).is_some_and(Value::is_string))?;
    match input.remove(*key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Takes the command that the input has under one of these keys, as a program that was run.
pub(crate) fn take_command(
    input: &mut Map<String, Value>,
    keys: &[&str],
    outcome: Option<&Outcome>,
) -> Option<EventType> {
    let exit_code = outcome.and_then(|outcome| outcome.exit_code);
    take_text(input, keys).map(|command| EventType::ShellCommand { command, exit_code })
}

/// Returns the title of a task: the first text that the input has under one of these keys.
pub(crate) fn title(input: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| input.get(*key)?.as_str()).and_then(title_from_prompt)
}
