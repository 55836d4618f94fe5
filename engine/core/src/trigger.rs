//! What hooks and tools set off: a capture of everything, and the links of the commits that it makes possible.

use crate::queue::{Queue, Seen};
use crate::{Capture, Engine, Result, failures, registry};
use opensession_hail::Timestamp;
use std::path::{Path, PathBuf};

impl Engine {
    /// Takes note of what a hook saw in the repository at `path` and works off what waits there, unless another process
    /// is at it: that one takes it along. Nothing is done in a repository that is not enabled.
    ///
    /// # Errors
    /// When the repository cannot be opened, or not even the note can be written. What cannot be captured or linked is
    /// remembered for `status`.
    pub fn hook(&self, path: &Path, seen: &Seen, now: Timestamp) -> Result<()> {
        let store = self.repository(path)?.store;
        if !store.is_enabled()? {
            return Ok(());
        }
        let git_dir = store.git_dir();
        registry::add(&self.data_dir(), git_dir)?;
        let number = u64::try_from(now.as_millis()).unwrap_or(0);
        let queue = Queue::of(git_dir);
        queue.push(seen, number)?;
        // Whoever ends a turn looks once more: what came in just before would wait for the next hook otherwise.
        while !queue.waiting()?.is_empty() {
            let Some(_turn) = queue.take_turn()? else { break };
            self.capture_quietly(now)?;
            if self.link_quietly(git_dir, now)?.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Captures everything, and links in every repository what that makes possible.
    ///
    /// # Errors
    /// When not even what failed can be remembered.
    pub fn catch_up(&self, now: Timestamp) -> Result<()> {
        self.capture_quietly(now)?;
        self.link(now).map(drop)
    }

    /// Links the commits of every enabled repository to the sessions whose edits they hold, as far as that is not
    /// done, and takes what hooks saw out of the queues. Returns the repositories for which it failed, which stops no
    /// other, and why; they are remembered for `status`.
    ///
    /// # Errors
    /// When not even that can be written.
    pub fn link(&self, now: Timestamp) -> Result<Vec<(PathBuf, String)>> {
        let mut failed = Vec::new();
        for git_dir in self.enabled_repositories() {
            if let Some(reason) = self.link_quietly(&git_dir, now)? {
                failed.push((git_dir, reason));
            }
        }
        Ok(failed)
    }

    /// Links the commits of a repository; returns why not, where that failed.
    fn link_quietly(&self, git_dir: &Path, now: Timestamp) -> Result<Option<String>> {
        let linked = Queue::of(git_dir).waiting().and_then(|waiting| {
            self.link_repository(git_dir, &waiting, now)?;
            waiting.finish()
        });
        let reason = linked.err().map(|error| error.to_string());
        failures::note(&self.data_dir(), git_dir, reason.as_deref(), now)?;
        Ok(reason)
    }

    fn capture_quietly(&self, now: Timestamp) -> Result<()> {
        let reason = self.capture(Capture::All, now, &()).err().map(|error| error.to_string());
        failures::note(&self.data_dir(), &self.home_store(), reason.as_deref(), now)
    }
}
