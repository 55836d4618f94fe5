//! What is known under names, in the order in which a log tells them first: each is found at once, however many there are.

use foldhash::HashMap;

/// Names with what is known of each.
#[derive(Debug)]
pub(crate) struct Named<T> {
    list: Vec<(String, T)>,
    places: HashMap<String, usize>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { list: Vec::new(), places: HashMap::default() }
    }
}

impl<T> Named<T> {
    /// Changes what is known under `name`, which is `new` where nothing is.
    pub(crate) fn change(
        &mut self,
        name: &str,
        new: impl FnOnce() -> T,
        change: impl FnOnce(&mut T),
    ) {
        let at = self.places.get(name).copied().unwrap_or_else(|| {
            self.places.insert(name.to_owned(), self.list.len());
            self.list.push((name.to_owned(), new()));
            self.list.len() - 1
        });
        if let Some((_, known)) = self.list.get_mut(at) {
            change(known);
        }
    }

    /// Returns the first name.
    pub(crate) fn first(&self) -> Option<&str> {
        self.list.first().map(|(name, _)| name.as_str())
    }

    /// Returns the names, each with what is known of it.
    pub(crate) fn into_list(self) -> Vec<(String, T)> {
        self.list
    }
}

impl Named<()> {
    /// Adds a name, where it is not there.
    pub(crate) fn add(&mut self, name: &str) {
        self.change(name, || (), |()| ());
    }

    /// Returns the names, where there are several.
    pub(crate) fn several(self) -> Option<Vec<String>> {
        let names = self.list.into_iter().map(|(name, ())| name);
        Some(names.collect()).filter(|names: &Vec<String>| names.len() > 1)
    }
}

impl Named<u64> {
    /// Counts a name once more.
    pub(crate) fn count(&mut self, name: &str) {
        self.change(name, || 0, |count| *count += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_order_and_each_is_there_once() {
        let mut named = Named::default();
        for name in ["b", "a", "b", "c", "a"] {
            named.count(name);
        }
        assert_eq!(named.first(), Some("b"));
        let expected = [("b", 2), ("a", 2), ("c", 1)].map(|(name, n)| (name.to_owned(), n));
        assert_eq!(named.into_list(), expected);
        let mut names = Named::default();
        names.add("a");
        names.add("a");
        assert_eq!(names.several(), None);
    }
}
