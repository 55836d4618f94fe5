//! `opensession doctor`: every condition that can be staged is named, and the command that it names mends it.

mod machine;
mod sharing;
mod stores;

use crate::place::{CODEX, CODEX_LOG, Ran, files_below};
use crate::shop::Shop;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A machine on which all is well: a shop with a linked commit, and a session in the user's own store.
pub(super) fn healthy() -> Shop {
    let shop = Shop::enabled();
    shop.place.home.write(CODEX_LOG, CODEX);
    shop.agent(1).edit("prices.txt", "apple 10", "apple 11 with tax");
    shop.commit("raise a price");
    shop.settle();
    assert_eq!(shop.run(&["index", "rebuild"]).code, 0);
    shop
}

/// What doctor says: its exit code, and its JSON.
pub(super) fn look(shop: &Shop) -> (i32, Value) {
    let ran = shop.run(&["doctor", "--json"]);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", ran.stdout, ran.stderr);
    });
    assert_eq!(ran.stderr, "");
    (ran.code, value)
}

/// Returns what is not green: check, level, text.
pub(super) fn ills(found: &Value) -> Vec<(String, String, String)> {
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let findings = found["findings"].as_array().unwrap().iter();
    let ill = findings.filter(|one| one["level"] != "green");
    ill.map(|one| (text(one, "check"), text(one, "level"), text(one, "text"))).collect()
}

/// Asserts that all is well.
pub(super) fn assert_well(shop: &Shop) {
    let (code, found) = look(shop);
    assert_eq!((ills(&found), code), (Vec::new(), 0));
    assert_eq!(found["level"], "green");
}

/// Asserts that exactly this is wrong, and returns the one finding.
pub(super) fn only(shop: &Shop, check: &str, level: &str, words: &str) -> Value {
    let (code, found) = look(shop);
    let ills = ills(&found);
    let is_it = |(name, how, text): &(String, String, String)| {
        name == check && how == level && text.contains(words)
    };
    assert!(ills.len() == 1 && ills.iter().all(is_it), "{check} {level} {words}: {ills:?}");
    assert_eq!(code, i32::from(level == "red"));
    assert_eq!(found["level"], level);
    let mut findings = found["findings"].as_array().unwrap().iter();
    findings.find(|one| one["level"] != "green").unwrap().clone()
}

/// Runs the command of a finding in a shell, as a person would; to a question of ours the answer is yes.
pub(super) fn follow(shop: &Shop, finding: &Value) -> Ran {
    let command = finding["command"].as_str().unwrap();
    let command = command.replace("opensession init", "opensession init --yes");
    let mut shell = shop.command("sh", &shop.folder);
    let config = shop.place.home.path().join(".gitconfig");
    let shell = shell.env("GIT_CONFIG_GLOBAL", config).args(["-c", &command]);
    let ran = Ran::of(&shell.output().unwrap());
    assert_eq!(ran.code, 0, "{command}: {}{}", ran.stdout, ran.stderr);
    ran
}

/// Asserts that this, and only this, is wrong, and that the command that is named mends it.
pub(super) fn is_mended(shop: &Shop, check: &str, level: &str, words: &str) {
    let finding = only(shop, check, level, words);
    follow(shop, &finding);
    assert_well(shop);
}

/// Every file below the home folder: what it holds, when it was changed, and who may read it.
fn everything(shop: &Shop) -> Vec<(PathBuf, Vec<u8>, SystemTime, u32)> {
    let files = files_below(shop.place.home.path()).into_iter();
    let state = |path: PathBuf| {
        let found = fs::symlink_metadata(&path).unwrap();
        let bytes = if found.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        (path, bytes, found.modified().unwrap(), found.mode())
    };
    files.map(state).collect()
}

