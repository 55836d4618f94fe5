//! What rewinds took back.

use crate::{Event, EventType, attribute};
use std::collections::HashMap;

/// Returns for each event whether a later `Custom{rewind}` took it back; nothing where there is no rewind.
///
/// A rewind to an event that is not there, or was taken back before, changes nothing: as in [`crate::Tally`].
pub(super) fn find(events: &[Event]) -> Vec<bool> {
    if !events.iter().any(|event| target(event).is_some()) {
        return Vec::new();
    }
    let mut undone = vec![false; events.len()];
    let mut kept: Vec<(usize, &str)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (number, event) in events.iter().enumerate() {
        let place = target(event).and_then(|id| places.get(id).map(|place| (*place, id)));
        if let Some((place, id)) = place
            && kept.get(place).is_some_and(|(_, kept)| *kept == id)
        {
            for (number, _) in kept.drain(place..) {
                undone[number] = true;
            }
        }
        places.insert(event.event_id.as_str(), kept.len());
        kept.push((number, event.event_id.as_str()));
    }
    undone
}

fn target(event: &Event) -> Option<&str> {
    match &event.event_type {
        EventType::Custom { kind } if kind == "rewind" => {
            event.attributes.str(attribute::REWIND_TO)
        }
        _ => None,
    }
}
