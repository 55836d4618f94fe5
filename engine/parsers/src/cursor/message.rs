//! The messages of a store: `{role, content}`, where the content is a text or a list of parts.

use super::call;
use super::conversation::provider_of;
use super::field::{flag, object, time};
use super::picture;
use super::prompt::Prompt;
use super::tool::Tool;
use crate::diff;
use crate::session::{CallRecord, Fate, Outcome, Session};
use crate::transcript::{list, value_of, word};
use opensession_hail::{Block, EventType, repair};
use serde_json::Value;

/// Reads the blobs of a store, one after the other.
pub(super) struct Reader<'s> {
    pub session: Session<'s>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(session: Session<'s>) -> Self {
        Self { session }
    }

    /// Reads a blob of this name.
    pub(super) fn read(&mut self, name: &str, bytes: &[u8]) {
        let is_said = bytes.starts_with(b"{") && memchr::memmem::find(bytes, b"\"role\"").is_some();
        if !is_said {
            let is_node = bytes.iter().take(2).any(|byte| *byte < b' ');
            self.session.report.drop(if is_node {
                "node of the graph"
            } else {
                "content of a file"
            });
            return;
        }
        let message = match value_of(bytes) {
            Some(message)
                if word(&message, "role").is_some() && message.get("content").is_some() =>
            {
                message
            }
            Some(_) => {
                self.session.report.drop("content of a file");
                return;
            }
            None => {
                self.session.record(bytes);
                self.session.keep_text(repair(bytes));
                return;
            }
        };
        self.session.record(bytes);
        self.session.report.bytes += bytes.len() as u64 + 1;
        self.session.set_time(time(&message, "createdAt"));
        let own = name.get(..16).unwrap_or(name);
        self.session.group = Some(own.to_owned());
        let role = word(&message, "role").unwrap_or("");
        role.clone_into(&mut self.session.place.raw_type);
        let fate = match role {
            "user" => self.read_prompt(own, &message),
            "assistant" => self.read_answer(own, &message),
            "tool" => self.read_results(&message),
            "system" => {
                let blocks = texts(&message).into_iter().map(Block::text).collect();
                self.session.say(Some(own), EventType::SystemMessage, blocks);
                Fate::Understood
            }
            _ => Fate::Unknown,
        };
        self.session.count(fate, &repair(bytes));
        self.session.group = None;
    }

    fn read_prompt(&mut self, own: &str, message: &Value) -> Fate {
        self.session.settle_calls();
        let (mut typed, mut injected) = (Vec::new(), Vec::new());
        let parts = match message.get("content") {
            Some(Value::Array(parts)) => parts.clone(),
            Some(content) => vec![content.clone()],
            None => Vec::new(),
        };
        let is_summary = options(message).is_some_and(|options| flag(options, "isSummary"));
        for part in &parts {
            match part.as_str().or_else(|| word(part, "text")) {
                Some(text) if is_summary => injected.push(Block::text(text)),
                Some(text) => {
                    if let Some(folder) = workspace(text) {
                        self.session.meta.visit(folder);
                    }
                    let prompt = Prompt::read(text);
                    if prompt.time.is_some() {
                        self.session.set_time(prompt.time);
                    }
                    typed.extend(prompt.typed.into_iter().map(Block::text));
                    injected.extend(prompt.injected.into_iter().map(Block::text));
                }
                None => typed.extend(self.picture(part)),
            }
        }
        if !typed.is_empty() {
            self.session.prompt(Some(own), typed);
        }
        if !injected.is_empty() {
            let kind = if is_summary { "user/summary" } else { "user/context" };
            kind.clone_into(&mut self.session.place.raw_type);
            self.session.say(Some(&format!("{own}/context")), EventType::SystemMessage, injected);
            "user".clone_into(&mut self.session.place.raw_type);
        }
        Fate::Understood
    }

    fn read_answer(&mut self, own: &str, message: &Value) -> Fate {
        // The model goes on only when it has all results.
        self.session.settle_calls();
        if let Some(text) = word(message, "content") {
            self.answer_by(message);
            self.session.say(Some(own), EventType::AgentMessage, vec![Block::text(text)]);
        }
        for (index, part) in list(message, "content").iter().enumerate() {
            self.answer_by(message);
            self.answer_by(part);
            match word(part, "type") {
                Some("text") => self.say(own, EventType::AgentMessage, word(part, "text")),
                Some("reasoning" | "thinking") => {
                    let thought = word(part, "text").or_else(|| word(part, "thinking"));
                    self.say(own, EventType::Thinking, thought);
                }
                // Nobody but the model's maker can read it.
                Some("redacted-reasoning") => {}
                Some("tool-call") => self.read_call(&format!("{own}/call-{index}"), part),
                kind => {
                    let kind = kind.unwrap_or("part").to_owned();
                    let name = format!("assistant.{kind}");
                    *self.session.report.fields.entry(name).or_insert(0) += 1;
                    let block = vec![Block::json(part.clone())];
                    self.session.say(Some(own), EventType::Custom { kind }, block);
                }
            }
        }
        Fate::Understood
    }

    fn say(&mut self, own: &str, event_type: EventType, text: Option<&str>) {
        if let Some(text) = text {
            self.session.say(Some(own), event_type, vec![Block::text(text)]);
        }
    }

    fn answer_by(&mut self, told: &Value) {
        let model = options(told).and_then(|options| word(options, "modelName"));
        if let Some(model) = model {
            self.session.model = Some(model.to_owned());
            self.session.provider = Some(provider_of(model));
        }
    }

    fn read_call(&mut self, made: &str, part: &Value) {
        let id = word(part, "toolCallId").unwrap_or(made);
        let name = word(part, "toolName").unwrap_or("unknown");
        let input = part.get("args").or_else(|| part.get("input")).cloned();
        let input = object(input.unwrap_or_default());
        self.session.open_call(CallRecord { id, name, input, agent: None, child: None });
    }

    fn read_results(&mut self, message: &Value) -> Fate {
        let told = options(message).and_then(|options| options.get("highLevelToolCallResult"));
        for part in list(message, "content") {
            let name = word(part, "toolName");
            let id = word(part, "toolCallId").map(str::to_owned);
            let id = id.or_else(|| self.session.waiting_call(name));
            let mut outcome = outcome(name.unwrap_or(""), part, told.unwrap_or(&Value::Null));
            if let Some(agent) = outcome.agent.take() {
                outcome.child = self.session.id().map(|id| id.child(&agent));
            }
            self.session.answer(id.as_deref(), name, outcome);
        }
        Fate::Understood
    }

    /// Returns a picture as a block, with its bytes as an attachment; what is none as it is.
    fn picture(&mut self, part: &Value) -> Option<Block> {
        if let Some((block, attachment)) = picture::read(part, None) {
            self.session.attach(attachment);
            return Some(block);
        }
        let is_blank = part.get("text").is_some() || part.is_null() || part.is_string();
        (!is_blank).then(|| Block::json(part.clone()))
    }
}

