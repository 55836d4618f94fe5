//! Bringing the index up to date: what stands on the branches now and did not when they were last looked at.

use crate::chunks::Behind;
use crate::source::{Indexed, Source};
use crate::{Error, Index, Result, chunks, parallel, rows};
use opensession_hail::{Header, SessionKey};
use opensession_store::{Branch, Entry, Manifest};
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Texts are read in batches of so many bytes of HAIL: a small one first, so that the newest can be found soon.
const FIRST_BATCH: i64 = 8 << 20;
const LARGEST_BATCH: i64 = 256 << 20;

/// How far a refresh has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexProgress {
    /// So many of the sessions that came have been looked at.
    Sessions {
        /// Until now.
        done: u64,
        /// In all.
        all: u64,
    },
    /// So many bytes of the events that came have been read for their words.
    Texts {
        /// Until now.
        done: u64,
        /// In all.
        all: u64,
    },
}

/// What a refresh did.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// Sessions that came or grew.
    pub came: u64,
    /// Sessions that are gone.
    pub gone: u64,
    /// Bytes of HAIL that were read for their words.
    pub read: u64,
    /// Whether it was stopped before everything was read.
    pub stopped: bool,
    /// What could not be read.
    pub damaged: Vec<opensession_store::Error>,
}

/// Is told how far a refresh has come; `false` stops it, and what was done stays.
pub type OnProgress<'p> = &'p mut dyn FnMut(IndexProgress) -> bool;

impl Index {
    /// Brings the index up to the state of the branches: what their manifests say first, then the words of their
    /// events, newest sessions first. `repo` names the repository that a session worked in.
    ///
    /// # Errors
    /// When the database fails, or another process kept it locked. What cannot be read of a branch is in the result.
    pub fn refresh(
        &mut self,
        sources: &[Source],
        repo: &(dyn Fn(&Header) -> String + Sync),
        progress: OnProgress<'_>,
    ) -> Result<Refreshed> {
        let mut done = Refreshed::default();
        let mut is_changed = false;
        for source in sources {
            is_changed |= self.refresh_sessions(source, repo, progress, &mut done)?;
        }
        if !done.stopped {
            is_changed |= self.refresh_texts(sources, progress, &mut done)?;
        }
        if is_changed {
            self.settle()?;
        }
        Ok(done)
    }

    /// Brings the rows of a source up to date; `false` where they were.
    fn refresh_sessions(
        &mut self,
        source: &Source,
        repo: &(dyn Fn(&Header) -> String + Sync),
        progress: OnProgress<'_>,
        done: &mut Refreshed,
    ) -> Result<bool> {
        let tree = Some(source.branch.tree().to_string());
        let known = source.find(&self.db).map_err(|error| self.failed(error))?;
        if known.is_some_and(|known| known.tree == tree) {
            return Ok(false);
        }
        let path = self.path().map_or_else(|| ":memory:".into(), std::path::Path::to_owned);
        let failed = |source| Error::Database { path: path.clone(), source };
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = transaction.map_err(failed)?;
        // Another process may have done it meanwhile.
        let known = source.find_or_add(&transaction).map_err(failed)?;
        if known.tree == tree {
            return Ok(false);
        }
        let damaged = done.damaged.len();
        let update = Update { db: &transaction, source: known.id, repo };
        update.follow(&source.branch, &known, progress, done).map_err(failed)?;
        if !done.stopped {
            update.links(&source.branch, &known, done).map_err(failed)?;
        }
        // What could not be read is looked for again the next time.
        if !done.stopped && done.damaged.len() == damaged {
            let sql = "UPDATE sources SET tree = ?2 WHERE id = ?1";
            transaction.execute(sql, params![known.id, tree]).map_err(failed)?;
        }
        transaction.commit().map_err(failed)?;
        Ok(true)
    }

