//! What is wrong with a store.

use super::{assert_well, healthy, is_mended, leave_files, look, only, open_up};
use crate::shop::Shop;
use opensession_testkit::git_with_input;
use std::fs;
use std::path::Path;

/// Puts a file on the sessions branch, as a newer version may.
fn put(git_dir: &Path, file: &str) {
    let script = format!(
        "commit refs/heads/opensession/sessions\ncommitter a <a@b> 1771500000 +0000\ndata 0\n\
         from refs/heads/opensession/sessions^0\nM 100644 inline {file}\ndata 1\nx\n"
    );
    let _output = git_with_input(git_dir, &["fast-import", "--quiet"], script.as_bytes());
}

#[test]
fn a_ref_that_is_cut_short_or_gone_is_red_and_set_back() {
    let shop = healthy();
    for git_dir in [shop.place.store(), shop.folder.join(".git")] {
        let path = git_dir.join("refs/heads/opensession/sessions");
        let tip = fs::read_to_string(&path).unwrap();
        for cut in [0, 1, 20, 39] {
            fs::write(&path, tip.get(..cut).unwrap()).unwrap();
            is_mended(&shop, "ref", "red", "from its reflog, is read instead");
            assert_eq!(fs::read_to_string(&path).unwrap(), tip);
        }
        fs::write(&path, "garbage\n").unwrap();
        is_mended(&shop, "ref", "red", "garbage");
        fs::remove_file(&path).unwrap();
        is_mended(&shop, "ref", "red", "missing, but has a reflog");
    }
    shop.assert_sound();
}

#[test]
fn damage_to_a_session_is_red_and_repaired() {
    let shop = healthy();
    let packs = shop.place.store().join("objects/pack");
    for entry in fs::read_dir(&packs).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "pack") {
            let mut bytes = fs::read(&path).unwrap();
            // The commit and the trees come first.
            let last = bytes.len() - 200;
            bytes[last] ^= 0xff;
            fs::remove_file(&path).unwrap();
            fs::write(&path, bytes).unwrap();
        }
    }
    let finding = only(&shop, "branch", "red", "");
    let command = finding["command"].as_str().unwrap();
    assert_eq!(command, "opensession fsck --repair");
    is_mended(&shop, "branch", "red", "");
    shop.assert_sound();
}

#[test]
fn what_dead_writers_left_is_yellow_and_cleared() {
    let shop = healthy();
    leave_files(&shop.place.store());
    is_mended(&shop, "leftovers", "yellow", "and 2 more, which are of no use");
    leave_files(&shop.folder.join(".git"));
    is_mended(&shop, "leftovers", "yellow", "dead writers left ");
    let lock = shop.folder.join(".git/packed-refs.lock");
    fs::write(&lock, "").unwrap();
    // Git may hold it yet.
    assert_well(&shop);
    let hour_ago =
        fs::metadata(&lock).unwrap().modified().unwrap() - std::time::Duration::from_secs(3600);
    fs::File::options().append(true).open(&lock).unwrap().set_modified(hour_ago).unwrap();
    is_mended(&shop, "leftovers", "yellow", "packed-refs.lock was left by a dead git");
    shop.assert_sound();
}

#[test]
fn a_format_that_is_not_known_yet_is_yellow() {
    let shop = healthy();
    put(&shop.folder.join(".git"), "v7/x");
    let finding = only(&shop, "format", "yellow", "in format 7, which this one leaves alone");
    // No command of this version helps.
    assert!(finding["command"].is_null());
    assert_eq!(finding["fixable"], false);
    shop.assert_sound();
}

#[test]
fn a_branch_in_the_way_of_ours_is_named_before_init_meets_it() {
    let shop = Shop::new();
    shop.git(&["branch", "opensession"]);
    is_mended(&shop, "name", "yellow", "cannot exist beside refs/heads/opensession");
    assert_eq!(shop.git(&["branch", "--list", "opensession*"]).trim(), "opensession-old");
    shop.assert_sound();
}

#[test]
fn a_key_that_is_none_or_that_others_read_is_named() {
    let shop = healthy();
    let key = shop.place.store().join("opensession/redaction.key");
    open_up(&key);
    is_mended(&shop, "key", "yellow", "redaction.key can be read by others");
    fs::write(&key, "no key").unwrap();
    is_mended(&shop, "key", "red", "holds no key");
    shop.assert_sound();
}

#[test]
fn a_configuration_of_git_that_cannot_be_read_is_red() {
    let shop = healthy();
    let config = shop.folder.join(".git/config");
    let sound = fs::read(&config).unwrap();
    fs::write(&config, "[core\n").unwrap();
    let (code, found) = look(&shop);
    let red: Vec<_> =
        found["findings"].as_array().unwrap().iter().filter(|one| one["level"] == "red").collect();
    assert_eq!(code, 1);
    assert!(red.len() == 1 && red[0]["check"] == "repository", "{red:?}");
    assert!(red[0]["command"].as_str().unwrap().ends_with("/shop/.git/config"), "{red:?}");
    fs::write(&config, sound).unwrap();
    assert_well(&shop);
}

#[test]
fn objects_that_are_borrowed_and_gone_are_red() {
    let shop = healthy();
    let alternates = shop.folder.join(".git/objects/info/alternates");
    fs::write(&alternates, "/nowhere/objects\n").unwrap();
    only(&shop, "borrowed", "red", "from /nowhere/objects, which is gone");
    fs::remove_file(alternates).unwrap();
    shop.assert_sound();
}
