//! The row of a thread.

use crate::source::decompress;
use crate::sqlite::text;
use opensession_hail::Timestamp;
use rusqlite::Row;

pub(super) const COLUMNS: [&str; 7] = [
    "id",
    "summary",
    "updated_at",
    "parent_id",
    "folder_paths",
    "folder_paths_order",
    "created_at",
];

/// Larger documents are not decompressed.
const LARGEST: u64 = 512 * 1024 * 1024;

/// What the row of a thread says beside its document.
#[derive(Debug)]
pub(super) struct Facts {
    pub id: String,
    pub summary: String,
    pub updated: Option<Timestamp>,
    pub created: Option<Timestamp>,
    /// The folders of the project, in the order that the user gave them.
    pub folders: Vec<String>,
    /// What changes with each save.
    pub stamp: String,
}

impl Facts {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let get = |column: &str| -> rusqlite::Result<String> {
            Ok(text(row, column)?.unwrap_or_default())
        };
        let updated = get("updated_at")?;
        Ok(Self {
            id: get("id")?,
            summary: get("summary")?,
            updated: Timestamp::parse(&updated),
            created: Timestamp::parse(&get("created_at")?),
            folders: folders(&get("folder_paths")?, &get("folder_paths_order")?),
            stamp: format!("{updated}/{}", get("bytes")?),
        })
    }
}

/// Returns the paths, one a line, in the order that their places give: the first number is the place of the first path,
/// and what has none comes last.
fn folders(paths: &str, places: &str) -> Vec<String> {
    let mut places = places.split(',').map(|place| place.trim().parse().unwrap_or(usize::MAX));
    let paths = paths.lines().filter(|path| !path.is_empty());
    let mut all: Vec<(usize, String)> =
        paths.map(|path| (places.next().unwrap_or(usize::MAX), path.to_owned())).collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, path)| path).collect()
}

/// Returns the document: as much as is whole of one that is damaged.
pub(super) fn document(stored: &[u8]) -> Vec<u8> {
    decompress(stored, LARGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_stand_in_the_order_of_the_user() {
        assert_eq!(folders("/a\n/b\n/c", "2,0,1"), ["/b", "/c", "/a"]);
        assert_eq!(folders("/a\n/b", ""), ["/a", "/b"]);
        assert!(folders("", "0").is_empty());
    }
}
