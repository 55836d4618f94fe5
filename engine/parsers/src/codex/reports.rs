//! What the screen was told about calls: second copies of what the model's stream says, with exit codes, times and
//! diffs that it lacks; and the only trace of calls that other calls made.

use super::conversation::Conversation;
use super::image::Image;
use super::invocation::{Invocation, Sort};
use super::output::Output;
use super::patch::{Action, FileChange};
use super::record::{Payload, milliseconds};
use super::shell::command_line;
use super::twins::{Saying, Stream};
use crate::diff::holds;
use crate::lenient::{Flag, Text, string, value};
use crate::session::Fate;
use opensession_hail::{Block, EventType};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl Conversation<'_> {
    /// Reads that a program ended.
    pub(super) fn read_program_end(&mut self, payload: &Payload<'_>, id: Option<&str>) -> Fate {
        let duration_ms = payload.duration.and_then(milliseconds);
        let exit_code = payload.exit_code.0;
        let known = id.and_then(|id| self.calls.get(id));
        if let Some(call) = known.filter(|call| !call.is_answered) {
            for ticket in &call.tickets {
                let Some(event) = self.outbox.waiting(*ticket) else {
                    continue;
                };
                event.duration_ms = duration_ms;
                if let EventType::ShellCommand { exit_code: known, .. } = &mut event.event_type {
                    *known = exit_code;
                }
            }
            return Fate::Understood;
        }
        if known.is_some_and(|call| call.has_ended) {
            return Fate::COPY;
        }
        let source = payload.source.and_then(string);
        if source.is_some_and(|source| matches!(&*source, "user_shell" | "userShell")) {
            // A command that the user ran: a message says it all.
            return Fate::COPY;
        }
        let mut output = Output::read(payload.aggregated_output, false);
        output.is_error = exit_code.is_some_and(|code| code != 0);
        let name = known.map_or("exec_command", |call| call.name.as_str()).to_owned();
        if known.is_none() {
            let command = payload.command.and_then(|raw| command_line(&value(raw)));
            let command = command.unwrap_or_default();
            let event_type = EventType::ShellCommand { command, exit_code };
            let mut event = self.invocation(id, &name, "shell", event_type, Vec::new());
            event.duration_ms = duration_ms;
            let cwd = payload.cwd.filled().map(|cwd| ("cwd".to_owned(), cwd.into()));
            event.content.blocks.extend(cwd.map(|cwd| Block::json(Map::from_iter([cwd]))));
            self.push(event);
        }
        // A program that ran on in the background: its call was answered before it ended.
        self.push_result(id, name, output);
        Fate::Understood
    }

    /// Reads which files a patch changed, and whether it could.
    pub(super) fn read_patch_end(&mut self, payload: &Payload<'_>, id: Option<&str>) -> Fate {
        let success = payload.success.map(|raw| raw.get());
        let has_failed = success == Some("false");
        let changes = payload.changes.map(read_changes).unwrap_or_default();
        if let Some(call) = id.and_then(|id| self.calls.get_mut(id)) {
            if call.is_answered {
                return Fate::COPY;
            }
            call.has_failed |= has_failed;
            call.has_succeeded |= success == Some("true");
            for ticket in &call.tickets {
                let Some(event) = self.outbox.waiting(*ticket) else {
                    continue;
                };
                if let EventType::FileEdit { path, diff } = &mut event.event_type
                    && let Some(better) = changes.iter().find_map(|change| change.diff_of(path))
                {
                    let own = diff.replace(better.to_owned()).unwrap_or_default();
                    // The report has one line around each change: the patch may have more.
                    if !own.is_empty() && !holds(better, &own) {
                        event.content.blocks.push(Block::json(json!({ "patch": own })));
                    }
                }
            }
            return Fate::Understood;
        }
        if has_failed || changes.is_empty() {
            let name = "apply_patch".to_owned();
            let data = payload.changes.map(|raw| Block::json(value(raw)));
            let event_type = EventType::ToolCall { name };
            let blocks = data.into_iter().collect();
            let event = self.invocation(id, "apply_patch", "file_write", event_type, blocks);
            self.push(event);
            return Fate::Understood;
        }
        for (event_type, blocks) in Invocation::of_changes(changes) {
            let event = self.invocation(id, "apply_patch", "file_write", event_type, blocks);
            self.push(event);
        }
        Fate::Understood
    }

    /// Reads the answer of an MCP server.
    pub(super) fn read_mcp_end(&mut self, payload: &Payload<'_>, id: Option<&str>) -> Fate {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Call<'a> {
            #[serde(borrow)]
            server: Text<'a>,
            #[serde(borrow)]
            tool: Text<'a>,
            #[serde(borrow)]
            arguments: Option<&'a RawValue>,
        }
        let duration_ms = payload.duration.and_then(milliseconds);
        if let Some(call) = id.and_then(|id| self.calls.get_mut(id)) {
            let result = payload.result.map(Output::read_mcp);
            call.has_failed |= result.is_some_and(|result| result.is_error);
            for ticket in &call.tickets {
                if let Some(event) = self.outbox.waiting(*ticket) {
                    event.duration_ms = duration_ms;
                }
            }
            return Fate::COPY;
        }
        let call = payload.invocation.map(|raw| serde_json::from_str(raw.get()));
        // Without a readable call, the result still names its id.
        let call: Call<'_> = call.and_then(Result::ok).unwrap_or_default();
        let part = |text: &Text<'_>| text.filled().unwrap_or("unknown").to_owned();
        let name = format!("mcp__{}__{}", part(&call.server), part(&call.tool));
        let blocks = call.arguments.map(|raw| Block::json(value(raw)));
        let blocks = blocks.into_iter().collect();
        let event_type = EventType::ToolCall { name: name.clone() };
        let mut event = self.invocation(id, &name, "other", event_type, blocks);
        event.duration_ms = duration_ms;
        self.push(event);
        if let Some(result) = payload.result {
            self.push_result(id, name, Output::read_mcp(result));
        }
        Fate::Understood
    }

    /// Reads a web search, from either stream.
    pub(super) fn read_search(
        &mut self,
        stream: Stream,
        payload: &Payload<'_>,
        id: Option<&str>,
    ) -> Fate {
        let action = match payload.action.map(value) {
            Some(Value::Object(action)) => action,
            _ => Map::new(),
        };
        let query = payload.query.filled().map(str::to_owned);
        let invocation = Invocation::of_web(action, query);
        let mut fate = Fate::COPY;
        for (event_type, blocks) in invocation.events {
            let said = match &event_type {
                EventType::WebSearch { query } => query.as_str(),
                EventType::WebFetch { url } => url.as_str(),
                _ => "",
            };
            if self.twins.is_first(stream, Saying::Search, said) {
                let event = self.invocation(id, "web_search", "web", event_type, blocks);
                self.push(event);
                fate = Fate::Understood;
            }
        }
        let results = payload.results.filter(|raw| !matches!(raw.get(), "[]" | "null"));
        if let Some(results) = results {
            let mut output = Output::default();
            output.push_json(results);
            self.push_result(id, "web_search".to_owned(), output);
            fate = Fate::Understood;
        }
        fate
    }

    /// Reads an image that the model made, from either stream.
    pub(super) fn read_image(
        &mut self,
        stream: Stream,
        payload: &Payload<'_>,
        id: Option<&str>,
    ) -> Fate {
        if id.is_some_and(|id| !self.twins.is_first(stream, Saying::Image, id)) {
            return Fate::COPY;
        }
        let prompt = payload.revised_prompt.filled().unwrap_or("").to_owned();
        let event_type = EventType::ImageGenerate { prompt };
        let name = "image_generation";
        let mut event = self.invocation(id, name, "other", event_type, Vec::new());
        if let Some(base64) = payload.result.and_then(string).filter(|text| !text.is_empty()) {
            let mut output = Output::default();
            output.push_image(Image::from_base64(&base64, "image/png"));
            event.content.blocks = output.blocks;
            self.attach(output.attachments);
        }
        self.push(event);
        Fate::Understood
    }

    /// Reads that the model looked at an image file.
    pub(super) fn read_image_view(&mut self, payload: &Payload<'_>) -> Fate {
        let id = payload.call_id();
        if id.is_some_and(|id| self.calls.get(id).is_some()) {
            return Fate::COPY;
        }
        let path = payload.path.filled().unwrap_or("").to_owned();
        let event_type = EventType::FileRead { path };
        let event = self.invocation(id, "view_image", "file_read", event_type, Vec::new());
        self.push(event);
        Fate::Understood
    }

    /// Reads a call of a tool that the client brought, and its result.
    pub(super) fn read_client_call(&mut self, payload: &Payload<'_>) -> Fate {
        let id = payload.call_id();
        if id.is_some_and(|id| self.calls.get(id).is_some()) {
            return Fate::COPY;
        }
        let name = payload.tool.filled().unwrap_or("unknown").to_owned();
        self.open_call(id, &name, super::calls::input(payload), true);
        Fate::Understood
    }

    /// Reads the result of a tool that the client brought.
    pub(super) fn read_client_result(&mut self, payload: &Payload<'_>) -> Fate {
        let id = payload.call_id();
        if id.is_some_and(|id| self.calls.get(id).is_some_and(|call| !call.on_screen)) {
            return Fate::COPY;
        }
        let mut output = Output::read(payload.content_items, false);
        let success = payload.success.map(|raw| serde_json::from_str::<Flag>(raw.get()));
        output.is_error |= matches!(success, Some(Ok(Flag(false))));
        if let Some(error) = payload.error.and_then(string) {
            output.push_text(error.into_owned());
        }
        self.answer(id, output);
        Fate::Understood
    }

    /// Reads what the screen was told about a sub-agent; returns whether a call says the same.
    pub(super) fn read_agent_report(&mut self, payload: &Payload<'_>) -> bool {
        let Some(call) = payload.call_id().and_then(|id| self.calls.get(id)) else {
            return false;
        };
        if let Some(agent) = payload.new_thread_id.filled().filter(|_| call.sort == Sort::Task) {
            for ticket in &call.tickets {
                if let Some(event) = self.outbox.waiting(*ticket) {
                    super::calls::name_agent(event, agent);
                }
            }
        }
        true
    }
}

