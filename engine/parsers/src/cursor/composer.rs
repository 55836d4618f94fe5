//! What is known of a conversation beside its bubbles: its own value, and what the tables of conversations say.

use super::field::{inner, time};
use super::rows::Rows;
use super::workspace::path_of;
use crate::ParseError;
use crate::items;
use crate::transcript::{list, value_of, word};
use opensession_hail::Timestamp;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// How a conversation stands whose turn is over.
const OVER: [&str; 8] =
    ["completed", "aborted", "cancelled", "canceled", "error", "failed", "done", "interrupted"];

/// A capability of this type holds the tool calls of the first versions.
const TOOLS: u64 = 15;

/// What is known of a conversation.
#[derive(Debug, Default)]
pub(super) struct Composer {
    /// Its own value, what the table says, and what the older list says: what the first lacks the next may have.
    told: [Value; 3],
    /// Its own value as it is stored; nothing where it has none, or NULL.
    pub bytes: Option<Vec<u8>>,
}

/// A bubble in the conversation's order.
#[derive(Debug)]
pub(super) struct Entry {
    /// The bubble's name; empty for some of those that are inside the conversation's value.
    pub id: String,
    /// 1 for a person's, 2 for the model's; 0 where the order does not say.
    pub speaker: u64,
    /// The bubble itself, where it is inside the conversation's value.
    pub bytes: Option<Vec<u8>>,
}

impl Composer {
    /// Reads what the database says of a conversation.
    pub(super) fn find(
        rows: &Rows,
        id: &str,
        listed: &HashMap<String, Value>,
    ) -> Result<Self, ParseError> {
        let bytes = rows.value(&format!("composerData:{id}"))?.flatten();
        let own = bytes.as_deref().and_then(value_of).unwrap_or_default();
        let head = rows.head(id)?.as_deref().and_then(value_of).unwrap_or_default();
        let listed = listed.get(id).cloned().unwrap_or_default();
        Ok(Self { told: [own, head, listed], bytes })
    }

    /// Returns a conversation that is one value.
    pub(super) fn of_value(value: Value, bytes: Vec<u8>) -> Self {
        Self { told: [value, Value::Null, Value::Null], bytes: Some(bytes) }
    }

    fn find_map<'s, T>(&'s self, find: impl Fn(&'s Value) -> Option<T>) -> Option<T> {
        self.told.iter().find_map(find)
    }

    /// Returns whether the conversation's own value could be read.
    pub(super) fn is_readable(&self) -> bool {
        self.told.first().is_some_and(Value::is_object)
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.find_map(|told| word(told, "name").or_else(|| word(told, "chatTitle")))
    }

    pub(super) fn created(&self) -> Option<Timestamp> {
        self.find_map(|told| time(told, "createdAt").or_else(|| time(told, "lastSendTime")))
    }

    pub(super) fn model(&self) -> Option<&str> {
        self.find_map(|told| word(told.get("modelConfig")?, "modelName"))
    }

    /// Returns the folder, as far as the conversation tells it itself.
    pub(super) fn folder(&self) -> Option<String> {
        let workspace = self.find_map(|told| folder_of(told.get("workspaceIdentifier")?));
        let repository = || self.find_map(|told| word(first(told, "trackedGitRepos")?, "repoPath"));
        workspace.or_else(|| repository().map(path_of))
    }

    /// Returns the name of the workspace's folder among those of the editor.
    pub(super) fn workspace(&self) -> Option<&str> {
        self.find_map(|told| word(told.get("workspaceIdentifier")?, "id"))
    }

    pub(super) fn branch(&self) -> Option<&str> {
        let tracked =
            |told| word(first(first(told, "trackedGitRepos")?, "branches")?, "branchName");
        self.find_map(|told| word(told, "createdOnBranch").or_else(|| tracked(told)))
    }

    /// Returns the conversation that started this one.
    pub(super) fn parent(&self) -> Option<&str> {
        self.find_map(|told| word(told.get("subagentInfo")?, "parentComposerId"))
    }

    /// Returns the call by which the parent started this conversation.
    pub(super) fn parent_call(&self) -> Option<&str> {
        self.find_map(|told| word(told.get("subagentInfo")?, "toolCallId"))
    }

