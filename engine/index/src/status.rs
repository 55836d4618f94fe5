//! What the index holds.

use crate::{Index, Result};

/// What the index holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexStatus {
    /// Versions of sessions.
    pub sessions: u64,
    /// Bytes of HAIL that they have.
    pub bytes: u64,
    /// Those whose words have not all been read.
    pub unread: u64,
    /// Branches.
    pub sources: u64,
}

impl Index {
    /// Returns what the index holds.
    ///
    /// # Errors
    /// When the database fails.
    pub fn status(&self) -> Result<IndexStatus> {
        let sql =
            "SELECT count(*), ifnull(sum(bytes), 0), (SELECT count(*) FROM sources) FROM sessions";
        let read = || {
            let mut status = self.db.query_row(sql, [], |row| {
                let (sessions, bytes, sources) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(IndexStatus { sessions, bytes, sources, unread: 0 })
            })?;
            status.unread = self.count_unread()?;
            Ok(status)
        };
        read().map_err(|error| self.failed(error))
    }

    /// Returns how many sessions there are whose words have not all been read: a search may not find them.
    ///
    /// # Errors
    /// When the database fails.
    pub fn unread_sessions(&self) -> Result<u64> {
        self.count_unread().map_err(|error| self.failed(error))
    }

    fn count_unread(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM sessions WHERE read * 8 < length(segments)";
        self.db.prepare_cached(sql)?.query_row([], |row| row.get(0))
    }
}
