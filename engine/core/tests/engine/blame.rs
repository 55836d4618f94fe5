//! Blame over real histories: the edit and the prompt that wrote a line, or nothing rather than a wrong one.

use crate::links::{merges, odds_and_ends, ordinary_work, rewriting};
use crate::log::noon;
use crate::replay::{Replay, bare};
use opensession_engine::hail::{
    Block, Event, EventId, EventType, Header, Session, SessionId, attribute, write_session,
};
use opensession_engine::{Blame, Capture, Engine, Home, LineSource, Os, Scope};
use opensession_testkit::fsck_strict;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

impl Replay {
    fn engine(&self) -> Engine {
        let home = Home::new(self.memory.path().to_owned(), BTreeMap::new(), Os::Linux);
        let root = fs::canonicalize(self.path()).unwrap();
        Engine::open(home, Scope::Repository(root)).unwrap()
    }

    /// Stores every session, each edit with a prompt before it that names it: in the home store, or on the
    /// repository's branch, where links are found as hooks do.
    fn store(&self, is_enabled: bool) {
        let mut logs = Vec::new();
        for (name, events) in &self.sessions {
            let mut header =
                Header::new(SessionId::new(name.as_str()).unwrap(), "claude-code", "anthropic");
            let attributes = &mut header.context.attributes;
            attributes.set(attribute::CWD, self.path().to_string_lossy().into_owned());
            if self.copies.contains(name) {
                attributes.set(attribute::FORKED_FROM, "another");
            }
            header.context.created_at = events[0].timestamp;
            let with_prompts = events.iter().flat_map(|event| {
                let id = EventId::new(format!("p-{}", event.event_id));
                let mut prompt = Event::new(id, event.timestamp, EventType::UserMessage);
                prompt.content.blocks = vec![Block::text(format!("write {}", event.event_id))];
                [prompt, event.clone()]
            });
            let session = Session { header, events: with_prompts.collect() };
            let mut text = Vec::new();
            write_session(&session, &mut text);
            let path = self.memory.path().join(format!("logs/{name}.hail.jsonl"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            logs.push(path);
        }
        let home = Home::new(self.memory.path().to_owned(), BTreeMap::new(), Os::Linux);
        let all = Engine::open(home, Scope::Home).unwrap();
        if is_enabled {
            all.enable(self.path(), false, noon()).unwrap();
        }
        let report = all.capture(Capture::Logs(&logs), noon(), &()).unwrap();
        assert_eq!(report.failures().count(), 0);
        assert_eq!(all.link(noon()).unwrap(), []);
    }

    fn blame(&self, file: &str, range: Option<(usize, usize)>) -> Blame {
        let root = fs::canonicalize(self.path()).unwrap();
        let blame = self.engine().blame(&root.join(file), range).unwrap();
        assert!(blame.damaged.is_empty(), "{:?}", blame.damaged);
        blame
    }

    /// Holds every line of every file that is checked out against what is known of who wrote it.
    fn check(&self) -> Tally {
        let mut tally = Tally::default();
        for file in self.says(&["ls-files"]).lines() {
            for line in self.blame(file, None).lines {
                let text = String::from_utf8_lossy(&line.text).into_owned();
                let Some(authors) = self.wrote.get(&bare(&text)) else { continue };
                if text.chars().filter(|c| c.is_alphanumeric()).count() < 6 {
                    continue;
                }
                let found = line.source.as_ref().map(|source| {
                    assert_prompt(source);
                    source.event.clone()
                });
                tally.add(&format!("{file}:{}: {text}", line.number), found, authors);
            }
        }
        fsck_strict(self.path());
        tally
    }
}

fn assert_prompt(source: &LineSource) {
    let (session, prompt) = source.prompt.as_ref().unwrap();
    assert_eq!(prompt.text, format!("write {}", source.event));
    assert_eq!(*session, source.session);
}

#[derive(Debug, Default)]
struct Tally {
    right: usize,
    unknown: Vec<String>,
    wrong: Vec<String>,
    people: usize,
}

impl Tally {
    fn add(&mut self, line: &str, found: Option<EventId>, authors: &BTreeSet<Option<EventId>>) {
        let is_sure = authors.len() == 1;
        match found {
            Some(event) if authors.contains(&Some(event.clone())) => self.right += 1,
            Some(event) => self.wrong.push(format!("{line}: {event}, not {authors:?}")),
            None if authors.contains(&None) => self.people += 1,
            None if is_sure => self.unknown.push(format!("{line}: {authors:?}")),
            None => {}
        }
    }
}

#[test]
fn lines_lead_to_their_prompts_through_every_way_to_rewrite_a_history() {
    for is_enabled in [false, true] {
        let mut replay = Replay::new();
        ordinary_work(&mut replay);
        rewriting(&mut replay);
        odds_and_ends(&mut replay);
        merges(&mut replay);
        replay.store(is_enabled);
        let mut all = Tally::default();
        for branch in ["main", "feature", "squashed"] {
            replay.git(&["checkout", "--quiet", branch]);
            let tally = replay.check();
            all.right += tally.right;
            all.people += tally.people;
            all.unknown.extend(tally.unknown);
            all.wrong.extend(tally.wrong);
        }
        assert!(all.wrong.is_empty(), "{all:#?}");
        // White space that a person changed, and a rename that git does not see as one.
        assert!(all.right > 250 && all.unknown.len() <= 9, "{all:#?}");
    }
}
