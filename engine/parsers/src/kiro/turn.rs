//! An entry of a conversation's history: what the model was told, and what it answered.

use super::conversation::Conversation;
use super::result;
use super::side::time;
use crate::repair::Piece;
use crate::session::{Fate, Tokens};
use serde_json::Value;

/// What the model was told, and its answer; older versions keep them as a pair.
#[derive(Debug, Default)]
pub(super) struct Turn {
    user: Value,
    assistant: Value,
    metadata: Value,
}

impl Turn {
    /// Returns the entry that a record is.
    pub(super) fn of(record: Option<&Piece>) -> Self {
        let value = match record {
            // What is too deep is no turn, and kept as text.
            Some(Piece::Value(json)) => serde_json::from_str(json).unwrap_or_default(),
            _ => Value::Null,
        };
        match value {
            Value::Array(mut pair) if pair.len() == 2 => {
                let assistant = pair.pop().unwrap_or_default();
                Self { user: pair.pop().unwrap_or_default(), assistant, metadata: Value::Null }
            }
            Value::Object(mut entry) => {
                let mut take = |name| entry.remove(name).unwrap_or_default();
                Self {
                    user: take("user"),
                    assistant: take("assistant"),
                    metadata: take("request_metadata"),
                }
            }
            _ => Self::default(),
        }
    }

    /// Returns an entry without an answer.
    pub(super) fn asked(user: Value) -> Self {
        Self { user, ..Self::default() }
    }

    /// Sends what the entry tells.
    pub(super) fn tell(self, conversation: &mut Conversation<'_>) -> Fate {
        if !self.user.is_object() && !self.assistant.is_object() {
            return Fate::Unknown;
        }
        let session = &mut conversation.session;
        let stamp = |name: &str| self.metadata.get(name).and_then(time);
        let asked = self.user.get("timestamp").and_then(time);
        session.set_time(asked.or_else(|| stamp("request_start_timestamp_ms")));
        let cwd = self.user.pointer("/env_context/env_state/current_working_directory");
        session.meta.visit(cwd.and_then(Value::as_str).unwrap_or(""));
        let is_told = self.tell_user(conversation);
        let session = &mut conversation.session;
        session.set_time(stamp("stream_end_timestamp_ms"));
        let model = self.metadata.get("model_id").and_then(Value::as_str);
        session.model = model.filter(|model| *model != "auto").map(str::to_owned);
        session.owed = self.tokens();
        let is_answered = self.tell_assistant(conversation);
        let session = &mut conversation.session;
        session.flush_tokens(None);
        (session.group, session.model) = (None, None);
        if is_told || is_answered { Fate::Understood } else { Fate::Unknown }
    }

    fn tell_user(&self, conversation: &mut Conversation<'_>) -> bool {
        conversation.session.place.raw_type = "user".to_owned();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
        let context = text(self.user.get("additional_context"));
        conversation.note(None, &context);
        let pictures = self.user.get("images").and_then(Value::as_array).cloned();
        let Some(content) = self.user.get("content") else { return false };
        let prompts = ["/Prompt/prompt", "/CancelledToolUses/prompt"];
        let results = ["/ToolUseResults/tool_use_results", "/CancelledToolUses/tool_use_results"];
        let told = results.iter().find_map(|name| content.pointer(name)?.as_array());
        for told in told.into_iter().flatten() {
            let status = text(told.get("status"));
            let outcome = result::read(told.get("content").unwrap_or(&Value::Null), &status);
            conversation.result(&text(told.get("tool_use_id")), outcome);
        }
        let own = || content.as_str();
        let prompt = prompts.iter().find_map(|name| content.pointer(name)?.as_str()).or_else(own);
        if let Some(prompt) = prompt {
            conversation.ask(None, prompt, pictures.as_deref().unwrap_or(&[]));
        }
        told.is_some() || prompt.is_some()
    }

    fn tell_assistant(&self, conversation: &mut Conversation<'_>) -> bool {
        conversation.session.place.raw_type = "assistant".to_owned();
        let found = ["Response", "ToolUse"].iter().find_map(|kind| self.assistant.get(*kind));
        let Some(message) = found else { return false };
        let text = |value: &Value, name: &str| {
            value.get(name).and_then(Value::as_str).unwrap_or("").to_owned()
        };
        let own = text(message, "message_id");
        let own = Some(own).filter(|own| !own.is_empty());
        conversation.session.group.clone_from(&own);
        for name in
            ["/thinking/text", "/thinking/reasoningText/text", "/thinking/ReasoningText/text"]
        {
            let thought = message.pointer(name).and_then(Value::as_str);
            conversation.think(own.as_deref(), thought.unwrap_or(""));
        }
        conversation.answer(own.as_deref(), &text(message, "content"));
        let calls = message.get("tool_uses").and_then(Value::as_array).into_iter().flatten();
        for call in calls {
            // The first name is the model's, the second the tool's own.
            let input = call.get("args").or_else(|| call.get("orig_args"));
            let input = input.cloned().unwrap_or_default();
            conversation.call(&text(call, "id"), &text(call, "name"), input);
        }
        true
    }

    fn tokens(&self) -> Tokens {
        let count = |name: &str| self.metadata.get(name).and_then(Value::as_u64).unwrap_or(0);
        Tokens {
            input: count("uncached_input_tokens"),
            cache_read: count("cache_read_input_tokens"),
            cache_write: count("cache_write_input_tokens"),
            output: count("output_tokens"),
            cost: 0.0,
        }
    }
}
