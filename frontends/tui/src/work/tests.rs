//! The reader of the index, while its file is not at hand.

use super::*;
use crate::list::{Answer, Request};
use opensession_engine::{Os, Scope};
use opensession_testkit::{TestHome, fsck_strict, git};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::sync::mpsc::channel;
use std::time::Duration;

const SESSIONS: [&str; 2] =
    ["11111111-2222-4333-8444-555555555555", "22222222-2222-4333-8444-555555555555"];

/// Who has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(60);

struct Stand {
    home: TestHome,
    engine: Arc<Engine>,
    jobs: Sender<Job>,
    told: Receiver<Event>,
}

impl Stand {
    /// Returns one over the sessions of a home with one of them in its store, and nobody who reads yet.
    fn new(scope: impl FnOnce(&TestHome) -> Scope) -> (Self, impl FnOnce()) {
        let home = TestHome::new();
        let place = Home::new(home.path().to_owned(), BTreeMap::new(), Os::Linux);
        let engine = Arc::new(Engine::open(place.clone(), scope(&home)).unwrap());
        let (jobs, asked) = channel();
        let (tell, told) = channel();
        let workplace = Workplace {
            shown: Arc::clone(&engine),
            all: Arc::clone(&engine),
            now: || Timestamp::EPOCH,
            zone: TimeZone::UTC,
            home: place,
            tell,
        };
        let read = move || drop(std::thread::spawn(move || workplace.read_index(&asked)));
        (Self { home, engine, jobs, told }, read)
    }

    /// Stores the session of that number.
    fn store(&self, number: usize) {
        let session = SESSIONS[number];
        let line = format!(
            r#"{{"type":"user","uuid":"u1","sessionId":"{session}","timestamp":"2026-03-01T10:00:00.000Z","cwd":"/p","version":"2.1.0","isSidechain":false,"message":{{"role":"user","content":"prompt"}}}}"#
        );
        self.home.write(&format!(".claude/projects/-p/{session}.jsonl"), line + "\n");
        self.engine.capture(Capture::All, Timestamp::EPOCH, &()).unwrap();
    }

    /// Keeps the file of the index to itself, as one does who moves what was written into it.
    fn lock(&self) -> File {
        let mut path = self.engine.index_path().into_os_string();
        path.push("-stamp");
        let stamp = File::options().write(true).create(true).truncate(false).open(path).unwrap();
        stamp.lock().unwrap();
        stamp
    }

    fn ask(&self, question: u64) {
        let query = Query::default();
        let page = Request::Page { question, section: 0, query, limit: 10, after: None };
        self.jobs.send(Job::List(page)).unwrap();
    }

    fn answer(&self) -> Message {
        let Event::Told(message) = self.told.recv_timeout(PATIENCE).unwrap() else {
            panic!("no message")
        };
        message
    }
}

#[test]
fn rows_do_not_wait_for_an_index_that_another_process_keeps() {
    let (stand, read) = Stand::new(|_| Scope::Home);
    stand.store(0);
    stand.engine.index().unwrap().refresh(&mut |_| true).unwrap();
    let lock = stand.lock();
    read();
    stand.ask(1);
    let first = stand.answer();
    assert!(matches!(&first, Message::List(Answer::Newest(rows)) if rows.len() == 1), "{first:?}");
    drop(lock);
    let then = stand.answer();
    assert!(
        matches!(&then, Message::List(Answer::Page { rows, question: 1, .. }) if rows.len() == 1),
        "{then:?}"
    );
    fsck_strict(&stand.engine.home_store());
}

#[test]
fn rows_do_not_wait_for_an_index_that_has_to_be_made_in_memory() {
    let (stand, read) = Stand::new(|_| Scope::Home);
    stand.store(0);
    // A folder is in the place of the file.
    fs::create_dir(stand.engine.index_path()).unwrap();
    read();
    stand.ask(1);
    let first = stand.answer();
    assert!(matches!(&first, Message::List(Answer::Newest(rows)) if rows.len() == 1), "{first:?}");
    let then = stand.answer();
    assert!(
        matches!(&then, Message::List(Answer::Page { rows, .. }) if rows.len() == 1),
        "{then:?}"
    );
    // It is filled again, and the file is taken once it can be.
    stand.store(1);
    fs::remove_dir(stand.engine.index_path()).unwrap();
    stand.jobs.send(Job::LookAgain).unwrap();
    stand.ask(2);
    let last = stand.answer();
    assert!(
        matches!(&last, Message::List(Answer::Page { rows, .. }) if rows.len() == 2),
        "{last:?}"
    );
    assert!(stand.engine.index_path().is_file());
}

#[test]
fn an_open_index_is_looked_at_again_not_opened_again() {
    let (stand, read) = Stand::new(|_| Scope::Home);
    stand.store(0);
    stand.engine.index().unwrap().refresh(&mut |_| true).unwrap();
    read();
    stand.ask(1);
    let first = stand.answer();
    assert!(matches!(first, Message::List(Answer::Page { .. })), "{first:?}");
    // The index does not know this one. One made in memory, for want of the file, would.
    stand.store(1);
    let lock = stand.lock();
    stand.jobs.send(Job::LookAgain).unwrap();
    stand.ask(2);
    let then = stand.answer();
    assert!(
        matches!(&then, Message::List(Answer::Page { rows, .. }) if rows.len() == 1),
        "{then:?}"
    );
    drop(lock);
    stand.engine.index().unwrap().refresh(&mut |_| true).unwrap();
    stand.jobs.send(Job::LookAgain).unwrap();
    stand.ask(3);
    let last = stand.answer();
    assert!(
        matches!(&last, Message::List(Answer::Page { rows, .. }) if rows.len() == 2),
        "{last:?}"
    );
    // Another one in its place is opened.
    stand.engine.remove_index().unwrap();
    stand.engine.index().unwrap();
    stand.jobs.send(Job::LookAgain).unwrap();
    stand.ask(4);
    let none = stand.answer();
    assert!(
        matches!(&none, Message::List(Answer::Page { rows, .. }) if rows.is_empty()),
        "{none:?}"
    );
}

#[test]
fn an_index_that_could_not_be_opened_is_tried_again_with_the_next_question() {
    let (stand, read) = Stand::new(|home| Scope::Repository(home.path().join("shop")));
    let folder = stand.home.path().join("shop");
    fs::create_dir(&folder).unwrap();
    read();
    stand.ask(1);
    let first = stand.answer();
    assert!(matches!(first, Message::Failed(_)), "{first:?}");
    stand.ask(2);
    let second = stand.answer();
    assert!(matches!(second, Message::Failed(_)), "no question is dropped: {second:?}");
    assert_eq!(git(&folder, &["init", "--quiet"]), "");
    stand.ask(3);
    let third = stand.answer();
    assert!(matches!(third, Message::List(Answer::Newest(_))), "{third:?}");
    fsck_strict(&folder);
}
