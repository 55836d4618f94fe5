//! Commits and their changes, held against what git says.

use opensession_hail::Timestamp;
use opensession_store::{Change, Commit, CommitId, History, Store};
use opensession_testkit::{Shape, TestRepository, command, git, git_with_input};
use std::fs;
use std::path::Path;

fn history(path: &Path) -> History {
    Store::open(path).unwrap().history()
}

fn id(path: &Path, revision: &str) -> CommitId {
    git(path, &["rev-parse", revision]).parse().unwrap()
}

fn commit(path: &Path, revision: &str) -> Commit {
    history(path).commit(id(path, revision)).unwrap().unwrap()
}

/// Commits everything in the work tree at that second.
fn commit_all(path: &Path, second: u32) {
    let _quiet = git(path, &["add", "--all"]);
    let date = format!("{} +0200", 1_800_000_000 + second);
    let done = command("git", path)
        .args(["commit", "--quiet", "--allow-empty", "--message=change"])
        .env("GIT_COMMITTER_DATE", &date)
        .status();
    assert!(done.unwrap().success());
}

fn walk(path: &Path, tips: &[&str], known: &[&str], not_before: Timestamp) -> Vec<String> {
    let ids = |names: &[&str]| names.iter().map(|name| id(path, name)).collect::<Vec<_>>();
    let found = history(path).walk(&ids(tips), &ids(known), not_before).unwrap();
    found.iter().map(|commit| commit.id.to_string()).collect()
}

fn rev_list(path: &Path, arguments: &[&str]) -> Vec<String> {
    let list = git(path, &[&["rev-list", "--date-order"], arguments].concat());
    list.lines().map(str::to_owned).collect()
}

/// Holds the changes of `revision` against `git diff-tree`, without renames.
fn assert_changes(path: &Path, revision: &str) -> Vec<Change> {
    let commit = commit(path, revision);
    let found = history(path).changes(&commit).unwrap();
    let parent = format!("{revision}^1");
    let raw = match commit.parents.is_empty() {
        true => git_with_input(
            path,
            &["diff-tree", "-r", "--root", "-z", "--no-commit-id", revision],
            b"",
        ),
        false => git_with_input(path, &["diff-tree", "-r", "-z", &parent, revision], b""),
    };
    let fields: Vec<&[u8]> =
        raw.split(|byte| *byte == 0).filter(|field| !field.is_empty()).collect();
    let mut expected: Vec<(String, String, String)> = Vec::new();
    for pair in fields.chunks(2) {
        let meta = String::from_utf8(pair[0].to_vec()).unwrap();
        let meta: Vec<&str> = meta.split(' ').collect();
        expected.push((opensession_hail::visible(pair[1]), meta[2].into(), meta[3].into()));
    }
    expected.sort();
    let zero = "0".repeat(commit.id.to_string().len());
    let text = |id: &Option<_>| id.as_ref().map_or_else(|| zero.clone(), ToString::to_string);
    let got: Vec<_> =
        found.iter().map(|one| (one.path.clone(), text(&one.old), text(&one.new))).collect();
    assert_eq!(got, expected);
    found
}

#[test]
fn times_and_parents_are_those_of_git() {
    for shape in [Shape::Plain, Shape::Sha256, Shape::LinkedWorktree] {
        let repository = TestRepository::new(shape);
        let path = repository.path();
        commit_all(path, 7);
        let head = commit(path, "HEAD");
        let expected = git(path, &["log", "-1", "--format=%at %ct %T %P"]);
        let seconds = |time: Timestamp| time.as_millis() / 1000;
        let (author, time) = (seconds(head.author_time), seconds(head.time));
        assert_eq!(format!("{author} {time} {} {}", head.tree, head.parents[0]), expected);
        assert_changes(path, "HEAD^");
    }
}

