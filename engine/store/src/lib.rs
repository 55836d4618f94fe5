//! The sessions branch: HAIL sessions in git, written so that nothing is ever lost.
//!
//! Sessions stand on `refs/heads/opensession/sessions` as immutable segments and a manifest each. [`Store`] opens a
//! repository, [`Branch`] reads a snapshot of the branch, [`Draft`]s and [`SegmentWriter`] go into [`Store::write`]:
//! one commit in one pack, and the branch is in its old state or its new one, nothing between. Only what has been
//! through the redactor can be stored. See `docs/architecture.md` and `docs/format.md`.

mod adopt;
mod blame;
mod branch;
mod coalesce;
mod config;
mod consent;
mod differences;
mod draft;
mod durable;
mod epoch;
mod error;
mod folder;
mod forget;
mod fsck;
mod git;
mod health;
mod history;
mod hooks;
mod id;
mod identity;
mod join;
mod kinship;
mod layout;
mod leftovers;
mod links;
mod location;
mod lock;
mod lockfile;
mod log;
mod manifest;
mod object;
mod odb;
mod pack;
mod past;
mod patterns;
mod publish;
mod purge;
mod refs;
mod relation;
mod remote;
mod repack;
mod repair;
mod repository;
mod segment;
mod setting;
mod since;
mod size;
mod stage;
mod surroundings;
mod tombstone;
mod tree;
mod versions;
mod write;

pub use blame::{Blame, BlamedLine};
pub use branch::{Branch, Entry};
pub use differences::Differences;
pub use draft::{Changes, Draft, DraftSource, Written};
pub use error::{Error, ErrorKind, Result};
pub use forget::Forgotten;
pub use fsck::Finding;
pub use health::{MAX_PACKS, git_version, is_writable, room};
pub use history::{Change, Commit, History};
pub use hooks::{HooksFolder, HooksOrigin};
pub use id::{BlobId, CommitId, TreeId};
pub use identity::identity;
pub use join::Joined;
pub use layout::Day;
pub use leftovers::Leftover;
pub use links::{Link, LinkDraft, Linked};
pub use location::{Location, locate};
pub use lock::Lock;
pub use log::{Log, LogEntry, LogFilter};
pub use manifest::{Fork, Manifest, SegmentRecord, Source};
pub use patterns::Patterns;
pub use purge::Purged;
pub use remote::{
    Address, Binding, Fetched, Limits, Phase, Progress, Publicity, Pushed, Refusal, Remote,
};
pub use repair::{Origin, Repaired};
pub use repository::Store;
pub use segment::{Segment, SegmentWriter};
pub use size::Size;
pub use surroundings::Tracking;
pub use versions::{Step, VersionName, name_versions, starts_with};
