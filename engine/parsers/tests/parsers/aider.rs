//! Aider's fixtures, and the rules that they show.

use crate::recording::{Recorded, of_type, parse, parser, texts};
use crate::{conformance, fixtures};
use opensession_hail::{EventType, attribute};
use opensession_parsers::{Home, Origin, Os, ParseReport};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const TOOL: &str = "aider";
const PATH: &str = "/src/demo/.aider.chat.history.md";
const HEAD: &str = "\n# aider chat started at 2025-05-01 09:00:00\n\n> Aider v0.86.1  \n> Main model: gpt-4o with diff edit format  \n";

/// Parses a log and checks what holds for any.
fn log(text: &str) -> (Vec<Recorded>, ParseReport) {
    conformance::check(parser(TOOL), Path::new(PATH), text.as_bytes());
    let (sessions, report) = parse(parser(TOOL), Path::new(PATH), text.as_bytes());
    assert_eq!(report.records(), conformance::lines(text.as_bytes()));
    (sessions, report)
}

/// Parses a run with what follows its head.
fn run(rest: &str) -> Recorded {
    let (mut sessions, _) = log(&format!("{HEAD}{rest}"));
    assert_eq!(sessions.len(), 1);
    sessions.remove(0)
}

fn fixture(name: &str) -> Vec<Recorded> {
    fixtures::sessions(TOOL, name)
}

#[test]
fn the_local_time_of_a_start_is_taken_for_utc_and_is_the_only_one() {
    let session = run("\n#### hi  \n\nHello!\n\n");
    for sent in &session.events {
        assert_eq!(sent.event.timestamp.to_string(), "2025-05-01T09:00:00.000Z");
    }
}

#[test]
fn each_run_that_was_used_is_a_session() {
    let sessions = fixture("edit-blocks");
    assert_eq!(sessions.len(), 2);
    let (sessions, report) = log(&format!("{HEAD}\n#### /exit  \n{HEAD}\n#### hi  \n\nHello!\n\n"));
    assert_eq!(sessions.len(), 1);
    assert_eq!(report.dropped["run without a prompt or an answer"], 4);
    assert_eq!(report.tool_version.as_deref(), Some("0.86.1"));
    let header = sessions[0].header.as_ref().expect("it has an end");
    assert_eq!(header.cwd(), Some("/src/demo"));
    assert_eq!(header.context.created_at.to_string(), "2025-05-01T09:00:00.000Z");
    assert_eq!((header.agent.model.as_str(), header.agent.provider.as_str()), ("gpt-4o", "openai"));
}

#[test]
fn a_run_keeps_its_id_and_its_records_wherever_the_log_lies_and_however_it_grows() {
    let one = format!("{HEAD}\n#### hi  \n\nHello!\n\n> Tokens: 1 sent, 2 received.  \n");
    let two = format!("{one}{HEAD}\n#### more  \n\nYes.\n\n");
    let (first, _) = log(&one);
    let (both, _) = log(&two);
    assert_eq!(first[0].records, one.as_bytes());
    assert_eq!(both[0].records, one.as_bytes());
    assert_eq!([one.as_bytes(), &both[1].records].concat(), two.as_bytes()[..two.len() - 1]);
    assert_eq!(first[0].id, both[0].id);
    assert_eq!(both[1].id.as_str(), format!("{}-2", both[0].id));
    let (elsewhere, _) = parse(parser(TOOL), Path::new("/b/log.md"), two.as_bytes());
    assert_eq!(elsewhere[1].id, both[1].id);
    assert_eq!(elsewhere[1].events, both[1].events);
}

#[test]
fn lines_typed_at_once_are_one_prompt() {
    let session = run(
        "\n#### a  \n####   \n####   b  \n\n#### c  \n\n#### <blank>  \n\n#### /add x  \n####  y  \n> Added x  \n",
    );
    assert_eq!(texts(&session, "UserMessage"), ["a\n\n  b", "c"]);
    assert_eq!(texts(&session, "SystemMessage")[1..], ["/add x\n y", "Added x"]);
    assert_eq!(session.header.expect("it has an end").context.title.as_deref(), Some("a b"));
}

