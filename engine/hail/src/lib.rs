//! HAIL 1.0.0, the session format: types, canonical bytes, a lenient reader, statistics, a timeline, an outline.
//!
//! Pure: no files, no clock, no git. See `docs/format.md`.

mod attachment;
mod attributes;
mod author;
mod block;
mod canonical;
mod chain;
mod event;
mod fingerprint;
mod header;
mod id;
pub mod outline;
mod reader;
mod session;
mod tally;
mod time;
pub mod timeline;
mod title;
mod validate;
mod wording;

pub use attachment::Attachment;
pub use attributes::{Attributes, attribute};
pub use author::Author;
pub use block::Block;
pub use canonical::{write_event, write_header, write_stats};
pub use chain::{Chain, Chains};
pub use event::{Content, Event, EventType, Unknown};
pub use header::{Agent, Context, Header, Stats, VERSION};
pub use id::{ContentId, EventId, InvalidId, SessionId, SessionKey, Tool};
pub use outline::Outline;
pub use reader::{
    ReadError, Reader, Record, Report, parse_event, read_session, read_sessions, repair, visible,
};
pub use session::{Session, write_session};
pub use tally::{ChangedLine, LineChange, Tally, changed_lines, count_lines, diff_lines};
pub use time::Timestamp;
pub use timeline::Timeline;
pub use title::{one_line, title_from_prompt};
pub use validate::{Finding, Problem, validate};

/// Unknown members of a JSON object, kept so that reading and writing loses nothing.
pub type Members = std::collections::BTreeMap<String, serde_json::Value>;
