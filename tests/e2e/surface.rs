//! Names and flags that people know.

use crate::place::Place;

#[test]
fn version_and_help_are_on_standard_output() {
    let place = Place::empty();
    let version = place.run(&["--version"]);
    assert_eq!((version.code, version.stdout.as_str()), (0, "opensession 0.1.0\n"));
    let short = place.run(&["-h"]).stdout;
    let long = place.run(&["--help"]).stdout;
    assert!(long.contains("Examples:") && !short.contains("Examples:"), "{short}");
    for command in [
        "capture", "list", "show", "search", "stats", "cat", "log", "blame", "parse", "fsck",
        "secrets", "demo", "doctor", "forget", "restore", "prune", "purge",
    ] {
        assert!(short.contains(&format!("  {command} ")), "{command}");
        let help = place.run(&[command, "--help"]).stdout;
        assert!(help.contains("Examples:\n  opensession "), "{command}: {help}");
    }
    assert!(place.run(&["publish", "upload", "--help"]).stdout.contains("Examples:"));
    assert!(place.run(&["docs", "completion", "--help"]).code == 0);
}

#[test]
fn every_shell_gets_completions() {
    let place = Place::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&["docs", "completion", shell]).stdout;
        assert!(script.contains("opensession") && script.contains("capture"), "{shell}");
    }
    assert_eq!(place.run(&["docs", "completion", "tcsh"]).code, 2);
}

#[test]
fn every_key_of_the_json_is_documented() {
    fn collect(value: &serde_json::Value, keys: &mut Vec<String>) {
        match value {
            serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
            // The kinds of records below it are the tools' own.
            serde_json::Value::Object(members) if members.contains_key("understood") => {}
            serde_json::Value::Object(members) => {
                for (key, value) in members.iter().filter(|(key, _)| *key != "events") {
                    keys.push(key.clone());
                    collect(value, keys);
                }
            }
            _ => {}
        }
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
    let documented = std::fs::read_to_string(path).unwrap();
    let place = Place::with_logs();
    let mut keys = Vec::new();
    for arguments in [
        &["--json"][..],
        &["show", "HEAD", "--json"],
        &["capture", "--json"],
        &["fsck", "--json"],
        &["stats", "--json"],
        &["doctor", "--json"],
    ] {
        collect(&place.json(arguments), &mut keys);
    }
    assert!(keys.len() > 60, "{keys:?}");
    for key in keys {
        let names = [format!("`{key}`"), format!("\"{key}\"")];
        assert!(names.iter().any(|name| documented.contains(name)), "{key}");
    }
}

#[test]
fn every_test_file_is_part_of_this_binary() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e");
    let main = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let ours = path.extension().is_some_and(|end| end == "rs") && name != "main";
        assert!(!ours || main.contains(&format!("mod {name};")), "{name}");
    }
}
