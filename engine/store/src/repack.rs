//! Repacking in the background: every write makes a pack, and reading slows down with their number.

use crate::lock::Lock;
use crate::{Store, git};
use std::process::Child;
use std::sync::{Mutex, PoisonError};

/// Up to so many packs of ours are left alone.
pub const MAX_PACKS: usize = 24;

/// The repack that this process started last.
#[derive(Default)]
pub(crate) struct Repack(Mutex<Option<Child>>);

/// Starts a repack where there are too many `packs` of ours and none is running.
///
/// Whatever goes wrong is no error: what was written is safe, and a later write tries again. A missing git only
/// leaves more packs.
pub(crate) fn start_where_needed(store: &Store, packs: usize) {
    let mut running = store.repack.0.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = running.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
    if packs <= MAX_PACKS || !ended {
        return;
    }
    if let Ok(Some(lock)) = Lock::try_file(&store.work_folder().join("repack")) {
        *running = git::start_repack(store.git_dir(), lock).ok();
    }
}
