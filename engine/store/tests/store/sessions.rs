//! Made-up sessions, and reading them back with nothing but git and zstd.

use opensession_hail::{
    Attachment, Block, ContentId, Event, EventId, EventType, Header, SessionId, SessionKey, Stats,
    Timestamp,
};
use opensession_redact::{Counts, Key, Line, Redacted, Redactor, Settings};
use opensession_store::{Branch, Draft, DraftSource, Entry, SegmentWriter, Store, Written};
use opensession_testkit::{fsck_strict, git, git_with_input};
use std::path::Path;
use std::time::Duration;

/// Longer than any test runs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn redactor() -> Redactor {
    Redactor::new(Key::from_bytes([7; 32]), Settings::default())
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// When the first event of every session happened.
pub(crate) fn start() -> Timestamp {
    at("2026-02-19T09:00:00.000Z")
}

pub(crate) fn key(id: &str) -> SessionKey {
    SessionKey::new("claude-code", &SessionId::new(id).unwrap())
}

/// Returns event number `n` of a session; `size` is the length of its text.
pub(crate) fn line(redactor: &Redactor, n: u64, size: usize) -> Redacted<Line> {
    let time = Timestamp::from_millis(start().as_millis() + i64::try_from(n).unwrap()).unwrap();
    let mut event = Event::new(EventId::new(format!("e{n}")), time, EventType::UserMessage);
    let text: String = (0..)
        .flat_map(|word| format!("{} ", n * 31 + word).into_bytes())
        .take(size)
        .map(char::from)
        .collect();
    event.content.blocks.push(Block::text(text));
    redactor.event(event, &mut Counts::new())
}

/// Returns a draft of the session `id` with `sizes.len()` events more than the branch has.
pub(crate) fn grown(store: &Store, id: &str, sizes: &[usize]) -> Draft {
    let redactor = redactor();
    let branch = store.branch().unwrap();
    let base = branch.as_ref().and_then(|branch| branch.find(&key(id), Some(start())).unwrap());
    let manifest = base.as_ref().map(|base| branch.as_ref().unwrap().manifest(base).unwrap());
    let chains = manifest.as_ref().map_or(opensession_hail::Chains::START, |found| found.chains());
    let first = manifest.as_ref().map_or(0, |found| found.events());
    let mut writer = SegmentWriter::new(store, chains);
    for (n, size) in (first..).zip(sizes) {
        writer.push(&line(&redactor, n, *size)).unwrap();
    }
    let mut header = Header::new(SessionId::new(id).unwrap(), "claude-code", "anthropic");
    header.context.created_at = start();
    header.context.title = Some(format!("Session {id}"));
    Draft {
        key: key(id),
        day: start(),
        generation: manifest.as_ref().map_or(0, |found| found.generation),
        header: redactor.header(header, &mut Counts::new()),
        stats: Stats { event_count: first + sizes.len() as u64, ..Stats::default() },
        source: DraftSource {
            parser: 1,
            rules: 1,
            log: redactor.text(format!("projects/{id}.jsonl"), &mut Counts::new()),
            bytes: 1000,
            hash: ContentId::of(id.as_bytes()),
            drift: Vec::new(),
        },
        redactions: Counts::new(),
        keep: manifest.map_or(0, |found| found.segments.len()),
        segments: writer.finish().unwrap(),
        attachments: Vec::new(),
        forked_from: None,
        seen: branch.map(|branch| branch.commit()),
        base,
    }
}

/// Returns what begins like a picture and goes on with `bytes`.
pub(crate) fn picture(bytes: &[u8]) -> Attachment {
    let bytes = [b"\x89PNG\r\n\x1a\n", bytes].concat();
    Attachment { name: format!("{}.png", ContentId::of(&bytes)), bytes }
}

pub(crate) fn attachment(bytes: &[u8]) -> Redacted<Attachment> {
    redactor().attachment(picture(bytes)).unwrap()
}

pub(crate) fn write(store: &Store, drafts: Vec<Draft>) -> Written {
    let written = store.write(drafts, at("2026-02-19T10:00:00.000Z"), PATIENCE).unwrap();
    assert!(written.failed.is_empty(), "{:?}", written.failed);
    written
}

/// Adds events to the session `id`, again from what is on the branch where somebody else was faster.
pub(crate) fn grow(store: &Store, id: &str, sizes: &[usize]) -> Entry {
    loop {
        let mut written = write(store, vec![grown(store, id, sizes)]);
        if let Some(entry) = written.stored.pop() {
            return entry;
        }
    }
}

/// Returns the event lines of a session, read through the store.
pub(crate) fn read(branch: &Branch, entry: &Entry) -> Vec<u8> {
    let manifest = branch.manifest(entry).unwrap();
    let lines = manifest.segments.iter().flat_map(|record| branch.segment(entry, record).unwrap());
    lines.collect()
}

/// Returns the lines that a session of events of these sizes has.
pub(crate) fn expected(sizes: &[usize]) -> Vec<u8> {
    let redactor = redactor();
    (0..).zip(sizes).flat_map(|(n, size)| line(&redactor, n, *size).into_inner().bytes).collect()
}

/// Reads every session with git and zstd alone, holds it against the store, and lets git check the repository.
/// Returns the number of sessions.
pub(crate) fn assert_sound(path: &Path) -> usize {
    if git(path, &["rev-parse", "--is-bare-repository"]) == "false" {
        assert_eq!(git(path, &["status", "--porcelain"]), "", "the work tree was touched");
    }
    assert_stored(path)
}

/// Does what [`assert_sound`] does in a repository whose work tree need not be clean.
pub(crate) fn assert_stored(path: &Path) -> usize {
    wait_for_repack(path);
    fsck_strict(path);
    let store = Store::open(path).unwrap();
    assert_eq!(store.fsck(&mut |_done, _total| {}).unwrap(), []);
    let Some(branch) = store.branch().unwrap() else {
        return 0;
    };
    let tip = git(path, &["rev-parse", "opensession/sessions"]);
    assert_eq!(branch.commit().to_string(), tip);
    let mut count = 0;
    for entry in branch.newest() {
        let entry = entry.unwrap();
        let folder = format!("{tip}:v1/{}/{}/", entry.day, entry.key);
        let names = git(path, &["ls-tree", "--name-only", &folder]);
        let mut lines = Vec::new();
        for name in names.lines().filter(|name| name.ends_with(".hail.zst")) {
            let frame =
                git_with_input(path, &["cat-file", "blob", &format!("{folder}{name}")], b"");
            zstd_cat(&frame, &mut lines);
        }
        assert!(lines == read(&branch, &entry), "{} differs", entry.key);
        count += 1;
    }
    count
}

/// Waits until no repack runs in the background: `git fsck` takes fright when packs are replaced under it.
fn wait_for_repack(path: &Path) {
    let store = Store::open(path).unwrap();
    if let Ok(lock) = std::fs::File::open(store.git_dir().join("opensession/repack")) {
        lock.lock().unwrap();
    }
}

fn zstd_cat(frame: &[u8], out: &mut Vec<u8>) {
    zstd::stream::copy_decode(frame, out).unwrap();
}
