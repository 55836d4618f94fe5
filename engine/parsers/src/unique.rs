//! Event ids that stay unique and stable.

use opensession_hail::EventId;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

/// Gives each event an id: the log's own, and `#2`, `#3` … behind it where the log uses it again.
#[derive(Debug, Default)]
pub(crate) struct UniqueIds {
    /// By a hash of the id, so that a million events cost a few bytes each. Two ids with one hash only cost the
    /// later one a needless number behind it, the same in every run.
    seen: HashSet<u64, BuildHasherDefault<Hashed>>,
    /// How often those were used that were used again.
    again: HashMap<u64, u32>,
    /// The lines that gave ids to events without one, in order: to note them here costs less than in a set.
    lines: Vec<u64>,
    /// The log itself calls records as lines are called, so that lines are noted among the others.
    has_lines: bool,
}

/// How the ids of lines begin.
const LINE: &str = "line-";

/// Takes what is a hash already as it is.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl UniqueIds {
    /// Returns the id for the next event whose record calls itself `own`.
    pub(crate) fn next(&mut self, own: impl AsRef<str> + Into<String>) -> EventId {
        if !self.has_lines && own.as_ref().starts_with(LINE) {
            self.has_lines = true;
            let lines = std::mem::take(&mut self.lines);
            self.seen.extend(lines.into_iter().map(|line| hash(&name(line))));
        }
        self.number(own)
    }

    /// Returns the id for the next event of a record that has no id and stands on this line.
    pub(crate) fn next_line(&mut self, line: u64) -> EventId {
        let own = name(line);
        if !self.has_lines {
            if self.lines.last().is_none_or(|last| *last < line) {
                self.lines.push(line);
                return EventId::new(own);
            }
            if self.lines.binary_search(&line).is_ok() {
                self.seen.insert(hash(&own));
            }
        }
        self.number(own)
    }

    fn number(&mut self, own: impl AsRef<str> + Into<String>) -> EventId {
        let first = hash(own.as_ref());
        if self.seen.insert(first) {
            return EventId::new(own);
        }
        let own = own.as_ref();
        let mut count = self.again.get(&first).copied().unwrap_or(1) + 1;
        let mut id = format!("{own}#{count}");
        // The log may itself call a record what another one was called here.
        while !self.seen.insert(hash(&id)) {
            count += 1;
            id = format!("{own}#{count}");
        }
        self.again.insert(first, count);
        EventId::new(id)
    }
}

fn name(line: u64) -> String {
    let mut name = String::with_capacity(16);
    name.push_str(LINE);
    name.push_str(&line.to_string());
    name
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(id.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_id_is_numbered_in_log_order() {
        let mut ids = UniqueIds::default();
        let given: Vec<String> =
            ["a", "b", "a", "a", "b"].into_iter().map(|own| ids.next(own).to_string()).collect();
        assert_eq!(given, ["a", "b", "a#2", "a#3", "b#2"]);
    }

    #[test]
    fn an_id_that_looks_numbered_is_not_given_twice() {
        let given = |log: &[&str]| -> Vec<String> {
            let mut ids = UniqueIds::default();
            log.iter().map(|own| ids.next(*own).to_string()).collect()
        };
        assert_eq!(given(&["a", "a#2", "a", "a"]), ["a", "a#2", "a#3", "a#4"]);
        assert_eq!(given(&["a", "a", "a#2"]), ["a", "a#2", "a#2#2"]);
    }
    #[test]
    fn lines_are_called_as_if_their_names_were_the_logs() {
        let given = |log: &[Result<u64, &str>]| {
            let (mut ids, mut named) = (UniqueIds::default(), UniqueIds::default());
            for record in log {
                let (id, own) = match record {
                    Ok(line) => (ids.next_line(*line), name(*line)),
                    Err(own) => (ids.next(*own), (*own).to_owned()),
                };
                assert_eq!(id, named.number(own.as_str()), "{log:?}");
            }
        };
        given(&[Ok(1), Ok(1), Ok(3), Ok(3), Ok(2), Ok(3), Ok(2), Ok(9)]);
        given(&[Ok(1), Err("line-1"), Ok(1), Err("line-3"), Ok(3), Ok(2), Err("line-2"), Ok(4)]);
        given(&[Err("line-7"), Ok(1), Ok(7), Ok(1), Err("line-1#2"), Ok(1)]);
    }
}
