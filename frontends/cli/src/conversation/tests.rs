use super::*;
use crate::output::Face;
use crate::output::tests::{PIPE, TERMINAL, written};
use opensession_engine::hail::{Header, SessionId, parse_event};
use opensession_engine::{Home, Os};
use std::collections::BTreeMap;

/// A session whose events are of the documented shape.
fn session() -> Session {
    let lines = [
        r#"{"type":"event","event_id":"1","timestamp":"2026-02-19T09:00:00.000Z","event_type":{"type":"UserMessage"},"content":{"blocks":[{"type":"Text","text":"Fix the loop bound\nand run the tests"}]}}"#,
        r#"{"type":"event","event_id":"2","timestamp":"2026-02-19T09:00:01.000Z","event_type":{"type":"Thinking"},"content":{"blocks":[{"type":"Text","text":"one\ntwo\nthree\nfour\nfive\nsix"}]}}"#,
        r#"{"type":"event","event_id":"3","timestamp":"2026-02-19T09:00:05.000Z","event_type":{"type":"FileEdit","data":{"path":"src/a.rs","diff":"@@ -1 +1 @@\n-for i in 0..=n {}\n+for i in 0..n {}\n"}},"content":{"blocks":[]},"duration_ms":12,"attributes":{"semantic.call_id":"c1"}}"#,
        r#"{"type":"event","event_id":"4","timestamp":"2026-02-19T09:00:20.000Z","event_type":{"type":"ShellCommand","data":{"command":"cargo test","exit_code":101}},"content":{"blocks":[]},"attributes":{"semantic.call_id":"c2"}}"#,
        r#"{"type":"event","event_id":"5","timestamp":"2026-02-19T09:00:21.000Z","event_type":{"type":"ToolResult","data":{"name":"Bash","is_error":true}},"content":{"blocks":[{"type":"Text","text":"\u001b[31m1\u001b[0m\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\u001b]0;x\u0007"}]},"attributes":{"semantic.call_id":"c2"}}"#,
        r#"{"type":"event","event_id":"6","timestamp":"2026-02-19T09:00:22.000Z","event_type":{"type":"ToolCall","data":{"name":"TodoWrite"}},"content":{"blocks":[{"type":"Json","data":{"todos":["a"],"when":"now"}}]}}"#,
        r#"{"type":"event","event_id":"7","timestamp":"2026-02-19T09:00:23.000Z","event_type":{"type":"Thinking"},"task_id":"t","content":{"blocks":[{"type":"Text","text":"looking around"}]},"attributes":{"subagent_id":"a1"}}"#,
        r#"{"type":"event","event_id":"8","timestamp":"2026-02-19T09:00:30.000Z","event_type":{"type":"AgentMessage"},"content":{"blocks":[{"type":"Text","text":"One test still fails, because the bound in the second loop is wrong as well and nobody noticed it before."}]}}"#,
    ];
    let mut header = Header::new(SessionId::new("demo-0001").unwrap(), "claude-code", "anthropic");
    header.context.title = Some("Fix \u{1b}]0;x\u{7}the loop".into());
    header.context.attributes.set(attribute::CWD, "/home/robin/src/shop");
    header.context.attributes.set(attribute::GIT_BRANCH, "main");
    let events = lines.iter().map(|line| parse_event(line.as_bytes()).unwrap()).collect();
    Session { header, events }
}

fn shown(face: Face, full: bool) -> String {
    let session = session();
    let place = Surroundings {
        home: Home::new("/home/robin".into(), BTreeMap::new(), Os::Linux),
        folder: "/".into(),
        temporary: "/tmp".into(),
        binary: "/usr/bin/opensession".into(),
        interactive: false,
        now: opensession_engine::hail::Timestamp::EPOCH,
        zone: || opensession_engine::TimeZone::UTC,
        clock: || opensession_engine::hail::Timestamp::EPOCH,
        dumb: false,
        progress: false,
        json: false,
    };
    let view = View { full, place: &place, event: None, is_turn: false };
    written(face, |screen| {
        write(screen, &session, &[], &session.stats(), &view).unwrap();
    })
}

#[test]
fn a_session_reads_like_a_conversation() {
    let face = Face { terminal: true, width: Some(60), ..PIPE };
    insta::assert_snapshot!(shown(face, false), @r#"
    Fix ␛]0;x␇the loop
    claude-code · ~/src/shop on main
    1970-01-01 00:00 UTC · 30 s
    8 events · 1 prompt · 3 tool calls · +1 -1 in 1 file
    demo-0001

    09:00:00
    > Fix the loop bound
      and run the tests

    thinking: one
      two
      three
        … 3 lines …

      · Edit src/a.rs  (+1 -1, 12 ms)
        @@ -1 +1 @@
        -for i in 0..=n {}
        +for i in 0..n {}

      ✗ $ cargo test  (exit 101)
        1
        2
        3
        4
        5
        6
        7
        8
        9
        10
        11
        12
        13
        14␛]0;x␇

      · TodoWrite todos=["a"] when=now

        | sub-agent: a1

        | thinking: looking around

    One test still fails, because the bound in the second loop
    is wrong as well and nobody noticed it before.
    "#);
}

#[test]
fn nothing_is_folded_in_full() {
    let text = shown(PIPE, true);
    assert!(!text.contains('…'), "{text}");
    assert!(text.contains("    14\u{1b}]0;x\u{7}\n"), "a pipe gets the bytes: {text}");
    assert!(text.contains("    1\n"), "colours of outputs are left out: {text}");
}

#[test]
fn a_terminal_gets_no_codes_but_ours() {
    let face = Face { width: Some(60), ..TERMINAL };
    let text = shown(face, true);
    let mut parts = text.split('\u{1b}');
    parts.next();
    for part in parts {
        let code =
            part.strip_prefix('[').and_then(|part| part.split_once('m')).map(|(code, _)| code);
        assert!(code.is_some_and(|code| code.bytes().all(|b| b.is_ascii_digit())), "{part:?}");
    }
    assert!(text.contains("Fix ␛]0;x␇the loop"));
}
