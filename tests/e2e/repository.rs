//! A repository's own branch: where sessions go, what hooks do, how a commit finds its sessions.

use crate::place::files_below;
use crate::shop::Shop;
use opensession_testkit::git;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

#[test]
fn sessions_go_to_the_repository_only_after_init() {
    let shop = Shop::new();
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "apple 10", "apple 11");
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.git(&["branch", "--list", "opensession/*"]), "");
    assert_eq!(shop.json(&["list", "--json"])[0]["store"]["kind"], "home");

    // Without a terminal nothing is asked, and nothing done.
    let refused = shop.run(&["init"]);
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    assert_eq!(
        shop.git(&["config", "--local", "--get-regexp", "opensession|core.bare"]),
        "core.bare false"
    );

    let enabled = shop.json(&["init", "--yes", "--json"]);
    assert_eq!((&enabled["brought"], &enabled["left"]), (&1.into(), &0.into()), "{enabled}");
    assert_eq!(shop.sessions(), [agent.id.clone()]);
    // What the session adds goes to the repository now, and is listed once.
    agent.edit("prices.txt", "pear 12", "pear 13");
    assert_eq!(shop.run(&["capture"]).code, 0);
    let listed = shop.json(&["list", "--json"]);
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["store"]["kind"], "repository");
    assert_eq!(listed[0]["files_changed"], 1);
    assert_eq!(listed[0]["tool_calls"], 2);
    let elsewhere = shop.place.home.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    shop.agent_in(2, &elsewhere).create("a.txt", "a\n");
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.sessions().len(), 1);
    assert_eq!(shop.json(&["list", "--json"]).as_array().unwrap().len(), 2);
    assert_eq!(shop.json(&[".", "--json"])["sessions"].as_array().unwrap().len(), 1);
    shop.assert_sound();
}

#[test]
fn a_commit_is_linked_by_its_hook_to_the_session_whose_edit_it_holds() {
    let shop = Shop::enabled();
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "apple 10", "apple 11 with tax");
    let status = || shop.git(&["status", "--porcelain"]);
    assert_eq!(status(), " M prices.txt");
    let commit = shop.commit("raise a price");
    shop.settle();
    assert_eq!(shop.links(&commit), [agent.id.clone()]);
    assert_eq!((status().as_str(), shop.git(&["stash", "list"]).as_str()), ("", ""));

    // What a person types is linked to nobody.
    shop.write("notes.txt", "call the plumber about the kitchen\n");
    let own = shop.commit("a note");
    shop.settle();
    assert_eq!(shop.links(&own), [""; 0]);

    let shown = shop.json(&["show", &commit, "--json"]);
    assert_eq!(shown["commit"], commit.as_str());
    assert_eq!(shown["sessions"][0]["session"]["id"], agent.id.as_str());
    assert_eq!(shown["sessions"][0]["files"], serde_json::json!(["prices.txt"]));
    let none = shop.run(&["show", &own]);
    assert_eq!(none.code, 1, "{}{}", none.stdout, none.stderr);
    assert!(shop.run(&["show", "main~1"]).stdout.contains(agent.id.get(..8).unwrap()));
    shop.assert_sound();
}

#[test]
fn links_follow_commits_that_are_rewritten_and_are_found_where_no_hook_ran() {
    let shop = Shop::enabled();
    let mut first = shop.agent(1);
    let mut second = shop.agent(2);
    first.create("one.txt", "the first file of the first agent\n");
    shop.commit("one");
    second.create("two.txt", "the second file is by another agent\n");
    shop.git(&["add", "--all"]);
    shop.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    let amended = shop.head();
    shop.settle();
    assert_eq!(shop.links(&amended), [first.id.clone(), second.id.clone()]);

    // By something that runs no hook, such as an IDE.
    first.create("three.txt", "a third file, stored by plumbing alone\n");
    shop.git(&["add", "--all"]);
    let tree = shop.git(&["write-tree"]);
    let commit = shop.git(&["commit-tree", &tree, "-p", "HEAD", "-m", "plumbing"]);
    shop.git(&["update-ref", "refs/heads/main", &commit]);
    assert_eq!(shop.links(&commit), [""; 0]);
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.links(&commit), [first.id.clone()]);
    shop.assert_sound();
}