#[test]
fn markers_in_code_headings_and_quotes_are_part_of_the_answer() {
    let answer = "#### Plan\n\n> quoted\n\n```md\n# aider chat started at 2020-01-01 00:00:00\n\n#### typed?  \n\n> Applied edit to x  \n```\n\n#### End";
    let session = run(&format!("\n#### q  \n\n{answer}\n\n> Tokens: 1.5k sent, 2 received.  \n"));
    assert_eq!(texts(&session, "AgentMessage"), [answer]);
    assert_eq!(texts(&session, "UserMessage"), ["q"]);
    assert_eq!(session.stats().total_input_tokens, 1500);
    // Without the blanks at the ends, as editors leave a log.
    let plain = "\n# aider chat started at 2025-05-01 09:00:00\n\n#### q\n\n```\n#### a\n\n> b\n```\n\n#### Step 1\nDo.\n\n> Applied edit to x\n\n#### r\n";
    let (sessions, _) = log(plain);
    assert_eq!(texts(&sessions[0], "UserMessage"), ["q", "r"]);
    assert_eq!(
        texts(&sessions[0], "AgentMessage"),
        ["```\n#### a\n\n> b\n```\n\n#### Step 1\nDo."]
    );
}

#[test]
fn an_answer_that_was_stopped_in_its_code_ends() {
    let session =
        run("\n#### q  \n\n```py\nprint(\n\n>  \n>  \n> ^C again to exit  \n\n#### r  \n");
    assert_eq!(texts(&session, "AgentMessage"), ["```py\nprint("]);
    assert_eq!(texts(&session, "UserMessage"), ["q", "r"]);
}

#[test]
fn a_message_of_several_lines_is_one() {
    let said = "# 1 thing failed\n\n## Why\nx\n\n> cited\nTry again.";
    let session = run(&format!("\n#### q  \n> {said}  \n> Other  \n\nAnswer\n\n"));
    assert_eq!(texts(&session, "SystemMessage")[1], format!("{said}\nOther"));
    assert_eq!(texts(&session, "AgentMessage"), ["Answer"]);
}

#[test]
fn tokens_belong_to_the_answer_before_them() {
    let session = run(
        "\n#### q  \n\nA\n\n> Tokens: 12k sent, 5k cache write, 2k cache hit, 1.1k received. Cost: $0.05 message, $0.09 session.  \n",
    );
    let answer = of_type(&session, "AgentMessage")[0];
    let number = |name| answer.attributes.number(name);
    assert_eq!(number(attribute::INPUT_TOKENS), Some(5000));
    assert_eq!(number(attribute::CACHE_READ_TOKENS), Some(2000));
    assert_eq!(number(attribute::CACHE_WRITE_TOKENS), Some(5000));
    assert_eq!(number(attribute::OUTPUT_TOKENS), Some(1100));
    assert!(session.events.iter().all(|sent| sent.settled));
}

#[test]
fn what_may_go_on_is_not_settled() {
    let settled =
        |rest: &str| -> Vec<bool> { run(rest).events.iter().map(|sent| sent.settled).collect() };
    assert_eq!(settled("\n#### q  \n"), [true, false]);
    assert_eq!(settled("\n#### q  \n\nA\n"), [true, true, false]);
    let told = "\n#### q  \n\nA\n\n> Tokens: 1 sent, 2 received.  \n";
    assert_eq!(settled(told), [true, true, true]);
    assert_eq!(settled(&format!("{told}> Applied edit to x  \n")), [true; 5]);
    assert_eq!(settled(&format!("{told}> What now?  \n")), [true, true, true, false]);
}