/// Damages much of what can be damaged at once.
fn ruin(shop: &Shop) {
    let home = shop.place.home.path();
    fs::write(shop.place.store().join("refs/heads/opensession/sessions"), "").unwrap();
    leave_files(&shop.folder.join(".git"));
    fs::write(home.join(".local/share/opensession/local.db"), "no database").unwrap();
    fs::remove_file(shop.folder.join(".git/hooks/post-merge")).unwrap();
    let config = ".config/opensession/opensession.toml";
    shop.place.home.write(config, "[privacy]\nstrip_path = true\n");
    shop.place
        .home
        .write(".local/share/opensession/repositories.json", list(shop, "/nowhere/.git"));
}

/// Returns the list of repositories with one more.
fn list(shop: &Shop, more: &str) -> String {
    let path = shop.place.home.path().join(".local/share/opensession/repositories.json");
    let mut known: Vec<PathBuf> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    known.push(more.into());
    serde_json::to_string(&known).unwrap()
}

/// Leaves what a writer leaves that is killed.
pub(super) fn leave_files(git_dir: &Path) {
    let packs = git_dir.join("objects/pack");
    fs::write(packs.join("opensession-pack.new"), "half").unwrap();
    let keep = "pack-05e55104ffffffffffffffffffffffffffffffff.keep";
    fs::write(packs.join(keep), "opensession\n").unwrap();
    // A lock that holds what was about to be published is the dead writer's own.
    fs::write(git_dir.join("opensession/ref.new"), "half").unwrap();
    fs::write(git_dir.join("refs/heads/opensession/sessions.lock"), "half").unwrap();
}

