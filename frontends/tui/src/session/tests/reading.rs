//! The readers over a real store.

use super::*;
use opensession_engine::{Capture, Engine, Home, Os, Reference, Scope};
use opensession_testkit::{TestHome, fsck_strict};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, channel};

const SESSION: &str = "11111111-2222-4333-8444-555555555555";

fn prompts(count: usize) -> String {
    let line = |number| {
        format!(
            "{{\"type\":\"user\",\"uuid\":\"u{number}\",\"sessionId\":\"{SESSION}\",\"timestamp\":\"2026-03-01T10:{number:02}:00.000Z\",\"cwd\":\"/p\",\"version\":\"2.1.0\",\"isSidechain\":false,\"message\":{{\"role\":\"user\",\"content\":\"prompt {number}\"}}}}\n"
        )
    };
    (0..count).map(line).collect()
}

fn capture(home: &TestHome, engine: &Engine, count: usize) {
    home.write(&format!(".claude/projects/-p/{SESSION}.jsonl"), prompts(count));
    engine.capture(Capture::All, Timestamp::EPOCH, &()).unwrap();
}

/// Adds rows to the outline until there are no more, and returns what else came.
fn rows(inbox: &Receiver<Message>, outline: &mut Outline) -> Vec<Message> {
    let mut others = Vec::new();
    loop {
        match inbox.recv().unwrap() {
            Message::Rows(_, batch, is_all) => {
                for (source, step) in batch.steps {
                    let OutlineStep::Event(glance) = step else { panic!("lost") };
                    outline.push(source, &glance);
                }
                if is_all {
                    return others;
                }
            }
            other => others.push(other),
        }
    }
}

#[test]
fn a_stored_session_is_opened_read_searched_and_followed() {
    let home = TestHome::new();
    let place = Home::new(home.path().to_owned(), BTreeMap::new(), Os::Linux);
    let engine = Arc::new(Engine::open(place, Scope::Home).unwrap());
    capture(&home, &engine, 12);
    let key = engine.session(&Reference::new(SESSION)).unwrap().key().clone();
    let (tell, inbox) = channel();
    let reader =
        Reader::start(Arc::clone(&engine), move |message| tell.send(message).is_ok(), &|work| {
            drop(std::thread::spawn(work));
        });

    reader.ask(Request::Open(key.clone()));
    let Message::Opened(_, overview) = inbox.recv().unwrap() else { panic!() };
    let mut outline = Outline::new(&overview.headers);
    assert!(rows(&inbox, &mut outline).is_empty());
    assert_eq!((outline.prompts(), overview.events), (12, 12));

    let place = outline.rows()[11].events[0];
    reader.ask(Request::Events(key.clone(), vec![place]));
    let Message::Events(_, events) = inbox.recv().unwrap() else { panic!() };
    assert_eq!(events[0].1.as_ref().unwrap().text(), "prompt 11");

    reader.ask(Request::Find { key: key.clone(), number: 1, text: "prompt 11".into() });
    let mut found = Vec::new();
    loop {
        let Message::Found { places, is_all, number: 1, .. } = inbox.recv().unwrap() else {
            panic!()
        };
        found.extend(places);
        if is_all {
            break;
        }
    }
    assert_eq!(found, [place]);

    capture(&home, &engine, 15);
    reader.ask(Request::Grow(key));
    let others = rows(&inbox, &mut outline);
    assert!(matches!(&others[..], [Message::Grown(_, overview)] if overview.events == 15));
    assert_eq!(outline.prompts(), 15);

    let unknown = SessionKey::new("none", &SessionId::new("x").unwrap());
    reader.ask(Request::Open(unknown));
    let Message::Failed(_, reason) = inbox.recv().unwrap() else { panic!() };
    assert!(reason.contains("none.x"), "{reason}");
    fsck_strict(&engine.home_store());
}
