//! `event_msg` records: what Codex told its screen.

use super::conversation::{Conversation, TICK};
use super::record::Payload;
use super::twins::{Saying, Stream};
use crate::lenient::value_or_text;
use crate::session::Fate;
use opensession_hail::EventType;
use serde_json::Value;

impl Conversation<'_> {
    /// Reads an `event_msg`; `json` is the whole line.
    pub(super) fn read_notice(&mut self, payload: &Payload<'_>, json: &str) -> Fate {
        let id = payload.call_id();
        match payload.kind.as_str().unwrap_or("") {
            "user_message" => self.read_typed(payload),
            "agent_message" => {
                let text = payload.message.as_str().map(str::to_owned);
                let texts = text.into_iter().collect();
                self.read_texts(Stream::Screen, Saying::Agent, None, texts)
            }
            "agent_reasoning" | "agent_reasoning_raw_content" => {
                let text = payload.text.as_str().map(str::to_owned);
                let texts = text.into_iter().collect();
                self.read_texts(Stream::Screen, Saying::Reasoning, None, texts)
            }
            "token_count" => self.read_tokens(payload),
            "exec_command_end" => self.read_program_end(payload, id),
            "patch_apply_end" => self.read_patch_end(payload, id),
            "mcp_tool_call_end" => self.read_mcp_end(payload, id),
            "web_search_end" => self.read_search(Stream::Screen, payload, id),
            "image_generation_end" => self.read_image(Stream::Screen, payload, id),
            "view_image_tool_call" => self.read_image_view(payload),
            "dynamic_tool_call_request" => self.read_client_call(payload),
            "dynamic_tool_call_response" => self.read_client_result(payload),
            "item_completed" => self.read_item(payload, json),
            "thread_name_updated" => {
                self.meta.rename(payload.thread_name.as_str().unwrap_or(""));
                Fate::Understood
            }
            "thread_rolled_back" => {
                self.rewind(payload.num_turns.0.unwrap_or(0));
                Fate::Understood
            }
            kind => self.read_turn_notice(kind, payload, json),
        }
    }

    /// Reads a notice about the course of a turn.
    fn read_turn_notice(&mut self, kind: &str, payload: &Payload<'_>, json: &str) -> Fate {
        match kind {
            "task_started" | "turn_started" => {
                self.settle_calls();
                self.turn = payload.turn_id.filled().map(str::to_owned);
                Fate::Understood
            }
            "task_complete" | "turn_complete" => {
                self.settle_calls();
                match payload.error {
                    Some(_) => self.keep_notice("error", json),
                    None => Fate::Understood,
                }
            }
            "turn_aborted" => {
                let reason = payload.reason.filled().unwrap_or("unknown reason");
                let text = format!("Turn aborted: {reason}");
                self.read_abort(Stream::Screen, None, text)
            }
            "context_compacted" => self.read_compaction(Stream::Screen, None),
            "error" | "stream_error" | "warning" | "guardian_warning" | "background_event"
            | "deprecation_notice" | "undo_completed" => match payload.message.filled() {
                Some(message) => {
                    self.note(message);
                    Fate::Understood
                }
                None => self.keep_notice(kind, json),
            },
            "entered_review_mode"
            | "exited_review_mode"
            | "guardian_assessment"
            | "thread_goal_updated"
            | "sub_agent_activity"
            | "model_reroute" => self.keep_notice(kind, json),
            "plan_update" => Fate::COPY,
            "thread_settings_applied"
            | "session_configured"
            | "turn_diff"
            | "shutdown_complete"
            | "undo_started" => Fate::STATE,
            "item_started" | "raw_response_item" => TICK,
            _ if kind.starts_with("collab_") => {
                if self.read_agent_report(payload) {
                    Fate::COPY
                } else {
                    self.keep_notice(kind, json)
                }
            }
            _ if kind.ends_with("_begin") || kind.ends_with("_delta") => TICK,
            _ => Fate::Unknown,
        }
    }

    /// Reads that the context was compacted; both streams say so, and one may hold the summary.
    pub(super) fn read_compaction(&mut self, stream: Stream, summary: Option<&str>) -> Fate {
        if !self.twins.is_first(stream, Saying::Compaction, "") {
            return Fate::COPY;
        }
        match summary {
            Some(summary) => self.note(summary),
            None => {
                let kind = "compaction".to_owned();
                self.say(None, EventType::Custom { kind }, Vec::new());
            }
        }
        Fate::Understood
    }

    /// Reads tokens: an event where they grew.
    fn read_tokens(&mut self, payload: &Payload<'_>) -> Fate {
        let increase = payload.info.and_then(|info| self.usage.read(info));
        if let Some(increase) = increase {
            self.age_calls();
            let kind = "usage".to_owned();
            let mut event = self.event(None, EventType::Custom { kind });
            increase.set(&mut event.attributes);
            let model = self.model.as_deref();
            event.attributes.set_some(opensession_hail::attribute::MODEL, model);
            self.push(event);
        }
        Fate::Understood
    }

    /// Reads an item of the newest generation.
    fn read_item(&mut self, payload: &Payload<'_>, json: &str) -> Fate {
        let Some(raw) = payload.item else {
            return Fate::Unknown;
        };
        let item: Payload<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
        let id = item.id.filled();
        match item.kind.as_str().unwrap_or("") {
            kind @ ("UserMessage" | "AgentMessage" | "Reasoning") => {
                self.read_item_texts(kind, raw)
            }
            "CommandExecution" => self.read_program_end(&item, id),
            "FileChange" => self.read_patch_end(&item, id),
            "WebSearch" => self.read_search(Stream::Item, &item, id),
            "Extension" if item.action.is_some() => self.read_search(Stream::Item, &item, id),
            "ImageGeneration" => self.read_image(Stream::Item, &item, id),
            "ContextCompaction" => self.read_compaction(Stream::Item, None),
            "McpToolCall" => {
                // The call stands beside its result here.
                let call = Payload { invocation: Some(raw), ..item };
                let id = call.id.filled();
                self.read_mcp_end(&call, id)
            }
            "Plan" | "TodoList" => self.keep_notice("plan", json),
            _ => Fate::Unknown,
        }
    }

    fn keep_notice(&mut self, kind: &str, json: &str) -> Fate {
        self.keep(None, kind, payload_of(json));
        Fate::Understood
    }
}

/// The payload of a line, without its type.
fn payload_of(line: &str) -> Value {
    let mut line = value_or_text(line);
    let mut payload = line.get_mut("payload").map_or(Value::Null, Value::take);
    if let Value::Object(fields) = &mut payload {
        fields.remove("type");
    }
    payload
}
