//! How much of the disk the branch takes, as git counts it: the bytes of objects in packs, deltas as deltas.

use crate::layout::{self, BRANCH};
use crate::{Branch, CommitId, Entry, Error, Remote, Result, Store, git};
use opensession_hail::SessionKey;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

/// So many sessions are named.
const NAMED: usize = 10;

/// What the sessions branch takes of a repository's disk, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// What only the branch leads to.
    pub bytes: u64,
    /// How many objects that is.
    pub objects: u64,
    /// What of `bytes` only older states of the branch need: a purge frees it.
    pub history: u64,
    /// What all branches and tags lead to, remote-tracking branches and this one included: about what a clone brings.
    pub clone: u64,
    /// How many packs the repository has, those of the user's commits included.
    pub packs: u64,
    /// The largest sessions, attachments included, and what each of them takes.
    pub largest: Vec<(Entry, u64)>,
}

impl Store {
    /// Returns what `branch` of this repository takes of its disk: the sessions branch, or one that was fetched. Objects
    /// are counted as they lie there: a server may pack them tighter.
    ///
    /// # Errors
    /// [`Error::Git`] where git cannot read the objects, [`Error::Io`].
    pub fn size(&self, branch: &Branch) -> Result<Size> {
        let commit = branch.commit();
        let tip = commit.to_string();
        let tree = format!("^{}", branch.tree());
        // The same branch as others have it is no reason to count it as theirs.
        let tracked = format!("refs/remotes/*/{}", BRANCH.trim_start_matches("refs/heads/"));
        let (own, tracked) = (format!("--exclude={BRANCH}"), format!("--exclude={tracked}"));
        let others = ["--not", own.as_str(), tracked.as_str(), "--glob=refs/*"];
        let (packs, _bytes) = self.packed()?;
        let parents = self.history().commit(commit)?.map_or(Vec::new(), |commit| commit.parents);
        let parents: Vec<String> = parents.iter().map(CommitId::to_string).collect();
        let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
        let history = match parents.is_empty() {
            true => 0,
            false => self.weight(&[&parents[..], &[tree.as_str()], &others].concat())?,
        };
        let count =
            [&["rev-list", "--count", "--missing=allow-any", "--objects", &tip][..], &others]
                .concat();
        let all = ["--glob=refs/heads", "--glob=refs/tags", "--glob=refs/remotes"];
        Ok(Size {
            bytes: self.weight(&[&[tip.as_str()][..], &others].concat())?,
            objects: self.rev_list_number(&count)?,
            history,
            clone: self.weight(&[&[tip.as_str()][..], &all].concat())?,
            packs,
            largest: self.largest(branch)?,
        })
    }

    /// Returns whether `remote` is there for the sessions alone, as far as is known: it is not `origin`, and no other
    /// branch of it was ever fetched or pushed.
    ///
    /// # Errors
    /// [`Error::Git`] where git cannot read its refs.
    pub fn is_for_sessions_alone(&self, remote: &Remote) -> Result<bool> {
        let folder = format!("refs/remotes/{}/", remote.tracked_as());
        let list = ["for-each-ref", "--format=%(refname)", &folder];
        let listed = git::run(self.git_dir(), &list, b"")?.success()?;
        let branch = BRANCH.trim_start_matches("refs/heads/");
        let is_ours = |name: &str| name.strip_prefix(folder.as_str()) == Some(branch);
        let is_alone = String::from_utf8_lossy(&listed).lines().all(is_ours);
        Ok(is_alone && remote.name() != Some("origin"))
    }

    /// Returns the sessions of `branch` whose files are the largest, and the bytes of these.
    fn largest(&self, branch: &Branch) -> Result<Vec<(Entry, u64)>> {
        let tree = branch.tree().to_string();
        let list = ["ls-tree", "-r", "-l", "-z", "--full-tree", &tree];
        let mut listing = git::start(self.git_dir(), None, self.git_dir(), &list)?;
        let mut sizes: BTreeMap<(layout::Day, SessionKey), u64> = BTreeMap::new();
        while let Some(line) = listing.next(b'\0')? {
            let line = String::from_utf8_lossy(&line);
            let Some((head, path)) = line.split_once('\t') else { continue };
            let path: Vec<String> = path.splitn(6, '/').map(str::to_owned).collect();
            let [day @ .., key, _file] = &path[..] else { continue };
            let (Some(day), Some(key)) = (layout::day(day), layout::session_key(key.as_bytes()))
            else {
                continue;
            };
            // What a partial clone left out has none.
            let size = head.rsplit(' ').next().and_then(|size| size.parse().ok());
            *sizes.entry((day, key)).or_default() += size.unwrap_or(0);
        }
        let mut sizes: Vec<_> = sizes.into_iter().collect();
        sizes.sort_by_key(|(_session, size)| Reverse(*size));
        let named = sizes.into_iter().take(NAMED).map(|((day, key), size)| {
            Ok(branch.find_near(&key, Some(day))?.map(|entry| (entry, size)))
        });
        named.filter_map(Result::transpose).collect()
    }

    /// Returns how many bytes on the disk the objects take that `revisions` reach: commits, refs, trees, or options that
    /// `git rev-list` takes in their place. What a partial clone left out counts as nothing.
    pub(crate) fn weight(&self, revisions: &[&str]) -> Result<u64> {
        let weigh = ["rev-list", "--disk-usage", "--missing=allow-any", "--objects"];
        self.rev_list_number(&[&weigh[..], revisions].concat())
    }

    /// Returns the number that git answers `arguments` with.
    fn rev_list_number(&self, arguments: &[&str]) -> Result<u64> {
        let output = git::run(self.git_dir(), arguments, b"")?.success()?;
        let text = String::from_utf8_lossy(&output);
        text.trim().parse().map_err(|_not_a_number| Error::Git {
            command: arguments.join(" "),
            message: format!("{} is no number", text.trim()),
        })
    }

    /// Returns how many packs there are, and how many bytes they have together.
    ///
    /// # Errors
    /// [`Error::Io`] where they cannot be listed.
    pub(crate) fn packed(&self) -> Result<(u64, u64)> {
        let folder = self.packs();
        let failed = || Error::io(&folder);
        let (mut packs, mut bytes) = (0, 0);
        for entry in fs::read_dir(&folder).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            if entry.path().extension().is_none_or(|extension| extension != "pack") {
                continue;
            }
            match entry.metadata() {
                Ok(found) => (packs, bytes) = (packs + 1, bytes + found.len()),
                // A repack took its place.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io(&entry.path())(error)),
            }
        }
        Ok((packs, bytes))
    }
}
