//! What searches and the index print.

use super::{SCHEMA, SessionView};
use opensession_engine::{Found, FoundSession, IndexStatus, Role};
use serde::Serialize;
use std::path::Path;

/// A page of sessions that were found.
#[derive(Serialize)]
pub(crate) struct PageView<'f> {
    schema: u32,
    sessions: Vec<FoundView<'f>>,
    /// Where the next page begins.
    next: Option<String>,
}

/// A session that was found.
#[derive(Serialize)]
pub(crate) struct FoundView<'f> {
    #[serde(flatten)]
    session: SessionView<'f>,
    hit: Option<HitView<'f>>,
}

#[derive(Serialize)]
struct HitView<'f> {
    event: &'f str,
    /// Its place among the session's events, from 0.
    ordinal: u64,
    role: &'static str,
    snippet: &'f str,
    /// Where the words stand in the snippet: first byte, and the one behind the last.
    marks: Vec<(usize, usize)>,
}

impl<'f> FoundView<'f> {
    /// Returns the view of a session that was found.
    pub(crate) fn of(found: &'f FoundSession) -> Self {
        let hit = found.hit.as_ref().map(|hit| HitView {
            event: hit.event.as_str(),
            ordinal: hit.ordinal,
            role: match hit.role {
                Role::User => "user",
                Role::Assistant => "assistant",
                Role::Tool => "tool",
            },
            snippet: &hit.snippet,
            marks: hit.marks.iter().map(|mark| (mark.start, mark.end)).collect(),
        });
        Self { session: SessionView::new(&found.row), hit }
    }

    /// Returns the view of a page.
    pub(crate) fn page(found: &'f Found) -> PageView<'f> {
        PageView {
            schema: SCHEMA,
            sessions: found.sessions.iter().map(Self::of).collect(),
            next: found.next.map(|next| next.to_string()),
        }
    }
}

/// What the index holds.
#[derive(Serialize)]
pub(crate) struct IndexView<'i> {
    schema: u32,
    path: &'i Path,
    bytes_on_disk: u64,
    sessions: u64,
    event_bytes: u64,
    branches: u64,
    unread: u64,
}

impl<'i> IndexView<'i> {
    /// Returns the view of the index at `path`, which takes `size` bytes.
    pub(crate) const fn new(path: &'i Path, size: u64, status: &IndexStatus) -> Self {
        Self {
            schema: SCHEMA,
            path,
            bytes_on_disk: size,
            sessions: status.sessions,
            event_bytes: status.bytes,
            branches: status.sources,
            unread: status.unread,
        }
    }
}
