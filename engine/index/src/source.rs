//! The branches that an index covers.

use opensession_store::Branch;
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::path::PathBuf;
use std::sync::Arc;

/// A branch, and where it stands.
#[derive(Clone)]
pub struct Source {
    /// The git folder of the repository.
    pub git_dir: PathBuf,
    /// The remote whose branch it is, as it was last fetched; `None` for the repository's own.
    pub remote: Option<String>,
    /// The branch.
    pub branch: Arc<Branch>,
}

/// What the index holds of a source.
pub(crate) struct Indexed {
    pub(crate) id: i64,
    pub(crate) tree: Option<String>,
    pub(crate) links: Option<String>,
}

impl Source {
    /// Returns what the index holds of it; `None` where it does not know it.
    pub(crate) fn find(&self, db: &Connection) -> Result<Option<Indexed>> {
        let sql = "SELECT id, tree, links FROM sources WHERE git_dir = ?1 AND remote = ?2";
        let found =
            db.prepare_cached(sql)?.query_row(params![self.folder(), self.remote()], |row| {
                Ok(Indexed { id: row.get(0)?, tree: row.get(1)?, links: row.get(2)? })
            });
        found.optional()
    }

    /// Returns what the index holds of it, nothing as yet where it does not know it.
    pub(crate) fn find_or_add(&self, db: &Connection) -> Result<Indexed> {
        if let Some(found) = self.find(db)? {
            return Ok(found);
        }
        let sql = "INSERT INTO sources (git_dir, remote) VALUES (?1, ?2)";
        let id = db.prepare_cached(sql)?.insert(params![self.folder(), self.remote()])?;
        Ok(Indexed { id, tree: None, links: None })
    }

    fn folder(&self) -> std::borrow::Cow<'_, str> {
        self.git_dir.to_string_lossy()
    }

    fn remote(&self) -> &str {
        self.remote.as_deref().unwrap_or("")
    }
}
