//! Cursor: what its editor and its command line tool keep of conversations.
//!
//! `state.vscdb`, one for the user and one for each workspace, is a table of keys and JSON values. Since 2025 the user's
//! has all conversations: `composerData:<id>` says what a conversation is and in which order its bubbles stand, and
//! each `bubbleId:<id>:<bubble>` is a message, a thought or a tool call with its result. Before, a conversation was
//! one value with all its bubbles, in the user's database or in the workspace's, and the chat panel had another of its
//! own. A session's records are its bubbles, as bubbles are written once; what is changed all the time, the
//! conversation's own value, is not among them.
//!
//! The command line tool has a database for each conversation, `chats/<workspace>/<id>/store.db` ([`store`]).
//!
//! Since 2026 the agent also writes transcripts, `projects/<project>/agent-transcripts/<id>.jsonl`, and before that plain
//! text (`.txt`); of a conversation that a database has they tell nothing ([`twin`]).
//!
//! Not kept: snapshots of files (`checkpointId:`, `codeBlockDiff:`, `ofsContent:`), the context that was sent with a
//! request (`messageRequestContext:`), the protocol's copies of the messages (`agentKv:`), bubbles that a person took
//! back, lists of prompts (`aiService.prompts`), signatures of thoughts.

mod bubble;
mod call;
mod chat;
mod composer;
mod conversation;
mod edit;
mod editor;
mod field;
mod known;
mod location;
mod log;
mod message;
mod node;
mod picture;
mod project;
mod prompt;
mod rows;
mod script;
mod store;
mod tool;
mod twin;
mod workspace;

use crate::gate::Gate;
use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source, records, sqlite};
use log::Log;
use opensession_hail::Tool;
use std::path::Path;

/// Reads what Cursor keeps.
pub(crate) struct Cursor;

const TOOL: Tool = Tool::new("cursor");

/// Runs the models of which nothing says who does.
const PROVIDER: &str = "cursor";

impl Parser for Cursor {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        location::roots(home)
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        location::is_editor(path, head)
            || location::is_store(path, head)
            || location::is_lines(path, head)
            || location::is_script(path, head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        let head = source.head()?;
        if location::is_store(source.path(), &head) {
            return store::parse(source, out);
        }
        if sqlite::is_database(&head) {
            return editor::parse(source, out);
        }
        let origin = location::origin(source.path());
        let is_script = location::is_script(source.path(), &head);
        let name = source.path().file_stem().unwrap_or_default().to_string_lossy();
        if twin::is_in_database(source, &name)? {
            let mut report = ParseReport::default();
            report.drop("transcript of a conversation in a database");
            return Ok(report);
        }
        let mut gate = Gate::new(out, origin.id.clone());
        if is_script {
            let last_words = twin::last_words(source.path());
            return script::parse(source, &mut gate, origin, last_words.as_deref());
        }
        let mut log = Log::new(&mut gate, origin);
        let extent = records::read(source, &mut log)?;
        extent.close(log.finish(), source, TOOL.as_str())
    }
}
