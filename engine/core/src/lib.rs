//! The engine: what every frontend uses, and all that it uses.
//!
//! [`Engine`] captures logs into a store, lists and reads what is stored, and checks it. It holds no state of its
//! own: the sessions branch is the database.

mod capture;
mod config;
mod discover;
mod engine;
mod error;
mod key;
pub mod links;
mod memory;
mod parse;
mod progress;
mod read;
mod reconcile;
mod recorder;
mod reference;
mod versions;

pub use capture::{Capture, CaptureReport, LogReport, Outcome};
pub use config::Config;
pub use discover::{Candidate, FoundRoot};
pub use engine::{Engine, Scope};
pub use error::{Error, ErrorKind, Result};
pub use parse::ParsedSource;
pub use progress::Progress;
pub use read::{ListQuery, Listing, SessionReader, SessionRow};
pub use reference::Reference;

pub use opensession_hail as hail;
pub use opensession_parsers::{Home, Os, ParseReport};
pub use opensession_store::{Finding, Manifest};
