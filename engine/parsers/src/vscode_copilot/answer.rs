//! What came of a request: texts, thoughts, calls, edits, notices, in the order of the screen.

use super::call;
use super::rounds::{self, Call};
use super::{text, uri};
use crate::copilot::is_edit;
use crate::session::Session;
use opensession_hail::{Block, EventType, Timestamp};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Parts of an answer that only the screen needs, or that another part says too.
const SCREEN: [&str; 28] = [
    "prepareToolInvocation",
    "undoStop",
    "codeblockUri",
    "mcpServersStarting",
    "mcpServersStartingSerialized",
    "mcpServersInteractionRequired",
    "progressMessage",
    "progressTask",
    "progressTaskSerialized",
    "progressTaskResult",
    "extensions",
    "pullRequest",
    "command",
    "treeData",
    "multiDiffData",
    "reference",
    "codeCitation",
    "usage",
    "usedContext",
    "clearToPreviousToolInvocation",
    "externalEdits",
    "move",
    "autoModeResolution",
    "voiceProgress",
    "disabledClaudeHooks",
    "elicitation",
    "elicitation2",
    "agentDetection",
];

/// Reads an answer.
pub(super) struct Answer<'t, 's> {
    pub session: &'t mut Session<'s>,
    /// What names the parts of the answer.
    pub own: String,
    /// When it was finished.
    pub ended: Option<Timestamp>,
    /// Text that is not told yet, as more of it may follow.
    text: String,
    thought: String,
    /// The files that calls changed.
    edited: HashSet<String>,
    /// By call, the parts that are calls of the sub-agent which it started.
    inner: HashMap<String, Vec<usize>>,
    /// The parts that were read ahead.
    done: HashSet<usize>,
}

impl<'t, 's> Answer<'t, 's> {
    pub(super) fn new(session: &'t mut Session<'s>, own: String, ended: Option<Timestamp>) -> Self {
        Self {
            session,
            own,
            ended,
            text: String::new(),
            thought: String::new(),
            edited: HashSet::new(),
            inner: HashMap::new(),
            done: HashSet::new(),
        }
    }

