//! One session of the list: what of it is shown, and no more, so that a hundred thousand fit into memory.

use opensession_engine::hail::{SessionKey, Timestamp};
use opensession_engine::{FoundSession, SessionRow};
use std::ops::Range;

/// One session of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What names it.
    pub key: SessionKey,
    /// When it began.
    pub created_at: Timestamp,
    /// When something last happened in it.
    pub updated_at: Timestamp,
    /// Its title; empty where it has none.
    pub title: String,
    /// The folder it worked in; empty where that is not known.
    pub cwd: String,
    /// The model that answered most.
    pub model: String,
    /// Prompts.
    pub prompts: u64,
    /// Lines added.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
    /// Events.
    pub events: u64,
    /// Input and output tokens.
    pub tokens: u64,
    /// Where the words stand that were searched for.
    pub hit: Option<RowHit>,
}

/// Where words stand.
#[derive(Clone, Debug, PartialEq)]
pub struct RowHit {
    /// The event, counted from 0.
    pub ordinal: u64,
    /// The text around them.
    pub snippet: String,
    /// Where they stand in it, in bytes.
    pub marks: Vec<Range<usize>>,
}

impl Row {
    /// Returns what the list shows of a session.
    #[must_use]
    pub fn new(row: SessionRow) -> Self {
        let SessionRow { key, header, stats, .. } = row;
        Self {
            key,
            cwd: header.cwd().unwrap_or("").to_owned(),
            created_at: header.context.created_at,
            updated_at: header.context.updated_at,
            title: header.context.title.unwrap_or_default(),
            model: header.agent.model,
            prompts: stats.user_message_count,
            added: stats.lines_added,
            removed: stats.lines_removed,
            events: stats.event_count,
            tokens: stats.total_input_tokens + stats.total_output_tokens,
            hit: None,
        }
    }

    /// Returns the same of a session that was found.
    #[must_use]
    pub fn found(found: FoundSession) -> Self {
        let hit = found.hit.map(|hit| RowHit {
            ordinal: hit.ordinal,
            snippet: hit.snippet,
            marks: hit.marks,
        });
        Self { hit, ..Self::new(found.row) }
    }

    /// Returns the title, or what stands for it.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.title.is_empty() { "(no title)" } else { &self.title }
    }

    /// Returns the last part of the folder it worked in.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.cwd.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or("")
    }
}
