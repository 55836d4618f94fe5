//! Redaction: the stage between the parsers and the store.
//!
//! The store accepts only [`Redacted`] values, and only a [`Redactor`] makes them. Every secret that a rule finds is
//! replaced by `[redacted:<rule>:<4 hex>]`; the same secret gives the same mark under the same [`Key`]. Redacting twice changes nothing.
//!
//! How an event goes through: its canonical line is written once and searched for the keywords of all rules in one
//! pass (`scanner`, `sieve`). Where a keyword stands, its rule looks closer (`rules`, `shape`). What is written in base64
//! is read too (`encoded`), and so is what lies over the border of two blocks (`borders`). Nearly always nothing is
//! found, and that line is the result. Otherwise every string of the event is searched on its own (`walk`), marks replace
//! what was found (`text`), and the line is written again.
//!
//! Where the user asked for it, what tells who and where they are is taken out in the same way (`identity`).
//!
//! To add a rule, add a line to a table in `rules/` and raise [`RULES_VERSION`]; samples are drawn from its shape. A rule
//! that is a function needs one in `tests/redact/samples.rs`.

mod allowed;
mod borders;
mod depth;
mod encoded;
mod entropy;
mod error;
mod identity;
mod known;
mod lines;
mod mark;
mod names;
mod redacted;
mod redactor;
mod rules;
mod scanner;
mod shape;
mod sieve;
mod text;
mod value;
mod walk;
mod words;

pub use allowed::{Allowance, Allowed};
pub use error::Error;
pub use identity::Identity;
pub use known::secrets_of;
pub use mark::{Key, differ_in_marks_alone};
pub use redacted::{Counts, Line, Redacted};
pub use redactor::{RULES_VERSION, Redactor, Settings};
pub use rules::{Kind, kinds};
