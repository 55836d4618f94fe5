//! What the events of a session say was written: to which file, from which folder it is seen, and how much of it.

use crate::place::is_absolute;
use opensession_hail::{Block, Event, EventType};
use serde_json::Value;
use std::collections::HashSet;

/// What an event says of one file.
pub(crate) struct Written<'e> {
    /// As the event has it.
    pub path: &'e str,
    /// What a relative path is relative to.
    pub folder: Option<&'e str>,
    /// The call that did it.
    pub call: Option<&'e str>,
    /// Whether the file was deleted.
    pub is_deletion: bool,
    /// What was written.
    pub text: Text<'e>,
}

/// How much an event says of what was written.
pub(crate) enum Text<'e> {
    /// A unified diff.
    Diff(&'e str),
    /// All that is in the file.
    Whole(&'e str),
    /// Nothing.
    Unknown,
}

/// Reads the events of a session for what they write.
///
/// Parsers make an edit that failed, was refused or was never answered a `ToolCall`. Of other tools' sessions, an edit
/// whose result is an error counts for none; one without any result counts, because not every tool writes results.
/// What a rewind took back counts: it says nothing about the files.
pub(crate) struct Writer {
    folder: Option<String>,
    failed: HashSet<String>,
    /// The folder that the first event of a call names, for the call's other events.
    call: Option<(String, String)>,
}

impl Writer {
    /// Returns what reads a session that works in `folder`.
    pub(crate) fn new(folder: Option<&str>) -> Self {
        Self { folder: folder.map(str::to_owned), failed: HashSet::new(), call: None }
    }

    /// Passes what the next event writes to `each`: nothing, a file, or both names of one that it moves.
    pub(crate) fn read(&mut self, event: &Event, mut each: impl FnMut(Written<'_>)) {
        let whole = |event| content(event).map_or(Text::Unknown, Text::Whole);
        let (path, is_deletion, text) = match &event.event_type {
            EventType::ToolResult { is_error: true, .. } => {
                self.failed.extend(event.call_id().map(str::to_owned));
                return;
            }
            EventType::FileEdit { path, diff: Some(diff) } => (path, false, Text::Diff(diff)),
            EventType::FileEdit { path, diff: None } | EventType::FileCreate { path } => {
                (path, false, whole(event))
            }
            EventType::FileDelete { path } => (path, true, Text::Unknown),
            _ => return,
        };
        let call = event.call_id();
        let folder = self.folder_of(event, call);
        let folder = folder.as_deref();
        match member(event, "move_to") {
            Some(target) => {
                let gone = Text::Unknown;
                each(Written { path, folder, call, is_deletion: true, text: gone });
                each(Written { path: target, folder, call, is_deletion: false, text });
            }
            None => each(Written { path, folder, call, is_deletion, text }),
        }
    }

    /// Returns whether the result of a call was an error. To be asked when the session was read to its end.
    pub(crate) fn has_failed(&self, call: Option<&str>) -> bool {
        call.is_some_and(|call| self.failed.contains(call))
    }

    /// Returns the folder that the paths of an event are relative to. Codex names one for each call, in its first
    /// event: `workdir`, and `cd <folder>` where the patch stood in a command.
    fn folder_of(&mut self, event: &Event, call: Option<&str>) -> Option<String> {
        let (workdir, command) = (member(event, "workdir"), member(event, "command"));
        let cd = command.and_then(|command| command.strip_prefix("cd "));
        if workdir.is_none() && cd.is_none() {
            let known = self.call.as_ref().filter(|(id, _)| Some(id.as_str()) == call);
            return known.map(|(_, folder)| folder.clone()).or_else(|| self.folder.clone());
        }
        let parts =
            [self.folder.as_deref(), workdir, cd.map(|cd| cd.trim_matches(['"', '\'', ' ']))];
        let mut folder = String::new();
        for part in parts.into_iter().flatten() {
            if is_absolute(part) || part.contains(':') {
                folder.clear();
            } else if !folder.is_empty() {
                folder.push('/');
            }
            folder.push_str(part);
        }
        self.call = call.map(|call| (call.to_owned(), folder.clone()));
        Some(folder)
    }
}

/// Returns what was written to the file, where the event holds all of it.
fn content(event: &Event) -> Option<&str> {
    let file = event.content.blocks.iter().find_map(|block| match block {
        Block::File { content, .. } => content.as_deref(),
        _ => None,
    });
    file.or_else(|| member(event, "content"))
}

/// Returns the text `key` of what the event keeps of its call's input.
fn member<'e>(event: &'e Event, key: &str) -> Option<&'e str> {
    event.content.blocks.iter().find_map(|block| match block {
        Block::Json { data } => data.get(key).and_then(Value::as_str),
        _ => None,
    })
}
