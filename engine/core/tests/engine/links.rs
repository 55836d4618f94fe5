//! Links over real histories: found for every way to make a commit, and never of what a person wrote.

use crate::replay::{Replay, Table, function};
use opensession_engine::links::Rewritten;

/// Two sessions and a person work on some files: 30 edits of sessions, one commit each, and more of the person.
pub(crate) fn ordinary_work(replay: &mut Replay) {
    for step in 0..30 {
        let session = ["ada", "bob"][step % 2];
        let file = format!("src/{}.rs", ["parse", "render", "store"][step % 3]);
        let name = format!("step_{step}");
        if step % 4 == 1 {
            // A single line in place of another.
            let old = format!("let {name} = {step};\n");
            replay.hand(&file, "", &old);
            replay.commit(&format!("by hand {step}"));
            replay.edit(session, &file, &old, &format!("let {name} = {step} + offset;\n"));
        } else {
            replay.edit(session, &file, "", &function(&name));
        }
        if step % 3 == 0 {
            replay.hand("notes.md", "", &format!("A person wrote remark {step} here.\n"));
        }
        replay.commit(&format!("work {step} of {session}"));
        if step % 2 == 0 {
            replay.hand(&file, "", &function(&format!("person_{step}")));
            replay.hand(&file, "", "}\nelse {\nreturn\nx = 1\nuse std::fmt;\n");
            replay.commit(&format!("by hand again {step}"));
        }
    }
}

/// Amend, rebase with reordering and squashing, cherry-pick, squash merge, reverts.
pub(crate) fn rewriting(replay: &mut Replay) {
    replay.edit("cleo", "src/amend.rs", "", &function("amended"));
    replay.commit("to be amended cleo");
    replay.hand("src/amend.rs", "", &function("by_hand_in_amend"));
    replay.git(&["commit", "--quiet", "--all", "--amend", "--message=amended cleo"]);
    replay.edit("dan", "src/amend.rs", "", "let dan_was_here_as_well = 1;\n");
    replay.git(&["commit", "--quiet", "--all", "--amend", "--message=amended cleo dan"]);

    replay.git(&["checkout", "--quiet", "-b", "feature"]);
    for (number, session) in ["cleo", "dan", "cleo", "dan", "eve"].into_iter().enumerate() {
        let file = format!("src/feature_{number}.rs");
        replay.edit(session, &file, "", &function(&format!("feature_{number}")));
        replay.commit(&format!("feature {number} {session}"));
    }
    replay.hand("src/feature_0.rs", "", &function("feature_by_hand"));
    replay.commit("feature by hand");
    // The second before the first, the fourth into the third, the rest as they are.
    let sequence = "sed -i -e '1{h;d}' -e '2{G}' -e '4s/^pick/squash/'";
    let _said = replay.git_with(&["rebase", "--quiet", "-i", "HEAD~6"], sequence);

    replay.git(&["checkout", "--quiet", "main"]);
    replay.git(&["cherry-pick", "feature~1"]);
    replay.hand("src/main.rs", "", &function("main_moves_on"));
    replay.commit("main by hand");
    replay.git(&["checkout", "--quiet", "feature"]);
    replay.git(&["rebase", "--quiet", "main"]);
    replay.git(&["checkout", "--quiet", "-b", "squashed", "main"]);
    replay.git(&["merge", "--quiet", "--squash", "feature"]);
    replay.git(&["commit", "--quiet", "--message=squashed cleo dan"]);

    replay.git(&["checkout", "--quiet", "main"]);
    replay.edit("eve", "src/revert.rs", "", &function("reverted"));
    replay.commit("to revert eve");
    replay.git(&["revert", "--no-commit", "HEAD"]);
    replay.commit("taken back");
    replay.git(&["revert", "--no-commit", "HEAD"]);
    replay.commit("back again eve");
    replay.hand("src/revert.rs", &function("reverted"), "");
    replay.commit("emptied by hand");
}

