//! What a call returned, as its `state` tells it.

use super::invocation::is_task;
use super::message::{Part, millis, text, time};
use super::speech::file;
use super::stored::Object;
use crate::codex::patch;
use crate::diff;
use crate::session::Outcome;
use opensession_hail::{Block, EventType, SessionId, Timestamp};
use serde_json::Value;

/// What a `tool` part tells of a call.
pub(super) struct State<'p> {
    part: &'p Object,
    state: &'p Object,
    name: &'p str,
}

impl<'p> State<'p> {
    /// Returns what the part tells; early tests of other tools have the state's members in the part.
    pub(super) fn of(part: &'p Part) -> Self {
        let state = part.data.get("state").and_then(Value::as_object).unwrap_or(&part.data);
        let name = text(&part.data, "tool").filter(|name| !name.is_empty()).unwrap_or("unknown");
        Self { part: &part.data, state, name }
    }

    pub(super) fn name(&self) -> &'p str {
        self.name
    }

    /// Returns the id that the model gave the call.
    pub(super) fn call_id(&self) -> Option<&'p str> {
        text(self.part, "callID").filter(|id| !id.is_empty())
    }

    /// Returns what the tool was called with; what is no object stands under `input`.
    pub(super) fn input(&self) -> Object {
        match self.state.get("input") {
            Some(Value::Object(input)) => input.clone(),
            None | Some(Value::Null) => Object::new(),
            Some(other) => std::iter::once(("input".to_owned(), other.clone())).collect(),
        }
    }

    pub(super) fn started(&self) -> Option<Timestamp> {
        time(self.state.get("time")?, &["start", "ran", "created"])
    }

    pub(super) fn ended(&self) -> Option<Timestamp> {
        time(self.state.get("time")?, &["end", "completed"])
    }

    /// Returns the session that a sub-agent has for itself.
    pub(super) fn child(&self) -> Option<SessionId> {
        let named = |key: &str| self.metadata()?.get(key)?.as_str();
        let id = named("sessionId").or(named("sessionID")).filter(|_| is_task(self.name))?;
        Some(SessionId::from_foreign(id))
    }

    /// Returns what came of the call; `None` while it runs.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        let status = text(self.state, "status").or(text(self.part, "state"));
        if matches!(status, Some("pending" | "running" | "streaming")) {
            return None;
        }
        let mut outcome = Outcome {
            is_error: status == Some("error") || self.name == "invalid",
            exit_code: self.metadata().and_then(|told| millis(told.get("exit")?)),
            child: self.child(),
            duration: self.duration(),
            ..Outcome::default()
        };
        for key in ["output", "error"] {
            match self.state.get(key) {
                None | Some(Value::Null) => {}
                Some(Value::String(said)) => outcome.push_text(said),
                Some(other) => outcome.blocks.push(Block::json(other.clone())),
            }
        }
        if outcome.blocks.is_empty()
            && let Some(shown) = self.metadata().and_then(|told| told.get("output")?.as_str())
        {
            outcome.push_text(shown);
        }
        let attached = self.state.get("attachments").and_then(Value::as_array);
        for attached in attached.into_iter().flatten().filter_map(Value::as_object) {
            let (block, attachment) = file(attached);
            outcome.blocks.push(block);
            outcome.attachments.extend(attachment);
        }
        if is_task(self.name) {
            let status = self.metadata().and_then(|told| told.get("status")?.as_str());
            outcome.goes_on = status == Some("running");
            outcome.summary = report(outcome.text());
        }
        self.read_changes(&mut outcome);
        Some(outcome)
    }

    fn metadata(&self) -> Option<&'p Value> {
        self.state.get("metadata")
    }

    fn duration(&self) -> Option<u64> {
        let took = self.ended()?.as_millis().checked_sub(self.started()?.as_millis())?;
        u64::try_from(took).ok()
    }

    /// Reads what the call changed in files.
    fn read_changes(&self, outcome: &mut Outcome) {
        let told = self.metadata().unwrap_or(&Value::Null);
        let files = told.get("files").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if matches!(self.name, "apply_patch" | "patch") {
            let input = self.state.get("input");
            let text = input.and_then(|input| input.get("patchText")?.as_str()).unwrap_or("");
            outcome.changes = changes(text, files);
            return;
        }
        let existed = told.get("exists").or(told.get("existed")).and_then(Value::as_bool);
        let status = files.first().and_then(|file| file.get("status")?.as_str());
        outcome.is_new_file = existed.map(|existed| !existed).or(status.map(|it| it == "added"));
        let many = told.get("results").and_then(Value::as_array);
        outcome.diff = match many {
            Some(edits) if self.name == "multiedit" => {
                Some(edits.iter().filter_map(file_diff).collect::<String>())
            }
            _ => file_diff(told).or_else(|| files.first().and_then(file_diff)),
        };
        outcome.diff = outcome.diff.take().filter(|diff| !diff.is_empty());
    }
}

