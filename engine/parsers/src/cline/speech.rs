//! Messages in the user's name: prompts without their wrappers, results of calls, and what the tool adds.

use super::conversation::Conversation;
use super::output::{self, Output};
use super::surroundings;
use crate::attachment;
use opensession_hail::Block;
use serde_json::Value;

/// The tags around what a person said.
const SAID: [&str; 4] = ["task", "user_message", "feedback", "answer"];

/// How texts begin that the tool wrote in the user's name.
const INJECTED: [(&str, &str); 24] = [
    ("<environment_details>", "environment_details"),
    ("<explicit_instructions", "explicit_instructions"),
    ("<file_content", "file_content"),
    ("<folder_content", "folder_content"),
    ("<url_content", "url_content"),
    ("<workspace_diagnostics", "workspace_diagnostics"),
    ("<git_working_state", "git_working_state"),
    ("<git_commit", "git_commit"),
    ("<terminal_output", "terminal_output"),
    ("<hook_context", "hook_context"),
    ("<system-reminder", "system_reminder"),
    ("<system_reminder", "system_reminder"),
    ("<command ", "command"),
    ("[TASK RESUMPTION]", "task_resumption"),
    ("[ERROR] You did not use a tool", "no_tool_used"),
    ("[ERROR]", "error"),
    ("[NOTE]", "note"),
    ("[Response interrupted", "interruption"),
    ("# task_progress", "task_progress"),
    ("# TODO LIST", "task_progress"),
    ("Context summary:", "summary"),
    ("Automatically", "note"),
    ("You did not use a tool", "no_tool_used"),
    ("(This is an automated message", "note"),
];

/// Lines before a person's words in the result of a call.
const LEADS: [&str; 6] = [
    "The user provided the following feedback",
    "The user approved this operation and provided",
    "The user denied this operation and provided",
    "The user has provided feedback",
    "You seem to be having trouble",
    "New ",
];

/// What of a message was read and not yet sent: results go first, then what a person said, then what the tool added.
#[derive(Default)]
struct Pending {
    prompts: Vec<Vec<Block>>,
    notes: Vec<(&'static str, String)>,
    /// A result in text, with the id and the name of its call.
    result: Option<(Option<String>, String, Output)>,
}

impl Pending {
    fn say(&mut self, text: &str) {
        if !text.is_empty() {
            self.prompts.push(vec![Block::text(text)]);
        }
    }

    /// Adds a picture or a file to what was said last.
    fn show(&mut self, block: Block) {
        match self.prompts.last_mut() {
            Some(prompt) => prompt.push(block),
            None => self.prompts.push(vec![block]),
        }
    }
}

impl Conversation<'_> {
    /// Reads a message in the user's name, or one with the results of calls.
    pub(super) fn read_user(&mut self, content: &Value) {
        let mut pending = Pending::default();
        match content {
            Value::String(text) => self.read_text(text, &mut pending),
            Value::Array(parts) => {
                for part in parts {
                    self.read_part(part, &mut pending);
                }
            }
            Value::Null => {}
            other => self.keep("content", other.clone()),
        }
        self.finish_text_result(&mut pending);
        for prompt in pending.prompts {
            self.prompt(prompt);
        }
        for (kind, text) in pending.notes {
            self.note_text(kind, &text);
        }
    }

    fn read_part(&mut self, part: &Value, pending: &mut Pending) {
        let text = |key: &str| part.get(key).and_then(Value::as_str);
        match text("type") {
            Some("text") => self.read_text(text("text").unwrap_or(""), pending),
            Some("tool_result" | "tool-result") => self.read_result(part, pending),
            Some("file" | "document") if text("path").is_some() => {
                let path = text("path").unwrap_or("").to_owned();
                let content = text("content").map(|text| crate::clip::clip(text.to_owned()));
                pending.show(Block::File { path, content });
            }
            _ => match (output::image(part), &mut pending.result, part) {
                (Some(_), Some((.., output)), _) => {
                    output.push_image(part);
                }
                (Some((image, mime)), None, _) => {
                    pending.show(attachment::block(&image, &mime));
                    self.attach(vec![image]);
                }
                (None, _, Value::String(text)) => self.read_text(text, pending),
                (None, _, other) => {
                    let kind = text("type").unwrap_or("block").to_owned();
                    self.keep(&kind, other.clone());
                }
            },
        }
    }