/// Partial staging, white space, renames, deletions, several sessions in one commit.
pub(crate) fn odds_and_ends(replay: &mut Replay) {
    replay.write("src/odd.rs", &format!("// top\n{}// bottom\n", function("middle").repeat(3)));
    replay.commit("by hand: odd");
    replay.edit("flo", "src/odd.rs", "// top\n", &function("staged_first"));
    replay.edit("gus", "src/odd.rs", "// bottom\n", &function("staged_second"));
    // As `git add -p` does: the first hunk only, then the other.
    let whole = replay.read("src/odd.rs");
    replay.hand("src/odd.rs", &function("staged_second"), "// bottom\n");
    replay.commit("first hunk flo");
    replay.write("src/odd.rs", &whole);
    replay.commit("second hunk gus");

    let indented: String = whole.lines().map(|line| format!("\t{}\r\n", line.trim())).collect();
    replay.write("src/odd.rs", &indented);
    replay.commit("white space by hand");
    replay.edit("flo", "src/odd.rs", "", &function("formatted"));
    let text = replay.read("src/odd.rs");
    replay.write("src/odd.rs", &text.replace("    ", "\t\t"));
    replay.commit("formatted before the commit flo");

    replay.edit("gus", "src/new_name_wanted.rs", "", &function("renamed_before"));
    replay.git(&["add", "--intent-to-add", "src/new_name_wanted.rs"]);
    replay.git(&["mv", "src/new_name_wanted.rs", "src/named.rs"]);
    replay.commit("renamed before the commit gus");
    replay.git(&["mv", "src/named.rs", "src/again.rs"]);
    replay.commit("renamed by hand");
    replay.edit("flo", "src/again.rs", "", &function("edited_then_renamed"));
    replay.git(&["mv", "src/again.rs", "src/last.rs"]);
    replay.commit("edited and renamed flo");

    replay.write("src/doomed.rs", &function("doomed"));
    replay.commit("by hand: doomed");
    replay.delete("gus", "src/doomed.rs");
    replay.commit("deleted gus");
    replay.write("src/doomed.rs", &function("doomed"));
    replay.commit("by hand: doomed again");
    replay.git(&["rm", "--quiet", "src/doomed.rs"]);
    replay.commit("deleted by hand");

    replay.edit("flo", "src/both.rs", "", &function("of_flo"));
    replay.edit("gus", "src/both.rs", "", &function("of_gus"));
    replay.edit("flo", "weak.txt", "", "x = 7\n");
    replay.commit("both flo gus");
    replay.hand("weak.txt", "", "x = 7\n");
    replay.commit("the same weak line by hand");
    replay.edit("gus", "weak.txt", "", "y = 8\n");
    replay.commit("a weak line gus");
    // A session that gave up: what it wrote was thrown away, and a person does it another way.
    replay.edit("hal", "src/both.rs", "", &function("never_committed"));
    replay.hand("src/both.rs", &function("never_committed"), &function("person_did_it"));
    replay.commit("a person's way");
}

pub(crate) fn merges(replay: &mut Replay) {
    replay.git(&["checkout", "--quiet", "-b", "side"]);
    replay.edit("ivy", "src/side.rs", "", &function("beside"));
    replay.commit("side ivy");
    replay.git(&["checkout", "--quiet", "main"]);
    replay.hand("src/main.rs", "", &function("meanwhile"));
    replay.commit("meanwhile by hand");
    replay.git(&["merge", "--quiet", "--no-ff", "--message=merge brings ivy", "side"]);
}

/// Asserts that at most `missing` links of the messages were not found, and none that is not there.
fn assert_links(replay: &Replay, missing: usize) {
    let (expected, found) = (replay.expected(), replay.found());
    let wrong: Table = found.difference(&expected).cloned().collect();
    let lost: Table = expected.difference(&found).cloned().collect();
    let rows = expected.union(&found).map(|row| {
        let mark = match (wrong.contains(row), lost.contains(row)) {
            (true, _) => "WRONG ",
            (_, true) => "LOST  ",
            _ => "right ",
        };
        format!("{mark} {} <- {}\n", row.0, row.1)
    });
    let table: String = rows.collect();
    assert!(wrong.is_empty() && lost.len() <= missing, "{} links:\n{table}", expected.len());
    for (message, session) in &found {
        let link = replay.link(message, session).unwrap();
        let commit = link.commit.to_string();
        let files =
            replay.says(&["diff-tree", "-r", "-m", "--first-parent", "--name-only", &commit]);
        assert!(link.files.iter().all(|file| files.lines().any(|other| other == file)), "{link:?}");
        assert!(link.event.as_str().starts_with(session.as_str()), "{link:?}");
    }
}

#[test]
fn a_replay_of_edits_and_rewrites_is_linked_right() {
    for has_hook in [false, true] {
        let mut replay = Replay::new();
        replay.has_hook = has_hook;
        ordinary_work(&mut replay);
        rewriting(&mut replay);
        odds_and_ends(&mut replay);
        merges(&mut replay);
        let _found = replay.reconcile(&[]);
        assert!(replay.expected().len() >= 50, "{}", replay.expected().len());
        assert_links(&replay, 2);
        replay.reads.set(0);
        assert_eq!(replay.reconcile(&[]), [], "nothing is new");
        assert_eq!(replay.reads.get(), 0);
    }
}

