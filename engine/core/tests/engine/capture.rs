//! Capture: new, grown, unchanged; nothing twice, nothing lost, the same tree on every machine.

use crate::log::{Machine, SESSION, answer, call, noon, prompt, result};
use opensession_engine::hail::Timestamp;
use opensession_engine::{Capture, Engine, Home, ListQuery, Os, Outcome, Reference, Scope};
use opensession_testkit::{git, git_with_input};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn a_growing_log_appends_segments_and_a_second_run_writes_nothing() {
    let machine = Machine::new();
    let start = prompt("a", 0, "one") + &answer("b", 1, "two");
    machine.log(SESSION, &start);
    let report = machine.capture();
    assert_eq!(report.count(|outcome| *outcome == Outcome::New { events: 2 }), 1);
    let first = machine.git(&["ls-tree", "-r", "opensession/sessions"]);
    assert_eq!(machine.capture().commit, None);

    machine.log(SESSION, &(start + &prompt("c", 2, "three")));
    let report = machine.capture();
    assert_eq!(report.count(|outcome| *outcome == Outcome::Grown { events: 1 }), 1);
    assert_eq!(machine.prompts(SESSION), ["one", "two", "three"]);
    let segment = first.lines().find(|line| line.contains("0000.")).unwrap();
    assert!(machine.git(&["ls-tree", "-r", "opensession/sessions"]).contains(segment));
    machine.tree();
}

#[test]
fn without_its_memory_a_capture_changes_nothing() {
    let machine = Machine::new();
    machine.log(SESSION, &(prompt("a", 0, "one") + &call("b", 1, "ls")));
    machine.capture();
    let tree = machine.tree();
    fs::remove_dir_all(machine.engine.data_dir().join("captured")).unwrap();
    let report = machine.capture();
    assert_eq!((report.commit, report.logs.len()), (None, 1));
    assert_eq!(machine.tree(), tree);
}

#[test]
fn a_memory_of_sessions_that_are_gone_is_not_trusted() {
    let machine = Machine::new();
    machine.log(SESSION, &prompt("a", 0, "one"));
    machine.capture();
    machine.git(&["update-ref", "-d", "refs/heads/opensession/sessions"]);
    machine.capture();
    assert_eq!(machine.prompts("HEAD"), ["one"]);
}

#[test]
fn an_open_call_and_a_torn_line_wait_for_the_next_capture() {
    let machine = Machine::new();
    let open = prompt("a", 0, "one") + &call("b", 1, "make");
    let torn = result("c", 2, "b", "done");
    machine.log(SESSION, &format!("{open}{}", torn.get(..40).unwrap()));
    machine.capture();
    assert_eq!(machine.prompts(SESSION), ["one"]);
    machine.log(SESSION, &(open + &torn));
    machine.capture();
    assert_eq!(machine.prompts(SESSION), ["one", "done"]);
    let reader = machine.engine.session(&Reference::new(SESSION)).unwrap();
    assert_eq!(reader.manifest().stats.tool_call_count, 1);
    assert_eq!(reader.manifest().generation, 0);
}

#[test]
fn another_home_clock_and_order_give_the_same_tree() {
    let key = "ab".repeat(32);
    let trees: Vec<String> = [false, true]
        .into_iter()
        .map(|reversed| {
            let machine = Machine::with_key(Some(&key));
            let other = SESSION.replace('1', "9");
            let mut logs = [
                (
                    SESSION.to_owned(),
                    prompt("a", 0, "one ghp_0123456789abcdefghijABCDEFGHIJ012345"),
                ),
                (other.clone(), prompt("a", 3, "two").replace(SESSION, &other)),
            ];
            if reversed {
                logs.reverse();
            }
            let paths: Vec<_> = logs.iter().map(|(name, text)| machine.log(name, text)).collect();
            let clock = if reversed { "2031-01-01T00:00:00Z" } else { "2026-11-23T12:00:00Z" };
            let at = Timestamp::parse(clock).unwrap();
            machine.engine.capture(Capture::Logs(&paths), at, &()).unwrap();
            machine.tree()
        })
        .collect();
    assert_eq!(trees.first(), trees.last());
}

#[test]
fn no_secret_of_a_log_reaches_an_object() {
    let machine = Machine::new();
    let secret = ["ghp_", "0123456789abcdefghijABCDEFGHIJ012345"].concat();
    machine.log(SESSION, &(prompt("a", 0, &format!("use {secret}")) + &call("b", 1, &secret)));
    machine.capture();
    let session = machine.engine.session(&Reference::new(SESSION)).unwrap();
    let mut text = Vec::new();
    session.write(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains(&secret) && text.contains("[redacted:"), "{text}");
    assert!(!session.manifest().redactions.is_empty());
}

