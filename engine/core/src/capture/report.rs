//! What a capture did.

use crate::Error;
use opensession_hail::SessionKey;
use opensession_parsers::{ParseReport, Parser};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a capture did.
#[derive(Debug, Default)]
pub struct CaptureReport {
    /// The logs that were read, by path.
    pub logs: Vec<LogReport>,
    /// Logs that had not changed since they were last captured and were not opened.
    pub unchanged_logs: usize,
    /// The same of logs whose sessions the user wants not to be captured.
    pub excluded_logs: usize,
    /// The same of logs whose sessions were forgotten.
    pub forgotten_logs: usize,
    /// The last commit made; `None` where nothing had to be written.
    pub commit: Option<String>,
    /// The git folders of the enabled repositories to which something was written.
    pub repositories: BTreeSet<PathBuf>,
    /// Bytes written to the stores.
    pub bytes_written: u64,
    /// How often sessions were read and written, because others changed them meanwhile.
    pub rounds: usize,
}

/// What became of one log.
#[derive(Debug)]
pub struct LogReport {
    /// The log.
    pub path: PathBuf,
    /// Whose log it is, where that is known.
    pub tool: Option<&'static str>,
    /// Its sessions.
    pub sessions: Vec<(SessionKey, Outcome)>,
    /// Why it could not be captured.
    pub error: Option<String>,
    /// Whether it is no log of a known tool: a file that only lies among them.
    pub foreign: bool,
    /// Whether there is nothing in it that a session could begin with.
    pub empty: bool,
    /// What became of its records.
    pub records: Option<ParseReport>,
}

/// What became of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not stored before.
    New {
        /// Events stored.
        events: u64,
    },
    /// Events, or a new header, were added.
    Grown {
        /// Events added.
        events: u64,
    },
    /// It is stored as it is.
    Unchanged,
    /// Several logs or the branch tell it otherwise: every version is stored.
    Merged,
    /// The log holds no prompt, answer or tool call.
    NoSession,
    /// The user wants no session of its working directory to be captured.
    Excluded,
    /// It was forgotten, and is left alone until it is restored.
    Forgotten,
}

impl LogReport {
    pub(crate) fn new(path: PathBuf, parser: Option<&'static dyn Parser>) -> Self {
        let tool = parser.map(|parser| parser.tool().as_str());
        Self {
            path,
            tool,
            sessions: Vec::new(),
            error: None,
            foreign: false,
            empty: false,
            records: None,
        }
    }

    pub(super) fn failed(path: PathBuf, error: &Error) -> Self {
        Self { error: Some(error.to_string()), ..Self::new(path, None) }
    }
}

impl CaptureReport {
    /// Returns how many sessions had an outcome that `which` accepts.
    pub fn count(&self, which: impl Fn(&Outcome) -> bool) -> usize {
        self.logs.iter().flat_map(|log| &log.sessions).filter(|(_, outcome)| which(outcome)).count()
    }

    /// Returns how many logs and sessions hold no prompt, answer or tool call.
    #[must_use]
    pub fn without_conversation(&self) -> usize {
        let empty = self.logs.iter().filter(|log| log.empty).count();
        empty + self.count(|outcome| *outcome == Outcome::NoSession)
    }

    /// Returns the logs that could not be captured.
    pub fn failures(&self) -> impl Iterator<Item = (&LogReport, &str)> {
        self.logs.iter().filter_map(|log| Some((log, log.error.as_deref()?)))
    }
}
