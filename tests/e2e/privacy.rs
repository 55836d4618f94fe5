//! What the user wants to be kept out of the store beside secrets: set in the configuration, gone from every object.

use crate::place::{CODEX, CODEX_LOG, Place};
use crate::shop::Shop;
use opensession_testkit::command;
use serde_json::json;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

/// Sets options of the user's.
pub(crate) fn configure(place: &Place, privacy: &str) {
    let text = format!("[privacy]\n{privacy}\n");
    place.home.write(".config/opensession/opensession.toml", text);
}

/// Returns everything that git holds in a repository, reachable or not, segments as the text that they are.
pub(crate) fn objects(repository: &Path) -> String {
    let run = |program: &str, arguments: &[&str], input: &[u8]| {
        let mut command = command(program, repository);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input).unwrap());
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{program}");
            output.stdout
        })
    };
    let check = ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"];
    let listed = String::from_utf8(run("git", &check, b"")).unwrap();
    let mut all = String::new();
    for line in listed.lines() {
        let (kind, id) = line.split_once(' ').unwrap();
        let mut bytes = run("git", &["cat-file", kind, id], b"");
        if bytes.starts_with(b"\x28\xb5\x2f\xfd") {
            bytes = run("zstd", &["-dc"], &bytes);
        }
        all.push_str(&String::from_utf8_lossy(&bytes));
    }
    all
}

#[test]
fn sessions_are_found_and_linked_though_no_object_names_the_home_folder() {
    let shop = Shop::new();
    configure(&shop.place, "strip_paths = true");
    assert_eq!(shop.run(&["init", "--yes"]).code, 0);
    let home = shop.folder.parent().unwrap();
    let name = home.file_name().unwrap().to_str().unwrap();
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "pear 12", "pear 14, since the last storm");
    let elsewhere = shop.agent_in(2, home);
    // As Claude Code calls the folder.
    let dashed = shop.folder.to_str().unwrap().replace('/', "-");
    let logs = shop.place.home.path().join(".claude/projects");
    fs::rename(logs.join("-shop"), logs.join(dashed)).unwrap();
    let commit = shop.commit("dearer pears");
    shop.settle();
    assert_eq!(shop.links(&commit), [agent.id.clone()]);

    let ids = |listed: serde_json::Value| {
        let rows = listed["sessions"].as_array().unwrap().clone();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(shop.json(&[".", "--json"])), [agent.id.clone()]);
    let everywhere = ids(shop.json(&[home.to_str().unwrap(), "--json"]));
    assert_eq!(everywhere.len(), 2, "{everywhere:?}");
    let shown = shop.run(&["show", &agent.id]);
    assert!(shown.stdout.contains("~/shop") && !shown.stdout.contains(name), "{}", shown.stdout);
    let shown = shop.run(&["show", &commit]);
    assert!(shown.stdout.contains("\n  prices.txt"), "{}{}", shown.stdout, shown.stderr);

    for repository in [shop.folder.clone(), shop.place.store()] {
        let objects = objects(&repository);
        assert!(!objects.contains(name), "{} names the home folder", repository.display());
        assert!(objects.contains("\"cwd\":\"~"), "{}", repository.display());
    }
    let status = shop.run(&["status"]);
    assert!(status.stdout.contains("kept out    strip_paths\n"), "{}", status.stdout);
    assert_eq!(shop.json(&["status", "--json"])["privacy"], json!(["strip_paths"]));
    let tips = || {
        let own = shop.git(&["rev-parse", "opensession/sessions"]);
        (own, shop.git_in(&shop.place.store(), &["rev-parse", "opensession/sessions"]))
    };
    let before = tips();
    // Without its memory a capture reads every log anew.
    fs::remove_dir_all(shop.place.home.path().join(".local/share/opensession/captured")).unwrap();
    let again = shop.run(&["capture"]);
    assert_eq!((again.code, tips()), (0, before), "{}{}", again.stdout, again.stderr);
    assert_eq!(shop.links(&commit), [agent.id.clone()]);
    assert_ne!(elsewhere.id, agent.id);
    shop.assert_sound();
}

