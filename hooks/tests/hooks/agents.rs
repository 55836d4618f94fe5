//! The settings of AI tools, as the tools and their users write them.

use crate::tree::tree;
use opensession_hooks::{Action, Agent, Agents, Outcome, State};
use opensession_testkit::{TestHome, command};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;

const BINARY: &str = "/opt/it's \"here\" \\/opensession";

/// Returns what `call` returns of the tools in `home`.
pub(crate) fn with<T>(home: &Path, call: impl FnOnce(Agents<'_>) -> T) -> T {
    call(Agents { home, environment: &BTreeMap::new(), binary: Path::new(BINARY) })
}

fn install(home: &TestHome) -> Vec<Action> {
    with(home.path(), |agents| {
        let plan = agents.plan().unwrap();
        assert_eq!(agents.install().unwrap(), plan);
        plan.into_iter().map(|step| step.action).collect()
    })
}

fn remove(home: &TestHome) -> Vec<Outcome> {
    with(home.path(), |agents| {
        agents.remove().unwrap().into_iter().map(|removal| removal.outcome).collect()
    })
}

fn states(home: &TestHome) -> Vec<State> {
    with(home.path(), |agents| {
        agents.inspect().unwrap().into_iter().map(|(_, state)| state).collect()
    })
}

/// Installs into Claude Code's settings `text` and returns what they are then; removing must bring `text` back.
fn round_trip(text: &str) -> String {
    let home = TestHome::new();
    let path = home.write(".claude/settings.json", text);
    assert_eq!(install(&home), [Action::Insert], "{text}");
    let installed = fs::read_to_string(&path).unwrap();
    assert_eq!(states(&home), [State::Installed]);
    let left_over = home.write(".claude/settings.json.opensession-new", "half");
    assert_eq!(install(&home), [Action::Unchanged]);
    assert!(!left_over.exists());
    assert_eq!(fs::read_to_string(&path).unwrap(), installed);
    assert_eq!(remove(&home), [Outcome::Cut]);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    installed
}

/// Returns `text` with our command named shortly.
fn short(text: &str) -> String {
    let from = text.find("\"(trap").unwrap();
    let (before, rest) = text.split_at(from);
    let (_, after) = rest.split_once(" # opensession ").unwrap();
    let (level, after) = after.split_once('"').unwrap();
    format!("{before}OURS{level}{after}")
}

#[test]
fn the_entry_takes_the_style_of_the_file() {
    let tabs = "{\n\t// mine\n\t\"model\": \"x\" // last\n}";
    assert_eq!(
        short(&round_trip(tabs)),
        "{\n\t// mine\n\t\"model\": \"x\", // last\n\t\"hooks\": {\n\t\t\"SessionEnd\": [\n\t\t\t{\n\t\t\t\t\"hooks\": [\n\t\t\t\t\t{\n\t\t\t\t\t\t\"type\": \"command\",\n\t\t\t\t\t\t\"command\": OURS2\n\t\t\t\t\t}\n\t\t\t\t]\n\t\t\t}\n\t\t]\n\t}\n}"
    );
    let line = r#"{"hooks": {"SessionEnd": [{"hooks": []}], "Stop": []}, "b": 1,}"#;
    assert_eq!(
        short(&round_trip(line)),
        r#"{"hooks": {"SessionEnd": [{"hooks": []}, {"hooks": [{"type": "command", "command": OURS0}]}], "Stop": []}, "b": 1,}"#
    );
    assert!(
        round_trip("\u{feff}{\r\n    \"a\": [],\r\n}\r\n")
            .contains(",\r\n    \"hooks\": {\r\n        \"SessionEnd\"")
    );
}

#[test]
fn whatever_is_empty_comes_back_empty() {
    for text in [
        "{}",
        "{ }",
        "{\n}",
        "{}\n\n",
        "{\n  // nothing\n}",
        "{ /* x */ }",
        "{ //x\n}",
        r#"{"hooks":{}}"#,
        r#"{"hooks": { } }"#,
        r#"{"hooks":{"SessionEnd":[]}}"#,
        "{\"hooks\":{\"SessionEnd\":[\n]}}",
        "{\n  \"hooks\": {\n  },\n}",
        "// top\n{\"a\":1/*,*/,/*,*/}// end",
        "{\"a\":1}\n//",
    ] {
        round_trip(text);
    }
}

#[test]
fn every_tool_gets_its_own_shape_and_a_file_of_ours_goes_again() {
    let home = TestHome::new();
    assert_eq!(install(&home), [], "a tool without a folder is not there");
    for folder in [".claude", ".codex", ".gemini", ".cursor"] {
        fs::create_dir(home.path().join(folder)).unwrap();
    }
    let before = tree(home.path());
    assert_eq!(states(&home), vec![State::Missing; 4]);
    assert_eq!(install(&home), vec![Action::Create; 4]);
    let read = |path: &str| short(&fs::read_to_string(home.path().join(path)).unwrap());
    let grouped = |more: &str| {
        let line = |depth: usize, text: &str| format!("{}{text}\n", "  ".repeat(depth));
        [
            line(0, "{"),
            line(1, "\"hooks\": {"),
            line(2, "\"SessionEnd\": ["),
            line(3, "{"),
            line(4, "\"hooks\": ["),
            line(5, "{"),
            line(6, "\"type\": \"command\","),
            line(6, &format!("\"command\": OURS3{more}")),
            line(5, "}"),
            line(4, "]"),
            line(3, "}"),
            line(2, "]"),
            line(1, "}"),
            line(0, "}"),
        ]
        .concat()
    };
    assert_eq!(read(".claude/settings.json"), grouped(""));
    assert_eq!(read(".gemini/settings.json"), grouped(""));
    assert_eq!(read(".codex/hooks.json"), grouped(",\n            \"timeout\": 3"));
    assert_eq!(
        read(".cursor/hooks.json"),
        "{\n  \"version\": 1,\n  \"hooks\": {\n    \"sessionEnd\": [\n      {\n        \"command\": OURS3\n      }\n    ]\n  }\n}\n"
    );
    assert_eq!(states(&home), vec![State::Installed; 4]);
    assert_eq!(remove(&home), vec![Outcome::Deleted; 4]);
    assert_eq!(tree(home.path()), before);
    assert_eq!(remove(&home), vec![Outcome::Absent; 4]);
}

#[test]
fn folders_follow_the_environment() {
    let home = TestHome::new();
    home.write("elsewhere/settings.json", "{}");
    let environment = BTreeMap::from([
        ("CLAUDE_CONFIG_DIR".to_owned(), home.path().join("elsewhere").display().to_string()),
        ("CODEX_HOME".to_owned(), String::new()),
    ]);
    let agents = Agents { home: home.path(), environment: &environment, binary: Path::new(BINARY) };
    let steps = agents.install().unwrap();
    assert_eq!(steps.iter().map(|step| step.target).collect::<Vec<_>>(), [Agent::ClaudeCode]);
    assert!(
        fs::read_to_string(home.path().join("elsewhere/settings.json"))
            .unwrap()
            .contains("session-end")
    );
}

#[test]
fn what_cannot_be_understood_is_refused_by_line_and_left_alone() {
    for (text, reason) in [
        ("{\n  \"a\": 1\n  \"b\": 2\n}", "line 2: expected comma"),
        ("{\n  \"a\": ", "line "),
        ("", "line 1: is no JSON object"),
        ("\n[]", "line 2: is no JSON object"),
        ("{\n\"hooks\": []}", "line 2: \"hooks\" is no object"),
        ("{\"hooks\": {\n\"SessionEnd\": 1}}", "line 2: \"SessionEnd\" is no array"),
        ("{\"hooks\": {},\n \"hooks\": {}}", "line 2: \"hooks\" is there twice"),
        ("{'a': 1}", "line 1: "),
    ] {
        let home = TestHome::new();
        let path = home.write(".claude/settings.json", text);
        let actions = install(&home);
        assert!(
            matches!(&actions[..], [Action::Refused(said)] if said.starts_with(reason)),
            "{text:?}: {actions:?}"
        );
        assert!(matches!(&states(&home)[..], [State::Refused(_)]));
        assert!(matches!(&remove(&home)[..], [Outcome::Refused(_)]));
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
    let home = TestHome::new();
    home.write(".claude/settings.json", b"{\n\"a\": \"\xff\"}");
    assert_eq!(install(&home), [Action::Refused("line 2: is not UTF-8".to_owned())]);
}

#[test]
fn after_edits_only_our_entry_goes() {
    let home = TestHome::new();
    fs::create_dir(home.path().join(".claude")).unwrap();
    install(&home);
    let path = home.path().join(".claude/settings.json");
    let text = fs::read_to_string(&path).unwrap();
    // The user adds a command to our group, an event, a key and a comment.
    let edited = text
        .replacen(
            "          {\n",
            "          {\"type\": \"command\", \"command\": \"mine\"}, // mine\n          {\n",
            1,
        )
        .replacen("  \"hooks\": {\n", "  \"a\": 1,\n  \"hooks\": {\n    \"Stop\": [],\n", 1);
    fs::write(&path, &edited).unwrap();
    assert_eq!(install(&home), [Action::Unchanged]);
    assert_eq!(remove(&home), [Outcome::Cut]);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "{\n  \"a\": 1,\n  \"hooks\": {\n    \"Stop\": [],\n    \"SessionEnd\": [\n      {\n        \"hooks\": [\n          {\"type\": \"command\", \"command\": \"mine\"} // mine\n        ]\n      }\n    ]\n  }\n}\n"
    );
}

#[test]
fn a_tool_that_writes_its_settings_anew_does_not_hide_our_entry() {
    let home = TestHome::new();
    let path = home.write(".claude/settings.json", "{\n  // gone\n  \"a\": 1\n}\n");
    install(&home);
    let text = fs::read_to_string(&path).unwrap().replace("  // gone\n", "");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    fs::write(&path, value.to_string()).unwrap();
    assert_eq!(states(&home), [State::Installed]);
    assert_eq!(remove(&home), [Outcome::Cut]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}");
}

#[test]
fn a_binary_that_moved_is_renewed_in_place() {
    let home = TestHome::new();
    let path = home.write(".cursor/hooks.json", "{\"version\": 1}\n");
    install(&home);
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    // Where the tests may not give a file away, it is theirs before and after.
    let _allowed = chown(&path, Some(1234), Some(1234));
    let owner =
        |path: &Path| fs::metadata(path).map(|metadata| (metadata.uid(), metadata.gid())).unwrap();
    let before = owner(&path);
    let moved = Agents {
        home: home.path(),
        environment: &BTreeMap::new(),
        binary: Path::new("/new/opensession"),
    };
    assert_eq!(moved.inspect().unwrap(), [(Agent::Cursor, State::Outdated)]);
    assert_eq!(moved.install().unwrap()[0].action, Action::Update);
    assert_eq!(moved.inspect().unwrap(), [(Agent::Cursor, State::Installed)]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(owner(&path), before);
    moved.remove().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"version\": 1}\n");
}

#[test]
fn a_link_to_the_users_own_file_is_kept_and_its_target_edited() {
    let home = TestHome::new();
    let target = home.write("dotfiles/claude.json", "{}\n");
    fs::create_dir(home.path().join(".claude")).unwrap();
    let link = home.path().join(".claude/settings.json");
    symlink("../dotfiles/claude.json", &link).unwrap();
    assert_eq!(install(&home), [Action::Insert]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&target).unwrap().contains("session-end"));
    assert_eq!(remove(&home), [Outcome::Cut]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "{}\n");

    fs::remove_file(&link).unwrap();
    symlink("/dev/null", &link).unwrap();
    assert!(
        matches!(&install(&home)[..], [Action::Refused(reason)] if reason.contains("not a regular file"))
    );
}

#[test]
fn the_command_returns_at_once_and_says_nothing_with_or_without_the_binary() {
    let home = TestHome::new();
    fs::create_dir(home.path().join(".cursor")).unwrap();
    assert!(command("mkfifo", home.path()).arg("calls").status().unwrap().success());
    let binary = home.write("it's \\ here/opensession", "#!/bin/sh\necho \"$*\" > calls\n");
    fs::set_permissions(&binary, Permissions::from_mode(0o755)).unwrap();
    for binary in [&home.path().join("gone"), &binary] {
        let agents = Agents { home: home.path(), environment: &BTreeMap::new(), binary };
        agents.install().unwrap();
        let text = fs::read_to_string(home.path().join(".cursor/hooks.json")).unwrap();
        let settings: serde_json::Value = serde_json::from_str(&text).unwrap();
        let line = settings["hooks"]["sessionEnd"][0]["command"].as_str().unwrap();
        // The binary waits until its call is read below: the command does not wait for it.
        let output = command("sh", home.path()).args(["-ec", line]).output().unwrap();
        assert!(
            output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
    assert_eq!(fs::read_to_string(home.path().join("calls")).unwrap(), "hook session-end\n");
}
