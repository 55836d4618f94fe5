//! What hooks and tools set off: a capture of everything, and the links of the commits that it makes possible.

use crate::queue::{Queue, Seen};
use crate::{Capture, Engine, Result, failures};
use opensession_hail::Timestamp;
use std::path::Path;

impl Engine {
    /// Takes note of what a hook saw in the repository at `git_dir`, which is enabled, and works off what waits
    /// there, unless another process is at it: that one takes it along.
    ///
    /// # Errors
    /// When not even the note can be written. What cannot be captured or linked is remembered for `status`.
    pub fn hook(&self, git_dir: &Path, seen: &Seen, now: Timestamp) -> Result<()> {
        let number = u64::try_from(now.as_millis()).unwrap_or(0);
        let queue = Queue::of(git_dir);
        queue.push(seen, number)?;
        // Whoever ends a turn looks once more: what came in just before would wait for the next hook otherwise.
        while !queue.waiting()?.is_empty() {
            let Some(_turn) = queue.take_turn()? else { break };
            self.capture_quietly(git_dir, now)?;
            let waiting = queue.waiting()?;
            if let Err(error) = self.link_repository(git_dir, &waiting, now) {
                failures::add(&self.data_dir(), git_dir, &error.to_string(), now)?;
                break;
            }
            waiting.finish()?;
        }
        Ok(())
    }

    /// Captures everything, and links in every repository what that makes possible.
    ///
    /// # Errors
    /// When not even what failed can be remembered.
    pub fn catch_up(&self, now: Timestamp) -> Result<()> {
        self.capture_quietly(&self.home_store(), now)?;
        self.link(now)
    }

    /// Links the commits of every enabled repository to the sessions whose edits they hold, as far as that is not
    /// done, and takes what hooks saw out of the queues. A repository for which it fails is remembered for `status`
    /// and stops no other.
    ///
    /// # Errors
    /// When not even that can be written.
    pub fn link(&self, now: Timestamp) -> Result<()> {
        for git_dir in self.enabled_repositories() {
            let queue = Queue::of(&git_dir);
            let linked = queue.waiting().and_then(|waiting| {
                self.link_repository(&git_dir, &waiting, now)?;
                waiting.finish()
            });
            if let Err(error) = linked {
                failures::add(&self.data_dir(), &git_dir, &error.to_string(), now)?;
            }
        }
        Ok(())
    }

    fn capture_quietly(&self, place: &Path, now: Timestamp) -> Result<()> {
        match self.capture(Capture::All, now, &()) {
            Ok(_report) => Ok(()),
            Err(error) => failures::add(&self.data_dir(), place, &error.to_string(), now),
        }
    }
}