#[test]
fn a_log_that_cannot_be_read_is_named_and_stops_no_other() {
    let machine = Machine::new();
    let good = machine.log(SESSION, &prompt("a", 0, "one"));
    let missing = machine.home.path().join("missing.jsonl");
    let foreign = machine.home.write("notes.jsonl", "{\"shopping\":[\"milk\"]}\n");
    let paths = [missing.clone(), foreign.clone(), good];
    let report = machine.engine.capture(Capture::Logs(&paths), noon(), &()).unwrap();
    let failed: Vec<_> = report.failures().map(|(log, _)| log.path.clone()).collect();
    assert_eq!(failed, [missing, foreign]);
    assert_eq!(machine.prompts("HEAD"), ["one"]);
}

#[test]
fn a_session_that_was_printed_is_the_same_session_when_it_is_captured() {
    let machine = Machine::new();
    let start = prompt("a", 0, "one") + &answer("b", 1, "two");
    machine.log(SESSION, &start);
    machine.capture();
    let mut printed = Vec::new();
    machine.engine.session(&Reference::new(SESSION)).unwrap().write(&mut printed).unwrap();
    let tree = machine.tree();
    let import = |machine: &Machine| {
        let text = std::str::from_utf8(&printed).unwrap();
        let path = machine.home.write("elsewhere.hail.jsonl", text);
        let report = machine.engine.capture(Capture::Logs(&[path]), noon(), &()).unwrap();
        assert_eq!(report.failures().count(), 0);
    };
    import(&machine);
    assert_eq!(machine.tree(), tree);

    let other = Machine::new();
    import(&other);
    assert_eq!(other.keys(), [format!("claude-code.{SESSION}")]);
    assert_eq!(other.prompts(SESSION), ["one", "two"]);
    // The tool's own log then continues what was imported.
    other.log(SESSION, &(start + &prompt("c", 2, "three")));
    other.capture();
    assert_eq!(other.prompts(SESSION), ["one", "two", "three"]);
    assert_eq!(other.keys().len(), 1);
}

