//! Which rows are shown, and which of them unfolded.

use opensession_engine::hail::outline::{Row, RowKind};
use opensession_engine::hail::timeline::Outcome;
use std::collections::HashSet;

/// Which rows are shown, and which of them unfolded.
#[derive(Clone, Debug)]
pub(super) struct Folds {
    pub tools: bool,
    pub thinking: bool,
    /// Whether rows are unfolded that are not named.
    all: bool,
    except: HashSet<usize>,
}

impl Default for Folds {
    fn default() -> Self {
        Self { tools: true, thinking: true, all: false, except: HashSet::new() }
    }
}

impl Folds {
    /// Returns whether the row is shown: what failed always is.
    pub(super) fn shows(&self, row: &Row) -> bool {
        match row.kind {
            _ if row.outcome == Outcome::Failed => true,
            RowKind::Note { blank } => !blank && self.tools,
            RowKind::Call(_) | RowKind::Result | RowKind::TaskEnd => self.tools,
            RowKind::Thinking => self.thinking,
            RowKind::Prompt | RowKind::Answer => true,
        }
    }

    pub(super) fn is_open(&self, row: usize) -> bool {
        self.all != self.except.contains(&row)
    }

    /// Folds the row where it is unfolded, and the other way round.
    pub(super) fn turn(&mut self, row: usize) {
        if !self.except.remove(&row) {
            self.except.insert(row);
        }
    }

    /// Unfolds the row.
    pub(super) fn open(&mut self, row: usize) {
        if !self.is_open(row) {
            self.turn(row);
        }
    }

    /// Folds every row where they are unfolded, and the other way round.
    pub(super) fn turn_all(&mut self) {
        self.all = !self.all;
        self.except.clear();
    }

    /// Forgets which rows are unfolded: they are others now.
    pub(super) fn forget(&mut self) {
        self.except.clear();
    }
}
