//! Records beside the conversation: notices, injected context, queued prompts, progress, titles, state.

use super::conversation::{Conversation, Place, original};
use super::invocation::json_block;
use super::record::{Content, Injected, Record};
use super::speaker::{self, Speaker};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

/// State of the user interface: nothing in it was said or done.
const UI_STATE: &str = "user interface state";
/// Repeated word of something that is still running.
const PROGRESS: &str = "progress tick";
/// Context that Claude Code repeats for the model: lists of tools and skills, reminders.
const REMINDER: &str = "reminder to the model";

impl Conversation<'_> {
    pub(super) fn notice(&mut self, record: &Record<'_>, place: &Place<'_>) {
        match record.kind.as_str() {
            Some("progress") => self.progress(record),
            Some("system") => self.system(record, place),
            Some("attachment") => self.attachment(record, place),
            Some("queue-operation") => self.queue_operation(record, place),
            Some(kind @ ("summary" | "custom-title" | "ai-title" | "agent-name")) => {
                self.facts.rename(record);
                self.report.understand(kind);
            }
            Some(kind @ "pr-link") => {
                self.report.understand(kind);
                self.push_original(place, kind, "pr-link");
            }
            Some(
                "file-history-snapshot"
                | "file-history-delta"
                | "mode"
                | "permission-mode"
                | "last-prompt"
                | "worktree-state"
                | "bridge-session"
                | "frame-link"
                | "agent-setting",
            ) => self.report.drop(UI_STATE),
            Some(kind) => self.keep(place, kind),
            None => self.keep(place, "record"),
        }
    }

    fn progress(&mut self, record: &Record<'_>) {
        let data = record.data.0.as_ref();
        if data.and_then(|data| data.kind.as_str()) != Some("agent_progress") {
            return self.report.drop(PROGRESS);
        }
        // What the sub-agent does stands in its own log; here only which agent the call started.
        let agent = data.and_then(|data| data.agent_id.filled());
        let call = record.parent_tool_use_id.as_str();
        let ticket = call.and_then(|id| self.calls.find(id)).map(|call| call.ticket);
        if let (Some(agent), Some(ticket)) = (agent, ticket) {
            self.name_task_session(ticket, agent);
        }
        self.report.drop("sub-agent's record, kept in its own log");
    }

    fn system(&mut self, record: &Record<'_>, place: &Place<'_>) {
        let subtype = record.subtype.as_str().unwrap_or("");
        let known = match subtype {
            "turn_duration" => return self.report.drop(PROGRESS),
            "stop_hook_summary" => {
                if record.hook_errors.0.is_empty() && !record.prevented_continuation.0 {
                    return self.report.drop("hook without errors");
                }
                "system/stop_hook_summary"
            }
            "compact_boundary" => "system/compact_boundary",
            "microcompact_boundary" => "system/microcompact_boundary",
            "api_error" => "system/api_error",
            "away_summary" => "system/away_summary",
            "bridge_status" => "system/bridge_status",
            "informational" => "system/informational",
            "local_command" => "system/local_command",
            "model_refusal_fallback" => "system/model_refusal_fallback",
            _ => return self.keep(place, &format!("system/{subtype}")),
        };
        self.report.understand(known);
        let Some(text) = record.content.filled() else {
            return self.push_original(place, subtype, known);
        };
        let mut blocks = vec![Block::text(text)];
        let metadata = match subtype {
            "compact_boundary" => Some("/compactMetadata"),
            "microcompact_boundary" => Some("/microcompactMetadata"),
            _ => None,
        };
        if let Some(pointer) = metadata
            && let block @ Block::Json { .. } = original(place.json, pointer)
        {
            blocks.push(block);
        }
        self.push(place, EventType::SystemMessage, known, blocks);
    }

    fn attachment(&mut self, record: &Record<'_>, place: &Place<'_>) {
        let Some(injected) = record.attachment.0.as_ref() else {
            return self.keep(place, "attachment");
        };
        let kind = injected.kind.as_str().unwrap_or("");
        match kind {
            "queued_command" => {
                self.report.understand("attachment/queued_command");
                self.queued_command(injected, place);
            }
            "hook_success" if injected.content.filled().is_none() => {
                self.report.drop("hook without errors");
            }
            "hook_success"
            | "hook_additional_context"
            | "hook_system_message"
            | "hook_blocking_error"
            | "hook_non_blocking_error"
            | "hook_cancelled"
            | "hook_stopped_continuation"
            | "file"
            | "compact_file_reference"
            | "directory"
            | "edited_text_file"
            | "nested_memory"
            | "invoked_skills"
            | "goal_status"
            | "task_status"
            | "diagnostics" => {
                let kind = format!("attachment/{kind}");
                self.report.understand(&kind);
                self.push_injected(place, kind);
            }
            "deferred_tools_delta"
            | "agent_listing_delta"
            | "mcp_instructions_delta"
            | "skill_listing"
            | "dynamic_skill"
            | "task_reminder"
            | "todo_reminder"
            | "auto_mode"
            | "auto_mode_exit"
            | "plan_mode"
            | "plan_mode_reentry"
            | "plan_mode_exit"
            | "command_permissions"
            | "date_change"
            | "read_truncation_notice"
            | "ultra_effort_enter"
            | "ultra_effort_exit"
            | "budget_usd"
            | "total_tokens_reminder"
            | "batching_reminder_sent"
            | "silent_turn_reminder" => self.report.drop(REMINDER),
            _ => {
                let kind = format!("attachment/{kind}");
                self.report.keep_unknown(&kind);
                self.push_injected(place, kind);
            }
        }
    }

    /// Sends injected context: its texts, and whatever else the attachment holds.
    fn push_injected(&mut self, place: &Place<'_>, kind: String) {
        let blocks = match original(place.json, "/attachment") {
            Block::Json { data: Value::Object(mut members) } => {
                members.remove("type");
                let mut blocks = texts(&mut members);
                blocks.extend(json_block(members));
                blocks
            }
            other => vec![other],
        };
        self.push(place, EventType::SystemMessage, kind, blocks);
    }

    /// A prompt that was handed to the agent inside the running turn.
    fn queued_command(&mut self, injected: &Injected<'_>, place: &Place<'_>) {
        let origin = injected.origin.0.as_ref().and_then(|o| o.kind.as_str());
        let by_person = matches!(origin, None | Some("human"))
            && injected.command_mode.as_str().is_none_or(|mode| mode == "prompt");
        let speaker =
            if by_person { Speaker::Person } else { Speaker::Program("attachment/queued_command") };
        let mut blocks = Vec::new();
        match &injected.prompt {
            Content::Nothing => return,
            Content::Text(text) => blocks.push(Block::text(text.as_ref())),
            Content::Parts(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    let block = match part.text.as_str() {
                        Some(text) => Block::text(text),
                        None => self.media(part).unwrap_or_else(|| {
                            original(place.json, &format!("/attachment/prompt/{at}"))
                        }),
                    };
                    blocks.push(block);
                }
            }
        }
        let text = blocks.iter().find_map(Block::as_text).unwrap_or("");
        if self.queue.show(text) {
            self.say_queued(speaker, blocks, "attachment/queued_command", place);
        }
    }

    fn queue_operation(&mut self, record: &Record<'_>, place: &Place<'_>) {
        match record.operation.as_str() {
            Some("enqueue") => {
                if let Some(text) = record.content.filled() {
                    self.queue.enqueue(text);
                }
            }
            Some("dequeue") => self.queue.dequeue(),
            Some("popAll") => self.queue.clear(),
            Some("remove") => {
                if let Some(text) = self.queue.remove() {
                    let blocks = vec![Block::text(text)];
                    self.say_queued(Speaker::Person, blocks, "queue-operation/remove", place);
                }
            }
            _ => return self.keep(place, "queue-operation"),
        }
        self.report.understand("queue-operation");
    }

    /// Sends a prompt from the queue. The turn goes on, so its calls still wait for their results.
    fn say_queued(
        &mut self,
        speaker: Speaker,
        blocks: Vec<Block>,
        raw_type: &'static str,
        place: &Place<'_>,
    ) {
        let text = blocks.iter().find_map(Block::as_text).unwrap_or("");
        match speaker::of_text(text) {
            Speaker::Person if speaker == Speaker::Person => {
                self.facts.prompt(text);
                self.push(place, EventType::UserMessage, raw_type, blocks);
            }
            Speaker::Person => self.push(place, EventType::SystemMessage, raw_type, blocks),
            program => self.flush(Some((program, blocks)), place),
        }
    }
}

/// Takes the member `content` where it is a text or a list of texts.
fn texts(members: &mut Map<String, Value>) -> Vec<Block> {
    let texts: Option<Vec<Block>> = match members.get("content") {
        Some(Value::String(text)) => Some(vec![Block::text(text.as_str())]),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(Block::text)).collect()
        }
        _ => None,
    };
    if texts.is_some() {
        members.remove("content");
    }
    texts.unwrap_or_default()
}