#[test]
fn contents_of_excluded_files_reach_no_object_and_the_rest_is_kept() {
    let shop = Shop::enabled();
    configure(&shop.place, "exclude_patterns = ['*.pem', '.env*']");
    shop.write(".opensession/config.toml", "[privacy]\nexclude_patterns = ['secrets/**']\n");
    let mut agent = shop.agent(1);
    agent.create(".env", "GREETING=good-morning-everybody\n");
    agent.create("secrets/plan.md", "a plan that nobody else may read\n");
    agent.create("readme.md", "what everybody may read\n");
    agent.edit("secrets/plan.md", "nobody else", "not even the cat");
    agent.run("cat .env readme.md", "GREETING=good-morning-everybody\nwhat everybody may read\n");
    agent.run(
        "grep -rn may .",
        "secrets/plan.md:1:a plan that not even the cat may read\nreadme.md:1:ok\n",
    );
    let ran = shop.run(&["capture"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let log = shop.place.home.path().join(format!(".claude/projects/-shop/{}.jsonl", agent.id));
    let parsed = shop.run(&["parse", "--redact", log.to_str().unwrap()]).stdout;
    assert_eq!(parsed, shop.run(&["cat", &agent.id]).stdout);
    let all = objects(&shop.folder);
    for text in [&parsed, &all] {
        for gone in ["good-morning", "nobody else", "not even the cat"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        assert!(text.contains("what everybody may read") && text.contains("shop/.env\""));
        assert!(text.contains("[excluded:.env*]") && text.contains("[excluded:secrets/**]"));
        assert!(text.contains("readme.md:1:ok"));
    }
    assert!(all.contains("\"excluded\":9"), "{all}");
    // Nothing is found again in what is read from the middle on.
    agent.run("cat secrets/plan.md", "a plan that not even the cat may read\n");
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert!(!objects(&shop.folder).contains("not even the cat"));

    // Whoever cannot say what is to be kept out gets nothing stored.
    shop.write(".opensession/config.toml", "[privacy]\n\nexclude_patterns = 'secrets/**'\n");
    let tip = shop.git(&["rev-parse", "opensession/sessions"]);
    agent.run("ls", "prices.txt\n");
    let refused = shop.run(&["capture"]);
    let reason =
        "/.opensession/config.toml, line 3: privacy.exclude_patterns must be a list of strings";
    assert_eq!(refused.code, 8, "{}", refused.stdout);
    assert!(refused.stderr.contains(reason), "{}", refused.stderr);
    let config = shop.folder.join(".opensession/config.toml");
    fs::remove_file(&config).unwrap();
    assert!(shop.command("mkfifo", &shop.folder).arg(&config).status().unwrap().success());
    let refused = shop.run(&["capture"]);
    assert_eq!(refused.code, 8, "{}", refused.stdout);
    assert!(
        refused.stderr.contains("it is no file of at most 1048576 bytes"),
        "{}",
        refused.stderr
    );
    assert_eq!(shop.git(&["rev-parse", "opensession/sessions"]), tip);
    shop.assert_sound();
}

#[test]
fn sessions_of_excluded_folders_are_captured_nowhere_until_they_are_wanted() {
    let shop = Shop::enabled();
    configure(&shop.place, "exclude_repos = ['~/sh*/']");
    let home = shop.folder.parent().unwrap();
    let linked = home.join("elsewhere");
    shop.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    let agent = shop.agent(1);
    let others = [shop.agent_in(2, &linked), shop.agent_in(3, home)];
    let captured = shop.run(&["capture"]);
    assert!(captured.stdout.starts_with("1 new, 2 excluded; "), "{}", captured.stdout);
    let log = shop.place.home.path().join(format!(".claude/projects/-shop/{}.jsonl", agent.id));
    let named = shop.run(&["capture", "--repo", ".", log.to_str().unwrap()]);
    assert_eq!((named.code, named.stdout.as_str()), (0, "1 excluded\n"), "{}", named.stderr);
    assert_eq!(shop.run(&["capture"]).stdout, "1 unchanged, 2 excluded\n");
    let status = shop.run(&["status"]).stdout;
    assert!(status.contains("excluded by the configuration: ~/sh*"), "{status}");
    let stored = shop.run(&["list", "--jsonl"]).stdout;
    assert!(stored.lines().count() == 1 && stored.contains(&others[1].id), "{stored}");
    configure(&shop.place, "exclude_repos = []");
    let captured = shop.run(&["capture"]);
    assert!(captured.stdout.starts_with("2 new, 1 unchanged; "), "{}", captured.stdout);
    shop.assert_sound();
}

#[test]
fn names_and_addresses_reach_no_object_where_they_are_not_wanted() {
    let place = Place::empty();
    let said = "nina@wonder-box: ask nina.r@corp.io about 84.12.7.230 and fe80::1c2d:3eff:fe4f:5a6b: \
                MODE=very-fast make";
    let log = String::from_utf8(CODEX.to_vec()).unwrap().replace("names with commas", said);
    assert!(log.contains(said));
    place.home.write(CODEX_LOG, log);
    configure(
        &place,
        "strip_user = true\nstrip_emails = true\nstrip_hosts = true\nstrip_ips = true\nstrip_env_vars = true",
    );
    let captured =
        place.run_with(&["capture"], &[("USER", "nina"), ("HOSTNAME", "wonder-box.corp.io")]);
    assert_eq!(captured.code, 0, "{}", captured.stderr);
    let all = objects(&place.store());
    for gone in ["nina", "wonder-box", "corp.io", "84.12.7", "fe80::", "very-fast"] {
        assert!(!all.contains(gone), "{gone}: {all}");
    }
    let rules = ["user", "host", "email", "ip", "env-value"];
    assert!(rules.iter().all(|rule| all.contains(&format!("[redacted:{rule}:"))), "{all}");
    assert!(all.contains("\"ip\":") && all.contains("\"email\":"), "{all}");
    let options =
        json!(["strip_env_vars", "strip_user", "strip_emails", "strip_hosts", "strip_ips"]);
    assert_eq!(place.json(&["status", "--json"])["privacy"], options);
    place.assert_sound();
}

#[test]
fn an_option_that_is_changed_holds_for_new_events_and_nothing_stored_is_replaced() {
    let shop = Shop::new();
    configure(&shop.place, "strip_paths = true\nstrip_emails = true");
    let mut agent = shop.agent(1);
    let path = shop.folder.to_str().unwrap();
    agent.run(&format!("ls {path}/old # nina@corp.io"), "old");
    // Two logs tell the session, so every capture compares it with what is stored.
    let logs = shop.place.home.path().join(".claude/projects");
    let log = logs.join(format!("-shop/{}.jsonl", agent.id));
    let other = logs.join(format!("-copy/{}.jsonl", agent.id));
    fs::create_dir(logs.join("-copy")).unwrap();
    let copy = || fs::copy(&log, &other).unwrap();
    copy();
    assert_eq!(shop.run(&["capture"]).code, 0);
    let stored = shop.run(&["cat", &agent.id]).stdout;
    assert!(stored.contains("ls ~/shop/old # [redacted:email:"), "{stored}");

    configure(&shop.place, "strip_paths = false");
    agent.run(&format!("ls {path}/new # nina@corp.io"), "new");
    copy();
    assert_eq!(shop.run(&["capture"]).code, 0);
    let grown = shop.run(&["cat", &agent.id]).stdout;
    let old = stored.lines().filter(|line| line.contains("\"event\""));
    assert!(old.clone().count() > 2 && old.clone().all(|line| grown.contains(line)), "{grown}");
    assert!(grown.contains(&format!("ls {path}/new # nina@corp.io")), "{grown}");
    assert!(!grown.contains(&format!("{path}/old")), "{grown}");
    let manifests = objects(&shop.place.store());
    assert!(!manifests.contains("\"generation\": 1"), "{manifests}");
    shop.assert_sound();
}
