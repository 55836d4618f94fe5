//! What is found, and where.

use crate::world::{World, query};
use opensession_index::{Index, Role};

fn filled() -> (World, Index) {
    let world = World::new();
    world.write(0, &[("user", "Fix the loop bound"), ("assistant", "The loop is fixed.")]);
    world.write(
        1,
        &[("user", "세션을 찾는다"), ("edit", "src/auth/login.rs"), ("failed", "error E0308")],
    );
    world.write(2, &[("shell", "cargo test --all"), ("output", "test a::b ... ok")]);
    world.write(3, &[("user", "loop again"), ("assistant", "bound, unbound"), ("image", "")]);
    world.write(4, &[("user", "the loop of a sub-agent")]);
    let index = Index::open(&world.file()).unwrap();
    (world, index)
}

#[test]
fn words_stand_anywhere_in_a_session_and_phrases_side_by_side() {
    let (world, mut index) = filled();
    let asked = world.refresh(&mut index);
    let ids = |text: &str| asked.ids(&index, text);
    assert_eq!(ids("loop bound"), ["s3", "s0"]);
    assert_eq!(ids("sort:oldest loop bound"), ["s0", "s3"]);
    assert_eq!(ids("\"loop bound\""), ["s0"]);
    assert_eq!(ids("loop -again"), ["s0"]);
    assert_eq!(ids("LOOP role:assistant"), ["s0"]);
    assert_eq!(ids("boun*"), ["s3", "s0"]);
    assert_eq!(ids("세션"), ["s1"]);
    assert_eq!(ids("E0308 src/auth/login.rs"), ["s1"]);
    assert_eq!(ids("a::b"), ["s2"]);
    assert_eq!(ids("--all"), ["s2"]);
    assert_eq!(ids("nothing"), [""; 0]);
    // From the end of one text no phrase reaches into the next.
    assert_eq!(ids("\"bound the\""), [""; 0]);
    world.check();
}

#[test]
fn filters_hold_against_what_happened() {
    let (world, mut index) = filled();
    world.link(&"3f".repeat(20), "codex.s3");
    let asked = world.refresh(&mut index);
    let ids = |text: &str| asked.ids(&index, text);
    assert_eq!(ids(""), ["s3", "s2", "s1", "s0"]);
    assert_eq!(ids("tool:codex"), ["s3", "s1"]);
    assert_eq!(ids("-tool:codex"), ["s2", "s0"]);
    assert_eq!(ids("has:error"), ["s1"]);
    assert_eq!(ids("has:edit"), ["s1"]);
    assert_eq!(ids("has:image"), ["s3"]);
    assert_eq!(ids("file:login.rs"), ["s1"]);
    assert_eq!(ids("file:auth/"), ["s1"]);
    assert_eq!(ids("file:ogin.rs"), [""; 0]);
    assert_eq!(ids("file:*ogin.rs"), ["s1"]);
    assert_eq!(ids("commit:3f3f"), ["s3"]);
    assert_eq!(ids("repo:project-2"), ["s2"]);
    assert_eq!(ids("branch:topic/1 id:s1"), ["s1"]);
    assert_eq!(ids("author:BOB,me id:s1"), ["s1"]);
    assert_eq!(ids("author:me id:s1"), Vec::<String>::new());
    assert_eq!(ids("author:bob@example id:s1"), ["s1"]);
    assert_eq!(ids("cost:>0.1"), ["s3", "s0"]);
    assert_eq!(ids("-cost:>0.1"), ["s2", "s1"]);
    assert_eq!(ids("tokens:>=11 sort:tokens"), ["s3", "s0"]);
    assert_eq!(ids("model:model-1 loop"), ["s3", "s0"]);
    let sub_agents = opensession_index::Query { auxiliary: true, ..query("loop") };
    assert_eq!(index.count(&asked.view, &sub_agents).unwrap(), 3);
}

#[test]
fn a_hit_names_the_event_and_shows_the_words() {
    let (world, mut index) = filled();
    let asked = world.refresh(&mut index);
    let hit = |text: &str| {
        let found = asked.find(&index, text);
        let hits = index.hits(&asked.sources, &query(text), &found).unwrap();
        hits.into_iter().next().unwrap().unwrap()
    };
    let found = hit("fixed loop");
    assert_eq!((found.event.as_str(), found.ordinal, found.role), ("e1", 1, Role::Assistant));
    assert_eq!(found.snippet, "The loop is fixed.");
    let marked: Vec<&str> =
        found.marks.iter().map(|mark| found.snippet.get(mark.clone()).unwrap()).collect();
    assert_eq!(marked, ["loop", "fixed"]);
    // Where no event has all words, the one with most of them.
    assert_eq!(hit("again bound").event.as_str(), "e0");
    assert_eq!(hit("error").role, Role::Tool);
}

#[test]
fn sub_folders_and_other_folders_are_told_apart_in_a_part_of_a_store() {
    let (world, mut index) = filled();
    let asked = world.refresh(&mut index);
    let view =
        index.view(&asked.sources, &[0], &|cwd| cwd == "/home/ann/project-1", &[], &[]).unwrap();
    let page = index.find(&view, &query(""), 9, None).unwrap();
    let ids: Vec<&str> = page.rows.iter().map(|found| found.entry.key.id()).collect();
    assert_eq!(ids, ["s1"]);
}
