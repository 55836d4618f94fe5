//! Hooks that move aside, and symbolic links.

use crate::layouts::LAYOUTS;
use crate::tree::tree;
use crate::world::{World, actions, outcomes, write};
use opensession_hooks::{Action, Outcome, State};
use std::fs;
use std::os::unix::fs::symlink;

const PYTHON: &str = "#!/usr/bin/env python3\nprint()\n";

#[test]
fn a_hook_that_a_manager_wrote_again_is_shadowed_and_nothing_is_lost() {
    let world = World::new(".git/hooks");
    let hook = world.folder.join("post-commit");
    let kept = world.folder.join("opensession/post-commit");
    write(&hook, 0o755, PYTHON);
    let steps = world.install();
    assert_eq!(
        actions(&steps),
        [&Action::Chain(kept.clone()), &Action::Create, &Action::Create, &Action::Create]
    );

    write(&hook, 0o755, "#!/usr/bin/env node\n");
    assert_eq!(world.states()[0], State::Shadowed(kept.clone()));
    assert!(
        matches!(actions(&world.plan())[0], Action::Refused(reason) if reason.contains("another hook is kept"))
    );
    assert!(
        matches!(outcomes(&world.remove())[0], Outcome::Refused(reason) if reason.contains("is kept at"))
    );
    assert_eq!(fs::read_to_string(&kept).unwrap(), PYTHON);

    fs::remove_file(&hook).unwrap();
    assert_eq!(world.states()[0], State::Shadowed(kept.clone()));
    assert_eq!(*actions(&world.install())[0], Action::Chain(kept));
    assert_eq!(world.states()[0], State::Installed);
    fs::remove_file(&hook).unwrap();
    assert_eq!(*outcomes(&world.remove())[0], Outcome::Restored);
    assert_eq!(fs::read_to_string(&hook).unwrap(), PYTHON);
}

#[test]
fn a_run_that_died_between_the_copy_and_the_hook_is_finished_by_the_next() {
    let world = World::new(".git/hooks");
    write(&world.folder.join("post-commit"), 0o755, PYTHON);
    let before = tree(&world.folder);
    write(&world.folder.join("opensession/post-commit"), 0o755, PYTHON);
    write(&world.folder.join("post-merge.opensession-new"), 0o600, "half of a hoo");
    world.install();
    assert_eq!(world.states(), vec![State::Installed; 4]);
    write(&world.folder.join("post-rewrite.opensession-new"), 0o600, "half of a hoo");
    world.remove();
    assert_eq!(tree(&world.folder), before);
}

#[test]
fn hooks_that_husky_wrote_again_are_missing_until_the_next_install() {
    let layout = LAYOUTS.iter().find(|layout| layout.name == "husky 9").unwrap();
    let world = World::new(layout.folder);
    (layout.make)(&world);
    let before = tree(world.repository.path());
    world.install();
    (layout.make)(&world);
    assert_eq!(tree(world.repository.path()), before);
    assert_eq!(world.states(), vec![State::Missing; 4]);
    world.install();
    assert_eq!(world.states(), vec![State::Installed; 4]);
}

#[test]
fn a_chained_hook_that_was_edited_is_left_alone() {
    let world = World::new(".git/hooks");
    let hook = world.folder.join("post-commit");
    write(&hook, 0o755, PYTHON);
    world.install();
    let edited =
        fs::read_to_string(&hook).unwrap().replacen("#!/bin/sh\n", "#!/bin/sh\necho mine\n", 1);
    fs::write(&hook, &edited).unwrap();
    assert!(
        matches!(outcomes(&world.remove())[0], Outcome::Refused(reason) if reason.contains("was edited"))
    );
    assert_eq!(fs::read_to_string(&hook).unwrap(), edited);
    assert!(world.folder.join("opensession/post-commit").exists());
}

#[test]
fn links_out_of_the_repository_and_to_nowhere_are_refused_and_the_others_go_on() {
    let world = World::new(".git/hooks");
    let outside = world.repository.home().write("outside", "#!/bin/sh\n");
    symlink(&outside, world.folder.join("post-commit")).unwrap();
    symlink("nowhere", world.folder.join("post-merge")).unwrap();
    let before = tree(&world.folder);
    let steps = world.install();
    let actions = actions(&steps);
    assert!(
        matches!(actions[0], Action::Refused(reason) if reason.contains("symbolic link to")),
        "{actions:?}"
    );
    assert!(
        matches!(actions[1], Action::Refused(reason) if reason.contains("leads nowhere")),
        "{actions:?}"
    );
    assert_eq!(*actions[2], Action::Create);
    assert_eq!(fs::read_to_string(&outside).unwrap(), "#!/bin/sh\n");
    assert!(matches!(
        world.states()[..],
        [State::Refused(_), State::Refused(_), State::Installed, State::Installed]
    ));
    world.remove();
    assert_eq!(tree(&world.folder), before);
}

#[test]
fn two_hooks_that_are_one_file_get_one_block() {
    let world = World::new(".git/hooks");
    write(&world.folder.join("post-commit"), 0o755, "#!/bin/sh\n");
    symlink("post-commit", world.folder.join("post-merge")).unwrap();
    fs::create_dir(world.folder.join("post-rewrite")).unwrap();
    let before = tree(&world.folder);
    let steps = world.install();
    let actions = actions(&steps);
    assert_eq!(*actions[0], Action::Insert);
    assert!(
        matches!(actions[1], Action::Refused(reason) if reason.contains("same file")),
        "{actions:?}"
    );
    assert!(
        matches!(actions[2], Action::Refused(reason) if reason.contains("not a regular file")),
        "{actions:?}"
    );
    world.remove();
    assert_eq!(tree(&world.folder), before);
}

#[test]
fn nothing_is_kept_behind_a_link_or_fetched_from_there() {
    let world = World::new(".githooks");
    let elsewhere = world.repository.home().path().join("elsewhere");
    write(&elsewhere.join("post-merge"), 0o755, "#!/bin/sh\n");
    write(&world.folder.join("post-commit"), 0o755, PYTHON);
    symlink(&elsewhere, world.folder.join("opensession")).unwrap();
    let before = (tree(&world.folder), tree(&elsewhere));
    let steps = world.install();
    assert!(
        matches!(actions(&steps)[0], Action::Refused(reason) if reason.ends_with("is no folder")),
        "{steps:?}"
    );
    assert_eq!(world.states()[1], State::Installed);
    world.remove();
    world.remove();
    assert_eq!((tree(&world.folder), tree(&elsewhere)), before);
}

#[test]
fn a_planted_link_in_place_of_the_new_file_is_not_followed() {
    let world = World::new(".git/hooks");
    let canary = world.repository.home().write("canary", "untouched");
    symlink(&canary, world.folder.join("post-commit.opensession-new")).unwrap();
    world.install();
    assert_eq!(fs::read_to_string(&canary).unwrap(), "untouched");
    assert!(!world.folder.join("post-commit.opensession-new").exists());
}
