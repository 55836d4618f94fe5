//! `opensession.enabled`: written and taken back without touching anything else.

use opensession_store::{ErrorKind, Store, locate};
use opensession_testkit::{Shape, TestRepository};
use proptest::prelude::*;
use std::fs;

fn enabled_for_git(repository: &TestRepository) -> bool {
    let answer = ["config", "--local", "--type=bool", "--default=false", "opensession.enabled"];
    repository.git(&answer) == "true"
}

#[test]
fn disable_gives_back_the_bytes_in_every_shape() {
    for shape in Shape::ALL {
        let repository = TestRepository::new(shape);
        let store = Store::open(repository.path()).unwrap();
        let config = store.git_dir().join("config");
        let before = fs::read(&config).unwrap();
        assert!(!store.is_enabled().unwrap());
        store.disable().unwrap();
        assert_eq!(fs::read(&config).unwrap(), before);
        for _twice in 0..2 {
            store.enable().unwrap();
            assert!(store.is_enabled().unwrap() && enabled_for_git(&repository), "{shape:?}");
        }
        assert!(locate(repository.path(), None).unwrap().unwrap().is_enabled().unwrap());
        store.disable().unwrap();
        assert_eq!(fs::read(&config).unwrap(), before, "{shape:?}");
        assert!(!config.with_extension("lock").exists());
    }
}

#[test]
fn endings_of_all_kinds_come_back() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let config = store.git_dir().join("config");
    let base = "[core]\n\trepositoryformatversion = 0\n\tbare = true";
    for text in [
        base.to_owned(),
        format!("{base}\n"),
        format!("{base}\n\n\n"),
        base.replace('\n', "\r\n"),
        format!("{}\r\n", base.replace('\n', "\r\n")),
        format!("{base}\n# the end"),
        format!("{base}\n[opensession]\n\tenabled = false\n"),
        format!("{base}\n[opensession]"),
        format!("\u{feff}{base}\n"),
        format!("{base}\n[a \"b]\\\"\"]\n\tc = \"[opensession]\\\n\tenabled = true\"\n"),
        String::new(),
    ] {
        fs::write(&config, &text).unwrap();
        store.enable().unwrap();
        assert!(store.is_enabled().unwrap() && enabled_for_git(&repository), "{text:?}");
        store.disable().unwrap();
        assert_eq!(fs::read_to_string(&config).unwrap(), text);
    }
    fs::remove_file(&config).unwrap();
    store.enable().unwrap();
    assert!(store.is_enabled().unwrap());
}

#[test]
fn only_our_key_goes_when_something_was_written_behind_it() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let config = store.git_dir().join("config");
    let before = fs::read_to_string(&config).unwrap();
    let set = |key, value| drop(repository.git(&["config", key, value]));

    store.enable().unwrap();
    set("user.name", "Somebody");
    store.disable().unwrap();
    let after = fs::read_to_string(&config).unwrap();
    assert_eq!(after, format!("{before}[user]\n\tname = Somebody\n"));

    store.enable().unwrap();
    set("opensession.other", "1");
    store.disable().unwrap();
    assert!(!store.is_enabled().unwrap());
    assert_eq!(repository.git(&["config", "opensession.other"]), "1");
}

#[test]
fn what_was_written_by_hand_or_by_git_is_understood() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let config = store.git_dir().join("config");
    let before = fs::read_to_string(&config).unwrap();
    for (text, expected) in [
        ("[opensession] enabled=true", true),
        ("[OpenSession]\n  Enabled", true),
        ("[opensession]\n\tenabled = yes ; as it should\n", true),
        ("[opensession]\n\tenabled = true\n[core]\n[opensession]\n\tenabled = off\n", false),
        ("[opensession \"x\"]\n\tenabled = true\n", false),
        ("# [opensession]\n#\tenabled = true\n", false),
        // Whoever made the clone may have made this file; the repository's own configuration is the user's.
        ("[include]\n\tpath = ../included\n", false),
    ] {
        fs::write(repository.home().path().join("included"), "[opensession]\n\tenabled = true\n")
            .unwrap();
        fs::write(&config, format!("{before}{text}")).unwrap();
        assert_eq!(store.is_enabled().unwrap(), expected, "{text}");
        assert_eq!(enabled_for_git(&repository), expected, "{text}");
        store.disable().unwrap();
        assert!(!store.is_enabled().unwrap(), "{text}");
    }
    let _quiet = repository.git(&["config", "opensession.enabled", "true"]);
    assert!(store.is_enabled().unwrap());
    fs::write(&config, format!("{before}[opensession]\n\tenabled = perhaps\n")).unwrap();
    assert_eq!(store.is_enabled().unwrap_err().kind(), ErrorKind::Invalid);
    fs::write(&config, "[opensession\n").unwrap();
    assert_eq!(store.is_enabled().unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(fs::read(&config).unwrap(), b"[opensession\n");
}

#[cfg(unix)]
#[test]
fn modes_are_kept_and_links_refused() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let config = store.git_dir().join("config");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o640)).unwrap();
    store.enable().unwrap();
    assert_eq!(fs::metadata(&config).unwrap().permissions().mode() & 0o777, 0o640);
    store.disable().unwrap();

    let real = repository.home().path().join("real");
    fs::rename(&config, &real).unwrap();
    symlink(&real, &config).unwrap();
    let before = fs::read(&real).unwrap();
    assert_eq!(store.enable().unwrap_err().kind(), ErrorKind::Denied);
    assert!(config.is_symlink());
    assert_eq!(fs::read(&real).unwrap(), before);
}

#[test]
fn what_a_dead_writer_left_is_cleared() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    store.enable().unwrap();
    store.disable().unwrap();
    for name in ["config.lock", "opensession/config.new"] {
        fs::write(store.git_dir().join(name), "half of it").unwrap();
    }
    store.enable().unwrap();
    assert!(enabled_for_git(&repository));
    assert!(!store.git_dir().join("config.lock").exists());
    assert!(!store.git_dir().join("opensession/config.new").exists());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever a configuration holds that git can read: enabling shows, and disabling gives the bytes back.
    #[test]
    fn any_configuration_comes_back(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "[a]", "[opensession]", "[opensession \"x\"]", "b = c", "enabled = false", "# c", "; d", "",
                "e = \"f # g\"", "h = i \\", "\tj", "[k] l = m", "n = \"[opensession]\\n\"",
            ]),
            0..12,
        ),
        ending in prop::sample::select(vec!["\n", "\r\n", ""]),
    ) {
        let repository = TestRepository::new(Shape::Bare);
        let store = Store::open(repository.path()).unwrap();
        let config = store.git_dir().join("config");
        let text = format!("[core]\n\tbare = true\n{}{ending}", lines.join("\n"));
        fs::write(&config, &text).unwrap();
        let readable = opensession_testkit::command("git", repository.path())
            .args(["config", "--list"]).output().unwrap().status.success();
        match store.enable() {
            Ok(()) => {
                prop_assert!(readable && enabled_for_git(&repository));
                store.disable().unwrap();
            }
            // A line that goes on has no end to write behind.
            Err(error) => prop_assert!(
                matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Corrupt), "{error}"),
        }
        prop_assert_eq!(fs::read_to_string(&config).unwrap(), text);
    }
}
