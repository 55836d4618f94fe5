//! Redacting again what is stored: with today's rules and settings, and with the secrets that are known today. The logs
//! are not needed; they may be gone.

mod rewrite;

use crate::routes::Context;
use crate::{Engine, Result};
use opensession_hail::{SessionKey, Timestamp};
use opensession_redact::Counts;
use opensession_store::{Branch, Changes, Entry, Store};
use rewrite::Rewritten;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

/// How long a write waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often sessions that others changed meanwhile are read anew.
const ROUNDS: usize = 16;
/// So many bytes of sessions are written at once: compressed, they are held until then.
const BATCH_BYTES: u64 = 256 << 20;

/// What redacting again did, or would do.
#[derive(Debug, Default)]
pub struct AgainReport {
    /// The sessions in which something changed, forks and sub-agents' sessions among them.
    pub changed: Vec<RedactedAgain>,
    /// How many sessions had nothing to change, and are as they were.
    pub unchanged: u64,
    /// The sessions that could not be read or written: the git folder, the session where it is known, why.
    pub failed: Vec<(PathBuf, Option<SessionKey>, String)>,
    /// Those of the sessions asked for that stand in no store in scope: they were only fetched, or are elsewhere.
    pub missing: BTreeSet<SessionKey>,
    /// The last commit made in each store that was written to, by its git folder.
    pub commits: BTreeMap<PathBuf, String>,
    /// Bytes written to the stores.
    pub bytes_written: u64,
}

/// A session that was redacted again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactedAgain {
    /// The git folder of its store.
    pub git_dir: PathBuf,
    /// Which session.
    pub key: SessionKey,
    /// Its generation from now on.
    pub generation: u64,
    /// How many of its events changed.
    pub events: u64,
    /// What was found, by rule, in the header too; nothing where only another version of the session had secrets.
    pub secrets: Counts,
}

impl Engine {
    /// Redacts what is stored again, and replaces what changes: all sessions of the stores in scope, or those of `keys`
    /// with their forks and sub-agents. `at` is the time of the commits; without it nothing is written. Tells `progress`
    /// sessions done and sessions in all, for one store after the other.
    ///
    /// All versions of a session are raised by a generation together. What is not of this user's stores, as branches that
    /// were fetched, stays. The branch's history keeps what it held.
    ///
    /// # Errors
    /// When a store cannot be opened or written. A session that cannot be read is an entry of the report.
    pub fn redact_again(
        &self,
        keys: Option<&[SessionKey]>,
        at: Option<Timestamp>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<AgainReport> {
        let missing = keys.iter().copied().flatten().cloned().collect();
        let mut report = AgainReport { missing, ..AgainReport::default() };
        for git_dir in self.git_dirs()? {
            let context = Context::open(Store::open(&git_dir)?, &self.privacy)?;
            let mut run = Run { context, git_dir, at, report: &mut report, progress };
            run.redact(|key| keys.is_none_or(|keys| keys.iter().any(|one| is_part(key, one))))?;
        }
        Ok(report)
    }
}

/// Returns whether `key` is a version of the session `whole`, or one of its sub-agents.
fn is_part(key: &SessionKey, whole: &SessionKey) -> bool {
    let (key, whole) = (key.main(), whole.main());
    let rest = key.as_str().strip_prefix(whole.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Redacting one store again.
struct Run<'r> {
    context: Context,
    git_dir: PathBuf,
    at: Option<Timestamp>,
    report: &'r mut AgainReport,
    progress: &'r mut dyn FnMut(u64, u64),
}

/// The versions of sessions, by session.
type Families = BTreeMap<SessionKey, Vec<Entry>>;

impl Run<'_> {
    fn redact(&mut self, is_wanted: impl Fn(&SessionKey) -> bool) -> Result<()> {
        let mut stale: Option<BTreeSet<SessionKey>> = None;
        for _ in 0..ROUNDS {
            let Some(branch) = self.context.store.branch()? else { return Ok(()) };
            let is_left = |key: &SessionKey| stale.as_ref().is_none_or(|stale| stale.contains(key));
            let families = self.families(&branch, |key| is_wanted(key) && is_left(&key.main()));
            let left = self.redact_families(&branch, families)?;
            if left.is_empty() {
                return Ok(());
            }
            stale = Some(left);
        }
        for key in stale.into_iter().flatten() {
            self.fail(Some(key), "other captures kept changing the session");
        }
        Ok(())
    }

    fn families(&mut self, branch: &Branch, is_wanted: impl Fn(&SessionKey) -> bool) -> Families {
        let mut families = Families::new();
        for entry in branch.newest() {
            match entry {
                Ok(entry) if is_wanted(&entry.key) => {
                    self.report.missing.retain(|key| !is_part(&entry.key, key));
                    families.entry(entry.key.main()).or_default().push(entry);
                }
                Ok(_other) => {}
                Err(error) => self.fail(None, &error.to_string()),
            }
        }
        families
    }

    /// Redacts sessions and writes what changes, batch after batch; returns the sessions that others changed meanwhile.
    fn redact_families(
        &mut self,
        branch: &Branch,
        families: Families,
    ) -> Result<BTreeSet<SessionKey>> {
        let all = families.values().map(|versions| versions.len() as u64).sum();
        let mut done = 0;
        let mut stale = BTreeSet::new();
        let mut batch = Vec::new();
        let mut size = 0;
        for (main, versions) in families {
            match rewrite::rewrite(&self.context, branch, &versions, self.at.is_some()) {
                Ok(rewritten) if rewritten.is_empty() => {
                    self.report.unchanged += versions.len() as u64;
                }
                Ok(rewritten) => {
                    size += rewritten.iter().map(|one| one.bytes).sum::<u64>();
                    batch.extend(rewritten);
                }
                Err(error) => self.fail(Some(main), &error.to_string()),
            }
            if size > BATCH_BYTES {
                stale.extend(self.write(std::mem::take(&mut batch))?);
                size = 0;
            }
            done += versions.len() as u64;
            (self.progress)(done, all);
        }
        stale.extend(self.write(batch)?);
        Ok(stale)
    }

    /// Writes sessions and reports them; returns those that others changed meanwhile.
    fn write(&mut self, batch: Vec<Rewritten>) -> Result<BTreeSet<SessionKey>> {
        let mut changes = Changes::default();
        let mut written = Vec::new();
        for Rewritten { key, generation, events, secrets, draft, .. } in batch {
            changes.drafts.extend(draft.map(|draft| *draft));
            let git_dir = self.git_dir.clone();
            written.push(RedactedAgain { git_dir, key, generation, events, secrets });
        }
        let mut stale = BTreeSet::new();
        // Where there is nothing to write, what a run that was killed left is still cleared up.
        if let Some(at) = self.at {
            let result = self.context.store.write(changes, at, PATIENCE)?;
            self.report.bytes_written += result.bytes;
            if let Some(commit) = result.commit {
                self.report.commits.insert(self.git_dir.clone(), commit.to_string());
            }
            stale = result.stale.iter().map(SessionKey::main).collect();
            for (key, error) in result.failed {
                written.retain(|one| one.key != key);
                self.fail(Some(key), &error.to_string());
            }
        }
        written.retain(|one| !stale.contains(&one.key.main()));
        self.report.changed.append(&mut written);
        Ok(stale)
    }

    fn fail(&mut self, key: Option<SessionKey>, reason: &str) {
        self.report.failed.push((self.git_dir.clone(), key, reason.to_owned()));
    }
}
