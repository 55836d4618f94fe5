//! Databases that tools keep open: read from a private copy, so that nothing is ever written beside the original.
//!
//! A database in WAL mode holds its newest rows in `<name>-wal`, often all of them: tools do not checkpoint when they
//! exit. Opening the original, even for reading, may create files beside it, and `immutable` would not see the WAL. So
//! the file is copied with what lies beside it, and the copy is opened; the frames of a WAL carry checksums, so that a
//! copy made while the tool writes ends at the last whole commit (SQLite, "WAL-mode File Format").

use crate::lines::LONGEST_LINE;
use crate::{ParseError, Source};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Params, Row};
use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::TempDir;

/// How a database file begins (SQLite, "Database File Format", 1.3).
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What else belongs to a database: the write-ahead log, and the rollback journal of a change under way.
const BESIDE: [&str; 2] = ["-wal", "-journal"];

/// How often a copy is made anew because the tool changed the file meanwhile.
const TRIES: usize = 5;

/// Returns whether these are the first bytes of a database.
pub(crate) fn is_database(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Returns the files beside a database that hold a part of it: [`crate::Root::beside`] of databases.
pub(crate) fn beside(database: &Path) -> Vec<PathBuf> {
    BESIDE.iter().map(|end| with_end(database, end)).collect()
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// A private copy of a tool's database, gone when this is dropped.
pub(crate) struct Database {
    connection: Connection,
    path: PathBuf,
    _folder: TempDir,
}

impl Database {
    /// Copies the database and opens the copy.
    ///
    /// # Errors
    /// [`ParseError::Io`] when it cannot be copied, [`ParseError::Database`] when it is none.
    pub(crate) fn open(source: &Source<'_>) -> Result<Self, ParseError> {
        let io_error = |error| ParseError::Io { path: source.path().to_owned(), source: error };
        let folder = private_folder(source.scratch()).map_err(io_error)?;
        let copy = folder.path().join("copy.db");
        copy_database(source, &copy).map_err(io_error)?;
        // The copy is ours: opened for writing, SQLite takes in the WAL or takes back a change under way.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let path = source.path().to_owned();
        let connection = Connection::open_with_flags(&copy, flags)
            .and_then(|connection| prepare(&connection).map(|()| connection))
            .map_err(|error| broken(&path, &error))?;
        Ok(Self { connection, path, _folder: folder })
    }

    /// Returns the names of a table's columns; none where there is no such table.
    ///
    /// # Errors
    /// [`ParseError::Database`] when the database is damaged.
    pub(crate) fn columns(&self, table: &str) -> Result<BTreeSet<String>, ParseError> {
        // A view may be anything, without end; a table is its rows.
        let sql = "SELECT p.name FROM sqlite_schema AS s, pragma_table_info(s.name) AS p \
                   WHERE s.type = 'table' AND s.name = ?1";
        let mut columns = BTreeSet::new();
        self.each(sql, [table], |row| {
            columns.insert(row.get(0)?);
            Ok(())
        })?;
        Ok(columns)
    }

    /// Calls `take` with each row that the query gives. Each row is read when it is asked for, so that a database of
    /// many GB is never held.
    ///
    /// # Errors
    /// [`ParseError::Database`] when the query fails or `take` does.
    pub(crate) fn each(
        &self,
        sql: &str,
        params: impl Params,
        mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), ParseError> {
        let read = || {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
            Ok(())
        };
        read().map_err(|error| broken(&self.path, &error))
    }
}

/// Returns what to select so that every `wanted` column is there: those that the table lacks are NULL.
pub(crate) fn select(known: &BTreeSet<String>, wanted: &[&str]) -> String {
    let each = wanted.iter().map(|name| match known.contains(*name) {
        true => (*name).to_owned(),
        false => format!("NULL AS {name}"),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Returns a text or blob as it is, a number as text, and nothing for NULL: columns have no types that hold.
pub(crate) fn text(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) if bytes.len() > LONGEST_LINE => {
            Some(format!("a value of {} bytes, too long to be kept", bytes.len()))
        }
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    })
}

/// Returns a number, also where it was stored as text or with a fraction; nothing for all else.
pub(crate) fn number(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => Some(number),
        // Saturates, as Rust's conversions do.
        #[allow(
            clippy::cast_possible_truncation,
            reason = "tools store milliseconds with fractions"
        )]
        ValueRef::Real(number) => Some(number as i64),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
        ValueRef::Null | ValueRef::Blob(_) => None,
    })
}

/// Returns a number with its fraction; nothing for what is none.
pub(crate) fn real(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<f64>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Real(number) => Some(number).filter(|number| number.is_finite()),
        // Larger integers are no amounts.
        ValueRef::Integer(number) => i32::try_from(number).ok().map(f64::from),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
        ValueRef::Null | ValueRef::Blob(_) => None,
    })
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // What the schema of a foreign file says is never run.
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;",
    )?;
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map(|_: i64| ())
}

fn broken(path: &Path, error: &rusqlite::Error) -> ParseError {
    ParseError::Database { path: path.to_owned(), reason: error.to_string() }
}

/// Makes a folder that only the user can look into; what a killed run left there an hour ago is removed.
fn private_folder(scratch: Option<&Path>) -> io::Result<TempDir> {
    const PREFIX: &str = "opensession-copy-";
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    let Some(scratch) = scratch else { return builder.tempdir() };
    fs::create_dir_all(scratch)?;
    let folder = builder.tempdir_in(scratch)?;
    let now = fs::metadata(folder.path())?.modified()?;
    // What cannot be looked at now is left to a later run.
    for entry in fs::read_dir(scratch)?.flatten() {
        let is_copy = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let age = entry.metadata().and_then(|metadata| metadata.modified());
        let age = age.ok().and_then(|made| now.duration_since(made).ok());
        if is_copy && age.is_some_and(|age| age.as_secs() > 3600) {
            // Another run may be removing it too.
            drop(fs::remove_dir_all(entry.path()));
        }
    }
    Ok(folder)
}

