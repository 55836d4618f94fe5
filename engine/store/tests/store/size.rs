//! What the branch takes of the disk, in repositories of every shape, with git as the oracle.

use crate::remotes::{fetch, hash_like, joined, push};
use crate::sessions::{assert_stored, grow, key};
use opensession_store::Store;
use opensession_testkit::{Shape, TestRepository};

#[test]
fn the_branch_is_weighed_as_git_does_in_every_shape() {
    for shape in Shape::ALL {
        let hub = TestRepository::new(hash_like(shape));
        let (repository, store) = joined(shape, &hub);
        for (id, size) in [("a", 10), ("b", 3000), ("c", 10), ("b", 20)] {
            grow(&store, id, &[size]);
        }
        let branch = store.branch().unwrap().unwrap();
        let size = store.size(&branch).unwrap();
        let number = |arguments: &[&str]| repository.git(arguments).parse::<u64>().unwrap();
        let own = "refs/heads/opensession/sessions";
        let weigh = |what: &[&str]| {
            number(
                &[&["rev-list", "--disk-usage", "--missing=allow-any", "--objects"], what].concat(),
            )
        };
        let only = [own, "--not", "--exclude=opensession/sessions", "--branches", "--tags"];
        assert_eq!(size.bytes, weigh(&only), "{shape:?}");
        assert_eq!(
            size.objects,
            number(&[&["rev-list", "--count", "--objects"], &only[..]].concat())
        );
        assert_eq!(
            size.history,
            weigh(&[&format!("{own}^@"), &format!("^{own}^{{tree}}")]),
            "{shape:?}"
        );
        assert_eq!(size.clone, weigh(&["--branches", "--tags", "--remotes"]), "{shape:?}");
        let largest = size.largest.iter().map(|(entry, _bytes)| entry.key.clone());
        assert_eq!(largest.collect::<Vec<_>>()[..1], [key("b")], "{shape:?}");
        assert!(size.largest.is_sorted_by(|one, next| one.1 >= next.1), "{size:?}");
        // That others have it too is no reason to count it as theirs.
        push(&store, &store.remote("origin").unwrap()).unwrap();
        assert_eq!(store.size(&branch).unwrap().bytes, size.bytes, "{shape:?}");
        assert_eq!(assert_stored(repository.path()), 3);
    }
}

#[test]
fn a_remote_with_no_other_branch_is_there_for_the_sessions() {
    let hub = TestRepository::new(Shape::Bare);
    let (_ann, ann) = joined(Shape::Plain, &hub);
    grow(&ann, "a", &[10]);
    push(&ann, &ann.remote("origin").unwrap()).unwrap();
    let repository = TestRepository::new(Shape::Plain);
    let address = hub.path().to_str().unwrap().to_owned();
    for name in ["origin", "sessions"] {
        let _quiet = repository.git(&["remote", "add", name, &address]);
    }
    let store = Store::open(repository.path()).unwrap();
    let is_alone = |name: &str| store.is_for_sessions_alone(&store.remote(name).unwrap()).unwrap();
    assert_eq!((is_alone("origin"), is_alone("sessions"), is_alone(&address)), (false, true, true));
    fetch(&store, &store.remote("sessions").unwrap()).unwrap();
    assert!(is_alone("sessions"));
    let _quiet = repository.git(&["push", "--quiet", "sessions", "HEAD:refs/heads/main"]);
    assert!(!is_alone("sessions"));
}
