//! What `sync --json` and `pull --json` print.

use crate::schema::SCHEMA;
use opensession_engine::{Agreement, Leaving, Publicity, Sharing, SyncReport};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a sync did.
#[derive(Serialize)]
pub(crate) struct SyncView {
    schema: u32,
    remote: String,
    sent: usize,
    received: usize,
    forgotten: usize,
    forks: Vec<String>,
    /// How often somebody else was faster.
    raced: u32,
    tip: Option<String>,
}

impl SyncView {
    pub(crate) fn new(sharing: &Sharing<'_>, report: &SyncReport) -> Self {
        let SyncReport { received, forgotten, sent, forks, raced, tip } = report;
        Self {
            schema: SCHEMA,
            remote: sharing.remote().to_string(),
            sent: *sent,
            received: *received,
            forgotten: *forgotten,
            forks: forks.iter().map(ToString::to_string).collect(),
            raced: *raced,
            tip: tip.map(|tip| tip.to_string()),
        }
    }
}

/// What a sync would send.
#[derive(Serialize)]
pub(crate) struct LeavingView<'l> {
    schema: u32,
    remote: String,
    addresses: Vec<String>,
    agreed: bool,
    /// `null` where it is not known.
    public: Option<bool>,
    sessions: u64,
    first_day: Option<String>,
    last_day: Option<String>,
    tools: &'l BTreeMap<String, u64>,
    folders: &'l BTreeMap<String, u64>,
    authors: &'l BTreeMap<String, u64>,
    events: u64,
    masked: u64,
    forgotten: u64,
}

impl<'l> LeavingView<'l> {
    pub(crate) fn new(sharing: &Sharing<'_>, leaving: &'l Leaving, public: Publicity) -> Self {
        let remote = sharing.remote();
        let day = |day: opensession_engine::Day| day.to_string().replace('/', "-");
        Self {
            schema: SCHEMA,
            remote: remote.to_string(),
            addresses: remote.push_addresses().iter().map(ToString::to_string).collect(),
            agreed: *sharing.agreement() == Agreement::Agreed,
            public: match public {
                Publicity::Public => Some(true),
                Publicity::Private => Some(false),
                Publicity::Unknown => None,
            },
            sessions: leaving.sessions,
            first_day: leaving.days.map(|(first, _last)| day(first)),
            last_day: leaving.days.map(|(_first, last)| day(last)),
            tools: &leaving.tools,
            folders: &leaving.folders,
            authors: &leaving.authors,
            events: leaving.events,
            masked: leaving.masked,
            forgotten: leaving.forgotten,
        }
    }
}
