//! What the tool notes: where a session begins and ends, which model is at work, compactions, errors, its own state.

use super::log::Log;
use super::record::{Data, Record};
use crate::session::{Fate, Tokens};
use opensession_hail::{Block, EventType, SessionId, Timestamp};
use std::collections::BTreeMap;

/// Kinds about the tool's state and its screen. What persons answer to them stands in results of calls.
const STATE: [&str; 26] = [
    "session.idle",
    "session.mode_changed",
    "session.mode_notice_delivered",
    "session.permissions_changed",
    "session.session_limits_changed",
    "session.plan_changed",
    "session.todos_changed",
    "session.workspace_file_changed",
    "session.snapshot_rewind",
    "session.context_cleared",
    "session.completion_receipt",
    "session.schedule_created",
    "session.schedule_cancelled",
    "session.schedule_rearmed",
    "session.autopilot_objective_changed",
    "session.truncation",
    "session.usage_checkpoint",
    "session.usage_info",
    "session.compaction_start",
    "session.remote_steerable_changed",
    "assistant.turn_end",
    "assistant.intent",
    "subagent.selected",
    "subagent.deselected",
    "subagent.configured",
    "tool_search.activated",
];

/// What the kinds begin with that are all about the tool's state.
const STATE_FAMILIES: [&str; 19] = [
    "permission.",
    "user_input.",
    "elicitation.",
    "sampling.",
    "mcp.",
    "mcp_app.",
    "command.",
    "external_tool.",
    "exit_plan_mode.",
    "auto_mode_switch.",
    "session_limits_exhausted.",
    "pending_messages.",
    "commands.",
    "capabilities.",
    "model.",
    "session.managed_settings",
    "session.fusion_",
    "session.canvas.",
    "factory.",
];

