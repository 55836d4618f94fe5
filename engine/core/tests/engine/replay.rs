//! A repository in which sessions and a person work, and what the links of its commits must be.

use opensession_engine::Result;
use opensession_engine::hail::{
    Block, Event, EventId, EventType, SessionId, SessionKey, Timestamp,
};
use opensession_engine::links::{FoundLink, Reconcile, Rewritten, SessionSource, reconcile};
use opensession_store::{CommitId, Store};
use opensession_testkit::{Shape, TestHome, TestRepository, command, git};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which session each commit is linked to, by the commit's whole message.
pub(crate) type Table = BTreeSet<(String, String)>;

/// A repository, sessions that edit its files, and a clock.
pub(crate) struct Replay {
    pub(crate) repository: TestRepository,
    pub(crate) memory: TestHome,
    pub(crate) sessions: BTreeMap<String, Vec<Event>>,
    /// Which event wrote each line, without its white space; `None` is a person.
    pub(crate) wrote: BTreeMap<String, BTreeSet<Option<EventId>>>,
    /// Of how many events a session that is stored in part consists.
    pub(crate) stored: BTreeMap<String, usize>,
    /// How often a session was read.
    pub(crate) reads: Cell<usize>,
    /// Whether every commit is followed by a run, as the hook does.
    pub(crate) has_hook: bool,
    /// Of which session another is a copy.
    pub(crate) copies: BTreeSet<String>,
    pub(crate) roots: Vec<PathBuf>,
    /// Seconds since 1970.
    clock: i64,
    links: BTreeMap<(CommitId, SessionKey), FoundLink>,
}

