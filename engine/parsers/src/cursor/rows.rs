//! The rows of an editor's database, read by key and by ranges of keys: a database may have many gigabytes.

use crate::lines::LONGEST_LINE;
use crate::sqlite::{self, Database};
use crate::{ParseError, Source};
use rusqlite::Row;
use rusqlite::types::ValueRef;

const DISK: &str = "cursorDiskKV";
const ITEMS: &str = "ItemTable";
const HEADS: &str = "composerHeaders";

/// An editor's database.
pub(super) struct Rows {
    database: Database,
    has_disk: bool,
    has_items: bool,
    has_heads: bool,
}

impl Rows {
    /// Opens a private copy of the database.
    pub(super) fn open(source: &Source<'_>) -> Result<Self, ParseError> {
        let database = Database::open(source)?;
        let has = |table: &str, columns: &[&str]| {
            let found = database.columns(table)?;
            Ok::<_, ParseError>(columns.iter().all(|column| found.contains(*column)))
        };
        let has_disk = has(DISK, &["key", "value"])?;
        let has_items = has(ITEMS, &["key", "value"])?;
        let has_heads = has(HEADS, &["composerId", "value"])?;
        Ok(Self { database, has_disk, has_items, has_heads })
    }

    /// Returns whether the database has any table of the editor's.
    pub(super) fn is_editors(&self) -> bool {
        self.has_disk || self.has_items
    }

