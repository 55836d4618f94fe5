//! Blame over real histories: the edit and the prompt that wrote a line, or nothing rather than a wrong one.

use crate::links::{merges, odds_and_ends, ordinary_work, rewriting};
use crate::log::noon;
use crate::replay::{Replay, bare, key};
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
            // The session of a sub-agent is called `<parent>.<agent>`, and nobody talks to it.
            let parent = name.split_once('.').map(|(parent, _)| parent);
            if parent.is_some() {
                let attributes = &mut header.context.attributes;
                attributes.set_some(attribute::PARENT_SESSION_ID, parent);
                attributes.set(attribute::SESSION_ROLE, "auxiliary");
            }
            let mut stored = Vec::new();
            for event in events {
                if parent.is_none() {
                    stored.push(prompt(event));
                }
                stored.push(event.clone());
            }
            let session = Session { header, events: stored };
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

    /// The event that each line of a file leads to; an empty text for none.
    fn events(&self, file: &str) -> Vec<String> {
        let event = |source: &LineSource| source.event.to_string();
        let lines = self.blame(file, None).lines;
        lines.iter().map(|line| line.source.as_ref().map_or_else(String::new, event)).collect()
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

/// The prompt before an event, which names it.
fn prompt(event: &Event) -> Event {
    let id = EventId::new(format!("p-{}", event.event_id));
    let mut prompt = Event::new(id, event.timestamp, EventType::UserMessage);
    prompt.content.blocks = vec![Block::text(format!("write {}", event.event_id))];
    prompt
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

#[test]
fn the_same_lines_by_two_sessions_and_a_person_are_told_apart() {
    let mut replay = Replay::new();
    let body = |name: &str, number: u32| {
        format!("fn {name}() {{\n    shared_setup(7);\n    let {name} = {number};\n}}\n")
    };
    replay.edit("ada", "a.rs", "", &body("first", 1));
    replay.hand("a.rs", "", &body("by_hand", 2));
    replay.edit("bob", "a.rs", "", &body("second", 3));
    replay.commit("all three");
    // What a person changes after the session is the person's, and a copy of a line is nobody's.
    replay.hand("a.rs", "let first = 1;", "let first = 100;");
    replay.hand("a.rs", "", "let second = 3;\n");
    replay.commit("by hand");
    replay.store(false);
    let (ada, bob) = ("ada-0", "bob-0");
    assert_eq!(replay.events("a.rs"), [ada, ada, "", ada, "", "", "", "", bob, bob, bob, bob, ""]);
    // One line at a time is told like all of them.
    let whole = replay.events("a.rs");
    for (at, event) in whole.iter().enumerate() {
        let one = replay.blame("a.rs", Some((at + 1, at + 1)));
        let found = one.lines[0].source.as_ref().map_or("", |source| source.event.as_str());
        assert_eq!((one.lines.len(), found), (1, event.as_str()), "{}", at + 1);
    }
    fsck_strict(replay.path());
}

#[test]
fn line_ends_and_encodings_of_files_do_not_matter() {
    let mut replay = Replay::new();
    let text = "größe = eins_zwei_drei\nlast_of_the_lines = 4\n";
    replay.edit("ada", "crlf.txt", "", text);
    replay.edit("ada", "latin.txt", "", text);
    replay.edit("ada", "no_end.txt", "", "only_line_without_an_end = 1");
    fs::write(replay.path().join("crlf.txt"), text.replace('\n', "\r\n")).unwrap();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    fs::write(replay.path().join("latin.txt"), latin).unwrap();
    replay.commit("odd files of ada");
    replay.store(true);
    assert_eq!(replay.events("crlf.txt"), ["ada-0", "ada-0"]);
    assert_eq!(replay.events("latin.txt"), ["ada-1", "ada-1"]);
    assert_eq!(replay.events("no_end.txt"), ["ada-2"]);
    fsck_strict(replay.path());
}

#[test]
fn what_is_not_committed_is_a_sessions_only_to_the_byte_and_since_the_last_commit() {
    let mut replay = Replay::new();
    replay.edit("ada", "a.rs", "", "a_line_that_was_taken_back();\nkept_in_the_first_commit();\n");
    replay.commit("first ada");
    replay.hand("a.rs", "a_line_that_was_taken_back();\n", "");
    replay.commit("taken back");
    replay.edit("bob", "a.rs", "", "a_line_of_bob_for_much_later();\nanother_line_of_bob();\n");
    replay.hand("a.rs", "", "a_line_that_was_taken_back();\n");
    replay.hand("a.rs", "another_line_of_bob", "another_line_of_Bob");
    // A commit of another file changes nothing.
    replay.write("other.txt", "something else\n");
    replay.git(&["add", "other.txt"]);
    replay.git(&["commit", "--quiet", "--message=other"]);
    replay.store(false);
    assert_eq!(replay.events("a.rs"), ["ada-0", "bob-0", "", ""]);
    let lines = replay.blame("a.rs", None).lines;
    let committed: Vec<bool> = lines.iter().map(|line| line.commit.is_some()).collect();
    assert_eq!(committed, [true, false, false, false]);
    fsck_strict(replay.path());
}

#[test]
fn the_line_of_a_sub_agent_leads_to_what_its_parent_was_asked() {
    let mut replay = Replay::new();
    replay.edit("ada", "a.rs", "", "written_before_the_agent();\n");
    let start = EventType::TaskStart { title: Some("help".to_owned()) };
    replay.event("ada", start, Vec::new());
    let started = replay.sessions.get_mut("ada").unwrap().last_mut().unwrap();
    started.attributes.set(attribute::TASK_SESSION_ID, "ada.helper");
    replay.edit("ada", "a.rs", "", "written_beside_the_agent();\n");
    replay.edit("ada.helper", "b.rs", "", "written_by_the_agent_itself();\n");
    replay.commit("both");
    replay.store(true);
    let blame = replay.blame("b.rs", Some((1, 1)));
    let source = blame.lines[0].source.as_ref().unwrap();
    assert_eq!((&source.session, source.event.as_str()), (&key("ada.helper"), "ada.helper-0"));
    let (asked, prompt) = source.prompt.as_ref().unwrap();
    assert_eq!((asked, prompt.text.as_str()), (&key("ada"), "write ada-1"));
    assert!(blame.sessions[&key("ada")].is_some());
    fsck_strict(replay.path());
}

#[test]
fn a_copy_of_a_session_has_what_it_wrote_itself_only() {
    let mut replay = Replay::new();
    replay.edit("zoe", "a.rs", "", "a_line_of_the_original_session();\n");
    replay.copy("zoe", "abe");
    replay.commit("original");
    replay.edit("abe", "a.rs", "", "a_line_that_the_copy_went_on_with();\n");
    replay.commit("copy");
    replay.store(false);
    let blame = replay.blame("a.rs", None);
    let sessions: Vec<_> =
        blame.lines.iter().map(|line| line.source.as_ref().unwrap().session.clone()).collect();
    assert_eq!(sessions, [key("zoe"), key("abe")]);
    fsck_strict(replay.path());
}
