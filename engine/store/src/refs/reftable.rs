//! Refs in tables (`extensions.refStorage = reftable`), which git itself reads and writes.

use super::{ADDRESS, Change, NAME, Update, Value};
use crate::layout::BRANCH;
use crate::lock::Deadline;
use crate::lockfile::{self, Hold};
use crate::{Error, Result, durable, git};
use gix::ObjectId;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So long is an update tried that fails for no reason that can be seen: somebody may have had the tables locked.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many entries of the reflog are looked at: git reads it from the start for every one.
const MAX_PAST: usize = 200;

/// The refs in the tables of one repository.
pub(super) struct Reftable {
    git_dir: PathBuf,
    hash: gix::hash::Kind,
}

impl Reftable {
    /// Returns the refs in the tables of `git_dir`.
    pub(super) const fn new(git_dir: PathBuf, hash: gix::hash::Kind) -> Self {
        Self { git_dir, hash }
    }

    /// Returns what the branch's ref holds.
    pub(super) fn value(&self) -> Result<Value> {
        match self.list(BRANCH)?.remove(BRANCH) {
            Some(value) => Ok(value),
            None => self.check_absent().map(|()| Value::Absent),
        }
    }

    /// Returns the ref `name` and those below it; symbolic ones are followed.
    pub(super) fn list(&self, name: &str) -> Result<BTreeMap<String, Value>> {
        let format = "--format=%(objectname) %(refname)";
        let listed = git::run(&self.git_dir, &["for-each-ref", format, "--", name], b"")?;
        let listed = listed.success().map_err(damaged)?;
        let parse = |line: &[u8]| {
            let (id, name) = str::from_utf8(line).ok()?.split_once(' ')?;
            Some((name.to_owned(), self.id(id).map_or_else(|| garbage(id), Value::Id)))
        };
        Ok(listed.split(|byte| *byte == b'\n').filter_map(parse).collect())
    }

    /// Returns the commits that the branch's ref was set to, the newest last, without those that are missing.
    pub(super) fn past(&self) -> Result<Vec<ObjectId>> {
        let mut past = self.ids((0..MAX_PAST).map(|n| format!("{BRANCH}@{{{n}}}")))?;
        past.reverse();
        Ok(past)
    }

    /// Returns the commits that the `HEAD`s called so stand for, without those that cannot be found.
    pub(super) fn ids(&self, names: impl Iterator<Item = String>) -> Result<Vec<ObjectId>> {
        let question: String = names.map(|name| format!("{name}\n")).collect();
        // Git stops, and fails, at the first entry of a reflog that there is not. What it said until then counts.
        let command = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
        let answer = git::run(&self.git_dir, &command, question.as_bytes())?;
        let answer = String::from_utf8_lossy(&answer.output).into_owned();
        let id = |line: &str| line.strip_suffix(" commit").and_then(|id| self.id(id));
        Ok(answer.lines().filter_map(id).collect())
    }

    /// Makes `change`.
    pub(super) fn set(&self, change: &Change) -> Result<Update> {
        let old = match &change.seen {
            Value::Id(id) => *id,
            Value::Absent => ObjectId::null(self.hash),
            Value::Garbage(_) => return Err(Error::corrupt(BRANCH, "no object id")),
        };
        let orders = format!("update {BRANCH}\0{}\0{old}\0", change.new);
        let who = (NAME, ADDRESS);
        let deadline = Deadline::new(PATIENCE);
        let mut attempt = 0;
        loop {
            let (seconds, reason) = (change.seconds, change.reason);
            let update = git::update_refs(&self.git_dir, orders.as_bytes(), who, seconds, reason);
            let Err(error) = update?.success() else {
                durable::sync_folder(&self.tables())?;
                return Ok(Update::Done);
            };
            // Git says only in words why it failed.
            if self.value()? != change.seen || self.lock().exists() {
                return Ok(Update::Lost);
            }
            attempt += 1;
            if !deadline.wait(attempt) {
                return Err(error);
            }
        }
    }

    /// Removes what a dead git left where it is certain that nobody uses it: the lock on the tables, and, of tables
    /// that were being joined, the locks and the new one.
    pub(super) fn clear(&self, staging: &Path) -> Result<()> {
        let tables = self.tables();
        for entry in fs::read_dir(&tables).map_err(Error::io(&tables))? {
            let path = entry.map_err(Error::io(&tables))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.ends_with(".lock") || name.contains(".temp.") {
                let hold = if path == self.lock() { Hold::Open } else { Hold::Closed };
                lockfile::remove_abandoned(&path, &staging.join("lock"), hold)?;
            }
        }
        Ok(())
    }

    /// Makes sure that there is no such ref, where a list did not have it: git leaves out of a list what it cannot read.
    fn check_absent(&self) -> Result<()> {
        let asked = git::run(&self.git_dir, &["show-ref", "--exists", BRANCH], b"")?;
        match asked.code {
            // Git exits with 2 where there is none.
            Some(2) => {}
            Some(0) => return Err(Error::corrupt(BRANCH, "is there, but cannot be listed")),
            _ => return asked.success().map(drop).map_err(damaged),
        }
        // Deleting a branch deletes its reflog too, in one step.
        let asked = git::run(&self.git_dir, &["reflog", "exists", BRANCH], b"")?;
        match asked.code {
            Some(1) => Ok(()),
            Some(0) => Err(Error::corrupt(BRANCH, "missing, but has a reflog")),
            _ => asked.success().map(drop).map_err(damaged),
        }
    }

    fn id(&self, hex: &str) -> Option<ObjectId> {
        let id = ObjectId::from_hex(hex.as_bytes()).ok()?;
        (id.kind() == self.hash && !id.is_null()).then_some(id)
    }

    fn tables(&self) -> PathBuf {
        self.git_dir.join("reftable")
    }

    fn lock(&self) -> PathBuf {
        self.tables().join("tables.list.lock")
    }
}

/// Returns what it means that git cannot read refs: the tables are damaged.
fn damaged(error: Error) -> Error {
    match error {
        Error::Git { message, .. } => Error::corrupt("reftable", message),
        other => other,
    }
}

fn garbage(text: &str) -> Value {
    Value::Garbage(text.as_bytes().to_vec())
}