    fn read_text(&mut self, text: &str, pending: &mut Pending) {
        let mut rest = text;
        while let Some(behind) = self.read_saying(rest, pending) {
            rest = behind;
        }
    }

    /// Reads what a text begins with, and returns what is behind it where that is something else.
    fn read_saying<'t>(&mut self, text: &'t str, pending: &mut Pending) -> Option<&'t str> {
        let start = text.trim_start();
        if start.is_empty() {
            return None;
        }
        if let Some((name, rest)) = result_head(start) {
            self.finish_text_result(pending);
            let id = self.calls.awaiting(&name);
            let mut output = Output::default();
            output.push_text(rest);
            pending.result = Some((id, name, output));
            return None;
        }
        let said = said_first(start).filter(|(tag, ..)| *tag == "task" || pending.result.is_none());
        if let Some((_, said, behind)) = said {
            self.finish_text_result(pending);
            pending.say(said);
            return Some(behind);
        }
        let injected = INJECTED.iter().find(|(lead, _)| start.starts_with(lead));
        match (injected, &mut pending.result) {
            (Some((_, "error")) | None, Some((.., output))) => output.push_text(text),
            (Some((_, kind)), _) => {
                self.finish_text_result(pending);
                if *kind == "environment_details" {
                    surroundings::read(self, start);
                }
                // What a person said when a task was taken up again stands behind the tool's own words.
                if *kind == "task_resumption" {
                    said_inside(start).iter().for_each(|said| pending.say(said));
                }
                pending.notes.push((kind, start.to_owned()));
            }
            (None, None) => match led(start) {
                Some((said, behind)) => {
                    pending.say(said);
                    return Some(behind);
                }
                None => pending.say(text),
            },
        }
        None
    }

    fn read_result(&mut self, part: &Value, pending: &mut Pending) {
        self.finish_text_result(pending);
        let text = |key: &str| part.get(key).and_then(Value::as_str);
        let id = text("tool_use_id").or(text("toolCallId")).map(str::to_owned);
        let id = id.or_else(|| self.calls.only_open());
        let name = text("name").or(text("toolName"));
        let mut output = Output::default();
        for key in ["content", "output"] {
            match part.get(key) {
                // A program's results may stand in a text that is JSON.
                Some(Value::String(text)) => match serde_json::from_str::<Value>(text) {
                    Ok(told) if told.get("query").is_some() => output.push(&told),
                    _ => output.push_text(text),
                },
                Some(content) => output.push(content),
                None => {}
            }
        }
        let flag = |key: &str| part.get(key) == Some(&Value::Bool(true));
        output.is_error |= flag("is_error") || flag("isError");
        self.finish_result(id.as_deref(), name, output, pending);
    }

    fn finish_text_result(&mut self, pending: &mut Pending) {
        if let Some((id, name, output)) = pending.result.take() {
            self.finish_result(id.as_deref(), Some(&name), output, pending);
        }
    }

    /// Sends a result; what a person said with it waits.
    fn finish_result(
        &mut self,
        id: Option<&str>,
        name: Option<&str>,
        output: Output,
        pending: &mut Pending,
    ) {
        said_in_result(&output.text).iter().for_each(|said| pending.say(said));
        self.answer(id, name, output);
    }
}

/// Returns the name of the call whose result a text is, and the result: `[read_file for 'a.rs'] Result:`,
/// `[new_task in Code mode: '…'] Result:`.
fn result_head(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix('[')?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))?;
    let name = rest.get(..end).filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))?;
    let behind = rest.get(end..).filter(|behind| behind.starts_with([']', ' ']))?;
    if !name.contains(['_', '-']) {
        return None;
    }
    // What the call was about stands in quotes and may hold brackets.
    let (_, result) = behind.split_once("'] Result:").or_else(|| behind.split_once("] Result:"))?;
    Some((name.to_owned(), result))
}

