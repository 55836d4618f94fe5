//! Which commit each line of a file came with, as `git blame` says.

use crate::log::{LogEntry, seconds};
use crate::{CommitId, Error, Result, Store, git};
use std::collections::BTreeMap;

/// The lines of a file, and the commits that they came with.
#[derive(Debug, Default)]
pub struct Blame {
    /// In the order of the file.
    pub lines: Vec<BlamedLine>,
    /// Every commit that a line came with.
    pub commits: BTreeMap<CommitId, LogEntry>,
}

/// Where a line came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlamedLine {
    /// The commit.
    pub commit: CommitId,
    /// The path of the file in that commit; bytes that are not UTF-8 are U+FFFD.
    pub path: String,
    /// The path of the file in the commit's parent, where it was there.
    pub previous: Option<String>,
    /// Which line of the file it is in that commit, from 1.
    pub line: usize,
}

impl Store {
    /// Returns the commits that the lines of the file `path` at `commit` came with; only those from the first to the
    /// last of `range`, from 1, where there is one.
    ///
    /// As `git blame` does, it follows the file through renames, and passes over the commits that the configuration's
    /// `blame.ignoreRevsFile` lists. No filter, text conversion or other program is run.
    ///
    /// # Errors
    /// [`Error::Git`] where there is no such file or line.
    pub fn blame(
        &self,
        commit: CommitId,
        path: &str,
        range: Option<(usize, usize)>,
    ) -> Result<Blame> {
        let range = range.map(|(first, last)| format!("-L{first},{last}"));
        let commit = commit.to_string();
        let mut arguments = vec!["-c", "core.quotePath=false", "blame", "--porcelain"];
        arguments.extend(["--encoding=UTF-8", "--no-textconv", "--no-progress"]);
        arguments.extend(range.as_deref());
        arguments.extend([commit.as_str(), "--", path]);
        // The list of commits to ignore is named from the root of the work tree.
        let root = self.work_tree.as_deref();
        let mut output =
            git::start(&self.head_dir, root, root.unwrap_or(&self.head_dir), &arguments)?;
        let mut blame = Blame::default();
        let mut names: BTreeMap<CommitId, Names> = BTreeMap::new();
        while let Some(first) = output.next(b'\n')? {
            let (id, line) = parse_first(&first)?;
            let mut entry = Headers::default();
            loop {
                match output.next(b'\n')? {
                    Some(header) if header.starts_with(b"\t") => break,
                    Some(header) => entry.add(&header),
                    None => return Err(Error::corrupt("git blame", "a line is missing")),
                }
            }
            if let Some(found) = entry.names.take() {
                names.insert(id, found);
            }
            let Some(Names { path, previous }) = names.get(&id).cloned() else {
                return Err(Error::corrupt("git blame", "a file has no name"));
            };
            blame.lines.push(BlamedLine { commit: id, path, previous, line });
            blame.commits.entry(id).or_insert_with(|| entry.finish(id));
        }
        Ok(blame)
    }
}

/// What the file is called in a commit, and in its parent.
#[derive(Clone)]
struct Names {
    path: String,
    previous: Option<String>,
}

/// What is said of a commit before its first line, and of the file whenever it may have another name.
#[derive(Default)]
struct Headers {
    author: String,
    email: String,
    author_time: String,
    time: String,
    subject: String,
    previous: Option<String>,
    names: Option<Names>,
}

impl Headers {
    fn add(&mut self, header: &[u8]) {
        let header = String::from_utf8_lossy(header);
        let (name, value) = header.split_once(' ').unwrap_or((&header, ""));
        match name {
            "author" => self.author = value.to_owned(),
            "author-mail" => self.email = value.trim_matches(['<', '>']).to_owned(),
            "author-time" => self.author_time = value.to_owned(),
            "committer-time" => self.time = value.to_owned(),
            "summary" => self.subject = value.to_owned(),
            "previous" => {
                self.previous = value.split_once(' ').map(|(_commit, path)| unquote(path));
            }
            // It comes last.
            "filename" => {
                let previous = self.previous.take();
                self.names = Some(Names { path: unquote(value), previous });
            }
            _ => {}
        }
    }

    fn finish(self, id: CommitId) -> LogEntry {
        let Self { author, email, author_time, time, subject, .. } = self;
        let (author_time, time) = (seconds(&author_time), seconds(&time));
        LogEntry { id, author, email, author_time, time, subject }
    }
}

/// Returns the commit and the line in it of `<id> <line in the commit> <line now> [<lines>]`.
fn parse_first(first: &[u8]) -> Result<(CommitId, usize)> {
    let text = String::from_utf8_lossy(first);
    let mut words = text.split(' ');
    let id = words.next().map(|id| id.trim_start_matches('^').parse());
    let line = words.next().and_then(|line| line.parse().ok());
    match (id, line) {
        (Some(id), Some(line)) => Ok((id?, line)),
        _ => Err(Error::corrupt("git blame", format!("{text:?} names no line"))),
    }
}

/// Returns a path as it is; git puts one with quotes, backslashes or control characters between quotes, as in C.
fn unquote(path: &str) -> String {
    let Some(quoted) = path.strip_prefix('"').and_then(|path| path.strip_suffix('"')) else {
        return path.to_owned();
    };
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next() {
            Some(b'a') => 7,
            Some(b'b') => 8,
            Some(b't') => b'\t',
            Some(b'n') => b'\n',
            Some(b'v') => 11,
            Some(b'f') => 12,
            Some(b'r') => b'\r',
            Some(digit @ b'0'..=b'3') => {
                let digits = [Some(digit), rest.next(), rest.next()];
                let value =
                    |digit: Option<u8>| digit.map_or(0, |digit| digit.wrapping_sub(b'0') & 7);
                digits.into_iter().fold(0, |all: u8, digit| all << 3 | value(digit))
            }
            Some(other) => other,
            None => break,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_git_writes_it() {
        assert_eq!(unquote("src/größe.rs"), "src/größe.rs");
        assert_eq!(unquote(r#""a\"b\\c\td\001\303\244""#), "a\"b\\c\td\u{1}ä");
        assert_eq!(unquote(r#""torn\"#), r#""torn\"#);
    }
}
