//! What must hold for every tool's fixtures.

use crate::fixtures::Log;
use crate::recording::{parse, parse_file};
use crate::{conformance, fixtures};
use opensession_parsers::{PARSERS, Parser};
use serde_json::Value;

/// Runs `check` on every log of every tool.
fn each_log(check: impl Fn(&dyn Parser, &Log)) {
    for parser in PARSERS {
        for case in fixtures::cases(parser.tool().as_str()) {
            for log in fixtures::logs(*parser, &case) {
                check(*parser, &log);
            }
        }
    }
}

#[test]
fn fixtures_give_the_hail_beside_them() {
    for parser in PARSERS {
        fixtures::compare(parser.tool().as_str());
    }
}

#[test]
fn every_beginning_of_a_log_gives_the_beginning_of_its_events() {
    each_log(|parser, log| match &log.history {
        Some(history) => conformance::check_history(parser, &log.path, &history.statements),
        None if !log.events.is_empty() => conformance::check_folder(parser, log),
        None => conformance::check(parser, &log.path, &log.bytes),
    });
}

#[test]
fn every_record_is_counted_once() {
    each_log(|parser, log| {
        // The records of a database, and of a folder with a file for each, are what each parser says.
        let is_folder = log.path.components().any(|part| part.as_os_str() == "storage");
        if log.history.is_some() || is_folder {
            return;
        }
        let (_, report) = parse(parser, &log.path, &log.bytes);
        if log.path.extension().is_some_and(|end| end == "md") {
            assert_eq!(report.records(), conformance::lines(&log.bytes), "{}", log.path.display());
            return;
        }
        // A log that is one document has its items as records, and itself where it is more than their list.
        let document: Option<Value> = serde_json::from_slice(&log.bytes).ok();
        let listed = |key| document.as_ref().and_then(|document| document.get(key)?.as_array());
        if !log.events.is_empty() {
            assert_eq!(report.records(), log.events.len() as u64, "{}", log.path.display());
            return;
        }
        let names = [
            "items",
            "messages",
            "history",
            "requests",
            "events",
            "timeline",
            "chatMessages",
            "trajectory",
        ];
        let lists: Vec<_> = names.into_iter().filter_map(listed).collect();
        let list = lists.iter().find(|list| !list.is_empty()).or(lists.first());
        let records = match (&document, list) {
            (Some(Value::Array(items)), _) => items.len() as u64,
            (_, Some(items)) => items.len() as u64 + 1,
            _ if log.bytes.starts_with(b"user:\n") => conformance::spoken_records(&log.bytes),
            _ => conformance::json_records(&log.bytes),
        };
        assert_eq!(report.records(), records, "{}", log.path.display());
    });
}

/// Members of records in databases that show what becomes of something new.
const NEW_MEMBERS: [&str; 1] = ["message.hologram"];

#[test]
fn members_of_records_are_known() {
    each_log(|parser, log| {
        // Folders of this name show what becomes of something new.
        let folder = log.path.parent().unwrap_or(&log.path).display().to_string();
        let is_odd = folder.contains("/odd") || folder.contains("/unknown");
        let mut fields = parse_file(parser, &log.path).1.fields;
        fields.retain(|name, _| !is_odd && !NEW_MEMBERS.contains(&name.as_str()));
        assert!(fields.is_empty(), "{}: {fields:?}", log.path.display());
    });
}
