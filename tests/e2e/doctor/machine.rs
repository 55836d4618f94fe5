//! What is wrong on the machine: the program git, the index, settings, logs, hooks.

use super::{assert_well, follow, healthy, ills, is_mended, look, only, open_up};
use crate::shop::Shop;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

const CONFIG: &str = ".config/opensession/opensession.toml";

/// Returns what doctor says in a shop where programs are looked for in `path` only.
fn with_path(shop: &Shop, path: &str) -> Vec<(String, String, String)> {
    let mut command = shop.command(env!("CARGO_BIN_EXE_opensession"), &shop.folder);
    let output = command.env("PATH", path).args(["doctor", "--json"]).output().unwrap();
    ills(&serde_json::from_slice::<Value>(&output.stdout).unwrap())
}

#[test]
fn a_git_that_is_missing_or_too_old_is_said() {
    let shop = healthy();
    let ills = with_path(&shop, "/nowhere");
    assert!(ills.iter().any(|(check, level, text)| {
        check == "git" && level == "red" && text.starts_with("git cannot be started")
    }));
    let bin = shop.place.home.path().join("bin");
    let real = shop.command("sh", &shop.folder).args(["-c", "command -v git"]).output().unwrap();
    let real = String::from_utf8(real.stdout).unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *--version) echo git version 2.20.1 ;; *) exec {} \"$@\" ;; esac\n",
        real.trim_end()
    );
    let git = shop.place.home.write("bin/git", script);
    fs::set_permissions(git, fs::Permissions::from_mode(0o755)).unwrap();
    let ills = with_path(&shop, &format!("{}:/usr/bin:/bin", bin.display()));
    assert!(ills.len() == 1 && ills[0].0 == "git" && ills[0].1 == "yellow", "{ills:?}");
    assert_eq!(ills[0].2, "git 2.20.1 is older than 2.32: packs are not put together");
}

#[test]
fn an_index_that_is_damaged_is_made_anew() {
    let shop = healthy();
    let index = shop.place.home.path().join(".local/share/opensession/local.db");
    fs::write(&index, "no database").unwrap();
    is_mended(&shop, "index", "yellow", "was changed by somebody else");
    open_up(&index);
    is_mended(&shop, "private files", "yellow", "local.db can be read by others");
    fs::remove_file(&index).unwrap();
    assert_well(&shop);
}

#[test]
fn settings_that_mean_nothing_or_cannot_be_read_are_named_by_line() {
    let shop = healthy();
    let set = |text: &str| drop(shop.place.home.write(CONFIG, text));
    set("[privacy]\nexclude_tools = ['codexx']\n");
    only(&shop, "configuration", "yellow", "\"codexx\" is no tool");
    set("[watchers]\ncustom_paths = ['~/nowhere']\n");
    only(&shop, "configuration", "yellow", "/nowhere is not there");
    set("[tui]\ntheme = 'dark'\n");
    assert_well(&shop);
    set("[privacy]\nstrip_paths = 3\n");
    let finding = only(
        &shop,
        "configuration",
        "red",
        "opensession.toml, line 2: privacy.strip_paths must be",
    );
    assert!(finding["command"].as_str().unwrap().starts_with("${EDITOR:-vi} /"), "{finding}");
    // Without it nobody knows what is to be kept out: nothing is captured.
    let mut agent = shop.agent(7);
    agent.edit("prices.txt", "pear 12", "pear 13");
    fs::remove_file(shop.folder.join(".git/hooks/post-merge")).unwrap();
    let queue = shop.folder.join(".git/opensession/queue");
    fs::write(queue.join("1.json"), "{\"hook\":\"post-commit\"}").unwrap();
    let ran = shop.run(&["doctor", "--fix", "--json"]);
    let fixed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(fixed["mended"].as_array().unwrap().len(), 1, "{fixed}");
    assert!(queue.join("1.json").exists() && shop.folder.join(".git/hooks/post-merge").exists());
    assert_eq!(shop.sessions().len(), 1);
    fs::remove_file(shop.place.home.path().join(CONFIG)).unwrap();
    is_mended(&shop, "queue", "yellow", "1 hook not worked off");
    assert_eq!(shop.sessions().len(), 2);
    shop.place.home.write(".config/opensession/prices.toml", "nonsense");
    only(&shop, "prices", "red", "prices.toml, line 1");
    shop.assert_sound();
}

#[test]
fn a_repository_whose_settings_cannot_be_read_is_red() {
    let shop = healthy();
    shop.write(".opensession/config.toml", "[privacy]\nexclude_patterns = 3\n");
    let finding = only(&shop, "repository settings", "red", "exclude_patterns must be a list");
    assert!(finding["command"].as_str().unwrap().ends_with("/.opensession/config.toml"));
}

#[test]
fn logs_that_cannot_be_read_and_failures_are_red() {
    let shop = healthy();
    let root = shop.place.home.path().join(".gemini/tmp");
    fs::create_dir_all(root.parent().unwrap()).unwrap();
    // Nobody can read it, whoever runs the test.
    symlink(&root, &root).unwrap();
    let finding = only(&shop, "roots", "red", ".gemini/tmp");
    follow(&shop, &finding);
    // From then on it is a failure, too, until it is gone.
    assert_eq!(shop.run(&["capture"]).code, 8);
    let (_, found) = look(&shop);
    let names: Vec<String> = ills(&found).into_iter().map(|ill| ill.0).collect();
    assert_eq!(names, ["roots", "failures"]);
    fs::remove_file(root).unwrap();
    is_mended(&shop, "failures", "red", ".gemini/tmp");
}

