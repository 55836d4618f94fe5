//! The tree of entries: which of them count.
//!
//! An entry names the one before it. Where that is not the last one written, the user went back, and what came after
//! the common ancestor counts no longer. Going back again to a branch that was left does not make it count again:
//! what was said there is not said anew.

use opensession_hail::EventId;
use std::collections::HashMap;

/// How many steps up the tree are taken in one log, so that no log can make them many times its size.
const MOST_STEPS: u32 = 4_000_000;

/// The entries so far.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// By entry, the one before it.
    parents: HashMap<String, Option<String>>,
    /// The entries that count, from the first to the last one, each with its first event.
    live: Vec<(String, Option<EventId>)>,
    /// Where each of them stands.
    places: HashMap<String, usize>,
    steps: u32,
}

impl Tree {
    /// Goes to `parent`, behind which the next entry stands; `None` is before all of them. Returns the first event
    /// that counts no longer.
    pub(super) fn go_to(&mut self, parent: Option<&str>) -> Option<EventId> {
        let keep = match parent {
            None => 0,
            Some(parent) if self.live.last().is_some_and(|(last, _)| last == parent) => {
                return None;
            }
            // An entry that is not here: the head of the log, or one that got lost.
            Some(parent) => self.ancestor(parent)?,
        };
        let gone = self.live.split_off(keep);
        for (id, _) in &gone {
            self.places.remove(id);
        }
        gone.into_iter().find_map(|(_, first)| first)
    }

    /// Adds an entry behind the one that was gone to, with its first event.
    pub(super) fn push(&mut self, id: &str, parent: Option<&str>, first: Option<EventId>) {
        self.parents.entry(id.to_owned()).or_insert_with(|| parent.map(str::to_owned));
        self.places.insert(id.to_owned(), self.live.len());
        self.live.push((id.to_owned(), first));
    }

    /// Returns how many of the entries that count are left where `entry` is the last one, or where its nearest
    /// ancestor that counts is.
    fn ancestor(&mut self, entry: &str) -> Option<usize> {
        let mut known = self.parents.get_key_value(entry);
        // A way up that is longer leads in a circle.
        let mut left = self.parents.len();
        while let Some((id, parent)) = known.filter(|_| left > 0) {
            left -= 1;
            if let Some(place) = self.places.get(id) {
                return Some(place + 1);
            }
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return None;
            }
            let Some(parent) = parent else { return Some(0) };
            known = self.parents.get_key_value(parent);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str) -> Option<EventId> {
        Some(EventId::new(id))
    }

    #[test]
    fn a_step_back_takes_what_came_after_the_common_ancestor() {
        let mut tree = Tree::default();
        for (id, parent) in [("a", None), ("b", Some("a")), ("c", Some("b"))] {
            assert_eq!(tree.go_to(parent), None);
            tree.push(id, parent, event(id));
        }
        assert_eq!(tree.go_to(Some("a")), event("b"), "from c back to a");
        tree.push("d", Some("a"), event("d"));
        assert_eq!(tree.go_to(Some("c")), event("d"), "over to the branch that was left");
        tree.push("e", Some("c"), event("e"));
        assert_eq!(tree.go_to(Some("e")), None);
        assert_eq!(tree.go_to(Some("nowhere")), None);
        assert_eq!(tree.go_to(None), event("a"), "before everything");
    }

    #[test]
    fn entries_in_a_circle_end() {
        let mut tree = Tree::default();
        tree.push("a", Some("b"), event("a"));
        tree.push("b", Some("a"), event("b"));
        assert_eq!(tree.go_to(None), event("a"));
        assert_eq!(tree.go_to(Some("a")), None);
        assert_eq!(tree.steps, 2, "the circle is gone round once");
    }
}
