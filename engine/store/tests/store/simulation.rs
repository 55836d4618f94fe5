//! Machines that share one remote, in one process: what happens is drawn from a seed, and so are the faults. At the end
//! all have the same state, nothing that anybody stored is lost, and nothing that anybody forgot is back.
//!
//! `tests/run --long simulation` runs 1,000 seeds.

use crate::joining::{ids, tell};
use crate::sessions::{PATIENCE, assert_sound, at, key};
use opensession_hail::{SessionKey, Timestamp};
use opensession_store::{Branch, CommitId, Store};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const MACHINES: u64 = 4;
const SESSIONS: u64 = 3;

/// Draws numbers, the same ones from the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Some time within ten years of today.
    fn clock(&mut self) -> Timestamp {
        let years = i64::try_from(self.below(20)).unwrap() - 10;
        let today = at("2026-02-20T12:00:00.000Z").as_millis();
        Timestamp::from_millis(today + years * 31_556_952_000).unwrap()
    }
}

struct Machine {
    store: Store,
    /// What its tools' logs tell, by session: ids of events, a letter each.
    logs: BTreeMap<u64, String>,
    /// Tips that it had.
    past: Vec<CommitId>,
}

struct World {
    folder: tempfile::TempDir,
    machines: Vec<Machine>,
    /// Stores one version of one session at a time, to be joined: as a capture sees it.
    scribe: PathBuf,
    /// What the remote's branch is at.
    remote: Option<CommitId>,
    /// Every version that was stored: session, generation, events.
    told: Vec<(u64, u64, String)>,
    /// Everything that was forgotten: session, and up to which generation.
    forgotten: Vec<(u64, u64)>,
    dice: Dice,
}

fn name(session: u64) -> String {
    format!("s{session}")
}

fn session_key(session: u64) -> SessionKey {
    key(&name(session))
}

