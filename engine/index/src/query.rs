//! What is looked for: words, filters, an order.

mod dates;
mod hint;
mod number;
mod parse;
mod print;
mod scan;

pub use dates::Clock;
pub use hint::hint;
pub use parse::QueryError;

use opensession_hail::Timestamp;

/// What a list or a search looks for. A session is found where every term occurs in it and every filter holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What must occur in the session's text. None at all lists sessions.
    pub terms: Vec<Term>,
    /// Whose texts the terms are looked for in, each once; empty is everybody's.
    pub roles: Vec<Role>,
    /// What must hold.
    pub filters: Vec<Filter>,
    /// In which order.
    pub sort: Sort,
    /// Whether sub-agents' sessions are looked at too.
    pub auxiliary: bool,
}

/// Words to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As typed, without quotes. Where it is several words, they stand side by side.
    pub text: String,
    /// Whether the last word may go on: `parse*`.
    pub prefix: bool,
    /// Whether it must not occur.
    pub negated: bool,
}

/// Who wrote a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A person.
    User,
    /// The model: answers and thinking.
    Assistant,
    /// A tool: commands, paths, edits, output.
    Tool,
}

/// A condition on a session, with alternatives: `tool:codex,cursor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// One of these must hold; never empty.
    pub any: Vec<Condition>,
    /// Whether none of them must hold instead.
    pub negated: bool,
}

/// What can be asked of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The tool is this one: `codex`.
    Tool(String),
    /// The repository's name holds this, in any case.
    Repo(String),
    /// The git branch holds this, in any case.
    Branch(String),
    /// The author's name or address holds this, in any case.
    Author(String),
    /// It is the user's own.
    Mine,
    /// A model's name holds this, in any case.
    Model(String),
    /// A file whose path ends with, or has the folders of, this was changed: `src/lib.rs`, `lib.rs`, `src/`.
    File(String),
    /// A commit whose id begins with this holds edits of the session.
    Commit(String),
    /// Its id begins with this.
    Id(String),
    /// Something happened in it.
    Has(Feature),
    /// Its first event is at or after this time.
    After(Timestamp),
    /// Its first event is before this time.
    Before(Timestamp),
    /// Its first event is at or after the one time and before the other, which is later.
    During(Timestamp, Timestamp),
    /// Its input and output tokens compare so.
    Tokens(Comparison, u64),
    /// What it cost compares so, in millionths of a US dollar.
    Cost(Comparison, u64),
}

/// How a number is held against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

/// What can have happened in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// A tool failed.
    Error,
    /// A file was changed.
    Edit,
    /// A picture was shown.
    Image,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By the first event, newest first.
    #[default]
    Newest,
    /// By the first event, oldest first.
    Oldest,
    /// By the last event, newest first.
    Updated,
    /// By the time between first and last event, longest first.
    Longest,
    /// By tokens, most first.
    Tokens,
    /// By cost, highest first.
    Cost,
    /// By changed lines, most first.
    Lines,
    /// By events, most first.
    Events,
}
