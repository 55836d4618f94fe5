//! Whatever happened to the branches: brought up to date step by step, the index says what a new one says.

use crate::world::{Asked, BRANCH, REMOTE, World};
use opensession_index::{Dimension, Index};
use proptest::prelude::*;

/// What can happen to the branches between two looks at them.
#[derive(Clone, Debug)]
enum Step {
    /// A session begins or goes on.
    Write(i64, Vec<(usize, usize)>),
    /// Sessions whose number has this remainder are gone.
    Delete(i64),
    /// Somebody pushed an older state.
    Force(usize),
    /// What an older state had comes back beside what there is.
    Merge(usize),
    /// A remote's branch is fetched in an older state.
    Fetch(usize),
    /// The branch is gone.
    Drop,
    /// A commit is linked to sessions.
    Link(u8),
}

const KINDS: [&str; 7] = ["user", "assistant", "failed", "output", "image", "edit", "shell"];
const TEXTS: [&str; 7] = [
    "fix the loop bound",
    "connection reset by peer",
    "snake_case and a::b",
    "src/lib.rs",
    "세션을 찾는다",
    "cargo test --all",
    "needle",
];
const QUERIES: [&str; 19] = [
    "author:ann",
    "-author:me",
    "",
    "sort:oldest",
    "sort:tokens",
    "sort:lines",
    "tool:codex sort:events",
    "-tool:codex",
    "has:error",
    "has:image,edit",
    "file:src/lib.rs",
    "model:model-1 cost:>0",
    "branch:topic/1 after:2026-02-20",
    "needle",
    "loop bound",
    "\"reset by peer\" -needle",
    "snake_case role:user,assistant",
    "세션",
    "carg* sort:updated",
];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let events = prop::collection::vec((0..KINDS.len(), 0..TEXTS.len()), 1..6);
    let step = prop_oneof![
        6 => (0..7_i64, events).prop_map(|(number, events)| Step::Write(number, events)),
        1 => (0..3_i64).prop_map(Step::Delete),
        1 => (1..4_usize).prop_map(Step::Force),
        1 => (1..5_usize).prop_map(Step::Merge),
        2 => (0..4_usize).prop_map(Step::Fetch),
        1 => Just(Step::Drop),
        1 => any::<u8>().prop_map(Step::Link),
    ];
    prop::collection::vec(step, 1..12)
}

fn take(world: &World, step: &Step) {
    let back = |steps: usize| {
        let commits = world.git(&["rev-list", "--first-parent", BRANCH]);
        commits.lines().take(steps + 1).last().unwrap().to_owned()
    };
    let has_branch = !world.git(&["for-each-ref", BRANCH]).is_empty();
    match step {
        Step::Write(number, events) => {
            let events: Vec<_> =
                events.iter().map(|(kind, text)| (KINDS[*kind], TEXTS[*text])).collect();
            world.write(*number, &events);
        }
        _ if !has_branch => {}
        Step::Delete(rest) => {
            let is_gone =
                |path: &str| (0..7).any(|n| n % 3 == *rest && path.contains(&format!(".s{n}/")));
            world.rewrite(|path| !is_gone(path), None);
        }
        Step::Force(steps) => drop(world.git(&["update-ref", BRANCH, &back(*steps)])),
        Step::Merge(steps) => {
            let older = back(*steps);
            world.rewrite(|_| true, Some(&older));
        }
        Step::Fetch(steps) => drop(world.git(&["update-ref", REMOTE, &back(*steps)])),
        Step::Drop => drop(world.git(&["update-ref", "-d", BRANCH])),
        Step::Link(byte) => {
            let commit = format!("{byte:02x}").repeat(20);
            world.link(&commit, &format!("codex.s{}", byte % 7));
        }
    }
}

/// Everything that can be asked, as text.
fn answers(index: &Index, asked: &Asked) -> Vec<String> {
    let mut all = Vec::new();
    for text in QUERIES.iter().copied().chain(["commit:00", "commit:7", "commit:f"]) {
        let query = crate::world::query(text);
        let found = asked.find(index, text);
        let hits = index.hits(&asked.sources, &query, &found).unwrap();
        for (found, hit) in found.iter().zip(hits) {
            let (entry, stats) = (&found.entry, found.stats);
            let remote = &asked.sources[found.source].remote;
            all.push(format!("{text}: {entry:?} {:?} {stats:?} {remote:?} {hit:?}", found.header));
            assert!(query.terms.is_empty() || hit.is_some(), "{text} in {entry:?}");
        }
        use Dimension::{Author, Day, File, Model, Repo, Tool};
        let by = [Day, Tool, Model, Repo, Author, File];
        all.push(format!("{text}: {:?}", index.totals(&asked.view, &query, by, 60).unwrap()));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn an_index_brought_up_to_date_says_what_a_new_one_says(steps in steps()) {
        let world = World::new();
        let mut index = Index::open(&world.file()).unwrap();
        for (at, step) in steps.iter().enumerate() {
            take(&world, step);
            // Now and then several things happen between two looks.
            if at % 3 == 1 {
                continue;
            }
            let asked = world.refresh(&mut index);
            let mut new = Index::in_memory().unwrap();
            let anew = world.refresh(&mut new);
            prop_assert_eq!(answers(&index, &asked), answers(&new, &anew), "after {:?}", step);
        }
        world.check();
    }
}

#[test]
fn what_is_up_to_date_is_not_read_again() {
    let world = World::new();
    world.write(1, &[("user", "needle")]);
    let mut index = Index::open(&world.file()).unwrap();
    let _asked = world.refresh(&mut index);
    let sources = world.sources();
    let repo = |_: &opensession_hail::Header| unreachable!("no manifest is read");
    let again = index.refresh(&sources, &repo, &mut |_| unreachable!("nothing is done")).unwrap();
    assert_eq!((again.came, again.gone, again.read), (0, 0, 0));
    // What grew is read from where it had been read to.
    world.write(1, &[("user", "thread")]);
    let repo = |_: &opensession_hail::Header| String::new();
    let grown = index.refresh(&world.sources(), &repo, &mut |_| true).unwrap();
    assert_eq!((grown.came, grown.gone), (1, 0));
    assert!(grown.read > 0);
    let asked = world.refresh(&mut index);
    assert_eq!(asked.ids(&index, "needle thread"), ["s1"]);
}

#[test]
fn of_two_versions_of_a_session_the_newer_is_shown_and_counted() {
    let world = World::new();
    let mut index = Index::open(&world.file()).unwrap();
    let mut shown = |step: &Step| {
        take(&world, step);
        let asked = world.refresh(&mut index);
        let events: Vec<u64> =
            asked.find(&index, "").iter().map(|found| found.stats.event_count).collect();
        let totals = index.totals(&asked.view, &crate::world::query(""), [], 0).unwrap();
        assert_eq!(totals.all.events, events.iter().sum::<u64>());
        events
    };
    assert_eq!(shown(&Step::Write(1, vec![(0, 0)])), [1]);
    assert_eq!(shown(&Step::Fetch(0)), [1]);
    assert_eq!(shown(&Step::Write(1, vec![(1, 1)])), [2]);
    // The older one stands on the remote's branch still.
    assert_eq!(shown(&Step::Delete(1)), [1]);
    world.check();
}
