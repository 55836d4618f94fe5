//! Sharing behind the user's own `git push`: without a word, one process at a time.

use crate::queue::{Queue, Seen};
use crate::{Engine, Error, Result, Scope, failures};
use opensession_hail::Timestamp;
use opensession_store::Binding;
use std::path::Path;
use std::time::{Duration, Instant};

/// So long the remote may take.
const TOTAL: Duration = Duration::from_secs(60);

impl Engine {
    /// Shares the sessions of the repository at `path`, which is just being pushed to the address `url`, with the remote
    /// that was agreed to, if it is what is pushed to; one for the sessions alone gets them behind every push. Another process that is at it takes this push along.
    ///
    /// # Errors
    /// When the repository cannot be read, or not even the note can be written. Why nothing could be shared is
    /// remembered for `status`.
    pub fn share_behind(&self, path: &Path, url: &str, now: Timestamp) -> Result<()> {
        let store = self.repository(path)?.store;
        if !store.is_enabled()? {
            return Ok(());
        }
        let (Some(Binding::Confirmed(remote)) | Some(Binding::Changed { remote, .. })) =
            store.bound()?
        else {
            return Ok(());
        };
        // Nobody pushes to a remote for the sessions alone by hand.
        if !remote.is_pushed_to(url) && !store.is_for_sessions_alone(&remote)? {
            return Ok(());
        }
        let git_dir = store.git_dir();
        let queue = Queue::of_pushes(git_dir);
        let seen = Seen { hook: "pre-push".to_owned(), rewritten: Vec::new() };
        queue.push(&seen, u64::try_from(now.as_millis()).unwrap_or(0))?;
        // Whoever ends a turn looks once more: what came in just before would wait for the next push otherwise.
        while !queue.waiting()?.is_empty() {
            let Some(_turn) = queue.take_turn()? else { break };
            let waiting = queue.waiting()?;
            // What was worked on just now goes along.
            self.catch_up(now)?;
            let reason = self.share_once(path, now).err().map(|error| error.to_string());
            failures::note_sharing(&self.data_dir(), git_dir, reason.as_deref(), now)?;
            waiting.finish()?;
        }
        Ok(())
    }

    fn share_once(&self, path: &Path, now: Timestamp) -> Result<()> {
        let ends = Instant::now() + TOTAL;
        let engine = Self {
            home: self.home.clone(),
            config: self.config.clone(),
            privacy: self.privacy.clone(),
            scope: Scope::Repository(path.to_owned()),
        };
        let mut sharing = engine.sharing(None)?;
        if *sharing.agreement() != super::Agreement::Agreed {
            return Err(Error::NotAgreed { remote: sharing.remote().to_string() });
        }
        sharing.fetch(now, TOTAL, &mut |_| {})?;
        sharing.sync(now, ends.saturating_duration_since(Instant::now()), &mut |_| {})?;
        Ok(())
    }
}
