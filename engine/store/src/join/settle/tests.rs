//! The laws of joining, on versions that are made up: 10,000 cases each.

use super::*;
use opensession_hail::{Chain, EventId};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A version as a test makes it up: ids of events, and what may differ where they are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Made {
    generation: u64,
    ids: String,
    updated: i64,
    content: u8,
}

/// The state of one session: its versions, and the generation up to which it is forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    versions: BTreeSet<Made>,
    tombstone: Option<u64>,
}

fn steps(made: &Made) -> Vec<Step> {
    let step = |id: char| Step {
        id: EventId::new(id.to_string()),
        // Not in the order of the ids, and the same for all versions.
        time: Timestamp::from_millis(i64::from((id as u32) * 7 % 5)).unwrap(),
    };
    made.ids.chars().map(step).collect()
}

fn version(made: &Made) -> Version<Made> {
    let mut ids = Chain::START;
    for id in made.ids.chars() {
        ids.push(id.to_string().as_bytes());
    }
    Version {
        what: made.clone(),
        generation: made.generation,
        events: made.ids.len() as u64,
        last: ids.value(),
        rank: Rank {
            updated_at: Timestamp::from_millis(made.updated).unwrap(),
            parser: 1,
            rules: 1,
            segments: Reverse(1),
            content: ContentId::of(&[made.content]),
            identity: vec![made.content],
            tree: vec![made.content],
        },
    }
}

fn begins(short: &Made, long: &Made) -> Result<bool> {
    Ok(long.ids.starts_with(&short.ids))
}

/// Joins the states of one session; returns the joined state and the names of its versions.
fn named(states: &[&State]) -> (State, BTreeSet<(String, Made)>) {
    let tombstone = states.iter().filter_map(|state| state.tombstone).max();
    let versions = states.iter().flat_map(|state| &state.versions).map(version).collect();
    let settled = settle(versions, tombstone, begins, |made| Ok(steps(made))).unwrap();
    let names = settled.iter().map(|(name, made)| (format!("{name:?}"), made.clone())).collect();
    let versions = settled.into_iter().map(|(_name, made)| made).collect();
    (State { versions, tombstone }, names)
}

fn join(states: &[&State]) -> State {
    named(states).0
}

fn made() -> impl Strategy<Value = Made> {
    (0_u64..3, "[a-d]{0,5}", 0_i64..2, 0_u8..2)
        .prop_map(|(generation, ids, updated, content)| Made { generation, ids, updated, content })
}

fn state() -> impl Strategy<Value = State> {
    let versions = proptest::collection::btree_set(made(), 0..5);
    let tombstone = prop_oneof![3 => Just(None), 1 => (0_u64..3).prop_map(Some)];
    (versions, tombstone).prop_map(|(versions, tombstone)| join(&[&State { versions, tombstone }]))
}

/// Whether everything in `below` is in `above`, or was replaced or forgotten there.
fn is_below(below: &State, above: &State) -> bool {
    below.tombstone <= above.tombstone
        && below.versions.iter().all(|version| {
            above.tombstone.is_some_and(|forgotten| version.generation <= forgotten)
                || above.versions.iter().any(|other| {
                    other.generation > version.generation
                        || (other.generation == version.generation
                            && other.ids.starts_with(&version.ids))
                })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn a_join_is_commutative(a in state(), b in state()) {
        prop_assert_eq!(named(&[&a, &b]), named(&[&b, &a]));
    }

    #[test]
    fn a_join_is_associative(a in state(), b in state(), c in state()) {
        let left = named(&[&join(&[&a, &b]), &c]);
        let right = named(&[&a, &join(&[&b, &c])]);
        prop_assert_eq!(&left, &right);
        prop_assert_eq!(&left, &named(&[&a, &b, &c]));
    }

    #[test]
    fn a_join_is_idempotent(a in state(), b in state()) {
        prop_assert_eq!(&join(&[&a, &a]), &a);
        let joined = join(&[&a, &b]);
        prop_assert_eq!(&join(&[&joined, &a]), &joined);
        prop_assert_eq!(&join(&[&joined, &b]), &joined);
    }

    #[test]
    fn a_join_is_monotone(a in state(), b in state(), c in state()) {
        let joined = join(&[&a, &b]);
        prop_assert!(is_below(&a, &joined) && is_below(&b, &joined));
        // What is below stays below, whatever both are joined with.
        prop_assert!(is_below(&join(&[&a, &c]), &join(&[&joined, &c])));
    }

    #[test]
    fn nothing_is_lost_and_nothing_comes_back(a in state(), b in state()) {
        let (joined, names) = named(&[&a, &b]);
        let distinct: BTreeSet<&String> = names.iter().map(|(name, _made)| name).collect();
        prop_assert_eq!(distinct.len(), joined.versions.len());
        prop_assert_eq!(names.iter().filter(|(name, _made)| name == "Main").count(), usize::from(!names.is_empty()));
        for version in &joined.versions {
            prop_assert!(a.versions.contains(version) || b.versions.contains(version));
            prop_assert!(joined.tombstone.is_none_or(|forgotten| version.generation > forgotten));
        }
    }
}
