//! A repository with made-up sessions, and an index of its branches.

use opensession_hail::{
    Author, Block, Chains, ContentId, Event, EventId, EventType, Header, SessionId, SessionKey,
    Tally, Timestamp, attribute,
};
use opensession_index::{Clock, Found, Index, Query, Source, View};
use opensession_redact::{Counts, Key, Redactor, Settings};
use opensession_store::{Draft, DraftSource, SegmentWriter, Store};
use opensession_testkit::{Shape, TestRepository, fsck_strict, git, git_with_input};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const BRANCH: &str = "refs/heads/opensession/sessions";
pub(crate) const REMOTE: &str = "refs/remotes/origin/opensession/sessions";
/// The first millisecond of the first session.
const START: i64 = 1_771_491_600_000;
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) struct World {
    pub(crate) repository: TestRepository,
    store: Store,
    redactor: Redactor,
}

impl World {
    pub(crate) fn new() -> Self {
        let repository = TestRepository::new(Shape::Bare);
        let store = Store::open(repository.path()).unwrap();
        let redactor = Redactor::new(Key::from_bytes([7; 32]), Settings::default());
        Self { repository, store, redactor }
    }

    /// Where the index is.
    pub(crate) fn file(&self) -> PathBuf {
        self.repository.home().path().join("data/local.db")
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(self.repository.path(), arguments)
    }

    /// Adds events to session `number`: each is a kind of event and a text.
    pub(crate) fn write(&self, number: i64, events: &[(&str, &str)]) {
        let id = SessionId::new(format!("s{number}")).unwrap();
        let key = SessionKey::new(["codex", "claude-code"][usize::from(number % 2 == 0)], &id);
        let start = Timestamp::from_millis(START + number * 20 * 3_600_000).unwrap();
        let branch = self.store.branch().unwrap();
        let base = branch.as_ref().and_then(|branch| branch.find(&key, Some(start)).unwrap());
        let manifest = base.as_ref().map(|base| branch.as_ref().unwrap().manifest(base).unwrap());
        let chains = manifest.as_ref().map_or(Chains::START, |found| found.chains());
        let first = manifest.as_ref().map_or(0, |found| found.events());
        let mut writer = SegmentWriter::new(&self.store, chains);
        let mut tally = Tally::new();
        if let (Some(base), Some(manifest)) = (&base, &manifest) {
            for record in &manifest.segments {
                let bytes = branch.as_ref().unwrap().segment(base, record).unwrap();
                for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                    tally.push(&opensession_hail::parse_event(line).unwrap());
                }
            }
        }
        for (n, (kind, text)) in (first..).zip(events) {
            let event = event(n, start, kind, text);
            tally.push(&event);
            writer.push(&self.redactor.event(event, &mut Counts::new())).unwrap();
        }
        let mut header = Header::new(id, key.tool(), "");
        header.agent.model = format!("model-{}", number % 3);
        header.context.created_at = start;
        header.context.updated_at = start;
        header.context.title = Some(format!("Session {number}"));
        let cwd = format!("/home/ann/project-{}", number % 4);
        header.context.attributes.set(attribute::CWD, cwd);
        header.context.attributes.set(attribute::GIT_BRANCH, format!("topic/{}", number % 2));
        // Of every third one nobody knows.
        header.set_author(people().get(usize::from(number % 3 == 1)).filter(|_| number % 3 < 2));
        if number % 5 == 4 {
            header.context.attributes.set(attribute::SESSION_ROLE, "auxiliary");
        }
        let draft = Draft {
            key,
            day: start,
            generation: manifest.as_ref().map_or(0, |found| found.generation),
            header: self.redactor.header(header, &mut Counts::new()),
            stats: tally.finish(),
            source: DraftSource {
                parser: 1,
                rules: 1,
                log: self.redactor.text(format!("p/{number}.jsonl"), &mut Counts::new()),
                bytes: 1,
                hash: ContentId::of(b""),
                drift: Vec::new(),
            },
            redactions: Counts::new(),
            keep: manifest.map_or(0, |found| found.segments.len()),
            segments: writer.finish().unwrap(),
            attachments: Vec::new(),
            forked_from: None,
            seen: branch.map(|branch| branch.commit()),
            base,
        };
        let written = self.store.write(vec![draft], start, PATIENCE).unwrap();
        assert!(written.failed.is_empty(), "{:?}", written.failed);
    }

    /// Makes the branch a commit with the files of the tip for which `keep` holds, and those of `other`.
    pub(crate) fn rewrite(&self, keep: impl Fn(&str) -> bool, other: Option<&str>) {
        let others = other.map(|commit| self.git(&["ls-tree", "-r", commit])).unwrap_or_default();
        self.replace(keep, &others);
    }

    /// Links a commit to a session; what a link says is not read.
    pub(crate) fn link(&self, commit: &str, session: &str) {
        let blob = self.git(&["rev-parse", &format!("{BRANCH}:README.md")]);
        let path = format!("v1/links/{}/{commit}/{session}", commit.get(..2).unwrap());
        self.replace(|_| true, &format!("100644 blob {blob}\t{path}"));
    }

    fn replace(&self, keep: impl Fn(&str) -> bool, others: &str) {
        let listed = self.git(&["ls-tree", "-r", BRANCH]);
        let kept = listed.lines().filter(|line| keep(line.split('\t').next_back().unwrap()));
        let mut lines: Vec<&str> = others.lines().chain(kept).collect();
        lines.push("");
        let path = self.repository.path();
        let _empty = self.git(&["read-tree", "--empty"]);
        let _said =
            git_with_input(path, &["update-index", "--index-info"], lines.join("\n").as_bytes());
        let tree = self.git(&["write-tree"]);
        let commit = self.git(&["commit-tree", "-m", "rewritten", "-p", BRANCH, &tree]);
        let _said = self.git(&["update-ref", BRANCH, &commit]);
    }

    /// The repository's own branch, and the one that was fetched.
    pub(crate) fn sources(&self) -> Vec<Source> {
        // Opened again, as another process would.
        let store = Store::open(self.repository.path()).unwrap();
        let git_dir = store.git_dir().to_owned();
        let own = store.branch().unwrap().map(|branch| (None, branch));
        let fetched = store.tracking().unwrap().branches.into_iter();
        let all = own.into_iter().chain(fetched.map(|(remote, branch)| (Some(remote), branch)));
        all.map(|(remote, branch)| Source {
            git_dir: git_dir.clone(),
            remote,
            branch: Arc::new(branch),
        })
        .collect()
    }

    /// Brings the index up to date.
    pub(crate) fn refresh(&self, index: &mut Index) -> Asked {
        let sources = self.sources();
        let repo = |header: &Header| header.cwd().unwrap_or("").replace("/home/ann/", "");
        let refreshed = index.refresh(&sources, &repo, &mut |_| true).unwrap();
        assert!(refreshed.damaged.is_empty(), "{:?}", refreshed.damaged);
        let view = index.view(&sources, &[], &|_| true, &[], &people()[..1]).unwrap();
        Asked { sources, view }
    }

    /// Lets git check the repository.
    pub(crate) fn check(&self) {
        fsck_strict(self.repository.path());
    }
}

