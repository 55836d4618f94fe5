//! The versions of one session, and what each is called.
//!
//! A session can go on in two places: a log is copied, or a tool resumes from an older point. Each version is a
//! sequence of events; seen as a tree of event ids, every leaf is a version that is kept (`DESIGN` §5, `docs/format.md`).

use opensession_hail::{EventId, SessionKey, Timestamp};
use std::collections::BTreeSet;

/// An event as far as it tells versions apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub id: EventId,
    pub time: Timestamp,
}

/// Where a fork leaves the version that its log has in common with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// The main version: it keeps the session's key.
    Main,
    /// A fork, by the event at which it leaves the main path.
    Fork(EventId),
}

impl Name {
    pub(crate) fn key(&self, main: &SessionKey) -> SessionKey {
        match self {
            Self::Main => main.clone(),
            Self::Fork(leaves_at) => main.fork(leaves_at),
        }
    }
}

/// Returns, for each version, its name, or `None` where another version holds all its events (of equal ones the
/// first is kept).
///
/// At every branching the child whose first event has the earlier (time, id) is the main one. A version that is
/// reached by main children alone is the main version; any other is named by the last event at which it takes a
/// child that is not the main one, so that every leaf has a name of its own and growing changes no name.
pub(crate) fn name(versions: &[&[Step]]) -> Vec<Option<Name>> {
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
    versions
        .iter()
        .zip(&maximal)
        .map(|(version, keep)| keep.then(|| name_leaf(version, &leaves)))
        .collect()
}

/// Whether the events of `version` begin with those of `prefix`.
pub(crate) fn starts_with(version: &[Step], prefix: &[Step]) -> bool {
    version.len() >= prefix.len() && version.iter().zip(prefix).all(|(a, b)| a.id == b.id)
}

fn name_leaf(version: &[Step], leaves: &[&[Step]]) -> Name {
    let mut together: Vec<&[Step]> = leaves.to_vec();
    let mut name = Name::Main;
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
            name = Name::Fork(step.id.clone());
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
        name(&borrowed)
            .into_iter()
            .map(|name| match name {
                None => "-".to_owned(),
                Some(Name::Main) => "main".to_owned(),
                Some(Name::Fork(id)) => id.to_string(),
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
            // Ids repeat along a path here, which real ids do not: only the main version must be single then.
            prop_assert_eq!(kept.iter().filter(|name| **name == "main").count(), 1);
            prop_assert!(distinct.len() <= kept.len());
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