impl World {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path().join("objects");
        // All write into the same objects: sending and receiving them is git's, and has tests of its own.
        let open = |name: &str| {
            let path = folder.path().join(name);
            drop(Store::init(&path).unwrap());
            match shared.exists() {
                false => fs::rename(path.join("objects"), &shared).unwrap(),
                true => fs::remove_dir_all(path.join("objects")).unwrap(),
            }
            symlink(&shared, path.join("objects")).unwrap();
            path
        };
        let scribe = open("scribe");
        let machines = (0..MACHINES).map(|number| Machine {
            store: Store::open(&open(&format!("machine{number}"))).unwrap(),
            logs: BTreeMap::new(),
            past: Vec::new(),
        });
        let machines = machines.collect();
        let (told, forgotten) = (Vec::new(), Vec::new());
        Self { folder, machines, scribe, remote: None, told, forgotten, dice: Dice(seed) }
    }

    fn machine(&mut self) -> usize {
        usize::try_from(self.dice.below(MACHINES)).unwrap()
    }

    fn branch(&self, machine: usize) -> Option<Branch> {
        self.machines[machine].store.branch().unwrap()
    }

    /// A tool goes on with a session, with an event that copies of the log have too or one of its own; and it is captured.
    fn grow(&mut self, machine: usize) {
        let session = self.dice.below(SESSIONS);
        let log = self.machines[machine].logs.entry(session).or_default();
        let own = u64::try_from(machine).unwrap() * 2 + self.dice.below(2);
        let next = match self.dice.below(3) {
            0 => char::from(b'A' + u8::try_from(own).unwrap()),
            _ => char::from(b'a' + u8::try_from(log.len() % 26).unwrap()),
        };
        if !log.contains(next) {
            log.push(next);
        }
        let log = log.clone();
        self.capture(machine, session, &log);
    }

    fn capture(&mut self, machine: usize, session: u64, log: &str) {
        let branch = self.branch(machine);
        let versions = branch
            .as_ref()
            .map_or(Vec::new(), |branch| branch.versions(&session_key(session)).unwrap());
        let generation = versions
            .iter()
            .map(|entry| branch.as_ref().unwrap().manifest(entry).unwrap().generation)
            .max();
        let forgotten =
            branch.as_ref().and_then(|branch| branch.tombstone(&session_key(session)).unwrap());
        let generation = generation.unwrap_or(0);
        if forgotten.is_some_and(|forgotten| generation <= forgotten) {
            return;
        }
        for file in ["refs/heads/opensession/sessions", "logs/refs/heads/opensession/sessions"] {
            drop(fs::remove_file(self.scribe.join(file)));
        }
        let scribe = Store::open(&self.scribe).unwrap();
        tell(&scribe, &name(session), generation, log, "");
        let told = scribe.branch().unwrap().unwrap().commit();
        let clock = self.dice.clock();
        self.machines[machine].store.join(told, clock, PATIENCE).unwrap();
        self.told.push((session, generation, log.to_owned()));
    }

    fn forget(&mut self, machine: usize) {
        let session = self.dice.below(SESSIONS);
        let Some(branch) = self.branch(machine) else { return };
        if branch.versions(&session_key(session)).unwrap().is_empty() {
            return;
        }
        let clock = self.dice.clock();
        let store = &self.machines[machine].store;
        store.forget(&[(session_key(session), 0)], clock, PATIENCE).unwrap();
        let generation = self.branch(machine).unwrap().tombstone(&session_key(session)).unwrap();
        self.forgotten.push((session, generation.unwrap()));
    }

    fn restore(&mut self, machine: usize) {
        let session = self.dice.below(SESSIONS);
        let clock = self.dice.clock();
        let store = &self.machines[machine].store;
        if let Some(past) = store.before_forgetting(&session_key(session)).unwrap() {
            store.restore(&past, &session_key(session), clock, PATIENCE).unwrap();
        }
    }

    /// Fetches, joins and pushes; returns whether all of it was done, and not cut off somewhere.
    fn sync(&mut self, machine: usize, faulty: bool) -> bool {
        let cut = |dice: &mut Dice| faulty && dice.below(5) == 0;
        let fetched = self.remote;
        if cut(&mut self.dice) {
            return false;
        }
        // Somebody else may be faster.
        if faulty && self.dice.below(4) == 0 {
            let other = self.machine();
            if other != machine {
                self.sync(other, false);
            }
        }
        let clock = self.dice.clock();
        let store = &self.machines[machine].store;
        if let Some(fetched) = fetched {
            store.join(fetched, clock, PATIENCE).unwrap();
        }
        let Some(branch) = store.branch().unwrap() else { return true };
        if cut(&mut self.dice) {
            return false;
        }
        let tip = branch.commit();
        // What a push may do: continue the branch, or replace the very commit that was fetched, where a history was begun
        // anew.
        if let Some(remote) = self.remote
            && !store.continues(tip, remote).unwrap()
            && fetched != Some(remote)
        {
            return false;
        }
        self.remote = Some(tip);
        // The answer may be lost: the machine does not know, and does it again.
        !cut(&mut self.dice)
    }

    fn step(&mut self) {
        let machine = self.machine();
        let clock = self.dice.clock();
        match self.dice.below(20) {
            0..8 => self.grow(machine),
            8..15 => drop(self.sync(machine, true)),
            15 => self.forget(machine),
            16 => self.restore(machine),
            17 => drop(self.machines[machine].store.rewrite(clock, PATIENCE).unwrap()),
            // Somebody pushes an old state over the branch, or deletes it.
            18 => {
                let past = &self.machines[machine].past;
                if !past.is_empty() {
                    let index = usize::try_from(self.dice.below(past.len() as u64)).unwrap();
                    self.remote = Some(past[index]);
                }
            }
            _ => self.remote = None,
        }
        let tip = self.branch(machine).map(|branch| branch.commit());
        self.machines[machine].past.extend(tip);
    }

    fn settle(&mut self) {
        for _round in 0..3 {
            for machine in 0..self.machines.len() {
                while !self.sync(machine, false) {}
            }
        }
    }

    fn check(&self) {
        let trees: Vec<String> = (0..self.machines.len())
            .filter_map(|machine| Some(self.branch(machine)?.tree().to_string()))
            .collect();
        assert!(trees.windows(2).all(|pair| pair[0] == pair[1]), "{trees:?}");
        let Some(branch) = self.branch(0) else { return };
        let store = &self.machines[0].store;
        let version = |entry: opensession_store::Entry| {
            let generation = branch.manifest(&entry).unwrap().generation;
            (generation, ids(store, &entry.key))
        };
        for session in 0..SESSIONS {
            let stands = branch.versions(&session_key(session)).unwrap();
            let stands: Vec<(u64, String)> = stands.into_iter().map(version).collect();
            let tombstone = branch.tombstone(&session_key(session)).unwrap();
            for (_, generation, events) in self.told.iter().filter(|told| told.0 == session) {
                let is_kept = stands.iter().any(|(newer, longer)| {
                    newer > generation || (newer == generation && longer.starts_with(events))
                });
                let is_forgotten = tombstone.is_some_and(|forgotten| *generation <= forgotten);
                assert!(is_kept || is_forgotten, "lost: {events} of {session}: {stands:?}");
            }
            for (_, generation) in self.forgotten.iter().filter(|forgot| forgot.0 == session) {
                assert!(tombstone >= Some(*generation), "{session}: {tombstone:?}");
                let is_back = stands.iter().any(|(stands, _events)| stands <= generation);
                assert!(!is_back, "back: {session} at {generation}: {stands:?}");
            }
        }
    }
}

fn run(seed: u64) -> World {
    let mut world = World::new(seed);
    for _step in 0..30 {
        world.step();
    }
    world.settle();
    world.check();
    world
}

fn sound(world: &World, path: &Path) {
    if world.branch(0).is_some() {
        assert_sound(path);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "asked for by the person who runs the tests")]
fn machines_with_faults_come_to_the_same_and_lose_nothing() {
    let long = std::env::var_os("OPENSESSION_LONG").is_some();
    for seed in 0..if long { 1000 } else { 25 } {
        let finished = std::panic::catch_unwind(|| {
            let world = run(seed);
            if seed % 25 == 0 {
                sound(&world, &world.folder.path().join("machine0"));
            }
        });
        assert!(finished.is_ok(), "seed {seed}");
    }
}