/// Returns the folder that Cursor tells the model before the first prompt.
pub(super) fn workspace(text: &str) -> Option<&str> {
    let (_, told) =
        text.trim_start().strip_prefix("<user_info>")?.split_once("Workspace Path: ")?;
    told.lines().next().map(str::trim).filter(|folder| !folder.is_empty())
}

fn options(told: &Value) -> Option<&Value> {
    told.get("providerOptions")?.get("cursor")
}

fn texts(message: &Value) -> Vec<String> {
    match message.get("content") {
        Some(Value::String(text)) => vec![text.clone()],
        _ => list(message, "content")
            .iter()
            .filter_map(|it| word(it, "text"))
            .map(str::to_owned)
            .collect(),
    }
}

/// Returns what came of a call: the model's words of it, and what the tool told beside (`{success|failure|…: {…}}`).
fn outcome(name: &str, part: &Value, told: &Value) -> Outcome {
    let output = told.get("output").unwrap_or(&Value::Null);
    let kinds = ["success", "failure", "error", "rejected"];
    let kind = kinds.into_iter().find(|kind| output.get(*kind).is_some_and(|it| !it.is_null()));
    let more = kind.and_then(|kind| output.get(kind)).unwrap_or(&Value::Null);
    let said = part.get("result").and_then(Value::as_str).unwrap_or("");
    let mut outcome = Outcome {
        is_error: flag(part, "isError")
            || flag(told, "isError")
            || matches!(kind, Some("failure" | "error" | "rejected"))
            || said.starts_with("Rejected:")
            || (kind.is_none() && is_error_line(said)),
        duration: ["executionTime", "durationMs"].iter().find_map(|key| more.get(*key)?.as_u64()),
        ..Outcome::default()
    };
    match Tool::named(name) {
        Tool::Shell => {
            let code = more.get("exitCode").and_then(Value::as_i64);
            outcome.exit_code = code.or_else(|| exit_code(said));
        }
        tool if tool.is_change() => {
            let text = |key: &str| more.get(key).and_then(Value::as_str);
            let whole = text("beforeFullFileContent").zip(text("afterFullFileContent"));
            let hunks = text("diffString").map(diff::without_head).filter(|it| !it.is_empty());
            outcome.diff = hunks.or_else(|| whole.map(|(old, new)| diff::between(old, new)));
            outcome.diff = outcome.diff.take().filter(|diff| !diff.is_empty());
        }
        Tool::Task => {
            outcome.agent = word(more, "agentId").map(str::to_owned);
            outcome.summary = Some(said.to_owned()).filter(|said| !said.trim().is_empty());
        }
        _ => {}
    }
    match part.get("result") {
        None | Some(Value::Null) => call::push(&mut outcome, beside(part)),
        Some(result) => call::push(&mut outcome, result.clone()),
    }
    let pictures = list(part, "experimental_content").iter();
    for picture in pictures.filter(|it| word(it, "type") == Some("image")) {
        call::push(&mut outcome, Value::Array(vec![picture.clone()]));
    }
    outcome
}

