//! Where an edited file stands in the repository.

use crate::place::{is_absolute, plain};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where an edited file stands.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub(crate) struct Place {
    /// Below the root of a work tree, with forward slashes; absolute where no root is known for it.
    pub path: String,
    /// Whether the folder is gone, or was never on this machine: a file at the end of this path may be the one.
    pub is_gone: bool,
}

impl Place {
    /// Returns the last part of the path.
    pub(crate) fn name(&self) -> &str {
        name(&self.path)
    }

    /// Returns whether `path`, below a root, is the end of this place's path, whole names only.
    pub(crate) fn ends_with(&self, path: &str) -> bool {
        let rest = self.path.strip_suffix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    }
}

/// Returns the last part of `path`.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The work trees of a repository.
pub(crate) struct Places {
    /// Their roots as they were given and as they really are, the longest first.
    roots: Vec<String>,
    /// What `~` stands for, where sessions are stored without the name of the home folder.
    home: String,
    /// Real names of folders that were asked for; `None` for one that is gone.
    folders: HashMap<String, Option<String>>,
}

impl Places {
    pub(crate) fn new(roots: &[PathBuf], home: &Path) -> Self {
        let mut forms: Vec<String> = Vec::new();
        for root in roots {
            forms.push(plain(&root.to_string_lossy()));
            // A work tree that is gone has no real name; sessions still hold the one it had.
            forms.extend(fs::canonicalize(root).ok().map(|real| plain(&real.to_string_lossy())));
        }
        // On macOS `/tmp` and `/var` are links into `/private`; some tools write one name and some the other.
        let private: Vec<String> = forms.iter().map(|form| format!("/private{form}")).collect();
        let public = forms.iter().filter_map(|form| form.strip_prefix("/private"));
        let public: Vec<String> = public.map(str::to_owned).collect();
        forms.extend(private.into_iter().chain(public));
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        let home = plain(&home.to_string_lossy());
        Self { roots: forms, home, folders: HashMap::new() }
    }

    /// Returns where the file `path` stands, which `folder` is the base of; `None` for a file that is known to be
    /// elsewhere, or is git's own.
    pub(crate) fn locate(&mut self, path: &str, folder: Option<&str>) -> Option<Place> {
        let path = match folder {
            _ if is_absolute(path) => self.absolute(path),
            Some(folder) if is_absolute(folder) => self.absolute(&format!("{folder}/{path}")),
            _ => plain(&format!("/{path}")),
        };
        let (parent, name) = path.rsplit_once('/')?;
        let real = self.real(parent);
        let is_gone = real.is_none();
        let below = self.below(&path).or_else(|| {
            // A home folder that is a link, a work tree reached through one.
            let mut above = parent;
            let mut rest = name.to_owned();
            loop {
                if let Some(real) = self.real(above) {
                    return self.below(&format!("{real}/{rest}"));
                }
                let (upper, last) = above.rsplit_once('/')?;
                rest = format!("{last}/{rest}");
                above = upper;
            }
        });
        match below {
            Some(below) if below == ".git" || below.starts_with(".git/") => None,
            Some(path) => Some(Place { path, is_gone }),
            None => is_gone.then_some(Place { path, is_gone }),
        }
    }

    /// Returns an absolute path, or one below `~`, in plain form.
    fn absolute(&self, path: &str) -> String {
        match path.strip_prefix('~') {
            Some(rest) => plain(&format!("{}/{rest}", self.home)),
            None => plain(path),
        }
    }

    /// Returns what is left of `path` below the innermost root.
    fn below(&self, path: &str) -> Option<String> {
        self.roots.iter().find_map(|root| {
            let (start, rest) = path.split_at_checked(root.len())?;
            // A drive is on Windows, which takes `C:\Work` and `c:\work` for one folder.
            let is_same = start == root
                || root.as_bytes().get(2) == Some(&b':') && start.eq_ignore_ascii_case(root);
            let rest = rest.strip_prefix('/').filter(|rest| is_same && !rest.is_empty())?;
            Some(rest.to_owned())
        })
    }

    /// Returns the real name of a folder; `None` where there is none.
    fn real(&mut self, folder: &str) -> Option<String> {
        if let Some(known) = self.folders.get(folder) {
            return known.clone();
        }
        let path = Path::new(if folder.is_empty() { "/" } else { folder });
        let real = fs::canonicalize(path).ok().filter(|real| real.is_dir());
        let real = real.map(|real| plain(&real.to_string_lossy()));
        self.folders.insert(folder.to_owned(), real.clone());
        real
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, is_gone: bool) -> Option<Place> {
        Some(Place { path: path.to_owned(), is_gone })
    }

    #[test]
    fn a_file_is_below_the_innermost_root_whatever_it_is_called() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("real/project");
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(root.join("trees/linked/src")).unwrap();
        fs::create_dir_all(home.path().join("elsewhere/src")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(home.path().join("real"), home.path().join("link")).unwrap();
        let mut places = Places::new(&[root.clone(), root.join("trees/linked")], home.path());
        let text = |path: &str| home.path().join(path).to_string_lossy().into_owned();
        let mut locate = |path: &str| places.locate(&text(path), None);
        assert_eq!(locate("real/project/src/a.rs"), place("src/a.rs", false));
        assert_eq!(locate("real/project/./src/../src//a.rs"), place("src/a.rs", false));
        assert_eq!(locate("real/project/trees/linked/src/a.rs"), place("src/a.rs", false));
        assert_eq!(locate("link/project/src/a.rs"), place("src/a.rs", false));
        assert_eq!(locate("link/project/gone/a.rs"), place("gone/a.rs", true));
        assert_eq!(locate("real/project/.git/config"), None);
        assert_eq!(locate("elsewhere/src/a.rs"), None);
        assert_eq!(locate("real/projects/src/a.rs"), place(&text("real/projects/src/a.rs"), true));
        for (path, folder) in [
            ("src/a.rs", text("link/project")),
            ("src/a.rs", "~/link/project".to_owned()),
            ("~/real/project/src/a.rs", text("elsewhere")),
        ] {
            assert_eq!(places.locate(path, Some(&folder)), place("src/a.rs", false), "{path}");
        }
    }

    #[test]
    fn roots_of_other_machines_are_known_by_their_text() {
        let mut places =
            Places::new(&["/private/tmp/p".into(), r"C:\Work\P".into()], Path::new("/"));
        for (path, expected) in [
            ("/tmp/p/src/a.rs", place("src/a.rs", true)),
            ("/private/tmp/p/src/a.rs", place("src/a.rs", true)),
            (r"c:\work\p\src\a.rs", place("src/a.rs", true)),
            ("/nowhere/q/src/a.rs", place("/nowhere/q/src/a.rs", true)),
        ] {
            assert_eq!(places.locate(path, None), expected, "{path}");
        }
        let unknown = places.locate("nowhere/src/a.rs", None).unwrap();
        assert!(unknown.ends_with("src/a.rs") && !unknown.ends_with("rc/a.rs"));
    }
}
