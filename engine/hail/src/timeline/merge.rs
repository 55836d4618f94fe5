//! The events of several sessions in one order.

use crate::{Event, Session};

/// Returns the events of `session` (source 0) and of `agents` (sources 1 and on), in the order of the running maximum
/// of each source's times; at the same time an earlier source comes first.
pub(super) fn by_time<'s>(
    session: &'s Session,
    agents: &'s [Session],
) -> impl Iterator<Item = (usize, &'s Event)> {
    let sources = std::iter::once(session).chain(agents).enumerate();
    let mut order: Vec<_> = sources
        .flat_map(|(source, session)| {
            session.events.iter().scan(i64::MIN, move |latest, event| {
                *latest = event.timestamp.as_millis().max(*latest);
                Some((*latest, source, event))
            })
        })
        .collect();
    // Stable, and each source is a sorted run already: as fast as a merge.
    order.sort_by_key(|(time, source, _)| (*time, *source));
    order.into_iter().map(|(_, source, event)| (source, event))
}
