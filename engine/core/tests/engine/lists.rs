//! Lists and references.

use crate::log::{Machine, SESSION, prompt};
use opensession_engine::{ErrorKind, ListQuery, Reference};

fn filled() -> Machine {
    let machine = Machine::new();
    for number in 1..=5_u32 {
        let id = SESSION.replace("1111", &format!("{number}000"));
        let text = prompt("a", number, &format!("task {number}")).replace(SESSION, &id);
        // Sessions 1 and 2 stand under an earlier day.
        let text = if number < 3 { text.replace("2026-03-01", "2026-02-28") } else { text };
        machine.log(&id, &text);
    }
    machine.capture();
    machine
}

fn titles(machine: &Machine, limit: usize) -> Vec<String> {
    let query = ListQuery { limit, tool: None, auxiliary: false, within: None };
    let rows = machine.engine.list(&query).unwrap().rows;
    rows.into_iter().map(|row| row.header.context.title.unwrap()).collect()
}

#[test]
fn lists_are_newest_first_and_stop_at_their_limit() {
    let machine = filled();
    assert_eq!(titles(&machine, 50), ["task 5", "task 4", "task 3", "task 2", "task 1"]);
    assert_eq!(titles(&machine, 4), ["task 5", "task 4", "task 3", "task 2"]);
    let other = ListQuery { limit: 9, tool: Some("codex".into()), auxiliary: false, within: None };
    assert!(machine.engine.list(&other).unwrap().rows.is_empty());
}

#[test]
fn a_session_is_named_by_age_id_prefix_or_log() {
    let machine = filled();
    let title = |reference: &str| {
        let session = machine.engine.session(&Reference::new(reference)).unwrap();
        session.manifest().header.context.title.clone().unwrap()
    };
    assert_eq!(title("HEAD"), "task 5");
    assert_eq!(title("HEAD~"), "task 4");
    assert_eq!(title("HEAD~4"), "task 1");
    assert_eq!(title("30003000"), "task 3");
    assert_eq!(title("claude-code.2"), "task 2");
    let id = SESSION.replace("1111", "2000");
    let log = machine.home.path().join(format!(".claude/projects/-p/{id}.jsonl"));
    assert_eq!(title(log.to_str().unwrap()), "task 2");
    for missing in ["HEAD~5", "HEAD~x", "zzz", ""] {
        let error = machine.engine.session(&Reference::new(missing)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{missing}");
    }
}

#[test]
fn a_prefix_of_several_sessions_names_them() {
    let machine = filled();
    let error = machine.engine.session(&Reference::new("claude-code.")).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    assert!(error.to_string().contains("names 5 sessions"), "{error}");
}

#[test]
fn an_empty_machine_has_nothing_and_nothing_is_made_on_it() {
    let machine = Machine::new();
    assert!(machine.capture().logs.is_empty());
    assert!(titles(&machine, 5).is_empty());
    assert!(machine.engine.roots().iter().any(|root| root.tool == "claude-code" && !root.exists));
    assert_eq!(std::fs::read_dir(machine.home.path()).unwrap().count(), 0);
}
