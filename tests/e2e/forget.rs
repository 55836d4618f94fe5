//! Sessions that are forgotten stay so, in every store, until they are restored.

use crate::again::holds;
use crate::place::{CLAUDE, CLAUDE_LOG, Place, Ran};
use crate::shop::Shop;
use opensession_testkit::{fsck_strict, git};
use serde_json::Value;
use std::fs;
use std::path::Path;

const BRANCH: &str = "refs/heads/opensession/sessions";
const ID: &str = "5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901";

fn ids(listed: &Value) -> Vec<&str> {
    listed.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

fn done(ran: &Ran) {
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

/// Writes the first `lines` lines of the log of Claude Code.
fn tell(place: &Place, lines: usize) {
    let log: Vec<&str> = std::str::from_utf8(CLAUDE).unwrap().lines().take(lines).collect();
    place.home.write(CLAUDE_LOG, log.join("\n") + "\n");
}

/// Returns the manifest of a session on a branch, by plain git; `None` where it does not stand there.
fn manifest(folder: &Path, id: &str) -> Option<Value> {
    let listing = git(folder, &["ls-tree", "-r", "--name-only", BRANCH]);
    let end = format!(".{id}/session.json");
    let path = listing.lines().find(|path| path.ends_with(&end))?;
    let json = git(folder, &["cat-file", "blob", &format!("{BRANCH}:{path}")]);
    Some(serde_json::from_str(&json).unwrap())
}

#[test]
fn a_forgotten_session_is_left_alone_until_it_is_restored_and_then_goes_on() {
    let place = Place::with_logs();
    tell(&place, 12);
    done(&place.run(&["capture"]));
    let tip = || git(&place.store(), &["rev-parse", BRANCH]);
    let before = tip();
    let refused = place.run(&["forget", "5b1d"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    let dry = place.run(&["forget", "5b1d", "--dry-run"]);
    assert!(dry.stdout.contains("2026-03-04") && dry.stdout.contains(ID), "{}", dry.stdout);
    assert!(dry.stdout.ends_with("1 session would be forgotten; nothing was changed\n"));
    assert_eq!(tip(), before);
    assert_eq!(place.run(&["forget", "nobody", "--yes"]).code, 3);

    let forgotten = place.json(&["forget", "5b1d", "--yes", "--json"]);
    assert_eq!(forgotten["sessions"][0]["id"], ID);
    assert_eq!((&forgotten["versions"], &forgotten["dry_run"]), (&1.into(), &false.into()));
    assert_eq!(ids(&place.json(&["list", "--json"])).len(), 1);
    assert_eq!(place.run(&["search", "tool:claude-code"]).code, 1);
    for command in ["show", "cat"] {
        let ran = place.run(&[command, "5b1d"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
        assert!(ran.stderr.starts_with(&format!("error: claude-code.{ID} was forgotten\n")));
        assert!(ran.stderr.contains(&format!("`opensession restore {ID}`")), "{}", ran.stderr);
    }

    // Its log is looked at once, then not any more.
    let after = tip();
    assert_eq!(place.run(&["capture"]).stdout, "1 unchanged, 1 forgotten\n");
    let second = place.json(&["capture", "--json"]);
    assert_eq!((&second["forgotten"], &second["failed"]), (&1.into(), &0.into()));
    assert_eq!(second["logs"], Value::Array(vec![]));
    tell(&place, 16);
    let grown = place.json(&["capture", "--json"]);
    assert_eq!(grown["logs"][0]["sessions"][0]["outcome"], "forgotten");
    assert_eq!(tip(), after);
    // Not even where nothing is remembered of it, and its log is told otherwise.
    fs::remove_dir_all(place.home.path().join(".local/share/opensession/captured")).unwrap();
    let text = std::str::from_utf8(CLAUDE).unwrap().replace("{\"parentUuid\"", "{ \"parentUuid\"");
    place.home.write(CLAUDE_LOG, text);
    assert_eq!(place.json(&["capture", "--json"])["forgotten"], 1);
    assert_eq!(tip(), after);
    let status = place.json(&["status", "--json"]);
    assert_eq!(
        (&status["stores"][0]["forgotten"], &status["failures"]),
        (&1.into(), &Value::Array(vec![]))
    );
    assert!(place.run(&["status"]).stdout.contains(" (your own store), 1 forgotten\n"));
    assert_eq!(place.run(&["fsck"]).code, 0);
    place.assert_sound();

    tell(&place, 16);
    let restored = place.run(&["restore", "5b1d"]);
    done(&restored);
    assert!(restored.stdout.ends_with("sessions.git, from the history\n"), "{}", restored.stdout);
    assert_eq!(manifest(&place.store(), ID).unwrap()["generation"], 1);
    let captured = place.json(&["capture", "--json"]);
    assert_eq!((&captured["grown"], &captured["forgotten"]), (&1.into(), &0.into()), "{captured}");
    place.home.write(CLAUDE_LOG, CLAUDE);
    assert_eq!(place.json(&["capture", "--json"])["grown"], 1);
    let grown = manifest(&place.store(), ID).unwrap();
    assert_eq!((&grown["generation"], &grown["stats"]["event_count"]), (&1.into(), &22.into()));
    assert_eq!(place.run(&["capture"]).stdout, "2 unchanged\n");
    assert_eq!(ids(&place.json(&["list", "--json"])).len(), 2);
    let twice = place.run(&["restore", "5b1d"]);
    assert_eq!(twice.code, 2, "{}", twice.stderr);
    // And it can be forgotten again.
    done(&place.run(&["forget", "HEAD~", "--yes"]));
    assert_eq!(place.run(&["capture"]).stdout, "1 unchanged, 1 forgotten\n");
    assert_eq!(place.run(&["fsck"]).code, 0);
    place.assert_sound();
}

#[test]
fn what_is_forgotten_in_one_store_does_not_come_back_from_another() {
    let shop = Shop::new();
    let (mut first, mut second) = (shop.agent(1), shop.agent(2));
    first.edit("prices.txt", "apple 10", "apple 11");
    second.edit("prices.txt", "pear 12", "pear 13");
    done(&shop.run(&["capture"]));
    // One is forgotten before the repository keeps its own.
    done(&shop.run(&["forget", &second.id, "--yes"]));
    let enabled = shop.json(&["init", "--yes", "--json"]);
    assert_eq!((&enabled["brought"], &enabled["left"]), (&1.into(), &0.into()), "{enabled}");
    second.says("And now?");
    done(&shop.run(&["capture"]));
    assert_eq!(shop.sessions(), [first.id.clone()]);

    // The other one stands in both stores.
    let commit = shop.commit("raise prices");
    shop.settle();
    assert_eq!(shop.links(&commit), [first.id.clone()]);
    let forgotten = shop.json(&["forget", "00000001", "--yes", "--json"]);
    assert_eq!(
        (&forgotten["versions"], &forgotten["links"]),
        (&2.into(), &1.into()),
        "{forgotten}"
    );
    assert_eq!(forgotten["sessions"][0]["stores"].as_array().unwrap().len(), 2);
    let is_gone = || {
        assert_eq!(shop.json(&["list", "--json"]), Value::Array(vec![]));
        assert_eq!(shop.json(&[".", "--json"])["sessions"], Value::Array(vec![]));
        assert_eq!(shop.sessions(), [""; 0]);
    };
    is_gone();
    assert_eq!(shop.run(&["show", &commit]).code, 1);
    first.says("Go on, please");
    done(&shop.run(&["capture"]));
    is_gone();
    // Neither where the repository keeps no sessions any more, nor where it does so again.
    done(&shop.run(&["deinit", "--yes"]));
    first.says("And on");
    done(&shop.run(&["capture"]));
    is_gone();
    let again = shop.json(&["init", "--yes", "--json"]);
    assert_eq!((&again["brought"], &again["failed"]), (&0.into(), &Value::Array(vec![])));
    done(&shop.run(&["capture", "--repo", "."]));
    is_gone();

    done(&shop.run(&["restore", "00000001"]));
    done(&shop.run(&["capture"]));
    assert_eq!(shop.sessions(), [first.id.clone()]);
    assert_eq!(manifest(&shop.folder, &first.id).unwrap()["generation"], 1);
    let text = shop.run(&["cat", "00000001"]).stdout;
    assert!(text.contains("And on"), "{text}");
    assert_eq!(shop.run(&["fsck"]).code, 0);
    shop.assert_sound();
}

#[test]
fn what_a_remote_still_has_is_not_shown_and_comes_back_only_when_asked_for() {
    let shop = Shop::enabled();
    let remote = shop.place.home.path().join("remote.git");
    shop.git(&["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    shop.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "apple 10", "apple 11");
    let commit = shop.commit("raise a price");
    shop.settle();
    done(&shop.run(&["capture"]));
    shop.git(&["push", "--quiet", "origin", "opensession/sessions"]);
    let ran = shop.run(&["forget", "HEAD", "--yes"]);
    done(&ran);
    assert!(ran.stdout.contains("origin had it when it was last fetched"), "{}", ran.stdout);
    assert_eq!(shop.json(&[".", "--json"])["sessions"], Value::Array(vec![]));
    assert_eq!(shop.json(&["list", "--repo", ".", "--json"]), Value::Array(vec![]));
    assert_eq!(
        shop.json(&["search", "apple", "--repo", ".", "--json"])["sessions"],
        Value::Array(vec![])
    );
    assert_eq!(shop.run(&["show", "00000001", "--repo", "."]).code, 3);
    assert_eq!(shop.run(&["show", &commit]).code, 1);
    assert_eq!(shop.json(&["log", "main~1..main", "--json"])[0]["sessions"], Value::Array(vec![]));
    let blamed = shop.json(&["blame", "prices.txt:1", "--json"]);
    assert_eq!(blamed["sessions"], Value::Array(vec![]), "{blamed}");

    // The history is gone; the copy that was fetched is not.
    let tree = shop.git(&["rev-parse", &format!("{BRANCH}^{{tree}}")]);
    let root = shop.git(&["commit-tree", &tree, "-m", "anew"]);
    shop.git(&["update-ref", BRANCH, &root]);
    let restored = shop.json(&["restore", "00000001", "--json"]);
    assert_eq!(restored["sessions"][0]["from"], "copy", "{restored}");
    assert_eq!(shop.sessions(), [agent.id.clone()]);
    assert_eq!(shop.run(&["fsck"]).code, 0);
    fsck_strict(&remote);
    shop.assert_sound();
}

#[test]
fn sessions_with_a_mark_are_forgotten_together() {
    let shop = Shop::enabled();
    let secret = "correct-horse-battery";
    shop.write(".env", &format!("INTERNAL_PASSWORD={secret}\n"));
    for number in 1..4 {
        let mut agent = shop.agent(number);
        agent.says(if number == 2 { "nothing" } else { secret });
    }
    done(&shop.run(&["capture"]));
    let text = shop.run(&["cat", "00000001"]).stdout;
    let mark = text.split("[redacted:").nth(1).unwrap().split(']').next().unwrap();
    let dry = shop.json(&["forget", "--secret", mark, "--dry-run", "--json"]);
    let told = dry["sessions"].as_array().unwrap().iter();
    let mut told: Vec<&str> =
        told.map(|one| one["id"].as_str().unwrap().get(..8).unwrap()).collect();
    told.sort_unstable();
    assert_eq!((told, &dry["dry_run"]), (vec!["00000001", "00000003"], &true.into()));
    assert_eq!(shop.sessions().len(), 3);
    done(&shop.run(&["forget", "--secret", mark, "--yes"]));
    assert_eq!(shop.sessions().len(), 1);
    let none = shop.run(&["forget", "--secret", mark, "--yes"]);
    assert_eq!(none.stdout, format!("no session has [redacted:{mark}]\nNothing to forget.\n"));
    assert_eq!(shop.run(&["forget", "--secret", "no mark"]).code, 2);
    assert_eq!(shop.run(&["forget"]).code, 2);
    assert_eq!(shop.run(&["restore", "0000000"]).code, 2, "two are meant");
    shop.assert_sound();
}

/// Returns how many sessions stand on the branch of a repository, by plain git.
fn standing(folder: &Path) -> usize {
    let listing = git(folder, &["ls-tree", "-r", "--name-only", BRANCH]);
    listing.lines().filter(|path| path.ends_with("/session.json")).count()
}

#[test]
fn only_old_sessions_are_pruned_and_only_once() {
    let place = Place::captured();
    let tip = || git(&place.store(), &["rev-parse", BRANCH]);
    let before = tip();
    assert_eq!(place.run(&["prune"]).code, 2);
    assert_eq!(place.run(&["prune", "--keep-days", "0"]).code, 2);
    let far = place.json(&["prune", "--keep-days", "100000", "--json"]);
    assert_eq!((&far["sessions"], &far["dry_run"]), (&Value::Array(vec![]), &true.into()));
    let dry = place.run(&["prune", "--keep-days", "30"]);
    done(&dry);
    let said = "2 sessions would be forgotten; nothing was changed\n`--yes` does it.\n";
    assert!(dry.stdout.ends_with(said), "{}", dry.stdout);
    assert_eq!(tip(), before);

    place
        .home
        .write(".config/opensession/opensession.toml", "[git_storage.retention]\nkeep_days = 30\n");
    assert_eq!(place.run(&["prune"]).code, 2, "it is off");
    place.home.write(
        ".config/opensession/opensession.toml",
        "[git_storage.retention]\nenabled = true\nkeep_days = 30\n",
    );
    assert_eq!(place.json(&["prune", "--json"])["sessions"].as_array().unwrap().len(), 2);
    done(&place.run(&["prune", "--yes"]));
    assert_eq!(standing(&place.store()), 0);
    assert_eq!(place.run(&["capture"]).stdout, "2 forgotten\n");
    let after = tip();
    let again = place.run(&["prune", "--yes"]);
    assert_eq!((again.stdout.as_str(), tip()), ("Nothing to forget.\n", after));
    done(&place.run(&["restore", "5b1d"]));
    assert_eq!(place.run(&["fsck"]).code, 0);
    place.assert_sound();
}

#[test]
fn what_a_run_that_was_killed_forgot_by_half_is_forgotten_by_the_next() {
    let shop = Shop::enabled();
    let (first, second) = (shop.agent(1), shop.agent(2));
    done(&shop.run(&["capture"]));
    let before = shop.git(&["rev-parse", BRANCH]);
    done(&shop.run(&["forget", &first.id, "--yes"]));
    // It stands in the user's own store that it is forgotten; the repository comes after that.
    shop.git(&["update-ref", BRANCH, &before]);
    done(&shop.run(&["forget", &first.id, "--yes"]));
    assert_eq!(shop.sessions(), [second.id]);
    let again = shop.run(&["forget", &first.id, "--yes"]);
    assert_eq!(again.code, 3);
    assert!(again.stderr.contains("was forgotten"), "{}", again.stderr);
    shop.assert_sound();
}

#[test]
fn a_session_that_goes_on_is_not_old() {
    let shop = Shop::enabled();
    let (agent, mut other) = (shop.agent(1), shop.agent(2));
    done(&shop.run(&["capture"]));
    // What the second one says next is said in the far future.
    let log = format!(".claude/projects/-shop/{}.jsonl", other.id);
    other.says("Still here");
    let path = shop.place.home.path().join(&log);
    let text = fs::read_to_string(&path).unwrap();
    let (first, last) = text.trim_end().rsplit_once('\n').unwrap();
    shop.place.home.write(&log, format!("{first}\n{}\n", last.replace("2026-03-02", "2199-03-02")));
    done(&shop.run(&["capture"]));
    let dry = shop.json(&["prune", "--keep-days", "1", "--repo", ".", "--json"]);
    let old: Vec<&str> =
        dry["sessions"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(old, [agent.id.as_str()]);
    done(&shop.run(&["prune", "--keep-days", "1", "--yes"]));
    assert_eq!(shop.sessions(), [other.id.clone()]);
    shop.assert_sound();
}

#[test]
fn a_purge_takes_what_was_forgotten_out_of_the_history_and_says_what_it_cannot_reach() {
    let shop = Shop::enabled();
    let remote = shop.place.home.path().join("remote.git");
    shop.git(&["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    shop.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    let (mut first, mut second) = (shop.agent(1), shop.agent(2));
    first.says("the unspeakable");
    second.says("the harmless");
    done(&shop.run(&["sync", "--yes", "origin"]));
    let clone = shop.place.home.path().join("clone");
    shop.git_in(
        shop.place.home.path(),
        &["clone", "--quiet", "--bare", remote.to_str().unwrap(), "clone"],
    );
    done(&shop.run(&["forget", &first.id, "--yes"]));
    // Something of the user's own that nothing leads to.
    shop.write("lost.txt", "a line that was never committed\n");
    let lost = shop.git(&["hash-object", "-w", "lost.txt"]);
    let old = shop.git(&["rev-parse", BRANCH]);
    let others = || shop.git(&["reflog", "show", "--format=%H", "HEAD"]);
    let reflog = others();
    assert_eq!(shop.run(&["purge", "--repo", "."]).code, 2, "nobody was asked");

    let purged = shop.json(&["purge", "--repo", ".", "--yes", "--json"]);
    assert_eq!((&purged["epoch"], &purged["kept"]), (&1.into(), &true.into()), "{purged}");
    assert_eq!((&purged["old"], &purged["remotes"][0]["name"]), (&old.into(), &"origin".into()));
    assert_eq!(shop.git(&["rev-list", "--count", BRANCH]), "1");
    assert_eq!((shop.git(&["cat-file", "-t", &lost]).as_str(), others()), ("blob", reflog));
    assert_eq!(shop.git(&["reflog", "show", BRANCH]).lines().count(), 0);

    // The remote gets it with a lease; then nothing here leads to the old history any more.
    done(&shop.run(&["sync"]));
    assert_eq!(git(&remote, &["rev-list", "--count", BRANCH]), "1");
    let ran = shop.run(&["purge", "--repo", ".", "--yes", "--gc"]);
    done(&ran);
    assert!(ran.stdout.starts_with("the history is one commit already: "), "{}", ran.stdout);
    assert!(!holds(&shop.folder.join(".git"), "unspeakable"));
    assert!(!shop.run(&["restore", "00000001"]).stdout.contains("history"));
    // It was in its log still.
    assert_eq!(manifest(&shop.folder, &first.id).unwrap()["generation"], 1);
    done(&shop.run(&["forget", &first.id, "--yes"]));

    // A clone that knows nothing of all that brings nothing back.
    shop.git(&["remote", "add", "stale", clone.to_str().unwrap()]);
    shop.git(&[
        "fetch",
        "--quiet",
        "stale",
        "opensession/sessions:refs/remotes/stale/opensession/sessions",
    ]);
    done(&shop.run(&["pull", "stale"]));
    assert_eq!(shop.sessions(), [second.id.clone()]);
    assert_eq!(shop.run(&["fsck"]).code, 0);
    shop.assert_sound();
    fsck_strict(&remote);
}

#[test]
fn a_session_that_nothing_has_any_more_is_gone() {
    let place = Place::captured();
    done(&place.run(&["forget", "5b1d", "--yes"]));
    done(&place.run(&["purge", "--yes"]));
    assert!(!holds(&place.store(), "one cent off"));
    fs::remove_file(place.home.path().join(CLAUDE_LOG)).unwrap();
    let gone = place.run(&["restore", "5b1d"]);
    assert_eq!(gone.code, 3, "{}", gone.stdout);
    assert!(gone.stderr.contains("neither a branch nor a log"), "{}", gone.stderr);
    place.home.write(CLAUDE_LOG, CLAUDE);
    assert_eq!(place.run(&["capture"]).stdout, "1 unchanged, 1 forgotten\n");
    let restored = place.json(&["restore", "5b1d", "--json"]);
    assert_eq!(restored["sessions"][0]["from"], "log");
    assert_eq!(manifest(&place.store(), ID).unwrap()["generation"], 1);
    assert_eq!(place.run(&["capture"]).stdout, "2 unchanged\n");
    assert_eq!(place.run(&["fsck"]).code, 0);
    place.assert_sound();
}