#[test]
fn a_walk_is_that_of_rev_list_across_merges() {
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path();
    let mut second = 0;
    for branch in ["one", "two", "three"] {
        let _quiet = git(path, &["checkout", "--quiet", "-b", branch]);
        for _ in 0..3 {
            second += 10;
            commit_all(path, second);
        }
        let _quiet = git(path, &["checkout", "--quiet", "HEAD~2"]);
    }
    let _quiet = git(path, &["checkout", "--quiet", "main"]);
    let merged = command("git", path)
        .args(["merge", "--quiet", "--no-ff", "--message=m", "one", "two"])
        .env("GIT_COMMITTER_DATE", "1800000200 +0000")
        .status();
    assert!(merged.unwrap().success());
    let always = Timestamp::EPOCH;
    assert_eq!(walk(path, &["main"], &[], always).len(), rev_list(path, &["main"]).len());
    let mut all = walk(path, &["main", "three"], &[], always);
    let mut expected = rev_list(path, &["main", "three"]);
    all.sort();
    expected.sort();
    assert_eq!(all, expected);
    for (tips, known) in [("main", "one"), ("main", "two~1"), ("three", "main"), ("one", "main")] {
        let mut found = walk(path, &[tips], &[known], always);
        let mut expected = rev_list(path, &[tips, "--not", known]);
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{tips} without {known}");
    }
    let middle = Timestamp::from_millis(1_800_000_050_000).unwrap();
    assert_eq!(walk(path, &["two"], &[], middle), rev_list(path, &["two", "--since=1800000050"]));
}

#[test]
fn changes_are_those_of_diff_tree_whatever_the_names() {
    use std::os::unix::ffi::OsStrExt as _;
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path();
    let home = repository.home();
    for name in ["-dash", "quo\"te", "new\nline", "$(touch x)", "a-b", "a/b", "a0", "deep/er/est"] {
        home.write(&format!("repository/{name}"), name);
    }
    fs::write(path.join(std::ffi::OsStr::from_bytes(b"caf\xe9")), "x").unwrap();
    commit_all(path, 1);
    assert!(assert_changes(path, "HEAD").iter().any(|change| change.path == "caf\\xe9"));
    // A file becomes a folder, a folder a file, a mode changes, a file is renamed, one is deleted.
    fs::remove_dir_all(path.join("deep")).unwrap();
    home.write("repository/deep", "now a file");
    fs::remove_file(path.join("a0")).unwrap();
    home.write("repository/a0/inside", "now a folder");
    fs::rename(path.join("a-b"), path.join("a.b")).unwrap();
    fs::remove_file(path.join("-dash")).unwrap();
    let _quiet = git(path, &["add", "--all"]);
    let _quiet = git(path, &["update-index", "--chmod=+x", "a/b"]);
    let _quiet = git(path, &["commit", "--quiet", "--message=change"]);
    let changes = assert_changes(path, "HEAD");
    assert!(changes.iter().any(|change| change.path == "a/b" && change.old == change.new));
}

#[test]
fn one_change_among_ten_thousand_files_is_found_by_its_folders_alone() {
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path();
    // Only in the index: ten thousand files on the disk take longer than the test.
    let blob = git(path, &["rev-parse", "HEAD:a.txt"]);
    let put = |files: &mut dyn Iterator<Item = u32>, mode: &str| {
        let list: String =
            files.map(|n| format!("{mode} {blob}\t{}/{}/f\n", n / 100, n % 100)).collect();
        let _quiet = git_with_input(path, &["update-index", "--index-info"], list.as_bytes());
        let _quiet = git(path, &["commit", "--quiet", "--message=change"]);
    };
    put(&mut (0..10_000), "100644");
    assert_eq!(assert_changes(path, "HEAD").len(), 10_000);
    put(&mut (4207..4208), "100755");
    assert_eq!(assert_changes(path, "HEAD").len(), 1);
    // A subtree that is the same is never opened: without all of the others, the answer is the same.
    let keep = ["HEAD", "HEAD^"].map(|commit| git(path, &["rev-parse", &format!("{commit}:42")]));
    let trees = git(path, &["ls-tree", "HEAD"]);
    for tree in trees.lines().filter_map(|line| line.split(['\t', ' ']).nth(2)) {
        let (folder, file) = tree.split_at(2);
        let object = path.join(".git/objects").join(folder).join(file);
        if !keep.contains(&tree.to_owned()) {
            fs::remove_file(object).unwrap();
        }
    }
    let head = commit(path, "HEAD");
    assert_eq!(history(path).changes(&head).unwrap()[0].path, "42/7/f");
}

