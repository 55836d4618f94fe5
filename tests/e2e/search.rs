use crate::place::Place;
use serde_json::Value;
use std::fs;

const DATABASE: &str = ".local/share/opensession/local.db";

#[test]
fn a_search_shows_where_the_words_are() {
    let place = Place::captured();
    let found = place.run(&["search", "cart total"]);
    insta::assert_snapshot!(found.stdout, @"
    5b1d7c9e  2026-03-04  claude-code  Fix the one-cent error in the cart total  /home/robin/src/shop
        user: The total in the cart is one cent off for some orders. Find out why and fix it, with a test.
        opensession show 5b1d7c9e --event 5b1d7c9e-0000-4000-8000-000000000001
    ");
    let command = found.stdout.lines().last().unwrap().trim().strip_prefix("opensession ").unwrap();
    let shown = place.run(&command.split(' ').collect::<Vec<_>>()).stdout;
    assert!(shown.contains("> The total in the cart"), "{shown}");
    assert_eq!(found.code, 0, "{}", found.stderr);
    assert_eq!(place.run(&["search", "tool:codex", "commas"]).stdout.lines().count(), 3);
    let nothing = place.run(&["search", "xylophone"]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (1, ""));
    assert_eq!(place.run(&["search"]).code, 2);
    let wrong = place.run(&["search", "has:wings"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("wings"), "{}", wrong.stderr);
}

#[test]
fn json_names_the_event_and_where_the_next_page_begins() {
    let place = Place::captured();
    let page = place.json(&["search", "the", "--limit", "1", "--json"]);
    let hit = &page["sessions"][0]["hit"];
    let snippet = hit["snippet"].as_str().unwrap();
    let mark = &hit["marks"][0];
    let range = mark[0].as_u64().unwrap() as usize..mark[1].as_u64().unwrap() as usize;
    assert_eq!(snippet.get(range).unwrap().to_lowercase(), "the");
    let next = page["next"].as_str().unwrap();
    let rest = place.json(&["search", "the", "--limit", "1", "--json", "--cursor", next]);
    assert_ne!(rest["sessions"][0]["id"], page["sessions"][0]["id"]);
    assert_eq!(rest["next"], Value::Null);
    // The event is one of the session.
    let id = page["sessions"][0]["id"].as_str().unwrap();
    let hail = place.run(&["cat", id]).stdout;
    assert!(hail.contains(&format!("\"event_id\":\"{}\"", hit["event"].as_str().unwrap())));
    assert_eq!(place.run(&["search", "the", "--cursor", "x"]).code, 2);
}

#[test]
fn an_index_that_is_lost_or_cannot_be_written_costs_no_answer() {
    let place = Place::captured();
    let right = place.run(&["search", "the"]).stdout;
    let database = place.home.path().join(DATABASE);
    assert!(database.exists());
    fs::write(&database, "not a database").unwrap();
    assert_eq!(place.run(&["search", "the"]).stdout, right);
    let status = place.json(&["index", "status", "--json"]);
    assert_eq!((&status["sessions"], &status["unread"]), (&2.into(), &0.into()));
    let rebuilt = place.run(&["index", "rebuild"]);
    assert_eq!(rebuilt.code, 0);
    assert!(rebuilt.stdout.contains("\n2 sessions with "), "{}", rebuilt.stdout);
    assert!(rebuilt.stdout.contains(" of events on 1 branch; "), "{}", rebuilt.stdout);
    // A folder in its place is not ours to remove.
    for name in ["local.db", "local.db-stamp"] {
        fs::remove_file(database.with_file_name(name)).unwrap();
    }
    fs::create_dir(&database).unwrap();
    let found = place.run(&["search", "the"]);
    assert_eq!((found.code, found.stdout.as_str()), (0, right.as_str()));
    assert_eq!(found.stderr.lines().count(), 1, "{}", found.stderr);
    assert!(found.stderr.contains("local.db"), "{}", found.stderr);
}
