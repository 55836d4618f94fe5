//! What must hold for every tool's fixtures.

use crate::fixtures::Log;
use crate::recording::{parse, parse_file};
use crate::{conformance, fixtures};
use opensession_hail::Event;
use opensession_parsers::{HEAD_BYTES, PARSERS, Parser, detect};
use serde_json::Value;
use std::fs;
use std::path::Path;

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

/// Parsers that accept logs of another tool too: the other is asked first.
const SHARED: [(&str, &str); 2] = [
    // Qwen Code began as a copy of Gemini CLI and wrote its documents, told by their folder alone.
    ("gemini-cli", "qwen-code"),
    // VS Code's chat writes the events of Copilot CLI, told by who says that it produced them.
    ("copilot-cli", "vscode-copilot"),
];

#[test]
fn a_log_is_its_own_tools_and_no_others() {
    each_log(|parser, log| {
        let head = log.bytes.get(..HEAD_BYTES).unwrap_or(&log.bytes);
        let (tool, name) = (parser.tool(), log.path.display());
        assert_eq!(detect(&log.path, head).map(|owner| owner.tool()), Some(tool), "{name}");
        for other in PARSERS.iter().filter(|other| other.tool() != tool) {
            let other_tool = other.tool();
            let is_shared = SHARED.contains(&(other_tool.as_str(), tool.as_str()));
            assert!(is_shared || !other.accepts(&log.path, head), "{name} is {other_tool}'s too");
        }
        // Lines are told by what they say, also where somebody copied them to.
        if log.path.extension().is_some_and(|end| end == "jsonl") {
            let owner = detect(Path::new("copy.jsonl"), head).map(|owner| owner.tool());
            assert_eq!(owner, Some(tool), "{name} as a copy");
        }
    });
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
            "chat",
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

/// Members of records, in databases or beside others, that show what becomes of something new.
const NEW_MEMBERS: [&str; 2] = ["message.hologram", "response.sparkle"];

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

#[test]
fn a_mark_and_carriage_returns_change_no_event() {
    each_log(|parser, log| {
        let is_lines = log.path.extension().is_some_and(|end| end == "jsonl" || end == "md");
        if !is_lines || log.bytes.contains(&b'\r') {
            return;
        }
        let text = String::from_utf8_lossy(&log.bytes);
        let bytes = ["\u{feff}", &text.replace('\n', "\r\n")].concat().into_bytes();
        assert!(parser.accepts(&log.path, &bytes), "{}", log.path.display());
        let events = |bytes: &[u8]| -> Vec<Event> {
            let sessions = parse(parser, &log.path, bytes).0.into_iter();
            sessions.flat_map(|session| session.events).map(|sent| sent.event).collect()
        };
        let plain = text.as_bytes();
        for (before, after) in events(plain).into_iter().zip(events(&bytes)) {
            assert_eq!(before, after, "{}", log.path.display());
        }
        assert_eq!(events(plain).len(), events(&bytes).len(), "{}", log.path.display());
    });
}

#[test]
fn a_first_line_longer_than_the_head_is_known() {
    each_log(|parser, log| {
        // Their first line may hold instructions, a prompt with an image, or a pasted text.
        let tools = ["claude-code", "codex", "copilot-cli", "gemini-cli", "qwen-code"];
        if !tools.contains(&parser.tool().as_str()) {
            return;
        }
        let is_lines = log.path.extension().is_some_and(|end| end == "jsonl");
        let end = log.bytes.windows(2).position(|two| two == b"}\n").filter(|_| is_lines);
        let Some(end) = end.filter(|end| !log.bytes[..*end].contains(&b'\n')) else { return };
        let (first, rest) = log.bytes.split_at(end);
        let long = format!(",\"instructions\":\"{}\"", "x".repeat(2 * HEAD_BYTES));
        let bytes = [first, long.as_bytes(), rest].concat();
        let is_named = bytes.windows(11).take(HEAD_BYTES).any(|key| key == b"\"sessionId\"");
        if is_named || parser.tool().as_str() != "claude-code" {
            assert!(parser.accepts(&log.path, &bytes[..HEAD_BYTES]), "{}", log.path.display());
        }
    });
}

#[test]
fn a_home_that_was_moved_changes_no_event() {
    each_log(|parser, log| {
        if log.history.is_some() {
            return;
        }
        let moved = tempfile::tempdir().expect("a folder can be made");
        let case = moved.path().join(log.case.file_name().expect("it has a name"));
        copy(&log.case, &case);
        let path = case.join(log.path.strip_prefix(&log.case).expect("it is below"));
        let there = parse_file(parser, &path).0;
        let here = parse_file(parser, &log.path).0;
        assert_eq!(here.len(), there.len(), "{}", log.path.display());
        for (here, there) in here.iter().zip(&there) {
            assert_eq!(here.id, there.id, "{}", log.path.display());
            assert_eq!(here.events, there.events, "{}", log.path.display());
        }
    });
}

fn copy(folder: &Path, target: &Path) {
    fs::create_dir_all(target).expect("a folder can be made");
    for entry in fs::read_dir(folder).expect("fixtures can be read") {
        let path = entry.expect("fixtures can be read").path();
        let target = target.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("fixtures can be copied");
        }
    }
}