impl Replay {
    pub(crate) fn new() -> Self {
        let repository = TestRepository::new(Shape::Plain);
        let roots = vec![repository.path().to_owned()];
        Self {
            repository,
            memory: TestHome::new(),
            sessions: BTreeMap::new(),
            wrote: BTreeMap::new(),
            stored: BTreeMap::new(),
            reads: Cell::new(0),
            has_hook: false,
            copies: BTreeSet::new(),
            roots,
            clock: 1_790_000_000,
            links: BTreeMap::new(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.repository.path()
    }

    /// Runs git at the next minute; `sequence` edits the list of an interactive rebase.
    pub(crate) fn git_with(&mut self, arguments: &[&str], sequence: &str) -> String {
        self.clock += 60;
        let date = format!("{} +0000", self.clock);
        let output = command("git", self.repository.path())
            .args(arguments)
            .env("GIT_COMMITTER_DATE", &date)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_EDITOR", "true")
            .env("GIT_SEQUENCE_EDITOR", sequence)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn git(&mut self, arguments: &[&str]) {
        let _said = self.git_with(arguments, "true");
    }

    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        git(self.repository.path(), arguments)
    }

    /// Commits everything. The message names every session whose edits the commit holds, and no other.
    pub(crate) fn commit(&mut self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        if self.has_hook {
            let _found = self.reconcile(&[]);
        }
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap_or_default()
    }

    /// Lines that were never written before are a person's.
    pub(crate) fn write(&mut self, file: &str, text: &str) {
        for line in text.lines() {
            self.wrote.entry(bare(line)).or_insert_with(|| [None].into());
        }
        self.put(file, text);
    }

    fn put(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A person replaces `old` by `new`; an empty `old` is the end of the file.
    pub(crate) fn hand(&mut self, file: &str, old: &str, new: &str) {
        self.note(old, new, None);
        self.replace(file, old, new);
    }

    /// Notes who wrote the lines of `new` that are not in `old`.
    fn note(&mut self, old: &str, new: &str, by: Option<&EventId>) {
        for line in new.lines().filter(|line| old.lines().all(|other| other != *line)) {
            self.wrote.entry(bare(line)).or_default().insert(by.cloned());
        }
    }

    fn replace(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert!(text.contains(old), "{file} has no {old:?}:\n{text}");
        let text = if old.is_empty() { text + new } else { text.replacen(old, new, 1) };
        self.put(file, &text);
    }

    /// A session does.
    pub(crate) fn edit(&mut self, session: &str, file: &str, old: &str, new: &str) {
        let is_new = !self.path().join(file).exists();
        self.replace(file, old, new);
        let path = self.path().join(file).to_string_lossy().into_owned();
        self.says_edit(session, &path, old, new, is_new);
    }

    /// A session's log says that it replaced `old` by `new` in `path`.
    pub(crate) fn says_edit(
        &mut self,
        session: &str,
        path: &str,
        old: &str,
        new: &str,
        is_new: bool,
    ) {
        let path = path.to_owned();
        let event = self.next_event(session);
        self.note(old, new, Some(&event));
        if is_new {
            let file = Block::File { path: path.clone(), content: Some(new.to_owned()) };
            self.event(session, EventType::FileCreate { path }, vec![file]);
            return;
        }
        let signed = |sign: char, text: &str| {
            text.lines().map(|line| format!("{sign}{line}\n")).collect::<String>()
        };
        let (removed, added) = (old.lines().count(), new.lines().count());
        let lines = signed('-', old) + &signed('+', new);
        let diff = Some(format!("@@ -1,{removed} +1,{added} @@\n{lines}"));
        self.event(session, EventType::FileEdit { path, diff }, Vec::new());
    }

    pub(crate) fn delete(&mut self, session: &str, file: &str) {
        fs::remove_file(self.path().join(file)).unwrap();
        let path = self.path().join(file).to_string_lossy().into_owned();
        self.event(session, EventType::FileDelete { path }, Vec::new());
    }

    pub(crate) fn event(&mut self, session: &str, event_type: EventType, blocks: Vec<Block>) {
        self.clock += 20;
        let time = Timestamp::from_millis(self.clock * 1000).unwrap();
        let id = self.next_event(session);
        let events = self.sessions.entry(session.to_owned()).or_default();
        let mut event = Event::new(id, time, event_type);
        event.content.blocks = blocks;
        events.push(event);
    }

    /// The id of the event that a session makes next.
    fn next_event(&self, session: &str) -> EventId {
        let count = self.sessions.get(session).map_or(0, Vec::len);
        EventId::new(format!("{session}-{count}"))
    }

    /// Another session begins with a copy of this one's events.
    pub(crate) fn copy(&mut self, session: &str, copy: &str) {
        let events = self.sessions[session].clone();
        self.sessions.insert(copy.to_owned(), events);
        self.copies.insert(copy.to_owned());
    }

    /// Finds what is new, remembers it, and returns what was found now.
    pub(crate) fn reconcile(&mut self, rewritten: &[Rewritten]) -> Vec<FoundLink> {
        let store = Store::open(self.path()).unwrap();
        let tips: Vec<CommitId> = self
            .says(&["for-each-ref", "--format=%(objectname)", "refs/heads"])
            .lines()
            .map(|tip| tip.parse().unwrap())
            .collect();
        let reads = &self.reads;
        let mut sessions = Vec::new();
        for (name, events) in &self.sessions {
            let stored = self.stored.get(name).map_or(events.len(), |count| *count);
            let Some(events) = events.get(..stored).filter(|events| !events.is_empty()) else {
                continue;
            };
            let folder = self.path().to_string_lossy().into_owned();
            sessions.push(SessionSource {
                key: key(name),
                tree: stored.to_string(),
                started: events[0].timestamp,
                folder: Some(folder),
                is_copy: self.copies.contains(name),
                read: Box::new(move |each| -> Result<()> {
                    reads.set(reads.get() + 1);
                    events.iter().cloned().for_each(each);
                    Ok(())
                }),
            });
        }
        let links = &self.links;
        let stored = |commit: CommitId| -> Result<Vec<FoundLink>> {
            let of_commit = links.iter().filter(|((id, _), _)| *id == commit);
            Ok(of_commit.map(|(_, link)| link.clone()).collect())
        };
        let history = store.history();
        let found = reconcile(&Reconcile {
            history: &history,
            tips: &tips,
            roots: &self.roots,
            home: Path::new("/nowhere"),
            sessions: &sessions,
            rewritten,
            stored: &stored,
            memory: &self.memory.path().join("linked"),
        })
        .unwrap();
        assert!(found.failures.is_empty(), "{:?}", found.failures);
        let links = found.links.clone();
        found.remember().unwrap();
        for link in &links {
            self.links.insert((link.commit, link.session.clone()), link.clone());
        }
        links
    }

    /// Loses every file of the memory: each is cut in half.
    pub(crate) fn damage_memory(&mut self) {
        self.links.clear();
        let mut folders = vec![self.memory.path().join("linked")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    let bytes = fs::read(&entry).unwrap();
                    fs::write(&entry, &bytes[..bytes.len() / 2]).unwrap();
                }
            }
        }
    }

    pub(crate) fn id(&self, revision: &str) -> CommitId {
        self.says(&["rev-parse", revision]).parse().unwrap()
    }

    /// The links of all runs so far, of commits on a branch.
    pub(crate) fn found(&self) -> Table {
        let all = self.messages();
        let row =
            |link: &FoundLink| Some((all.get(&link.commit)?.clone(), link.session.id().to_owned()));
        self.links.values().filter_map(row).collect()
    }

    /// What they must be, by the messages.
    pub(crate) fn expected(&self) -> Table {
        let mut table = Table::new();
        for message in self.messages().into_values() {
            for word in message.split_whitespace() {
                if self.sessions.contains_key(word) {
                    table.insert((message.clone(), word.to_owned()));
                }
            }
        }
        table
    }

    /// The link of the commit with this message and this session.
    pub(crate) fn link(&self, message: &str, session: &str) -> Option<&FoundLink> {
        let all = self.messages();
        let fits = |link: &&FoundLink| {
            link.session == key(session)
                && all.get(&link.commit).is_some_and(|one| one.starts_with(message))
        };
        self.links.values().find(fits)
    }

    /// Commits on a branch, with their messages; equal messages are told apart by the commit.
    fn messages(&self) -> BTreeMap<CommitId, String> {
        let log = self.says(&["log", "--all", "--format=%x01%H %B"]);
        let commits = log.split('\u{1}').filter_map(|entry| entry.split_once(' '));
        commits
            .map(|(id, message)| {
                let words: Vec<&str> = message.split_whitespace().collect();
                (id.parse().unwrap(), format!("{} ({})", words.join(" "), id.get(..7).unwrap()))
            })
            .collect()
    }
}

pub(crate) fn key(name: &str) -> SessionKey {
    SessionKey::new("claude-code", &SessionId::new(name).unwrap())
}

/// A line without its white space.
pub(crate) fn bare(line: &str) -> String {
    line.split_whitespace().collect()
}

/// A function of some lines that nobody else would write.
pub(crate) fn function(name: &str) -> String {
    format!(
        "fn {name}(input: &str) -> usize {{\n    let {name}_parts = input.split('{name}');\n    {name}_parts.count()\n}}\n"
    )
}