impl FileChange {
    /// The diff, where the change is an edit of `path`, which may be given relative to its folder.
    fn diff_of(&self, path: &str) -> Option<&str> {
        let is_same = self
            .path
            .strip_suffix(path)
            .is_some_and(|folder| folder.is_empty() || folder.ends_with(['/', '\\']));
        match &self.action {
            Action::Update(diff) if is_same && !diff.is_empty() => Some(diff),
            _ => None,
        }
    }
}

/// Reads `{path: {type, content | unified_diff, move_path}}`.
fn read_changes(raw: &RawValue) -> Vec<FileChange> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Change {
        Add {
            #[serde(default)]
            content: String,
        },
        Update {
            #[serde(default)]
            unified_diff: String,
            move_path: Option<String>,
        },
        Delete,
    }
    // Another shape names no file.
    let changes: BTreeMap<String, Change> = serde_json::from_str(raw.get()).unwrap_or_default();
    let change = |(path, change)| {
        let (action, move_to) = match change {
            Change::Add { content } => (Action::Add(content), None),
            Change::Update { unified_diff, move_path } => (Action::Update(unified_diff), move_path),
            Change::Delete => (Action::Delete, None),
        };
        FileChange { path, move_to, action }
    };
    changes.into_iter().map(change).collect()
}
