//! Where things stand, by their names: the first one of a name is found at once, however many there are.

use std::collections::{BTreeSet, HashMap};

/// Numbered things that have names, of which several may have the same.
#[derive(Debug, Default)]
pub(crate) struct Places(HashMap<String, BTreeSet<u64>>);

impl Places {
    /// The thing at `place` has this name.
    pub(crate) fn add(&mut self, name: &str, place: u64) {
        match self.0.get_mut(name) {
            Some(places) => {
                places.insert(place);
            }
            None => {
                self.0.insert(name.to_owned(), BTreeSet::from([place]));
            }
        }
    }

    /// Returns the first place of a name that is not before `from`.
    pub(crate) fn first(&self, name: &str, from: u64) -> Option<u64> {
        self.0.get(name)?.range(from..).next().copied()
    }

    /// The thing of this name at `place` is gone.
    pub(crate) fn remove(&mut self, name: &str, place: u64) {
        if let Some(places) = self.0.get_mut(name) {
            places.remove(&place);
            if places.is_empty() {
                self.0.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_of_a_name_is_the_one_that_is_left() {
        let mut places = Places::default();
        for (place, name) in ["a", "b", "a", "a"].into_iter().enumerate() {
            places.add(name, place as u64);
        }
        assert_eq!((places.first("a", 0), places.first("a", 1)), (Some(0), Some(2)));
        places.remove("a", 0);
        places.remove("b", 1);
        assert_eq!((places.first("a", 0), places.first("b", 0)), (Some(2), None));
    }
}
