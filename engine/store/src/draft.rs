//! Drafts: sessions as they shall stand on the branch.

use crate::{CommitId, Entry, Error, Fork, Segment};
use opensession_hail::{Attachment, ContentId, Header, SessionKey, Stats, Timestamp};
use opensession_redact::{Counts, Redacted};

/// A session as it shall stand on the branch.
#[derive(Debug)]
pub struct Draft {
    /// Which session.
    pub key: SessionKey,
    /// The time of its first event: the day that it stands under.
    pub day: Timestamp,
    /// What the draft was computed from; `None` where the branch had no such session.
    ///
    /// Where the branch holds something else by the time of the write, the draft is stale and not written.
    pub base: Option<Entry>,
    /// The commit in which the base was looked for; `None` where there was no branch.
    ///
    /// A session that stands elsewhere by the time of the write is found by what changed since.
    pub seen: Option<CommitId>,
    /// Raised whenever stored events are replaced rather than added to.
    pub generation: u64,
    /// The HAIL header.
    pub header: Redacted<Header>,
    /// What all events add up to, kept ones included.
    pub stats: Stats,
    /// The log that the session was read from.
    pub source: DraftSource,
    /// How often each redaction rule hit, in all events.
    pub redactions: Counts,
    /// How many of the base's segments stay, from the front. With at least one, the base's attachments stay too.
    pub keep: usize,
    /// The segments after those.
    pub segments: Vec<Segment>,
    /// Attachments to add.
    pub attachments: Vec<Redacted<Attachment>>,
    /// Where a fork leaves its session.
    pub forked_from: Option<Fork>,
}

/// What a write is to change: all of it in one commit.
#[derive(Debug, Default)]
pub struct Changes {
    /// The sessions to put on the branch.
    pub drafts: Vec<Draft>,
    /// The sessions to take off it: versions that are no longer wanted beside the drafts.
    ///
    /// One goes only together with every draft of the same session and its forks: where one of those cannot be
    /// written, nothing of that session is removed. One that changed meanwhile stays and is stale.
    pub removals: Vec<Entry>,
}

impl Changes {
    /// Returns whether nothing is to be changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.drafts.is_empty() && self.removals.is_empty()
    }

    /// Adds what `other` changes.
    pub fn append(&mut self, mut other: Self) {
        self.drafts.append(&mut other.drafts);
        self.removals.append(&mut other.removals);
    }
}

impl From<Vec<Draft>> for Changes {
    fn from(drafts: Vec<Draft>) -> Self {
        Self { drafts, removals: Vec::new() }
    }
}

/// The log that a draft was read from. Tool and tool version are the header's.
#[derive(Debug)]
pub struct DraftSource {
    /// The version of the parser.
    pub parser: u32,
    /// The version of the redaction rules.
    pub rules: u32,
    /// Where the log was, relative to the tool's root.
    pub log: Redacted<String>,
    /// How many bytes of the log had been read.
    pub bytes: u64,
    /// BLAKE3 of these bytes.
    pub hash: ContentId,
    /// What the parser did not know of the log, and how often it stands there.
    pub drift: Vec<(Redacted<String>, u64)>,
}

/// What a write did.
#[derive(Debug, Default)]
pub struct Written {
    /// The new tip of the branch; `None` where nothing had to change and nothing was written.
    pub commit: Option<CommitId>,
    /// Where the sessions stand now: those written, and those that stood there already byte for byte.
    pub stored: Vec<Entry>,
    /// The drafts that were not written because the branch holds something else than their base, and the removals
    /// that were not made for that reason, or because drafts of their session were not written.
    pub stale: Vec<SessionKey>,
    /// The drafts that were not written because their session was forgotten, up to their generation or a higher one.
    pub forgotten: Vec<SessionKey>,
    /// The drafts that cannot be stored, and why.
    pub failed: Vec<(SessionKey, Error)>,
    /// The bytes of the pack and its index; 0 where nothing was written.
    pub bytes: u64,
    /// Whether an older state of the branch, or of a day, had to stand in for one that cannot be read: sessions that
    /// only the damaged one held are gone, and whatever the caller remembers as stored may not be.
    pub healed: bool,
}
