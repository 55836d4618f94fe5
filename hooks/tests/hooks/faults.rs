//! A binary that is missing, fails, dies or hangs, and hooks under every shell and every kind of input.

use crate::world::{World, write};
use opensession_hooks::Hook;
use opensession_testkit::command;
use std::fs;

const COMMIT: [&str; 4] = ["commit", "--quiet", "--allow-empty", "--message=x"];
const AMEND: [&str; 5] = ["commit", "--quiet", "--allow-empty", "--amend", "--message=y"];

#[test]
fn a_binary_that_is_missing_fails_or_dies_fails_no_commit_and_says_nothing() {
    for script in [None, Some("exit 1"), Some("kill -9 $$"), Some("echo out; echo err >&2; exit 3")]
    {
        let world = World::new(".git/hooks");
        world.install();
        match script {
            None => fs::remove_file(&world.binary).unwrap(),
            Some(script) => world.fake(script),
        }
        for arguments in [&COMMIT[..], &AMEND] {
            let output = world.git(arguments);
            assert_eq!(
                (&output.stdout[..], &output.stderr[..]),
                (&b""[..], &b""[..]),
                "{script:?}"
            );
        }
    }
}

#[test]
fn a_binary_that_hangs_holds_up_nothing() {
    let world = World::new(".git/hooks");
    // The user's hook waits for its own children: ours is none of them.
    write(&world.folder.join("post-commit"), 0o755, "#!/bin/bash -e\ntrue &\nwait\n");
    world.install();
    world.fake("echo $$ > \"$CALLS\"; exec sleep 1000");
    world.git(&COMMIT);
    world.git(&AMEND);
    // One for the commit, two for the amend. All run still: git did not wait for them, nor for their pipes.
    for _ in 0..3 {
        let process = world.call();
        let kill = |signal: &str| {
            command("sh", world.repository.path())
                .args(["-c", &format!("kill {signal} {process}")])
                .status()
                .unwrap()
        };
        assert!(kill("-0").success(), "{process} runs");
        assert!(kill("-KILL").success());
    }
}

#[test]
fn a_thousand_rewritten_commits_reach_both_hooks_whole() {
    let world = World::new(".git/hooks");
    let hook = world.folder.join("post-rewrite");
    write(&hook, 0o755, "#!/bin/sh\ncat > \"$USER_LOG\"\n");
    world.install();
    world.fake("cat > \"$CALLS.list\"; echo done > \"$CALLS\"");
    let list: String =
        (0..4000).map(|number| format!("{number:040x} {:040x}\n", number + 1)).collect();
    let input = world.repository.home().write("list", &list);
    let status =
        world.command(&hook).arg("rebase").stdin(fs::File::open(input).unwrap()).status().unwrap();
    assert!(status.success());
    assert_eq!(world.call(), "done");
    assert_eq!(world.user_log(), list);
    assert_eq!(
        fs::read_to_string(world.repository.home().path().join("calls.list")).unwrap(),
        list
    );
}

#[test]
fn a_hook_without_input_does_not_wait_for_any() {
    for hook in Hook::ALL {
        let world = World::new(".git/hooks");
        world.install();
        let path = world.folder.join(hook.name());
        let run = |line: &str| world.command("sh").args(["-c", line]).arg(&path).output().unwrap();
        let closed = run("\"$0\" amend <&-");
        assert!(closed.status.success() && closed.stderr.is_empty(), "{closed:?}");
        let terminal =
            run("export hook=\"$0\"; script -qec 'sh \"$hook\" amend' /dev/null </dev/null");
        assert!(terminal.status.success() && terminal.stdout.is_empty(), "{terminal:?}");
    }
}
