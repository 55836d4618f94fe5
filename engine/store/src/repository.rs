//! The repository: opening it, creating it, what shape it has.

use crate::config::Config;
use crate::layout::BRANCH;
use crate::lock::{Deadline, Lock};
use crate::odb::Odb;
use crate::refs::{Refs, Value};
use crate::repack::Repack;
use crate::{
    Branch, Changes, Error, Finding, Location, Result, Written, durable, fsck, git, location, write,
};
use gix::sec::Trust;
use opensession_hail::Timestamp;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The folder of packs in a git folder.
const PACKS: &str = "objects/pack";
/// The folder for our own files in a git folder.
const WORK: &str = "opensession";
/// How long making a store waits for others that make it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A repository that holds, or may hold, the sessions branch. Any number of threads may use it.
pub struct Store {
    pub(crate) git_dir: PathBuf,
    pub(crate) odb: Arc<Odb>,
    pub(crate) refs: Arc<Refs>,
    pub(crate) repack: Repack,
    hash: gix::hash::Kind,
    /// The git folder of the work tree that was opened.
    pub(crate) head_dir: PathBuf,
    /// The work tree that was opened.
    pub(crate) work_tree: Option<PathBuf>,
}

impl Store {
    /// Opens the repository at `path`: a work tree's root, also of a linked one or of a submodule, a bare repository or
    /// a git folder; SHA-1 or SHA-256; refs in files or in tables.
    ///
    /// Only the repository's own configuration is read, and nothing that it could make a program run.
    ///
    /// # Errors
    /// [`Error::NotARepository`] where there is none, [`Error::ForeignOwner`] for another user's, where git would not
    /// work either, [`Error::Unsupported`] for a format that is not known.
    pub fn open(path: &Path) -> Result<Self> {
        let location = location::at(path)?;
        let location = location.ok_or_else(|| Error::NotARepository(path.to_owned()))?;
        check_owner(&location)?;
        let Location { git_dir, head_dir, work_tree } = location;
        let (hash, format) = Config::read(&git_dir)?.format()?;
        let odb = Arc::new(Odb::new(git_dir.join("objects"), hash));
        let refs = Arc::new(Refs::new(git_dir.clone(), hash, format));
        Ok(Self { git_dir, odb, refs, repack: Repack::default(), hash, head_dir, work_tree })
    }

    /// Opens the repository at `path`, or creates a bare one there that only its owner may read.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be created, and as for [`Store::open`].
    pub fn init(path: &Path) -> Result<Self> {
        let work_tree = path.join(".git");
        if !is_made(path)? && !work_tree.try_exists().map_err(Error::io(&work_tree))? {
            create_bare(path)?;
        }
        Self::open(path)
    }

