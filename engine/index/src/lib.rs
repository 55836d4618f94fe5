//! The disposable SQLite index over the sessions branches: lists, filters, full text.

mod query;

pub use jiff::tz::TimeZone;
pub use query::{
    Clock, Comparison, Condition, Feature, Filter, Query, QueryError, Role, Sort, Term, hint,
};