/// What an index is asked about.
pub(crate) struct Asked {
    pub(crate) sources: Vec<Source>,
    pub(crate) view: View,
}

impl Asked {
    pub(crate) fn find(&self, index: &Index, text: &str) -> Vec<Found> {
        let query = query(text);
        let mut all = Vec::new();
        let mut after = None;
        loop {
            // Small pages: where one ends must not matter.
            let page = index.find(&self.view, &query, 3, after).unwrap();
            all.extend(page.rows);
            after = page.next;
            if after.is_none() {
                assert_eq!(index.count(&self.view, &query).unwrap(), all.len() as u64, "{text}");
                return all;
            }
        }
    }

    /// The ids of the sessions that are found, in order.
    pub(crate) fn ids(&self, index: &Index, text: &str) -> Vec<String> {
        self.find(index, text).iter().map(|found| found.entry.key.id().to_owned()).collect()
    }
}

pub(crate) fn query(text: &str) -> Query {
    let now = Timestamp::from_millis(START + 100 * 86_400_000).unwrap();
    Query::parse(text, &Clock::utc(now)).unwrap()
}

fn event(n: u64, start: Timestamp, kind: &str, text: &str) -> Event {
    let (name, text_owned) = ("tool".to_owned(), text.to_owned());
    let block = |text: &str| vec![Block::text(text)];
    let (kind, blocks) = match kind {
        "user" => (EventType::UserMessage, block(text)),
        "assistant" => (EventType::AgentMessage, block(text)),
        "failed" => (EventType::ToolResult { name, is_error: true, call_id: None }, block(text)),
        "output" => (EventType::ToolResult { name, is_error: false, call_id: None }, block(text)),
        "image" => {
            let url = "blobs/x.png".to_owned();
            (
                EventType::UserMessage,
                vec![Block::Image { url, alt: None, mime: "image/png".into() }],
            )
        }
        "edit" => {
            let diff = Some("@@ -1 +1,2 @@\n-old\n+new\n+newer\n".to_owned());
            (EventType::FileEdit { path: text_owned, diff }, Vec::new())
        }
        "shell" => {
            (EventType::ShellCommand { command: text_owned, exit_code: Some(0) }, Vec::new())
        }
        other => unreachable!("{other}"),
    };
    let time = Timestamp::from_millis(start.as_millis() + i64::try_from(n).unwrap()).unwrap();
    let mut event = Event::new(EventId::new(format!("e{n}")), time, kind);
    event.content.blocks = blocks;
    if matches!(event.event_type, EventType::AgentMessage) {
        event.attributes.set(attribute::OUTPUT_TOKENS, 10 + n);
        event.attributes.set(attribute::MODEL, format!("model-{}", n % 2));
        event.attributes.set(attribute::COST, 0.25);
    }
    event
}

/// Returns who has sessions; the first one is the user.
pub(crate) fn people() -> Vec<Author> {
    let person = |name, email| Author::new(Some(name), Some(email)).unwrap();
    vec![person("Ann", "ann@example.com"), person("Bob", "bob@example.com")]
}
