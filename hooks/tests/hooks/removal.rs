//! What users do to a hook while our block is in it.

use crate::tree::tree;
use crate::world::{World, actions, outcomes, write};
use opensession_hooks::{Action, Error, HookFolder, Outcome, State};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

#[test]
fn what_a_user_added_to_a_hook_of_ours_stays() {
    let world = World::new("made/for/it");
    world.install();
    let hook = world.folder.join("post-merge");
    let text = fs::read_to_string(&hook).unwrap();
    fs::write(&hook, format!("{text}echo mine\n")).unwrap();
    assert_eq!(world.states()[1], State::Installed);
    let removals = world.remove();
    assert_eq!(
        outcomes(&removals),
        [&Outcome::Deleted, &Outcome::Cut, &Outcome::Deleted, &Outcome::Deleted]
    );
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\necho mine\n");
    let names: Vec<_> =
        fs::read_dir(&world.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["post-merge"]);
}

#[test]
fn what_a_user_changed_around_our_block_stays() {
    let world = World::new(".git/hooks");
    let hook = world.folder.join("post-commit");
    write(&hook, 0o755, "#!/bin/sh\necho one\n");
    world.install();
    let text = fs::read_to_string(&hook).unwrap();
    fs::write(&hook, text.replace("#!/bin/sh\n", "#!/bin/bash\n# top\n").replace("one\n", "two"))
        .unwrap();
    assert_eq!(*actions(&world.install())[0], Action::Unchanged);
    world.remove();
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/bash\n# top\necho two");
}

#[test]
fn an_old_block_is_replaced_in_its_place() {
    let world = World::new(".git/hooks");
    let hook = world.folder.join("post-commit");
    write(&hook, 0o750, "#!/bin/sh\n# >>> opensession >>>\nold\n# <<< opensession <<<\necho\n");
    assert_eq!(world.states()[0], State::Outdated);
    assert_eq!(*actions(&world.install())[0], Action::Update);
    assert_eq!(world.states()[0], State::Installed);
    assert_eq!(fs::metadata(&hook).unwrap().permissions().mode() & 0o777, 0o750);
    world.remove();
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\necho\n");

    world.install();
    let elsewhere = HookFolder {
        folder: &world.folder,
        binary: Path::new("/else/opensession"),
        allowed_roots: &[],
        share: false,
    };
    assert!(elsewhere.inspect().unwrap().iter().all(|(_, state)| *state == State::Outdated));
    elsewhere.install().unwrap();
    assert_eq!(world.states(), vec![State::Outdated; 4]);
}

#[test]
fn a_hook_that_was_switched_off_stays_off() {
    let world = World::new(".git/hooks");
    let hook = world.folder.join("post-commit");
    write(&hook, 0o755, "#!/bin/sh\necho\n");
    world.install();
    fs::set_permissions(&hook, Permissions::from_mode(0o644)).unwrap();
    assert_eq!(world.states()[0], State::Disabled);
    assert!(
        matches!(actions(&world.install())[0], Action::Refused(reason) if reason.contains("no longer executable"))
    );
    world.remove();
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\necho\n");
    assert_eq!(fs::metadata(&hook).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn damaged_markers_name_file_and_line_and_change_nothing() {
    let world = World::new(".git/hooks");
    write(
        &world.folder.join("post-rewrite"),
        0o755,
        "#!/bin/sh\necho\n# >>> opensession >>>\necho\n",
    );
    let before = tree(&world.folder);
    let errors = world.with(|hooks| {
        [
            hooks.plan().unwrap_err(),
            hooks.install().unwrap_err(),
            hooks.remove().unwrap_err(),
            hooks.inspect().unwrap_err(),
        ]
    });
    for error in errors {
        assert!(matches!(error, Error::Markers { line: 3, .. }), "{error}");
        assert!(
            error
                .to_string()
                .ends_with("hooks/post-rewrite:3: a block of opensession does not end"),
            "{error}"
        );
    }
    assert_eq!(tree(&world.folder), before);
}

#[test]
fn a_binary_whose_path_cannot_stand_in_a_hook_is_refused() {
    let world = World::new(".git/hooks");
    let before = tree(&world.folder);
    for binary in ["/a\nrm -rf b", "opensession"] {
        let hooks = HookFolder {
            folder: &world.folder,
            binary: Path::new(binary),
            allowed_roots: &[],
            share: false,
        };
        assert!(matches!(hooks.install(), Err(Error::Binary { .. })), "{binary}");
    }
    assert_eq!(tree(&world.folder), before);
}