    /// Returns the conversations that this one started.
    pub(super) fn children(&self) -> Vec<&str> {
        let lists = self.told.iter().flat_map(|told| list(told, "subagentComposerIds"));
        lists.filter_map(Value::as_str).collect()
    }

    /// Returns whether the model is at work: what it says may still change.
    pub(super) fn is_generating(&self) -> bool {
        let status = self.find_map(|told| word(told, "status"));
        status == Some("generating")
            || self.told.iter().any(|told| !list(told, "generatingBubbleIds").is_empty())
    }

    /// Returns whether the last turn has ended, so that nothing under way gets a result any more.
    pub(super) fn is_over(&self) -> bool {
        let status = self.find_map(|told| word(told, "status"));
        !self.is_generating() && status.is_some_and(|status| OVER.contains(&status))
    }

    /// Returns the bubbles in order: those that the conversation's value holds, else those that it names.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let Some(own) = self.told.first() else { return Vec::new() };
        let inline = self.inline();
        let is_bubble = |it: &Entry| it.bytes.as_ref().is_some_and(|bytes| bytes.starts_with(b"{"));
        if inline.iter().any(is_bubble) {
            return inline;
        }
        let map = own.get("conversationMap");
        let headers = list(own, "fullConversationHeadersOnly").iter();
        headers
            .filter_map(|header| {
                let id = header.get("bubbleId")?.as_str()?;
                let inside = map.and_then(|map| map.get(id)).filter(|bubble| bubble.is_object());
                let bytes = inside.map(|bubble| bubble.to_string().into());
                Some(Entry { id: id.to_owned(), speaker: speaker(header), bytes })
            })
            .collect()
    }

    /// Returns the bubbles that are inside the conversation's value, each as it is stored.
    fn inline(&self) -> Vec<Entry> {
        let Some(bytes) = &self.bytes else { return Vec::new() };
        let key = |key: &str| items::read(bytes, key).filter(|found| !found.items.is_empty());
        let Some(document) = key("conversation").or_else(|| key("bubbles")) else {
            return Vec::new();
        };
        let entry = |bytes: &[u8]| {
            let bubble = value_of(bytes).unwrap_or_default();
            let id = word(&bubble, "bubbleId").or_else(|| word(&bubble, "id")).unwrap_or("");
            Entry { id: id.to_owned(), speaker: speaker(&bubble), bytes: Some(bytes.to_vec()) }
        };
        document.items.iter().map(|item| entry(item.bytes)).collect()
    }

    /// Returns the tool calls that the first versions kept beside the bubbles, by the bubbles' names.
    pub(super) fn calls(&self) -> Map<String, Value> {
        let Some(own) = self.told.first() else { return Map::new() };
        let has_tools = |it: &&Value| it.get("type").and_then(Value::as_u64) == Some(TOOLS);
        let tools = list(own, "capabilities").iter().find(has_tools);
        let data = tools.and_then(|tools| tools.get("data")).unwrap_or(own);
        match inner(data, "bubbleDataMap") {
            Value::Object(calls) => calls,
            _ => Map::new(),
        }
    }
}

/// Returns who speaks in a bubble, by its number or, in the chat panel, its word.
pub(super) fn speaker(bubble: &Value) -> u64 {
    match bubble.get("type") {
        Some(Value::String(word)) if word == "user" || word == "1" => 1,
        Some(Value::String(word)) if word == "ai" || word == "assistant" || word == "2" => 2,
        Some(number) => number.as_u64().unwrap_or(0),
        None => 0,
    }
}

fn first<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    list(value, key).first()
}

/// Returns the folder of a workspace: `{id, uri: {fsPath, path, external}}`, or the folder with its `configPath`.
fn folder_of(workspace: &Value) -> Option<String> {
    let path = |uri: &Value| match uri {
        Value::String(uri) => Some(path_of(uri)),
        uri => word(uri, "fsPath").or_else(|| word(uri, "path")).map(str::to_owned),
    };
    let folder = workspace.get("uri").and_then(path);
    folder.or_else(|| {
        let config = path(workspace.get("configPath")?)?;
        let (folder, _) = config.rsplit_once(['/', '\\'])?;
        Some(folder.to_owned())
    })
}
