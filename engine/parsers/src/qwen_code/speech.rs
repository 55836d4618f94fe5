//! What persons, the model and tools say.

use super::log::Log;
use super::record::{Payload, Record};
use crate::gemini_cli::Prompt;
use crate::genai::{Part, blob, parts};
use crate::lenient::{call_input, value};
use crate::session::{CallRecord, Fate, Outcome};
use opensession_hail::{Block, EventType};

impl Log<'_> {
    /// Reads a record of the user: a prompt, or what the tool says in the user's place.
    pub(super) fn read_user(&mut self, record: &Record<'_>) -> Fate {
        let message = record.message.0.as_ref();
        let mut prompt = Prompt::default();
        for (part, raw) in parts(message.and_then(|message| message.parts)) {
            if part.function_response.0.is_some() {
                self.read_response(record, &part);
            } else if part.is_unknown() {
                prompt.typed.push(Block::json(value(raw)));
            } else {
                prompt.push(&part);
            }
        }
        let own = record.uuid.filled();
        self.session.meta.visit(prompt.place.take().as_deref().unwrap_or(""));
        self.session.attach(prompt.attachments.drain(..));
        if is_typed(record) && !prompt.is_command() {
            self.show_what_was_typed(record, &mut prompt);
            if !prompt.typed.is_empty() {
                self.session.settle_calls();
                self.session.prompt(own, prompt.typed);
            }
        } else if !prompt.typed.is_empty() {
            self.session.say(own, EventType::SystemMessage, prompt.typed);
        }
        if !prompt.injected.is_empty() {
            let own = own.map(|own| format!("{own}/context"));
            self.session.say(own.as_deref(), EventType::SystemMessage, prompt.injected);
        }
        Fate::Understood
    }

    /// Reads an answer of the model: thoughts, texts and calls.
    pub(super) fn read_assistant(&mut self, record: &Record<'_>) -> Fate {
        let own = record.uuid.filled();
        if let (Some(usage), Some(uuid)) = (record.usage_metadata.0, own) {
            let seen = self.seen.entry(uuid.to_owned()).or_default();
            self.session.owed = usage.tokens().since(seen.tokens);
            seen.tokens = seen.tokens.max(usage.tokens());
        } else if let Some(usage) = record.usage_metadata.0 {
            self.session.owed = usage.tokens();
        }
        let message = record.message.0.as_ref();
        let all = parts(message.and_then(|message| message.parts));
        let has_results = |part: &Part<'_>| part.function_response.0.is_some();
        // The model goes on only when it has all results.
        if !all.iter().any(|(part, _)| has_results(part)) {
            self.session.settle_calls();
        }
        for (index, (part, raw)) in all.iter().enumerate() {
            if let Some(call) = &part.function_call.0 {
                let own = format!("{}/part-{index}", own.unwrap_or("call"));
                let id = call.id.filled().unwrap_or(&own);
                let name = call.name.filled().unwrap_or("unknown");
                if !self.session.knows_call(id) {
                    let input = call_input(call.args);
                    self.session.open_call(CallRecord {
                        id,
                        name,
                        input,
                        agent: None,
                        child: None,
                    });
                }
                continue;
            }
            let event_type =
                if part.thought.0 { EventType::Thinking } else { EventType::AgentMessage };
            let block = match blob(part) {
                Some((block, attachment)) => {
                    self.session.attach(attachment);
                    Some(block)
                }
                None if part.is_unknown() => Some(Block::json(value(raw))),
                None => {
                    let text = part.text.as_str().filter(|text| !text.trim().is_empty());
                    text.map(Block::text)
                }
            };
            if let Some(block) = block {
                self.session.say(own, event_type, vec![block]);
            }
        }
        self.session.flush_tokens(own);
        Fate::Understood
    }

    /// Reads what a tool returned.
    pub(super) fn read_result(&mut self, record: &Record<'_>) -> Fate {
        let message = record.message.0.as_ref();
        let all = parts(message.and_then(|message| message.parts));
        let mut is_read = false;
        for (part, _) in &all {
            if part.function_response.0.is_some() {
                self.read_response(record, part);
                is_read = true;
            }
        }
        if is_read {
            // Images and notes may stand beside the responses.
            let beside: Vec<Block> = all
                .iter()
                .filter_map(|(part, _)| match blob(part) {
                    Some((block, attachment)) => {
                        self.session.attach(attachment);
                        Some(block)
                    }
                    None => part.text.filled().map(Block::text),
                })
                .collect();
            if !beside.is_empty() {
                self.session.say(record.uuid.filled(), EventType::SystemMessage, beside);
            }
            return Fate::Understood;
        }
        let Some(result) = &record.tool_call_result.0 else {
            return Fate::Unknown;
        };
        let raw = message.and_then(|message| message.parts);
        let outcome = Outcome::read(raw, result.result_display, result.status.filled());
        self.session.answer(result.call_id.filled(), None, outcome);
        Fate::Understood
    }

    fn read_response(&mut self, record: &Record<'_>, part: &Part<'_>) {
        let Some(response) = &part.function_response.0 else {
            return;
        };
        let result = record.tool_call_result.0.as_ref();
        let told = response.id.filled().or(result.and_then(|result| result.call_id.filled()));
        let id = told.map(str::to_owned);
        let id = id.or_else(|| self.session.waiting_call(response.name.filled()));
        let display = result.and_then(|result| result.result_display);
        let status = result.and_then(|result| result.status.filled());
        let outcome = Outcome::of_response(response, display, status);
        self.session.answer(id.as_deref(), response.name.filled(), outcome);
    }

    /// Puts the text that the screen showed in place of the one that the model got, where the log has both.
    fn show_what_was_typed(&mut self, record: &Record<'_>, prompt: &mut Prompt) {
        let payload = record.system_payload.map(|raw| serde_json::from_str(raw.get()));
        // What is no object says nothing.
        let payload: Payload<'_> = payload.and_then(Result::ok).unwrap_or_default();
        let Some(shown) = payload.display_text.filled() else {
            return;
        };
        let is_text = |block: &Block| matches!(block, Block::Text { .. });
        let (texts, others): (Vec<Block>, Vec<Block>) = prompt.typed.drain(..).partition(is_text);
        let shown = Block::text(shown);
        let beside = texts.into_iter().filter(|text| *text != shown);
        prompt.injected.splice(0..0, beside);
        prompt.typed.push(shown);
        prompt.typed.extend(others);
    }
}

/// Returns whether a person typed or queued it.
fn is_typed(record: &Record<'_>) -> bool {
    let is_persons = matches!(record.subtype.filled(), None | Some("mid_turn_user_message"));
    is_persons
        && matches!(record.provenance.filled(), None | Some("real_user"))
        && record.external_input_kind.filled().is_none()
}
