//! Repositories of every shape: the same sessions go in and come out, and nothing else changes.

use crate::sessions::{PATIENCE, assert_stored, expected, grow, grown, key, read, start, write};
use opensession_store::{Error, ErrorKind, Store};
use opensession_testkit::{Shape, TestRepository, git};
use std::fs;

#[test]
fn sessions_are_written_grown_and_read_in_every_shape() {
    for shape in Shape::ALL {
        let repository = TestRepository::new(shape);
        if matches!(shape, Shape::Plain | Shape::LinkedWorktree | Shape::Reftable | Shape::Sha256) {
            fs::write(repository.path().join("a.txt"), "changed\n").unwrap();
            let _quiet = repository.git(&["stash"]);
            fs::write(repository.path().join("a.txt"), "changed again\n").unwrap();
            fs::write(repository.path().join("b.txt"), "new\n").unwrap();
            let _quiet = repository.git(&["add", "b.txt"]);
        }
        let before = repository.belongings();
        let store = Store::open(repository.path()).unwrap();
        assert!(store.branch().unwrap().is_none(), "{shape:?}");
        assert!(store.fsck(&mut |_done, _total| {}).unwrap().is_empty(), "{shape:?}");

        let written = write(&store, vec![grown(&store, "a", &[10, 20]), grown(&store, "b", &[5])]);
        assert_eq!(written.stored.len(), 2, "{shape:?}");
        grow(&store, "a", &[30]);

        let branch = Store::open(repository.path()).unwrap().branch().unwrap().unwrap();
        let entry = branch.find(&key("a"), Some(start())).unwrap().unwrap();
        assert_eq!(read(&branch, &entry), expected(&[10, 20, 30]));
        let manifest = branch.manifest(&entry).unwrap();
        assert_eq!((manifest.segments.len(), manifest.events(), manifest.generation), (2, 3, 0));
        assert_eq!(branch.damage(), None);
        assert_eq!(assert_stored(repository.path()), 2, "{shape:?}");
        let readme = repository.git(&["show", "opensession/sessions:README.md"]);
        assert!(readme.contains("git"), "{shape:?}");
        assert_eq!(repository.git(&["rev-list", "--count", "opensession/sessions"]), "2");
        let reflog = repository.git(&["reflog", "--format=%gs %gn", "opensession/sessions"]);
        assert_eq!(reflog, ["opensession: capture opensession"; 2].join("\n"), "{shape:?}");
        assert!(repository.belongings() == before, "{shape:?}: something else changed");
        assert_nothing_is_left(&store, shape);
    }
}

fn assert_nothing_is_left(store: &Store, shape: Shape) {
    let mut folders = vec![store.git_dir().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            let is_left = matches!(extension, Some("lock" | "new" | "keep"));
            assert!(!is_left, "{shape:?}: {}", path.display());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
}

#[test]
fn a_git_folder_is_opened_like_its_work_tree() {
    for shape in Shape::ALL {
        let repository = TestRepository::new(shape);
        let git_dir = repository.git(&["rev-parse", "--absolute-git-dir"]);
        let common = repository.git(&["rev-parse", "--path-format=absolute", "--git-common-dir"]);
        for path in [repository.path(), git_dir.as_ref(), common.as_ref()] {
            let store = Store::open(path).unwrap();
            assert_eq!(store.git_dir(), fs::canonicalize(&common).unwrap(), "{shape:?}");
        }
    }
}

#[test]
fn a_branch_in_the_place_of_the_folder_is_named() {
    for shape in [Shape::Plain, Shape::PackedRefs, Shape::Reftable, Shape::LinkedReftable] {
        for name in ["opensession", "opensession/sessions/mine"] {
            let repository = TestRepository::new(shape);
            let _quiet = repository.git(&["branch", name]);
            if shape == Shape::PackedRefs {
                let _quiet = repository.git(&["pack-refs", "--all"]);
            }
            let store = Store::open(repository.path()).unwrap();
            assert!(store.branch().unwrap().is_none());
            let error = store.write(vec![grown(&store, "a", &[1])], start(), PATIENCE);
            match error {
                Err(Error::NameTaken { existing, .. }) => {
                    assert_eq!(existing, format!("refs/heads/{name}"), "{shape:?}");
                }
                other => panic!("{shape:?} {name}: {:?}", other.map(|written| written.commit)),
            }
            assert_eq!(
                repository.git(&["rev-parse", name]),
                repository.git(&["rev-parse", "main"])
            );
        }
    }
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    for (key, value, named) in [
        ("extensions.refStorage", "stone", "refstorage"),
        ("extensions.objectFormat", "sha3", "objectformat"),
        ("extensions.later", "true", "later"),
        ("core.repositoryFormatVersion", "2", "repository format 2"),
    ] {
        let repository = TestRepository::new(Shape::Plain);
        for (key, value) in [("core.repositoryFormatVersion", "1"), (key, value)] {
            let file = repository.path().join(".git/config");
            let _quiet = git(
                repository.home().path(),
                &["config", "--file", file.to_str().unwrap(), key, value],
            );
        }
        let error = Store::open(repository.path()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(named), "{error}");
    }
}
