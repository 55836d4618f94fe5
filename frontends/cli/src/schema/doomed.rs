//! Sessions that are forgotten.

use opensession_engine::Doomed;
use opensession_engine::hail::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A session that is forgotten, or would be.
#[derive(Serialize)]
pub(crate) struct DoomedView<'d> {
    id: &'d str,
    key: &'d str,
    tool: &'d str,
    title: Option<&'d str>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    events: Option<u64>,
    versions: usize,
    links: usize,
    stores: &'d BTreeSet<PathBuf>,
    remotes: &'d BTreeSet<String>,
}

impl<'d> DoomedView<'d> {
    /// Returns the view of a session.
    pub(crate) fn new(doomed: &'d Doomed) -> Self {
        let row = doomed.row.as_ref();
        let context = row.map(|row| &row.header.context);
        Self {
            id: doomed.key.id(),
            key: doomed.key.as_str(),
            tool: doomed.key.tool(),
            title: context.and_then(|context| context.title.as_deref()),
            created_at: context.map(|context| context.created_at),
            updated_at: context.map(|context| context.updated_at),
            events: row.map(|row| row.stats.event_count),
            versions: doomed.versions,
            links: doomed.links,
            stores: &doomed.git_dirs,
            remotes: &doomed.remotes,
        }
    }
}
