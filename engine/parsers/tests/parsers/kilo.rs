//! The sessions of Kilo Code, of both its generations.

use crate::conformance;
use crate::fixtures;
use crate::recording::{Recorded, parser};
use opensession_hail::{EventType, attribute};
use opensession_parsers::{HEAD_BYTES, Home, Os, detect};
use std::collections::BTreeMap;
use std::path::Path;

const TOOL: &str = "kilo";

fn fixture(name: &str) -> Vec<Recorded> {
    fixtures::sessions(TOOL, name)
}

#[test]
fn a_session_that_was_taken_over_names_the_task_that_it_was() {
    let task = fixture("task").remove(0);
    let sessions = fixture("database");
    let context = &sessions[0].header.as_ref().unwrap().context;
    assert_eq!(context.attributes.str(attribute::FORKED_FROM), Some(task.id.as_str()));
    let agent = &sessions[0].header.as_ref().unwrap().agent;
    assert!(agent.tool_version.is_none() && agent.model != "legacy", "it tells neither");
    let other = &sessions[1].header.as_ref().unwrap().context;
    assert_eq!(other.attributes.str(attribute::FORKED_FROM), None);
}

#[test]
fn an_edit_by_hashes_names_its_file() {
    let sessions = fixture("database");
    let events = sessions[1].events.iter().map(|sent| &sent.event.event_type);
    let edits: Vec<_> =
        events.filter(|event_type| matches!(event_type, EventType::FileEdit { .. })).collect();
    let path = "/src/demo/main.rs".to_owned();
    assert_eq!(edits, [&EventType::FileEdit { path, diff: None }]);
}

#[test]
fn the_place_of_a_log_says_that_it_is_kilo_codes() {
    for case in fixtures::cases(TOOL) {
        for log in fixtures::logs(parser(TOOL), &case) {
            let head = log.bytes.get(..HEAD_BYTES).unwrap_or(&log.bytes);
            let owner = |path: &Path| detect(path, head).map(|parser| parser.tool().to_string());
            let moved = Path::new("/d").join(match log.path.extension().unwrap().to_str() {
                Some("db") => "opencode/opencode.db",
                _ => "rooveterinaryinc.roo-cline/tasks/1/api_conversation_history.json",
            });
            assert_ne!(owner(&moved).unwrap(), TOOL, "{}", moved.display());
        }
    }
    let owner = |path: &str| {
        detect(Path::new(path), b"SQLite format 3\0...").map(|parser| parser.tool().to_string())
    };
    assert_eq!(owner("/h/.local/share/kilo/opencode-dev.db").as_deref(), Some(TOOL));
    assert_eq!(owner("/d/kilo.db").as_deref(), Some(TOOL));
    assert_eq!(owner("/d/kilogram.db"), None);
    let storage = "/h/.kilocode/cli/global/tasks/1/api_conversation_history.json";
    let plain = br#"[{"role":"user","content":"x"}]"#;
    assert_eq!(detect(Path::new(storage), plain).unwrap().tool().as_str(), TOOL);
}

#[test]
fn roots_cover_both_generations() {
    let roots = |variables: &[(&str, &str)], os| -> Vec<String> {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let home = Home::new("/h".into(), variables, os);
        parser(TOOL).roots(&home).iter().map(|root| root.path.display().to_string()).collect()
    };
    let tasks = "User/globalStorage/kilocode.kilo-code/tasks";
    for (os, configuration) in [
        (Os::Linux, "/h/.config"),
        (Os::MacOs, "/h/Library/Application Support"),
        (Os::Windows, "/h/AppData/Roaming"),
    ] {
        let found = roots(&[], os);
        assert!(found.contains(&"/h/.local/share/kilo".into()));
        assert!(found.contains(&"/h/.kilocode/cli/global/tasks".into()));
        for editor in ["Code", "Cursor", "Windsurf"] {
            assert!(found.contains(&format!("{configuration}/{editor}/{tasks}")));
        }
    }
    assert!(roots(&[("XDG_DATA_HOME", "/x")], Os::Linux).contains(&"/x/kilo".into()));
    assert!(roots(&[("KILO_DB", "/y/my.sqlite")], Os::Linux).contains(&"/y".into()));
    assert!(!roots(&[("OPENCODE_DB", "/y/my.sqlite")], Os::Linux).contains(&"/y".into()));
}

#[test]
fn damage_stops_nothing() {
    conformance::check_damage(TOOL, 2);
}
