//! The files that hold objects and where they are. All of them end in a hash of everything before it.

use super::Finding;
use crate::{Error, Result};
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

/// Checks packs, their indexes and what else git derives from them in `folder`.
pub(super) fn check(folder: &Path, hash: gix::hash::Kind) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(findings),
        entries => entries.map_err(Error::io(folder))?,
    };
    for entry in entries {
        let path = entry.map_err(Error::io(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let has_hash = name == "multi-pack-index"
            || name.starts_with("pack-")
                && ["pack", "idx", "rev", "bitmap", "mtimes"].contains(&&*extension);
        if !has_hash {
            continue;
        }
        let sound = match is_sound(&path, hash) {
            // A repack replaced it meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            sound => sound.map_err(Error::io(&path))?,
        };
        let pack_is_gone = extension == "idx" && !path.with_extension("pack").exists();
        let reason = match (sound, pack_is_gone && path.exists()) {
            (false, _) => "does not end in the hash of its bytes",
            (true, true) => "has no pack",
            (true, false) => continue,
        };
        findings.push(Finding {
            session: None,
            object: format!("objects/pack/{name}"),
            reason: reason.to_owned(),
        });
    }
    Ok(findings)
}

/// Returns whether a file ends in the hash of everything before it.
pub(crate) fn is_sound(path: &Path, hash: gix::hash::Kind) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let Some(mut left) = length.checked_sub(hash.len_in_bytes() as u64) else {
        return Ok(false);
    };
    let mut hasher = gix::hash::hasher(hash);
    let mut buffer = vec![0; 1 << 18];
    while left > 0 {
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(part) = buffer.get_mut(..room) else {
            return Ok(false);
        };
        file.read_exact(part)?;
        hasher.update(part);
        left -= room as u64;
    }
    let mut recorded = Vec::new();
    file.read_to_end(&mut recorded)?;
    // An error here is a collision: the file is an attack, not a pack.
    Ok(hasher.try_finalize().is_ok_and(|actual| actual.as_slice() == recorded))
}
