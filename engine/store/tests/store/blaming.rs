//! Lines and commits as git tells of them, held against what git itself prints.

use opensession_store::{CommitId, Error, LogEntry, LogFilter, Store};
use opensession_testkit::{Shape, TestRepository, command, fsck_strict, git};
use std::fs;
use std::path::Path;

fn commit(path: &Path, message: &str, author: &str) {
    let _quiet = git(path, &["add", "--all"]);
    let done = command("git", path)
        .args(["commit", "--quiet", "--allow-empty", "--allow-empty-message", "--message", message])
        .env("GIT_AUTHOR_NAME", author)
        .env("GIT_AUTHOR_EMAIL", "a@example.com")
        .env("GIT_AUTHOR_DATE", "1800000000 +0200")
        .env("GIT_COMMITTER_DATE", "1800000060 +0200")
        .status();
    assert!(done.unwrap().success());
}

fn head(path: &Path) -> CommitId {
    git(path, &["rev-parse", "HEAD"]).parse().unwrap()
}

/// Holds every line of `file` against `git blame --line-porcelain`; returns how many commits it has lines of.
fn assert_blame(path: &Path, file: &str) -> usize {
    let store = Store::open(path).unwrap();
    let blame = store.blame(head(path), file, None).unwrap();
    let arguments = ["-c", "core.quotePath=false", "blame", "--line-porcelain", "HEAD", "--", file];
    let porcelain = command("git", path).args(arguments).output().unwrap().stdout;
    let porcelain = String::from_utf8_lossy(&porcelain);
    let mut lines = blame.lines.iter();
    let mut current = None;
    for text in porcelain.lines() {
        let words: Vec<&str> = text.split(' ').collect();
        match (words.as_slice(), current) {
            (_, _) if text.starts_with('\t') => {}
            ([id, line, ..], _) if id.len() == 40 => {
                let found = lines.next().unwrap();
                assert_eq!(
                    (found.commit.to_string().as_str(), found.line.to_string().as_str()),
                    (*id, *line)
                );
                current = Some(found);
            }
            (["summary", ..], Some(line)) => {
                assert_eq!(format!("summary {}", blame.commits[&line.commit].subject), text);
            }
            (["author", ..], Some(line)) => {
                assert_eq!(format!("author {}", blame.commits[&line.commit].author), text);
            }
            (["filename", name], Some(line)) => assert_eq!(*name, line.path),
            (["previous", _, name], Some(line)) => {
                assert_eq!(Some(*name), line.previous.as_deref());
            }
            _ => {}
        }
    }
    assert!(lines.next().is_none());
    blame.commits.len()
}

#[test]
fn lines_come_with_the_commits_that_git_names() {
    for shape in [Shape::Plain, Shape::LinkedWorktree, Shape::Reftable] {
        let repository = TestRepository::new(shape);
        let path = repository.path();
        fs::write(path.join("größe.txt"), b"one\ntwo\r\n\xe4 three").unwrap();
        commit(path, "first\n\nbody", "Ä Person");
        fs::write(path.join("größe.txt"), b"one\ntwo\r\n\xe4 three\nfour\nfive\n").unwrap();
        commit(path, "second", "B <odd>");
        let _quiet = git(path, &["mv", "größe.txt", "moved.txt"]);
        commit(path, "moved", "C");
        fs::write(path.join("moved.txt"), b"zero\none\ntwo\r\n\xe4 three\nfour\nfive\n").unwrap();
        commit(path, "", "D");
        assert!(assert_blame(path, "moved.txt") >= 2, "{shape:?}");
        fsck_strict(path);
    }
}

#[test]
fn only_the_lines_that_were_asked_for_are_blamed() {
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path();
    fs::write(path.join("a.txt"), "one\ntwo\nthree\n").unwrap();
    commit(path, "first", "A");
    let store = Store::open(path).unwrap();
    let blame = store.blame(head(path), "a.txt", Some((2, 3))).unwrap();
    assert_eq!(blame.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [2, 3]);
    for (file, range) in
        [("a.txt", Some((4, 4))), ("b.txt", None), ("-L1,1", None), ("../a.txt", None)]
    {
        let error = store.blame(head(path), file, range).unwrap_err();
        assert!(matches!(error, Error::Git { .. }), "{file}: {error}");
    }
}

#[test]
fn a_reformatting_commit_that_the_user_ignores_is_passed_over() {
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path();
    fs::write(path.join("code.txt"), "one\n  two\n").unwrap();
    commit(path, "first", "A");
    let first = head(path);
    fs::write(path.join("code.txt"), "one\n    two\n").unwrap();
    commit(path, "formatted", "A");
    fs::write(path.join(".ignored"), format!("{}\n", head(path))).unwrap();
    let _quiet = git(path, &["config", "blame.ignoreRevsFile", ".ignored"]);
    let blame = Store::open(path).unwrap().blame(head(path), "code.txt", None).unwrap();
    assert!(blame.lines.iter().all(|line| line.commit == first), "{blame:?}");
}

fn subjects(store: &Store, folder: &Path, arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
    let entries: Vec<LogEntry> =
        store.log(folder, &arguments, &LogFilter::default()).unwrap().map(Result::unwrap).collect();
    entries.into_iter().map(|entry| entry.subject).collect()
}

#[test]
fn commits_are_listed_as_git_lists_them() {
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path();
    for (file, message) in
        [("a.txt", "one"), ("src/b.txt", "two\nlines\n\nbody"), ("a.txt", "three")]
    {
        fs::create_dir_all(path.join("src")).unwrap();
        fs::write(path.join(file), message).unwrap();
        commit(path, message, "Ä Person");
    }
    let _quiet = git(path, &["branch", "opensession/sessions", "HEAD~2"]);
    let store = Store::open(path).unwrap();
    let all = subjects(&store, path, &[]);
    assert_eq!(all.get(..3).unwrap(), ["three", "two lines", "one"]);
    assert_eq!(subjects(&store, path, &["HEAD~1..HEAD"]), ["three"]);
    assert_eq!(subjects(&store, path, &["main", "^HEAD~1"]), ["three"]);
    assert_eq!(subjects(&store, path, &["--", "src"]), ["two lines"]);
    // As git does where it can be nothing else; and paths are seen from the folder.
    assert_eq!(subjects(&store, path, &["src"]), ["two lines"]);
    assert_eq!(subjects(&store, &path.join("src"), &["b.txt"]), ["two lines"]);
    assert_eq!(subjects(&store, path, &["--all"]), all);
    let first = store.log(path, &[], &LogFilter::default()).unwrap().next().unwrap().unwrap();
    assert_eq!((first.author.as_str(), first.email.as_str()), ("Ä Person", "a@example.com"));
    assert_eq!(
        (first.author_time.as_millis(), first.time.as_millis()),
        (1_800_000_000_000, 1_800_000_060_000)
    );
    for odd in ["nowhere", "--output=canary", "-p", "--", "..", ""] {
        let arguments = [odd.to_owned(), "x".to_owned()];
        let found: Vec<_> = store.log(path, &arguments, &LogFilter::default()).unwrap().collect();
        assert!(found.iter().all(Result::is_err), "{odd}: {found:?}");
    }
    assert!(!path.join("canary").exists());
}