/// Returns the diff that `told` has of one file: from the whole texts where it has them, as the tool takes the
/// indentation that all lines share out of its own.
fn file_diff(told: &Value) -> Option<String> {
    let texts = told.get("filediff").unwrap_or(told);
    let of = |value: &Value, key: &str| Some(value.get(key)?.as_str()?.to_owned());
    if let (Some(before), Some(after)) = (of(texts, "before"), of(texts, "after")) {
        return Some(diff::between(&before, &after));
    }
    let patch = of(told, "diff").or(of(texts, "patch")).or(of(texts, "diff"))?;
    Some(diff::without_head(&patch))
}

/// Returns the changes of a patch: as the result tells them, else as the patch itself does.
fn changes(patch_text: &str, files: &[Value]) -> Vec<(EventType, Vec<Block>)> {
    let asked = patch::changes(patch_text).unwrap_or_default();
    let added = |path: &str| {
        asked.iter().find_map(|change| match &change.action {
            patch::Action::Add(content) if path.ends_with(&change.path) => Some(content.clone()),
            _ => None,
        })
    };
    let mut changes = Vec::new();
    for file in files {
        let of = |key: &str| file.get(key).and_then(Value::as_str);
        let Some(path) = of("filePath").or(of("file")).map(str::to_owned) else { continue };
        let diff = file_diff(file).filter(|diff| !diff.is_empty());
        match of("type").or(of("status")) {
            Some("add" | "added") => {
                let content = added(&path).or(of("after").map(str::to_owned));
                let block = Block::File { path: path.clone(), content };
                changes.push((EventType::FileCreate { path }, vec![block]));
            }
            Some("delete" | "deleted") => {
                changes.push((EventType::FileDelete { path }, Vec::new()));
            }
            _ => changes.push(edit(path, diff, of("movePath"))),
        }
    }
    if changes.is_empty() {
        changes.extend(asked.into_iter().map(asked_change));
    }
    changes
}

/// Returns what a patch asks for in one file.
fn asked_change(change: patch::FileChange) -> (EventType, Vec<Block>) {
    let patch::FileChange { path, move_to, action } = change;
    match action {
        patch::Action::Add(content) => {
            let block = Block::File { path: path.clone(), content: Some(content) };
            (EventType::FileCreate { path }, vec![block])
        }
        patch::Action::Delete => (EventType::FileDelete { path }, Vec::new()),
        patch::Action::Update(diff) => {
            let diff = Some(diff).filter(|diff| !diff.is_empty());
            edit(path, diff, move_to.as_deref())
        }
    }
}

fn edit(path: String, diff: Option<String>, target: Option<&str>) -> (EventType, Vec<Block>) {
    let moved = target.map(|target| Block::json(serde_json::json!({"move_to": target})));
    (EventType::FileEdit { path, diff }, moved.into_iter().collect())
}

/// Returns what a sub-agent reports, without what the tool puts around it.
fn report(output: &str) -> Option<String> {
    let inside = |open: &str, close: &str| {
        let (_, behind) = output.split_once(open)?;
        behind.rsplit_once(close).map(|(report, _)| report)
    };
    let report = inside("<task_result>", "</task_result>");
    let report = report.or_else(|| Some(inside("<subagent ", "</subagent>")?.split_once('>')?.1));
    let report = report.or_else(|| Some(output.split_once("\n\n<task_metadata>")?.0));
    let report = report.unwrap_or(output).trim();
    (!report.is_empty()).then(|| report.to_owned())
}
