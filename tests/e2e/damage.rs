//! One bit flipped in each file of a captured store, one after the other.
//!
//! `fsck` finds every flip in a byte that reading depends on, and the other sessions read as before. A flip elsewhere
//! changes nothing that is read.

use crate::place::{CLAUDE, Place, files_below, rounds};
use opensession_testkit::git;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const SESSIONS: usize = 4;

/// Returns a home with sessions that were captured one by one, each in a pack of its own.
fn captured() -> Place {
    let place = Place::empty();
    let lines: Vec<&[u8]> = CLAUDE.split_inclusive(|byte| *byte == b'\n').collect();
    for number in 0..SESSIONS {
        let id = format!("{number:08x}-3f60-4d52-9a57-0c7be1a2d901");
        // Of different lengths, so that no two share their events.
        let text = String::from_utf8(lines[..lines.len() - 3 * number].concat()).unwrap();
        let text = text.replace("5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901", &id);
        let log = place.home.write(&format!("logs/{id}.jsonl"), text);
        let ran = place.run(&["capture", log.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    place
}

/// Returns what `cat` prints of each session; `None` where it fails.
fn read(place: &Place) -> Vec<Option<String>> {
    let cat = |number| {
        let ran = place.run(&["cat", &format!("{number:08x}")]);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        (ran.code == 0).then_some(ran.stdout)
    };
    (0..SESSIONS).map(cat).collect()
}

/// Returns the files of the store in the same order in every run, whatever the packs are called.
fn files_of(store: &Path) -> Vec<PathBuf> {
    let mut files = files_below(store);
    files.sort_by_cached_key(|path| {
        (path.extension().map(ToOwned::to_owned), fs::read(path).unwrap())
    });
    files
}

/// Whether reading depends on every byte of the file. That is not so for what git keeps for itself, for settings, and
/// for the lines in packed refs that are about others.
fn matters(store: &Path, path: &Path) -> bool {
    let path = path.strip_prefix(store).unwrap();
    path.starts_with("objects/pack") || path.starts_with("refs/heads/opensession")
}

/// Flips bits in every file of the store, `places` in each; returns how many there were.
fn flip_each(place: &Place, places: usize, most_lost: usize) -> usize {
    let store = place.store();
    let whole = read(place);
    assert!(whole.iter().all(Option::is_some));
    let mut flips = 0;
    for path in files_of(&store) {
        let sound = fs::read(&path).unwrap();
        // Spread over the file; another place in every file, and every bit in turn.
        for count in 0..places.min(sound.len()) {
            let byte = (sound.len() * count / places + flips * 7) % sound.len();
            let mut bytes = sound.clone();
            bytes[byte] ^= 1 << (flips % 8);
            fs::remove_file(&path).unwrap();
            fs::write(&path, bytes).unwrap();
            flips += 1;

            let what = format!("bit {} of byte {byte} of {}", (flips - 1) % 8, path.display());
            let found = place.run(&["fsck", "--json"]);
            let now = read(place);
            if matters(&store, &path) {
                assert_eq!(found.code, 5, "{what}: {}{}", found.stdout, found.stderr);
                let report: Value = serde_json::from_str(&found.stdout).unwrap();
                let findings = report["findings"].as_array().unwrap();
                assert!(findings.iter().any(|one| one["object"].is_string()), "{what}: {report}");
            }
            let lost = now.iter().filter(|text| text.is_none()).count();
            let most = match (found.code, matters(&store, &path)) {
                (0, _) => 0,
                (_, true) => most_lost,
                // Without `HEAD` and settings that can be read it is no repository, and every command says so.
                (_, false) => SESSIONS,
            };
            assert!(lost <= most, "{what}: {lost} lost, {}", found.stderr);
            // What is read at all is what was stored.
            for (now, whole) in now.iter().zip(&whole) {
                assert!(now.is_none() || now == whole, "{what}");
            }
            fs::remove_file(&path).unwrap();
            fs::write(&path, &sound).unwrap();
        }
    }
    assert_eq!(place.run(&["fsck"]).code, 0);
    assert_eq!(read(place), whole);
    flips
}

#[test]
fn a_flipped_bit_in_any_file_is_found_and_costs_at_most_one_session() {
    let place = captured();
    let flips = flip_each(&place, rounds(12, 120), 1);
    assert!(flips >= 2 * 2 * SESSIONS, "{flips}");
}

/// One pack with deltas, an index in reverse, packed refs: what one bit destroys may be part of every session.
#[test]
fn a_flipped_bit_in_any_file_that_git_made_of_them_is_found() {
    let place = captured();
    let _quiet = git(&place.store(), &["gc", "--quiet", "--prune=now"]);
    let _quiet = git(&place.store(), &["multi-pack-index", "write"]);
    let flips = flip_each(&place, rounds(12, 120), SESSIONS);
    assert!(flips >= 10, "{flips}");
}
