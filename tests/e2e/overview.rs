use crate::place::{CLAUDE_LOG, Place};

#[test]
fn a_newcomer_without_logs_learns_where_they_are_looked_for() {
    let place = Place::empty();
    let ran = place.run_with(&[], &[("CODEX_HOME", "/nowhere/codex")]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ran.stdout, @"
    No sessions yet. opensession keeps the sessions of AI coding tools; it looked for their logs here:

    TOOL            FOLDER                                                              SET BY      FOUND
    claude-code     ~/.claude/projects                                                              no such folder, nor 2 other
    codex           /nowhere/codex/sessions                                             CODEX_HOME  no such folder
    codex           /nowhere/codex/archived_sessions                                    CODEX_HOME  no such folder
    qwen-code       ~/.qwen/projects                                                                no such folder, nor 1 other
    gemini-cli      ~/.gemini/tmp                                                                   no such folder
    cline           ~/.config/Code/User/globalStorage/saoudrizwan.claude-dev/tasks                  no such folder, nor 29 other
    roo-code        ~/.config/Code/User/globalStorage/rooveterinaryinc.roo-cline/tasks              no such folder, nor 84 other
    goose           ~/.local/share/goose/sessions                                                   no such folder, nor 1 other
    amp             ~/.local/share/amp/threads                                                      no such folder, nor 28 other
    vscode-copilot  ~/.config/Code/User/workspaceStorage                                            no such folder, nor 83 other
    copilot-cli     ~/.copilot/session-state                                                        no such folder, nor 1 other
    pi              ~/.pi/agent/sessions                                                            no such folder, nor 3 other
    factory-droid   ~/.factory/sessions                                                             no such folder, nor 1 other
    cursor          ~/.config/Cursor/User/globalStorage                                             no such folder, nor 8 other
    continue        ~/.continue/sessions                                                            no such folder, nor 1 other
    aider           ~                                                                               no logs in it
    opencode        ~/.local/share/opencode/storage/session                                         no such folder, nor 1 other
    openhands       ~/.openhands/conversations                                                      no such folder, nor 13 other
    kilo            ~/.local/share/kilo/storage/session                                             no such folder, nor 30 other
    zed             ~/.local/share/zed/threads                                                      no such folder, nor 1 other
    kiro            ~/.kiro/sessions                                                                no such folder, nor 7 other

      opensession demo                see what it does, on made-up logs, without a trace
      opensession status --sources    every place that was looked at
      opensession capture FOLDER      store logs that lie elsewhere
      opensession --help              everything else, with examples
    ");
    assert_eq!(std::fs::read_dir(place.home.path()).unwrap().count(), 0);
}

#[test]
fn the_overview_captures_and_lists() {
    let place = Place::with_logs();
    let ran = place.run(&[]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.starts_with("captured: 2 new; "), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @"
    ID        WHEN        TOOL         TITLE                                                     FOLDER                   PROMPTS  LINES  TOOLS  EVENTS
    0195f0aa  2026-03-05  codex        export.py breaks on names with commas. Write proper CSV.  /home/robin/src/reports        1  +2 -3      3      13
    5b1d7c9e  2026-03-04  claude-code  Fix the one-cent error in the cart total                  /home/robin/src/shop           2  +9 -4      7      22

      opensession show 0195f0aa       read a session; HEAD is the newest
      opensession .                   only those of this repository
      opensession --help              everything else, with examples
    ");
    // The second time there is nothing to say about the capture.
    let again = place.run(&[]);
    assert_eq!((again.stdout, again.stderr.as_str()), (ran.stdout, ""));
    let json = place.json(&["--json"]);
    assert_eq!(json["schema"], 1);
    assert_eq!(json["sessions"], place.json(&["list", "--json"]));
    assert_eq!(json["capture"]["unchanged"], 2);
    assert!(json["roots"].as_array().unwrap().iter().any(|root| root["logs"] == 1));
    place.assert_sound();
}

#[test]
fn a_folder_means_the_sessions_of_its_repository() {
    let place = Place::empty();
    let shop = place.home.path().join("src/shop");
    std::fs::create_dir_all(shop.join("src")).unwrap();
    let _quiet = opensession_testkit::git(&shop, &["init", "--quiet"]);
    let log = String::from_utf8(crate::place::CLAUDE.to_vec()).unwrap();
    let shop_text = shop.canonicalize().unwrap().display().to_string();
    place.home.write(CLAUDE_LOG, log.replace("/home/robin/src/shop", &shop_text));
    place.home.write(crate::place::CODEX_LOG, crate::place::CODEX);
    for folder in ["src/shop", "src/shop/src"] {
        let sessions = &place.json(&[folder, "--json"])["sessions"];
        assert_eq!(sessions.as_array().unwrap().len(), 1, "{folder}");
        assert_eq!(sessions[0]["tool"], "claude-code");
    }
    std::fs::create_dir_all(place.home.path().join("other")).unwrap();
    let none = place.run(&["other"]);
    assert_eq!((none.code, none.stdout.lines().next()), (0, Some("No sessions in ~/other yet.")));
}

#[test]
fn a_log_of_several_sessions_shows_the_first_and_says_how_to_see_the_others() {
    let place = Place::empty();
    let run = |time: &str| {
        format!(
            "# aider chat started at 2026-03-02 {time}\n\n#### raise a price  \n\nI raise it.\n\n"
        )
    };
    let log = place.home.path().join("chat.md");
    std::fs::write(&log, run("10:00:00")).unwrap();
    let one = place.run(&[log.to_str().unwrap()]);
    assert_eq!((one.code, one.stderr.as_str()), (0, ""));
    std::fs::write(&log, run("10:00:00") + &run("11:00:00")).unwrap();
    let two = place.run(&[log.to_str().unwrap()]);
    assert!(two.stdout.starts_with("raise a price\n"), "{}", two.stdout);
    assert!(two.stderr.contains("this log holds 2 sessions"), "{}", two.stderr);
    assert!(two.stderr.contains("`opensession list --tool aider`"), "{}", two.stderr);
    place.assert_sound();
}
