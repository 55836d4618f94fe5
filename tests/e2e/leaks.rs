//! No byte of a secret stands anywhere: not in an object of a repository, not in what the program keeps for itself or
//! leaves behind, not in what it prints.

mod planting;

use crate::place::{Place, Ran, files_below, rounds};
use crate::shop::Shop;
use opensession_testkit::{command, git_with_input};
use planting::{Secrets, WINDOW};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Returns the logs of the parsers' fixtures that are text, by their path below the fixtures' folder.
fn fixtures() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engine/parsers/fixtures");
    let mut found = Vec::new();
    for path in files_below(&folder) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "README.md" || name.starts_with("expected") || name.ends_with(".sql") {
            continue;
        }
        if let Ok(text) = fs::read_to_string(&path) {
            found.push((path.strip_prefix(&folder).unwrap().to_owned(), text));
        }
    }
    assert!(found.len() > 150, "{}", found.len());
    found
}

/// What was said, and where.
pub(crate) struct Said {
    what: String,
    pub(crate) bytes: Vec<u8>,
}

fn said(what: &str, ran: &Ran) -> Said {
    Said { what: what.to_owned(), bytes: [&ran.stdout, "\n", &ran.stderr].concat().into_bytes() }
}

/// Returns every object of a repository, and of those that are compressed what is in them.
pub(crate) fn objects(git_dir: &Path) -> Vec<Said> {
    let arguments = ["cat-file", "--batch-all-objects", "--batch"];
    let all = git_with_input(git_dir, &arguments, b"");
    let mut objects = Vec::new();
    let mut rest = all.as_slice();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = std::str::from_utf8(&rest[..end]).unwrap();
        let size: usize = head.rsplit(' ').next().unwrap().parse().unwrap();
        let bytes = &rest[end + 1..end + 1 + size];
        if bytes.starts_with(b"\x28\xb5\x2f\xfd") {
            let mut zstd = command("zstd", git_dir);
            zstd.arg("-dcq").stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = zstd.spawn().unwrap();
            let mut input = child.stdin.take().unwrap();
            let packed = bytes.to_owned();
            let writer = std::thread::spawn(move || std::io::Write::write_all(&mut input, &packed));
            let output = child.wait_with_output().unwrap();
            writer.join().unwrap().unwrap();
            assert!(output.status.success(), "{head}");
            objects.push(Said { what: format!("{head}, unpacked"), bytes: output.stdout });
        }
        objects.push(Said { what: head.to_owned(), bytes: bytes.to_owned() });
        rest = &rest[end + 2 + size..];
    }
    assert!(!objects.is_empty());
    objects
}

