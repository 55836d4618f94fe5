//! A session as people read it: prompts, answers, and what was done between them, a line a call.

mod call;
mod fold;
mod heading;
mod page;

use crate::figures::clock;
use crate::output::Screen;
use crate::style;
use crate::surroundings::Surroundings;
use fold::Fold;
use opensession_engine::hail::timeline::{Entry, Item, Lane, Turn};
use opensession_engine::hail::{Event, EventId, EventType, Session, Stats, Timeline, attribute};
use page::Page;
use std::io;

/// Lines of a prompt, a thought, a summary that are shown where not everything is.
const PROMPT: Fold = Fold { head: 30, tail: 6 };
const THOUGHT: Fold = Fold { head: 3, tail: 0 };
const SUMMARY: Fold = Fold { head: 6, tail: 2 };

/// How a session is shown.
pub(crate) struct View<'p> {
    /// Whether nothing is folded.
    pub full: bool,
    /// Whose home folder is `~`.
    pub place: &'p Surroundings,
    /// The event that is pointed out and not folded.
    pub event: Option<&'p EventId>,
    /// Whether only the turn of that event is shown.
    pub is_turn: bool,
}

/// Writes a session, with the sub-agents that have sessions of their own joined in. Returns how many lines stand before
/// the event that is pointed out.
pub(crate) fn write(
    screen: &mut Screen,
    session: &Session,
    agents: &[Session],
    stats: &Stats,
    view: &View<'_>,
) -> io::Result<Option<usize>> {
    heading::write(screen, &session.header, stats, view.place)?;
    let timeline = Timeline::new(session, agents);
    let mut page = Page::new(screen, session.header.cwd(), view.full, view.event);
    let is_sought =
        |turn: &Turn<'_>| turn.events().any(|event| view.event == Some(&event.event_id));
    let (first, most) = match timeline.turns.iter().position(is_sought) {
        Some(place) if view.is_turn => (place, 1),
        _ => (0, usize::MAX),
    };
    for turn in timeline.turns.iter().skip(first).take(most) {
        write_turn(&mut page, turn, &timeline.lanes)?;
    }
    Ok(page.lines_before_sought())
}

fn write_turn(page: &mut Page<'_>, turn: &Turn<'_>, lanes: &[Lane<'_>]) -> io::Result<()> {
    page.enter_lane(None);
    if let Some(prompt) = turn.prompt {
        page.point_out([prompt], |page| {
            page.gap()?;
            let undone = if turn.undone { "  (taken back)" } else { "" };
            page.line(style::DIM, &format!("{}{undone}", clock(prompt.timestamp)))?;
            page.prose(style::PROMPT, "> ", &prompt.text(), Some(PROMPT))
        })?;
    }
    for item in &turn.items {
        write_item(page, item, lanes)?;
    }
    Ok(())
}

fn write_item(page: &mut Page<'_>, item: &Item<'_>, lanes: &[Lane<'_>]) -> io::Result<()> {
    let starts_task =
        matches!(&item.entry, Entry::Calls(calls) if calls.iter().any(call::starts_task));
    if starts_task {
        // The call names the lane; it is a line of who made it.
        page.enter_lane(None);
        page.set_named(item.lane);
    } else if let Some(lane) = lanes.get(item.lane).filter(|_| item.lane > 0) {
        page.enter_lane(Some(item.lane));
        page.name_lane(item.lane, lane.title.unwrap_or(lane.id))?;
    } else {
        page.enter_lane(None);
    }
    let plain = if item.undone { style::DIM } else { style::PLAIN };
    match &item.entry {
        Entry::Answer(event) => page.point_out([*event], |page| {
            page.gap()?;
            page.prose(plain, "", &event.text(), None)
        }),
        Entry::Thinking(event) => page.point_out([*event], |page| {
            page.gap()?;
            page.prose(style::DIM, "thinking: ", &event.text(), Some(THOUGHT))
        }),
        Entry::Calls(calls) => {
            page.gap()?;
            calls.iter().try_for_each(|call| {
                page.point_out(call.all_events(), |page| call::write(page, call))
            })
        }
        Entry::Result(event) => page.point_out([*event], |page| {
            page.gap()?;
            call::write_lone_result(page, event)
        }),
        Entry::TaskEnd(event) => page.point_out([*event], |page| {
            page.gap()?;
            // The summary is the beginning of the text, where there is one.
            let text = event.text();
            let summary = match &event.event_type {
                EventType::TaskEnd { summary: Some(summary) } if text.is_empty() => summary,
                _ => &text,
            };
            page.prose(style::DIM, "task ended: ", summary, Some(SUMMARY))
        }),
        Entry::Note(event) => page.point_out([*event], |page| write_note(page, event)),
    }
}

/// Writes what the tool itself noted: one line, where not everything is shown.
fn write_note(page: &mut Page<'_>, event: &Event) -> io::Result<()> {
    let kind = match &event.event_type {
        EventType::Custom { kind } => kind.as_str(),
        _ => event.attributes.str(attribute::RAW_TYPE).unwrap_or("system"),
    };
    let text = event.text();
    let text = text.trim();
    if text.is_empty() && !page.is_full() {
        return Ok(());
    }
    page.note(kind, text)
}

#[cfg(test)]
mod tests;
