//! The engine: what every frontend uses, and all that it uses.
//!
//! [`Engine`] captures logs into a store, lists and reads what is stored, and checks it. It holds no state of its
//! own: the sessions branch is the database.

mod again;
mod allow;
mod attachments;
mod authors;
mod behind;
mod blame;
mod capture;
mod chart;
mod commits;
mod config;
mod discover;
mod doctor;
mod dotenv;
mod drift;
mod enable;
mod engine;
mod error;
mod exclusion;
mod explain;
mod failures;
mod forget;
mod index;
mod inside;
mod key;
mod known;
mod linking;
pub mod links;
mod masking;
mod memory;
mod notes;
mod outline;
mod parse;
mod place;
mod prices;
mod privacy;
mod private_file;
mod progress;
mod purge;
mod queue;
mod read;
mod reconcile;
mod record_log;
mod recorder;
mod reference;
mod registry;
mod repair;
mod restore;
mod routes;
mod scan;
mod secrets;
mod size;
mod statistics;
mod status;
mod sync;
mod trigger;
mod view;
mod witness;

pub use again::{AgainReport, RedactedAgain};
pub use allow::{Allowance, Allowed};
pub use blame::{Blame, BlamedLine, CommitPlace, LineSource, Prompt};
pub use capture::{Capture, CaptureReport, LogReport, Outcome};
pub use chart::{Cell, Heatmap, Week, bar_length};
pub use commits::{LinkedCommit, LinkedSession, LoggedCommit};
pub use config::{Background, Config, KeySetting};
pub use discover::{Candidate, FoundRoot};
pub use doctor::{Diagnosis, Doctor, Level, Mend, Mended, Verdict, quoted};
pub use drift::Drift;
pub use enable::{Disabled, EnablePlan, Enabled};
pub use engine::{CheckedStore, Engine, Scope, locate};
pub use error::{Error, ErrorKind, Result};
pub use explain::{ExplainedMark, MarkPlace};
pub use failures::{Failure, Failures};
pub use forget::{Doomed, ForgetPlan, ForgetReport};
pub use index::{Found, FoundSession, Index};
pub use outline::{
    EventReader, Family, Finder, FoundPlaces, OutlineBatch, OutlineStep, OutlineStream,
};
pub use parse::ParsedSource;
pub use prices::{Cost, Prices, Tokens};
pub use progress::Progress;
pub use queue::Seen;
pub use read::{ListQuery, Listing, SessionReader, SessionRow};
pub use reference::Reference;
pub use repair::{RepairedStore, RestoredFrom};
pub use restore::{Restoration, RestoredFound};
pub use scan::FileSecrets;
pub use secrets::{SecretFinding, SecretKind};
pub use size::{BranchSize, StoreSize};
pub use statistics::{Statistics, Sum};
pub use status::{LogStatus, RepositoryStatus, Retention, Status, StoreStatus};
pub use sync::{Agreement, LeakingSecret, Leaving, Sharing, Standing, SyncReport};
pub use view::Origin;

pub use opensession_hail as hail;
pub use opensession_index::hint as query_hint;
pub use opensession_index::{
    Clock, Comparison, Condition, Cursor, Dimension, Feature, Filter, Hit, IndexProgress,
    IndexStatus, Query, QueryError, Refreshed, Role, Sort, Term, TimeZone, Total, Totals, Usage,
};
pub use opensession_parsers::{Home, Os, ParseReport};
pub use opensession_redact::kinds as secret_kinds;
pub use opensession_store::Error as StoreError;
pub use opensession_store::{
    Day, Finding, HooksFolder, HooksOrigin, Location, LogEntry, LogFilter, Manifest, Phase,
    Progress as Transfer, Publicity, Purged, Refusal, Remote, Size,
};