#[test]
fn edits_count_when_aider_made_them() {
    let answer = "a.rs\n```\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n```\n\nsrc/b.rs\n```\n<<<<<<< SEARCH\n=======\nnew\n>>>>>>> REPLACE\n```";
    let proposed = run(&format!("\n#### q  \n\n{answer}\n\n> Tokens: 1 sent, 1 received.  \n"));
    assert_eq!(proposed.stats().tool_call_count, 0);
    let made = run(&format!(
        "\n#### q  \n\n{answer}\n\n> src/b.rs  \n> Create new file? (Y)es/(N)o [Yes]: y  \n> Applied edit to a.rs  \n> Applied edit to src/b.rs  \n> Skipping edits to c.rs  \n"
    ));
    let edit = &of_type(&made, "FileEdit")[0].event_type;
    let diff = Some("@@ -1 +1 @@\n-one\n+two\n".to_owned());
    assert_eq!(*edit, EventType::FileEdit { path: "a.rs".into(), diff });
    assert_eq!(of_type(&made, "FileCreate").len(), 1);
    assert_eq!(of_type(&made, "ToolCall").len(), 1);
    let stats = made.stats();
    assert_eq!((stats.tool_call_count, stats.files_changed), (3, 2));
    assert_eq!((stats.lines_added, stats.lines_removed), (2, 1));
}

#[test]
fn every_edit_format_is_read() {
    let changes = |session: &Recorded| -> Vec<String> {
        let events = session.events.iter().map(|sent| &sent.event.event_type);
        events
            .filter_map(|event_type| match event_type {
                EventType::FileEdit { path, diff } => Some(format!("{path} {}", diff.is_some())),
                EventType::FileCreate { path } => Some(format!("{path} new")),
                _ => None,
            })
            .collect()
    };
    let found: Vec<Vec<String>> = fixture("edit-formats").iter().map(changes).collect();
    assert_eq!(found[0], ["hello.py false", "test_hello.py new", "notes.txt new"]);
    assert_eq!(found[1], ["hello.py true", "greet.cfg new"]);
    assert_eq!(found[2], ["docs/options.md new", "greet.cfg true"]);
    let early: Vec<Vec<String>> = fixture("early-versions").iter().map(changes).collect();
    assert_eq!(early[0], ["app.py true"]);
    assert_eq!(early[1], [r"Test1\Junk.java true", r"Test1\Adventure.java new"]);
    assert_eq!(early[3], ["a.txt true"]);
}

#[test]
fn a_block_that_failed_is_no_edit_and_the_others_are() {
    let sessions = fixture("failed-block");
    let session = &sessions[0];
    let failed = of_type(session, "ToolCall");
    assert_eq!(failed.len(), 1);
    let edited = of_type(session, "FileEdit");
    assert_eq!(edited.len(), 2);
    let EventType::FileEdit { path, diff: Some(diff) } = &edited[0].event_type else {
        panic!("it is an edit")
    };
    assert_eq!((path.as_str(), diff.matches("@@ -").count()), ("tests/poi_validator.test.ts", 2));
}

#[test]
fn commands_that_the_model_proposed_are_shell_commands_once_they_run() {
    let sessions = fixture("commands");
    let commands: Vec<&EventType> =
        of_type(&sessions[0], "ShellCommand").into_iter().map(|event| &event.event_type).collect();
    assert_eq!(commands.len(), 3);
    let push = EventType::ShellCommand { command: "git push origin main".into(), exit_code: None };
    assert_eq!(*commands[2], push);
    let refused = run(
        "\n#### q  \n\nA\n\n> ls  \n> Run shell command? (Y)es/(N)o [Yes]: n  \n> Running late  \n",
    );
    assert!(of_type(&refused, "ShellCommand").is_empty());
}

#[test]
fn logs_are_told_from_other_notes() {
    let parser = parser(TOOL);
    let accepts = |path: &str, head: &str| parser.accepts(Path::new(path), head.as_bytes());
    assert!(accepts("copied.md", "\u{feff}\n\n# aider chat started at 2025-05-01 09:00:00\r\n"));
    assert!(accepts(PATH, "the end of an answer\n\n#### a prompt  \n"));
    assert!(!accepts("notes.md", "# Notes\n\n#### aider chat started at noon\n"));
    assert!(!accepts(PATH, "\n"));
}

