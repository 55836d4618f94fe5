//! The paths on the branch. The one file that knows them.

use crate::{CommitId, Error};
use opensession_hail::{ContentId, SessionKey, Timestamp};
use std::fmt;
use std::str::FromStr;

/// The branch that holds the sessions.
pub(crate) const BRANCH: &str = "refs/heads/opensession/sessions";
/// The format that this version writes: the name of the tree that holds everything.
pub(crate) const FORMAT: &str = "v1";
/// The number of [`FORMAT`], as it stands in manifests.
pub(crate) const FORMAT_NUMBER: u32 = 1;
/// The file that explains the branch to a person.
pub(crate) const README: &str = "README.md";
/// What is in [`README`].
pub(crate) const README_TEXT: &str = include_str!("layout/README.md");
/// The manifest in a session's tree.
pub(crate) const MANIFEST: &str = "session.json";
/// The tree of attachments in a session's tree.
pub(crate) const ATTACHMENTS: &str = "blobs";

/// The tree of tombstones in the tree of the format.
pub(crate) const TOMBSTONES: &str = "tombstones";
/// The file in the tree of the format that says how often the branch's history was rewritten.
pub(crate) const EPOCH: &str = "epoch";
/// The tree of links in the tree of the format.
pub(crate) const LINKS: &str = "links";
const SEGMENT_SUFFIX: &str = ".hail.zst";

/// The highest number of segments: their names have four digits, and names must sort like numbers.
pub(crate) const MAX_SEGMENTS: usize = 10_000;

/// A UTC day: the three trees `YYYY/MM/DD` that a session stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// 0 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Day {
    /// Returns the day of `time`; a time before the year 0 counts as the first day of that year.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        let (year, month, day) = time.day();
        let first = Self { year: 0, month: 1, day: 1 };
        let fits = (u16::try_from(year), u8::try_from(month), u8::try_from(day));
        let (Ok(year), Ok(month), Ok(day)) = fits else {
            return first;
        };
        Self { year: year.min(9999), month, day }
    }

    /// Returns the names of the trees on the way from the root of the branch to the day's.
    pub(crate) fn path(self) -> Vec<String> {
        path_of(&[self.year, self.month.into(), self.day.into()])
    }
}

/// Returns the names of the trees on the way from the root to the one of a year, of a month or of a day.
pub(crate) fn path_of(numbers: &[u16]) -> Vec<String> {
    let name = |(depth, number)| match depth {
        0 => format!("{number:04}"),
        _ => format!("{number:02}"),
    };
    std::iter::once(FORMAT.to_owned()).chain(numbers.iter().enumerate().map(name)).collect()
}

/// Returns whether the tree at `path` is one of a day, given that it is on the way to sessions.
pub(crate) const fn is_day(path: &[String]) -> bool {
    path.len() == 4
}

/// Returns the day whose tree stands at `path`.
pub(crate) fn day(path: &[String]) -> Option<Day> {
    let [_format, year, month, day] = path else { return None };
    let number = |name: &String, digits| number(name.as_bytes(), digits);
    let small = |name| number(name, 2).and_then(|number| u8::try_from(number).ok());
    Some(Day { year: number(year, 4)?, month: small(month)?, day: small(day)? })
}

/// Returns whether `name` in the tree at `path` is on the way to sessions: the format's tree, a year, a month, a day.
pub(crate) fn leads_to_days(path: &[String], name: &str) -> bool {
    match path.len() {
        0 => name == FORMAT,
        1 => number(name.as_bytes(), 4).is_some(),
        2 | 3 => number(name.as_bytes(), 2).is_some(),
        _ => false,
    }
}

/// Returns whether `name` in the tree at `path` is on the way to sessions or to links.
pub(crate) fn is_on_the_way(path: &[String], name: &str) -> bool {
    match path.get(1) {
        Some(folder) if folder == LINKS => path.len() < 4,
        None if path.len() == 1 && name == LINKS => true,
        _ => leads_to_days(path, name),
    }
}

/// Returns whether the tree at `path`, on the way to sessions or to links, holds the links of a commit.
pub(crate) fn holds_links(path: &[String]) -> bool {
    path.len() == 4 && path.get(1).is_some_and(|name| name == LINKS)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}/{:02}/{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Day {
    type Err = Error;

    /// Returns the day that `text` names: `YYYY/MM/DD`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let path: Vec<String> =
            std::iter::once(FORMAT).chain(text.split('/')).map(str::to_owned).collect();
        day(&path).ok_or_else(|| Error::invalid(text, "is no day"))
    }
}

