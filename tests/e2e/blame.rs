//! `log` and `blame`: from commits and lines to the sessions and prompts behind them.

use crate::shop::Shop;
use std::fs;

/// A shop in which two sessions and a person work; returns it with the ids of the sessions.
fn busy(shop: &Shop) -> [String; 2] {
    let mut first = shop.agent(1);
    first.says("Apples are too cheap, raise them");
    first.edit("prices.txt", "apple 10", "apple 11 with the new tax");
    shop.commit("raise apples");
    let mut second = shop.agent(2);
    second.says("Add a file with the opening hours");
    second.create("hours.txt", "monday to friday from nine to five\nclosed on sundays\n");
    shop.write("notes.txt", "call the plumber about the kitchen\n");
    shop.commit("opening hours");
    shop.write("prices.txt", &shop.read("prices.txt").replace("plum 7", "plum 8 by hand"));
    shop.commit("plums by hand");
    [first.id, second.id]
}

#[test]
fn a_line_leads_to_the_prompt_that_wrote_it() {
    for shop in [Shop::new(), Shop::enabled()] {
        let [first, second] = busy(&shop);
        let told = shop.run(&["blame", "prices.txt:1"]);
        let commit = shop.git(&["rev-parse", "--short=10", "main~2"]);
        assert_eq!(told.code, 0, "{}{}", told.stdout, told.stderr);
        for part in [
            "  apple 11 with the new tax\n",
            &format!("commit   {commit}  2026-03-02 12:00 UTC"),
            "raise apples",
            &format!("session  {}  claude-code", first.get(..8).unwrap()),
            "  > Apples are too cheap, raise them\n",
            &format!("open it  opensession show {} --event {first}-", first.get(..8).unwrap()),
        ] {
            assert!(told.stdout.contains(part), "{part}\n{}", told.stdout);
        }
        let (_, command) = told.stdout.split_once("open it  opensession ").unwrap();
        let shown = shop.run(&command.trim().split(' ').collect::<Vec<_>>()).stdout;
        assert!(shown.contains("> Apples are too cheap") && shown.contains("→"), "{shown}");
        // A person's lines: in a commit without sessions, and in one that a session shares.
        let own = shop.run(&["blame", "prices.txt:3"]);
        assert_eq!(own.code, 1, "{}", own.stdout);
        assert!(own.stdout.contains("session  none"), "{}", own.stdout);
        let shared = shop.run(&["blame", "notes.txt:1"]);
        assert!(shared.stdout.contains("session  unknown"), "{}", shared.stdout);

        let all = shop.json(&["blame", "hours.txt", "--json"]);
        assert_eq!(all["lines"].as_array().unwrap().len(), 2);
        for line in all["lines"].as_array().unwrap() {
            assert_eq!(line["session"], format!("claude-code.{second}"));
            let prompts = all["prompts"].as_array().unwrap();
            let prompt = prompts.iter().find(|prompt| prompt["event"] == line["prompt"]).unwrap();
            assert_eq!(prompt["text"], "Add a file with the opening hours");
        }
        let lines = shop.run(&["blame", "prices.txt"]).stdout;
        let lines: Vec<Vec<&str>> =
            lines.lines().map(|line| line.split_whitespace().take(3).collect()).collect();
        assert_eq!(lines[0], [commit.as_str(), first.get(..8).unwrap(), "1"]);
        assert_eq!((lines[1][1], lines[2][1], lines.len()), ("-", "-", 3));
        shop.assert_sound();
    }
}

