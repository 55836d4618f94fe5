//! The database file: opened, made anew where it is not what we left there, or held in memory.
//!
//! SQLite trusts the bytes of its file, so damage in it could give wrong answers. It is never trusted here: beside the
//! file stands a stamp with its size, time and place as we left it, and a file that differs is thrown away. For that,
//! the file must change at known moments only: writes go to the write-ahead log, whose frames have checksums, and
//! nothing but [`Index::settle`] moves them into the file.

mod health;

pub use health::{Health, examine};

use crate::{Error, Result};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Marks the file as ours: `OSIX`.
const APPLICATION: i32 = 0x4F53_4958;
/// Raised with every change of the schema, of what is indexed, or of how words are cut.
const VERSION: i32 = 5;
const SCHEMA: &str = include_str!("schema.sql");
/// The words of the full-text table, in order.
const VOCABULARY: &str = "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, texts, row);";
/// One of so many pages may be free: they are used again by what comes next.
const MOST_FREE: i64 = 32;
/// So long a process waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The index. Everything in it can be thrown away and made again from the branches.
pub struct Index {
    pub(crate) db: Connection,
    file: Option<Stamped>,
}

/// A file, and the stamp that says how we left it. The stamp's file is also the lock of those who change either.
struct Stamped {
    path: PathBuf,
    stamp: File,
    /// What the file was when it was opened.
    identity: Identity,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    size: u64,
    /// When it was changed, in nanoseconds since 1970.
    changed: u128,
    inode: u64,
}

impl Index {
    /// Returns the index in the file `path`. One that is damaged, foreign, or of another version is replaced by an
    /// empty one.
    ///
    /// # Errors
    /// When the file cannot be made, written or locked.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_within(path, PATIENCE)
    }

    /// Returns the index as [`Index::open`] does, but does not wait for another process that keeps it to itself.
    ///
    /// # Errors
    /// As for [`Index::open`], and when it is locked just now.
    pub fn open_at_once(path: &Path) -> Result<Self> {
        Self::open_within(path, Duration::ZERO)
    }

    fn open_within(path: &Path, patience: Duration) -> Result<Self> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let stamp_path = beside(path, "-stamp");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut stamp = private(options).open(&stamp_path).map_err(io)?;
        hold(&stamp, File::try_lock_shared, patience).map_err(io)?;
        if !is_as_left(path, &mut stamp).map_err(io)? {
            stamp.unlock().map_err(io)?;
            hold(&stamp, File::try_lock, patience).map_err(io)?;
            // Another process may have been faster.
            if !is_as_left(path, &mut stamp).map_err(io)? {
                remake(path, &mut stamp)?;
            }
        }
        let opened = match connect(path) {
            Ok(db) => db,
            Err(error) if error.is_damage() => {
                hold(&stamp, File::try_lock, patience).map_err(io)?;
                remake(path, &mut stamp)?;
                connect(path)?
            }
            Err(error) => return Err(error),
        };
        let identity = identity(path).map_err(io)?;
        stamp.unlock().map_err(io)?;
        let identity = identity.ok_or_else(|| io(std::io::ErrorKind::NotFound.into()))?;
        Ok(Self { db: opened, file: Some(Stamped { path: path.to_owned(), stamp, identity }) })
    }

    /// Returns an empty index that is gone with this value.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn in_memory() -> Result<Self> {
        let make = || {
            let db = Connection::open_in_memory()?;
            db.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;")?;
            make_schema(&db)?;
            db.execute_batch(VOCABULARY)?;
            Ok(db)
        };
        let db = make().map_err(|source| Error::Database { path: ":memory:".into(), source })?;
        Ok(Self { db, file: None })
    }

    /// Returns the file, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }

    /// Returns whether the file was deleted or replaced since it was opened.
    #[must_use]
    pub fn is_orphaned(&self) -> bool {
        self.file.as_ref().is_some_and(|file| match identity(&file.path) {
            Ok(Some(now)) => now.inode != file.identity.inode,
            Ok(None) | Err(_) => true,
        })
    }

    /// Moves what was written into the file, syncs it and stamps it.
    pub(crate) fn settle(&mut self) -> Result<()> {
        if self.is_orphaned() {
            // It lives on until it is closed, and nobody will open it again.
            return Ok(());
        }
        let Some(Stamped { path, stamp, .. }) = &mut self.file else { return Ok(()) };
        let io = |source| Error::Io { path: path.clone(), source };
        match hold(stamp, File::try_lock, PATIENCE) {
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                // What was written is in the log beside the file, where everybody finds it.
                return Ok(());
            }
            held => held.map_err(io)?,
        }
        let moved = give_back(&self.db)
            .and_then(|()| self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(())));
        let settled = moved
            .map_err(|source| Error::Database { path: path.clone(), source })
            .and_then(|()| write_stamp(path, stamp).map_err(io));
        stamp.unlock().map_err(io)?;
        settled
    }

    /// Makes an error of the database one of this crate.
    pub(crate) fn failed(&self, source: rusqlite::Error) -> Error {
        let path = self.path().map_or_else(|| ":memory:".into(), Path::to_owned);
        Error::Database { path, source }
    }
}

/// Removes the index at `path`; nothing is lost by that.
///
/// # Errors
/// When a file cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    for end in ["", "-wal", "-shm", "-stamp"] {
        let file = beside(path, end);
        let removed = match fs::remove_file(&file) {
            // A folder in its place is in the way, and not ours.
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        removed.map_err(|source| Error::Io { path: file, source })?;
    }
    Ok(())
}

