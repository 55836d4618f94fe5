//! Whatever happens to the file, no answer is wrong.

use crate::world::World;
use opensession_index::{Error, Health, Index};
use std::fs;

fn filled() -> World {
    let world = World::new();
    for number in 0..20 {
        world.write(number, &[("user", "needle"), ("edit", "src/lib.rs"), ("assistant", "found")]);
    }
    world
}

/// Returns what the index at the world's file finds, made or opened as any process would.
fn found(world: &World) -> Vec<String> {
    let mut index = Index::open(&world.file()).unwrap();
    let asked = world.refresh(&mut index);
    asked.ids(&index, "needle file:src/lib.rs")
}

#[test]
fn a_file_that_was_changed_by_somebody_else_is_made_anew() {
    let world = filled();
    let right = found(&world);
    assert_eq!(right.len(), 16);
    let sound = fs::read(world.file()).unwrap();
    // Spread over the file by a fixed pattern.
    for round in 0..100_usize {
        let mut bytes = fs::read(world.file()).unwrap();
        let at = (round * 7919 + round * round * 104_729) % bytes.len();
        match round % 5 {
            0 => bytes[at] ^= 1 << (round % 8),
            1 => bytes.truncate(at),
            2 => bytes[at..].fill(0),
            3 => bytes = b"not a database".to_vec(),
            _ => bytes = sound.clone(),
        }
        fs::write(world.file(), bytes).unwrap();
        assert_eq!(found(&world), right, "round {round}, at {at}");
    }
}

#[test]
fn a_file_that_goes_away_while_it_is_used_or_is_of_another_kind_costs_a_rebuild() {
    let world = filled();
    let right = found(&world);
    let mut index = Index::open(&world.file()).unwrap();
    let asked = world.refresh(&mut index);
    opensession_index::remove(&world.file()).unwrap();
    assert!(index.is_orphaned());
    assert_eq!(asked.ids(&index, "needle file:src/lib.rs"), right);
    // It can even go on to grow; nobody else sees it.
    world.write(20, &[("user", "needle")]);
    let asked = world.refresh(&mut index);
    assert_eq!(asked.ids(&index, "needle").len(), 17);
    drop(index);
    assert_eq!(found(&world), right);
    // Another program's database.
    opensession_index::remove(&world.file()).unwrap();
    let other = rusqlite::Connection::open(world.file()).unwrap();
    other.execute_batch("CREATE TABLE sessions (id)").unwrap();
    drop(other);
    assert_eq!(found(&world), right);
    // A log and a shared memory that belong to nothing.
    fs::write(world.file().with_extension("db-wal"), [7; 100]).unwrap();
    assert_eq!(found(&world), right);
    opensession_index::remove(&world.file()).unwrap();
    fs::create_dir(world.file()).unwrap();
    assert!(matches!(Index::open(&world.file()), Err(Error::Io { .. } | Error::Database { .. })));
}

#[test]
fn two_processes_bring_one_index_up_to_date() {
    let world = filled();
    let file = world.file();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut index = Index::open(&file).unwrap();
                let asked = world.refresh(&mut index);
                assert_eq!(asked.ids(&index, "needle").len(), 16);
            });
        }
    });
    assert_eq!(found(&world).len(), 16);
}

#[test]
fn what_was_stopped_goes_on_later() {
    let world = filled();
    let mut index = Index::open(&world.file()).unwrap();
    let repo = |_: &opensession_hail::Header| String::new();
    let mut steps = 0;
    let stopped = index.refresh(&world.sources(), &repo, &mut |_| {
        steps += 1;
        steps < 25
    });
    assert!(stopped.unwrap().stopped);
    drop(index);
    assert_eq!(found(&world).len(), 16);
}

#[test]
fn how_the_file_is_can_be_seen_without_changing_it() {
    let world = filled();
    assert_eq!(opensession_index::examine(&world.file()), Health::Missing);
    assert!(!world.file().parent().unwrap().exists());
    let look = || {
        let files = || {
            let folder = world.file().parent().unwrap().to_owned();
            let mut files: Vec<_> = fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap())
                .filter(|entry| entry.file_type().unwrap().is_file())
                .map(|entry| (entry.path(), fs::read(entry.path()).unwrap()))
                .collect();
            files.sort();
            files
        };
        let before = files();
        let health = opensession_index::examine(&world.file());
        assert!(files() == before, "nothing is written");
        health
    };
    let right = found(&world);
    assert_eq!(look(), Health::Sound);
    let sound = fs::read(world.file()).unwrap();
    for damage in [sound[..sound.len() / 2].to_vec(), b"not a database".to_vec(), Vec::new()] {
        fs::write(world.file(), damage).unwrap();
        assert!(matches!(look(), Health::Unfit(_)));
        assert_eq!(found(&world), right);
        assert_eq!(look(), Health::Sound);
    }
    // As if the file system had lost a page: the time of the file tells nothing.
    let mut bytes = fs::read(world.file()).unwrap();
    let time = fs::metadata(world.file()).unwrap().modified().unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(world.file(), bytes).unwrap();
    fs::File::options().append(true).open(world.file()).unwrap().set_modified(time).unwrap();
    assert!(matches!(look(), Health::Unfit(_)), "{:?}", look());
    let mut stamp = world.file().into_os_string();
    stamp.push("-stamp");
    fs::remove_file(&stamp).unwrap();
    assert_eq!(look(), Health::Unfit("has no stamp beside it".to_owned()));
}
