//! Talking to one remote: calls of git under common limits, and what their failures mean.

use super::{Limits, Progress, Refusal, Remote};
use crate::git::network::Surroundings;
use crate::git::talk::{self, End, Talk, Watch};
use crate::layout::BRANCH;
use crate::{Error, Result, Store};
use gix::ObjectId;
use std::ffi::OsString;
use std::time::Instant;

/// Lines that tell the user nothing: advice of git's, and what follows from another line.
const NOISE: [&str; 13] = [
    "hint: ",
    "To ",
    "Total ",
    "Enumerating objects",
    "Delta compression using",
    "POST git-",
    "Everything up-to-date",
    "error: failed to push some refs to",
    "fatal: Could not read from remote repository.",
    "fatal: the remote end hung up unexpectedly",
    "Please make sure you have the correct access rights",
    "and the repository exists.",
    "warning: ",
];

/// A remote that is talked to. All calls together end at one time.
pub(super) struct Connection<'c> {
    pub(super) store: &'c Store,
    pub(super) remote: &'c Remote,
    pub(super) limits: Limits,
    started: Instant,
    progress: &'c mut dyn FnMut(Progress),
    surroundings: Surroundings,
}

impl<'c> Connection<'c> {
    pub(super) fn new(
        store: &'c Store,
        remote: &'c Remote,
        limits: Limits,
        progress: &'c mut dyn FnMut(Progress),
    ) -> Result<Self> {
        let started = Instant::now();
        let surroundings = Surroundings::read(store.git_dir(), store.work_tree.as_deref())?;
        Ok(Self { store, remote, limits, started, progress, surroundings })
    }

    /// Runs git with `arguments` and, behind them, the remote and `refspec`. `size` returns how much came so far.
    ///
    /// # Errors
    /// [`Error::Refused`] where a limit ended it.
    pub(super) fn call(
        &mut self,
        arguments: &[&str],
        refspec: &str,
        environment: &[(&str, OsString)],
        size: &dyn Fn() -> u64,
    ) -> Result<Talk> {
        let behind = ["--", self.remote.argument(), refspec];
        let all = [arguments, &behind].concat();
        let mut command = self.surroundings.command(self.remote.name(), &all);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let (started, limits) = (self.started, self.limits);
        let mut watch = Watch { started, limits, progress: &mut *self.progress, size };
        let name = arguments.first().copied().unwrap_or_default();
        let mut talk = talk::talk(command, name, &mut watch)?;
        for line in &mut talk.words {
            *line = self.remote.scrub(line);
        }
        match talk.end {
            End::Code(_) => Ok(talk),
            End::Silence | End::Deadline => Err(self.refused(Refusal::TimedOut, &talk.words)),
            End::TooLarge => Err(self.refused(Refusal::Oversized, &[])),
        }
    }

    /// Returns the tip of the branch as the remote shows it to readers; `None` where it has no such branch.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub(super) fn tip(&mut self) -> Result<Option<ObjectId>> {
        let talk = self.call(&["ls-remote", "--refs"], BRANCH, &[], &|| 0)?;
        if talk.end != End::Code(Some(0)) {
            return Err(self.failed(&talk));
        }
        let output = String::from_utf8_lossy(&talk.output);
        // What git lists may only end with the name.
        let named = |line: &str| match line.split_once('\t') {
            Some((id, BRANCH)) => Some(id.to_owned()),
            _ => None,
        };
        let Some(id) = output.lines().find_map(named) else { return Ok(None) };
        match ObjectId::from_hex(id.as_bytes()) {
            Ok(id) if id.kind() == self.store.hash() => Ok(Some(id)),
            _ => Err(self.refused(Refusal::OtherHash, &[])),
        }
    }

    /// Returns what it means that the call failed.
    pub(super) fn failed(&self, talk: &Talk) -> Error {
        self.refused(Refusal::of_call(&talk.words), &talk.words)
    }

    pub(super) fn refused(&self, refusal: Refusal, words: &[String]) -> Error {
        let words = words.iter().filter(|line| !NOISE.iter().any(|noise| line.starts_with(noise)));
        let words = words.map(|line| {
            let line = line.strip_prefix("remote:").unwrap_or(line).trim();
            let line =
                line.strip_prefix("fatal: ").or(line.strip_prefix("error: ")).unwrap_or(line);
            line.to_owned()
        });
        let words = words.filter(|line| !line.is_empty()).collect();
        Error::Refused { remote: self.remote.to_string(), refusal, words }
    }
}

impl Remote {
    fn scrub(&self, text: &str) -> String {
        self.addresses().fold(text.to_owned(), |text, address| address.scrub(&text))
    }
}
