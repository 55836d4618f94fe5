//! Which thread started which: sub-agents have threads of their own.

use opensession_hail::SessionId;
use std::collections::HashMap;

/// No agent is started by an agent by an agent … deeper than this.
const DEEPEST: usize = 8;

/// The threads that others started, by their ids in the database.
#[derive(Debug, Default)]
pub(super) struct Family {
    parents: HashMap<String, String>,
}

impl Family {
    /// Notes that `parent` started `child`.
    pub(super) fn add(&mut self, child: String, parent: String) {
        self.parents.insert(child, parent);
    }

    /// Returns who started the thread.
    pub(super) fn parent(&self, id: &str) -> Option<SessionId> {
        self.parents.get(id).map(|parent| self.id(parent))
    }

    /// Returns the id of a thread's session: a sub-agent's is that of its parent with its own behind.
    pub(super) fn id(&self, id: &str) -> SessionId {
        self.id_at(id, 0)
    }

    fn id_at(&self, id: &str, depth: usize) -> SessionId {
        match self.parents.get(id).filter(|_| depth < DEEPEST) {
            Some(parent) => self.id_at(parent, depth + 1).child(id),
            None => SessionId::from_foreign(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_named_behind_their_parents_and_circles_end() {
        let mut family = Family::default();
        family.add("b".into(), "a".into());
        family.add("c".into(), "b".into());
        assert_eq!(family.id("c").as_str(), "a.b.c");
        assert_eq!(family.parent("c").map(|id| id.to_string()).as_deref(), Some("a.b"));
        assert_eq!(family.parent("a"), None);
        family.add("a".into(), "c".into());
        assert!(family.id("a").as_str().len() < 128);
    }
}
