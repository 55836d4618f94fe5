//! What installing does to one hook.

use super::{HookFolder, find};
use crate::disk::{self, Found, Mode, Whole};
use crate::language::Language;
use crate::script::{Binary, Origin, SHEBANG};
use crate::{Action, Error, Hook, Result, Step, block};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What is done to one hook, worked out before anything is written.
pub(super) struct Change {
    pub(super) step: Step<Hook>,
    writes: Vec<Write>,
}

struct Write {
    path: PathBuf,
    bytes: Vec<u8>,
    mode: Mode,
}

impl Change {
    /// Returns what is to be done to `hook`, in whose place stands `found`.
    pub(super) fn new(
        at: &HookFolder<'_>,
        hook: Hook,
        found: Found,
        binary: Binary<'_>,
    ) -> Result<Self> {
        let path = at.path(hook);
        let refused = |reason: String| {
            Ok(Self {
                step: Step { target: hook, path: path.clone(), action: Action::Refused(reason) },
                writes: vec![],
            })
        };
        let file = match found {
            Found::Refused(reason) => return refused(reason),
            Found::Absent => {
                // Somebody deleted our hook: the one that it ran is run again.
                let (action, origin) = if at.keeps(hook) {
                    (Action::Chain(at.kept(hook)), Origin::Chain)
                } else {
                    (Action::Create, Origin::Made(missing_folders(at.folder)))
                };
                let bytes = made(hook, origin, binary);
                return Ok(Self::one(hook, action, Write { path, bytes, mode: Mode::Program }));
            }
            Found::File(file) => file,
        };
        if let Some(range) = find(&file)? {
            return Ok(match renewed(&file, &range, hook, binary) {
                _ if !file.is_executable() => return refused("is no longer executable".to_owned()),
                bytes if bytes == file.bytes => {
                    let step = Step { target: hook, path: file.path, action: Action::Unchanged };
                    Self { step, writes: vec![] }
                }
                bytes => Self::one(hook, Action::Update, kept_mode(file, bytes)),
            });
        }
        let language = Language::of(&file.bytes);
        // A line in another language cannot look at what is pushed and leave it for the rest of the hook.
        let takes_block =
            language == Language::Shell || language != Language::Other && hook != Hook::PrePush;
        if takes_block && file.is_executable() {
            let text = binary.block(hook, language, Origin::Theirs);
            let bytes = block::insert(&file.bytes, language.place(&file.bytes), &text);
            return Ok(Self::one(hook, Action::Insert, kept_mode(file, bytes)));
        }
        if file.linked {
            return refused(
                "is a symbolic link to a file that our lines cannot stand in".to_owned(),
            );
        }
        let kept = at.kept(hook);
        // The same bytes are what a run left that was killed between the copy and the hook.
        let same = at.keeps(hook) && fs::read(&kept).ok().as_ref() == Some(&file.bytes);
        if kept.symlink_metadata().is_ok() && !same {
            return refused(format!("another hook is kept at {}", kept.display()));
        }
        let folder = at.kept_folder();
        if folder.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
            return refused(format!("{} is no folder", folder.display()));
        }
        Ok(Self::chain(at, hook, file, binary))
    }

    /// Returns the change that puts a hook of ours before `file`. A file that is not executable stays so in its new
    /// place, and is run no more than before.
    fn chain(at: &HookFolder<'_>, hook: Hook, file: Whole, binary: Binary<'_>) -> Self {
        let kept = at.kept(hook);
        let step = Step { target: hook, path: at.path(hook), action: Action::Chain(kept.clone()) };
        let ours = Write {
            path: at.path(hook),
            bytes: made(hook, Origin::Chain, binary),
            mode: Mode::Program,
        };
        // The copy first: a crash between the two leaves the hook in its place.
        let copy = Write { path: kept, bytes: file.bytes, mode: Mode::Keep(file.metadata) };
        Self { step, writes: vec![copy, ours] }
    }

    fn one(hook: Hook, action: Action, write: Write) -> Self {
        Self { step: Step { target: hook, path: write.path.clone(), action }, writes: vec![write] }
    }

    /// Does it.
    pub(super) fn apply(&self) -> Result<()> {
        disk::clear(&self.step.path)?;
        for write in &self.writes {
            let folder = write.path.parent().unwrap_or(&write.path);
            fs::create_dir_all(folder).map_err(Error::io(folder))?;
            disk::write(&write.path, &write.bytes, &write.mode)?;
        }
        Ok(())
    }
}

/// Returns the bytes of `file` with the block at `range` as this version writes it.
pub(super) fn renewed(
    file: &Whole,
    range: &Range<usize>,
    hook: Hook,
    binary: Binary<'_>,
) -> Vec<u8> {
    let origin = Origin::of(&file.bytes[range.clone()]);
    let text = binary.block(hook, Language::of(&file.bytes), origin);
    block::replace(&file.bytes, range, &text)
}

fn made(hook: Hook, origin: Origin, binary: Binary<'_>) -> Vec<u8> {
    let text = binary.block(hook, Language::Shell, origin);
    block::insert(SHEBANG.as_bytes(), SHEBANG.len(), &text)
}

fn kept_mode(file: Whole, bytes: Vec<u8>) -> Write {
    Write { path: file.path, bytes, mode: Mode::Keep(file.metadata) }
}

/// Returns how many folders have to be made for `folder` to exist.
fn missing_folders(folder: &Path) -> usize {
    folder.ancestors().take_while(|one| !one.as_os_str().is_empty() && !one.exists()).count()
}
