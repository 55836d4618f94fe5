//! The index is thrown away and made anew whatever happens to its file: the answers stay what they were.

use crate::place::{CLAUDE, Place, rounds};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// What is asked, and the answers are compared.
const ASKED: &[&[&str]] = &[
    &["list", "--json"],
    &["list", "--json", "has:error"],
    &["search", "--json", "rounding"],
    &["search", "--json", "\"cart total\""],
];

type Answers = Vec<(i32, String)>;

/// Returns a home with a dozen sessions, and an index of them.
fn indexed() -> Place {
    let place = Place::captured();
    let text = String::from_utf8(CLAUDE.to_vec()).unwrap();
    for number in 0..10 {
        let id = format!("{number:08x}-3f60-4d52-9a57-0c7be1a2d901");
        let text = text.replace("5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901", &id);
        place.home.write(&format!(".claude/projects/-home-robin-src-shop/{id}.jsonl"), text);
    }
    assert_eq!(place.run(&["capture"]).code, 0);
    assert_eq!(place.run(&["index", "rebuild"]).code, 0);
    place
}

fn database(place: &Place) -> PathBuf {
    place.home.path().join(".local/share/opensession/local.db")
}

fn answers(place: &Place) -> Answers {
    let ask = |arguments: &&[&str]| {
        let ran = place.run(arguments);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        (ran.code, ran.stdout)
    };
    ASKED.iter().map(ask).collect()
}

/// Returns the answers of a sound index; none of them is empty.
fn sound(place: &Place) -> Answers {
    let sound = answers(place);
    for ((code, text), asked) in sound.iter().zip(ASKED) {
        assert!(*code == 0 && text.len() > 100, "{asked:?}: {code} {text}");
    }
    sound
}

#[test]
fn a_flipped_bit_anywhere_in_the_database_changes_no_answer() {
    let place = indexed();
    let sound = sound(&place);
    let path = database(&place);
    let flips = rounds(100, 1000);
    for flip in 0..flips {
        let mut bytes = fs::read(&path).unwrap();
        // Spread over the file, and every bit in turn; the first hundred bytes are the header.
        let at = if flip % 10 == 0 { flip % 100 } else { bytes.len() * flip / flips };
        bytes[at] ^= 1 << (flip % 8);
        fs::write(&path, bytes).unwrap();
        let ran = place.run(ASKED[flip % ASKED.len()]);
        let what = format!("bit {} of byte {at}: {}", flip % 8, ran.stderr);
        assert_eq!((ran.code, ran.stdout), sound[flip % ASKED.len()], "{what}");
    }
    assert_eq!(answers(&place), sound);
    place.assert_sound();
}

#[test]
fn a_database_that_is_cut_foreign_or_no_database_at_all_changes_no_answer() {
    let place = indexed();
    let sound = sound(&place);
    let path = database(&place);
    let whole = fs::read(&path).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut all = whole.clone();
        all[at..at + bytes.len()].copy_from_slice(bytes);
        all
    };
    let middle = whole.len() / 2;
    let contents: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("one byte", whole[..1].to_vec()),
        ("the header alone", whole[..100].to_vec()),
        ("half", whole[..middle].to_vec()),
        ("all but a byte", whole[..whole.len() - 1].to_vec()),
        ("longer", [&whole[..], &[0; 4096]].concat()),
        ("zeroes", vec![0; whole.len()]),
        ("zeroes in the middle", with(middle, &[0; 4096])),
        ("text", b"not a database\n".repeat(500)),
        ("another program's database", with(68, &[0; 4])),
        ("the database of a later version", with(60, &u32::MAX.to_be_bytes())),
    ];
    for (what, bytes) in contents {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(answers(&place), sound, "{what}");
        fs::write(&path, &bytes).unwrap();
        fs::remove_file(path.with_file_name("local.db-stamp")).unwrap();
        assert_eq!(answers(&place), sound, "{what}, and no stamp");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(answers(&place), sound, "deleted");
    for beside in ["local.db-wal", "local.db-shm", "local.db-stamp"] {
        fs::write(path.with_file_name(beside), b"\x37\x7f\x06\x82garbage".repeat(500)).unwrap();
        assert_eq!(answers(&place), sound, "{beside}");
    }
    place.assert_sound();
}

/// What is not ours is not removed; the index is made in memory then.
#[test]
fn a_folder_in_the_place_of_the_database_stays() {
    let place = indexed();
    let sound = sound(&place);
    let path = database(&place);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("note"), "mine").unwrap();
    assert_eq!(answers(&place), sound);
    assert_eq!(fs::read_to_string(path.join("note")).unwrap(), "mine");
    place.assert_sound();
}

#[test]
fn a_database_that_is_deleted_while_it_is_in_use_changes_no_answer() {
    let place = indexed();
    let sound = sound(&place);
    let path = database(&place);
    for _ in 0..rounds(3, 30) {
        let mut running: Vec<Child> = (0..12)
            .map(|number| {
                let program = env!("CARGO_BIN_EXE_opensession");
                let mut command = opensession_testkit::command(program, place.home.path());
                command.args(ASKED[number % ASKED.len()]);
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        while running.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
            for name in ["local.db", "local.db-wal", "local.db-shm", "local.db-stamp"] {
                // It may not be there at the moment.
                let _gone = fs::remove_file(path.with_file_name(name));
            }
        }
        for (number, child) in running.into_iter().enumerate() {
            let output = child.wait_with_output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            let answer = String::from_utf8(output.stdout).unwrap();
            let asked = number % ASKED.len();
            assert_eq!((output.status.code().unwrap(), answer), sound[asked], "{error}");
        }
    }
    assert_eq!(answers(&place), sound);
    place.assert_sound();
}
