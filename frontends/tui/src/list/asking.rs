//! What the list asks for, and what it is told.

use crate::list::row::Row;
use opensession_engine::hail::SessionKey;
use opensession_engine::{Cursor, Dimension, Query};

/// What the list asks for. Answers that belong to an older question are dropped.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Sessions.
    Page {
        /// Which question this belongs to.
        question: u64,
        /// Which part of the list they are for.
        section: usize,
        /// What is looked for.
        query: Query,
        /// At most so many.
        limit: usize,
        /// Those behind this one.
        after: Option<Cursor>,
    },
    /// How many sessions there are.
    Count {
        /// Which question this belongs to.
        question: u64,
        /// What is looked for.
        query: Query,
    },
    /// The tools or repositories of the sessions.
    Groups {
        /// Which question this belongs to.
        question: u64,
        /// What is looked for.
        query: Query,
        /// By what.
        by: Dimension,
    },
    /// What stands beside the list.
    Preview(SessionKey),
}

/// What the list is told.
#[derive(Debug)]
pub enum Answer {
    /// The newest sessions, before the index was asked.
    Newest(Vec<Row>),
    /// Sessions.
    Page {
        /// Which question this belongs to.
        question: u64,
        /// Which part of the list they are for.
        section: usize,
        /// Whether they are the first ones.
        is_first: bool,
        /// The sessions, in order.
        rows: Vec<Row>,
        /// Where the next ones begin.
        next: Option<Cursor>,
        /// Sessions whose words are not known yet.
        unread: u64,
    },
    /// How many sessions there are.
    Count {
        /// Which question this belongs to.
        question: u64,
        /// The number.
        count: u64,
    },
    /// The tools or repositories of the sessions, each with its number of sessions.
    Groups {
        /// Which question this belongs to.
        question: u64,
        /// By what.
        by: Dimension,
        /// Names and numbers; a name is empty where it is not known.
        groups: Vec<(String, u64)>,
    },
    /// What stands beside the list.
    Preview(SessionKey, Box<Preview>),
}

/// What a session was about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// The first prompt.
    pub prompt: String,
    /// The last answer.
    pub answer: String,
    /// The files that were changed, each once.
    pub files: Vec<String>,
    /// Why nothing more could be read.
    pub problem: Option<String>,
}