#[test]
fn texts_are_read_and_everything_else_is_none() {
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path();
    let home = repository.home();
    home.write("repository/text", "caf\u{e9}\r\n");
    home.write("repository/binary", b"PK\0\x01");
    home.write("repository/large", vec![b'x'; (4 << 20) + 1]);
    commit_all(path, 1);
    let head = id(path, "HEAD").to_string();
    let link = format!("160000,{head},module");
    let _quiet = git(path, &["update-index", "--add", "--cacheinfo", &link]);
    let _quiet = git(path, &["commit", "--quiet", "--message=module"]);
    let history = history(path);
    let tree = commit(path, "HEAD").tree;
    let text = |name: &str| history.text(history.file(tree, name).unwrap().unwrap()).unwrap();
    assert_eq!(text("text").as_deref(), Some("caf\u{e9}\r\n".as_bytes()));
    for name in ["binary", "large", "module"] {
        assert_eq!(text(name), None, "{name}");
    }
    for name in ["missing", "text/below", "", "/"] {
        assert_eq!(history.file(tree, name).unwrap(), None, "{name:?}");
    }
}

#[test]
fn shallow_and_partial_clones_end_where_their_objects_end() {
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path();
    for second in 1..4 {
        repository.home().write("repository/b.txt", second.to_string());
        commit_all(path, second);
    }
    let _quiet = git(path, &["config", "uploadpack.allowFilter", "true"]);
    let home = repository.home().path();
    let url = format!("file://{}", path.display());
    let _quiet = git(home, &["clone", "--quiet", "--bare", "--depth=2", &url, "shallow"]);
    let shallow = home.join("shallow");
    assert_eq!(walk(&shallow, &["HEAD"], &[], Timestamp::EPOCH).len(), 2);
    let last = commit(&shallow, "HEAD^");
    assert_eq!(history(&shallow).changes(&last).unwrap(), [], "nobody knows what it changed");
    let head = commit(&shallow, "HEAD");
    assert_eq!(history(&shallow).changes(&head).unwrap().len(), 1);
    let filter = ["clone", "--quiet", "--bare", "--filter=blob:none", &url, "partial"];
    let _quiet = git(home, &filter);
    let partial = history(&home.join("partial"));
    let changes = partial.changes(&commit(path, "HEAD")).unwrap();
    assert_eq!(partial.text(changes[0].new.unwrap()).unwrap(), None);
}

#[test]
fn a_damaged_commit_is_passed_over_and_a_tree_of_billions_refused() {
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path();
    commit_all(path, 1);
    let bad = git_with_input(
        path,
        &["hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        b"no commit\n",
    );
    let bad = String::from_utf8(bad).unwrap().trim().parse().unwrap();
    let found = history(path).walk(&[bad, id(path, "HEAD")], &[], Timestamp::EPOCH).unwrap();
    assert_eq!(found.len(), 2);
    let mut tree = git(path, &["rev-parse", "HEAD^{tree}"]);
    for _ in 0..10 {
        let list: String = (0..10).map(|n| format!("040000 tree {tree}\t{n}\n")).collect();
        let made = git_with_input(path, &["mktree"], list.as_bytes());
        tree = String::from_utf8(made).unwrap().trim().to_owned();
    }
    let bomb = git(path, &["commit-tree", "-m", "bomb", &tree]);
    let commit = commit(path, &bomb);
    let error = history(path).changes(&commit).unwrap_err();
    assert_eq!(error.to_string(), format!("commit {bomb}: changes too many files"));
}