    /// Reads the words of the events that have not been read; `false` where there are none.
    fn refresh_texts(
        &mut self,
        sources: &[Source],
        progress: OnProgress<'_>,
        done: &mut Refreshed,
    ) -> Result<bool> {
        let all = self.unread_bytes()?;
        let mut unreadable = HashSet::new();
        let mut batch = FIRST_BATCH;
        let mut is_changed = false;
        while all > 0 && !done.stopped {
            let unread = self.unread(sources, batch, &unreadable)?;
            if unread.is_empty() {
                break;
            }
            is_changed = true;
            let path = self.path().map_or_else(|| ":memory:".into(), std::path::Path::to_owned);
            let failed = |source| Error::Database { path: path.clone(), source };
            let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate);
            let transaction = transaction.map_err(failed)?;
            let mut outcome = Ok(());
            parallel::in_order(
                &unread,
                |one| one.read(),
                |(one, texts)| {
                    match texts {
                        Ok(texts) => outcome = one.write(&transaction, &texts),
                        Err(error) => {
                            unreadable.insert(one.id);
                            done.damaged.push(error);
                        }
                    }
                    done.read += u64::try_from(one.bytes).unwrap_or(0);
                    done.stopped = !progress(IndexProgress::Texts {
                        done: done.read,
                        all: all.max(done.read),
                    });
                    outcome.is_ok() && !done.stopped
                },
            );
            outcome.map_err(failed)?;
            transaction.commit().map_err(failed)?;
            batch = (batch * 4).min(LARGEST_BATCH);
        }
        Ok(is_changed)
    }

    /// Returns how many bytes of HAIL have not been read for their words.
    fn unread_bytes(&self) -> Result<u64> {
        let sql = "SELECT ifnull(sum(bytes), 0) FROM sessions WHERE read * 8 < length(segments)";
        let sum = self.db.query_row(sql, [], |row| row.get::<_, i64>(0));
        sum.map(|sum| u64::try_from(sum).unwrap_or(0)).map_err(|error| self.failed(error))
    }

    /// Returns the newest sessions that have not been read, of so many bytes together, oldest first: rows of texts
    /// are written fastest in the order of their ids.
    fn unread(
        &self,
        sources: &[Source],
        most: i64,
        unreadable: &HashSet<i64>,
    ) -> Result<Vec<Unread>> {
        let select = || {
            let mut branches: HashMap<i64, &Arc<Branch>> = HashMap::new();
            for source in sources {
                if let Some(known) = source.find(&self.db)? {
                    branches.insert(known.id, &source.branch);
                }
            }
            let sql = "SELECT id, key, tree, day, read, events_read, chunks, bytes,
                (SELECT group_concat(source) FROM places WHERE session = id)
                FROM sessions WHERE read * 8 < length(segments) ORDER BY id DESC";
            let mut statement = self.db.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let (mut unread, mut bytes) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let id = row.get(0)?;
                let places: Option<String> = row.get(8)?;
                let places = places.as_deref().unwrap_or("").split(',');
                let mut branch = places.filter_map(|place| branches.get(&place.parse().ok()?));
                let Some(branch) = branch.next().filter(|_| !unreadable.contains(&id)) else {
                    continue;
                };
                let entry = entry(
                    &row.get::<_, String>(1)?,
                    &row.get::<_, String>(2)?,
                    &row.get::<_, String>(3)?,
                );
                let Some(entry) = entry else { continue };
                let one = Unread {
                    id,
                    branch: Arc::clone(branch),
                    entry,
                    behind: Behind {
                        segments: row.get(4)?,
                        events: row.get(5)?,
                        chunks: row.get(6)?,
                    },
                    bytes: row.get(7)?,
                };
                bytes += one.bytes;
                unread.push(one);
                if bytes >= most {
                    break;
                }
            }
            unread.reverse();
            Ok(unread)
        };
        select().map_err(|error| self.failed(error))
    }
}

/// Returns where a session stands, out of what its row says.
pub(crate) fn entry(key: &str, tree: &str, day: &str) -> Option<Entry> {
    let key = SessionKey::try_from(key.to_owned()).ok()?;
    Some(Entry { key, day: day.parse().ok()?, tree: tree.parse().ok()? })
}

/// A session with segments whose words are not in the index.
struct Unread {
    id: i64,
    branch: Arc<Branch>,
    entry: Entry,
    behind: Behind,
    bytes: i64,
}

impl Unread {
    fn read(&self) -> (&Self, opensession_store::Result<chunks::Texts>) {
        let manifest = self.branch.manifest(&self.entry);
        let texts = manifest
            .and_then(|manifest| chunks::read(&self.branch, &self.entry, &manifest, self.behind));
        (self, texts)
    }

    /// Writes the texts, unless another process did so meanwhile.
    fn write(&self, db: &Connection, texts: &chunks::Texts) -> rusqlite::Result<()> {
        let sql = "SELECT 1 FROM sessions WHERE id = ?1 AND tree = ?2 AND read = ?3";
        let tree = self.entry.tree.to_string();
        if db.prepare_cached(sql)?.exists(params![self.id, tree, self.behind.segments])? {
            texts.write(db, self.id)?;
        }
        Ok(())
    }
}

/// One source being brought up to date.
struct Update<'u> {
    db: &'u Connection,
    source: i64,
    repo: &'u (dyn Fn(&Header) -> String + Sync),
}

