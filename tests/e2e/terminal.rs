//! What a terminal gets: a pty made by `script`.

use crate::place::{CODEX, CODEX_LOG, Place};

/// Steers a terminal, hides, or turns text around; as JSON string content.
const HOSTILE: &str = "\\u001b]52;c;aGk=\\u0007\\u009b6n\\u202e\\u2066\\u200b\\u007f\\u001b[2J";

fn hostile() -> Place {
    let place = Place::empty();
    let log = String::from_utf8(CODEX.to_vec()).unwrap();
    place.home.write(CODEX_LOG, log.replace("names with commas", HOSTILE));
    assert_eq!(place.run(&["capture"]).code, 0);
    place
}

/// Asserts that nothing of the log steers the terminal; our own colours are the only codes.
fn assert_tame(text: &str, arguments: &str) {
    let mut pieces = text.split('\u{1b}');
    pieces.next();
    for piece in pieces {
        let code =
            piece.strip_prefix('[').and_then(|rest| rest.split_once('m')).map(|(code, _)| code);
        let ours = code.is_some_and(|code| code.bytes().all(|b| b.is_ascii_digit() || b == b';'));
        assert!(ours, "{arguments}: {piece:?}");
    }
    let hostile = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t' | '\u{1b}'))
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(hostile), "{arguments}: {text:?}");
}

#[test]
fn logs_cannot_steer_a_terminal_through_any_command() {
    let place = hostile();
    let log = CODEX_LOG;
    let commands = [
        "list".to_owned(),
        "list --json".to_owned(),
        "list --jsonl".to_owned(),
        "show HEAD".to_owned(),
        "show HEAD --full --color always".to_owned(),
        "show HEAD --json".to_owned(),
        "cat HEAD".to_owned(),
        format!("parse {log} --report"),
        format!("./{log}"),
        "capture --json".to_owned(),
        "--json".to_owned(),
        "--plain".to_owned(),
        "show \"$(printf 'x\\033]0;t\\007\\302\\233')\"".to_owned(),
        "show \"$(printf './x\\033]0;t\\007\\302\\233')\"".to_owned(),
        "list --repo \"$(printf './x\\033]0;t\\007')\" --json".to_owned(),
        "\"$(printf -- '--x\\033]0;t\\007')\"".to_owned(),
        "\"$(printf -- 'x\\033]0;t\\007')\"".to_owned(),
    ];
    for arguments in commands {
        let text = place.on_terminal(&arguments, &[]);
        assert!(!text.trim().is_empty(), "{arguments}");
        assert_tame(&text, &arguments);
    }
    let table = place.on_terminal("", &[("TERM", "dumb")]);
    assert!(table.contains("HEAD is the newest"), "{table}");
    assert_tame(&table, "TERM=dumb");
    assert!(
        place
            .on_terminal("show HEAD", &[])
            .contains("␛]52;c;aGk=␇<U+009B>6n<U+202E><U+2066><U+200B>␡␛[2J")
    );
}

#[test]
fn json_on_a_terminal_means_the_same_and_raw_is_raw() {
    let place = hostile();
    let on_terminal = place.on_terminal("cat HEAD", &[]);
    let in_pipe = place.run(&["cat", "HEAD"]).stdout;
    assert_ne!(on_terminal, in_pipe);
    let parse = |text: &str| -> Vec<serde_json::Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert_eq!(parse(&on_terminal), parse(&in_pipe));
    assert_eq!(place.on_terminal("cat HEAD --raw", &[]), in_pipe);
}

#[test]
fn colours_follow_the_flag_and_the_environment() {
    let place = Place::captured();
    let coloured = |arguments, variables: &[(&str, &str)]| {
        place.on_terminal(arguments, variables).contains("\u{1b}[")
    };
    assert!(coloured("list", &[]));
    assert!(!coloured("list", &[("NO_COLOR", "1")]));
    assert!(!coloured("list", &[("TERM", "dumb")]));
    assert!(!coloured("list --color never", &[]));
    assert!(coloured("list --color always", &[("NO_COLOR", "1")]));
    let piped = |arguments: &[&str], variables: &[(&str, &str)]| {
        place.run_with(arguments, variables).stdout.contains("\u{1b}[")
    };
    assert!(!piped(&["list"], &[]));
    assert!(piped(&["list"], &[("CLICOLOR_FORCE", "1")]));
    assert!(piped(&["list", "--color=always"], &[]));
}

#[test]
fn a_table_fits_the_terminal() {
    let place = Place::captured();
    let text = place.on_terminal("list --color never", &[]);
    insta::assert_snapshot!(text, @"
    ID        WHEN        TOOL         TITLE                          FOLDER
    0195f0aa  2026-03-05  codex        export.py breaks on names wi…  …n/src/reports
    5b1d7c9e  2026-03-04  claude-code  Fix the one-cent error in th…  …obin/src/shop
    ");
}

#[test]
fn the_pager_is_the_users_and_never_needed() {
    let place = Place::captured();
    let plain = place.on_terminal("show HEAD --color never", &[("PAGER", "cat")]);
    let missing = [("PAGER", "no-such-pager")];
    assert_eq!(place.on_terminal("show HEAD --color never", &missing), plain);
    let counted = [("PAGER", "cat"), ("OPENSESSION_PAGER", "wc -l")];
    let lines = place.on_terminal("show HEAD", &counted);
    assert_eq!(lines.trim(), plain.lines().count().to_string());
    let shell = [("GIT_PAGER", "head -n 1 | tr a-z A-Z")];
    assert!(place.on_terminal("show HEAD", &shell).contains("EXPORT.PY BREAKS"));
    // A repository cannot choose the program that is started.
    let config = "[core]\n\tpager = touch pwned\n";
    place.home.write(".git/config", config);
    let _text = place.on_terminal("show HEAD", &[("PAGER", "cat")]);
    assert!(!place.home.path().join("pwned").exists());
    // In a pipe there is no pager.
    let piped = place.run_with(&["show", "HEAD"], &[("PAGER", "touch pwned")]);
    assert!(piped.stdout.starts_with("export.py breaks"));
    assert!(!place.home.path().join("pwned").exists());
}