    /// Returns whether there is nothing at `path` but, at most, what a [`Store::init`] that was stopped left.
    ///
    /// # Errors
    /// [`Error::Io`] where that cannot be found out.
    pub fn is_unmade(path: &Path) -> Result<bool> {
        if is_made(path)? {
            return Ok(false);
        }
        let packs = path.join(PACKS);
        match fs::read_dir(&packs) {
            Ok(mut packs) => Ok(packs.next().is_none()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(Error::io(&packs)(error)),
        }
    }

    /// Returns the git folder that all work trees share.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Fails where the branch is not there and cannot be made, because another one is in its way.
    ///
    /// # Errors
    /// [`Error::NameTaken`].
    pub fn check_name(&self) -> Result<()> {
        if self.refs.value()? == Value::Absent { self.refs.check_name() } else { Ok(()) }
    }

    /// Returns the branch as it is now; `None` where there is none.
    ///
    /// Where the tip cannot be read, it is the newest one in the reflog that can: [`Branch::damage`] says so.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where none can be read.
    pub fn branch(&self) -> Result<Option<Branch>> {
        let tip = self.refs.tip(&self.odb, &self.refs.value()?)?;
        Ok(tip.map(|tip| Branch::new(self, tip)))
    }

    /// Puts `changes`, drafts or also removals, on the branch: one commit, or none where nothing changes.
    ///
    /// `at` is the time of the commit. The call waits for other writers until `deadline` has passed. A draft that
    /// cannot be stored does not stop the others: see [`Written`].
    ///
    /// # Errors
    /// [`Error::Busy`] at the deadline; then, and after any other error, the branch is as it was.
    pub fn write(
        &self,
        changes: impl Into<Changes>,
        at: Timestamp,
        deadline: Duration,
    ) -> Result<Written> {
        write::write(self, changes.into(), at, deadline)
    }

    /// Takes the lock that every writer takes; waits for others until `limit` has passed.
    ///
    /// Who holds it may write the files that belong to the store and are not on the branch.
    ///
    /// # Errors
    /// [`Error::Busy`] after that time; [`Error::Io`], [`Error::SymbolicLink`].
    pub fn lock(&self, limit: Duration) -> Result<Lock> {
        Lock::acquire(&self.work_folder(), Deadline::new(limit))
    }

    /// Checks every byte that reading the branch depends on; returns what is wrong, by session.
    ///
    /// `progress` is called with the number of sessions checked and of all sessions.
    ///
    /// # Errors
    /// Only where checking itself was not possible: [`Error::Io`], [`Error::Git`].
    pub fn fsck(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<Finding>> {
        fsck::check(self, progress)
    }

    /// Returns the hash that names objects.
    pub(crate) const fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// Returns the folder of packs.
    pub(crate) fn packs(&self) -> PathBuf {
        self.git_dir.join(PACKS)
    }

    /// Returns the folder for our own files: the lock and what is being published.
    #[must_use]
    pub fn work_folder(&self) -> PathBuf {
        self.git_dir.join(WORK)
    }
}

/// Refuses what git refuses: a repository that another user made, and could have put anything into.
fn check_owner(location: &Location) -> Result<()> {
    let Location { git_dir, head_dir, work_tree } = location;
    // Git wants the work tree's root to be named, where there is one.
    let parent = git_dir.parent().filter(|_| git_dir.ends_with(".git")).map(Path::to_owned);
    let root = work_tree.clone().or(parent).unwrap_or_else(|| git_dir.clone());
    for part in [Some(git_dir), Some(head_dir), work_tree.as_ref()].into_iter().flatten() {
        let trust = Trust::from_path_ownership(part).map_err(Error::io(part))?;
        if trust == Trust::Reduced && !git::accepts_owner(&root)? {
            return Err(Error::ForeignOwner(root));
        }
    }
    Ok(())
}

/// Returns whether there is a git folder at `path`.
fn is_made(path: &Path) -> Result<bool> {
    let head = path.join("HEAD");
    head.try_exists().map_err(Error::io(&head))
}

/// Creates a bare repository file by file: no template, no hook, nothing from the user's configuration.
///
/// `HEAD` comes last: it makes the folder a repository, so a half-made one is never seen.
fn create_bare(path: &Path) -> Result<()> {
    let config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n\
                  \tlogallrefupdates = always\n";
    durable::create_private_folder(path)?;
    // Others may do this at the same moment, and one that was killed may have left files.
    let _lock = Lock::acquire(&path.join(WORK), Deadline::new(PATIENCE))?;
    for folder in [PACKS, "objects/info", "refs/heads", "refs/tags"] {
        durable::create_folder(&path.join(folder))?;
    }
    let head = format!("ref: {BRANCH}\n");
    for (name, text) in [("config", config), ("HEAD", head.as_str())] {
        let file = path.join(name);
        if file.try_exists().map_err(Error::io(&file))? {
            continue;
        }
        let new = path.join(format!("{name}.new"));
        durable::remove(&new)?;
        let mut written = durable::create(&new)?;
        written.write_all(text.as_bytes()).map_err(Error::io(&new))?;
        durable::sync(&written, &new)?;
        fs::rename(&new, &file).map_err(Error::io(&file))?;
    }
    durable::sync_folder(path)
}