    /// Reads the parts of an answer, with the calls that the extension noted.
    pub(super) fn read(&mut self, parts: &[Value], calls: &[Call<'_>]) {
        let is_models = |part: &&Value| {
            call::is_call(kind(part)) && !call::is_internal(part) && call::parent(part).is_none()
        };
        let shown: Vec<_> = parts.iter().filter(is_models).map(call::key).collect();
        let assigned = rounds::assign(&shown, calls);
        for (index, part) in parts.iter().enumerate().filter(|(_, part)| call::is_call(kind(part)))
        {
            if let Some(parent) = call::parent(part) {
                self.inner.entry(parent.to_owned()).or_default().push(index);
            }
        }
        let mut models = assigned.iter().map(|at| at.and_then(|at| calls.get(at)));
        for (index, part) in parts.iter().enumerate() {
            let known = if is_models(&part) { models.next().flatten() } else { None };
            if !self.done.contains(&index) {
                self.read_part(parts, index, part, known);
            }
        }
        self.flush_thought();
        // The last text is the model's last word.
        let last = std::mem::take(&mut self.text);
        let taken: HashSet<usize> = assigned.iter().flatten().copied().collect();
        for (at, call) in calls.iter().enumerate() {
            if !taken.contains(&at) {
                let made = format!("{}/call-{at}", self.own);
                call::tell_hidden(self.session, call, &made);
            }
        }
        self.text = last;
        self.flush_text(true);
    }

    fn read_part(&mut self, parts: &[Value], index: usize, part: &Value, known: Option<&Call<'_>>) {
        let kind = kind(part);
        match kind {
            "thinking" => {
                self.flush_text(false);
                self.thought.push_str(&text::joined(part.get("value").unwrap_or(&Value::Null)));
                return;
            }
            "" | "markdownContent" | "markdownVuln" => {
                self.flush_thought();
                match text::of(part) {
                    Some(text) if text::is_fence(text) => self.flush_text(false),
                    Some(text) => self.text.push_str(text),
                    None if kind.is_empty() => self.keep_unknown("part", part),
                    None => {}
                }
                return;
            }
            "inlineReference" => {
                self.flush_thought();
                self.text.push_str(&text::reference(part));
                return;
            }
            _ if SCREEN.contains(&kind) => return,
            _ => {}
        }
        self.flush_thought();
        self.flush_text(false);
        match kind {
            _ if call::is_call(kind) => self.read_call(parts, index, part, known),
            "textEditGroup" | "textEdit" | "notebookEditGroup" | "notebookEdit" => {
                self.read_edit(part);
            }
            "externalEdit" => self.read_edit(part),
            "workspaceEdit" => {
                let kind = "workspaceEdit".to_owned();
                let blocks = vec![Block::json(part.clone())];
                self.session.say(Some(&self.own), EventType::ToolCall { name: kind }, blocks);
            }
            "warning"
            | "info"
            | "systemNotification"
            | "hook"
            | "confirmation"
            | "questionCarousel"
            | "elicitationSerialized" => self.notify(part),
            _ => self.keep_unknown(kind, part),
        }
    }

    /// Reads a call, with those of the sub-agent that it started.
    fn read_call(&mut self, parts: &[Value], index: usize, part: &Value, known: Option<&Call<'_>>) {
        if call::is_internal(part) && index > 0 {
            // A part of the call before it, which says the same.
            return;
        }
        let made = format!("{}/call-{index}", self.own);
        let mut behind = parts.iter().skip(index + 1);
        let next = behind.find(|part| kind(part) != "prepareToolInvocation");
        let part = &call::merged(part, next.filter(|next| call::is_internal(next)));
        let own = call::key(part).0;
        let (path, edits) = self.find_edits(parts, index, part, known);
        let id = call::open(self.session, part, known, &made, path);
        let mut inner = self.inner.remove(own).unwrap_or_default();
        inner.retain(|at| *at > index);
        if !inner.is_empty() {
            let before = (self.session.task.take(), self.session.subagent.take());
            self.session.task = Some(id.clone());
            let name =
                part.get("toolSpecificData").and_then(|data| data.get("agentName")?.as_str());
            self.session.subagent = Some(name.unwrap_or(&id).to_owned());
            for at in inner {
                if self.done.insert(at)
                    && let Some(part) = parts.get(at)
                {
                    let made = format!("{}/call-{at}", self.own);
                    let id = call::open(self.session, part, None, &made, None);
                    call::answer(self.session, &id, part, None, None);
                }
            }
            (self.session.task, self.session.subagent) = before;
        }
        call::answer(self.session, &id, part, known, edits.as_ref());
    }

    /// Returns which file a call changed, as its changes stand behind it, and these where they say more than its input.
    fn find_edits(
        &mut self,
        parts: &[Value],
        index: usize,
        part: &Value,
        known: Option<&Call<'_>>,
    ) -> (Option<String>, Option<Value>) {
        let (_, name) = call::key(part);
        let name = known.map_or(name, |call| call.name);
        if !is_edit(name) {
            return (None, None);
        }
        let behind = parts.iter().enumerate().skip(index + 1);
        let mut groups =
            behind.take_while(|(_, part)| !call::is_call(kind(part)) || call::is_internal(part));
        let found = groups.find(|(_, part)| kind(part) == "textEditGroup");
        let path = found.and_then(|(_, group)| group.get("uri")).and_then(uri::path);
        let (Some((at, group)), Some(path)) = (found, path) else { return (None, None) };
        let says_all = known.is_some_and(|call| {
            let is_part = matches!(name, "insert_edit_into_file" | "edit_notebook_file");
            !call.input.is_empty() && !is_part
        });
        self.edited.insert(path.clone());
        self.done.insert(at);
        let edits = group.get("edits").filter(|_| !says_all).cloned();
        (Some(path), edits)
    }

    /// Reads changes of a file; a call before them most often says them too.
    fn read_edit(&mut self, part: &Value) {
        let Some(path) = part.get("uri").and_then(uri::path) else {
            return self.keep_unknown("textEditGroup", part);
        };
        if self.edited.contains(&path) {
            return;
        }
        let event_type = match part.get("editKind").and_then(Value::as_str) {
            Some("create") => EventType::FileCreate { path },
            Some("delete") => EventType::FileDelete { path },
            // What was there before is not told.
            _ => EventType::FileEdit { path, diff: None },
        };
        let edits = part.get("edits").or(part.get("diff")).unwrap_or(part);
        let blocks = vec![Block::json(edits.clone())];
        self.session.set_time(None);
        self.session.say(Some(&self.own), event_type, blocks);
    }

    /// Reads what the tool says by itself.
    fn notify(&mut self, part: &Value) {
        let texts = ["title", "content", "message", "stopReason", "systemMessage"];
        let texts = texts.iter().filter_map(|key| text::of(part.get(*key)?));
        let mut blocks: Vec<Block> =
            texts.filter(|text| !text.trim().is_empty()).map(Block::text).collect();
        // What a person answered.
        for key in ["questions", "data", "acceptedResult"] {
            blocks.extend(part.get(key).filter(|value| !value.is_null()).cloned().map(Block::json));
        }
        if !blocks.is_empty() {
            self.session.set_time(None);
            self.session.say(Some(&self.own), EventType::SystemMessage, blocks);
        }
    }

    /// Keeps a part of unknown kind.
    fn keep_unknown(&mut self, kind: &str, part: &Value) {
        *self.session.report.fields.entry(format!("response.{kind}")).or_insert(0) += 1;
        let kind = kind.to_owned();
        self.session.set_time(None);
        let blocks = vec![Block::json(part.clone())];
        self.session.say(Some(&self.own), EventType::Custom { kind }, blocks);
    }

    fn flush_thought(&mut self) {
        let thought = std::mem::take(&mut self.thought);
        if !thought.trim().is_empty() {
            self.session.set_time(None);
            let blocks = vec![Block::text(thought)];
            self.session.say(Some(&self.own), EventType::Thinking, blocks);
        }
    }

    /// Sends the text so far; the last one was told when the answer was finished.
    fn flush_text(&mut self, is_last: bool) {
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.session.set_time(self.ended.filter(|_| is_last));
            let blocks = vec![Block::text(text)];
            self.session.say(Some(&self.own), EventType::AgentMessage, blocks);
        }
    }
}

fn kind(part: &Value) -> &str {
    part.get("kind").and_then(Value::as_str).unwrap_or("")
}