impl Update<'_> {
    fn follow(
        &self,
        branch: &Branch,
        known: &Indexed,
        progress: OnProgress<'_>,
        done: &mut Refreshed,
    ) -> rusqlite::Result<()> {
        let older = known.tree.as_ref().and_then(|tree| tree.parse().ok());
        let mut found = match branch.since(older) {
            Some(found) => found,
            None => {
                // What it was compared with is gone: everything may differ.
                self.forget_all()?;
                branch.since(None).unwrap_or_default()
            }
        };
        done.damaged.extend(found.damaged);
        // The versions that are gone, by key: one that came may have grown from them.
        let mut gone: HashMap<SessionKey, Vec<i64>> = HashMap::new();
        for entry in &found.gone {
            if let Some(id) = rows::find(self.db, &entry.key, entry.tree)? {
                let sql = "DELETE FROM places WHERE session = ?1 AND source = ?2";
                self.db.prepare_cached(sql)?.execute([id, self.source])?;
                gone.entry(entry.key.clone()).or_default().push(id);
            }
        }
        // Rows are smallest and written fastest in the order of their ids, which is that of their times.
        found.came.sort_by_key(|entry| entry.day);
        let mut day: Vec<(Entry, Manifest, String)> = Vec::new();
        let mut place_day = |day: &mut Vec<(Entry, Manifest, String)>| -> rusqlite::Result<()> {
            day.sort_by_key(|(_, manifest, _)| manifest.header.context.created_at);
            for (entry, manifest, repo) in day.drain(..) {
                let older = gone.get_mut(&entry.key).and_then(Vec::pop);
                self.place(&entry, &manifest, &repo, older)?;
            }
            Ok(())
        };
        let all = found.came.len() as u64;
        let (mut at, mut outcome) = (0, Ok(()));
        let read = |entry: &Entry| -> (Entry, opensession_store::Result<(Manifest, String)>) {
            let manifest = branch.manifest(entry);
            let named = manifest.map(|manifest| {
                let repo = (self.repo)(&manifest.header);
                (manifest, repo)
            });
            (entry.clone(), named)
        };
        parallel::in_order(&found.came, read, |(entry, manifest)| {
            match manifest {
                Ok((manifest, repo)) => {
                    if day.last().is_some_and(|(last, ..)| last.day != entry.day) {
                        outcome = place_day(&mut day);
                    }
                    day.push((entry, manifest, repo));
                    done.came += 1;
                }
                Err(error) => done.damaged.push(error),
            }
            at += 1;
            done.stopped = !progress(IndexProgress::Sessions { done: at, all });
            outcome.is_ok() && !done.stopped
        });
        outcome?;
        place_day(&mut day)?;
        done.gone += gone.values().map(Vec::len).sum::<usize>() as u64;
        self.sweep(&found.gone)
    }

    /// Puts a version of a session on the source.
    fn place(
        &self,
        entry: &Entry,
        manifest: &Manifest,
        repo: &str,
        older: Option<i64>,
    ) -> rusqlite::Result<()> {
        let id = match rows::find(self.db, &entry.key, entry.tree)? {
            Some(id) => id,
            None => {
                let older = older.map(|id| rows::find_abandoned(self.db, id)).transpose()?;
                let version = (&entry.key, entry.day, entry.tree);
                rows::write(self.db, version, manifest, repo, older.flatten())?
            }
        };
        let sql = "INSERT OR IGNORE INTO places VALUES (?1, ?2)";
        self.db.prepare_cached(sql)?.execute([id, self.source])?;
        Ok(())
    }

    /// Removes the versions that are gone and stand on no other branch.
    fn sweep(&self, gone: &[Entry]) -> rusqlite::Result<()> {
        for entry in gone {
            if let Some(id) = rows::find(self.db, &entry.key, entry.tree)?
                && rows::find_abandoned(self.db, id)?.is_some()
            {
                rows::remove(self.db, id)?;
            }
        }
        Ok(())
    }

    /// Removes everything of the source.
    fn forget_all(&self) -> rusqlite::Result<()> {
        let mut statement = self.db.prepare("SELECT session FROM places WHERE source = ?1")?;
        let ids: Vec<i64> = statement
            .query_map([self.source], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        self.db.execute("DELETE FROM places WHERE source = ?1", [self.source])?;
        self.db.execute("DELETE FROM links WHERE source = ?1", [self.source])?;
        self.db
            .execute("UPDATE sources SET tree = NULL, links = NULL WHERE id = ?1", [self.source])?;
        for id in ids {
            if rows::find_abandoned(self.db, id)?.is_some() {
                rows::remove(self.db, id)?;
            }
        }
        Ok(())
    }

    /// Brings the links of the source up to date.
    fn links(
        &self,
        branch: &Branch,
        known: &Indexed,
        done: &mut Refreshed,
    ) -> rusqlite::Result<()> {
        let (tree, links) = match branch.links_tree() {
            Ok(tree) if tree.map(|tree| tree.to_string()) == known.links => return Ok(()),
            Ok(tree) => (tree, branch.linked_sessions()),
            Err(error) => (None, Err(error)),
        };
        let links = match links {
            Ok(links) => links,
            Err(error) => {
                done.damaged.push(error);
                return Ok(());
            }
        };
        self.db.execute("DELETE FROM links WHERE source = ?1", [self.source])?;
        let mut insert =
            self.db.prepare_cached("INSERT OR IGNORE INTO links VALUES (?1, ?2, ?3)")?;
        for (commit, key) in links {
            insert.execute(params![self.source, commit.to_string(), key.as_str()])?;
        }
        let tree = tree.map(|tree| tree.to_string());
        let sql = "UPDATE sources SET links = ?2 WHERE id = ?1";
        self.db.execute(sql, params![self.source, tree])?;
        Ok(())
    }
}