/// Returns the bytes that the index at `path` takes on disk.
#[must_use]
pub fn size(path: &Path) -> u64 {
    let sizes =
        ["", "-wal"].map(|end| fs::metadata(beside(path, end)).map_or(0, |file| file.len()));
    sizes.iter().sum()
}

/// What it makes, only the user can read: there are words of sessions in it.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Replaces the file by an empty database. The stamp must be locked.
fn remake(path: &Path, stamp: &mut File) -> Result<()> {
    for end in ["", "-wal", "-shm"] {
        let file = beside(path, end);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Io { path: file, source: error });
            }
            _ => {}
        }
    }
    private(OpenOptions::new().write(true).create_new(true))
        .open(path)
        .map_err(|source| Error::Io { path: path.to_owned(), source })?;
    let made = Connection::open(path).and_then(|db| {
        // Room that became free is given back by `settle`, which only a database made so can do.
        db.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;")?;
        make_schema(&db)
        // Closing it moves what was written into the file.
    });
    made.map_err(|source| Error::Database { path: path.to_owned(), source })?;
    write_stamp(path, stamp).map_err(|source| Error::Io { path: path.to_owned(), source })
}

fn make_schema(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(&format!(
        "BEGIN; {SCHEMA} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;"
    ))
}

/// Gives back the room that became free, as when words are put together, where it is much of the file.
fn give_back(db: &Connection) -> rusqlite::Result<()> {
    let number = |pragma: &str| -> rusqlite::Result<i64> {
        db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
    };
    if number("freelist_count")? * MOST_FREE > number("page_count")? {
        // Each row is a page that was given back.
        let mut statement = db.prepare("PRAGMA incremental_vacuum")?;
        let mut pages = statement.query([])?;
        while pages.next()?.is_some() {}
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection> {
    let open = || {
        let db = Connection::open(path)?;
        db.busy_timeout(PATIENCE)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        // What must survive a power cut is synced by `settle`; before that, the stamp does not fit.
        db.execute_batch(
            "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;
             PRAGMA trusted_schema = OFF; PRAGMA cache_size = -32768;",
        )?;
        let number = |pragma: &str| {
            db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i32>(0)).optional()
        };
        let is_ours = number("application_id")? == Some(APPLICATION)
            && number("user_version")? == Some(VERSION);
        db.execute_batch(VOCABULARY)?;
        if is_ours { Ok(db) } else { Err(rusqlite::Error::InvalidQuery) }
    };
    open().map_err(|source| Error::Database { path: path.to_owned(), source })
}

/// Takes a lock of the stamp; a process that was stopped may hold it for ever.
fn hold(
    stamp: &File,
    try_lock: fn(&File) -> std::result::Result<(), TryLockError>,
    patience: Duration,
) -> std::io::Result<()> {
    let started = Instant::now();
    loop {
        match try_lock(stamp) {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if started.elapsed() >= patience => {
                let reason = "another process keeps it locked";
                return Err(std::io::Error::new(std::io::ErrorKind::TimedOut, reason));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// Returns whether the file is the one that we left there.
fn is_as_left(path: &Path, stamp: &mut File) -> std::io::Result<bool> {
    let Some(identity) = identity(path)? else { return Ok(false) };
    let mut text = String::new();
    stamp.rewind()?;
    // A stamp that is no text fits nothing.
    let _read = stamp.take(256).read_to_string(&mut text);
    Ok(text == identity.to_string())
}

fn write_stamp(path: &Path, stamp: &mut File) -> std::io::Result<()> {
    File::open(path)?.sync_all()?;
    let Some(identity) = identity(path)? else { return Ok(()) };
    stamp.set_len(0)?;
    stamp.rewind()?;
    stamp.write_all(identity.to_string().as_bytes())
}

fn identity(path: &Path) -> std::io::Result<Option<Identity>> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let changed = found.modified()?.duration_since(std::time::UNIX_EPOCH);
    let changed = changed.map_or(0, |since| since.as_nanos());
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&found);
    #[cfg(not(unix))]
    let inode = 0;
    Ok(Some(Identity { size: found.len(), changed, inode }))
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{VERSION} {} {} {}", self.size, self.changed, self.inode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_became_free_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("local.db");
        let mut index = Index::open(&path).unwrap();
        let many = "CREATE TABLE many AS WITH RECURSIVE numbers (n) AS
            (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
            SELECT n, zeroblob(2000) FROM numbers";
        index.db.execute_batch(many).unwrap();
        index.settle().unwrap();
        let full = size(&path);
        index.db.execute_batch("DROP TABLE many").unwrap();
        index.settle().unwrap();
        assert!(size(&path) < full / 4, "{} of {full}", size(&path));
        // It is the same file, as it was left.
        let number: i64 =
            index.db.query_row("SELECT count(*) FROM sessions", [], |row| row.get(0)).unwrap();
        assert_eq!((number, index.is_orphaned()), (0, false));
    }

    #[test]
    fn nobody_waits_for_ever_for_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stamp");
        let first = File::create(&path).unwrap();
        let second = File::open(&path).unwrap();
        hold(&first, File::try_lock_shared, Duration::ZERO).unwrap();
        hold(&second, File::try_lock_shared, Duration::ZERO).unwrap();
        let error = hold(&second, File::try_lock, Duration::ZERO).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        first.unlock().unwrap();
        hold(&second, File::try_lock, PATIENCE).unwrap();
        assert!(hold(&first, File::try_lock_shared, Duration::ZERO).is_err());
    }
}