#[test]
fn sessions_that_others_pushed_are_read_where_they_were_fetched_to() {
    let shop = Shop::enabled();
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "plum 7", "plum 8 a pound");
    let commit = shop.commit("plums");
    shop.settle();
    let other = shop.place.home.path().join("clone");
    let from = shop.folder.display().to_string();
    let _quiet = git(shop.place.home.path(), &["clone", "--quiet", &from, "clone"]);
    // A home of its own: another person's.
    let person = crate::place::Place::empty();
    let run = |arguments: &[&str]| {
        let mut command = shop.command(env!("CARGO_BIN_EXE_opensession"), &other);
        command.env("HOME", person.home.path()).args(arguments);
        crate::place::Ran::of(&command.output().unwrap())
    };
    let listed: serde_json::Value = serde_json::from_str(&run(&[".", "--json"]).stdout).unwrap();
    assert_eq!(
        listed["sessions"][0]["store"],
        serde_json::json!({"kind": "remote", "name": "origin"})
    );
    assert!(run(&["show", &agent.id]).stdout.contains("plum 8 a pound"));
    let shown = run(&["show", &commit]);
    assert!(shown.stdout.contains(&agent.id), "{}{}", shown.stdout, shown.stderr);
    assert_eq!(git(&other, &["branch", "--list", "opensession/*"]), "");
}

#[test]
fn deinit_restores_every_file() {
    let shop = Shop::new();
    shop.place.home.write(".claude/settings.json", "{\n  // mine\n  \"model\": \"opus\"\n}\n");
    let hook = shop.folder.join(".git/hooks/post-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\necho mine >> ../hook.log").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let settings = shop.place.home.path().join(".claude/settings.json");
    let snapshot = || {
        let mut files = vec![shop.folder.join(".git/config"), settings.clone()];
        let hooks = fs::read_dir(shop.folder.join(".git/hooks")).unwrap();
        files.extend(hooks.map(|entry| entry.unwrap().path()));
        files.sort();
        let state = |path: PathBuf| {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            (fs::read(&path).unwrap(), path, mode)
        };
        files.into_iter().map(state).collect::<Vec<_>>()
    };
    let before = snapshot();
    let ran = shop.run(&["init", "--yes", "--agents"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let after = snapshot();
    assert!(before.iter().filter(|file| !after.contains(file)).count() == 3, "{after:?}");
    assert_eq!(after.len(), before.len() + 2);
    let again = shop.run(&["init", "--agents"]);
    assert_eq!(
        (again.code, again.stdout.lines().last()),
        (0, Some("Nothing to do: this repository is set up."))
    );
    let ran = shop.run(&["deinit"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(snapshot(), before);
}

#[test]
fn status_tells_what_is_stored_and_what_is_not() {
    let shop = Shop::enabled();
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "apple 10", "apple 12");
    let status = shop.json(&["status", "--json"]);
    assert_eq!(
        (&status["captured"], &status["waiting"][0]["tool"]),
        (&0.into(), &"claude-code".into())
    );
    assert_eq!(status["repository"]["enabled"], true);
    assert!(
        status["repository"]["hooks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|hook| hook["state"] == "installed")
    );
    assert_eq!(shop.run(&["capture"]).code, 0);
    let status = shop.json(&["status", "--json"]);
    assert_eq!((&status["captured"], &status["waiting"]), (&1.into(), &serde_json::json!([])));
    assert_eq!(status["repository"]["branches"][0]["sessions"], 1);
    assert_eq!(status["retention"][0]["days"], 30);
    let text = shop.run(&["status"]).stdout;
    assert!(text.contains("post-commit, post-merge, post-rewrite in ~/shop/.git/hooks"), "{text}");
    assert!(shop.run(&["status", "--sources"]).stdout.contains("~/.claude/projects"));

    // What a hook could not do is said at the end of the next command, until it is done.
    agent.edit("prices.txt", "pear 12", "pear 14");
    let lock = shop.folder.join(".git/opensession/lock");
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink("elsewhere", &lock).unwrap();
    assert_eq!(shop.run(&["hook", "session-end"]).code, 0);
    let said = shop.run(&["list"]).stderr;
    assert!(said.starts_with("attention: one log or repository could not be captured"), "{said}");
    let status = shop.json(&["status", "--json"]);
    let reason = status["failures"][0]["reason"].as_str().unwrap();
    assert!(reason.ends_with("opensession/lock: is a symbolic link"), "{reason}");
    fs::remove_file(&lock).unwrap();
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.run(&["list"]).stderr, "");
    shop.assert_sound();
}

#[test]
fn a_repository_that_is_left_takes_no_session_any_more() {
    let shop = Shop::enabled();
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "apple 10", "apple 11");
    assert_eq!(shop.run(&["capture"]).code, 0);
    let before = shop.git(&["rev-parse", "opensession/sessions"]);
    assert_eq!(shop.run(&["deinit"]).code, 0);
    agent.edit("prices.txt", "pear 12", "pear 13");
    shop.agent(2).create("new.txt", "a file of another session\n");
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.git(&["rev-parse", "opensession/sessions"]), before);
    // Nothing is lost: both are in the home store, and read together with the branch.
    let listed = shop.json(&["list", "--json"]);
    let calls: Vec<_> = listed.as_array().unwrap().iter().map(|row| &row["tool_calls"]).collect();
    assert_eq!(calls, [&serde_json::json!(2), &serde_json::json!(1)], "{listed}");
    // Coming back brings what grew meanwhile.
    let enabled = shop.json(&["init", "--yes", "--json"]);
    assert_eq!((&enabled["brought"], &enabled["left"]), (&2.into(), &0.into()), "{enabled}");
    assert_eq!(shop.sessions().len(), 2);
    assert_eq!(shop.run(&["deinit"]).code, 0);
    shop.git(&["branch", "--quiet", "-D", "opensession/sessions"]);
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.git(&["branch", "--list", "opensession/*"]), "");
    shop.assert_sound();
}

