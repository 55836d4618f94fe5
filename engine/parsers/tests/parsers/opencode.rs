//! The sessions of OpenCode, and the rules that they show.

mod damage;
mod store;

use crate::conformance;
use crate::recording::{Memory, Recorded, of_type, parse, parse_file, parser, texts};
use opensession_hail::{Event, EventType, attribute};
use opensession_parsers::{Home, Os, detect};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use store::{Store, TOOL, call, fixture, fixture_logs};

#[test]
fn only_what_a_person_typed_is_a_user_message() {
    let sessions = fixture("version-1");
    let said = texts(&sessions[0], "UserMessage");
    assert_eq!(said, ["Fix the loop in @src/a.rs, it looks like this", "Now rewrite it all"]);
    assert_eq!(texts(&sessions[1], "UserMessage"), [""; 0], "its prompt is the parent agent's");
}

#[test]
fn a_sub_agent_has_a_session_of_its_own_that_its_parent_names() {
    for name in ["version-1", "version-2"] {
        let sessions = fixture(name);
        let [parent, child] = &sessions[..] else { panic!("two sessions") };
        let started = of_type(parent, "TaskStart")[0].attributes.str(attribute::TASK_SESSION_ID);
        assert_eq!(started, Some(child.id.as_str()));
        let header = child.header.as_ref().unwrap();
        let named = header.context.attributes.str(attribute::PARENT_SESSION_ID);
        assert_eq!((named, header.is_auxiliary()), (Some(parent.id.as_str()), true));
    }
}

#[test]
fn tokens_count_once_also_where_one_answer_is_several_requests() {
    let stats = fixture("first-versions")[1].stats();
    let tokens =
        [stats.total_input_tokens, stats.total_cache_read_tokens, stats.total_output_tokens];
    assert_eq!(tokens, [30, 100, 12], "reasoning is output");
    let mut store = Store::with_session();
    store.prompt("m1", "go");
    store.message(
        "m2",
        &json!({"role": "assistant", "time": {"created": 5, "completed": 6},
        "tokens": {"input": 7, "output": 1, "reasoning": 2, "cache": {"read": 3, "write": 4}}}),
    );
    let stats = store.session().stats();
    assert_eq!((stats.total_input_tokens, stats.total_output_tokens), (7, 3));
}

