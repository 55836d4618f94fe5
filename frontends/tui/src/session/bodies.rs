//! The events near the window: what is drawn, and what may be next. All others are left in the store.

use opensession_engine::hail::Event;
use opensession_engine::hail::outline::{EventPlace, Row};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The events near the window.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    read: HashMap<EventPlace, Result<Arc<Event>, String>>,
    asked: HashSet<EventPlace>,
}

impl Bodies {
    /// Takes an event that was asked for.
    pub(super) fn put(&mut self, place: EventPlace, event: Result<Arc<Event>, String>) {
        // What was left behind meanwhile is of no use.
        if self.asked.remove(&place) {
            self.read.insert(place, event);
        }
    }

    /// Returns the events of a row; `None` as long as one of them is not read.
    pub(super) fn of(&self, row: &Row) -> Option<Vec<&Result<Arc<Event>, String>>> {
        row.events.iter().map(|place| self.read.get(place)).collect()
    }

    /// Returns whether the events of a row are read.
    pub(super) fn has(&self, row: &Row) -> bool {
        row.events.iter().all(|place| self.read.contains_key(place))
    }

    /// Keeps the events of these rows only, and returns those that are to be read.
    pub(super) fn keep<'r>(&mut self, rows: impl Iterator<Item = &'r Row>) -> Vec<EventPlace> {
        let near: Vec<EventPlace> = rows.flat_map(|row| row.events.iter().copied()).collect();
        let all: HashSet<EventPlace> = near.iter().copied().collect();
        self.read.retain(|place, _| all.contains(place));
        self.asked.retain(|place| all.contains(place));
        let (read, asked) = (&self.read, &mut self.asked);
        let is_new = |place: &EventPlace| !read.contains_key(place) && asked.insert(*place);
        near.into_iter().filter(is_new).collect()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
