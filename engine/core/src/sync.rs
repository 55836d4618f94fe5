//! Sharing: fetch, join, push, again where somebody else was faster.
//!
//! Nothing leaves before its remote was agreed to, and before what leaves was looked through for secrets once more.

mod background;
mod check;
mod leaving;
mod pace;
mod standing;

pub use check::LeakingSecret;
pub use leaving::Leaving;
pub use standing::Standing;

use crate::queue::Queue;
use crate::{Engine, Error, Result, Scope, failures};
use check::Checked;
use opensession_hail::{SessionKey, Timestamp};
use opensession_store::{
    Binding, Branch, CommitId, Limits, Progress as Transfer, Publicity, Pushed, Remote, Store,
};
use std::hash::{BuildHasher as _, RandomState};
use std::thread;
use std::time::{Duration, Instant};

/// So long a remote is asked whether it answers to strangers.
const PUBLIC_PATIENCE: Duration = Duration::from_secs(5);
/// Nobody waits longer for others to finish before the next attempt.
const MAX_PAUSE: Duration = Duration::from_secs(20);
/// So long a join waits for others that write.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether sessions may be pushed to a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// They may.
    Agreed,
    /// Nobody was asked yet.
    New,
    /// It was agreed to another one, at these addresses: the name or the address of a remote changed.
    Other(Vec<String>),
}

/// A store and the remote that it is shared with.
pub struct Sharing<'e> {
    engine: &'e Engine,
    store: Store,
    remote: Remote,
    agreement: Agreement,
    /// The remote's branch as it was last fetched.
    theirs: Option<CommitId>,
    /// What it was before, where somebody replaced or deleted it since: sessions that nobody joined may be there only.
    replaced: Option<CommitId>,
}

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// How many sessions came, or grew, here.
    pub received: usize,
    /// How many were forgotten by somebody else, and are gone here.
    pub forgotten: usize,
    /// How many sessions came, or grew, at the remote.
    pub sent: usize,
    /// The sessions that went on in two places: each stands beside its fork.
    pub forks: Vec<SessionKey>,
    /// How often somebody else was faster.
    pub raced: u32,
    /// The branch's tip, here and, after a push, at the remote; `None` where there is no branch.
    pub tip: Option<CommitId>,
}

impl Engine {
    /// Returns the store in scope and the remote that it is shared with: the one that `remote` names, by its name or
    /// address, else the one that was agreed to, else `origin`, else the only one.
    ///
    /// # Errors
    /// [`Error::NoRemote`] where there is none, or several; [`Error::NotEnabled`] for a repository that does not keep
    /// sessions.
    pub fn sharing(&self, remote: Option<&str>) -> Result<Sharing<'_>> {
        let store = match &self.scope {
            Scope::Home => Store::init(&self.home_store())?,
            Scope::Repository(folder) => {
                let store = self.repository(folder)?.store;
                if !store.is_enabled()? {
                    return Err(Error::NotEnabled { repository: folder.clone() });
                }
                store
            }
        };
        let bound = store.bound()?;
        let remote = match (remote, &bound) {
            (Some(remote), _) => store.remote(remote)?,
            (None, Some(Binding::Confirmed(remote) | Binding::Changed { remote, .. })) => {
                remote.clone()
            }
            (None, Some(Binding::Gone { name, .. })) => {
                return Err(Error::NoRemote { gone: Some(name.clone()), known: names(&store)? });
            }
            (None, None) => only(&store)?,
        };
        let agreement = match bound {
            Some(Binding::Confirmed(agreed)) if agreed == remote => Agreement::Agreed,
            Some(Binding::Confirmed(agreed)) => Agreement::Other(vec![agreed.to_string()]),
            Some(Binding::Changed { was, .. }) => Agreement::Other(was),
            Some(Binding::Gone { name, .. }) => Agreement::Other(vec![name]),
            None => Agreement::New,
        };
        Ok(Sharing { engine: self, store, remote, agreement, theirs: None, replaced: None })
    }
}

/// Returns the remote that nobody has to name.
fn only(store: &Store) -> Result<Remote> {
    let mut remotes = store.remotes()?;
    let origin = remotes.iter().position(|remote| remote.name() == Some("origin"));
    match (origin, remotes.len()) {
        (Some(origin), _) => Ok(remotes.swap_remove(origin)),
        (None, 1) => Ok(remotes.swap_remove(0)),
        (None, _) => Err(Error::NoRemote { gone: None, known: names(store)? }),
    }
}

fn names(store: &Store) -> Result<Vec<String>> {
    Ok(store.remotes()?.iter().map(ToString::to_string).collect())
}

