//! Whether a session's working directory lies in a repository.

use crate::place;
use opensession_hail::Header;
use opensession_parsers::Home;
use opensession_store::locate;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A repository, and the working directories that are known to lie in it or not.
pub(crate) struct Inside {
    git_dir: PathBuf,
    home: Home,
    known: Mutex<HashMap<String, bool>>,
}

impl Inside {
    /// Returns the repository with this git folder.
    pub(crate) fn new(git_dir: PathBuf, home: &Home) -> Self {
        Self { git_dir, home: home.clone(), known: Mutex::default() }
    }

    /// Returns whether the session worked in the repository, and not in another one inside of it.
    ///
    /// A folder that is gone lies where the nearest folder above it that is still there does.
    pub(crate) fn holds(&self, header: &Header) -> bool {
        header.cwd().is_some_and(|cwd| self.holds_folder(cwd))
    }

    /// Returns whether a working directory, as a session names it, lies in the repository and not in another one
    /// inside of it.
    pub(crate) fn holds_folder(&self, cwd: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(cwd) {
            return *known;
        }
        let is_inside = self.contains(&place::local(cwd, &self.home));
        known.insert(cwd.to_owned(), is_inside);
        is_inside
    }

    fn contains(&self, folder: &Path) -> bool {
        let mut folders = folder.ancestors().filter(|_| folder.is_absolute());
        let there = folders.find(|folder| folder.is_dir());
        // What cannot be looked into is in no repository that is known.
        let found = there.and_then(|folder| locate(folder, None).ok().flatten());
        found.is_some_and(|found| found.git_dir == self.git_dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_hail::{SessionId, attribute};
    use opensession_testkit::{TestHome, git};

    #[test]
    fn a_repository_inside_of_another_has_its_own_sessions() {
        let home = TestHome::new();
        let root = home.path().canonicalize().unwrap();
        for folder in ["shop", "shop/private"] {
            let _quiet = git(&root, &["init", "--quiet", folder]);
        }
        let user = Home::new(root.clone(), [].into(), opensession_parsers::Os::CURRENT);
        let shop = Inside::new(root.join("shop/.git"), &user);
        let holds = |cwd: &str| {
            let mut header = Header::new(SessionId::new("s").unwrap(), "codex", "openai");
            let cwd = root.join(cwd).display().to_string();
            header.context.attributes.set_some(attribute::CWD, Some(cwd));
            shop.holds(&header)
        };
        assert!(holds("shop") && holds("shop/gone/src") && holds("shop"));
        // As it is stored where paths are stripped.
        let mut stripped = Header::new(SessionId::new("s").unwrap(), "codex", "openai");
        stripped.context.attributes.set(attribute::CWD, "~/shop/src");
        assert!(shop.holds(&stripped));
        if cfg!(not(windows)) {
            // As an editor on Windows names it.
            let mut header = Header::new(SessionId::new("s").unwrap(), "cursor", "");
            let cwd = format!(r"\\wsl.localhost\Ubuntu{}", root.join("shop").display());
            header.context.attributes.set_some(attribute::CWD, Some(cwd.replace('/', r"\")));
            assert!(shop.holds(&header));
        }
        assert!(!holds("shop/private") && !holds("shopping") && !holds("."));
        assert!(!shop.holds(&Header::new(SessionId::new("s").unwrap(), "codex", "openai")));
    }
}
