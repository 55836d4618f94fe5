//! Outlines: the same as the whole session in memory, in order, grown, and found in.

use crate::log::{Machine, SESSION, answer, call, noon, prompt, result};
use opensession_engine::hail::outline::{EventPlace, Row};
use opensession_engine::hail::timeline::Entry;
use opensession_engine::hail::{Event, Outline, Session, Timeline};
use opensession_engine::{Family, OutlineStep, OutlineStream, Reference};
use opensession_testkit::git_with_input;
use std::fs;
use std::path::Path;

const PARENT: &str = "50a7220d-7250-46f3-b38e-b716ce25032e";

/// A machine that has captured a session with a sub-agent that has a log of its own.
fn machine_with_agent() -> Machine {
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../parsers/fixtures/claude-code/sub-agent-log");
    let read = |path: String| fs::read_to_string(fixture.join(path)).unwrap();
    let machine = Machine::new();
    machine.log(PARENT, &read(format!("{PARENT}.jsonl")));
    let agent = "subagents/agent-a21e2f5";
    machine.log(&format!("{PARENT}/{agent}"), &read(format!("{PARENT}/{agent}.jsonl")));
    machine.capture();
    machine
}

fn family(machine: &Machine, reference: &str) -> Family {
    let by_name = machine.engine.session(&Reference::new(reference)).unwrap();
    // The day is a hint: one that is wrong costs time only.
    let by_key = machine.engine.session_by_key(by_name.key(), Some(noon())).unwrap();
    by_key.family().unwrap()
}

fn add_all(outline: &mut Outline, mut stream: OutlineStream) -> usize {
    let mut lost = 0;
    while let Some(batch) = stream.next_batch() {
        for (source, step) in batch.steps {
            match step {
                OutlineStep::Event(glance) => outline.push(source, &glance),
                OutlineStep::Lost(count) => {
                    outline.skip(source, count);
                    lost += count;
                }
            }
        }
    }
    lost
}

/// The events of each row, in order, by id.
fn ids_of_rows(family: &Family, outline: &Outline) -> Vec<Vec<String>> {
    let mut reader = family.event_reader();
    let mut id = |place: &EventPlace| reader.event(*place).unwrap().event_id.to_string();
    outline.rows().iter().map(|row: &Row| row.events.iter().map(&mut id).collect()).collect()
}

fn ids_of_timeline(session: &Session, agents: &[Session]) -> Vec<Vec<String>> {
    let id = |event: &&Event| event.event_id.to_string();
    let mut rows = Vec::new();
    for turn in Timeline::new(session, agents).turns {
        rows.extend(turn.prompt.map(|event| vec![id(&event)]));
        for item in turn.items {
            match item.entry {
                Entry::Calls(calls) => rows.extend(
                    calls
                        .iter()
                        .map(|call| call.events.iter().chain(&call.results).map(id).collect()),
                ),
                Entry::Answer(event)
                | Entry::Thinking(event)
                | Entry::Result(event)
                | Entry::TaskEnd(event)
                | Entry::Note(event) => rows.push(vec![id(&event)]),
            }
        }
    }
    rows
}

#[test]
fn the_outline_of_a_stored_session_is_its_timeline() {
    let machine = machine_with_agent();
    let family = family(&machine, PARENT);
    assert_eq!(family.headers().count(), 2);
    let mut outline = Outline::new(family.headers());
    assert_eq!(add_all(&mut outline, family.outline()), 0);
    let reader = family.session().unwrap();
    let (session, agents) = (reader.read().unwrap(), reader.read_agents().unwrap());
    assert!(outline.lanes().len() > 1 && outline.prompts() > 0);
    assert_eq!(ids_of_rows(&family, &outline), ids_of_timeline(&session, &agents));
    let no_such = EventPlace { source: 0, ordinal: 100_000 };
    assert!(family.event_reader().event(no_such).unwrap_err().to_string().contains("100000"));
}

