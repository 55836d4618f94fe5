//! A folder with everything in it, to compare.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What every path below a folder is: its mode, and its bytes, escaped, or where it leads.
pub(crate) type Tree = BTreeMap<PathBuf, (u32, String)>;

/// Returns everything below `folder`, itself included where it exists, without git's own files, its samples, and the
/// text files that are committed.
pub(crate) fn tree(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    add(folder, folder, &mut tree);
    tree
}

fn add(root: &Path, path: &Path, tree: &mut Tree) {
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    let relative = path.strip_prefix(root).unwrap();
    let git_own = relative.starts_with(".git")
        && relative != Path::new(".git")
        && !relative.starts_with(".git/hooks");
    if git_own || path.extension().is_some_and(|end| end == "txt" || end == "sample") {
        return;
    }
    let mut bytes = Vec::new();
    if metadata.is_symlink() {
        bytes = fs::read_link(path).unwrap().into_os_string().into_encoded_bytes();
    } else if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            add(root, &entry.unwrap().path(), tree);
        }
    } else {
        bytes = fs::read(path).unwrap();
    }
    tree.insert(
        relative.to_owned(),
        (metadata.permissions().mode(), bytes.escape_ascii().to_string()),
    );
}
