//! The index over the sessions branches: lists, filters, full text, sums.
//!
//! A SQLite database that is only a view: [`Index::refresh`] brings it up to the state of the branches by comparing
//! trees, and from the empty tree makes it anew. See `docs/architecture.md` and `docs/search.md`.

mod candidates;
mod chunks;
mod database;
mod error;
mod facts;
mod filter;
mod find;
mod parallel;
mod query;
mod refresh;
mod rows;
mod snippet;
mod source;
mod status;
mod text;
mod totals;
mod words;

pub use database::{Health, Index, examine, remove, size};
pub use error::{Error, Result};
pub use find::{Cursor, Found, Page, View};
pub use jiff::tz::TimeZone;
pub use query::{
    Clock, Comparison, Condition, Feature, Filter, Query, QueryError, Role, Sort, Term, hint,
};
pub use refresh::{IndexProgress, OnProgress, Refreshed};
pub use snippet::Hit;
pub use source::Source;
pub use status::IndexStatus;
pub use totals::{Dimension, Total, Totals, Usage};
