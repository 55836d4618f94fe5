//! The redactor from outside: every rule in every place, what must stay, and properties.

mod borders;
mod fields;
mod generated;
mod hashes;
mod identity;
mod keys;
mod known;
mod manifests;
mod near_misses;
mod properties;
mod rules;
mod samples;

use opensession_hail::{Block, Event, EventId, EventType, Timestamp};
use opensession_redact::{Counts, Key, Line, Redactor, Settings};
use serde_json::Value;
use std::sync::LazyLock;

static REDACTOR: LazyLock<Redactor> =
    LazyLock::new(|| Redactor::new(Key::from_bytes([7; 32]), Settings::default()));

fn redact_text(text: &str) -> (String, Counts) {
    redact_text_by(&REDACTOR, text)
}

fn redact_text_by(redactor: &Redactor, text: &str) -> (String, Counts) {
    let mut counts = Counts::new();
    let redacted = redactor.text(text.to_owned(), &mut counts).into_inner();
    (redacted, counts)
}

fn event(event_type: EventType, blocks: Vec<Block>) -> Event {
    let mut event = Event::new(EventId::new("e1"), Timestamp::EPOCH, event_type);
    event.content.blocks = blocks;
    event
}

/// Redacts `event` twice, checks that the line is JSON and that the second pass changes nothing.
fn redact_event(event: Event) -> (Line, Counts) {
    redact_event_by(&REDACTOR, event)
}

fn redact_event_by(redactor: &Redactor, event: Event) -> (Line, Counts) {
    let (mut counts, mut none) = (Counts::new(), Counts::new());
    let line = redactor.event(event, &mut counts).into_inner();
    serde_json::from_slice::<Value>(&line.bytes).expect("a redacted line is JSON");
    let again = redactor.event(line.event.clone(), &mut none).into_inner();
    assert_eq!(again, line);
    assert_eq!(none, Counts::new());
    (line, counts)
}
