//! Install, work, remove: in every layout the user's hooks see what they saw before, ours is called, and nothing stays.

use crate::layouts::{LAYOUTS, Layout, OVERCOMMIT, is_there};
use crate::tree::tree;
use crate::world::{Told, World};
use opensession_hooks::{Action, Hook, HookFolder, Manager, Outcome, State, manager};
use opensession_testkit::fsck_strict;

/// Returns what the user's hooks see where we were never installed.
fn without_ours(layout: &Layout) -> String {
    let world = World::new(layout.folder);
    (layout.make)(&world);
    world.work();
    world.user_log()
}

fn check(layout: &Layout, told: &Told) {
    let name = layout.name;
    let world = World::new(layout.folder);
    (layout.make)(&world);
    let before = tree(world.repository.path());
    let plan = world.plan();
    assert_eq!(tree(world.repository.path()), before, "{name}: a plan changes nothing");
    assert_eq!(world.states(), vec![State::Missing; 4], "{name}");

    assert_eq!(world.install(), plan, "{name}: what was planned is done");
    assert_eq!(world.states(), vec![State::Installed; 4], "{name}");
    let installed = tree(world.repository.path());
    assert!(world.install().iter().all(|step| step.action == Action::Unchanged), "{name}");
    assert_eq!(tree(world.repository.path()), installed, "{name}: a second time changes nothing");

    world.work();
    let without_input =
        |call: &String| call.split_once('<').map(|(call, _)| format!("{call}<>")).unwrap();
    let calls = if layout.input {
        told.calls.clone()
    } else {
        told.calls.iter().map(without_input).collect()
    };
    world.wait_for(&calls);
    let user_log = world.user_log();
    let expected = if user_log.is_empty() { without_ours(layout) } else { told.user_log.clone() };
    assert_eq!(user_log, expected, "{name}: the user's hooks see the same");

    let removals = world.remove();
    assert!(
        removals.iter().all(|one| !matches!(one.outcome, Outcome::Absent | Outcome::Refused(_))),
        "{name}"
    );
    assert_eq!(tree(world.repository.path()), before, "{name}: as it was");
    assert!(world.remove().iter().all(|one| one.outcome == Outcome::Absent), "{name}");
    fsck_strict(world.repository.path());
}

#[test]
fn every_layout_comes_back_byte_for_byte() {
    let told = Told::new();
    for layout in &LAYOUTS {
        check(layout, &told);
    }
}

#[test]
fn overcommit_comes_back_byte_for_byte() {
    if is_there("ruby") {
        return check(&OVERCOMMIT, &Told::new());
    }
    let world = World::new(OVERCOMMIT.folder);
    (OVERCOMMIT.make)(&world);
    let before = tree(world.repository.path());
    let steps = world.install();
    let (push, others) = steps.split_last().unwrap();
    assert!(others.iter().all(|step| step.action == Action::Insert), "{steps:?}");
    assert!(matches!(push.action, Action::Chain(_)), "{push:?}");
    assert_ne!(tree(world.repository.path()), before);
    world.remove();
    assert_eq!(tree(world.repository.path()), before);
}

#[test]
fn managers_are_recognised_by_their_files() {
    let expected = [
        ("husky 8", Manager::Husky8),
        ("husky 9", Manager::Husky9),
        ("lefthook", Manager::Lefthook),
        ("pre-commit", Manager::PreCommit),
    ];
    for layout in &LAYOUTS {
        let world = World::new(layout.folder);
        (layout.make)(&world);
        let known =
            expected.iter().find(|(name, _)| *name == layout.name).map(|(_, manager)| *manager);
        assert_eq!(manager(&world.folder, world.repository.path()), known, "{}", layout.name);
    }
}

#[test]
fn the_binary_in_the_path_comes_before_the_one_that_was_named() {
    let world = World::new(".git/hooks");
    let gone = world.repository.home().path().join("gone");
    let hooks =
        HookFolder { folder: &world.folder, binary: &gone, allowed_roots: &[], share: false };
    hooks.install().unwrap();
    let path = format!("{}:/usr/bin:/bin", world.binary.parent().unwrap().display());
    let commit = ["commit", "--quiet", "--allow-empty", "--message=x"];
    assert!(world.command("git").args(commit).env("PATH", path).status().unwrap().success());
    assert_eq!(world.call(), format!("hook {} <>", Hook::PostCommit.name()));
}
