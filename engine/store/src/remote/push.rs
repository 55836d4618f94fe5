//! Pushing the sessions branch to a remote.

use super::connection::Connection;
use super::{Limits, Progress, Refusal, Remote};
use crate::git::talk::{End, Talk};
use crate::layout::BRANCH;
use crate::{CommitId, Result, Store};
use opensession_hail::Timestamp;

/// No hook, no tag, no signature, no submodule: exactly one ref.
const PUSH: [&str; 7] = [
    "push",
    "--porcelain",
    "--progress",
    "--no-verify",
    "--no-follow-tags",
    "--no-signed",
    "--recurse-submodules=no",
];

/// What a push did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The remote's branch is the commit now, and readers see it.
    Updated,
    /// It was already.
    UpToDate,
    /// Somebody else changes the remote's branch, or did: fetch, join, and push again.
    Raced,
}

/// What git reports of the branch at one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Report {
    Updated,
    UpToDate,
    Raced,
    Refused(Refusal),
}

impl Store {
    /// Pushes `tip` as the sessions branch of `remote`; its remote-tracking ref holds it afterwards. The remote's branch
    /// is only ever continued, except where `lease` says which commit may be replaced. What is too large to be sent at
    /// once goes piece by piece, older commits first; where that ends early, the remote keeps what it has by then.
    ///
    /// `at` is the time for the reflog. `progress` is called now and then.
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) where the remote, or the way to it, or a limit is in the way. Nothing
    /// changed here then; a remote that was too slow may have taken the commit. [`Error::TooLarge`] where one
    /// commit cannot be sent at once. [`Error::NameTaken`] where a remote-tracking ref is in the way.
    ///
    /// [`Error::TooLarge`]: crate::Error::TooLarge
    /// [`Error::NameTaken`]: crate::Error::NameTaken
    pub fn push(
        &self,
        remote: &Remote,
        tip: CommitId,
        lease: Option<CommitId>,
        at: Timestamp,
        limits: &Limits,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Pushed> {
        self.refs.check_tracking_name(remote)?;
        let mut connection = Connection::new(self, remote, *limits, progress)?;
        let mut pushed = Pushed::UpToDate;
        for piece in connection.pieces(tip)? {
            pushed = connection.push(piece, lease, at)?;
            if pushed == Pushed::Raced {
                break;
            }
        }
        Ok(pushed)
    }
}

impl Connection<'_> {
    fn push(&mut self, tip: CommitId, lease: Option<CommitId>, at: Timestamp) -> Result<Pushed> {
        let lease_option = lease.map(|lease| format!("--force-with-lease={BRANCH}:{lease}"));
        let arguments: Vec<&str> = PUSH.into_iter().chain(lease_option.as_deref()).collect();
        let talk = self.call(&arguments, &format!("{tip}:{BRANCH}"), &[], &|| 0)?;
        let reports = reports(&talk, lease.is_some());
        let all = |wanted| reports.iter().all(|report| *report == wanted);
        let refused = reports.iter().find_map(|report| match report {
            Report::Refused(refusal) => Some(*refusal),
            _ => None,
        });
        if let Some(refusal) = refused {
            return Err(self.refused(refusal, &talk.words));
        }
        if reports.contains(&Report::Raced) {
            return Ok(Pushed::Raced);
        }
        if reports.is_empty() || talk.end != End::Code(Some(0)) {
            return Err(self.failed(&talk));
        }
        let lock = self.store.lock(self.limits.total)?;
        // Somebody else may have fetched what came after it: that would be nobody's.
        let tracked = self.store.tracked(self.remote)?;
        let is_behind = tracked.is_some_and(|it| matches!(self.store.continues(it, tip), Ok(true)));
        if !is_behind {
            self.store.track(self.remote, tip.0, at)?;
        }
        drop(lock);
        if all(Report::UpToDate) {
            return Ok(Pushed::UpToDate);
        }
        // What was taken is not always what is shown: a server may hide the branch, or a mirror lag behind.
        match self.tip()? {
            Some(shown) if shown == tip.0 => Ok(Pushed::Updated),
            Some(_other) => Ok(Pushed::Raced),
            None => Err(self.refused(Refusal::Hidden, &[])),
        }
    }
}

/// Returns what git reports, `<flag>\t<from>:<to>\t<summary> (<reason>)` for every address.
fn reports(talk: &Talk, has_lease: bool) -> Vec<Report> {
    let output = String::from_utf8_lossy(&talk.output);
    let report = |line: &str| {
        let mut parts = line.splitn(3, '\t');
        let (flag, refs, summary) = (parts.next()?, parts.next()?, parts.next()?);
        refs.ends_with(&format!(":{BRANCH}")).then_some(())?;
        Some(match flag {
            "=" => Report::UpToDate,
            "!" => rejection(summary, &talk.words, has_lease),
            _ => Report::Updated,
        })
    };
    output.lines().filter_map(report).collect()
}

/// Returns what it means that the branch was rejected.
fn rejection(summary: &str, words: &[String], has_lease: bool) -> Report {
    let reason = summary.split_once('(').map_or("", |(_what, reason)| reason.trim_end_matches(')'));
    // Git itself found that the branch moved: what it says so is `[rejected]`.
    if summary.starts_with("[rejected]") {
        return Report::Raced;
    }
    if summary.starts_with("[remote failure]") {
        return Report::Refused(Refusal::CutOff);
    }
    let said = |text: &str| words.iter().any(|line| line.contains(text));
    let moved = reason.starts_with("incorrect old value")
        || reason.starts_with("reference already exists")
        || said("but expected ")
        || said("reference already exists")
        // Git looked before: it is no continuation any more.
        || (reason == "non-fast-forward" && !has_lease)
        // Somebody else has the ref locked.
        || (said("cannot lock ref") && said("File exists"));
    if moved { Report::Raced } else { Report::Refused(Refusal::of_branch(reason, words)) }
}
