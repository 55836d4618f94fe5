//! The commits of the repository as `git log` lists them, one by one as git finds them.

use crate::git::{self, Running};
use crate::{CommitId, Error, Result, Store};
use opensession_hail::Timestamp;
use std::path::Path;

/// The fields of an entry, each with a NUL behind it.
const FORMAT: &str = "--format=%H%x00%an%x00%ae%x00%at%x00%ct%x00%s";
const FIELDS: usize = 6;

/// A commit as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its id.
    pub id: CommitId,
    /// Who made the change. What is not UTF-8 is U+FFFD, here and in the subject.
    pub author: String,
    /// Their address.
    pub email: String,
    /// When the change was made. Whole seconds.
    pub author_time: Timestamp,
    /// When the commit was made. Whole seconds.
    pub time: Timestamp,
    /// The first paragraph of the message, on one line.
    pub subject: String,
}

/// Which of the commits are listed; by default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Those committed then or later. Git counts whole seconds.
    pub since: Option<Timestamp>,
    /// Those committed before.
    pub before: Option<Timestamp>,
    /// Those with an author whose name or address git finds this pattern in.
    pub author: Option<String>,
    /// Those with a message in which git finds this pattern.
    pub grep: Option<String>,
}

/// Commits as git lists them; git runs until all were taken, or this is dropped.
pub struct Log {
    /// Until it has ended, well or not.
    git: Option<Running>,
}

impl Store {
    /// Starts listing the commits that `arguments`, revisions and paths as they are typed behind `git log`, name;
    /// without any, those of `HEAD`; of them those that `filter` lets through. Paths are seen from `folder`, in the work tree that was opened. Of options only
    /// `--` and `--all` are taken for one, and that leaves the sessions branches out.
    ///
    /// # Errors
    /// [`Error::Git`] where git cannot be started. What git says of the arguments comes as the first item.
    pub fn log(&self, folder: &Path, arguments: &[String], filter: &LogFilter) -> Result<Log> {
        // In a bare repository there is nowhere to look at paths from.
        let folder = self.work_tree.as_deref().map_or(self.head_dir.as_path(), |root| {
            if folder.starts_with(root) { folder } else { root }
        });
        let mut all =
            vec!["log", "-z", "--encoding=UTF-8", "--no-color", "--no-show-signature", FORMAT];
        let options = filter.options();
        all.extend(options.iter().map(String::as_str));
        let is_all = |argument: &String| argument == "--all";
        if arguments.iter().take_while(|argument| *argument != "--").any(is_all) {
            all.extend([
                "--exclude=refs/heads/opensession/*",
                "--exclude=refs/remotes/*/opensession/*",
                "--all",
            ]);
        }
        all.push("--end-of-options");
        let mut paths = false;
        for argument in arguments {
            if paths || !is_all(argument) {
                all.push(argument);
            }
            paths |= argument == "--";
        }
        let git = git::start(&self.head_dir, self.work_tree.as_deref(), folder, &all)?;
        Ok(Log { git: Some(git) })
    }
}

impl LogFilter {
    fn options(&self) -> Vec<String> {
        let text = |name: &str, value: &String| format!("--{name}={value}");
        // Both of git's bounds are within, and 1970 is as far back as they reach.
        let seconds = |millis: i64| millis.div_euclid(1000).max(0);
        let since = self.since.map(|time| format!("--max-age={}", seconds(time.as_millis() + 999)));
        let before = self.before.map(|time| format!("--min-age={}", seconds(time.as_millis() - 1)));
        let author = self.author.as_ref().map(|author| text("author", author));
        let grep = self.grep.as_ref().map(|grep| text("grep", grep));
        [since, before, author, grep].into_iter().flatten().collect()
    }
}

impl Iterator for Log {
    type Item = Result<LogEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut fields = Vec::with_capacity(FIELDS);
        while fields.len() < FIELDS {
            match self.git.as_mut()?.next(0) {
                Ok(Some(field)) => fields.push(String::from_utf8_lossy(&field).into_owned()),
                ended => {
                    self.git = None;
                    return ended.err().map(Err);
                }
            }
        }
        Some(entry(fields))
    }
}

fn entry(fields: Vec<String>) -> Result<LogEntry> {
    let Ok([id, author, email, author_time, time, subject]) = <[String; FIELDS]>::try_from(fields)
    else {
        return Err(Error::corrupt("git log", "an entry lacks fields"));
    };
    let id = id.parse()?;
    let (author_time, time) = (seconds(&author_time), seconds(&time));
    Ok(LogEntry { id, author, email, author_time, time, subject })
}

/// Returns the time that many seconds after 1970; one that no calendar knows counts as 1970.
pub(crate) fn seconds(text: &str) -> Timestamp {
    let millis = text.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
    millis.and_then(Timestamp::from_millis).unwrap_or(Timestamp::EPOCH)
}
