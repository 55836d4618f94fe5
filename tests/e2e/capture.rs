use crate::place::{CLAUDE, CLAUDE_LOG, CODEX, Place};
use opensession_testkit::{Shape, TestRepository, fsck_strict, git};

/// Replaces what differs from run to run: commit ids and sizes.
fn steady(line: &str) -> String {
    match line.split_once("; ") {
        Some((counts, rest)) => {
            assert!(rest.contains(" written, commit "), "{line}");
            format!("{counts}; SIZE written, commit ID")
        }
        None => line.trim_end().to_owned(),
    }
}

#[test]
fn a_capture_says_in_one_line_what_it_did() {
    let place = Place::with_logs();
    let first = place.run(&["capture"]);
    assert_eq!(first.stderr, "");
    insta::assert_snapshot!(steady(&first.stdout), @"2 new; SIZE written, commit ID");
    insta::assert_snapshot!(steady(&place.run(&["capture", "--all"]).stdout), @"2 unchanged");

    let lines: Vec<&str> = std::str::from_utf8(CLAUDE).unwrap().lines().collect();
    let (head, _) = lines.split_at(12);
    let short = Place::empty();
    short.home.write(CLAUDE_LOG, head.join("\n") + "\n");
    assert_eq!(steady(&short.run(&["capture"]).stdout), "1 new; SIZE written, commit ID");
    short.home.write(CLAUDE_LOG, CLAUDE);
    assert_eq!(steady(&short.run(&["capture"]).stdout), "1 grown; SIZE written, commit ID");
    place.assert_sound();
    short.assert_sound();
    assert_eq!(short.run(&["cat", "HEAD"]).stdout, place.run(&["cat", "5b1d7c9e"]).stdout);
}

#[test]
fn an_empty_machine_is_left_as_it_is() {
    let place = Place::empty();
    let ran = place.run(&["capture"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "no logs found\n"));
    assert_eq!(std::fs::read_dir(place.home.path()).unwrap().count(), 0);
}

#[test]
fn json_says_what_became_of_each_log() {
    let place = Place::with_logs();
    let report = place.json(&["capture", "--json"]);
    assert_eq!(report["schema"], 1);
    assert_eq!(report["new"], 2);
    assert_eq!(report["failed"], 0);
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    insta::assert_snapshot!(format!("{keys:?}"), @r#"["bytes_written", "commit", "excluded", "failed", "forgotten", "grown", "logs", "merged", "new", "no_session", "repositories", "schema", "unchanged"]"#);
    let log = &report["logs"][0];
    assert_eq!(log["tool"], "claude-code");
    insta::assert_snapshot!(log["sessions"], @r#"[{"id":"5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901","key":"claude-code.5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901","new_events":22,"outcome":"new"}]"#);
    assert_eq!(log["records"]["unknown"].as_object().unwrap().len(), 0);
    let again = place.json(&["capture", "--json"]);
    assert_eq!((&again["unchanged"], &again["commit"]), (&2.into(), &serde_json::Value::Null));
    place.assert_sound();
}

#[test]
fn a_log_by_name_goes_into_the_repository_asked_for() {
    let place = Place::empty();
    place.home.write("session.jsonl", CODEX);
    let repository = TestRepository::new(Shape::Plain);
    let path = repository.path().to_str().unwrap();
    let head = repository.git(&["rev-parse", "HEAD"]);
    let ran = place.run(&["capture", "--repo", path, "session.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let listed = place.json(&["list", "--repo", path, "--json"]);
    assert_eq!(listed[0]["id"], "0195f0aa-6c1e-7d33-b0f4-9e2a517c8d03");
    assert_eq!(listed[0]["store"]["kind"], "repository");
    // Not lost from sight either: what was stored by name is listed with the rest.
    assert_eq!(place.json(&["list", "--json"]), listed);
    // Nothing of the user's own work is touched.
    assert_eq!(repository.git(&["rev-parse", "HEAD"]), head);
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
    fsck_strict(repository.path());
}

#[test]
fn publish_stores_a_log_in_the_repository_around_the_current_folder() {
    let place = Place::empty();
    let repository = TestRepository::new(Shape::Plain);
    let log = place.home.write("session.jsonl", CODEX);
    let upload = ["publish", "upload", log.to_str().unwrap()];
    let refused = place.run(&upload);
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!(refused.stderr, @"
    error: sending sessions to a server is not part of this version
    hint: --git stores the session on the sessions branch of a repository
    ");

    let program = env!("CARGO_BIN_EXE_opensession");
    let mut command = opensession_testkit::command(program, repository.path());
    let output = command.env("HOME", place.home.path()).args(upload).arg("--git").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let branch = repository.git(&["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    assert!(branch.contains("codex.0195f0aa-6c1e-7d33-b0f4-9e2a517c8d03/session.json"), "{branch}");
    fsck_strict(repository.path());
}

#[test]
fn what_is_no_log_is_refused_and_what_fails_is_named() {
    let place = Place::with_logs();
    place.home.write("notes.txt", "not a log\n");
    let refused = place.run(&["capture", "notes.txt"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(
        refused.stderr.contains("notes.txt is not the log of a known tool\nhint: "),
        "{}",
        refused.stderr
    );
    // Beside a log that is one, it is a failure among successes.
    let partial = place.run(&["capture", "notes.txt", CLAUDE_LOG]);
    assert_eq!(partial.code, 8);
    assert!(partial.stdout.starts_with("1 new, 1 failed; "), "{}", partial.stdout);
    assert_eq!(partial.stderr.lines().count(), 1);
    assert_eq!(place.run(&["capture", "gone.jsonl"]).code, 3);
    assert_eq!(place.run(&["capture", "--all", "notes.txt"]).code, 2);
    place.assert_sound();
}

#[test]
fn what_no_parser_knows_is_counted_in_the_manifest_and_shown() {
    let place = Place::empty();
    let novel = r#"{"type":"hologram","sessionId":"d","version":"9.1.0","uuid":"h","timestamp":"2026-01-01T00:00:01.000Z"}"#;
    let asked = r#"{"type":"user","sessionId":"d","version":"9.1.0","uuid":"u","timestamp":"2026-01-01T00:00:00.000Z","message":{"role":"user","content":"Look"}}"#;
    let other = novel.replace(r#""h""#, r#""i""#);
    place.home.write(CLAUDE_LOG, format!("{asked}\n{novel}\n{other}\n"));
    assert_eq!(place.run(&["capture"]).code, 0);
    let status = place.json(&["status", "--json"]);
    insta::assert_snapshot!(status["drift"], @r#"[{"counts":{"hologram":2},"logs":1,"tool":"claude-code","version":"9.1.0"}]"#);
    let text = place.run(&["status"]).stdout;
    assert!(text.contains("claude-code 9.1.0 in 1 log: hologram (2)"), "{text}");
    let manifest = "opensession/sessions:v1/2026/01/01/claude-code.5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901/session.json";
    let manifest = git(&place.store(), &["cat-file", "blob", manifest]);
    assert!(manifest.contains(r#""drift":{"hologram":2}"#), "{manifest}");
    place.assert_sound();
}