/// Returns the number that a tree of years, months or days is named by, where it is one of those.
pub(crate) fn number(name: &[u8], digits: usize) -> Option<u16> {
    if name.len() != digits || !name.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(name.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0')))
}

/// Returns the key of the session whose tree has this name, where it is one.
pub(crate) fn session_key(name: &[u8]) -> Option<SessionKey> {
    let name = str::from_utf8(name).ok()?;
    SessionKey::try_from(name.to_owned()).ok()
}

/// Returns the name of the segment at `index` whose events hash to `id`.
pub(crate) fn segment_name(index: usize, id: ContentId) -> String {
    format!("{index:04}.{}{SEGMENT_SUFFIX}", id.short())
}

/// Returns whether a file in a session's tree is a segment.
pub(crate) fn is_segment(name: &[u8]) -> bool {
    name.ends_with(SEGMENT_SUFFIX.as_bytes())
}

/// Returns where the manifest of a session is, for messages.
pub(crate) fn manifest_path(day: Day, key: &SessionKey) -> String {
    format!("{FORMAT}/{day}/{key}/{MANIFEST}")
}

/// Returns the names of the trees on the way from the root to that of all links, or of those whose commits begin with
/// these two hex digits.
pub(crate) fn links_folder(digits: Option<&str>) -> Vec<String> {
    [FORMAT, LINKS].into_iter().chain(digits).map(str::to_owned).collect()
}

/// Returns the names of the trees on the way from the root to that of a commit's links.
pub(crate) fn links_path(commit: CommitId) -> Vec<String> {
    let commit = commit.to_string();
    let digits: String = commit.chars().take(2).collect();
    let mut path = links_folder(Some(&digits));
    path.push(commit);
    path
}

/// Returns where a link is, for messages.
pub(crate) fn link_path(commit: CommitId, session: &SessionKey) -> String {
    format!("{}/{session}", links_path(commit).join("/"))
}

/// Returns the names of the trees on the way from the root to that of all tombstones.
pub(crate) fn tombstones_path() -> Vec<String> {
    [FORMAT, TOMBSTONES].map(str::to_owned).into()
}

/// Returns where the tombstone of a session is, for messages.
pub(crate) fn tombstone_path(session: &SessionKey) -> String {
    format!("{FORMAT}/{TOMBSTONES}/{session}")
}

/// Returns where the epoch is, for messages.
pub(crate) fn epoch_path() -> String {
    format!("{FORMAT}/{EPOCH}")
}

/// Returns the number of the format whose tree has this name in the root: `v1`, `v2` …
pub(crate) fn format_number(name: &[u8]) -> Option<u32> {
    str::from_utf8(name).ok()?.strip_prefix('v')?.parse().ok()
}

/// Returns whether a text consists of lower-case hex digits: in the names of commits git writes no others.
pub(crate) fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Returns the commit whose links are in the tree of this name, where it is a commit's.
pub(crate) fn linked_commit(name: &[u8]) -> Option<CommitId> {
    str::from_utf8(name).ok().filter(|name| is_hex(name))?.parse().ok()
}

/// Returns the hash that the name of an attachment starts with, where it is well formed: `<64 hex>.<ext>`.
pub(crate) fn attachment_id(name: &str) -> Option<ContentId> {
    let (hash, extension) = name.split_once('.')?;
    let plain = !extension.is_empty()
        && extension.len() <= 16
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !plain || hash.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    ContentId::try_from(hash.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_any_time_have_names_of_fixed_length() {
        for (time, expected) in [
            ("2026-02-19T23:59:59.999Z", "2026/02/19"),
            ("0009-12-31T00:00:00.000Z", "0009/12/31"),
            ("-000001-05-05T00:00:00.000Z", "0000/01/01"),
        ] {
            assert_eq!(Day::of(Timestamp::parse(time).unwrap()).to_string(), expected);
        }
    }

    #[test]
    fn only_a_plain_hash_with_an_extension_is_an_attachment() {
        let hash = ContentId::of(b"x");
        assert_eq!(attachment_id(&format!("{hash}.png")), Some(hash));
        for odd in [
            "",
            "a.png",
            "../x.png",
            &format!("{hash}"),
            &format!("{hash}."),
            &format!("{hash}.a/b"),
        ] {
            assert_eq!(attachment_id(odd), None, "{odd}");
        }
    }
}
