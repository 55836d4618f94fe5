//! The versions of one session, and what each is called.
//!
//! A session can go on in two places: a log is copied, or a tool resumes from an older point. Each version is a
//! sequence of events; seen as a tree of event ids, every leaf is a version that is kept (`DESIGN` §5, `docs/format.md`).

use crate::Fork;
use opensession_hail::{EventId, SessionKey, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// An event as far as it tells versions apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The event's id.
    pub id: EventId,
    /// When it happened.
    pub time: Timestamp,
}

/// Where a fork leaves the version that its log has in common with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionName {
    /// The main version: it keeps the session's key.
    Main,
    /// A fork, by the event at which it leaves the main path.
    Fork(EventId),
    /// One more fork that leaves it with that event, behind other events: the first such one, the second, and so on.
    Twin(EventId, usize),
}

impl VersionName {
    /// Returns the key that a version of the session `main` stands under.
    #[must_use]
    pub fn key(&self, main: &SessionKey) -> SessionKey {
        match self {
            Self::Main => main.clone(),
            Self::Fork(leaves_at) => main.fork(leaves_at),
            Self::Twin(leaves_at, number) => {
                main.fork(&EventId::new(format!("{leaves_at}\n{number}")))
            }
        }
    }

    /// Returns what the manifest of a version of the session `main` says about where it leaves the main path.
    #[must_use]
    pub fn fork(&self, main: &SessionKey) -> Option<Fork> {
        match self {
            Self::Main => None,
            Self::Fork(event) | Self::Twin(event, _) => {
                Some(Fork { session: main.clone(), event: event.clone() })
            }
        }
    }
}

/// Returns, for each version, its name, or `None` where another version holds all its events (of equal ones the
/// first is kept).
///
/// At every branching the child whose first event has the earlier (time, id) is the main one. A version that is
/// reached by main children alone is the main version; any other is named by the last event at which it takes a
/// child that is not the main one, so that every leaf has a name of its own and growing changes no name.
#[must_use]
pub fn name_versions(versions: &[&[Step]]) -> Vec<Option<VersionName>> {
    let maximal: Vec<bool> = versions
        .iter()
        .enumerate()
        .map(|(index, version)| {
            !versions.iter().enumerate().any(|(other_index, other)| {
                starts_with(other, version) && (other.len() > version.len() || other_index < index)
            })
        })
        .collect();
    let leaves: Vec<&[Step]> = versions
        .iter()
        .zip(&maximal)
        .filter(|(_, keep)| **keep)
        .map(|(version, _)| *version)
        .collect();
    let mut names: Vec<Option<VersionName>> = versions
        .iter()
        .zip(&maximal)
        .map(|(version, keep)| keep.then(|| name_leaf(version, &leaves)))
        .collect();
    tell_twins_apart(versions, &mut names);
    names
}

/// Gives every fork a name of its own: the same event can stand behind different ones, and be left to twice.
fn tell_twins_apart(versions: &[&[Step]], names: &mut [Option<VersionName>]) {
    let ids = |version: &[Step]| version.iter().map(|step| step.id.clone()).collect::<Vec<_>>();
    let mut forks: BTreeMap<EventId, Vec<(Vec<EventId>, &mut VersionName)>> = BTreeMap::new();
    for (version, name) in versions.iter().zip(names.iter_mut()) {
        if let Some(name @ VersionName::Fork(_)) = name
            && let VersionName::Fork(event) = &*name
        {
            forks.entry(event.clone()).or_default().push((ids(version), name));
        }
    }
    for (event, mut twins) in forks.into_iter().filter(|(_event, twins)| twins.len() > 1) {
        twins.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (number, (_ids, name)) in twins.into_iter().enumerate().skip(1) {
            *name = VersionName::Twin(event.clone(), number);
        }
    }
}

/// Returns whether the events of `version` begin with those of `prefix`.
#[must_use]
pub fn starts_with(version: &[Step], prefix: &[Step]) -> bool {
    version.len() >= prefix.len() && version.iter().zip(prefix).all(|(a, b)| a.id == b.id)
}

fn name_leaf(version: &[Step], leaves: &[&[Step]]) -> VersionName {
    let mut together: Vec<&[Step]> = leaves.to_vec();
    let mut name = VersionName::Main;
    for (depth, step) in version.iter().enumerate() {
        if together.len() == 1 {
            break;
        }
        let main = together
            .iter()
            .filter_map(|other| other.get(depth))
            .map(|first| (first.time, &first.id))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .next();
        if main.is_some_and(|(_, id)| *id != step.id) {
            name = VersionName::Fork(step.id.clone());
        }
        together.retain(|other| other.get(depth).is_some_and(|first| first.id == step.id));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(ids: &str) -> Vec<Step> {
        ids.chars()
            .map(|id| Step {
                id: EventId::new(id.to_string()),
                time: Timestamp::from_millis(i64::from(u32::from(id))).unwrap(),
            })
            .collect()
    }

    fn names(versions: &[&str]) -> Vec<String> {
        let versions: Vec<Vec<Step>> = versions.iter().map(|ids| steps(ids)).collect();
        let borrowed: Vec<&[Step]> = versions.iter().map(Vec::as_slice).collect();
        name_versions(&borrowed)
            .into_iter()
            .map(|name| match name {
                None => "-".to_owned(),
                Some(VersionName::Main) => "main".to_owned(),
                Some(VersionName::Fork(id)) => id.to_string(),
                Some(VersionName::Twin(id, number)) => format!("{id}#{number}"),
            })
            .collect()
    }

    #[test]
    fn prefixes_fall_away_and_forks_are_named_where_they_leave() {
        assert_eq!(names(&["abc"]), ["main"]);
        assert_eq!(names(&["abc", "ab", "abc"]), ["main", "-", "-"]);
        assert_eq!(names(&["abx", "abc"]), ["x", "main"]);
        // A fork of a fork has a name of its own, and the older one keeps its name.
        assert_eq!(names(&["ab", "acd", "ace"]), ["main", "c", "e"]);
        // The same event behind different ones.
        assert_eq!(names(&["ab", "acw", "acx", "adw", "adx"]), ["main", "c", "x", "d", "x#1"]);
    }

    proptest! {
        #[test]
        fn every_leaf_has_one_name_whatever_the_order_and_growth_keeps_it(
            versions in proptest::collection::vec("[abc]{1,6}", 1..7), grown in 0_usize..7
        ) {
            let texts: Vec<&str> = versions.iter().map(String::as_str).collect();
            let given = names(&texts);
            let kept: Vec<&String> = given.iter().filter(|name| *name != "-").collect();
            let distinct: BTreeSet<&String> = kept.iter().copied().collect();
            prop_assert_eq!(kept.iter().filter(|name| **name == "main").count(), 1);
            prop_assert_eq!(distinct.len(), kept.len());
            let mut reversed = texts.clone();
            reversed.reverse();
            let mut again = names(&reversed);
            again.reverse();
            for ((text, first), second) in texts.iter().zip(&given).zip(&again) {
                prop_assert!(first == second || texts.iter().filter(|other| other == &text).count() > 1);
            }
            let index = grown % texts.len();
            if given[index] != "-" {
                let longer = format!("{}z", texts[index]);
                let mut after = texts.clone();
                after[index] = &longer;
                prop_assert_eq!(&names(&after)[index], &given[index]);
            }
        }
    }
}
