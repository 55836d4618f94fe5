//! Amp: one JSON document a thread, written anew with each change, and the same document from `amp threads export`.
//!
//! Messages are those of Anthropic's API; what a run of a tool came to (`run`) stands in the message after its call. An
//! answer that still streams or whose price is not told yet may change, as may the results of an interrupted answer
//! until the next one; threads that are edited are cut off and go on from there. Not kept: signatures and encrypted
//! thoughts, what the editor showed (`userState`), messages and drafts that wait to be sent, inputs as they were before
//! the tool made them good, traces, and credits.

mod image;
mod ledger;
mod message;
mod run;
mod thread;
mod tools;

use crate::gate::Gate;
use crate::head::{holds, without_mark};
use crate::members::Known;
use crate::session::Session;
use crate::transcript::Transcript;
use crate::{Home, Origin, Os, ParseError, ParseReport, Parser, Root, Sink, Source, editors};
use ledger::Ledger;
use message::Reader;
use opensession_hail::{SessionId, Tool};
use std::path::{Path, PathBuf};

const TOOL: Tool = Tool::new("amp");

const SUFFIXES: &[&str] = &[".json"];

static KNOWN: Known = Known {
    record: &[
        "role",
        "content",
        "id",
        "messageId",
        "dtwMessageID",
        "protocolMessageID",
        "parentToolUseId",
        "parentToolUseID",
        "state",
        "usage",
        "model",
        "meta",
        "source",
        "agentMode",
        "userState",
        "fileMentions",
        "discoveredGuidanceFiles",
        "originalToolUseInput",
        "nativeMessage",
        "interrupted",
        "cancelled",
        "readAt",
        "turnElapsedMs",
        "~debug",
    ],
    inside: &[
        ("state", &["type", "stopReason", "error"]),
        ("meta", &["sentAt", "fromAggman", "fromExecutorThreadID", "openAIResponsePhase"]),
    ],
};

/// Reads Amp's threads.
pub(crate) struct Amp;

impl Parser for Amp {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        let mut roots = Vec::new();
        let mut add = |path: PathBuf, origin| {
            // Exports and cloned threads may lie one folder deeper.
            roots.push(Root::new(path, origin, SUFFIXES).with_depth(1));
        };
        if let Some(moved) = home.var("AMP_THREADS_DIR") {
            add(home.expand(moved), Origin::Environment("AMP_THREADS_DIR"));
        }
        for name in ["AMP_DATA_DIR", "AMP_DATA_HOME", "AMP_HOME"] {
            // A list with commas between.
            for moved in home.var(name).into_iter().flat_map(|list| list.split(',')) {
                let moved = home.expand(moved.trim());
                // `AMP_DATA_HOME` stands for the folder of all programs' data.
                if name == "AMP_DATA_HOME" {
                    add(moved.join("amp/threads"), Origin::Environment(name));
                }
                add(moved.join("threads"), Origin::Environment(name));
            }
        }
        let moved_by = |name| match home.var(name) {
            Some(_) => Origin::Environment(name),
            None => Origin::Default,
        };
        add(home.data_dir().join("amp/threads"), moved_by("XDG_DATA_HOME"));
        if home.os() == Os::Windows {
            let folders = [("LOCALAPPDATA", "AppData/Local"), ("APPDATA", "AppData/Roaming")];
            for (name, default) in folders {
                add(home.dir_or(name, default).join("amp/threads"), moved_by(name));
            }
        }
        for (folder, origin) in editors::user_folders(home) {
            add(folder.join("globalStorage/sourcegraph.amp/threads3"), origin);
        }
        roots
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        let head = without_mark(head).trim_ascii_start();
        let has = |mark: &str| holds(head, mark);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_named = name.starts_with("T-")
            || ["\"id\":\"T-", "\"id\": \"T-"].into_iter().any(has)
            // Where the id comes behind messages that are long.
            || has("\"messageId\"") && has("\"agentMode\"");
        // Files of another sort, beside threads or made from them, lack one of these.
        head.starts_with(b"{") && is_named && has("\"messages\"") && has("\"role\"")
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        let bytes = source.whole()?;
        let mut transcript =
            Transcript::read(&bytes, "messages").ok_or_else(|| source.foreign(TOOL.as_str()))?;
        let members = std::mem::take(&mut transcript.members);
        let messages = std::mem::take(&mut transcript.messages);
        let id = SessionId::from_foreign(&thread::id(&members, source.path()));
        let mut gate = Gate::new(out, id.clone());
        let mut session = Session::new(&mut gate, tools::describe).knowing(&KNOWN);
        session.begin(|| id);
        thread::read(&members, &mut session);
        transcript.count(&mut session);
        let ledger = Ledger::read(&members, &messages);
        let mut reader = Reader::new(&messages, ledger, transcript.is_whole());
        for (index, message) in messages.iter().enumerate() {
            transcript.enter(&mut session, index);
            match message.as_ref().filter(|message| message.is_object()) {
                Some(message) => reader.read(&mut session, message, index, &transcript.json(index)),
                None => session.keep_text(transcript.text(index)),
            }
        }
        reader.finish(&mut session);
        Ok(transcript.report(session.finish(TOOL.as_str(), "")))
    }
}
