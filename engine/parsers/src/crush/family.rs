//! Which session started which: sub-agents have sessions of their own in the same database.

use opensession_hail::SessionId;
use std::collections::HashMap;

/// No agent is started by an agent by an agent … deeper than this.
const DEEPEST: usize = 8;

/// The sessions that others started, by their own ids in the database.
#[derive(Debug, Default)]
pub(super) struct Family {
    parents: HashMap<String, String>,
}

impl Family {
    /// Notes that `parent` started `child`.
    pub(super) fn add(&mut self, child: String, parent: String) {
        self.parents.insert(child, parent);
    }

    /// Returns who started the session.
    pub(super) fn parent(&self, id: &str) -> Option<&str> {
        self.parents.get(id).map(String::as_str)
    }

    /// Returns the id of a session: a sub-agent's is that of its parent with the call that started it.
    pub(super) fn id(&self, id: &str) -> SessionId {
        self.id_at(id, 0)
    }

    fn id_at(&self, id: &str, depth: usize) -> SessionId {
        match self.parent(id).filter(|_| depth < DEEPEST) {
            Some(parent) => self.id_at(parent, depth + 1).child(call(id)),
            None => SessionId::from_foreign(id),
        }
    }
}

/// Returns the call in the id of a sub-agent's session: `<message>$$<call>`, in older versions the call alone.
pub(super) fn call(id: &str) -> &str {
    id.rsplit_once("$$").map_or(id, |(_, call)| call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_named_after_their_calls_and_circles_end() {
        let mut family = Family::default();
        family.add("m1$$call_1".into(), "root".into());
        family.add("m2$$call_2".into(), "m1$$call_1".into());
        assert_eq!(family.id("m2$$call_2").as_str(), "root.call_1.call_2");
        family.add("a".into(), "b".into());
        family.add("b".into(), "a".into());
        assert!(family.id("a").as_str().len() < 128);
    }
}