#[test]
fn logs_that_wait_too_long_are_yellow() {
    let shop = healthy();
    let mut agent = shop.agent(2);
    agent.says("and now?");
    // It was written just now: the next capture takes it along.
    assert_well(&shop);
    let log = shop.place.home.path().join(format!(".claude/projects/-shop/{}.jsonl", agent.id));
    let age = |days: u64| {
        let file = fs::File::options().append(true).open(&log).unwrap();
        let now = file.metadata().unwrap().modified().unwrap();
        file.set_modified(now - std::time::Duration::from_secs(days * 86_400)).unwrap();
    };
    age(3);
    only(&shop, "logs", "yellow", "1 log not stored for more than a day");
    // The tool deletes it after thirty days.
    age(22);
    is_mended(
        &shop,
        "logs",
        "yellow",
        "1 log not stored yet will be deleted by their tools within a week",
    );
}

#[test]
fn records_that_no_parser_knows_are_yellow() {
    let shop = healthy();
    let agent = shop.agent(2);
    let log = shop.place.home.path().join(format!(".claude/projects/-shop/{}.jsonl", agent.id));
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text.clone() + &text.replace(r#""type":"user""#, r#""type":"telepathy""#))
        .unwrap();
    assert_eq!(shop.run(&["capture"]).code, 0);
    let finding =
        only(&shop, "drift", "yellow", "claude-code wrote what this version does not know");
    assert!(follow(&shop, &finding).stdout.contains("telepathy"));
}

#[test]
fn a_session_of_the_future_is_a_matter_of_clocks() {
    let shop = healthy();
    let log = String::from_utf8(crate::place::CLAUDE.to_vec()).unwrap().replace("2026-", "2226-");
    shop.place.home.write(crate::place::CLAUDE_LOG, log);
    assert_eq!(shop.run(&["capture"]).code, 0);
    let finding = only(&shop, "clock", "yellow", "its newest session is of 2226-");
    follow(&shop, &finding);
}

#[test]
fn a_repository_that_is_gone_is_forgotten() {
    let shop = healthy();
    let gone = shop.place.home.path().join("gone");
    fs::rename(&shop.folder, &gone).unwrap();
    let at_home = |arguments: &[&str]| shop.run_in(shop.place.home.path(), arguments);
    let ran = at_home(&["doctor", "--json"]);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let ills = ills(&found);
    assert!(ills.len() == 1 && ills[0].0 == "repositories" && ills[0].2.contains("shop/.git"));
    let fixed = at_home(&["doctor", "--fix", "--json"]);
    let fixed: Value = serde_json::from_str(&fixed.stdout).unwrap();
    assert_eq!(fixed["level"], "green", "{fixed}");
    // Back again, it is known as soon as anybody asks for it.
    fs::rename(&gone, &shop.folder).unwrap();
    assert_eq!(shop.run(&["init", "--yes"]).code, 0);
    assert_well(&shop);
}

#[test]
fn hooks_that_were_removed_or_replaced_are_put_in_again() {
    let shop = healthy();
    let hooks = shop.folder.join(".git/hooks");
    fs::remove_file(hooks.join("post-commit")).unwrap();
    is_mended(&shop, "hooks", "yellow", "post-commit is missing");
    let manager = "#!/bin/sh\ncall_lefthook run \"post-commit\" \"$@\"\n";
    fs::write(hooks.join("post-commit"), manager).unwrap();
    fs::set_permissions(hooks.join("post-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    is_mended(&shop, "hooks", "yellow", "post-commit is missing (lefthook writes the hooks there)");
    assert!(fs::read_to_string(hooks.join("post-commit")).unwrap().contains("call_lefthook"));
    fs::set_permissions(hooks.join("post-merge"), fs::Permissions::from_mode(0o644)).unwrap();
    is_mended(&shop, "hooks", "yellow", "post-merge is disabled");
    // husky sets another folder.
    shop.write(".husky/_/h", "#!/bin/sh\n");
    shop.git(&["config", "core.hooksPath", ".husky/_"]);
    let (_, found) = look(&shop);
    let ills = ills(&found);
    assert!(
        ills.len() == 3 && ills.iter().all(|ill| ill.2.ends_with("(husky writes the hooks there)")),
        "{ills:?}"
    );
    assert_eq!(shop.json(&["doctor", "--fix", "--json"])["level"], "green");
    shop.git(&["config", "core.hooksPath", shop.place.home.path().to_str().unwrap()]);
    let finding = only(&shop, "hooks", "yellow", "is not this repository's alone");
    follow(&shop, &finding);
    shop.assert_sound();
}

#[test]
fn a_hook_whose_markers_are_broken_is_named_with_its_line() {
    let shop = healthy();
    let hook = shop.folder.join(".git/hooks/post-merge");
    let text = fs::read_to_string(&hook).unwrap();
    fs::write(&hook, text.replace("# <<< opensession <<<\n", "")).unwrap();
    let finding = only(&shop, "hooks", "red", "a block of opensession does not end");
    let command = finding["command"].as_str().unwrap();
    assert!(command.starts_with("${EDITOR:-vi} +2 /"), "{command}");
}

#[test]
fn a_hook_that_starts_a_program_that_is_gone_is_red() {
    let shop = healthy();
    let hook = shop.folder.join(".git/hooks/post-commit");
    let text = fs::read_to_string(&hook).unwrap();
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_opensession")).unwrap();
    fs::write(&hook, text.replace(program.to_str().unwrap(), "/nowhere/opensession")).unwrap();
    let without = with_path(&shop, "/usr/bin:/bin");
    assert!(without.len() == 1 && without[0].1 == "red", "{without:?}");
    assert_eq!(
        without[0].2,
        "post-commit starts /nowhere/opensession, which is gone, so that it does nothing"
    );
    // Where it is found in `PATH`, it works, and is only not what we would write.
    is_mended(&shop, "hooks", "yellow", "post-commit is outdated");
}
