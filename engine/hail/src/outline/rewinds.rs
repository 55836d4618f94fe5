//! What rewinds took back, as the events come in.

use super::Glance;
use std::collections::HashMap;

/// The events that count so far, by place and id; see [`crate::timeline`] for what a rewind means.
#[derive(Debug, Default)]
pub(super) struct Rewinds {
    kept: Vec<(u32, u64)>,
    /// Where an id stands in `kept`, the last time it came; made when the first rewind is seen.
    places: Option<HashMap<u64, usize>>,
}

impl Rewinds {
    /// Adds the next event and returns those that it takes back.
    pub(super) fn push(&mut self, ordinal: u32, glance: &Glance) -> Vec<u32> {
        let undone = glance.rewind.map(|id| self.rewind(id)).unwrap_or_default();
        if let Some(places) = &mut self.places {
            places.insert(glance.id, self.kept.len());
        }
        self.kept.push((ordinal, glance.id));
        undone
    }

    fn rewind(&mut self, id: u64) -> Vec<u32> {
        let kept = &mut self.kept;
        let places = self.places.get_or_insert_with(|| {
            kept.iter().enumerate().map(|(place, (_, id))| (*id, place)).collect()
        });
        match places.get(&id) {
            Some(place) if kept.get(*place).is_some_and(|(_, kept)| *kept == id) => {
                kept.drain(*place..).map(|(ordinal, _)| ordinal).collect()
            }
            _ => Vec::new(),
        }
    }
}
