//! OpenHands: the command line tool and SDK (V1), the classic server (0.x), and what both export.
//!
//! A conversation is a folder. Of V1: `base_state.json`, which is written anew at each change and says what the model's
//! answers cost, and `events/event-<number>-<id>.json`, one for each event; those of sub-agents lie in `subagents/`.
//! The server of V1 keeps `v1_conversations/<conversation>/<id>.json`, in the order of their times. Classic:
//! `events/<number>.json` and, from 0.20 on, `metadata.json`. What is exported is one list of either kind of
//! event, in a document or on a line of its own for each conversation. Times are the machine's local ones without a
//! zone; where the log also has the same moment with one, they are put right. Not kept: the descriptions of tools in
//! system prompts, encrypted thoughts, copies of requests to the model (`LLMCompletionLogEvent`, `model_response`).

mod classic;
mod clock;
mod editing;
mod event;
mod export;
mod folder;
mod invocation;
mod known;
mod log;
mod output;
mod place;
mod side;
mod speech;

use crate::head::without_mark;
use crate::{Home, Origin, ParseError, ParseReport, Parser, Root, Sink, Source};
use folder::Folder;
use opensession_hail::Tool;
use std::path::{Path, PathBuf};

/// Reads the logs of OpenHands.
pub(crate) struct OpenHands;

const TOOL: Tool = Tool::new("openhands");

/// Variables that move all that OpenHands keeps.
const MOVED_BY: [&str; 3] = ["OPENHANDS_PERSISTENCE_DIR", "OH_PERSISTENCE_DIR", "FILE_STORE_PATH"];

impl Parser for OpenHands {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        let mut places: Vec<(PathBuf, Origin)> = MOVED_BY
            .into_iter()
            .filter_map(|name| Some((home.expand(home.var(name)?), Origin::Environment(name))))
            .collect();
        places.push((home.dir().join(".openhands"), Origin::Default));
        // What the classic server's container was told to use.
        places.push((home.dir().join(".openhands-state"), Origin::Default));
        let mut roots = Vec::new();
        if let Some(moved) = home.var("OPENHANDS_CONVERSATIONS_DIR") {
            let origin = Origin::Environment("OPENHANDS_CONVERSATIONS_DIR");
            roots.push(conversations(home.expand(moved), origin));
        }
        for (place, origin) in places {
            let canvas = place.join("agent-canvas");
            let parts = [place.clone(), place.join("cloud"), canvas.clone()];
            roots.extend(parts.map(|part| conversations(part.join("conversations"), origin)));
            roots.push(conversations(canvas.join("dev_conversations"), origin));
            roots.push(unnumbered(place.join("v1_conversations"), origin));
            roots.push(sessions(place.join("sessions"), origin).with_depth(2));
            roots.push(sessions(place.join("users"), origin).with_depth(4));
        }
        roots
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        let head = without_mark(head);
        Folder::is_named_by(path, head) || export::Shape::of(path, head).is_some()
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        match Folder::of(source)? {
            Some(folder) => folder.parse(source, out),
            None => export::parse(source, out),
        }
    }
}

/// Returns a folder of conversations of V1. Sub-agents lie in `<conversation>/subagents/<id>`, theirs below.
fn conversations(path: PathBuf, origin: Origin) -> Root {
    Root::new(path, origin, &["/base_state.json"]).with_depth(5).with_beside(|state| {
        vec![state.with_file_name("events"), state.with_file_name("meta.json")]
    })
}

/// Returns a folder of conversations of the server: the event with the system prompt stands for all.
fn unnumbered(path: PathBuf, origin: Origin) -> Root {
    let root = Root::new(path, origin, &[".json"]).with_depth(1);
    root.with_beside(|first| vec![first.parent().unwrap_or(first).to_owned()])
}

/// Returns a folder of classic conversations: the first event stands for all.
fn sessions(path: PathBuf, origin: Origin) -> Root {
    Root::new(path, origin, &["/events/0.json"]).with_beside(|first| {
        let events = first.parent().unwrap_or(first);
        vec![events.to_owned(), events.with_file_name("metadata.json")]
    })
}
