//! A home folder that is gone when the test is over.

use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A home folder that is gone when the test is over.
pub struct TestHome {
    folder: TempDir,
}

impl TestHome {
    /// Returns an empty home folder.
    ///
    /// # Panics
    /// Where the temporary folder cannot be written.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "making a folder is no default")]
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("opensession-test-").tempdir();
        Self { folder: folder.expect("the temporary folder can be written") }
    }

    /// Returns the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes `bytes` to the file `relative` in the home folder, its folders included, and returns its path.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn write(&self, relative: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(relative);
        let folder = path.parent().expect("a file in the home folder has a parent");
        fs::create_dir_all(folder).expect("the temporary folder can be written");
        fs::write(&path, bytes).expect("the temporary folder can be written");
        path
    }
}
