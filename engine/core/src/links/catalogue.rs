//! The edits of many sessions, found by file and by line.

use super::edit::Edit;
use super::line::Line;
use super::place::name;
use opensession_hail::{SessionKey, Timestamp};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A session and what it edited.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    /// What names it.
    pub key: SessionKey,
    /// Whether its beginning is a copy of another session's.
    pub is_copy: bool,
    /// When it began.
    pub started: Timestamp,
    /// In the order of its events.
    pub edits: Vec<Edit>,
}

/// Which edit of which author.
pub(crate) type EditRef = (u32, u32);

/// The edits of many sessions, found by file and by line.
pub(crate) struct Catalogue {
    authors: Vec<Author>,
    by_path: HashMap<String, Vec<EditRef>>,
    /// Those whose folder is gone, by the name of the file.
    gone: HashMap<String, Vec<EditRef>>,
    /// Made when the first new file asks for it.
    by_line: OnceLock<Vec<(Line, EditRef)>>,
}

impl Catalogue {
    pub(crate) fn new(authors: Vec<Author>) -> Self {
        let mut by_path: HashMap<String, Vec<EditRef>> = HashMap::new();
        let mut gone: HashMap<String, Vec<EditRef>> = HashMap::new();
        for (id, edit) in each(&authors) {
            match by_path.get_mut(&edit.place.path) {
                Some(edits) => edits.push(id),
                None => drop(by_path.insert(edit.place.path.clone(), vec![id])),
            }
            if edit.place.is_gone {
                gone.entry(edit.place.name().to_owned()).or_default().push(id);
            }
        }
        Self { authors, by_path, gone, by_line: OnceLock::new() }
    }

    /// Returns whether nobody edited anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// Returns the author and the edit.
    pub(crate) fn get(&self, (author, edit): EditRef) -> Option<(&Author, &Edit)> {
        let author = self.authors.get(author as usize)?;
        Some((author, author.edits.get(edit as usize)?))
    }

    /// Returns the author `key`.
    pub(crate) fn author(&self, key: &SessionKey) -> Option<&Author> {
        self.authors.iter().find(|author| author.key == *key)
    }

    /// Returns the edits of the file `path`.
    pub(crate) fn of_file(&self, path: &str) -> &[EditRef] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }

    /// Returns the edits of files in folders that are gone, whose paths end in `path`.
    pub(crate) fn ending_in(&self, path: &str) -> impl Iterator<Item = EditRef> + '_ {
        let same_name = self.gone.get(name(path)).map_or(&[][..], Vec::as_slice);
        let path = path.to_owned();
        same_name
            .iter()
            .copied()
            .filter(move |id| self.get(*id).is_some_and(|(_, edit)| edit.place.ends_with(&path)))
    }

    /// Returns the edits that add `line`, a strong one.
    pub(crate) fn adding(&self, line: Line) -> impl Iterator<Item = EditRef> + '_ {
        let index = self.by_line.get_or_init(|| {
            let lines = each(&self.authors)
                .flat_map(|(id, edit)| edit.added().map(move |line| (line, id)))
                .filter(|(line, _)| line.is_strong());
            let mut index: Vec<(Line, EditRef)> = lines.collect();
            index.sort_unstable();
            index.dedup();
            index
        });
        let from = index.partition_point(|(other, _)| *other < line);
        index.iter().skip(from).take_while(move |(other, _)| *other == line).map(|(_, id)| *id)
    }

    /// Returns which of two edits may claim a line first: the later one, which is the one that stayed; of copies of
    /// one event, that of the session which was there first.
    pub(crate) fn order(&self, a: EditRef, b: EditRef) -> Ordering {
        let (Some((author_a, edit_a)), Some((author_b, edit_b))) = (self.get(a), self.get(b))
        else {
            return Ordering::Equal;
        };
        let rank = |author: &Author| {
            let is_fork = author.key != author.key.main();
            (is_fork || author.is_copy, author.started, author.key.clone())
        };
        (edit_b.time.cmp(&edit_a.time))
            .then_with(|| rank(author_a).cmp(&rank(author_b)))
            .then_with(|| b.1.cmp(&a.1))
    }
}

fn each(authors: &[Author]) -> impl Iterator<Item = (EditRef, &Edit)> {
    (0_u32..).zip(authors).flat_map(|(author, one)| {
        (0_u32..).zip(&one.edits).map(move |(edit, one)| ((author, edit), one))
    })
}
