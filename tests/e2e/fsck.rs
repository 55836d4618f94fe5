use crate::place::{CLAUDE, CLAUDE_LOG, CODEX, CODEX_LOG, Place, files_below};
use std::path::PathBuf;

#[test]
fn a_whole_store_is_ok() {
    let place = Place::captured();
    let ran = place.run(&["fsck"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "ok: 2 sessions checked\n"));
    let json = place.json(&["fsck", "--json"]);
    assert_eq!(json, serde_json::json!({"schema": 1, "sessions": 2, "findings": []}));
    assert_eq!(Place::empty().run(&["fsck"]).stdout, "ok: 0 sessions checked\n");
}

#[test]
fn damage_is_named_and_the_exit_code_says_so() {
    let place = Place::captured();
    // A changed byte in the middle of every pack.
    let packs = place.store().join("objects/pack");
    for entry in std::fs::read_dir(packs).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|end| end == "pack") {
            let mut bytes = std::fs::read(entry.path()).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            std::fs::remove_file(entry.path()).unwrap();
            std::fs::write(entry.path(), bytes).unwrap();
        }
    }
    let ran = place.run(&["fsck"]);
    assert_eq!(ran.code, 5, "{}{}", ran.stdout, ran.stderr);
    let json = place.run(&["fsck", "--json"]);
    assert_eq!(json.code, 5);
    let object: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(!object["findings"].as_array().unwrap().is_empty());
}

#[test]
fn what_is_damaged_is_restored_from_the_tools_logs() {
    let whole = read(&two_packs().0);
    for part in 0..12 {
        let (place, pack) = two_packs();
        let mut bytes = std::fs::read(&pack).unwrap();
        let byte = bytes.len() * part / 12;
        bytes[byte] ^= 0x10;
        std::fs::remove_file(&pack).unwrap();
        std::fs::write(&pack, bytes).unwrap();
        assert_eq!(place.run(&["fsck"]).code, 5, "byte {byte}");
        let ran = place.run(&["fsck", "--repair"]);
        assert_eq!(ran.code, 0, "byte {byte}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(place.run(&["fsck"]).stdout, "ok: 2 sessions checked\n", "byte {byte}");
        assert_eq!(read(&place), whole, "byte {byte}");
        assert_eq!(place.run(&["fsck", "--repair"]).stdout, "ok: nothing is damaged\n");
        place.assert_sound();
    }
}

/// Returns a home whose sessions were captured one after the other, and the second pack.
fn two_packs() -> (Place, PathBuf) {
    let place = Place::empty();
    place.home.write(CODEX_LOG, CODEX);
    assert_eq!(place.run(&["capture"]).code, 0);
    let packs = || files_below(&place.store().join("objects/pack"));
    let first = packs();
    place.home.write(CLAUDE_LOG, CLAUDE);
    assert_eq!(place.run(&["capture"]).code, 0);
    let is_second =
        |path: &PathBuf| path.extension().is_some_and(|end| end == "pack") && !first.contains(path);
    let second = packs().into_iter().find(is_second).unwrap();
    (place, second)
}

fn read(place: &Place) -> [String; 2] {
    ["HEAD", "HEAD~1"].map(|session| place.run(&["cat", session]).stdout)
}
