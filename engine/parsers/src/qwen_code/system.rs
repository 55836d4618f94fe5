//! What the tool notes about itself.

use super::log::Log;
use super::record::{Payload, Record};
use crate::lenient::{List, Text, value};
use crate::session::Fate;
use opensession_hail::{Block, EventType, SessionId};

/// The tool's state, and copies that it needs to go on after a restart.
const STATE: [&str; 25] = [
    "agent_bootstrap",
    "agent_retry",
    "agent_session_ready",
    "attribution_snapshot",
    "branch_checkpoint",
    "file_history_snapshot",
    "goal_runtime",
    "goal_state",
    "goal_turn_end",
    "managed_session_commit_v1",
    "managed_session_event_v1",
    "managed_session_header_v1",
    "omni_recall",
    "session_approval_mode",
    "session_artifact_event",
    "session_artifact_snapshot",
    "session_execution_engine",
    "session_model",
    "session_notes",
    "session_source",
    "session_sources_snapshot",
    "user_text_elements",
    "turn_result",
    "turn_boundary",
    "session_resume",
];

impl Log<'_> {
    /// Reads a record of the tool.
    pub(super) fn read_system(&mut self, record: &Record<'_>) -> Fate {
        let raw = record.system_payload;
        let payload = raw.map(|raw| serde_json::from_str(raw.get()));
        // What is no object says nothing.
        let payload: Payload<'_> = payload.and_then(Result::ok).unwrap_or_default();
        let own = record.uuid.filled();
        match record.subtype.filled() {
            Some("ui_telemetry") => self.read_telemetry(own, &payload),
            Some("custom_title") => {
                self.session.meta.rename(payload.custom_title.filled().unwrap_or(""));
                Fate::Understood
            }
            Some("parent_session") => {
                let parent = payload.parent_session_id.filled();
                let parent = parent.map(|id| SessionId::from_foreign(id).as_str().to_owned());
                self.session.meta.parent = parent.or(self.session.meta.parent.take());
                Fate::Understood
            }
            Some("rewind") => {
                let kept = payload.target_uuid.filled().or(record.parent_uuid.filled());
                self.rewind(own, kept);
                Fate::Understood
            }
            Some("slash_command") => {
                let mut blocks = Vec::new();
                if payload.phase.as_str() != Some("result") {
                    blocks.extend(payload.raw_command.filled().map(Block::text));
                }
                let items = payload.output_history_items;
                blocks.extend(items.map(|raw| Block::json(value(raw))));
                self.note(own, blocks)
            }
            Some("at_command") => {
                let files: List<Text<'_>> = payload
                    .files_read
                    .and_then(|raw| serde_json::from_str(raw.get()).ok())
                    .unwrap_or_default();
                let files = files.0.into_iter().filter_map(Text::into_string);
                let texts = [payload.user_text.filled(), payload.message.filled()];
                let mut blocks: Vec<Block> = texts.into_iter().flatten().map(Block::text).collect();
                blocks.extend(files.map(|path| Block::File { path, content: None }));
                self.note(own, blocks)
            }
            Some("chat_compression") => {
                let info = payload.info.map(|raw| Block::json(value(raw)));
                self.note(own, info.into_iter().collect())
            }
            Some(
                "notification"
                | "cron"
                | "background_task_completed"
                | "agent_launch_prompt"
                | "realtime_message",
            ) => {
                let text = payload.display_text.filled().map(Block::text);
                let whole = || raw.map(|raw| Block::json(value(raw)));
                self.note(own, text.or_else(whole).into_iter().collect())
            }
            Some(subtype) if STATE.contains(&subtype) => Fate::STATE,
            _ => Fate::Unknown,
        }
    }

    /// Reads telemetry: tokens stand in the answers too, errors of the service only here.
    fn read_telemetry(&mut self, own: Option<&str>, payload: &Payload<'_>) -> Fate {
        let Some(event) = &payload.ui_event.0 else {
            return Fate::STATE;
        };
        let name = event.name.filled().unwrap_or("");
        if name.ends_with(".tool_call") {
            let tool = event.function_name.filled().unwrap_or("");
            let milliseconds = event.duration_ms.0;
            let is_new = milliseconds.is_some_and(|ms| self.session.time_call(tool, ms));
            return if is_new { Fate::Understood } else { Fate::COPY };
        }
        if name.ends_with(".api_error") {
            let text = event.error_message.filled().or(event.error.filled());
            return self.note(own, text.map(Block::text).into_iter().collect());
        }
        Fate::COPY
    }

    fn note(&mut self, own: Option<&str>, blocks: Vec<Block>) -> Fate {
        if !blocks.is_empty() {
            self.session.say(own, EventType::SystemMessage, blocks);
        }
        Fate::Understood
    }
}
