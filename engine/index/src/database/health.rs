//! How the file of the index is, looked at without changing a byte of it.

use super::{APPLICATION, PATIENCE, VERSION, beside, hold, is_as_left};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// How the file of an index is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// There is none: the next list makes it.
    Missing,
    /// It can be used.
    Sound,
    /// Somebody is writing to it.
    Busy,
    /// It is thrown away by who opens it next, or should be, for this reason.
    Unfit(String),
}

/// Returns how the index at `path` is.
#[must_use]
pub fn examine(path: &Path) -> Health {
    if !path.exists() {
        return Health::Missing;
    }
    let looked = File::open(beside(path, "-stamp")).and_then(|mut stamp| {
        hold(&stamp, File::try_lock_shared, Duration::ZERO)?;
        if !is_as_left(path, &mut stamp)? {
            return Ok(Some("was changed by somebody else, or left half written".to_owned()));
        }
        Ok(check(path).unwrap_or_else(|error| Some(error.to_string())))
    });
    match looked {
        Ok(None) => Health::Sound,
        Ok(Some(reason)) => Health::Unfit(reason),
        Err(error) if error.kind() == ErrorKind::TimedOut => Health::Busy,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Health::Unfit("has no stamp beside it".to_owned())
        }
        Err(error) => Health::Unfit(error.to_string()),
    }
}

/// Returns what is wrong with the pages of the database; its log beside it is not looked at.
fn check(path: &Path) -> rusqlite::Result<Option<String>> {
    // SQLite makes no file beside one that it is told never changes.
    let escaped =
        path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?;
    db.busy_timeout(PATIENCE)?;
    let number =
        |pragma: &str| db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i32>(0));
    if number("application_id")? != APPLICATION || number("user_version")? != VERSION {
        return Ok(Some("is of another version".to_owned()));
    }
    let found: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}
