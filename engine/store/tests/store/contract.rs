//! What a write puts on the branch, and what it leaves alone.

use crate::sessions::{
    assert_sound, at, attachment, expected, grow, grown, key, picture, read, start, write,
};
use opensession_store::{Changes, ErrorKind, Store};
use opensession_testkit::{Shape, TestHome, TestRepository};
use std::fs;

#[test]
fn the_first_commit_of_one_session_looks_like_this() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let mut draft = grown(&store, "a", &[3]);
    draft.attachments.push(attachment(b"a picture"));
    write(&store, vec![draft]);
    insta::assert_snapshot!(repository.git(&["cat-file", "commit", "opensession/sessions"]), @r"
    tree 2d7157367a033d17e6e18e688b1ba0494b97f200
    author opensession <opensession@localhost> 1771495200 +0000
    committer opensession <opensession@localhost> 1771495200 +0000

    capture claude-code.a
    ");
    insta::assert_snapshot!(repository.git(&["ls-tree", "-r", "-t", "--name-only", "opensession/sessions"]), @r"
    README.md
    v1
    v1/2026
    v1/2026/02
    v1/2026/02/19
    v1/2026/02/19/claude-code.a
    v1/2026/02/19/claude-code.a/0000.523917298d6608bd.hail.zst
    v1/2026/02/19/claude-code.a/blobs
    v1/2026/02/19/claude-code.a/blobs/7249a8fbb5489c1e966a336f6e58d1cc789ce6a1aec500f6c108e3b11da91f1a.png
    v1/2026/02/19/claude-code.a/session.json
    ");
    insta::assert_snapshot!(repository.git(&["show", "opensession/sessions:v1/2026/02/19/claude-code.a/session.json"]), @r#"
    {
    "format": 1,
    "generation": 0,
    "header": {"version":"hail-1.0.0","session_id":"a","agent":{"provider":"anthropic","model":"","tool":"claude-code"},"context":{"title":"Session a","tags":[],"created_at":"2026-02-19T09:00:00.000Z","updated_at":"1970-01-01T00:00:00.000Z"}},
    "stats": {"event_count":1,"message_count":0,"tool_call_count":0,"task_count":0,"duration_seconds":0,"total_input_tokens":0,"total_output_tokens":0,"user_message_count":0,"files_changed":0,"lines_added":0,"lines_removed":0,"active_seconds":0,"total_cache_read_tokens":0,"total_cache_write_tokens":0},
    "segments": [
    {"name":"0000.523917298d6608bd.hail.zst","id":"523917298d6608bd067b73ea6ee6fe406225692b8249dd8675a2e9e080ea035d","id_chain":"faf1bb11ad1a6ec03d9a9dc4516626fc29a13e4179d43883615ff31d0e5e182e","content_chain":"2fe1d07ddc4487dc7bf11250cf1a18a55506c91de2a742e8297e8cbbdec87f36","events":1,"bytes":160}
    ],
    "source": {"tool":"claude-code","parser":1,"rules":1,"log":"projects/a.jsonl","bytes":1000,"hash":"17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f"},
    "redactions": {}
    }
    "#);
}

#[test]
fn what_is_stored_already_is_not_written_again() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let drafts = || vec![grown(&store, "a", &[10])];
    let (first, second) = (drafts(), drafts());
    let commit = write(&store, first).commit;
    let packs = fs::read_dir(store.git_dir().join("objects/pack")).unwrap().count();
    // The same events once more, from a process that had not seen the first write.
    let again = write(&store, second);
    assert_eq!((again.commit, again.stored.len(), again.bytes), (None, 1, 0));
    assert_eq!(store.branch().unwrap().map(|branch| branch.commit()), commit);
    assert_eq!(fs::read_dir(store.git_dir().join("objects/pack")).unwrap().count(), packs);
}

#[test]
fn a_stale_draft_is_reported_and_does_not_stop_the_others() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let late = grown(&store, "a", &[2]);
    let other = grown(&store, "b", &[1]);
    grow(&store, "a", &[2, 2]);
    let written = write(&store, vec![late, other]);
    assert_eq!(written.stale, [key("a")]);
    assert_eq!(written.stored.len(), 1);
    let branch = store.branch().unwrap().unwrap();
    let entry = branch.find(&key("a"), None).unwrap().unwrap();
    assert_eq!(read(&branch, &entry), expected(&[2, 2]));
    assert_eq!(assert_sound(repository.path()), 2);
}

