//! Sharing behind the user's own `git push`: without a word, one process at a time.

use super::pace;
use crate::queue::{Queue, Seen};
use crate::{Engine, Error, Result, Scope, failures};
use opensession_hail::Timestamp;
use opensession_store::{Binding, Error as StoreError, Refusal, Remote, Store};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// So long the remote may take.
const TOTAL: Duration = Duration::from_secs(60);
/// So often is looked whether there is still anything to wait for.
const LOOK: Duration = Duration::from_secs(1);

impl Engine {
    /// Shares the sessions of the repository at `path`, which is just being pushed to the address `url`, with the remote
    /// that was agreed to, if it is what is pushed to; one for the sessions alone gets them behind every push.
    ///
    /// Another process that is at it takes this push along. What would be too often is put off: this call waits, until
    /// a minute is over or somebody else sent everything. A remote that wants to be asked less often is not asked again:
    /// the push stays in the queue.
    ///
    /// # Errors
    /// When the repository cannot be read, or not even the note can be written. Why nothing could be shared is
    /// remembered for `status`.
    pub fn share_behind(&self, path: &Path, url: &str, now: Timestamp) -> Result<()> {
        let started = Instant::now();
        let clock = || later(now, started.elapsed());
        let store = self.repository(path)?.store;
        let Some(remote) = agreed(&store)? else { return Ok(()) };
        // Nobody pushes to a remote for the sessions alone by hand.
        if !remote.is_pushed_to(url) && !store.is_for_sessions_alone(&remote)? {
            return Ok(());
        }
        let (git_dir, data_dir) = (store.git_dir(), self.data_dir());
        let queue = Queue::of_pushes(git_dir);
        let seen = Seen { hook: "pre-push".to_owned(), rewritten: Vec::new() };
        queue.push(&seen, u64::try_from(now.as_millis()).unwrap_or(0))?;
        // Whoever ends a turn looks once more: what came in just before would wait for the next push otherwise.
        let mut is_put_off = false;
        while is_put_off || !queue.waiting()?.is_empty() {
            let Some(_turn) = queue.take_turn()? else { break };
            let waiting = queue.waiting()?;
            // What was worked on just now goes along.
            self.catch_up(clock())?;
            if !pace::pause(&data_dir, git_dir, clock()).is_zero() {
                let Some(remote) = agreed(&store)? else { return waiting.finish() };
                is_put_off = has_news(&store, &remote)?;
                match is_put_off {
                    true => put_off(&store, &remote, || pace::pause(&data_dir, git_dir, clock()))?,
                    false => waiting.finish()?,
                }
                continue;
            }
            is_put_off = false;
            pace::begin(&data_dir, git_dir, clock())?;
            let failed = self.share_once(path, clock()).err();
            let is_throttled = failed.as_ref().is_some_and(is_throttled);
            if is_throttled {
                pace::back_off(&data_dir, git_dir, clock())?;
            }
            let reason = failed.as_ref().map(ToString::to_string);
            failures::note_sharing(&data_dir, git_dir, reason.as_deref(), clock())?;
            if is_throttled {
                break;
            }
            waiting.finish()?;
        }
        Ok(())
    }

    /// Remembers that the sessions of the repository at `path` are to be shared behind its pushes, as long as its remote is
    /// agreed to.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn share_behind_pushes(&self, path: &Path) -> Result<()> {
        let store = self.repository(path)?.store;
        // The queue of its pushes is all that is needed to know it.
        Queue::of_pushes(store.git_dir()).make()
    }

    /// Returns whether the sessions of the repository at `path` are to be shared behind its pushes.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn shares_behind_pushes(&self, path: &Path) -> Result<bool> {
        let store = self.repository(path)?.store;
        Ok(Queue::of_pushes(store.git_dir()).is_made() && store.bound()?.is_some())
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
        sharing.exchange(now, ends.saturating_duration_since(Instant::now()), &mut |_| {})?;
        Ok(())
    }
}

/// Returns the remote that the sessions of this repository were agreed to be shared with, whatever its address is now;
/// `None` where they are not to be shared.
fn agreed(store: &Store) -> Result<Option<Remote>> {
    if !store.is_enabled()? {
        return Ok(None);
    }
    Ok(match store.bound()? {
        Some(Binding::Confirmed(remote) | Binding::Changed { remote, .. }) => Some(remote),
        Some(Binding::Gone { .. }) | None => None,
    })
}

/// Returns whether the branch is not what the remote had when it was last seen.
fn has_news(store: &Store, remote: &Remote) -> Result<bool> {
    let Some(ours) = store.branch()? else { return Ok(false) };
    let tracking = store.tracking()?.branches;
    let theirs = tracking.iter().find(|(name, _branch)| *name == remote.tracked_as());
    Ok(theirs.is_none_or(|(_name, theirs)| theirs.commit() != ours.commit()))
}

/// Returns whether the remote wants to be asked less often.
const fn is_throttled(error: &Error) -> bool {
    matches!(error, Error::Store(StoreError::Refused { refusal: Refusal::Throttled, .. }))
}

/// Waits until `pause` is over, or somebody else sent what is to be sent.
fn put_off(store: &Store, remote: &Remote, pause: impl Fn() -> Duration) -> Result<()> {
    loop {
        let left = pause();
        if left.is_zero() || !has_news(store, remote)? {
            return Ok(());
        }
        thread::sleep(left.min(LOOK));
    }
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    let millis = i64::try_from(by.as_millis()).ok().and_then(|by| time.as_millis().checked_add(by));
    millis.and_then(Timestamp::from_millis).unwrap_or(time)
}
