//! `<workspace>/<execution>.chat`: what older versions of the editor wrote of each execution, as one document.
//!
//! What the editor put in front of a conversation stands there as if it had been said. No message has a time; calls are
//! not told, but what they returned.

use super::conversation::Conversation;
use super::side::time;
use super::{PROVIDER, TOOL, location, prompt};
use crate::gate::Gate;
use crate::head::holds;
use crate::members::Known;
use crate::session::Fate;
use crate::side;
use crate::transcript::{Transcript, value_of, word};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{Block, EventType, SessionId};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What the editor lets the model say to its instructions.
const CONSENT: &str = "I will follow these instructions";

/// In so many bytes the id of a document stands.
const HEAD: u64 = 4096;

/// A larger file is not searched.
const LARGEST: u64 = 256 * 1024 * 1024;

static KNOWN: Known = Known { record: &["role", "content"], inside: &[] };

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let mut transcript =
        Transcript::read(&bytes, "chat").ok_or_else(|| source.foreign(TOOL.as_str()))?;
    let members = Value::Object(std::mem::take(&mut transcript.members));
    let messages = std::mem::take(&mut transcript.messages);
    let stem = location::stem(source.path());
    let id = word(&members, "executionId").unwrap_or(&stem);
    let reason = if has_larger(source.path(), id)? {
        Some("older copy")
    } else {
        is_in_session(source.path(), id)?.then_some("told by its session")
    };
    if let Some(reason) = reason {
        let mut report = ParseReport::default();
        (0..=messages.len()).for_each(|_| report.drop(reason));
        return Ok(transcript.report(report));
    }
    let id = SessionId::from_foreign(id);
    let mut gate = Gate::new(out, id.clone());
    let mut conversation = Conversation::begin(&mut gate, id);
    conversation.session = conversation.session.knowing(&KNOWN);
    let session = &mut conversation.session;
    session.meta.originator = Some("kiro-ide".to_owned());
    session.meta.visit(&folder_of(source.path())?.unwrap_or_default().0);
    let metadata = members.get("metadata").unwrap_or(&Value::Null);
    let model = word(metadata, "modelId").filter(|model| *model != "auto");
    session.meta.model = model.map(str::to_owned);
    let start = metadata.get("startTime").and_then(time);
    session.meta.started = start;
    session.set_time(start);
    session.set_time(None);
    if let Some(end) = metadata.get("endTime").and_then(time) {
        session.meta.touch(end);
    }
    // The times stand behind the messages.
    session.may_change = !transcript.is_whole();
    transcript.count(session);
    for (index, message) in messages.iter().enumerate() {
        transcript.enter(&mut conversation.session, index);
        match message.as_ref().filter(|message| message.is_object()) {
            Some(message) => {
                let fate = tell(message, &mut conversation);
                conversation.session.count(fate, &transcript.json(index));
            }
            None => conversation.session.keep_text(transcript.text(index)),
        }
    }
    Ok(transcript.report(conversation.session.finish(TOOL.as_str(), PROVIDER)))
}

pub(super) fn tell(message: &Value, conversation: &mut Conversation<'_>) -> Fate {
    let role = word(message, "role").unwrap_or("message");
    role.clone_into(&mut conversation.session.place.raw_type);
    let text = match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
            texts.collect::<Vec<_>>().join("\n\n")
        }
        _ => return Fate::Unknown,
    };
    match role {
        "human" | "user" => conversation.ask(None, &text, &[]),
        "bot" | "assistant" if text.trim_start().starts_with(CONSENT) => {
            conversation.note(None, &text);
        }
        "bot" | "assistant" => conversation.answer(None, &text),
        "tool" if !text.trim().is_empty() => {
            let result = EventType::Custom { kind: "tool_result".to_owned() };
            conversation.session.say(None, result, vec![Block::text(text)]);
        }
        "system" => conversation.note(None, prompt::split(&text).1),
        "tool" => {}
        _ => return Fate::Unknown,
    }
    Fate::Understood
}

/// Returns the folder that the editor worked in, and that of its sessions: the folder of the log is named by the hash,
/// and the lists of the sessions beside it name the folders; one that is no JSON names none.
fn folder_of(log: &Path) -> Result<Option<(String, PathBuf)>, ParseError> {
    let Some(workspace) = log.parent() else { return Ok(None) };
    let hash = workspace.file_name().unwrap_or_default().to_string_lossy();
    let lists = workspace.with_file_name("workspace-sessions");
    for folder in side::list(&lists)?.into_iter().take(4096) {
        let list = side::read(&folder.join("sessions.json"), LARGEST)?.unwrap_or_default();
        let list = value_of(&list).unwrap_or_default();
        let mut folders = list.as_array().into_iter().flatten();
        let own = folders.find_map(|session| {
            word(session, "workspaceDirectory").filter(|folder| is_hash(folder, &hash))
        });
        if let Some(own) = own {
            return Ok(Some((own.to_owned(), folder)));
        }
    }
    Ok(None)
}

/// Returns whether a session of the workspace has the execution.
fn is_in_session(log: &Path, id: &str) -> Result<bool, ParseError> {
    let Some((_, folder)) = folder_of(log)? else { return Ok(false) };
    let name = format!("\"{id}\"");
    for spine in side::list(&folder)? {
        if spine.file_name().is_some_and(|name| name != "sessions.json") {
            let text = side::read(&spine, LARGEST)?.unwrap_or_default();
            if holds(&text, &name) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns whether the beginning of the folder's hash is this.
fn is_hash(folder: &str, name: &str) -> bool {
    hash(folder) == name
}

/// Returns the name of the folder that the editor keeps for a workspace.
pub(super) fn hash(folder: &str) -> String {
    let bytes = Sha256::digest(folder.as_bytes());
    bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Returns whether a larger version of the same document lies beside this one: the editor writes it again and again,
/// each time under another name.
fn has_larger(log: &Path, id: &str) -> Result<bool, ParseError> {
    // A size that is not known counts as none: what cannot be looked at cannot be told either.
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let own = (size(log), log.to_owned());
    // One that was not written where it says it is has none.
    if own.0 == 0 {
        return Ok(false);
    }
    for path in side::list(log.parent().unwrap_or(log))? {
        if path.extension().is_some_and(|end| end == "chat") && (size(&path), path.clone()) > own {
            let head = side::head(&path, HEAD)?.unwrap_or_default();
            if holds(&head, format!("\"{id}\"")) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_not_passed_over() {
        let log = Path::new("\0/workspace/a.chat");
        assert!(is_in_session(log, "a").is_err());
    }

    #[test]
    fn a_folder_is_known_by_its_hash() {
        assert!(is_hash("/src", "56c9e1c4b5360a5b089004396ed37fe3"));
        assert!(!is_hash("/src", ""));
    }
}
