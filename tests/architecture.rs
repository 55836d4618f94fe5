//! The floor plan, checked: which crate may use which, where the heavy libraries are, how long a file may be.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every crate with the crates of ours that it may use outside its tests.
const ARROWS: [(&str, &[&str]); 10] = [
    ("opensession-hail", &[]),
    ("opensession-redact", &["opensession-hail"]),
    ("opensession-parsers", &["opensession-hail"]),
    ("opensession-store", &["opensession-hail", "opensession-redact"]),
    ("opensession-index", &["opensession-hail", "opensession-store"]),
    (
        "opensession-engine",
        &[
            "opensession-hail",
            "opensession-redact",
            "opensession-parsers",
            "opensession-store",
            "opensession-index",
        ],
    ),
    ("opensession-hooks", &[]),
    ("opensession-tui", &["opensession-engine"]),
    ("opensession", &["opensession-engine", "opensession-hooks", "opensession-tui"]),
    ("opensession-testkit", &[]),
];

/// Libraries that only some crates may use.
const CONFINED: [(&str, &[&str]); 5] = [
    ("gix", &["opensession-store"]),
    ("rusqlite", &["opensession-parsers", "opensession-index"]),
    ("tokio", &["opensession-server"]),
    ("clap", &["opensession"]),
    ("ratatui", &["opensession-tui"]),
];

const LONGEST_FILE: usize = 500;
/// A ceiling on the packages in `Cargo.lock`: going above it is a decision.
const MOST_PACKAGES: usize = 330;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn packages() -> BTreeMap<String, BTreeSet<String>> {
    #[expect(clippy::disallowed_methods, reason = "the test asks cargo")]
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let uses = package["dependencies"].as_array().unwrap().iter();
            let uses = uses.filter(|one| one["kind"].as_str() != Some("dev"));
            (text(&package["name"]), uses.map(|one| text(&one["name"])).collect())
        })
        .collect()
}

#[test]
fn arrows_run_down_only() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let packages = packages();
    let names: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    assert_eq!(names, allowed.keys().copied().collect(), "every crate has its arrows");
    for (name, uses) in &packages {
        for used in uses.iter().filter(|used| packages.contains_key(*used)) {
            assert!(allowed[name.as_str()].contains(&used.as_str()), "{name} must not use {used}");
        }
        for (library, users) in CONFINED {
            assert!(
                !uses.contains(library) || users.contains(&name.as_str()),
                "{name} must not use {library}"
            );
        }
    }
}

#[test]
fn no_file_is_longer_than_one_idea() {
    let mut folders: Vec<_> =
        ["engine", "frontends", "hooks", "tests"].iter().map(|name| root().join(name)).collect();
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files += 1;
                let lines = fs::read_to_string(&path).unwrap().lines().count();
                assert!(lines <= LONGEST_FILE, "{} has {lines} lines", path.display());
            }
        }
    }
    assert!(files > 50, "only {files} files were looked at");
}

#[test]
fn dependencies_stay_below_the_ceiling_and_maps_stay_sorted() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let packages = lock.matches("[[package]]").count();
    assert!(packages <= MOST_PACKAGES, "{packages} packages in Cargo.lock");
    // Canonical bytes need sorted maps; a dependency that switches `preserve_order` on would change them silently.
    let map: Value = serde_json::from_str(r#"{"b":1,"a":2}"#).unwrap();
    assert_eq!(map.to_string(), r#"{"a":2,"b":1}"#);
}
