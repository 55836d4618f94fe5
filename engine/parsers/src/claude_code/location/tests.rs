use super::*;
use std::collections::BTreeMap;

const UUID: &str = "5b3691c0-5983-4b38-8c01-d4fa791e1a4a";
const LINE: &str =
    r#"{"type":"user","sessionId":"parent","uuid":"u","message":{"role":"user","content":"hi"}}"#;

fn identity(path: &str, log: &str) -> Identity {
    Identity::find(&Source::bytes(Path::new(path), log.as_bytes())).unwrap()
}

#[test]
fn a_session_is_named_by_its_file_else_by_its_first_records() {
    let cases = [
        (format!("/p/{UUID}.jsonl"), LINE, UUID),
        ("/p/full.jsonl".to_owned(), LINE, "parent"),
        ("/p/full.jsonl".to_owned(), r#"{"session_id": "old"}"#, "old"),
        ("/p/full.jsonl".to_owned(), "{}", "full"),
        ("/p/agent-a1.jsonl".to_owned(), LINE, "parent.a1"),
        ("/p/agent-a1.jsonl".to_owned(), "{}", "agent-a1"),
        (format!("/p/{UUID}/subagents/agent-acompact-a1.jsonl"), LINE, "parent.acompact-a1"),
        (format!("/p/{UUID}/subagents/workflows/wf/agent-a1.jsonl"), "{}", &format!("{UUID}.a1")),
    ];
    for (path, log, id) in cases {
        assert_eq!(identity(&path, log).session_id.as_str(), id, "{path}");
    }
}

#[test]
fn a_quoted_session_id_inside_a_text_is_not_the_sessions() {
    let log = r#"{"summary":"\"sessionId\":\"wrong\"","sessionId":"right"}"#;
    assert_eq!(identity("/p/x.jsonl", log).session_id.as_str(), "right");
}

#[test]
fn side_files_lie_in_the_folder_of_the_session() {
    let own = Path::new("/p").join(UUID);
    for path in [
        format!("/p/{UUID}.jsonl"),
        format!("/p/{UUID}/subagents/agent-a1.jsonl"),
        format!("/p/{UUID}/subagents/workflows/wf/agent-a1.jsonl"),
    ] {
        assert_eq!(identity(&path, LINE).folder, own, "{path}");
    }
    assert_eq!(identity("/p/agent-a1.jsonl", LINE).folder, Path::new("/p/parent"));
}

#[test]
fn logs_are_told_from_what_lies_beside_them() {
    let accepted = [
        LINE.to_owned(),
        format!("not json\n{LINE}\n"),
        r#"{"type":"summary","summary":"s","leafUuid":"u"}"#.to_owned(),
        r#"{"type":"queue-operation","operation":"enqueue","sessionId":"s","content":"x"}"#
            .to_owned(),
        format!(
            r#"{{"type":"user","sessionId":"s","message":{{"content":"{}"}}}}"#,
            "x".repeat(crate::HEAD_BYTES)
        ),
    ];
    for log in &accepted {
        let head = log.as_bytes().get(..crate::HEAD_BYTES).unwrap_or(log.as_bytes());
        assert!(accepts(Path::new("a.jsonl"), head), "{log:.80}");
    }
    let refused = [
        r#"{"display":"hi","pastedContents":{},"timestamp":1,"project":"/p","sessionId":"s"}"#,
        r#"{"type":"user","sessionId":"s","uuid":"u","message":{"role":"user","parts":[{"text":"hi"}]}}"#,
        r#"{"type":"session_meta","payload":{"id":"s"}}"#,
        r#"{"role":"user","message":{"content":[{"type":"text","text":"hi"}]}}"#,
        r#"{"type":"user","uuid":"u","message":{"content":"hi"}}"#,
        r#"{"type":"system","subtype":"init","session_id":"s"}"#,
        "",
    ];
    for log in refused {
        assert!(!accepts(Path::new("a.jsonl"), log.as_bytes()), "{log}");
    }
    assert!(!accepts(Path::new("x/audit.jsonl"), LINE.as_bytes()));
}

#[test]
fn roots_follow_the_environment_and_the_system() {
    let roots = |variables: &[(&str, &str)], os| {
        let environment: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        roots(&Home::new(PathBuf::from("/h"), environment, os))
            .into_iter()
            .map(|root| (root.path, root.origin))
            .collect::<Vec<_>>()
    };
    let default = |path: &str| (PathBuf::from(path), Origin::Default);
    let desktop = default("/h/Library/Application Support/Claude/local-agent-mode-sessions");
    assert_eq!(
        roots(&[], Os::MacOs),
        [default("/h/.claude/projects"), default("/h/.config/claude/projects"), desktop.clone()]
    );
    let configured = (PathBuf::from("/h/c/projects"), Origin::Environment("CLAUDE_CONFIG_DIR"));
    assert_eq!(roots(&[("CLAUDE_CONFIG_DIR", "~/c")], Os::MacOs), [configured, desktop]);
    let linux = roots(&[("XDG_CONFIG_HOME", "/x")], Os::Linux);
    assert_eq!(linux.last(), Some(&default("/x/Claude/local-agent-mode-sessions")));
}
