use crate::place::Place;

#[test]
fn errors_are_on_standard_error_with_a_hint_and_a_code() {
    let place = Place::captured();
    let ran = place.run(&["show", "nothing"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    insta::assert_snapshot!(ran.stderr, @r#"
    error: no session is named "nothing"
    hint: `opensession list` shows the sessions that are stored, `opensession capture` stores new ones
    "#);
    let json = place.run(&["show", "nothing", "--json"]);
    assert_eq!(json.code, 3);
    let error: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!(error["error"]["kind"], "not_found");
    assert!(error["error"]["hint"].is_string());
}

#[test]
fn each_kind_of_failure_has_its_code() {
    let place = Place::captured();
    let code = |arguments: &[&str]| place.run(arguments).code;
    assert_eq!(code(&["list", "--no-such-flag"]), 2);
    assert_eq!(code(&["lst"]), 2);
    assert_eq!(code(&["./lst"]), 3);
    assert_eq!(code(&["show", "HEAD~99"]), 3);
    assert_eq!(code(&["list", "--repo", "no/such/folder"]), 3);
    let no_repository = place.run(&["list", "--repo", ".codex"]);
    assert_eq!(no_repository.code, 3);
    assert!(
        no_repository.stderr.contains("not a git repository\nhint: --repo "),
        "{}",
        no_repository.stderr
    );
    assert_eq!(code(&[".", "list"]), 2);
    place.home.write(".config/opensession/opensession.toml", "[watchers]\ncustom_paths = 7\n");
    let ran = place.run(&["list"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("opensession.toml, line 2: watchers.custom_paths"),
        "{}",
        ran.stderr
    );
}

#[test]
fn wrong_arguments_are_explained_also_in_json() {
    let place = Place::empty();
    let ran = place.run(&["list", "--limt", "3"]);
    insta::assert_snapshot!(ran.stderr, @"
    error: unexpected argument '--limt' found
    hint: a similar argument exists: '--limit'
    hint: usage: opensession list --limit <N> [QUERY]...
    hint: for more information, try '--help'.
    ");
    let json = place.run(&["list", "--limt", "3", "--json"]);
    let error: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!((json.code, &error["error"]["kind"]), (2, &"usage".into()));
}

#[test]
fn a_reader_that_goes_away_is_success() {
    let place = Place::captured();
    let program = env!("CARGO_BIN_EXE_opensession");
    let mut shell = opensession_testkit::command("bash", place.home.path());
    let line = format!(
        "{program} cat HEAD | true; echo ${{PIPESTATUS[0]}}; {program} show HEAD --full | true; echo ${{PIPESTATUS[0]}}"
    );
    let output = shell.args(["-c", &line]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0\n0\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
