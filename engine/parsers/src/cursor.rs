//! Cursor, in the two places where the editor keeps conversations.
//!
//! `state.vscdb`, one for the user and one for each workspace, is a table of keys and JSON values. Since 2025 the user's
//! has all conversations: `composerData:<id>` says what a conversation is and in which order its bubbles stand, and
//! each `bubbleId:<id>:<bubble>` is a message, a thought or a tool call with its result. Before, a conversation was
//! one value with all its bubbles, in the user's database or in the workspace's, and the chat panel had another of its
//! own. A session's records are its bubbles, as bubbles are written once; what is changed all the time, the
//! conversation's own value, is not among them.
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
mod rows;
mod tool;
mod workspace;

use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source};
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

    fn keeps_for_days(&self, _home: &Home) -> Option<u32> {
        None
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        location::is_editor(path, head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        editor::parse(source, out)
    }
}
