//! The records of a stream: what `droid exec --output-format stream-json` prints.

use super::content::Said;
use super::log::Log;
use super::prompt;
use super::record::Streamed;
use super::result;
use crate::lenient::{Text, call_input, object, value_or_text};
use crate::session::Fate;
use opensession_hail::{Block, EventType};
use serde::Deserialize;

/// What went wrong.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Failure<'a> {
    #[serde(borrow)]
    message: Text<'a>,
}

impl Log<'_> {
    pub(super) fn read_streamed(&mut self, kind: &str, own: Option<&str>, json: &str) -> Fate {
        let Some(record) = object::<Streamed<'_>>(json) else { return Fate::Unknown };
        self.session.model.clone_from(&self.model);
        match kind {
            "system" => {
                self.model = record.model.filled().map(str::to_owned).or(self.model.take());
                self.session.meta.visit(record.cwd.filled().unwrap_or(""));
            }
            "message" => return self.read_spoken(own, &record),
            "reasoning" => {
                let text = record.text.as_str().filter(|text| !text.trim().is_empty());
                if let Some(text) = text {
                    self.session.say(own, EventType::Thinking, vec![Block::text(text)]);
                }
            }
            "tool_call" => {
                let place = format!("line-{}", self.session.place.line);
                let id = record.tool_call_id.filled().or(own).unwrap_or(&place);
                let name = record.tool_name.filled().or(record.tool_id.filled());
                self.open_call(id, name.unwrap_or("unknown"), call_input(record.parameters));
            }
            "tool_result" => {
                let id = record.tool_call_id.filled().or(own).map(str::to_owned);
                // The first versions gave results ids of their own.
                let id = id.filter(|id| self.session.knows_call(id));
                let id = id.or_else(|| self.session.waiting_call(None));
                let called = self.take_call(id.as_deref());
                let outcome = result::streamed(record.value, record.is_error.0, &called);
                self.answer(id.as_deref(), called, outcome);
            }
            "completion" => {
                self.session.owed = record.usage.0.map(|usage| usage.tokens()).unwrap_or_default();
                // Its text may be the one of the last message.
                let text = record.final_text.as_str().filter(|text| *text != self.last_answer);
                self.say_answer(own, text, false);
                self.session.flush_tokens(own);
                self.last_answer.clear();
            }
            "error" => {
                // What says nothing in words is kept as it is.
                let failure: Failure<'_> = serde_json::from_str(json).unwrap_or_default();
                let said = failure.message.filled().map(Block::text);
                self.note(own, vec![said.unwrap_or_else(|| Block::json(value_or_text(json)))]);
            }
            _ => return Fate::Unknown,
        }
        Fate::Understood
    }

    fn read_spoken(&mut self, own: Option<&str>, record: &Streamed<'_>) -> Fate {
        let (Some(role), Some(text)) = (record.role.as_str(), record.text.as_str()) else {
            return Fate::Unknown;
        };
        self.session.place.raw_type.push('/');
        self.session.place.raw_type.push_str(role);
        match role {
            "assistant" => {
                text.clone_into(&mut self.last_answer);
                self.say_answer(own, Some(text), false);
            }
            "user" | "system" => {
                let pieces = prompt::split(text, true);
                let blocks = pieces.typed.map(Block::text).into_iter().collect();
                let injected = pieces.injected.into_iter().map(Block::text).collect();
                let said = Said { blocks, ..Said::default() };
                self.say_prompt(own, said, injected, role == "system");
            }
            _ => return Fate::Unknown,
        }
        Fate::Understood
    }
}