#[test]
fn what_a_session_grew_by_goes_behind_its_outline() {
    let machine = Machine::new();
    let start = prompt("a", 0, "one") + &call("b", 1, "ls") + &result("c", 2, "b", "x");
    machine.log(SESSION, &start);
    machine.capture();
    let before = family(&machine, SESSION);
    let mut outline = Outline::new(before.headers());
    add_all(&mut outline, before.outline());
    assert_eq!((outline.rows().len(), outline.events_of(0)), (2, 3));

    machine.log(SESSION, &(start + &answer("d", 3, "two") + &prompt("e", 4, "three")));
    machine.capture();
    let after = before.grown(&family(&machine, SESSION)).unwrap();
    let seen = [outline.events_of(0)];
    add_all(&mut outline, after.outline_behind(&seen));
    let mut whole = Outline::new(after.headers());
    add_all(&mut whole, after.outline());
    assert_eq!(outline.rows(), whole.rows());
    assert_eq!(outline.prompts(), 2);

    // A log that was written anew is another session: nothing goes behind.
    machine.log(SESSION, &(prompt("z", 0, "other") + &answer("y", 1, "words")));
    machine.capture();
    assert!(after.grown(&family(&machine, SESSION)).is_none());
}

#[test]
fn a_search_finds_what_a_plain_scan_finds() {
    let machine = machine_with_agent();
    let family = family(&machine, PARENT);
    let reader = family.session().unwrap();
    let (session, agents) = (reader.read().unwrap(), reader.read_agents().unwrap());
    let mut hits = 0;
    for text in ["the", "agent", "Read", "read ", "\"", "/", "{\"", "zzzz-nothing", "é"] {
        let mut found = Vec::new();
        let (mut finder, mut events) = (family.find(text), 0);
        while let Some(more) = finder.next_places() {
            assert!(more.damaged.is_none());
            found.extend(more.places);
            events += more.events;
        }
        assert_eq!(events, family.events());
        let any_case = !text.chars().any(char::is_uppercase);
        let mut expected = Vec::new();
        for (source, session) in (0..).zip(std::iter::once(&session).chain(&agents)) {
            for (ordinal, event) in (0..).zip(&session.events) {
                let event_type = serde_json::to_value(&event.event_type).unwrap();
                let data = event_type["data"].as_object().into_iter().flatten();
                let data = data.filter(|(name, _)| *name != "call_id");
                let data: Vec<&str> = data.filter_map(|(_, value)| value.as_str()).collect();
                let mut shown = format!("{}\n{}", data.join("\n"), event.text());
                if any_case {
                    shown = shown.to_lowercase();
                }
                if shown.contains(text) {
                    expected.push(EventPlace { source, ordinal });
                }
            }
        }
        assert_eq!(found, expected, "{text}");
        hits += found.len();
    }
    assert!(hits > 10, "only {hits} hits");
}

#[test]
fn a_damaged_segment_hides_its_own_events_only() {
    let machine = Machine::new();
    let start = prompt("a", 0, "one");
    machine.log(SESSION, &start);
    machine.capture();
    machine.log(SESSION, &(start + &answer("b", 1, "two") + &prompt("c", 2, "three")));
    machine.capture();
    let listing = machine.git(&["ls-tree", "-r", "opensession/sessions"]);
    let first = listing.lines().find(|line| line.contains("0000.")).unwrap();
    let path = first.split('\t').nth(1).unwrap();
    // A commit in which the first segment holds something else than its name says.
    let none =
        git_with_input(&machine.engine.home_store(), &["hash-object", "-w", "--stdin"], b"none");
    let none = String::from_utf8(none).unwrap();
    machine.git(&["read-tree", "opensession/sessions"]);
    let entry = format!("100644,{},{path}", none.trim());
    machine.git(&["update-index", "--cacheinfo", &entry]);
    let tree = machine.git(&["write-tree"]);
    let who = ["-c", "user.name=x", "-c", "user.email=x@x"];
    let commit = ["commit-tree", "-m", "x", "-p", "opensession/sessions", &tree];
    let commit = machine.git(&[&who[..], &commit[..]].concat());
    machine.git(&["update-ref", "refs/heads/opensession/sessions", &commit]);

    let family = family(&machine, SESSION);
    let mut outline = Outline::new(family.headers());
    assert_eq!(add_all(&mut outline, family.outline()), 1);
    assert_eq!(outline.rows().len(), 2);
    assert_eq!(outline.row_of(EventPlace { source: 0, ordinal: 1 }), Some(0));
    let mut reader = family.event_reader();
    assert!(reader.event(EventPlace { source: 0, ordinal: 0 }).is_err());
    assert_eq!(reader.event(EventPlace { source: 0, ordinal: 1 }).unwrap().text(), "two");
}
