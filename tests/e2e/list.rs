use crate::place::Place;

#[test]
fn a_list_in_a_pipe_is_whole_and_plain() {
    let place = Place::captured();
    insta::assert_snapshot!(place.run(&["list"]).stdout, @"
    ID        WHEN        TOOL         TITLE                                                     FOLDER                   PROMPTS  LINES  TOOLS  EVENTS
    0195f0aa  2026-03-05  codex        export.py breaks on names with commas. Write proper CSV.  /home/robin/src/reports        1  +2 -3      3      13
    5b1d7c9e  2026-03-04  claude-code  Fix the one-cent error in the cart total                  /home/robin/src/shop           2  +9 -4      7      22
    ");
    assert_eq!(place.run(&["list", "--limit", "1"]).stdout.lines().count(), 2);
    assert_eq!(place.run(&["list", "--tool", "codex"]).stdout.lines().count(), 2);
}

#[test]
fn json_is_an_array_and_jsonl_a_line_each() {
    let place = Place::captured();
    let listed = place.json(&["list", "--json"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&listed[1]).unwrap(), @r#"
    {
      "active_seconds": 142,
      "author": null,
      "author_email": null,
      "auxiliary": false,
      "cache_read_tokens": 157500,
      "cache_write_tokens": 3600,
      "created_at": "2026-03-04T09:12:07.000Z",
      "cwd": "/home/robin/src/shop",
      "duration_seconds": 142,
      "events": 22,
      "files_changed": 2,
      "git_branch": "main",
      "id": "5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901",
      "input_tokens": 108,
      "key": "claude-code.5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901",
      "lines_added": 9,
      "lines_removed": 4,
      "messages": 7,
      "model": "claude-opus-4-6",
      "output_tokens": 956,
      "parent": null,
      "prompts": 2,
      "provider": "anthropic",
      "store": {
        "kind": "home"
      },
      "tasks": 0,
      "title": "Fix the one-cent error in the cart total",
      "tool": "claude-code",
      "tool_calls": 7,
      "tool_version": "2.1.42",
      "updated_at": "2026-03-04T09:14:29.400Z"
    }
    "#);
    let lines = place.run(&["list", "--jsonl"]).stdout;
    let parsed: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(serde_json::Value::Array(parsed), listed);
    assert_eq!(place.run(&["list", "--json", "--jsonl"]).code, 2);
}

#[test]
fn an_empty_list_is_empty_in_json_and_explained_in_words() {
    let place = Place::empty();
    let ran = place.run(&["list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert!(ran.stderr.contains("no sessions are stored"), "{}", ran.stderr);
    assert_eq!(place.run(&["list", "--json"]).stdout, "[]\n");
    assert_eq!(place.run(&["list", "--jsonl"]).stdout, "");
}

#[test]
fn flags_and_the_language_choose_the_same_sessions() {
    let place = Place::captured();
    let ids = |arguments: &[&str]| -> Vec<String> {
        let listed = place.json(&[&["list", "--json"], arguments].concat());
        let ids = listed.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap());
        ids.map(|id| id.split('-').next().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["--sort", "oldest"]), ["5b1d7c9e", "0195f0aa"]);
    assert_eq!(ids(&["sort:oldest"]), ["5b1d7c9e", "0195f0aa"]);
    assert_eq!(ids(&["--tool", "codex,cursor"]), ["0195f0aa"]);
    assert_eq!(ids(&["--", "-tool:codex"]), ["5b1d7c9e"]);
    assert_eq!(ids(&["--since", "2026-03-05", "--until", "2026-03-05"]), ["0195f0aa"]);
    assert_eq!(ids(&["on:2026-03-04"]), ["5b1d7c9e"]);
    let first = place.run(&["list", "--limit", "1", "sort:oldest"]);
    let cursor = first.stderr.trim().strip_prefix("more: --cursor ").unwrap();
    assert_eq!(ids(&["--limit", "1", "sort:oldest", "--cursor", cursor]), ["0195f0aa"]);
    // Where the day began hours before, it was the 6th already.
    let early = place.run_with(&["list", "--jsonl", "on:2026-03-06"], &[("TZ", "<+14>-14")]);
    assert!(early.stdout.contains("0195f0aa"), "{}", early.stdout);
}
