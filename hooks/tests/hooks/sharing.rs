//! `pre-push`, which only those get who share.

use crate::tree::tree;
use crate::world::{World, write};
use opensession_hooks::{Action, Hook, HookFolder, Outcome, State};
use opensession_testkit::git;
use std::path::{Path, PathBuf};

/// A world with something to push, and where to.
fn world() -> (World, PathBuf) {
    let world = World::new(".git/hooks");
    let home = world.repository.home().path();
    let _made = git(home, &["init", "--quiet", "--bare", "hub.git"]);
    let hub = home.join("hub.git");
    (world, hub)
}

fn with<T>(world: &World, share: bool, call: impl FnOnce(HookFolder<'_>) -> T) -> T {
    world.with(|hooks| call(HookFolder { share, ..hooks }))
}

fn targets(world: &World, share: bool) -> Vec<Hook> {
    let steps = with(world, share, |hooks| hooks.install().unwrap());
    steps.into_iter().map(|step| step.target).collect()
}

#[test]
fn only_who_shares_gets_it_and_who_has_it_keeps_it() {
    let (world, _hub) = world();
    let theirs = world.folder.join("pre-push");
    write(&theirs, 0o755, "#!/bin/sh\necho theirs\n");
    let before = tree(&world.folder);
    assert_eq!(targets(&world, false).len(), 3);
    assert_eq!(with(&world, false, |hooks| hooks.inspect().unwrap()).len(), 3);
    assert_eq!(tree(&world.folder).get(Path::new("pre-push")), before.get(Path::new("pre-push")));

    assert_eq!(targets(&world, true), Hook::ALL);
    assert_eq!(targets(&world, false), Hook::ALL);
    let states = with(&world, false, |hooks| hooks.inspect().unwrap());
    assert_eq!(states[3], (Hook::PrePush, State::Installed));
    let removals = with(&world, false, |hooks| hooks.remove().unwrap());
    assert_eq!((removals[3].target, &removals[3].outcome), (Hook::PrePush, &Outcome::Cut));
    assert_eq!(tree(&world.folder), before);
}

#[test]
fn a_push_is_told_with_its_remote_and_address_also_where_nothing_is_new() {
    let (world, hub) = world();
    let hub = hub.to_str().unwrap();
    world.git(&["remote", "add", "origin", hub]);
    world.install();
    for _new_then_nothing_new in 0..2 {
        let output = world.git(&["push", "--quiet", "origin", "main"]);
        assert_eq!((&output.stdout[..], &output.stderr[..]), (&b""[..], &b""[..]));
        assert_eq!(world.call(), format!("hook pre-push origin {hub} <>"));
    }
}

#[test]
fn who_pushes_the_sessions_branch_is_left_alone() {
    let (world, hub) = world();
    let hub = hub.to_str().unwrap();
    world.install();
    world.git(&["branch", "opensession/sessions", "main"]);
    world.git(&["push", "--quiet", hub, "opensession/sessions"]);
    world.git(&["push", "--quiet", hub, "main", "+main:refs/heads/opensession/sessions"]);
    world.git(&["push", "--quiet", "--mirror", hub]);
    world.git(&["push", "--quiet", hub, ":opensession/sessions"]);
    // The next call is that of the next push.
    world.git(&["push", "--quiet", hub, "main:other"]);
    assert_eq!(world.call(), format!("hook pre-push {hub} {hub} <>"));
}

#[test]
fn a_hook_in_another_language_still_decides_about_the_push() {
    let (world, hub) = world();
    let hook = world.folder.join("pre-push");
    write(&hook, 0o755, "#!/usr/bin/perl -w\nmy @list = <STDIN>;\nexit(@list == 1 ? 3 : 0);\n");
    let steps = world.install();
    assert!(matches!(steps[3].action, Action::Chain(_)), "{steps:?}");
    let push = |refs: &[&str]| {
        let mut push = world.command("git");
        push.args(["push", "--quiet"]).arg(&hub).args(refs).status().unwrap().success()
    };
    assert!(!push(&["main"]));
    assert!(push(&["main", "main:other"]));
}

#[test]
fn a_binary_that_is_missing_fails_or_hangs_neither_fails_nor_delays_a_push() {
    for script in [
        None,
        Some("echo out; echo err >&2; exit 3"),
        Some("echo $$ > \"$CALLS\"; exec sleep 1000"),
    ] {
        let (world, hub) = world();
        world.install();
        match script {
            None => std::fs::remove_file(&world.binary).unwrap(),
            Some(script) => world.fake(script),
        }
        let output = world.git(&["push", "--quiet", hub.to_str().unwrap(), "main"]);
        assert_eq!((&output.stdout[..], &output.stderr[..]), (&b""[..], &b""[..]), "{script:?}");
        if script.is_some_and(|script| script.contains("sleep")) {
            let kill = ["-c", &format!("kill -KILL {}", world.call())];
            assert!(world.command("sh").args(kill).status().unwrap().success());
        }
    }
}