#[test]
fn a_session_that_was_taken_back_counts_no_further() {
    let session = &fixture("version-1")[0];
    let last = session.events.last().unwrap();
    assert_eq!(last.event.attributes.str(attribute::REWIND_TO), Some("msg_c9500013"));
    assert!(!last.settled, "it may be taken back too");
    assert_eq!(session.stats().user_message_count, 1);
    let mut store = Store::with_session();
    store.prompt("m1", "go");
    let said = |text: &str| json!({"type": "text", "text": text});
    store.answer("m2", &[said("one"), said("two"), said("three")]);
    store.run(r#"UPDATE session SET revert = '{"messageID":"m2","partID":"m2-1"}'"#);
    let session = store.session();
    let last = &session.events.last().unwrap().event;
    assert_eq!(last.attributes.str(attribute::REWIND_TO), Some("m2-1"));
}

#[test]
fn calls_whose_ids_are_used_again_are_told_apart() {
    let mut store = Store::with_session();
    store.prompt("m1", "go");
    for id in ["m2", "m3"] {
        store.answer(id, &[call("call_0", "bash", "completed", &json!({"output": id}))]);
    }
    let session = store.session();
    let ids: Vec<Option<&str>> =
        of_type(&session, "ToolResult").iter().map(|event| event.call_id()).collect();
    assert_eq!(ids, [Some("call_0"), Some("call_0#2")]);
    assert_eq!(session.stats().tool_call_count, 2);
}

#[test]
fn an_answer_is_settled_when_it_is_complete_or_another_one_begins() {
    let mut store = Store::with_session();
    store.prompt("m1", "go");
    let settled = |store: &Store| -> Vec<bool> {
        store.session().events.iter().map(|sent| sent.settled).collect()
    };
    assert_eq!(settled(&store), [false], "a prompt may get more parts");
    store.message("m2", &json!({"role": "assistant", "time": {"created": 5}}));
    assert_eq!(settled(&store), [true]);
    store.part("m2", "m2-1", &call("c", "bash", "running", &json!({"input": {"command": "ls"}})));
    assert_eq!(settled(&store), [true, false]);
    // A prompt that waits for its turn.
    store.prompt("m3", "and then?");
    assert_eq!(settled(&store), [true, false, false]);
    store.answer("m4", &[json!({"type": "text", "text": "hi"})]);
    assert_eq!(settled(&store), [true, true, true, true]);
    assert_eq!(of_type(&store.session(), "ToolResult").len(), 0, "none came");
}

#[test]
fn what_is_noted_in_old_rows_changes_no_event_and_no_record() {
    let mut store = Store::with_session();
    store.prompt("m1", "go");
    let done = json!({"output": "x", "time": {"start": 1, "end": 2}});
    store.answer("m2", &[call("c", "bash", "completed", &done)]);
    let before = store.session();
    store.run(
        "UPDATE part SET data = json_set(data, '$.state.time.compacted', 99) WHERE message_id = 'm2';
         UPDATE message SET data = json_set(data, '$.summary', json('{\"diffs\":[]}')) WHERE id = 'm1';",
    );
    let after = store.session();
    assert_eq!((&before.events, &before.records), (&after.events, &after.records));
}

#[test]
fn the_same_session_is_the_same_in_files_and_in_a_database() {
    let in_files = fixture("files").remove(0);
    let log = fixture_logs("files").remove(0);
    let storage = log.path.ancestors().nth(3).unwrap();
    let store = Store::new();
    let add = |sql: &str, parent: &str, path: &Path| {
        let mut data: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let members = data.as_object_mut().unwrap();
        let id = members.remove("id").unwrap();
        members.remove("sessionID");
        members.remove("messageID");
        let created = data["time"]["created"].as_i64().unwrap_or(0);
        let row = (id.as_str().unwrap(), parent, created, data.to_string());
        store.database.execute(sql, row).unwrap();
    };
    let id = in_files.id.as_str();
    for message in entries(&storage.join("message").join(id)) {
        add("INSERT INTO message VALUES (?1, ?2, ?3, 1, ?4)", id, &message);
        let stem = message.file_stem().unwrap().to_str().unwrap();
        for part in entries(&storage.join("part").join(stem)) {
            // When the tool took its files over, it gave all parts the time of that moment.
            let sql = "INSERT INTO part VALUES (?1, ?2, 's', 99 + ?3, 99, ?4)";
            add(sql, stem, &part);
        }
    }
    store.run(&format!("INSERT INTO session (id, time_created) VALUES ('{id}', 1)"));
    let events = |session: &Recorded| -> Vec<Event> {
        session.events.iter().map(|sent| sent.event.clone()).collect()
    };
    assert_eq!(events(&store.session()), events(&in_files));
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[test]
fn a_session_in_files_and_in_a_database_is_told_once_and_others_stay() {
    let mut told = Vec::new();
    for log in fixture_logs("taken-over") {
        let (sessions, report) = parse_file(parser(TOOL), &log.path);
        told.extend(sessions.iter().map(|session| session.id.to_string()));
        assert!(report.records() > 0, "{}", log.path.display());
    }
    told.sort();
    assert_eq!(told, ["ses_30c000001ffeDemoSession001", "ses_30c000009ffeDemoSession009"]);
}

#[test]
fn a_session_that_version_2_took_over_goes_on_where_it_was() {
    let logs = fixture_logs("taken-over");
    let log = logs.iter().find(|log| log.history.is_some()).unwrap();
    let (sessions, report) = parse_file(parser(TOOL), &log.path);
    let said = texts(&sessions[0], "UserMessage");
    assert_eq!(said, ["Say one", "Say two", "Say three"]);
    assert_eq!(texts(&sessions[0], "AgentMessage"), ["One.", "Two."]);
    assert_eq!(texts(&sessions[0], "SystemMessage"), ["Be brief.", "Be quick."]);
    assert_eq!(report.dropped.get("second copy"), Some(&5));
    assert!(sessions[0].events.iter().all(|sent| sent.settled));
}

#[test]
fn a_session_in_files_keeps_its_beginning_while_it_grows() {
    let log = fixture_logs("files").remove(0);
    let storage = log.path.ancestors().nth(3).unwrap();
    let (whole, report) = parse(parser(TOOL), &log.path, &log.bytes);
    let dir = tempfile::tempdir().unwrap();
    let copy = |path: &Path| {
        let target = dir.path().join("storage").join(path.strip_prefix(storage).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(path, target).unwrap();
    };
    copy(&log.path);
    let path = dir.path().join("storage").join(log.path.strip_prefix(storage).unwrap());
    let mut files = 1;
    for message in entries(&storage.join("message").join(whole[0].id.as_str())) {
        // The tool says that a message is complete when all of it is written.
        let parts = entries(&storage.join("part").join(message.file_stem().unwrap()));
        for file in parts.into_iter().chain([message]) {
            copy(&file);
            files += 1;
            for session in parse_file(parser(TOOL), &path).0 {
                let settled = session.events.iter().take_while(|sent| sent.settled);
                for (old, new) in settled.zip(&whole[0].events) {
                    assert_eq!(old, new, "{}", file.display());
                }
                let bytes = session.settled_bytes();
                assert!(whole[0].records.starts_with(&session.records[..bytes]));
            }
        }
    }
    assert_eq!(report.records(), files, "every file is counted once");
}

#[test]
fn only_sessions_that_changed_are_told_again() {
    let mut store = Store::with_session();
    store.prompt("m1", "go");
    store.run(
        "INSERT INTO session (id, time_created, time_updated) VALUES ('t', 2, 2);
         INSERT INTO message VALUES ('u1', 't', 3, 3, '{\"role\":\"user\"}');
         INSERT INTO part VALUES ('u1-1', 'u1', 't', 3, 3, '{\"type\":\"text\",\"text\":\"hi\"}');",
    );
    let mut memory = Memory::default();
    let mut told = |store: &Store| memory.read(parser(TOOL), &store.path).join(" ");
    assert_eq!(told(&store), "s t");
    assert_eq!(told(&store), "");
    store.run("UPDATE part SET time_updated = 9 WHERE id = 'u1-1'");
    assert_eq!(told(&store), "t");
    store.run("DELETE FROM part WHERE id = 'm1-1'");
    assert_eq!(told(&store), "", "nothing was said in it any more");
    store.run("UPDATE session SET time_updated = 10 WHERE id = 't'");
    assert_eq!(told(&store), "t");
}

#[test]
fn every_row_is_counted_once() {
    for name in ["version-1", "version-2", "taken-over", "foreign-schema"] {
        let logs = fixture_logs(name);
        let log = logs.iter().find(|log| log.history.is_some()).unwrap();
        let database = Connection::open(&log.path).unwrap();
        let rows: i64 = ["message", "part", "session_message"]
            .iter()
            .filter_map(|table| {
                let sql = format!("SELECT COUNT(*) FROM {table}");
                database.query_row(&sql, [], |row| row.get::<_, i64>(0)).ok()
            })
            .sum();
        let (_, report) = parse_file(parser(TOOL), &log.path);
        assert_eq!(report.records(), rows.unsigned_abs(), "{name}");
    }
}

#[test]
fn what_a_later_version_adds_is_noted() {
    let mut store = Store::with_session();
    store.message("m1", &json!({"role": "user", "hologram": 1, "time": {"created": 1, "seen": 2}}));
    store.part("m1", "p1", &json!({"type": "text", "text": "go", "sparkle": true}));
    let (_, report) = store.read();
    let fields: Vec<&str> = report.fields.keys().map(String::as_str).collect();
    assert_eq!(fields, ["user.hologram", "user.time.seen", "user/text.sparkle"]);
}

#[test]
fn failed_edits_change_no_file_and_patches_change_several_with_one_call() {
    let session = &fixture("version-1")[0];
    let edited: Vec<&str> = session
        .events
        .iter()
        .filter_map(|sent| match &sent.event.event_type {
            EventType::FileEdit { path, .. }
            | EventType::FileCreate { path }
            | EventType::FileDelete { path } => path.strip_prefix("/src/demo/"),
            _ => None,
        })
        .collect();
    let expected =
        ["src/a.rs", "new.txt", "old.txt", "b.rs", "add.txt", "up.txt", "from.txt", "gone.txt"];
    assert_eq!(edited, expected);
    let codes: Vec<Option<i64>> = of_type(session, "ShellCommand")
        .iter()
        .map(|event| match event.event_type {
            EventType::ShellCommand { exit_code, .. } => exit_code,
            _ => None,
        })
        .collect();
    assert_eq!(codes, [Some(101), None, None]);
    assert_eq!(session.attachments.len(), 2);
}

#[test]
fn what_is_like_a_store_is_none() {
    let is_own = |path: &str, head: &[u8]| parser(TOOL).accepts(Path::new(path), head);
    let empty = b"SQLite format 3\0...";
    assert!(is_own("/d/opencode.db", empty) && is_own("/d/opencode-local.db", empty));
    assert!(!is_own("/d/other.db", empty) && !is_own("/d/opencodex.db", empty));
    assert!(!is_own("/src/.opencode/opencode.db", empty), "the older tool of that name");
    let crush = b"SQLite format 3\0 CREATE TABLE goose_db_version CREATE TABLE messages (session_id, parts)";
    assert!(!is_own("/d/opencode.db", crush));
    let log = fixture_logs("files").remove(0);
    let storage = log.path.ancestors().nth(3).unwrap().to_owned();
    let project = entries(&storage.join("project")).remove(0);
    assert!(detect(&project, &fs::read(&project).unwrap()).is_none());
    let message = entries(&entries(&storage.join("message"))[0]).remove(0);
    assert!(detect(&message, &fs::read(&message).unwrap()).is_none());
}

#[test]
fn each_file_of_a_session_leads_to_it_and_its_messages_are_told_without_its_document() {
    let log = fixture_logs("files").remove(0);
    let storage = log.path.ancestors().nth(3).unwrap().to_owned();
    let messages = entries(&entries(&storage.join("message"))[0]);
    let parts: Vec<PathBuf> =
        entries(&storage.join("part")).iter().flat_map(|folder| entries(folder)).collect();
    assert!(messages.len() > 2 && parts.len() > 2);
    for member in messages.iter().chain(&parts) {
        assert_eq!(parser(TOOL).log_of(member).as_ref(), Some(&log.path));
    }
    assert_eq!(parser(TOOL).log_of(&storage.join("project/p.json")), None);
    let whole = fixture("files").remove(0);
    let bare = tempfile::tempdir().unwrap();
    let copy = |path: &PathBuf| -> PathBuf {
        let target = bare.path().join(path.strip_prefix(&storage).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(path, &target).unwrap();
        target
    };
    let messages: Vec<PathBuf> = messages.iter().map(copy).collect();
    let parts: Vec<PathBuf> = parts.iter().map(copy).collect();
    let is_log = |path: &&PathBuf| parser(TOOL).accepts(path, &fs::read(path).unwrap());
    let logs: Vec<&PathBuf> = messages.iter().filter(is_log).collect();
    assert_eq!(logs, [&messages[0]]);
    assert_eq!(parser(TOOL).log_of(&parts[0]).as_ref(), Some(&messages[0]));
    let (sessions, report) = parse_file(parser(TOOL), logs[0]);
    let said = |session: &Recorded| texts(session, "AgentMessage").join("/");
    assert_eq!((&sessions[0].id, said(&sessions[0])), (&whole.id, said(&whole)));
    assert_eq!(report.records(), (messages.len() + parts.len()) as u64);
}

#[test]
fn roots_cover_every_system_and_every_variable() {
    let roots = |variables: &[(&str, &str)], os| -> Vec<String> {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let home = Home::new("/h".into(), variables, os);
        parser(TOOL).roots(&home).iter().map(|root| root.path.display().to_string()).collect()
    };
    let own = "/h/.local/share/opencode".to_owned();
    for os in [Os::Linux, Os::MacOs, Os::Windows] {
        let found = roots(&[], os);
        assert!(found.contains(&own) && found.contains(&format!("{own}/storage/session")));
    }
    assert!(roots(&[], Os::Windows).contains(&"/h/AppData/Local/opencode".into()));
    assert!(roots(&[("XDG_DATA_HOME", "/x")], Os::Linux).contains(&"/x/opencode".into()));
    assert!(roots(&[("OPENCODE_DB", "/y/my.sqlite")], Os::Linux).contains(&"/y".into()));
    assert!(roots(&[("OPENCODE_DB", "my.db")], Os::Linux).contains(&own));
    for name in ["OPENCODE_DATA_DIR", "OPENCODE_DIR"] {
        let moved = roots(&[(name, "/z")], Os::Linux);
        assert!(moved.contains(&"/z".into()) && moved.contains(&own));
    }
    let dir = tempfile::tempdir().unwrap();
    let project = dir.path().join("opencode/project/src-demo");
    fs::create_dir_all(&project).unwrap();
    let found = roots(&[("XDG_DATA_HOME", dir.path().to_str().unwrap())], Os::Linux);
    assert!(found.contains(&project.join("storage/session/info").display().to_string()));
}

#[test]
fn an_export_of_version_2_is_read_too() {
    let export = json!({"info": {"id": "ses_2", "title": null, "location": {"directory": "/src"}, "time": {"created": 1}},
    "messages": [
        {"id": "msg_1", "type": "user", "text": "hi", "time": {"created": 2}},
        {"id": "msg_2", "type": "assistant", "model": {"id": "m", "providerID": "p"}, "time": {"created": 3, "completed": 4},
         "content": [{"type": "text", "text": "hello"}], "tokens": {"input": 1, "output": 2}},
    ]});
    let bytes = export.to_string().into_bytes();
    let path = Path::new("export.json");
    assert!(parser(TOOL).accepts(path, &bytes));
    conformance::check(parser(TOOL), path, &bytes);
    let (sessions, report) = parse(parser(TOOL), path, &bytes);
    assert_eq!(texts(&sessions[0], "AgentMessage"), ["hello"]);
    assert_eq!(sessions[0].place.as_deref(), Some("/src"));
    assert_eq!(report.records(), 3);
}
