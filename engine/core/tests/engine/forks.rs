//! Sessions that went on in two places, and logs that their tool rewrote.

use crate::log::{Machine, SESSION, answer, noon, prompt};
use opensession_engine::{Capture, Reference};
use std::fs;

/// The session goes on in two logs, as when one is copied to another project.
fn forked() -> (String, String) {
    let shared = prompt("a", 0, "one") + &answer("b", 1, "two");
    let left = shared.clone() + &prompt("c", 2, "left");
    let right = shared + &prompt("d", 3, "right");
    (left, right)
}

#[test]
fn both_sides_of_a_fork_are_kept_whatever_the_order() {
    let (left, right) = forked();
    let mut trees = Vec::new();
    for order in [["x/1", "y/2"], ["y/1", "x/2"]] {
        let machine = Machine::new();
        machine.home.write(&format!(".claude/projects/{}/{SESSION}.jsonl", order[0]), &left);
        machine.home.write(&format!(".claude/projects/{}/{SESSION}.jsonl", order[1]), &right);
        machine.capture();
        assert_eq!(machine.prompts(SESSION), ["one", "two", "left"]);
        let keys = machine.keys();
        assert_eq!(keys.len(), 2, "{keys:?}");
        let fork = keys.iter().find(|key| key.contains('~')).unwrap();
        assert_eq!(machine.prompts(fork), ["one", "two", "right"]);
        let forked_from =
            machine.engine.session(&Reference::new(fork)).unwrap().manifest().forked_from.clone();
        assert_eq!(forked_from.unwrap().event.as_str(), "d");
        let tree = machine.tree();
        fs::remove_dir_all(machine.engine.data_dir().join("captured")).unwrap();
        machine.capture();
        assert_eq!(machine.tree(), tree);
        trees.push(keys);
    }
    assert_eq!(trees.first(), trees.last());
}

#[test]
fn one_after_the_other_gives_the_same_sessions_and_forks_grow_in_place() {
    let (left, right) = forked();
    let machine = Machine::new();
    let y = machine.home.write("y.jsonl", &right);
    let x = machine.home.write("x.jsonl", &left);
    machine.engine.capture(Capture::Logs(std::slice::from_ref(&y)), noon(), &()).unwrap();
    assert_eq!(machine.prompts(SESSION), ["one", "two", "right"]);
    machine.engine.capture(Capture::Logs(&[x]), noon(), &()).unwrap();
    assert_eq!(machine.prompts(SESSION), ["one", "two", "left"]);
    let keys = machine.keys();
    fs::write(&y, right + &prompt("e", 4, "further")).unwrap();
    machine.engine.capture(Capture::Logs(&[y]), noon(), &()).unwrap();
    assert_eq!(machine.keys(), keys);
    let fork = keys.iter().find(|key| key.contains('~')).unwrap();
    assert_eq!(machine.prompts(fork), ["one", "two", "right", "further"]);
    machine.tree();
}

#[test]
fn a_shorter_copy_of_a_stored_session_changes_nothing() {
    let machine = Machine::new();
    let whole = prompt("a", 0, "one") + &answer("b", 1, "two");
    machine.log(SESSION, &whole);
    machine.capture();
    let tree = machine.tree();
    let copy = machine.home.write("copy.jsonl", prompt("a", 0, "one"));
    let report = machine.engine.capture(Capture::Logs(&[copy]), noon(), &()).unwrap();
    assert_eq!(report.commit, None);
    assert_eq!(machine.tree(), tree);
}

#[test]
fn a_log_that_its_tool_rewrote_raises_the_generation() {
    let machine = Machine::new();
    machine.log(SESSION, &(prompt("a", 0, "one") + &answer("b", 1, "two")));
    machine.capture();
    machine.log(SESSION, &(prompt("a", 0, "one") + &answer("z", 5, "rewritten")));
    machine.capture();
    assert_eq!(machine.prompts(SESSION), ["one", "rewritten"]);
    assert_eq!(machine.keys().len(), 1);
    let session = machine.engine.session(&Reference::new(SESSION)).unwrap();
    assert_eq!(session.manifest().generation, 1);
    machine.log(SESSION, &(prompt("a", 0, "other words") + &answer("z", 5, "rewritten")));
    machine.capture();
    assert_eq!(machine.prompts(SESSION), ["other words", "rewritten"]);
    let session = machine.engine.session(&Reference::new(SESSION)).unwrap();
    assert_eq!(session.manifest().generation, 2);
    machine.tree();
}

