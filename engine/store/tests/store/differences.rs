//! What differs between two states of the branch.

use crate::sessions::{assert_sound, grow, key};
use opensession_hail::SessionKey;
use opensession_store::{Entry, Store, TreeId};
use opensession_testkit::{Shape, TestRepository};

fn keys(entries: &[Entry]) -> Vec<SessionKey> {
    entries.iter().map(|entry| entry.key.clone()).collect()
}

#[test]
fn what_came_grew_and_went_is_named() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[10]);
    grow(&store, "b", &[10]);
    let old = store.branch().unwrap().unwrap();
    grow(&store, "b", &[10]);
    grow(&store, "c", &[10]);
    let new = store.branch().unwrap().unwrap();
    let found = new.since(Some(old.tree())).unwrap();
    assert_eq!((keys(&found.gone), keys(&found.came)), (vec![key("b")], vec![key("b"), key("c")]));
    assert_ne!(found.gone[0].tree, found.came[0].tree);
    let back = old.since(Some(new.tree())).unwrap();
    assert_eq!((back.gone, back.came), (found.came, found.gone));
    assert_eq!(keys(&new.since(None).unwrap().came), [key("a"), key("b"), key("c")]);
    assert_eq!(keys(&new.since(Some(new.tree())).unwrap().came), []);
    // A state that is no longer there.
    let lost: TreeId = "00".repeat(20).parse().unwrap();
    assert!(new.since(Some(lost)).is_none());
    assert_eq!(assert_sound(repository.path()), 3);
}