#[test]
fn repositories_inside_of_others_are_asked_for_themselves() {
    let shop = Shop::new();
    // One with its git folder in the other's work tree, and one that lies in it.
    let elsewhere = shop.place.home.path().canonicalize().unwrap().join("elsewhere");
    let git_dir = shop.folder.join("gitdirs/x.git");
    fs::create_dir_all(git_dir.parent().unwrap()).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    let separate = format!("--separate-git-dir={}", git_dir.display());
    shop.git_in(&elsewhere, &["init", "--quiet", &separate]);
    let inner = shop.folder.join("private");
    shop.git(&["init", "--quiet", "private"]);
    shop.agent_in(1, &inner).create("a.txt", "for nobody else\n");
    shop.agent_in(2, &elsewhere).create("b.txt", "for the separate one\n");
    assert_eq!(shop.run(&["capture"]).code, 0);

    assert_eq!(shop.run_in(&elsewhere, &["init", "--yes"]).code, 0);
    assert_eq!(shop.git_in(&elsewhere, &["config", "--local", "opensession.enabled"]), "true");
    assert!(!fs::read_to_string(shop.folder.join(".git/config")).unwrap().contains("opensession"));
    assert!(!shop.folder.join(".git/hooks/post-commit").exists());
    let enabled = shop.json(&["init", "--yes", "--json"]);
    assert_eq!(enabled["brought"], 0, "{enabled}");
    assert_eq!(shop.json(&[".", "--json"])["sessions"].as_array().unwrap().len(), 0);
}

#[test]
fn one_store_that_cannot_be_read_hides_no_other() {
    let shop = Shop::enabled();
    shop.agent(1).edit("prices.txt", "apple 10", "apple 11");
    shop.agent_in(2, shop.place.home.path()).create("a.txt", "elsewhere\n");
    assert_eq!(shop.run(&["capture"]).code, 0);
    let config = shop.folder.join(".git/config");
    let sound = fs::read_to_string(&config).unwrap();
    // A repository of a later git, and not enabled: its sessions go home.
    let later = "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tfuture = 1\n";
    fs::write(&config, later).unwrap();
    shop.agent(3).create("b.txt", "in the shop\n");
    let captured = shop.run_in(shop.place.home.path(), &["capture"]);
    assert_eq!(captured.code, 0, "{}{}", captured.stdout, captured.stderr);
    let listed = shop.run_in(shop.place.home.path(), &["list", "--jsonl"]);
    assert_eq!((listed.code, listed.stdout.lines().count()), (8, 3), "{}", listed.stderr);
    assert!(listed.stderr.contains("future"), "{}", listed.stderr);
    let status = shop.run(&["status"]);
    assert_eq!(status.code, 0);
    assert!(status.stdout.contains("cannot be read"), "{}", status.stdout);
    assert_eq!(shop.run_in(shop.place.home.path(), &["fsck"]).code, 5);
    fs::write(&config, sound).unwrap();
    let listed = shop.run_in(shop.place.home.path(), &["list", "--jsonl"]);
    assert_eq!((listed.code, listed.stdout.lines().count()), (0, 3));
}

#[test]
fn links_that_are_lost_are_found_again() {
    let shop = Shop::enabled();
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "apple 10", "apple 11 with tax");
    let commit = shop.commit("raise a price");
    shop.settle();
    assert_eq!(shop.links(&commit), [agent.id.clone()]);
    // The branch goes back to before the link.
    shop.git(&["update-ref", "refs/heads/opensession/sessions", "opensession/sessions~1"]);
    assert_eq!(shop.links(&commit), [""; 0]);
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.links(&commit), [agent.id.clone()]);
    shop.assert_sound();
}