#[test]
fn lines_that_are_not_committed_are_known_too() {
    let shop = Shop::new();
    let mut agent = shop.agent(1);
    agent.says("Pears went up");
    agent.edit("prices.txt", "pear 12", "pear 13 since the frost");
    shop.write("prices.txt", &(shop.read("prices.txt") + "quince 9 typed by a person\n"));
    let told = shop.json(&["blame", "prices.txt", "--json"]);
    let lines = told["lines"].as_array().unwrap();
    let session = serde_json::json!(format!("claude-code.{}", agent.id));
    assert_eq!((&lines[1]["commit"], &lines[1]["session"]), (&serde_json::Value::Null, &session));
    assert_eq!(
        (&lines[3]["commit"], &lines[3]["session"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert!(lines[0]["commit"].is_string() && lines[0]["session"].is_null(), "{told}");
    let shown = shop.run(&["blame", "prices.txt:2"]).stdout;
    assert!(shown.contains("not committed yet") && shown.contains("> Pears went up"), "{shown}");
    shop.assert_sound();
}

#[test]
fn what_cannot_be_blamed_is_named() {
    let shop = Shop::new();
    fs::write(shop.folder.join("image.bin"), b"\x89PNG\0\0").unwrap();
    fs::create_dir(shop.folder.join("src")).unwrap();
    for (place, code, said) in [
        ("nowhere.txt", 3, "no such file"),
        ("prices.txt:4", 2, "has 3 lines"),
        ("prices.txt:0", 2, "has 3 lines"),
        ("prices.txt:3-2", 2, "has 3 lines"),
        ("image.bin", 2, "is no text"),
        ("src", 2, "is a folder"),
        ("../.gitconfig-of-nobody", 3, "no such file"),
    ] {
        let ran = shop.run(&["blame", place]);
        assert_eq!(ran.code, code, "{place}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{place}: {}", ran.stderr);
    }
    fs::write(shop.place.home.path().join("outside.txt"), "a\n").unwrap();
    let outside = shop.run(&["blame", "../outside.txt"]);
    assert_eq!(outside.code, 2, "{}", outside.stderr);
    // Before the first commit, and a file that has a line's name.
    let empty = shop.place.home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    shop.git_in(&empty, &["init", "--quiet"]);
    fs::write(empty.join("a.txt:1"), "one\n").unwrap();
    let ran = shop.run_in(&empty, &["blame", "a.txt:1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "0000000000  -  1  one\n"));
    assert_eq!(shop.run_in(&empty, &["log"]).code, 2);
}

#[test]
fn commits_are_listed_with_the_sessions_behind_them() {
    for shop in [Shop::new(), Shop::enabled()] {
        let [first, second] = busy(&shop);
        let short = |id: &str| id.get(..8).unwrap().to_owned();
        let text = shop.run(&["log"]).stdout;
        let subjects = ["plums by hand", "opening hours", "raise apples", "the first prices"];
        let places: Vec<usize> = subjects.iter().map(|one| text.find(one).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
        assert!(text.contains(&format!("    {}  claude-code  ", short(&first))), "{text}");
        assert!(text.lines().filter(|line| line.ends_with("(1 file)")).count() == 2, "{text}");

        let linked = shop.json(&["log", "--linked", "--json"]);
        let commits = linked.as_array().unwrap();
        assert_eq!(commits.len(), 2, "{linked}");
        assert_eq!(commits[0]["subject"], "opening hours");
        assert_eq!(commits[0]["sessions"][0]["session"]["id"], second.as_str());
        assert_eq!(commits[0]["sessions"][0]["files"], serde_json::json!(["hours.txt"]));
        assert_eq!(commits[1]["sessions"][0]["session"]["id"], first.as_str());

        let subjects = |arguments: &[&str]| {
            let arguments = [&["log", "--jsonl"], arguments].concat();
            let ran = shop.run(&arguments);
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            let subject = |line: &str| -> String {
                let commit: serde_json::Value = serde_json::from_str(line).unwrap();
                commit["subject"].as_str().unwrap().to_owned()
            };
            ran.stdout.lines().map(subject).collect::<Vec<_>>()
        };
        assert_eq!(subjects(&["-n", "1"]), ["plums by hand"]);
        assert_eq!(subjects(&["--limit", "1", "--linked"]), ["opening hours"]);
        assert_eq!(subjects(&["main~2..main", "--", "hours.txt"]), ["opening hours"]);
        assert_eq!(subjects(&["--all", "hours.txt"]), ["opening hours"]);
        assert_eq!(subjects(&["--tool", "codex,claude-code"]), ["opening hours", "raise apples"]);
        assert_eq!(subjects(&["--tool", "codex"]), [""; 0]);
        assert_eq!(subjects(&["--grep", "^opening"]), ["opening hours"]);
        assert_eq!(subjects(&["--author", "nobody"]), [""; 0]);
        let later = ["plums by hand", "opening hours", "raise apples"];
        for (flags, expected) in [
            (["--since", "2026-03-02T12:00:00Z"], &later[..]),
            (["--after", "2026-03-02T12:00:00.001Z"], &[]),
            (["--until", "2026-03-02T09:00:00Z"], &["the first prices"]),
            (["--before", "2026-03-02T09:00:00Z"], &[]),
            (["--before", "2026-03-02T12:00:00Z"], &["the first prices"]),
            (["--until", "2026-03-02T11:59:59Z"], &["the first prices"]),
            (["--since", "3d"], &[]),
        ] {
            assert_eq!(subjects(&flags), expected, "{flags:?}");
        }
        assert_eq!(
            subjects(&["--since", "2026-03-01", "--until", "2026-03", "-n", "2"]),
            later[..2]
        );
        let odd = shop.run(&["log", "--since", "soonish"]);
        assert_eq!(odd.code, 2, "{}", odd.stderr);
        assert!(odd.stderr.contains("since:soonish makes no sense"), "{}", odd.stderr);
        assert_eq!(shop.json(&["log", "--json", "-n", "0"]), serde_json::json!([]));
        let odd = shop.run(&["log", "no-such-branch"]);
        assert_eq!(odd.code, 2, "{}", odd.stderr);
        assert!(odd.stderr.contains("no-such-branch"), "{}", odd.stderr);
        let odd = shop.run(&["log", "no-such-branch", "--json"]);
        assert_eq!((odd.code, odd.stdout.as_str()), (2, ""));
        shop.assert_sound();
    }
}