impl Log<'_> {
    /// Reads a line that is neither speech nor a call.
    pub(super) fn read_notice(&mut self, kind: &str, record: &Record<'_>, data: &Data<'_>) -> Fate {
        let own = record.id.filled();
        match kind {
            "session.start" | "session.resume" | "session.context_changed" => self.read_start(data),
            "session.import_legacy" => self.import(data),
            "session.model_change" => {
                self.choose_model(data.new_model.filled());
                Fate::Understood
            }
            "session.auto_mode_resolved" => {
                self.choose_model(data.chosen_model.filled());
                Fate::Understood
            }
            "assistant.turn_start" => {
                if self.session.subagent.is_none() {
                    self.choose_model(data.model.filled());
                }
                Fate::STATE
            }
            "session.title_changed" => {
                self.session.meta.rename(data.title.filled().unwrap_or(""));
                Fate::Understood
            }
            "system.message" => match data.content.filled() {
                // It is the same in each turn.
                Some(text) if !self.is_new_text(text) => Fate::COPY,
                text => {
                    self.guess_place(text.and_then(place_in));
                    self.note(own, text)
                }
            },
            "session.info" => {
                if data.info_type.as_str() == Some("folder_trust") {
                    self.guess_place(data.message.as_str().and_then(trusted_in));
                }
                self.note(own, data.message.filled())
            }
            "system.notification" | "skill.invoked" => self.note(own, data.content.filled()),
            "session.warning" | "session.error" => self.note(own, data.message.filled()),
            "abort" => self.note(own, Some(data.reason.filled().unwrap_or("aborted"))),
            "session.handoff" => self.note(own, data.summary.filled()),
            // The call of the tool of that name says it too.
            "session.task_complete" => Fate::COPY,
            "session.compaction_complete" => self.read_compaction(own, data),
            "session.shutdown" => self.read_end(own, data),
            "assistant.usage" => {
                let model = self.session.model.clone().unwrap_or_default();
                let request = data.api_call_id.filled();
                self.session.owed = self.ledger.add(request, &model, data.tokens());
                self.session.flush_tokens(own);
                Fate::Understood
            }
            "session.binary_asset" => self.read_asset(data),
            _ if kind.starts_with("hook.") => Fate::Dropped("hook"),
            _ if STATE.contains(&kind)
                || STATE_FAMILIES.iter().any(|family| kind.starts_with(family)) =>
            {
                Fate::STATE
            }
            // Of a stream: other lines say it whole.
            _ if record.ephemeral.0 => Fate::Dropped("ephemeral"),
            _ => Fate::Unknown,
        }
    }

    /// Reads where and with what a session begins or goes on. Most often nothing that ran before goes on.
    fn read_start(&mut self, data: &Data<'_>) -> Fate {
        let goes_on = data.continue_pending_work.0 || data.session_was_active.0;
        if self.session.place.raw_type != "session.context_changed" && !goes_on {
            self.session.settle_calls();
        }
        if let Some(parent) = data.detached_from_spawning_parent_session_id.filled() {
            self.session.meta.parent = Some(SessionId::from_foreign(parent).as_str().to_owned());
            self.session.meta.is_auxiliary = true;
        }
        if let Some(version) = data.copilot_version.filled() {
            self.session.meta.version = Some(version.to_owned());
        }
        if self.session.meta.started.is_none() {
            let start = data.start_time.as_str();
            self.session.meta.started = start.and_then(Timestamp::parse);
        }
        self.choose_model(data.selected_model.filled());
        self.visit(data);
        Fate::Understood
    }

    /// Reads what stands in place of the conversation from now on.
    fn read_compaction(&mut self, own: Option<&str>, data: &Data<'_>) -> Fate {
        if let Some(usage) = &data.compaction_tokens_used.0 {
            let model = usage.model.filled().map(str::to_owned).or(self.session.model.take());
            self.session.owed =
                self.ledger.add(None, model.as_deref().unwrap_or(""), usage.tokens());
            self.session.model = model;
        }
        let error = data.failure();
        let fate = self.note(own, data.summary_content.filled().or(error.as_deref()));
        self.session.flush_tokens(own);
        fate
    }

    /// Reads what a session came to when it was ended.
    fn read_end(&mut self, own: Option<&str>, data: &Data<'_>) -> Fate {
        self.session.settle_calls();
        let mut sums: BTreeMap<String, Tokens> = BTreeMap::new();
        for (model, metric) in data.model_metrics.0.iter().flatten() {
            let usage = metric.0.as_ref().and_then(|metric| metric.usage.0.as_ref());
            if let Some(usage) = usage {
                sums.insert(model.clone(), usage.tokens());
            }
        }
        if let Some(details) = data.token_details.0.as_ref().filter(|_| sums.is_empty()) {
            let model = data.current_model.filled().unwrap_or("").to_owned();
            sums.insert(model, details.tokens());
        }
        if self.model.is_none() {
            self.choose_model(data.current_model.filled());
        }
        if sums.is_empty() {
            return Fate::Understood;
        }
        let is_marked = data.events_file_size_bytes.0.is_some();
        for (model, tokens) in self.ledger.end(sums, is_marked) {
            self.session.model = Some(model).filter(|model| !model.is_empty());
            self.session.owed = tokens;
            self.session.flush_tokens(own);
        }
        Fate::Understood
    }

    /// Reads a picture that stands once, and is shown by name.
    fn read_asset(&mut self, data: &Data<'_>) -> Fate {
        let block = self.image(data.bytes.filled(), data.mime_type.filled());
        if let (Some(id), Some(block)) = (data.asset_id.filled(), block) {
            self.assets.insert(id.to_owned(), block);
            return Fate::Understood;
        }
        Fate::Dropped("no picture")
    }

    pub(super) fn note(&mut self, own: Option<&str>, text: Option<&str>) -> Fate {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            let text = crate::clip::clip(text.to_owned());
            self.session.say(own, EventType::SystemMessage, vec![Block::Text { text }]);
        }
        Fate::Understood
    }
}

/// Returns the folder that a prompt of the system names.
pub(super) fn place_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("Current working directory: ")?;
    rest.lines().next().map(str::trim).filter(|cwd| cwd.len() > 1)
}

/// Returns the folder that a notice says is trusted now: the tool asks of the one that it is started in.
pub(super) fn trusted_in(message: &str) -> Option<&str> {
    message.strip_prefix("Folder ")?.strip_suffix(" has been added to trusted folders.")
}