#[test]
fn a_commit_is_linked_once_its_session_is_stored() {
    let mut replay = Replay::new();
    replay.edit("ada", "src/a.rs", "", &function("early"));
    replay.edit("bob", "src/b.rs", "", &function("late"));
    replay.commit("both ada bob");
    replay.edit("ada", "src/a.rs", "", &function("grown"));
    replay.commit("grown ada");
    replay.stored.extend([("ada".to_owned(), 1), ("bob".to_owned(), 0)]);
    let _found = replay.reconcile(&[]);
    assert_eq!(replay.found().len(), 1, "{:?}", replay.found());
    replay.stored.clear();
    let _found = replay.reconcile(&[]);
    assert_links(&replay, 0);
    let link = replay.link("grown", "ada").unwrap();
    assert_eq!((link.event.as_str(), &link.files[..]), ("ada-1", &["src/a.rs".to_owned()][..]));
    replay.damage_memory();
    let _found = replay.reconcile(&[]);
    assert_links(&replay, 0);
}

#[test]
fn an_event_in_two_sessions_is_an_edit_of_the_first() {
    let mut replay = Replay::new();
    replay.edit("ada", "src/a.rs", "", &function("original"));
    replay.edit("ada", "src/w.txt", "", "w = 1\n");
    replay.copy("ada", "aaa");
    replay.commit("first ada");
    replay.edit("aaa", "src/a.rs", "", &function("continued"));
    replay.commit("second aaa");
    let _found = replay.reconcile(&[]);
    let found: Vec<(String, String)> = replay.found().into_iter().collect();
    let sessions: Vec<&str> = found.iter().map(|(_, session)| session.as_str()).collect();
    assert_eq!(sessions, ["ada", "aaa"], "{found:?}");
    assert_links(&replay, 0);
}

#[test]
fn faint_traces_follow_a_rebase_and_what_was_taken_out_does_not() {
    let mut replay = Replay::new();
    replay.write("src/a.rs", &function("base"));
    replay.commit("base by hand");
    replay.git(&["checkout", "--quiet", "-b", "feature"]);
    replay.edit("ada", "src/a.rs", "", "x = 1\n");
    replay.edit("ada", "src/b.rs", "", "y = 2\n");
    replay.commit("weak ada");
    replay.git(&["checkout", "--quiet", "main"]);
    let moved_on = function("moved_on") + &replay.read("src/a.rs");
    replay.write("src/a.rs", &moved_on);
    replay.commit("main by hand");
    let _found = replay.reconcile(&[]);
    assert_links(&replay, 0);
    // The rebased commit changes a file that others changed since the edit.
    replay.git(&["checkout", "--quiet", "feature"]);
    replay.git(&["rebase", "--quiet", "main"]);
    let old = replay.id("HEAD");
    let found = replay.reconcile(&[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].files, ["src/a.rs", "src/b.rs"]);
    // An amend that keeps one of the two lines, and then none.
    replay.hand("src/b.rs", "y = 2\n", "typed_by_hand = 3\n");
    replay.git(&["commit", "--quiet", "--all", "--amend", "--message=amended ada"]);
    let new = replay.id("HEAD");
    let found = replay.reconcile(&[Rewritten { old, new }]);
    let files: Vec<_> =
        found.iter().filter(|link| link.commit == new).map(|one| &one.files).collect();
    assert_eq!(files, [&["src/a.rs"]]);
    replay.hand("src/a.rs", "x = 1\n", "typed_by_hand = 4\n");
    replay.git(&["commit", "--quiet", "--all", "--amend", "--message=by hand now"]);
    let found = replay.reconcile(&[Rewritten { old: new, new: replay.id("HEAD") }]);
    assert!(found.iter().all(|link| link.commit == new), "{found:?}");
    assert_links(&replay, 0);
}

