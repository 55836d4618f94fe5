use crate::place::Place;

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
