//! `opensession show SESSION --event ID`: one event, and what stands around it.

use super::print_json;
use crate::conversation::{self, View};
use crate::error::Failure;
use crate::output::Screen;
use crate::pager;
use crate::surroundings::Surroundings;
use opensession_engine::hail::{Event, Session, write_event};
use opensession_engine::{Error, SessionReader};
use std::io;

/// Writes the event whose id is `text`, or begins with it: in its turn, or as JSON.
pub(super) fn write(
    reader: &SessionReader,
    text: &str,
    full: bool,
    place: &Surroundings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let session = reader.read()?;
    let agents = reader.read_agents()?;
    let event = find(&session, &agents, text).ok_or_else(|| Error::NoEvent {
        session: reader.key().to_string(),
        event: text.to_owned(),
    })?;
    if place.json {
        let mut line = Vec::new();
        write_event(event, &mut line);
        return print_json(screen, reader, std::iter::once(Ok(line)));
    }
    let stats = &reader.manifest().stats;
    let of_session = View { full, place, event: Some(&event.event_id), is_turn: false };
    if screen.face().terminal {
        // Written to nowhere first: only then it is known in which line the event stands.
        let mut nowhere = Screen::new(io::sink(), screen.face());
        let before = conversation::write(&mut nowhere, &session, &agents, stats, &of_session)?;
        let line = before.map_or(1, |lines| lines + 1);
        if let Some(pager) = pager::opened_at(place.pager(), line) {
            screen.page(&pager)?;
            conversation::write(screen, &session, &agents, stats, &of_session)?;
            return Ok(());
        }
    }
    screen.page(place.pager())?;
    let of_turn = View { is_turn: true, ..of_session };
    conversation::write(screen, &session, &agents, stats, &of_turn)?;
    Ok(())
}

/// Returns the event of that id, else the first one whose id begins so.
fn find<'s>(session: &'s Session, agents: &'s [Session], text: &str) -> Option<&'s Event> {
    let events = || std::iter::once(session).chain(agents).flat_map(|session| &session.events);
    let begins = |event: &&Event| !text.is_empty() && event.event_id.as_str().starts_with(text);
    events().find(|event| event.event_id.as_str() == text).or_else(|| events().find(begins))
}
