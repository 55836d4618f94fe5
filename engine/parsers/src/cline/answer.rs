//! Messages of the model: thoughts, words, calls, and what they cost.

use super::conversation::Conversation;
use super::markup::{self, Piece};
use super::side::{Cached, Usage, text};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

impl Conversation<'_> {
    /// Reads an answer, the `index`th message, written at `ts` milliseconds where that is known.
    pub(super) fn read_answer(&mut self, message: &Value, index: i64, ts: Option<i64>) {
        self.age_calls();
        self.read_model(message);
        let is_priced = self.read_usage(message, index, ts);
        // Its price will be told when the answer is whole: until then, later versions differ.
        self.may_change |= !is_priced;
        let content = message.get("content").unwrap_or(&Value::Null);
        let seen = self.side.take_thoughts(index, ts);
        let own = ["reasoning_content", "reasoning"].into_iter().find_map(|key| text(message, key));
        if let Some(thought) = own {
            self.think(&thought);
        } else if !has_thoughts(content) {
            seen.iter().for_each(|thought| self.think(thought));
        }
        let mut calls = 0;
        match content {
            Value::String(words) => self.read_words(words, &mut calls),
            Value::Array(parts) => {
                for part in parts {
                    self.read_answer_part(part, &mut calls);
                }
            }
            Value::Null => {}
            other => self.keep("content", other.clone()),
        }
        self.settle_usage();
    }

    /// Reads a thought that stands as a message of its own; what is encrypted says nothing.
    pub(super) fn read_reasoning(&mut self, message: &Value) -> bool {
        let mut said = text(message, "text").into_iter().collect::<Vec<_>>();
        for key in ["summary", "content"] {
            let parts = message.get(key).and_then(Value::as_array).into_iter().flatten();
            said.extend(parts.filter_map(|part| text(part, "text")));
        }
        said.iter().for_each(|thought| self.think(thought));
        !said.is_empty()
    }

    fn read_answer_part(&mut self, part: &Value, calls: &mut usize) {
        match part.get("type").and_then(Value::as_str) {
            Some("text") => {
                let words = text(part, "text").unwrap_or_default();
                self.read_words(&words, calls);
            }
            Some("thinking" | "reasoning") => {
                let thought = text(part, "thinking").or_else(|| text(part, "text"));
                if let Some(thought) = thought {
                    self.think(&thought);
                }
            }
            // Encrypted: nobody but the model's maker can read it.
            Some("redacted_thinking" | "thoughtSignature") => {}
            Some("tool_use" | "tool-call" | "mcp_tool_use") => {
                let name = text(part, "name").or_else(|| text(part, "toolName"));
                let id = text(part, "id").or_else(|| text(part, "toolCallId"));
                let input = part.get("input").or_else(|| part.get("args"));
                let input = match input {
                    Some(Value::Object(input)) => input.clone(),
                    Some(Value::String(text)) => serde_json::from_str(text)
                        .unwrap_or_else(|_no_object| one("input", text.as_str().into())),
                    Some(Value::Null) | None => Map::new(),
                    Some(other) => one("input", other.clone()),
                };
                *calls += 1;
                let id = id.unwrap_or_else(|| format!("{}-call-{calls}", self.own));
                self.open_call(id, name.as_deref().unwrap_or("unknown"), input);
            }
            kind => {
                let kind = kind.unwrap_or("block").to_owned();
                match part {
                    Value::String(words) => self.read_words(words, calls),
                    other => self.keep(&kind, other.clone()),
                }
            }
        }
    }

    fn read_words(&mut self, words: &str, calls: &mut usize) {
        for piece in markup::pieces(words) {
            match piece {
                Piece::Text(words) => self.say(EventType::AgentMessage, vec![Block::text(words)]),
                Piece::Thinking(thought) => self.think(&thought),
                Piece::Call { name, input } => {
                    *calls += 1;
                    let id = format!("{}-call-{calls}", self.own);
                    self.open_call(id, &name, input);
                }
                Piece::Interruption(words) => self.note_text("interruption", &words),
            }
        }
    }

    fn think(&mut self, thought: &str) {
        if !thought.trim().is_empty() {
            self.say(EventType::Thinking, vec![Block::text(thought)]);
        }
    }

    fn read_model(&mut self, message: &Value) {
        let info = message.get("modelInfo");
        let told = info.and_then(|info| {
            let model = text(info, "modelId").or_else(|| text(info, "id"))?;
            let provider = text(info, "providerId").or_else(|| text(info, "provider"));
            Some((provider.unwrap_or_default(), model))
        });
        if let Some(told) = told {
            self.model = Some(told);
        } else if let Some((provider, model)) = self.side.model_at(self.millis()) {
            self.model = Some((provider.to_owned(), model.to_owned()));
        }
    }

    /// Reads what the answer cost; false where that is still to be told.
    fn read_usage(&mut self, message: &Value, index: i64, ts: Option<i64>) -> bool {
        let requests = self.side.take_requests(index, ts);
        let is_told = requests.last().is_none_or(|request| request.is_done);
        let has_requests = !requests.is_empty();
        let mut usage = Usage::default();
        requests.iter().for_each(|request| usage.add(request.usage));
        if has_requests && usage != Usage::default() {
            self.usage = Some(usage);
            return is_told;
        }
        let metrics = message.get("metrics").unwrap_or(&Value::Null);
        let session =
            ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "cost"];
        let mut usage = Usage::read(metrics, session, Cached::Inside);
        if let Some(tokens) = metrics.get("tokens") {
            usage = Usage::read(tokens, ["prompt", "completion", "cached", "", ""], Cached::Beside);
            usage.cost = metrics.get("cost").and_then(Value::as_f64).unwrap_or(0.0);
        }
        self.usage = Some(usage).filter(|usage| *usage != Usage::default());
        is_told || self.usage.is_some()
    }
}

/// Returns whether an answer holds thoughts that can be read.
fn has_thoughts(content: &Value) -> bool {
    content.as_array().into_iter().flatten().any(|part| {
        let is_thought =
            matches!(part.get("type").and_then(Value::as_str), Some("thinking" | "reasoning"));
        let said = text(part, "text").or_else(|| text(part, "thinking"));
        said.is_some_and(|said| is_thought || said.contains("<thinking>"))
    })
}

fn one(key: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), value)])
}