    /// Returns the conversations, by id: those that have a value of their own, and those of which only bubbles are
    /// left.
    pub(super) fn composers(&self) -> Result<Vec<String>, ParseError> {
        if !self.has_disk {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let sql = "SELECT key FROM cursorDiskKV WHERE key >= 'composerData:' AND key < 'composerData;' ORDER BY key";
        self.database.each(sql, [], |row| {
            found.extend(sqlite::text(row, "key")?);
            Ok(())
        })?;
        let named = |key: &String| key.strip_prefix("composerData:").map(str::to_owned);
        let mut ids: Vec<String> = found.iter().filter_map(named).collect();
        ids.extend(self.with_bubbles()?);
        ids.sort();
        ids.dedup();
        ids.retain(|id| !id.is_empty());
        Ok(ids)
    }

    /// Returns the conversations that have bubbles in rows of their own: one look for each, not one for each bubble.
    pub(super) fn with_bubbles(&self) -> Result<Vec<String>, ParseError> {
        let mut ids = Vec::new();
        let mut from = "bubbleId:".to_owned();
        while let Some(id) = self.next_bubble(&from)? {
            // A name that is no text reads as another one, behind which it is found again.
            if ids.last() == Some(&id) {
                break;
            }
            from = format!("bubbleId:{id};");
            ids.push(id);
        }
        Ok(ids)
    }

    /// Returns the conversation of the first bubble whose key is not before `from`.
    fn next_bubble(&self, from: &str) -> Result<Option<String>, ParseError> {
        if !self.has_disk {
            return Ok(None);
        }
        let mut found = None;
        let sql = "SELECT key FROM cursorDiskKV WHERE key >= ?1 AND key < 'bubbleId;' ORDER BY key LIMIT 1";
        self.database.each(sql, [from], |row| {
            found = sqlite::text(row, "key")?;
            Ok(())
        })?;
        let rest = found.as_deref().and_then(|key| key.strip_prefix("bubbleId:"));
        Ok(rest.and_then(|rest| rest.split(':').next()).map(str::to_owned))
    }

    /// Returns whether the conversation has bubbles in rows of their own.
    pub(super) fn has_bubbles(&self, composer: &str) -> Result<bool, ParseError> {
        Ok(self.next_bubble(&format!("bubbleId:{composer}:"))?.as_deref() == Some(composer))
    }

    /// Returns the names of the bubbles that have rows, in the order in which they were written.
    pub(super) fn bubbles(&self, composer: &str) -> Result<Vec<String>, ParseError> {
        let (from, to) = bubble_range(composer);
        let mut names = Vec::new();
        let sql = "SELECT key FROM cursorDiskKV WHERE key >= ?1 AND key < ?2 ORDER BY rowid";
        self.database.each(sql, [&from, &to], |row| {
            let key = sqlite::text(row, "key")?.unwrap_or_default();
            names.extend(key.strip_prefix(&from).map(str::to_owned));
            Ok(())
        })?;
        Ok(names)
    }

    /// Returns a value that changes whenever a row of the conversation does. A row that is written anew gets another
    /// number, as the table replaces rows of the same key.
    pub(super) fn stamp(&self, composer: &str) -> Result<String, ParseError> {
        let (from, to) = bubble_range(composer);
        let own = format!("composerData:{composer}");
        let mut stamp = String::new();
        let sql = "SELECT count(*) AS a, max(rowid) AS b, sum(octet_length(value)) AS c, 0 AS d FROM cursorDiskKV \
                   WHERE key >= ?1 AND key < ?2 \
                   UNION ALL SELECT 1, rowid, octet_length(value), 0 FROM cursorDiskKV WHERE key = ?3";
        self.database.each(sql, [&from, &to, &own], |row| {
            for column in ["a", "b", "c"] {
                stamp.push_str(&sqlite::text(row, column)?.unwrap_or_default());
                stamp.push('.');
            }
            Ok(())
        })?;
        if self.has_heads {
            let sql = "SELECT rowid AS a, octet_length(value) AS b FROM composerHeaders WHERE composerId = ?1";
            self.database.each(sql, [composer], |row| {
                stamp.push_str(&sqlite::text(row, "a")?.unwrap_or_default());
                stamp.push_str(&sqlite::text(row, "b")?.unwrap_or_default());
                Ok(())
            })?;
        }
        Ok(stamp)
    }

    /// Returns a value that changes whenever the item does.
    pub(super) fn item_stamp(&self, key: &str) -> Result<String, ParseError> {
        let mut stamp = String::new();
        if self.has_items {
            let sql = "SELECT rowid AS a, octet_length(value) AS b FROM ItemTable WHERE key = ?1";
            self.database.each(sql, [key], |row| {
                stamp = format!("{:?}.{:?}", sqlite::text(row, "a")?, sqlite::text(row, "b")?);
                Ok(())
            })?;
        }
        Ok(stamp)
    }

    /// Returns the value of a conversation, a bubble, or another of their kind; `Some(None)` where it is NULL.
    pub(super) fn value(&self, key: &str) -> Result<Option<Option<Vec<u8>>>, ParseError> {
        self.one(self.has_disk, "SELECT value FROM cursorDiskKV WHERE key = ?1", key)
    }

    /// Returns the value of one of the editor's settings.
    pub(super) fn item(&self, key: &str) -> Result<Option<Vec<u8>>, ParseError> {
        let sql = "SELECT value FROM ItemTable WHERE key = ?1";
        Ok(self.one(self.has_items, sql, key)?.flatten())
    }

    /// Returns what the table of conversations says of one, since Cursor 3.12.
    pub(super) fn head(&self, composer: &str) -> Result<Option<Vec<u8>>, ParseError> {
        let sql = "SELECT value FROM composerHeaders WHERE composerId = ?1";
        Ok(self.one(self.has_heads, sql, composer)?.flatten())
    }

    /// Returns the workspace that the table of conversations names.
    pub(super) fn workspace(&self, composer: &str) -> Result<Option<String>, ParseError> {
        if !self.has_heads || !self.database.columns(HEADS)?.contains("workspaceId") {
            return Ok(None);
        }
        let sql = "SELECT workspaceId AS value FROM composerHeaders WHERE composerId = ?1";
        let found = self.one(true, sql, composer)?.flatten();
        Ok(found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Returns the first value whose key begins with `prefix` and a colon.
    pub(super) fn first_below(&self, prefix: &str) -> Result<Option<Vec<u8>>, ParseError> {
        let mut found = None;
        if self.has_disk {
            let sql = "SELECT value FROM cursorDiskKV WHERE key >= ?1 AND key < ?2 AND value IS NOT NULL \
                       ORDER BY key LIMIT 1";
            let range = [format!("{prefix}:"), format!("{prefix};")];
            self.database.each(sql, range, |row| {
                found = bytes(row)?;
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Calls `take` with the values of the settings whose key begins with `prefix`.
    pub(super) fn items_below(
        &self,
        prefix: &str,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), ParseError> {
        if !self.has_items {
            return Ok(());
        }
        let sql = "SELECT value FROM ItemTable WHERE key >= ?1 AND key < ?2";
        let after = format!("{prefix}\u{10ffff}");
        self.database.each(sql, [prefix, &after], |row| {
            if let Some(value) = bytes(row)? {
                take(&value);
            }
            Ok(())
        })
    }

    fn one(
        &self,
        is_there: bool,
        sql: &str,
        key: &str,
    ) -> Result<Option<Option<Vec<u8>>>, ParseError> {
        let mut found = None;
        if is_there {
            self.database.each(sql, [key], |row| {
                found = Some(bytes(row)?);
                Ok(())
            })?;
        }
        Ok(found)
    }
}

/// Returns the first key of a conversation's bubbles, and the one behind the last.
fn bubble_range(composer: &str) -> (String, String) {
    (format!("bubbleId:{composer}:"), format!("bubbleId:{composer};"))
}

/// Returns a value as it is stored; a column of the editor's has no type that holds.
fn bytes(row: &Row<'_>) -> rusqlite::Result<Option<Vec<u8>>> {
    Ok(match row.get_ref("value")? {
        ValueRef::Null => None,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) if bytes.len() <= LONGEST_LINE => {
            Some(bytes.to_vec())
        }
        _ => sqlite::text(row, "value")?.map(String::into_bytes),
    })
}
