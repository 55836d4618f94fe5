//! The records of a session that still count, in order: a later one may name one of them and take back what is behind it.

use std::collections::HashMap;

/// Records by their ids, which a log may repeat.
#[derive(Debug)]
pub(crate) struct Trail<T> {
    records: Vec<(String, T)>,
    places: HashMap<String, Vec<usize>>,
}

impl<T> Default for Trail<T> {
    fn default() -> Self {
        Self { records: Vec::new(), places: HashMap::new() }
    }
}

impl<T> Trail<T> {
    /// Adds the next record.
    pub(crate) fn push(&mut self, id: String, record: T) {
        self.places.entry(id.clone()).or_default().push(self.records.len());
        self.records.push((id, record));
    }

    /// Returns how many records there are.
    pub(crate) const fn len(&self) -> usize {
        self.records.len()
    }

    /// Returns how many records there are up to the latest one of this id.
    pub(crate) fn up_to(&self, id: &str) -> Option<usize> {
        self.places.get(id)?.last().map(|at| at + 1)
    }

    /// Returns the last of the first `count` records.
    pub(crate) fn last_of(&self, count: usize) -> Option<&T> {
        self.records.get(count.checked_sub(1)?).map(|(_, record)| record)
    }

    /// Takes back all but the first `count` records, and returns them.
    pub(crate) fn cut(&mut self, count: usize) -> Vec<T> {
        let gone = self.records.split_off(count.min(self.records.len()));
        for (id, _) in &gone {
            if let Some(places) = self.places.get_mut(id) {
                places.pop();
                if places.is_empty() {
                    self.places.remove(id);
                }
            }
        }
        gone.into_iter().map(|(_, record)| record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_latest_record_that_still_counts() {
        let mut trail = Trail::default();
        for (id, record) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            trail.push(id.to_owned(), record);
        }
        assert_eq!(
            (trail.up_to("a"), trail.up_to("b"), trail.up_to("d")),
            (Some(3), Some(2), None)
        );
        assert_eq!(trail.cut(2), [3, 4]);
        assert_eq!((trail.up_to("a"), trail.up_to("c"), trail.len()), (Some(1), None, 2));
        assert_eq!((trail.last_of(2), trail.last_of(0)), (Some(&2), None));
    }
}
