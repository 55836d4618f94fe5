//! `workspace-sessions/<folder>/<id>.json`: the prompts of a session of the editor, as one document. What the model did
//! stands in the logs of its executions, each of them a document in the folder that is named by the workspace's hash.

use super::conversation::Conversation;
use super::side::{self, time};
use super::{PROVIDER, TOOL, chat, location, result};
use crate::diff;
use crate::gate::Gate;
use crate::members::Known;
use crate::session::Fate;
use crate::side as beside;
use crate::transcript::{Transcript, list, path_of, value_of, word};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{EventType, SessionId, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the executions' logs: every workspace has it under this name.
const EXECUTIONS: &str = "414d1636299d2b9e4ce7e17fb11f63e9";

/// So many bytes of a log are read to find its id, and so many of a whole one.
const HEAD: u64 = 4096;
const LARGEST: u64 = 256 * 1024 * 1024;

/// So many logs of one workspace are looked at.
const LOGS: usize = 65_536;

static KNOWN: Known = Known {
    record: &["message", "executionId", "promptLogs", "contextItems", "editorState"],
    inside: &[("message", &["role", "content", "id"])],
};

/// Returns the folder with the executions of a session, so that a new one is a change; none where the list of the
/// sessions cannot be read.
pub(super) fn beside(spine: &Path) -> Vec<PathBuf> {
    let list = spine.parent().and_then(|folder| fs::read(folder.join("sessions.json")).ok());
    let list = list.and_then(|list| value_of(&list)).unwrap_or_default();
    let cwd = list
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|session| word(session, "workspaceDirectory"));
    let folder = cwd.and_then(|cwd| folder_of(spine, cwd));
    folder.map(|folder| folder.join(EXECUTIONS)).into_iter().collect()
}

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let mut transcript =
        Transcript::read(&bytes, "history").ok_or_else(|| source.foreign(TOOL.as_str()))?;
    let members = Value::Object(std::mem::take(&mut transcript.members));
    let entries = std::mem::take(&mut transcript.messages);
    let id = SessionId::from_foreign(&location::stem(source.path()));
    let mut gate = Gate::new(out, id.clone());
    let mut conversation = Conversation::begin(&mut gate, id);
    conversation.session = conversation.session.knowing(&KNOWN);
    let session = &mut conversation.session;
    session.meta.originator = Some("kiro-ide".to_owned());
    let cwd = word(&members, "workspaceDirectory").or_else(|| word(&members, "workspacePath"));
    let cwd = cwd.map(path_of).unwrap_or_default();
    session.meta.visit(&cwd);
    session.meta.model = model(&members);
    transcript.count(session);
    let mut executions = Executions::of(source.path(), &cwd)?;
    for (index, entry) in entries.iter().enumerate() {
        transcript.enter(&mut conversation.session, index);
        // Where the executions lie may be told behind the entries, and the next entry tells of what it is about.
        conversation.session.may_change |= !transcript.is_whole() || index + 1 == entries.len();
        match entry.as_ref().filter(|entry| entry.is_object()) {
            Some(entry) => {
                let next = entries.get(index + 1).and_then(Option::as_ref);
                let fate = tell(entry, next, &mut executions, &mut conversation)?;
                conversation.session.count(fate, &transcript.json(index));
            }
            None => conversation.session.keep_text(transcript.text(index)),
        }
    }
    if let Some(title) = word(&members, "title") {
        conversation.session.meta.rename(title);
    }
    Ok(transcript.report(conversation.session.finish(TOOL.as_str(), PROVIDER)))
}

fn start(execution: &Value) -> Option<Timestamp> {
    let own = execution.get("startTime").or_else(|| execution.pointer("/metadata/startTime"));
    time(own?)
}

fn model(value: &Value) -> Option<String> {
    let names = ["/modelId", "/selectedModel", "/model", "/metadata/modelId"];
    let model = names.iter().find_map(|name| value.pointer(name)?.as_str());
    model.filter(|model| !model.is_empty() && *model != "auto").map(str::to_owned)
}

