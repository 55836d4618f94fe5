//! Which session started which, in a database where sub-agents have sessions of their own.

use opensession_hail::SessionId;
use std::collections::HashMap;

/// No agent is started by an agent by an agent … deeper than this.
const DEEPEST: usize = 8;

/// The sessions that others started, by their ids in the database.
#[derive(Debug)]
pub(crate) struct Family {
    parents: HashMap<String, String>,
    /// Returns from a sub-agent's id what stands behind that of its parent.
    name: fn(&str) -> &str,
}

impl Family {
    /// Returns a family of nobody; `name` is what of a sub-agent's id stands behind that of its parent.
    pub(crate) fn new(name: fn(&str) -> &str) -> Self {
        Self { parents: HashMap::new(), name }
    }

    /// Notes that `parent` started `child`.
    pub(crate) fn add(&mut self, child: String, parent: String) {
        self.parents.insert(child, parent);
    }

    /// Returns who started the session.
    pub(crate) fn parent(&self, id: &str) -> Option<SessionId> {
        self.parents.get(id).map(|parent| self.id(parent))
    }

    /// Returns the id of a session: a sub-agent's is that of its parent with its own name behind.
    pub(crate) fn id(&self, id: &str) -> SessionId {
        self.id_at(id, 0)
    }

    fn id_at(&self, id: &str, depth: usize) -> SessionId {
        match self.parents.get(id).filter(|_| depth < DEEPEST) {
            Some(parent) => self.id_at(parent, depth + 1).child((self.name)(id)),
            None => SessionId::from_foreign(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_named_behind_their_parents_and_circles_end() {
        let mut family = Family::new(|id| id.trim_start_matches('-'));
        family.add("-b".into(), "a".into());
        family.add("-c".into(), "-b".into());
        assert_eq!(family.id("-c").as_str(), "a.b.c");
        assert_eq!(family.parent("-c").map(|id| id.to_string()).as_deref(), Some("a.b"));
        assert_eq!(family.parent("a"), None);
        family.add("a".into(), "-c".into());
        assert!(family.id("a").as_str().len() < 128);
    }
}