fn copy_database(source: &Source<'_>, copy: &Path) -> io::Result<()> {
    if let Some(bytes) = source.content() {
        return File::create(copy)?.write_all(bytes);
    }
    for _ in 0..TRIES {
        let before = Stand::of(source.path())?;
        fs::copy(source.path(), copy)?;
        make_writable(copy)?;
        for end in BESIDE {
            let target = with_end(copy, end);
            match fs::copy(with_end(source.path(), end), &target) {
                Ok(_) => make_writable(&target)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => remove(&target)?,
                Err(error) => return Err(error),
            }
        }
        if before == Stand::of(source.path())? {
            return Ok(());
        }
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "the tool is writing it; try again later"))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Copies take the mode of the original, which may be read-only.
fn make_writable(copy: &Path) -> io::Result<()> {
    let mut permissions = fs::metadata(copy)?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    #[cfg(not(unix))]
    #[allow(clippy::permissions_set_readonly_false, reason = "there is no other way there")]
    permissions.set_readonly(false);
    fs::set_permissions(copy, permissions)
}

/// What tells whether a copy may be torn: a change of the database file, or a WAL that was begun anew. One that only
/// grew is whole up to its last commit.
#[derive(PartialEq, Eq)]
struct Stand {
    database: (u64, Option<SystemTime>),
    wal: Vec<u8>,
    journal: Option<(u64, Option<SystemTime>)>,
}

impl Stand {
    fn of(database: &Path) -> io::Result<Self> {
        let look = |metadata: &Metadata| (metadata.len(), metadata.modified().ok());
        let mut wal = Vec::new();
        match File::open(with_end(database, "-wal")) {
            // The header has the salts that change with each beginning.
            Ok(file) => file.take(32).read_to_end(&mut wal).map(drop)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(Self {
            database: look(&fs::metadata(database)?),
            wal,
            journal: fs::metadata(with_end(database, "-journal")).ok().as_ref().map(look),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(folder: &Path) -> (PathBuf, Connection) {
        let path = folder.join("tool.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
                 CREATE TABLE message (id TEXT, at INTEGER);
                 CREATE VIEW sight AS SELECT * FROM message;
                 INSERT INTO message VALUES ('a', '17'), ('b', 2.5), (NULL, x'00');",
            )
            .unwrap();
        (path, connection)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn rows_that_only_the_wal_holds_are_read_and_nothing_is_written_beside() {
        let dir = tempfile::tempdir().unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let (path, _open) = made(dir.path());
        assert_eq!(fs::metadata(&path).unwrap().len(), 4096);
        let before = names(dir.path());
        let wal = fs::read(with_end(&path, "-wal")).unwrap();
        let source = Source::file(&path).with_scratch(scratch.path());
        let database = Database::open(&source).unwrap();
        assert_eq!(names(scratch.path()).len(), 1);
        let mut found = Vec::new();
        let sql = "SELECT id, at FROM message ORDER BY rowid";
        let take = |row: &Row<'_>| {
            found.push((text(row, "id")?, number(row, "at")?));
            Ok(())
        };
        database.each(sql, [], take).unwrap();
        assert_eq!(
            found,
            [(Some("a".into()), Some(17)), (Some("b".into()), Some(2)), (None, None)]
        );
        assert_eq!(database.columns("message").unwrap().len(), 2);
        assert!(database.columns("sight").unwrap().is_empty());
        drop(database);
        assert_eq!(names(dir.path()), before);
        assert_eq!(fs::read(with_end(&path, "-wal")).unwrap(), wal);
        assert!(names(scratch.path()).is_empty());
    }

    #[test]
    fn a_value_too_long_to_keep_is_named() {
        let connection = Connection::open_in_memory().unwrap();
        let sql = format!("SELECT zeroblob({}) AS data", LONGEST_LINE + 1);
        let value = connection.query_row(&sql, [], |row| text(row, "data")).unwrap();
        assert_eq!(value.unwrap(), "a value of 67108865 bytes, too long to be kept");
    }

    #[test]
    fn what_is_no_database_is_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        fs::write(&path, [MAGIC, &[7; 5000]].concat()).unwrap();
        let error = Database::open(&Source::file(&path)).err().unwrap();
        assert!(matches!(error, ParseError::Database { .. }), "{error}");
        let error = Database::open(&Source::file(&dir.path().join("none.db"))).err().unwrap();
        assert!(matches!(error, ParseError::Io { .. }), "{error}");
    }

    #[test]
    fn a_change_that_was_under_way_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tool.db");
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1);").unwrap();
        writer.execute_batch("PRAGMA cache_size = 1; BEGIN;").unwrap();
        for _ in 0..2000 {
            writer.execute("INSERT INTO t VALUES (?1)", ["x".repeat(200)]).unwrap();
        }
        assert!(with_end(&path, "-journal").exists());
        let database = Database::open(&Source::file(&path)).unwrap();
        let mut count = 0;
        let take = |row: &Row<'_>| {
            count = row.get(0)?;
            Ok(())
        };
        database.each("SELECT count(*) FROM t", [], take).unwrap();
        assert_eq!(count, 1);
    }
}
