//! What a tool returned.

use crate::clip::clip;
use opensession_hail::{Attachment, Block, EventType, SessionId};
use serde_json::{Map, Value};

/// A result as it is kept.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub blocks: Vec<Block>,
    pub attachments: Vec<Attachment>,
    /// A program that ended with a code other than 0 failed too; nobody needs to say so here.
    pub is_error: bool,
    /// Of a program, where the log tells it beside the text.
    pub exit_code: Option<i64>,
    /// The unified diff of the one file that the call names, without file headers.
    pub diff: Option<String>,
    /// The changes of files that the result tells of, each with its path.
    pub changes: Vec<(EventType, Vec<Block>)>,
    /// The file was there before, or was not; `None` where the log does not say.
    pub is_new_file: Option<bool>,
    /// What a sub-agent reports at its end.
    pub summary: Option<String>,
    /// The sub-agent's name.
    pub agent: Option<String>,
    /// The session that the sub-agent has for itself.
    pub child: Option<SessionId>,
    /// The calls that a sub-agent without a log of its own made.
    pub calls: Vec<InnerCall>,
    /// The sub-agent has only been started: its end is told later.
    pub goes_on: bool,
    /// How long the call took, in milliseconds.
    pub duration: Option<u64>,
}

/// A call of a sub-agent, with what came of it.
#[derive(Debug)]
pub(crate) struct InnerCall {
    pub id: Option<String>,
    pub name: String,
    pub input: Map<String, Value>,
    pub outcome: Outcome,
}

impl Outcome {
    /// Returns the first text.
    pub(crate) fn text(&self) -> &str {
        self.blocks.iter().find_map(Block::as_text).unwrap_or("")
    }

    /// Adds a text, where it is not empty.
    pub(crate) fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.blocks.push(Block::Text { text: clip(text.to_owned()) });
        }
    }
}
