//! The disposable SQLite index over the sessions branches: lists, filters, full text.

mod query;

pub use query::{Comparison, Condition, Feature, Filter, Query, Role, Sort, Term};