#[test]
fn a_damaged_index_of_gits_own_pack_is_made_anew() {
    let shop = Shop::enabled();
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "apple 10", "apple 11 with tax");
    let commit = shop.commit("raise a price");
    shop.settle();
    shop.git(&["gc", "--quiet"]);
    let packs = shop.folder.join(".git/objects/pack");
    let index = files_below(&packs).into_iter().find(|path| path.extension().unwrap() == "idx");
    let index = index.unwrap();
    let mut bytes = fs::read(&index).unwrap();
    bytes[8 + 4 * 0x20 + 2] ^= 1;
    fs::remove_file(&index).unwrap();
    fs::write(&index, bytes).unwrap();
    assert_eq!(shop.run(&["fsck"]).code, 5);
    let ran = shop.run(&["fsck", "--repair"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(shop.run(&["fsck"]).code, 0);
    assert_eq!(
        (shop.links(&commit), shop.sessions()),
        (vec![agent.id.clone()], vec![agent.id.clone()])
    );
    shop.assert_sound();
}

#[test]
fn a_separate_git_folder_is_linked_and_a_branch_in_the_way_is_refused_first() {
    let shop = Shop::new();
    let home = shop.place.home.path().canonicalize().unwrap();
    let folder = home.join("apart");
    fs::create_dir(&folder).unwrap();
    let separate = format!("--separate-git-dir={}", home.join("apart.git").display());
    shop.git_in(&folder, &["init", "--quiet", "--initial-branch=main", &separate]);
    fs::write(folder.join("a.txt"), "one\n").unwrap();
    shop.git_in(&folder, &["add", "--all"]);
    shop.git_in(&folder, &["commit", "--quiet", "--message=one"]);
    shop.git_in(&folder, &["branch", "opensession"]);
    let refused = shop.run_in(&folder, &["init", "--yes"]);
    assert_eq!(refused.code, 2, "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains("git branch -m opensession"), "{}", refused.stderr);
    assert!(!home.join("apart.git/hooks/post-commit").exists());
    shop.git_in(&folder, &["branch", "--quiet", "-D", "opensession"]);
    assert_eq!(shop.run_in(&folder, &["init", "--yes"]).code, 0);
    shop.agent_in(1, &folder).create("b.txt", "by an agent, in a work tree of its own\n");
    shop.git_in(&folder, &["add", "--all"]);
    shop.git_in(&folder, &["commit", "--quiet", "--message=two"]);
    assert_eq!(shop.run_in(&folder, &["capture"]).code, 0);
    let shown = shop.run_in(&folder, &["show", "main"]);
    assert!(shown.stdout.contains("b.txt"), "{}{}", shown.stdout, shown.stderr);
}

#[test]
fn a_log_inside_of_the_repository_is_found_where_the_user_is_and_linked_to_the_commit() {
    let shop = Shop::new();
    let log = "\n# aider chat started at 2026-03-02 10:00:00\n\n> Aider v0.86.1  \n\n\
        #### raise the price of apples  \n\nI raise it.\n\nprices.txt\n```\n<<<<<<< SEARCH\napple 10\n=======\n\
        apple 11 with tax\n>>>>>>> REPLACE\n```\n\n> Applied edit to prices.txt  \n";
    shop.write(".aider.chat.history.md", log);
    shop.write(".gitignore", ".aider*\n");
    let below = shop.folder.join("docs");
    fs::create_dir(&below).unwrap();
    let status = shop.run_in(&below, &["status"]).stdout;
    assert!(status.contains("aider ~/shop/.aider.chat.history.md"), "{status}");
    let listed = shop.run_in(&below, &["--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed["sessions"][0]["tool"], "aider", "{listed}");

    assert_eq!(shop.run(&["init", "--yes"]).code, 0);
    shop.write("prices.txt", "apple 11 with tax\npear 12\nplum 7\n");
    let commit = shop.commit("raise a price");
    shop.settle();
    let linked = shop.json(&["show", &commit, "--json"]);
    assert_eq!(linked["sessions"].as_array().map(Vec::len), Some(1), "{linked}");
    // From now on it is found from everywhere.
    let elsewhere = shop.place.home.path().to_owned();
    let sessions = shop.run_in(&elsewhere, &["list", "--json"]).stdout;
    assert_eq!(sessions.matches("\"aider\"").count(), 1, "{sessions}");
    shop.assert_sound();
}
