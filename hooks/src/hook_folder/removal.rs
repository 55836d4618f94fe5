//! What removing does to the hooks of a folder.

use super::{HookFolder, find};
use crate::disk::{self, Found, Mode, Whole};
use crate::script::{Origin, SHEBANG};
use crate::{Hook, Outcome, Removal, Result, block};
use std::path::PathBuf;

/// What is done to one hook, worked out before anything is written.
struct Undo {
    removal: Removal<Hook>,
    work: Work,
    /// How many folders were made for it.
    folders: usize,
}

enum Work {
    Nothing,
    Write(Whole),
    Delete(PathBuf),
    Rename(PathBuf),
}

/// Takes our blocks out of every hook of the folder.
pub(super) fn remove(at: &HookFolder<'_>) -> Result<Vec<Removal<Hook>>> {
    let undo = |(hook, found)| undo(at, hook, found);
    let undos: Vec<Undo> = at.survey()?.into_iter().map(undo).collect::<Result<_>>()?;
    let folders = undos.iter().map(|undo| undo.folders).max().unwrap_or(0);
    let mut removals = Vec::new();
    for Undo { removal, work, .. } in undos {
        match work {
            Work::Nothing => {}
            Work::Write(file) => {
                disk::write(&file.path, &file.bytes, &Mode::Keep(file.metadata))?;
            }
            Work::Delete(path) => disk::remove(&path)?,
            Work::Rename(kept) => disk::rename(&kept, &removal.path)?,
        }
        disk::clear(&at.path(removal.target))?;
        removals.push(removal);
    }
    disk::remove_empty_folder(&at.kept_folder())?;
    for folder in at.folder.ancestors().take(folders) {
        if !disk::remove_empty_folder(folder)? {
            break;
        }
    }
    Ok(removals)
}

fn undo(at: &HookFolder<'_>, hook: Hook, found: Found) -> Result<Undo> {
    let path = at.path(hook);
    let kept = at.kept(hook);
    let plain = |path, outcome, work| Undo {
        removal: Removal { target: hook, path, outcome },
        work,
        folders: 0,
    };
    let mut file = match found {
        Found::Refused(reason) => return Ok(plain(path, Outcome::Refused(reason), Work::Nothing)),
        // Somebody deleted our hook: the one that it ran comes back all the same.
        Found::Absent if at.keeps(hook) => {
            return Ok(plain(path, Outcome::Restored, Work::Rename(kept)));
        }
        Found::Absent => return Ok(plain(path, Outcome::Absent, Work::Nothing)),
        Found::File(file) => file,
    };
    let Some(range) = find(&file)? else {
        return Ok(if at.keeps(hook) {
            let reason = format!("is new; the hook that was here is kept at {}", kept.display());
            plain(path, Outcome::Refused(reason), Work::Nothing)
        } else {
            plain(path, Outcome::Absent, Work::Nothing)
        });
    };
    let origin = Origin::of(&file.bytes[range.clone()]);
    file.bytes = block::cut(&file.bytes, &range);
    let untouched = file.bytes == SHEBANG.as_bytes();
    let mut undo = match origin {
        Origin::Made(_) if untouched => plain(path.clone(), Outcome::Deleted, Work::Delete(path)),
        Origin::Chain if untouched && at.keeps(hook) => {
            plain(path, Outcome::Restored, Work::Rename(kept))
        }
        Origin::Chain if untouched => plain(path.clone(), Outcome::Deleted, Work::Delete(path)),
        Origin::Chain => {
            let reason =
                format!("was edited; the hook that was here is kept at {}", kept.display());
            plain(path, Outcome::Refused(reason), Work::Nothing)
        }
        Origin::Made(_) | Origin::Theirs => {
            plain(file.path.clone(), Outcome::Cut, Work::Write(file))
        }
    };
    if let Origin::Made(folders) = origin {
        undo.folders = folders;
    }
    Ok(undo)
}
