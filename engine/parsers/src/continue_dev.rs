//! Continue: one JSON document a session, of the extensions for Visual Studio Code and JetBrains, of the command line
//! tool (`cn`), and of PearAI, which was made from it.
//!
//! A document is written anew at each change; a call, its state and its output stand in the item of the answer, which
//! changes as long as the tool runs. Nothing has a time: a session has that of its creation, which the index beside it
//! (`sessions.json`) tells. Not kept: what the editor showed of a prompt (`editorState`), prompts as they were sent
//! (`promptLogs`, which tell the model), files as they were before and after an edit, rules by name, encrypted thoughts.

mod calls;
mod index;
mod item;
mod tools;
mod usage;

use crate::gate::Gate;
use crate::head::{holds, without_mark};
use crate::members::Known;
use crate::session::Session;
use crate::transcript::{Transcript, path_of};
use crate::{Home, Origin, ParseError, ParseReport, Parser, Root, Sink, Source};
use item::Reader;
use opensession_hail::{SessionId, Tool};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

const TOOL: Tool = Tool::new("continue");

const SUFFIXES: &[&str] = &[".json"];

/// Titles of sessions that have none yet.
const NO_TITLES: [&str; 2] = ["New Session", "Untitled Session"];

static KNOWN: Known = Known {
    record: &[
        "message",
        "contextItems",
        "editorState",
        "modifiers",
        "promptLogs",
        "toolCallState",
        "toolCallStates",
        "isGatheringContext",
        "reasoning",
        "appliedRules",
        "conversationSummary",
        "checkpoint",
        "isBeforeCheckpoint",
    ],
    inside: &[(
        "message",
        &[
            "id",
            "role",
            "content",
            "toolCalls",
            "toolCallId",
            "usage",
            "metadata",
            "signature",
            "redactedThinking",
            "reasoning_details",
        ],
    )],
};

/// Reads Continue's sessions.
pub(crate) struct Continue;

impl Parser for Continue {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        let root = |folder: PathBuf, origin| {
            Root::new(folder.join("sessions"), origin, SUFFIXES).with_depth(0)
        };
        let mut roots = Vec::new();
        if let Some(moved) = home.var("CONTINUE_GLOBAL_DIR") {
            roots.push(root(home.expand(moved), Origin::Environment("CONTINUE_GLOBAL_DIR")));
        }
        // Repositories hold one where it is their container's home.
        let homes = std::iter::once(home.dir());
        for folder in homes.chain(home.repositories().iter().map(PathBuf::as_path)) {
            roots.push(root(folder.join(".continue"), Origin::Default));
        }
        roots.push(root(home.dir().join(".pearai"), Origin::Default));
        roots
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        let head = without_mark(head).trim_ascii_start();
        let has = |mark: &str| holds(head, mark);
        let marks = ["\"sessionId\"", "\"workspaceDirectory\"", "\"history\""];
        // Kiro keeps the spines of its sessions in the same shape.
        let is_kiros = path.components().any(|part| part.as_os_str() == "workspace-sessions");
        head.starts_with(b"{") && marks.into_iter().all(has) && !is_kiros
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        let bytes = source.whole()?;
        let mut transcript =
            Transcript::read(&bytes, "history").ok_or_else(|| source.foreign(TOOL.as_str()))?;
        let members = std::mem::take(&mut transcript.members);
        let items = std::mem::take(&mut transcript.messages);
        let name = name(&members, source.path());
        let id = SessionId::from_foreign(&name);
        let mut gate = Gate::new(out, id.clone());
        let mut session = Session::new(&mut gate, tools::describe).knowing(&KNOWN);
        session.begin(|| id);
        read_members(&members, &mut session);
        let created = index::created(source.path(), &name)?;
        session.meta.started = created;
        session.set_time(created);
        transcript.count(&mut session);
        let mut reader = Reader::new(&items);
        for (index, item) in items.iter().enumerate() {
            if reader.is_unwritten(index) {
                reader.leave_out(&mut session);
                continue;
            }
            transcript.enter(&mut session, index);
            match item.as_ref().filter(|item| item.is_object()) {
                Some(item) => reader.read(&mut session, item, index, &transcript.json(index)),
                None => session.keep_text(transcript.text(index)),
            }
        }
        reader.finish(&mut session, members.get("usage").unwrap_or(&Value::Null));
        Ok(transcript.report(session.finish(TOOL.as_str(), "")))
    }
}

/// Returns what the session is called: as it says, else as its file.
fn name(members: &Map<String, Value>, path: &Path) -> String {
    let own = members.get("sessionId").and_then(Value::as_str).filter(|id| !id.is_empty());
    own.map_or_else(
        || path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        str::to_owned,
    )
}

/// Reads the facts for the header.
fn read_members(members: &Map<String, Value>, session: &mut Session<'_>) {
    let text = |key: &str| members.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let title = text("title").filter(|title| !NO_TITLES.contains(title));
    title.into_iter().for_each(|title| session.meta.rename(title));
    session.meta.visit(&path_of(text("workspaceDirectory").unwrap_or("")));
    session.meta.model = text("chatModelTitle").map(str::to_owned);
}