/// Asserts that no part of a secret is in any of it.
fn assert_clean(secrets: &Secrets, all: &[Said]) {
    let mut leaks = Vec::new();
    for Said { what, bytes } in all {
        if let Some(at) = secrets.find_in(bytes) {
            let around = &bytes[at.saturating_sub(120)..bytes.len().min(at + WINDOW + 60)];
            leaks.push(format!("{what}, byte {at}: {}", String::from_utf8_lossy(around)));
        }
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n\n"));
}

/// Returns what is in every file of the home folder but the logs.
fn files(place: &Place) -> Vec<Said> {
    let home = place.home.path();
    let is_log =
        |path: &Path| ["logs", ".claude"].iter().any(|logs| path.starts_with(home.join(logs)));
    let files = files_below(home).into_iter().filter(|path| !is_log(path));
    files
        .map(|path| {
            let what = path.display().to_string();
            let bytes = [what.as_bytes(), b"\n", &fs::read(&path).unwrap()].concat();
            Said { what, bytes }
        })
        .collect()
}

fn plant_all(place: &Place, secrets: &mut Secrets, odd: bool) {
    for (path, text) in fixtures() {
        let planted = secrets.plant(&text, odd);
        place.home.write(&format!("logs/{}", path.display()), planted);
    }
    assert!(secrets.count() > 10_000, "{}", secrets.count());
}

/// Captures the logs and reads everything back, in every way there is.
fn use_everything(place: &Place) -> Vec<Said> {
    let mut all = Vec::new();
    let mut run = |arguments: &[&str]| {
        let ran = place.run(arguments);
        all.push(said(&arguments.join(" "), &ran));
        ran
    };
    let captured = run(&["capture", "logs"]);
    assert!(matches!(captured.code, 0 | 8), "{}", captured.stderr);
    run(&["capture", "logs"]);
    run(&["capture", "logs", "--json"]);
    run(&["status"]);
    run(&["status", "--json"]);
    run(&["list", "--limit", "500"]);
    run(&["list", "--limit", "500", "--json"]);
    run(&["secrets", "scan", "--all"]);
    run(&["secrets", "scan", "--all", "--json"]);
    run(&["fsck"]);
    run(&["parse", "logs", "--redact", "--report"]);
    run(&["parse", "logs", "--redact", "--json"]);
    let sessions = place.json(&["list", "--limit", "500", "--json"]);
    let sessions = sessions.as_array().unwrap();
    assert!(sessions.len() > 60, "{}", sessions.len());
    for session in sessions {
        let id = session["id"].as_str().unwrap();
        for arguments in [&["show", id][..], &["show", id, "--json"], &["cat", id]] {
            let ran = place.run(arguments);
            all.push(said(&arguments.join(" "), &ran));
        }
    }
    all
}

/// Captures the fixtures with secrets in them and looks for these everywhere.
fn assert_no_leak(seed: u64, odd: bool) {
    let place = Place::empty();
    let mut secrets = Secrets::new(seed);
    plant_all(&place, &mut secrets, odd);
    let mut all = use_everything(&place);
    all.extend(objects(&place.store()));
    all.extend(files(&place));
    assert_clean(&secrets, &all);
    place.assert_sound();
}

#[test]
fn secrets_in_the_logs_of_all_tools_leave_no_byte() {
    (0..rounds(1, 8) as u64).for_each(|round| assert_no_leak(5 + round, false));
}

#[test]
fn secrets_in_odd_and_broken_logs_leave_no_byte() {
    (0..rounds(1, 8) as u64).for_each(|round| assert_no_leak(105 + round, true));
}

/// Plants secrets into the log of a session in the shop, which stays one of the shop.
fn plant_session(shop: &Shop, secrets: &mut Secrets, id: &str) {
    let path = shop.place.home.path().join(format!(".claude/projects/-shop/{id}.jsonl"));
    let planted = secrets.plant(&fs::read_to_string(&path).unwrap(), false);
    let mut log = String::new();
    for line in planted.lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record["cwd"] = json!(shop.folder);
        log.push_str(&format!("{record}\n"));
    }
    for text in [secrets.text(), secrets.word(), secrets.text()] {
        let message = json!({"role": "user", "content": text});
        let record = json!({
            "type": "user", "message": message, "cwd": shop.folder, "sessionId": id,
            "timestamp": "2026-03-02T10:30:00.000Z", "uuid": format!("{id}-{}", log.len()),
        });
        log.push_str(&format!("{record}\n"));
    }
    fs::write(path, log).unwrap();
}

#[test]
fn secrets_leave_no_byte_in_a_repository_nor_when_something_fails() {
    let shop = Shop::enabled();
    let mut secrets = Secrets::new(7);
    shop.write(".gitignore", "*.env\n");
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "pear 12", "pear 13");
    agent.create("deploy.env", &format!("{}\n{}\n", secrets.text(), secrets.text()));
    agent.create(&format!("{}.env", secrets.word()), "empty\n");
    plant_session(&shop, &mut secrets, &agent.id);
    shop.commit("a new price");
    shop.settle();
    assert_eq!(shop.sessions(), [agent.id.as_str()]);
    let mut all = Vec::new();
    let mut run = |arguments: &[&str]| all.push(said(&arguments.join(" "), &shop.run(arguments)));
    let look: [&[&str]; 9] = [
        &["."],
        &["status"],
        &["list", "--json"],
        &["show", "HEAD"],
        &["show", "HEAD", "--json"],
        &["cat", "HEAD"],
        &["secrets", "scan", "--all"],
        &["fsck"],
        &["capture"],
    ];
    look.into_iter().for_each(&mut run);
    shop.assert_sound();
    let found = objects(&shop.folder);
    // A store with a damaged pack, and then none that can be written.
    let pack = files_below(&shop.folder.join(".git/objects/pack"));
    let pack = pack.iter().find(|path| path.extension().is_some_and(|end| end == "pack")).unwrap();
    let mut bytes = fs::read(pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(7);
    fs::remove_file(pack).unwrap();
    fs::write(pack, bytes).unwrap();
    look.into_iter().for_each(&mut run);
    let data = shop.place.home.path().join(".local/share/opensession");
    fs::rename(&data, data.with_extension("moved")).unwrap();
    fs::write(&data, "").unwrap();
    look.into_iter().for_each(&mut run);
    let failed = all.iter().filter(|said| said.bytes.windows(6).any(|word| word == b"error:"));
    assert!(failed.count() >= 3);
    all.extend(found);
    // What the person and the tool wrote is theirs.
    let is_theirs =
        |said: &Said| !said.what.contains("/shop/.git/") && said.what.contains("/shop/");
    all.extend(files(&shop.place).into_iter().filter(|said| !is_theirs(said)));
    assert_clean(&secrets, &all);
}