impl Sharing<'_> {
    /// Returns the remote.
    #[must_use]
    pub const fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Returns whether sessions may be pushed to it.
    #[must_use]
    pub const fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// Remembers that sessions may be pushed to the remote, as it is now, and to no other.
    ///
    /// # Errors
    /// Where the repository's configuration cannot be written.
    pub fn agree(&mut self) -> Result<()> {
        self.store.bind(&self.remote)?;
        self.agreement = Agreement::Agreed;
        Ok(())
    }

    /// Returns whether anybody may read the remote, as far as it tells a stranger.
    ///
    /// # Errors
    /// Where git cannot be started.
    pub fn publicity(&self) -> Result<Publicity> {
        Ok(self.store.looks_public(&self.remote, PUBLIC_PATIENCE)?)
    }

    /// Fetches the remote's branch, and nothing else; what is read together shows its sessions from then on.
    ///
    /// # Errors
    /// [`opensession_store::Error::Refused`] where the remote, or the way to it, is in the way.
    pub fn fetch(
        &mut self,
        now: Timestamp,
        total: Duration,
        progress: &mut dyn FnMut(Transfer),
    ) -> Result<()> {
        let limits = Limits::within(total);
        let fetched = self.store.fetch(&self.remote, now, &limits, progress)?;
        self.theirs = fetched.tip;
        if let Some(was) = fetched.was {
            let is_continued = match fetched.tip {
                Some(tip) => self.store.continues(tip, was)?,
                None => false,
            };
            self.replaced = (!is_continued).then_some(was);
        }
        Ok(())
    }

    /// Returns what the remote does not have yet, as it was last fetched.
    ///
    /// # Errors
    /// Where the branch, or a manifest, cannot be read.
    pub fn leaving(&self) -> Result<Leaving> {
        let (Some(ours), theirs) = (self.store.branch()?, self.fetched()?) else {
            return Ok(Leaving::default());
        };
        Leaving::between(&ours, theirs.as_ref())
    }

    /// Joins what was fetched into the branch.
    ///
    /// # Errors
    /// As for [`Store::join`].
    pub fn pull(&self, now: Timestamp) -> Result<SyncReport> {
        let mut report = SyncReport::default();
        self.take(now, &mut report)?;
        Ok(report)
    }

    /// Joins what was fetched, and pushes, until the remote has what the branch has or `total` is over. The branch is
    /// not pushed where today's rules find a secret in what would leave. That sharing failed before is forgotten then.
    ///
    /// # Errors
    /// [`Error::NotAgreed`] where [`Sharing::agree`] was not called; [`Error::Leak`]; and as for [`Sharing::fetch`].
    /// What was received by then stays.
    pub fn sync(
        &mut self,
        now: Timestamp,
        total: Duration,
        progress: &mut dyn FnMut(Transfer),
    ) -> Result<SyncReport> {
        if self.agreement != Agreement::Agreed {
            return Err(Error::NotAgreed { remote: self.remote.to_string() });
        }
        // Pushes that the remote did not want are shared with this.
        let pushes = Queue::of_pushes(self.store.git_dir()).waiting()?;
        let report = self.exchange(now, total, progress)?;
        pushes.finish()?;
        failures::note_sharing(&self.engine.data_dir(), self.store.git_dir(), None, now)?;
        Ok(report)
    }

    /// Joins and pushes until both sides have the same.
    fn exchange(
        &mut self,
        now: Timestamp,
        total: Duration,
        progress: &mut dyn FnMut(Transfer),
    ) -> Result<SyncReport> {
        let ends = Instant::now() + total;
        let mut checked = Checked::new(self.engine)?;
        let mut report = SyncReport::default();
        loop {
            let started = Instant::now();
            self.take(now, &mut report)?;
            let Some(tip) = report.tip.filter(|tip| Some(*tip) != self.theirs) else {
                return Ok(report);
            };
            checked.check(&self.store, tip, self.theirs)?;
            let limits = Limits::within(ends.saturating_duration_since(Instant::now()));
            let lease = self.lease(tip)?;
            match self.store.push(&self.remote, tip, lease, now, &limits, progress)? {
                Pushed::Updated | Pushed::UpToDate => {
                    let ours = self.store.branch_at(tip)?;
                    report.sent = came(&ours, self.fetched()?.as_ref())?;
                    return Ok(report);
                }
                Pushed::Raced => {
                    report.raced += 1;
                    let pause = pause(started.elapsed(), report.raced);
                    let left = ends.saturating_duration_since(Instant::now());
                    if left <= pause {
                        return Err(Error::Raced { remote: self.remote.to_string() });
                    }
                    thread::sleep(pause);
                    self.fetch(now, left - pause, progress)?;
                }
            }
        }
    }

    /// Joins what was fetched, and adds to the report what came.
    fn take(&self, now: Timestamp, report: &mut SyncReport) -> Result<()> {
        let before = self.store.branch()?;
        for theirs in self.replaced.into_iter().chain(self.theirs) {
            self.store.join(theirs, now, PATIENCE)?;
        }
        let Some(after) = self.store.branch()? else { return Ok(()) };
        report.tip = Some(after.commit());
        let Some(found) = after.since(before.as_ref().map(Branch::tree)) else { return Ok(()) };
        report.received += found.came.len();
        for gone in &found.gone {
            let forgotten = after.versions(&gone.key)?.is_empty();
            report.forgotten += usize::from(forgotten);
        }
        let is_fork = |key: &SessionKey| *key != key.main();
        report.forks.extend(found.came.into_iter().map(|entry| entry.key).filter(is_fork));
        Ok(())
    }

    /// Returns the remote's commit where `tip` does not continue it, because a history was begun anew.
    fn lease(&self, tip: CommitId) -> Result<Option<CommitId>> {
        match self.theirs {
            Some(theirs) if !self.store.continues(tip, theirs)? => Ok(Some(theirs)),
            _ => Ok(None),
        }
    }

    fn fetched(&self) -> Result<Option<Branch>> {
        Ok(self.theirs.map(|commit| self.store.branch_at(commit)).transpose()?)
    }
}

/// Returns how long to wait after having been too slow `raced` times, when the last attempt took `attempt`: any time up
/// to three times that, tripled with every race, so that however many sync at once, most of them do not meet again.
fn pause(attempt: Duration, raced: u32) -> Duration {
    let limit = (attempt * 3_u32.pow(raced.min(6))).min(MAX_PAUSE);
    // Its keys are random.
    let random = RandomState::new().hash_one(raced) >> 32;
    limit.mul_f64(random as f64 / f64::from(u32::MAX))
}

/// Returns how many sessions of `ours` the other state does not have as they are.
fn came(ours: &Branch, other: Option<&Branch>) -> Result<usize> {
    let found = ours.since(other.map(Branch::tree));
    let found = found.map_or_else(|| ours.newest().count(), |found| found.came.len());
    Ok(found)
}