fn tell(
    entry: &Value,
    next: Option<&Value>,
    executions: &mut Executions,
    conversation: &mut Conversation<'_>,
) -> Result<Fate, ParseError> {
    let message = entry.get("message").unwrap_or(&Value::Null);
    let role = word(message, "role").unwrap_or("message");
    role.clone_into(&mut conversation.session.place.raw_type);
    let own = word(message, "id");
    let content = message.get("content").unwrap_or(&Value::Null);
    match role {
        "user" => {
            let execution = next.and_then(|next| word(next, "executionId"));
            let execution = executions.load(execution.unwrap_or(""))?;
            conversation.session.set_time(execution.and_then(start));
            let pictures: Vec<Value> = content.as_array().map_or_else(Vec::new, |parts| {
                let is_picture = |part: &&Value| word(part, "type") != Some("text");
                parts.iter().filter(is_picture).cloned().collect()
            });
            conversation.ask(own, &text_of(content), &pictures);
        }
        "assistant" => {
            let id = word(entry, "executionId").unwrap_or("");
            let is_first = executions.told.insert(id.to_owned());
            match executions.load(id)?.filter(|_| is_first) {
                Some(execution) => tell_execution(id, execution, conversation),
                None => {
                    // The log may come later.
                    conversation.session.may_change |= is_first && !id.is_empty();
                    conversation.session.set_time(None);
                    let told = list(entry, "promptLogs").iter();
                    let told: Vec<&str> = told.filter_map(|log| word(log, "completion")).collect();
                    let text = if told.is_empty() { text_of(content) } else { told.join("\n\n") };
                    conversation.answer(own, &text);
                }
            }
        }
        "system" => conversation.note(own, &text_of(content)),
        _ => return Ok(Fate::Unknown),
    }
    Ok(Fate::Understood)
}

fn tell_execution(id: &str, execution: &Value, conversation: &mut Conversation<'_>) {
    let session = &mut conversation.session;
    let is_over = matches!(
        word(execution, "status"),
        Some("succeed" | "succeeded" | "aborted" | "yielded" | "failed" | "error")
    );
    let is_old = execution.pointer("/metadata/endTime").is_some();
    session.may_change |= !is_over && !is_old;
    session.group = Some(id.to_owned());
    session.model = model(execution);
    session.set_time(start(execution));
    // What older versions wrote tells the conversation before it too.
    let chat = list(execution, "chat");
    let is_prompt = |message: &Value| word(message, "role") == Some("human");
    let first = chat.iter().rposition(is_prompt).map_or(0, |prompt| prompt + 1);
    for message in chat.iter().skip(first) {
        chat::tell(message, conversation);
    }
    for (index, action) in list(execution, "actions").iter().enumerate() {
        if let Some(stamp) = action.get("emittedAt").and_then(time) {
            conversation.session.set_time(Some(stamp));
        }
        let own = word(action, "actionId").map_or_else(|| format!("{id}/{index}"), str::to_owned);
        tell_action(&own, action, conversation);
    }
    conversation.session.set_time(execution.get("endTime").and_then(time));
    let credits = list(execution, "usageSummary").iter().filter_map(side::credits).sum::<f64>();
    let session = &mut conversation.session;
    if credits > 0.0 {
        let own = format!("{id}/usage");
        let mut event = session.event(Some(&own), EventType::Custom { kind: "usage".to_owned() });
        side::set_credits(&mut event.attributes, credits);
        session.push(event);
    }
    (session.group, session.model) = (None, None);
}

/// Tells what the model said or did.
fn tell_action(own: &str, action: &Value, conversation: &mut Conversation<'_>) {
    let kind = word(action, "actionType").unwrap_or("action");
    kind.clone_into(&mut conversation.session.place.raw_type);
    let mut input = match action.get("input") {
        Some(Value::Object(input)) => input.clone(),
        _ => Map::new(),
    };
    let output = action.get("output").unwrap_or(&Value::Null);
    let (name, input) = match kind {
        "say" => return conversation.answer(Some(own), word(output, "message").unwrap_or("")),
        "displayError" => {
            return conversation.note(Some(own), word(action, "errorMessage").unwrap_or(""));
        }
        // What the editor does to find out what to do.
        "model" | "intentClassification" => return,
        "mcp" => {
            let name = word(action.get("input").unwrap_or(&Value::Null), "toolName");
            let name = name.unwrap_or("mcp").to_owned();
            (name, input.remove("toolArgs").unwrap_or_default())
        }
        "readFiles" => {
            let files = input.remove("files").unwrap_or_default();
            input.insert("operations".to_owned(), files);
            ("read_files".to_owned(), Value::Object(input))
        }
        _ => (kind.to_owned(), Value::Object(input)),
    };
    let (input, diff) = without_contents(input);
    let state = word(action, "actionState").unwrap_or("").to_lowercase();
    let has_failed =
        ["error", "fail", "reject", "abort", "cancel"].iter().any(|word| state.contains(word));
    let is_over = has_failed
        || ["success", "accept", "succeed", "complete"].iter().any(|word| state.contains(word));
    let mut input = input;
    if let Some(diff) = diff.as_ref().filter(|_| has_failed || !is_over)
        && let Some(input) = input.as_object_mut()
    {
        input.insert("diff".to_owned(), json!(diff));
    }
    conversation.call(own, &name, input);
    if is_over || !output.is_null() {
        let told =
            ["output", "response", "message", "error"].iter().find_map(|name| output.get(*name));
        let told = told.cloned().unwrap_or_else(|| output.clone());
        let mut outcome = result::of_text(&told, Some(!has_failed), None);
        outcome.diff = diff;
        let code = output.get("exitCode").and_then(Value::as_i64);
        outcome.exit_code = code.or(outcome.exit_code);
        conversation.result(own, outcome);
    }
}