#[test]
fn a_removal_goes_with_the_drafts_of_its_session_or_not_at_all() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let fork = key("a").fork(&opensession_hail::EventId::new("e0"));
    let mut forked = grown(&store, "a", &[1, 2]);
    forked.key = fork.clone();
    write(&store, vec![grown(&store, "a", &[1]), forked, grown(&store, "b", &[1])]);
    let find = |key| store.branch().unwrap().unwrap().find(key, None).unwrap();
    let entry = find(&fork).unwrap();
    let change = |drafts| {
        let changes = Changes { drafts, removals: vec![entry.clone()] };
        store.write(changes, start(), crate::sessions::PATIENCE).unwrap()
    };
    // A draft that cannot be stored, and one that came too late.
    let mut wrong = grown(&store, "a", &[1]);
    wrong.keep = 9;
    let late = grown(&store, "a", &[2]);
    grow(&store, "a", &[1]);
    for draft in [wrong, late] {
        let written = change(vec![draft, grown(&store, "b", &[1])]);
        assert!(written.stale.contains(&fork), "{:?}", written.stale);
        assert_eq!(written.stored.len(), 1);
        assert!(find(&fork).is_some());
    }
    let written = change(vec![grown(&store, "a", &[1])]);
    assert_eq!((written.stale.len(), written.stored.len()), (0, 1));
    assert!(find(&fork).is_none());
    // It is gone already; then another one stands there.
    assert_eq!(change(Vec::new()).commit, None);
    let mut forked = grown(&store, "another", &[5]);
    forked.key = fork.clone();
    write(&store, vec![forked]);
    assert_eq!(change(Vec::new()).stale, std::slice::from_ref(&fork));
    let removals = vec![find(&fork).unwrap()];
    let changes = Changes { removals, ..Changes::default() };
    assert!(store.write(changes, start(), crate::sessions::PATIENCE).unwrap().commit.is_some());
    assert_eq!(assert_sound(repository.path()), 2);
}

#[test]
fn a_new_generation_replaces_segments_and_may_stand_under_another_day() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let mut first = grown(&store, "a", &[1]);
    first.attachments.push(attachment(b"old"));
    write(&store, vec![first]);
    let base = store.branch().unwrap().unwrap().find(&key("a"), None).unwrap();
    let mut draft =
        grown(&Store::open(TestRepository::new(Shape::Bare).path()).unwrap(), "a", &[9, 9]);
    draft.base = base;
    draft.generation = 1;
    draft.day = at("2025-12-31T23:00:00.000Z");
    draft.attachments.push(attachment(b"new"));
    write(&store, vec![draft]);
    let branch = store.branch().unwrap().unwrap();
    let entry = branch.find(&key("a"), Some(start())).unwrap().unwrap();
    assert_eq!(entry.day.to_string(), "2025/12/31");
    assert_eq!(read(&branch, &entry), expected(&[9, 9]));
    let (new, old) = (picture(b"new"), picture(b"old"));
    assert_eq!(branch.attachment(&entry, &new.name).unwrap(), new.bytes);
    assert_eq!(branch.attachment(&entry, &old.name).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(
        repository.git(&["ls-tree", "--name-only", "opensession/sessions", "v1/"]),
        "v1/2025"
    );
    assert_eq!(assert_sound(repository.path()), 1);
}

#[test]
fn unknown_formats_files_and_members_are_carried_along() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let git = |arguments: &[&str]| {
        let index = repository.home().path().join("index");
        let mut command = opensession_testkit::command("git", repository.path());
        let output = command.env("GIT_INDEX_FILE", index).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    let folder = "v1/2026/02/19/claude-code.a";
    let manifest = git(&["show", &format!("opensession/sessions:{folder}/session.json")]);
    let manifest = manifest.strip_suffix("\n}").unwrap().to_owned() + ",\n\"later\": 1\n}\n";
    let file = repository.home().write("session.json", manifest);
    let changed = git(&["hash-object", "-w", file.to_str().unwrap()]);
    let _quiet = git(&["read-tree", "opensession/sessions"]);
    for path in
        [&format!("{folder}/session.json"), &format!("{folder}/notes.txt"), "v2/x", "v1/links/y"]
    {
        let _quiet =
            git(&["update-index", "--add", "--cacheinfo", &format!("100644,{changed},{path}")]);
    }
    let tree = git(&["write-tree"]);
    let commit = git(&["commit-tree", "-m", "later", "-p", "opensession/sessions", &tree]);
    let _quiet = git(&["update-ref", "refs/heads/opensession/sessions", &commit]);

    grow(&store, "a", &[2]);
    let files = repository.git(&["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    for path in [format!("{folder}/notes.txt"), "v2/x".to_owned(), "v1/links/y".to_owned()] {
        assert!(files.lines().any(|file| file == path), "{path}");
    }
    let branch = store.branch().unwrap().unwrap();
    let entry = branch.find(&key("a"), None).unwrap().unwrap();
    assert_eq!(branch.manifest(&entry).unwrap().unknown["later"], 1);
    assert_eq!(assert_sound(repository.path()), 1);
}

#[test]
fn init_makes_a_private_bare_repository_once() {
    let home = TestHome::new();
    let path = home.path().join("data/opensession/sessions.git");
    let store = Store::init(&path).unwrap();
    grow(&store, "a", &[1]);
    let again = Store::init(&path).unwrap();
    assert_eq!(again.branch().unwrap().unwrap().newest().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    }
    opensession_testkit::fsck_strict(&path);
    assert_eq!(opensession_testkit::git(&path, &["rev-parse", "--is-bare-repository"]), "true");
    assert_eq!(
        Store::open(&home.path().join("nothing")).err().unwrap().kind(),
        ErrorKind::NotFound
    );
}