#[test]
fn roots_are_the_known_repositories_and_what_the_variable_names() {
    let roots = |variables: &[(&str, &str)]| -> Vec<(PathBuf, Origin)> {
        let variables: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let home = Home::new("/h".into(), variables, Os::Linux);
        let roots = parser(TOOL).roots(&home.with_repositories(vec!["/src/a".into()]));
        assert!(roots.iter().all(|root| root.depth == 0));
        roots.into_iter().map(|root| (root.path, root.origin)).collect()
    };
    let default = [("/src/a".into(), Origin::Default), ("/h".into(), Origin::Default)];
    assert_eq!(roots(&[]), default);
    let variable = "AIDER_CHAT_HISTORY_FILE";
    let named = Origin::Environment(variable);
    assert_eq!(roots(&[(variable, "~/log.md")])[0], ("/h/log.md".into(), named));
    assert_eq!(roots(&[(variable, "docs/log.md")])[0], ("/src/a/docs/log.md".into(), named));
    let dir = tempfile::tempdir().expect("a folder can be made");
    fs::write(dir.path().join(".aider.chat.history.md"), HEAD).expect("it can be written");
    fs::create_dir(dir.path().join("sub")).expect("it can be made");
    fs::write(dir.path().join("sub/.aider.chat.history.md"), HEAD).expect("it can be written");
    let home = Home::new("/h".into(), BTreeMap::new(), Os::Linux);
    let roots = parser(TOOL).roots(&home.with_repositories(vec![dir.path().to_owned()]));
    assert_eq!(roots[0].logs(&mut |_, _| ()).len(), 1);
}

#[test]
fn hostile_logs_are_read_to_their_end() {
    let long = "x".repeat(200_000);
    let texts = [
        format!(
            "\u{feff}{HEAD}\0\0\0\n#### q \0 \r\r\n\n{long}\n\n> Tokens: -1 sent, 1e99 received.  \n"
        ),
        format!(
            "{HEAD}\n#### q  \n\n{}\n\n> Applied edit to   \n",
            "<<<<<<< SEARCH\n".repeat(3000)
        ),
        format!("{HEAD}\n#### q  \n\n{}\n\n> Applied edit to ../../x  \n", "{".repeat(100_000)),
        format!(
            "{HEAD}\n#### q  \n\n{}\n\n> Applied edit to x  \n",
            "```diff\n@@\n+a\n".repeat(3000)
        ),
        "\n# aider chat started at 9999-99-99 99:99:99\n\n#### q  \n".to_owned(),
        "# aider chat started at 0000-01-01 00:00:00\n\n#### q  \n".to_owned(),
    ];
    for text in texts {
        let (sessions, _) = log(&text);
        assert_eq!(sessions.len(), 1);
    }
    let bytes = [HEAD.as_bytes(), b"\n#### q \xff\xfe  \n\n\xed\xa0\x80\n"].concat();
    let (sessions, _) = parse(parser(TOOL), Path::new(PATH), &bytes);
    assert_eq!(texts_of(&sessions), ["q \\xff\\xfe"]);
    let (sessions, _) = log("the rest of an answer\n\n> Applied edit to x  \n\n#### q  \n");
    assert_eq!(sessions[0].id.as_str().get(..8), Some("undated-"));
}

fn texts_of(sessions: &[Recorded]) -> Vec<&str> {
    sessions.iter().flat_map(|session| texts(session, "UserMessage")).collect()
}

#[test]
fn a_last_line_without_its_end_is_read_but_not_settled() {
    let text =
        format!("{HEAD}\n#### q  \n\nA\n\n> Tokens: 1 sent, 2 received.  \n> Applied edit to x");
    let (sessions, report) = log(&text);
    assert!(report.torn);
    assert_eq!(of_type(&sessions[0], "FileEdit").len(), 1);
    assert!(!sessions[0].events.last().expect("it has events").settled);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn damage_never_breaks_a_rule(case in any::<Index>(), places in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..12), cut in any::<Index>()) {
        let cases = fixtures::cases(TOOL);
        let logs = fixtures::logs(parser(TOOL), &cases[case.index(cases.len())]);
        let mut bytes = logs[0].bytes.clone();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let path = Path::new(PATH);
        conformance::check(parser(TOOL), path, &bytes);
        let (_, report) = parse(parser(TOOL), path, &bytes);
        if report.bytes > 0 {
            prop_assert_eq!(report.records(), conformance::lines(&bytes));
        }
    }
}