fn beside(part: &Value) -> Value {
    let texts = list(part, "experimental_content").iter().filter_map(|it| word(it, "text"));
    let text = texts.collect::<Vec<_>>().join("\n");
    if text.is_empty() { Value::Null } else { text.into() }
}

/// Returns whether a result is one line that says that something failed: a file may begin so too.
fn is_error_line(said: &str) -> bool {
    let said = said.trim();
    said.starts_with("Error: ") && said.len() <= 200 && !said.contains('\n')
}

/// Returns the code of a program: `Exit code: 1` begins its result.
fn exit_code(said: &str) -> Option<i64> {
    let rest = said.trim_start().strip_prefix("Exit code: ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_tool_tells_says_whether_a_call_failed() {
        let is_error = |result: &str, told: Value| {
            outcome("Shell", &json!({"result": result}), &told).is_error
        };
        assert!(!is_error("Exit code: 0", json!({"output": {"success": {}}, "isError": false})));
        assert!(is_error("Exit code: 1", json!({"output": {"failure": {}}, "isError": false})));
        assert!(is_error("x", json!({"output": {"rejected": {}}})));
        assert!(is_error("Error: File not found", Value::Null));
        assert!(!is_error("Error: File not found", json!({"output": {"success": {}}})));
        assert!(!is_error("Error: 1\nof a file", Value::Null));
    }

    #[test]
    fn codes_times_and_diffs_are_read() {
        let told = json!({"output": {"success": {"executionTime": 5285}}});
        let shell =
            outcome("Shell", &json!({"result": "Exit code: 0\n\nCommand output:\n"}), &told);
        assert_eq!((shell.exit_code, shell.duration), (Some(0), Some(5285)));
        let told =
            json!({"output": {"success": {"diffString": "--- a\n+++ a\n@@ -1 +1 @@\n-a\n+b"}}});
        let edit = outcome("StrReplace", &json!({"result": "ok"}), &told);
        assert_eq!(edit.diff.as_deref(), Some("@@ -1 +1 @@\n-a\n+b\n"));
        let told = json!({"output": {"success": {"beforeFullFileContent": "a\n", "afterFullFileContent": "b\n"}}});
        let edit = outcome("Write", &json!({"result": "ok"}), &told);
        assert_eq!(edit.diff.as_deref(), Some("@@ -1 +1 @@\n-a\n+b\n"));
    }
}