#[test]
fn a_healthy_machine_is_green_and_so_is_an_empty_one() {
    let shop = healthy();
    let before = everything(&shop);
    assert_well(&shop);
    let ran = shop.run(&["doctor"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(ran.stdout.ends_with(" green\n") && !ran.stdout.contains("yellow"), "{}", ran.stdout);
    assert!(everything(&shop) == before);
    let ran = shop.run(&["doctor", "--fix"]);
    assert!(!ran.stdout.contains("done") && !ran.stdout.contains("failed"), "{}", ran.stdout);
    assert!(everything(&shop) == before);
    let empty = Shop::new();
    let before = everything(&empty);
    assert_well(&empty);
    assert!(everything(&empty) == before);
    shop.assert_sound();
}

#[test]
fn nothing_is_changed_without_fix_whatever_is_wrong() {
    let shop = healthy();
    ruin(&shop);
    let before = everything(&shop);
    for arguments in [&["doctor"][..], &["doctor", "--json"], &["doctor", "--color", "always"]] {
        let ran = shop.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{}", ran.stdout);
        let after = everything(&shop);
        let changed = before.iter().zip(&after).find(|(before, after)| before != after);
        assert!(after == before, "{:?}", changed.map(|(before, after)| (&before.0, &after.0)));
    }
}

#[test]
fn everything_is_told_on_a_page_and_fix_mends_what_it_says() {
    let shop = healthy();
    ruin(&shop);
    let tip = fs::read_to_string(shop.place.store().join("logs/refs/heads/opensession/sessions"));
    let tip = tip.unwrap().lines().last().unwrap().get(41..51).unwrap().to_owned();
    let home = shop.place.home.path().canonicalize().unwrap();
    let page = |ran: &Ran| {
        let text = ran.stdout.replace(home.to_str().unwrap(), "HOME").replace(&tip, "TIP");
        text.replace(shop.place.home.path().to_str().unwrap(), "HOME")
    };
    insta::assert_snapshot!(page(&shop.run(&["doctor"])), @r#"
    this machine
      green   git, prices, private files, roots, logs, failures, drift, AI tools
      yellow  configuration: HOME/.config/opensession/opensession.toml, line 2: privacy.strip_path means nothing
              ${EDITOR:-vi} HOME/.config/opensession/opensession.toml
      yellow  index: HOME/.local/share/opensession/local.db: was changed by somebody else, or left half written
              opensession index rebuild
      yellow  repositories: /nowhere/.git is remembered and gone; if it comes back, a capture into it remembers it again
              opensession doctor --fix
    ~/.local/share/opensession/sessions.git
      green   branch, format, name, clock, leftovers, packs, borrowed, writing, room, key, repository settings, fetched, sharing
      red     ref: the branch cannot be read, "" is no object id; TIP, from its reflog, is read instead
              opensession doctor --fix
    ~/shop/.git
      green   ref, branch, format, name, clock, packs, borrowed, writing, room, key, repository settings, queue, fetched, sharing
      yellow  leftovers: dead writers left HOME/shop/.git/objects/pack/opensession-pack.new and 2 more, which are of no use
              opensession doctor --fix
      yellow  hooks: post-merge is missing
              opensession init HOME/shop
    1 red, 5 yellow, 35 green; `opensession doctor --fix` mends 5 findings
    "#);
    let fixed = shop.run(&["doctor", "--fix"]);
    assert_eq!((fixed.code, fixed.stderr.as_str()), (0, ""), "{}", fixed.stdout);
    insta::assert_snapshot!(page(&fixed), @r#"
    done    ~/shop/.git: put our lines into its hooks
    done    ~/.local/share/opensession/sessions.git: set its ref back to the newest state that can be read
    done    ~/shop/.git: cleared what dead writers left
    done    /nowhere/.git: forgot that there was a repository
    done    made the index anew
    this machine
      green   git, prices, private files, roots, logs, failures, drift, index, repositories, AI tools
      yellow  configuration: HOME/.config/opensession/opensession.toml, line 2: privacy.strip_path means nothing
              ${EDITOR:-vi} HOME/.config/opensession/opensession.toml
    ~/.local/share/opensession/sessions.git
      green   ref, branch, format, name, clock, leftovers, packs, borrowed, writing, room, key, repository settings, fetched, sharing
    ~/shop/.git
      green   ref, branch, format, name, clock, leftovers, packs, borrowed, writing, room, key, repository settings, queue, fetched, sharing, hooks
    1 yellow, 40 green
    "#);
    // What only the user can know is left to them.
    only(&shop, "configuration", "yellow", ", line 2: privacy.strip_path means nothing");
    assert_eq!(shop.sessions().len(), 1);
    shop.assert_sound();
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let shop = healthy();
    fs::remove_file(shop.folder.join(".git/hooks/post-merge")).unwrap();
    let plain = shop.run(&["doctor"]).stdout;
    assert!(plain.contains("yellow") && !plain.contains('\u{1b}'), "{plain}");
    let coloured = shop.run(&["doctor", "--color", "always"]).stdout;
    assert!(coloured.contains("\u{1b}[33m  yellow") && coloured.contains("\u{1b}[32m  green"));
    let on = |variables: &[(&str, &str)]| shop.place.on_terminal("doctor", variables);
    assert!(on(&[]).contains('\u{1b}'));
    assert!(!on(&[("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn fix_says_what_it_could_not_do() {
    let shop = healthy();
    fs::remove_file(shop.folder.join(".git/hooks/post-merge")).unwrap();
    // Nothing can be written beside the hook.
    let beside = shop.folder.join(".git/hooks/post-merge.opensession-new");
    fs::create_dir(&beside).unwrap();
    let ran = shop.run(&["doctor", "--fix"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("failed  ~/shop/.git: put our lines into its hooks: "),
        "{}",
        ran.stdout
    );
    let (_, found) = look(&shop);
    assert_eq!(found["mended"], serde_json::json!([]));
    let fixed = shop.run(&["doctor", "--fix", "--json"]);
    let fixed: Value = serde_json::from_str(&fixed.stdout).unwrap();
    assert!(fixed["mended"][0]["error"].as_str().is_some(), "{fixed}");
    fs::remove_dir(&beside).unwrap();
    let fixed = shop.json(&["doctor", "--fix", "--json"]);
    assert_eq!(fixed["mended"][0]["error"], Value::Null);
    assert_eq!(fixed["level"], "green", "{fixed}");
    shop.assert_sound();
}

/// Lets others read a file.
pub(super) fn open_up(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
}