#[test]
fn a_session_that_is_not_here_leaves_its_links_to_the_files_still_changed() {
    let mut replay = Replay::new();
    replay.edit("ada", "src/a.rs", "", &function("kept"));
    replay.edit("ada", "src/b.rs", "", &function("dropped"));
    replay.commit("one ada");
    let _found = replay.reconcile(&[]);
    let old = replay.id("HEAD");
    replay.git(&["rm", "--quiet", "-f", "src/b.rs"]);
    replay.git(&["commit", "--quiet", "--amend", "--message=amended ada"]);
    replay.stored.insert("ada".to_owned(), 0);
    let new = replay.id("HEAD");
    let found = replay.reconcile(&[Rewritten { old, new }]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].commit, &found[0].files[..]), (new, &["src/a.rs".to_owned()][..]));
    // Forgotten: without being told of a rewrite, nothing is inherited either.
    replay.git(&["commit", "--quiet", "--amend", "--message=again"]);
    assert_eq!(replay.reconcile(&[]), []);
}

#[test]
fn paths_of_other_machines_are_known_by_their_end_and_strong_lines_only() {
    let mut replay = Replay::new();
    let (strong, weak) = (function("elsewhere"), "w = 1\n");
    let other = "/nowhere/home/bob/project/.worktrees/x";
    replay.write("src/deep/a.rs", &strong);
    replay.write("deep/a.rs", &strong);
    replay.write("weak.txt", weak);
    replay.says_edit("bob", &format!("{other}/src/deep/a.rs"), "", &strong, false);
    replay.says_edit("cy", &format!("{other}/weak.txt"), "", weak, false);
    // Another folder of this machine is no work tree of this repository.
    let elsewhere = replay.memory.path().join("other/src/deep");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let elsewhere = elsewhere.join("a.rs").to_string_lossy().into_owned();
    replay.says_edit("dee", &elsewhere, "", &strong, false);
    replay.commit("of bob");
    let found = replay.reconcile(&[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].files, ["src/deep/a.rs"]);
    assert_links(&replay, 0);
}

#[test]
fn commits_that_no_hook_saw_are_linked() {
    let mut replay = Replay::new();
    let main = replay.path().to_owned();
    // Mail.
    replay.git(&["checkout", "--quiet", "-b", "mail"]);
    replay.edit("ada", "src/mail.rs", "", &function("by_mail"));
    replay.commit("mail ada");
    let patch = replay.says(&["format-patch", "-1", "--stdout"]) + "\n";
    replay.git(&["checkout", "--quiet", "main"]);
    std::fs::write(replay.memory.path().join("patch"), patch).unwrap();
    let patch = replay.memory.path().join("patch").to_string_lossy().into_owned();
    replay.git(&["am", "--quiet", &patch]);
    // Plumbing, as IDEs use it.
    replay.edit("bob", "src/plumbing.rs", "", &function("by_plumbing"));
    replay.git(&["add", "--all"]);
    let tree = replay.says(&["write-tree"]);
    replay.git(&["checkout", "--quiet", "-b", "plumbing"]);
    let plumbing = ["commit-tree", "-p", "HEAD", "-m", "plumbing bob", &tree];
    let made = replay.git_with(&plumbing, "");
    replay.git(&["update-ref", "refs/heads/plumbing", &made]);
    replay.git(&["reset", "--quiet", "--hard"]);
    // Another work tree, and a pull from it.
    replay.git(&["worktree", "add", "--quiet", "-b", "linked", "../linked"]);
    let linked = main.parent().unwrap().join("linked");
    replay.roots.push(linked.clone());
    std::fs::write(linked.join("cleo.rs"), function("in_linked")).unwrap();
    let path = linked.join("cleo.rs").to_string_lossy().into_owned();
    replay.says_edit("cleo", &path, "", &function("in_linked"), true);
    let place = linked.to_string_lossy().into_owned();
    replay.git(&["-C", &place, "add", "--all"]);
    replay.git(&["-C", &place, "commit", "--quiet", "--message=linked cleo"]);
    replay.git(&["pull", "--quiet", "--no-rebase", "--no-ff", "--no-edit", ".", "linked"]);
    replay.git(&["commit", "--quiet", "--amend", "--message=pulled cleo"]);
    // A stash that is applied, and a fixup.
    replay.edit("dan", "src/stash.rs", "", &function("stashed"));
    replay.git(&["add", "--all"]);
    replay.git(&["stash", "push", "--quiet"]);
    replay.git(&["stash", "pop", "--quiet"]);
    replay.commit("stash dan");
    replay.edit("eve", "src/stash.rs", "", &function("fixed_up"));
    replay.git(&["commit", "--quiet", "--all", "--fixup=HEAD"]);
    replay.git(&["rebase", "--quiet", "-i", "--autosquash", "HEAD~2"]);
    replay.git(&["commit", "--quiet", "--amend", "--message=stash and fixup dan eve"]);
    let _found = replay.reconcile(&[]);
    assert_links(&replay, 0);
}
