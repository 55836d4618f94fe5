//! The records of a session that is no log of lines, one after the other, as if they were its log.
//!
//! A database or a folder changes all over. What a manifest says of a log, its size and its hash, is then said of the
//! session's own records (`Sink::record`): a session has grown if they begin with what was captured.

use opensession_hail::ContentId;

/// Sizes and hashes of the records told so far.
#[derive(Default)]
pub(crate) struct RecordLog {
    hasher: blake3::Hasher,
    /// Where each record ends, and BLAKE3 of all bytes up to there.
    ends: Vec<(u64, ContentId)>,
}

impl RecordLog {
    /// Adds the next record.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        let hash = ContentId::from_bytes(*self.hasher.finalize().as_bytes());
        self.ends.push((self.hasher.count(), hash));
    }

    /// Returns size and hash of the whole records before `bytes`, of all without it.
    pub(crate) fn before(&self, bytes: Option<u64>) -> (u64, ContentId) {
        let count = bytes
            .map_or(self.ends.len(), |bytes| self.ends.partition_point(|(end, _)| *end <= bytes));
        let last = count.checked_sub(1).and_then(|last| self.ends.get(last));
        last.copied().unwrap_or_else(|| (0, ContentId::of(b"")))
    }

    /// Returns whether the records begin with those that were captured.
    pub(crate) fn begins_with(&self, bytes: u64, hash: ContentId) -> bool {
        self.before(Some(bytes)) == (bytes, hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_begin_with_what_they_began_with() {
        let mut log = RecordLog::default();
        assert_eq!(log.before(None), (0, ContentId::of(b"")));
        for record in ["one\n", "", "two\n"] {
            log.push(record.as_bytes());
        }
        assert_eq!(log.before(None), (8, ContentId::of(b"one\ntwo\n")));
        assert_eq!(log.before(Some(7)), (4, ContentId::of(b"one\n")));
        assert!(log.begins_with(4, ContentId::of(b"one\n")));
        assert!(log.begins_with(0, ContentId::of(b"")));
        assert!(!log.begins_with(3, ContentId::of(b"one")));
        assert!(!log.begins_with(9, ContentId::of(b"one\ntwo\n")));
        assert!(!log.begins_with(4, ContentId::of(b"two\n")));
    }
}