/// Returns a person's words behind a line of the tool's own that leads up to them, and what follows.
fn led(text: &str) -> Option<(&str, &str)> {
    LEADS.iter().find(|lead| text.starts_with(*lead))?;
    let tags = text.match_indices('<').filter_map(|(at, _)| text.get(at..));
    let (_, said, behind) = tags.filter_map(said_first).next()?;
    Some((said, behind))
}

/// Returns the tag, the words and the rest of a text that begins with a person's words.
fn said_first(text: &str) -> Option<(&'static str, &str, &str)> {
    SAID.iter().find_map(|tag| {
        let inner = text.strip_prefix('<')?.strip_prefix(tag)?.strip_prefix('>')?;
        let (said, behind) = inner.split_once(&format!("</{tag}>")).unwrap_or((inner, ""));
        Some((*tag, said.trim(), behind))
    })
}

/// Returns what a person said with the result of a call.
fn said_in_result(text: &str) -> Vec<String> {
    if let Some((tag, said, _)) = said_first(text.trim_start())
        && matches!(tag, "answer" | "user_message" | "feedback")
    {
        return vec![said.to_owned()];
    }
    if let Ok(Value::Object(told)) = serde_json::from_str::<Value>(text)
        && let Some(said) = told.get("feedback").and_then(Value::as_str)
        && told.contains_key("status")
        && !said.trim().is_empty()
    {
        return vec![said.to_owned()];
    }
    // What a file or a program says may hold the tags too: the tool's own line stands right before a person's words.
    let lead = text.lines().find(|line| LEADS.iter().any(|lead| line.starts_with(lead)));
    let behind = lead.and_then(|lead| text.split_once(lead)).map(|(_, behind)| behind.trim_start());
    let said = behind.and_then(said_first).filter(|(tag, ..)| *tag != "task");
    said.into_iter().map(|(_, said, _)| said.to_owned()).collect()
}

fn said_inside(text: &str) -> Vec<String> {
    let find = |tag: &str| {
        let (_, behind) = text.split_once(&format!("<{tag}>"))?;
        let (said, _) = behind.split_once(&format!("</{tag}>"))?;
        Some(said.trim().to_owned())
    };
    SAID.iter().filter_map(|tag| find(tag)).filter(|said| !said.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_names_its_call() {
        let found = result_head("[execute_command for 'ls [a] Result'] Result:\nok");
        assert_eq!(found, Some(("execute_command".to_owned(), "\nok")));
        assert_eq!(
            result_head("[update_todo_list] Result:"),
            Some(("update_todo_list".into(), ""))
        );
        for text in ["[NOTE] x", "[ERROR] You did", "[x](link) Result:", "x"] {
            assert_eq!(result_head(text), None, "{text}");
        }
    }

    #[test]
    fn what_follows_a_persons_words_is_kept() {
        let text =
            "New message to respond to:\n<user_message>\nlook\n</user_message>\n\n<file_content>x";
        assert_eq!(led(text), Some(("look", "\n\n<file_content>x")));
        assert_eq!(led("New ideas: <b>x</b>"), None);
    }

    #[test]
    fn words_with_a_result_are_found_and_those_in_a_file_are_not() {
        let cases = [
            ("<answer>\nyes\n</answer>", vec!["yes"]),
            (r#"{"status":"denied","feedback":"not so"}"#, vec!["not so"]),
            (
                "The user denied this operation and provided the following feedback:\n<feedback>\nno\n</feedback>",
                vec!["no"],
            ),
            ("<file><feedback>x</feedback></file>", vec![]),
            (r#"{"feedback":"of a file"}"#, vec![]),
        ];
        for (text, said) in cases {
            assert_eq!(said_in_result(text), said, "{text}");
        }
    }
}