#[test]
fn files_of_one_name_are_not_one_log() {
    let (left, right) = forked();
    let machine = Machine::new();
    let one = machine.home.write("b1/session.jsonl", &right);
    let other = machine.home.write("b2/session.jsonl", &left);
    for log in [one, other] {
        machine.engine.capture(Capture::Logs(&[log]), noon(), &()).unwrap();
    }
    assert_eq!(machine.keys().len(), 2);
    assert_eq!(machine.prompts(SESSION), ["one", "two", "left"]);
}

#[test]
fn what_a_rewrite_replaced_does_not_come_back() {
    let (left, right) = forked();
    let machine = Machine::new();
    machine.home.write(&format!(".claude/projects/x/{SESSION}.jsonl"), &left);
    let y = machine.home.write(&format!(".claude/projects/y/{SESSION}.jsonl"), &right);
    machine.capture();
    let shared = prompt("a", 0, "one") + &answer("b", 1, "two");
    let rewritten = shared + &prompt("f", 3, "rewritten");
    fs::write(&y, &rewritten).unwrap();
    machine.capture();
    fs::write(&y, rewritten + &prompt("g", 4, "grown")).unwrap();
    machine.capture();
    // The versions that the rewrite replaced are gone, also where a fork had a key of its own.
    let mut found: Vec<String> =
        machine.keys().iter().map(|key| machine.prompts(key).join(" ")).collect();
    found.sort();
    assert_eq!(found, ["one two left", "one two rewritten grown"]);
}

#[test]
fn a_log_that_was_cut_off_and_grew_again_is_one_session() {
    let machine = Machine::new();
    let start = prompt("a", 0, "one") + &answer("b", 1, "two");
    machine.log(SESSION, &(start.clone() + &prompt("c", 2, "three")));
    machine.capture();
    machine.log(SESSION, start.get(..start.len() - 40).unwrap());
    machine.capture();
    machine.log(SESSION, &(start + &prompt("d", 3, "four") + &answer("e", 4, "five")));
    machine.capture();
    assert_eq!(machine.keys().len(), 1);
    assert_eq!(machine.prompts(SESSION), ["one", "two", "four", "five"]);
    machine.tree();
}

#[test]
fn a_task_in_two_hosts_is_told_by_the_copy_that_went_on() {
    let message = |role: &str, text: &str| {
        format!(r#"{{"role":"{role}","content":[{{"type":"text","text":"{text}"}}]}}"#)
    };
    let start = [message("user", "<task>\\none\\n</task>"), message("assistant", "two")];
    let further =
        [message("user", "<feedback>\\nthree\\n</feedback>"), message("assistant", "four")];
    let whole = [&start[..], &further[..]].concat();
    for order in [["Code", "Cursor"], ["Cursor", "Code"]] {
        let machine = Machine::new();
        let copies = [(order[0], &start[..]), (order[1], &whole[..])];
        for (host, messages) in copies {
            let folder = format!(".config/{host}/User/globalStorage/saoudrizwan.claude-dev/tasks");
            let log = format!("{folder}/1740819600000/api_conversation_history.json");
            machine.home.write(&log, format!("[{}]", messages.join(",")));
        }
        machine.capture();
        assert_eq!(machine.keys().len(), 1, "{order:?}");
        assert_eq!(machine.prompts("1740819600000"), ["one", "two", "three", "four"]);
        let tree = machine.tree();
        assert_eq!(machine.capture().commit, None);
        assert_eq!(machine.tree(), tree);
    }
}
