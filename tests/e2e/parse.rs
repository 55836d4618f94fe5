use crate::place::{CLAUDE_LOG, CODEX, CODEX_LOG, Place};

#[test]
fn parse_prints_what_a_capture_would_store() {
    let place = Place::captured();
    let parsed = place.run(&["parse", CODEX_LOG]);
    assert_eq!((parsed.code, parsed.stderr.as_str()), (0, ""));
    assert_eq!(parsed.stdout, place.run(&["cat", "HEAD"]).stdout);
    assert_eq!(place.run(&["parse", CODEX_LOG, "--json"]).stdout, parsed.stdout);
}

#[test]
fn redact_shows_what_the_store_would_hold() {
    let place = Place::empty();
    // Made up: the shape of a token, no token.
    let secret = format!("ghp_{}", "x9Fq27LmTz0RbVw4Kc81HsYd6NeJg3AuPo5Q");
    let log = String::from_utf8(CODEX.to_vec()).unwrap().replace("names with commas", &secret);
    place.home.write("session.jsonl", log);
    assert!(place.run(&["parse", "session.jsonl"]).stdout.contains(&secret));
    let redacted = place.run(&["parse", "session.jsonl", "--redact"]).stdout;
    assert!(!redacted.contains(&secret), "{redacted}");
    assert!(redacted.contains("[redacted:"), "{redacted}");
}

#[test]
fn report_counts_every_record() {
    let place = Place::empty();
    let mut log = CODEX.to_vec();
    log.extend_from_slice(
        b"{\"timestamp\":\"2026-03-05T14:20:32.000Z\",\"type\":\"new_kind\",\"payload\":{}}\n",
    );
    place.home.write("session.jsonl", log);
    let ran = place.run(&["parse", "session.jsonl", "--report"]);
    insta::assert_snapshot!(ran.stderr, @"
    RECORDS         KIND OR REASON                         COUNT  SHARE
    understood      event_msg/agent_message                    1   5.2%
    understood      event_msg/task_complete                    1   5.2%
    understood      event_msg/token_count                      3  15.7%
    understood      event_msg/user_message                     1   5.2%
    understood      response_item/custom_tool_call             1   5.2%
    understood      response_item/custom_tool_call_output      1   5.2%
    understood      response_item/function_call                2  10.5%
    understood      response_item/function_call_output         2  10.5%
    understood      response_item/message                      1   5.2%
    understood      response_item/reasoning                    1   5.2%
    understood      session_meta                               1   5.2%
    understood      turn_context                               1   5.2%
    dropped         second copy                                2  10.5%
    not understood  new_kind                                   1   5.2%
    codex, 1 log: 19 records, 94.7% understood or dropped on purpose
    ");
}

#[test]
fn a_folder_is_parsed_log_by_log_and_what_is_no_log_is_passed_over() {
    let place = Place::with_logs();
    place.home.write("notes.json", "{}");
    let ran = place.run(&["parse", ".", "--report"]);
    let one = |log| place.run(&["parse", log]).stdout;
    assert_eq!((ran.code, ran.stdout), (0, one(CLAUDE_LOG) + &one(CODEX_LOG)));
    let sums: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("1 log: ")).collect();
    assert_eq!(sums.len(), 2, "{}", ran.stderr);
    place.home.write("empty/notes.json", "{}");
    assert_eq!(place.run(&["parse", "empty"]).code, 2);
}