#[test]
fn a_member_file_is_parsed_as_the_log_that_it_belongs_to() {
    let machine = Machine::new();
    let state = machine.home.write("copy/s1/base_state.json", r#"{"id":"s1","agent":{}}"#);
    let said = |id: u32| {
        let event = format!(
            r#"{{"id":"{id}","timestamp":"2026-03-01T10:00:00","source":"user","llm_message":{{"role":"user","content":"{id}"}},"kind":"MessageEvent"}}"#
        );
        machine.home.write(&format!("copy/s1/events/event-0000{id}-{id}.json"), &event)
    };
    let members = [said(0), said(1)];
    let parse = |path: &Path| {
        let mut out = Vec::new();
        machine.engine.parse(path, false, &mut out).map(|_| String::from_utf8(out).unwrap())
    };
    let whole = parse(&state).unwrap();
    assert_eq!(whole.lines().count(), 4);
    assert_eq!(members.map(|member| parse(&member).unwrap()), [whole.clone(), whole]);
    assert!(parse(&machine.home.write("copy/notes.json", "{}")).is_err());
}

#[test]
fn a_branch_that_went_back_is_brought_forward_again() {
    let machine = Machine::new();
    let start = prompt("a", 0, "one");
    machine.log(SESSION, &start);
    machine.capture();
    machine.log(SESSION, &(start + &prompt("b", 1, "two")));
    machine.capture();
    let branch = "refs/heads/opensession/sessions";
    machine.git(&["update-ref", branch, &format!("{branch}~1")]);
    machine.capture();
    assert_eq!(machine.prompts(SESSION), ["one", "two"]);
}

#[test]
fn a_repository_takes_its_own_sessions_and_leaves_the_others_to_theirs() {
    let machine = Machine::new();
    for repository in ["outer", "outer/inner"] {
        let folder = machine.home.path().join(repository);
        fs::create_dir_all(&folder).unwrap();
        let _said = git(&folder, &["init", "-q"]);
        let id = SESSION.replace("1111", if repository == "outer" { "2222" } else { "3333" });
        let text = prompt("a", 0, repository).replace(SESSION, &id);
        machine.log(&id, &text.replace("\"/p\"", &format!("{folder:?}")));
    }
    let stored = |repository: &str| {
        let folder = machine.home.path().join(repository);
        let home = Home::new(machine.home.path().to_owned(), BTreeMap::new(), Os::Linux);
        let engine = Engine::open(home, Scope::Repository(folder)).unwrap();
        engine.capture(Capture::All, noon(), &()).unwrap();
        let query = ListQuery { limit: 9, tool: None, auxiliary: true, within: None };
        let rows = engine.list(&query).unwrap().rows;
        rows.into_iter().map(|row| row.header.context.title.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(stored("outer"), ["outer"]);
    assert_eq!(stored("outer/inner"), ["outer/inner"]);
    assert_eq!(stored("outer"), ["outer"]);
}

#[test]
fn text_in_an_attachment_is_never_stored_as_it_is() {
    let machine = Machine::new();
    // Base64 of an SVG and of a text file that both say `ghp_` and 36 letters and digits.
    let token = ["ghp_", "x9Fq27LmTz0RbVw4Kc81HsYd6NeJg3AuPo5Q"].concat();
    let part = |kind: &str, mime: &str, data: &str| {
        format!(
            r#"{{"type":"{kind}","source":{{"type":"base64","media_type":"{mime}","data":"{data}"}}}}"#
        )
    };
    let content = [
        part("document", "text/plain", &base64(&format!("my token is {token}"))),
        part("image", "image/png", &base64(&format!("<svg>{token}</svg>"))),
        r#"{"type":"text","text":"look"}"#.to_owned(),
    ];
    let line = prompt("a", 0, "PARTS").replace("\"PARTS\"", &format!("[{}]", content.join(",")));
    machine.log(SESSION, &line);
    machine.capture();
    let objects = machine.git(&["cat-file", "--batch-all-objects", "--batch-check"]);
    for object in objects.lines().filter_map(|line| line.split(' ').next()) {
        let store = machine.engine.home_store();
        let bytes = git_with_input(&store, &["cat-file", "-p", object], b"");
        assert!(!String::from_utf8_lossy(&bytes).contains(&token), "{object}");
    }
    assert!(machine.prompts(SESSION).iter().any(|text| text.starts_with("my token is [redacted:")));
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> =
        text.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let value = |six: &[u8]| (0..6).fold(0, |sum, at| sum << 1 | six.get(at).unwrap_or(&0));
    bits.chunks(6).map(|six| char::from(LETTERS[usize::from(value(six))])).collect()
}

#[test]
fn what_another_parser_stored_is_never_counted_as_this_ones() {
    let machine = Machine::new();
    let mut text = prompt("a", 0, "one") + &prompt("b", 1, "two");
    machine.log(SESSION, &text);
    machine.capture();
    // The same session as an older parser stored it, written with plain git.
    let path = machine.git(&["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    let path = path.lines().find(|line| line.ends_with("session.json")).unwrap();
    let manifest = machine.git(&["show", &format!("opensession/sessions:{path}")]);
    let older = manifest.replace("\"parser\":2", "\"parser\":0") + "\n";
    assert_ne!(older.trim(), manifest);
    let store = machine.engine.home_store();
    let blob = git_with_input(&store, &["hash-object", "-w", "--stdin"], older.as_bytes());
    let blob = String::from_utf8(blob).unwrap();
    machine.git(&["read-tree", "opensession/sessions"]);
    machine.git(&["update-index", "--cacheinfo", &format!("100644,{},{path}", blob.trim())]);
    let tree = machine.git(&["write-tree"]);
    let commit = machine.git(&["commit-tree", &tree, "-p", "opensession/sessions", "-m", "older"]);
    machine.git(&["update-ref", "refs/heads/opensession/sessions", &commit]);
    for (id, words) in [("c", "three"), ("d", "four"), ("e", "five")] {
        text += &prompt(id, 2, words);
        machine.log(SESSION, &text);
        machine.capture();
    }
    assert_eq!(machine.prompts(SESSION), ["one", "two", "three", "four", "five"]);
    let session = machine.engine.session(&Reference::new(SESSION)).unwrap();
    assert_eq!((session.manifest().source.parser, session.manifest().generation), (0, 0));
    machine.tree();
}

#[test]
fn what_a_damaged_day_held_comes_back_by_itself() {
    let machine = Machine::new();
    let name = |n: u32| format!("{SESSION}{n}");
    for n in 0..2 {
        let session = name(n);
        let text = prompt("a", 0, "one") + &answer("b", 1, "two");
        machine.log(&session, &text.replace(SESSION, &session));
        machine.capture();
    }
    let id = machine.git(&["rev-parse", "opensession/sessions:v1/2026/03/01"]);
    damage(&machine.engine.home_store(), &id);
    machine.log(SESSION, &(prompt("a", 0, "one") + &answer("b", 1, "two")));
    machine.capture();
    assert_eq!(machine.keys().len(), 2, "an older state of the day stands in");
    machine.capture();
    assert_eq!(machine.keys().len(), 3);
    assert_eq!(machine.capture().commit, None);
}

/// Flips a bit of the object `id`, which is in a pack.
fn damage(repository: &Path, id: &str) {
    for entry in fs::read_dir(repository.join("objects/pack")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().unwrap() != "idx" {
            continue;
        }
        let listed = git_with_input(repository, &["show-index"], &fs::read(&path).unwrap());
        let listed = String::from_utf8(listed).unwrap();
        let Some(line) = listed.lines().find(|line| line.contains(id)) else { continue };
        let offset: usize = line.split(' ').next().unwrap().parse().unwrap();
        let pack = path.with_extension("pack");
        let mut bytes = fs::read(&pack).unwrap();
        bytes[offset + 8] ^= 8;
        fs::remove_file(&pack).unwrap();
        fs::write(&pack, bytes).unwrap();
    }
}