/// Takes the two contents of a changed file from a call, and returns the change; a new file keeps its content.
fn without_contents(mut input: Value) -> (Value, Option<String>) {
    let mut take = |name: &str| match input.as_object_mut()?.remove(name)? {
        Value::String(text) => Some(text),
        _ => None,
    };
    let (old, new) = (take("originalContent"), take("modifiedContent"));
    let Some(new) = new else { return (input, None) };
    match old.filter(|old| !old.is_empty()) {
        Some(old) => (input, Some(diff::between(&old, &new))),
        None => {
            if let Some(input) = input.as_object_mut() {
                input.insert("content".to_owned(), json!(new));
            }
            (input, None)
        }
    }
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| word(part, "text")).collect::<Vec<_>>().join("\n\n")
        }
        _ => String::new(),
    }
}

/// Returns the folder of the workspace, beside that of the sessions.
fn folder_of(spine: &Path, cwd: &str) -> Option<PathBuf> {
    Some(spine.parent()?.parent()?.parent()?.join(chat::hash(cwd)))
}

/// The logs of what the model did in a workspace.
#[derive(Debug, Default)]
struct Executions {
    /// By the executions' ids.
    paths: HashMap<String, PathBuf>,
    /// The last one that was read.
    last: Option<(String, Value)>,
    told: HashSet<String>,
}

impl Executions {
    fn of(spine: &Path, cwd: &str) -> Result<Self, ParseError> {
        let mut files = Vec::new();
        if let Some(folder) = folder_of(spine, cwd).filter(|_| !cwd.is_empty()) {
            files = beside::list(&folder)?;
            files.extend(beside::list(&folder.join(EXECUTIONS))?);
        }
        files.truncate(LOGS);
        files.sort();
        let (logs, chats): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|path| path.extension().is_none());
        let mut chats: Vec<_> = chats
            .into_iter()
            .filter(|path| path.extension().is_some_and(|end| end == "chat"))
            // One that cannot be looked at fails when it is read.
            .map(|path| (fs::metadata(&path).map_or(0, |metadata| metadata.len()), path))
            .collect();
        // The largest version of each comes last, and logs behind what older versions wrote.
        chats.sort();
        let files = chats.into_iter().map(|(_, path)| path).chain(logs);
        let mut paths = HashMap::new();
        for path in files {
            paths.extend(beside::head(&path, HEAD)?.and_then(|head| id_of(&head)).zip(Some(path)));
        }
        Ok(Self { paths, ..Self::default() })
    }

    /// Returns the log of an execution; nothing where there is none, or none that is whole.
    fn load(&mut self, id: &str) -> Result<Option<&Value>, ParseError> {
        if self.last.as_ref().is_none_or(|(last, _)| last != id) {
            let Some(path) = self.paths.get(id) else { return Ok(None) };
            let text = beside::read(path, LARGEST)?;
            let Some(execution) = text.and_then(|text| value_of(&text)) else { return Ok(None) };
            self.last = Some((id.to_owned(), execution));
        }
        Ok(self.last.as_ref().map(|(_, execution)| execution))
    }
}

/// Returns the execution that a file is the log of; the list of them all has ids too, but is none.
fn id_of(head: &[u8]) -> Option<String> {
    let find = |mark: &[u8]| memchr::memmem::find(head, mark);
    if find(b"\"executions\"").is_some() {
        return None;
    }
    let key = b"\"executionId\"";
    let rest = head.get(find(key)? + key.len()..)?.trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    String::from_utf8(rest.get(..end)?.to_vec()).ok()
}
