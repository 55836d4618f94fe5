//! `<workspace>/<execution>.chat`: what older versions of the editor wrote of each execution, as one document.
//!
//! What the editor put in front of a conversation stands there as if it had been said. No message has a time; calls are
//! not told, but what they returned.

use super::conversation::Conversation;
use super::side::time;
use super::{PROVIDER, TOOL, location, prompt};
use crate::gate::Gate;
use crate::members::Known;
use crate::session::Fate;
use crate::transcript::{Transcript, load, word};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{Block, EventType, SessionId, repair};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;

/// What the editor lets the model say to its instructions.
const CONSENT: &str = "I will follow these instructions";

static KNOWN: Known = Known { record: &["role", "content"], inside: &[] };

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let bytes = load(source)?;
    let foreign = || ParseError::Foreign { path: source.path().to_owned(), tool: TOOL.as_str() };
    let mut transcript = Transcript::read(&bytes, "chat").ok_or_else(foreign)?;
    let members = Value::Object(std::mem::take(&mut transcript.members));
    let messages = std::mem::take(&mut transcript.messages);
    let stem = location::stem(source.path());
    let id = SessionId::from_foreign(word(&members, "executionId").unwrap_or(&stem));
    let mut gate = Gate::new(out, id.clone());
    let mut conversation = Conversation::begin(&mut gate, id);
    conversation.session = conversation.session.knowing(&KNOWN);
    let session = &mut conversation.session;
    session.meta.originator = Some("kiro-ide".to_owned());
    session.meta.visit(&folder_of(source.path()).unwrap_or_default());
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
                conversation.session.count(fate, transcript.json(index));
            }
            None => conversation.session.keep_text(transcript.text(index)),
        }
    }
    Ok(transcript.report(conversation.session.finish(TOOL.as_str(), PROVIDER)))
}

fn tell(message: &Value, conversation: &mut Conversation<'_>) -> Fate {
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

/// Returns the folder that the editor worked in: that of the log is named by its hash, and the lists of the sessions
/// beside it name the folders.
fn folder_of(log: &Path) -> Option<String> {
    let hash = log.parent()?.file_name()?.to_str()?;
    let lists = log.parent()?.parent()?.join("workspace-sessions");
    let lists = std::fs::read_dir(lists).ok()?.flatten();
    lists.take(4096).find_map(|folder| {
        let list = std::fs::read(folder.path().join("sessions.json")).ok()?;
        let list = serde_json::from_str::<Value>(&repair(&list)).ok()?;
        let folders =
            list.as_array()?.iter().filter_map(|session| word(session, "workspaceDirectory"));
        folders.map(str::to_owned).find(|folder| is_hash(folder, hash))
    })
}

/// Returns whether the beginning of the folder's hash is this.
fn is_hash(folder: &str, hash: &str) -> bool {
    let bytes = Sha256::digest(folder.as_bytes());
    let own: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hash.len() == 32 && own.starts_with(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_known_by_its_hash() {
        assert!(is_hash("/src", "56c9e1c4b5360a5b089004396ed37fe3"));
        assert!(!is_hash("/src", ""));
    }
}
