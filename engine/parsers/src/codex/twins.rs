//! Codex writes most texts two or three times: as a record for its screen and as a record for the model.
//!
//! Which copy comes first differs between versions and kinds of text, and each stream holds some texts that the other
//! lacks. The k-th time that a text appears in one stream is the same saying as its k-th time in another; the first
//! of them in the log is the one that counts. So no text is lost, none is doubled, and no later line decides about
//! an earlier one.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Where a copy stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    /// `response_item`: what the model was sent, and what it answered.
    Response,
    /// `event_msg`: what the screen showed.
    Screen,
    /// `event_msg` `item_completed`: the newer form of the same.
    Item,
}

/// What kind of saying it is; the same text in two kinds is no copy.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Saying {
    User,
    Agent,
    Reasoning,
    Search,
    Image,
    Compaction,
    Abort,
}

/// Counts how often each text appeared in each stream. 40 bytes for each different text.
#[derive(Debug, Default)]
pub(super) struct Twins {
    seen: HashMap<u64, [u32; 3]>,
}

impl Twins {
    /// Counts a copy and returns whether it is the first of its saying.
    pub(super) fn is_first(&mut self, stream: Stream, saying: Saying, text: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        saying.hash(&mut hasher);
        text.trim().hash(&mut hasher);
        let counts = self.seen.entry(hasher.finish()).or_default();
        let before = counts.iter().copied().max().unwrap_or(0);
        let [response, screen, item] = counts;
        let own = match stream {
            Stream::Response => response,
            Stream::Screen => screen,
            Stream::Item => item,
        };
        *own += 1;
        *own > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_saying_counts_once_whichever_copy_comes_first_or_is_missing() {
        let mut twins = Twins::default();
        let mut first = |stream, text| twins.is_first(stream, Saying::Agent, text);
        assert!(first(Stream::Screen, "ok"));
        assert!(!first(Stream::Response, "ok\n"));
        assert!(first(Stream::Response, "ok"), "said again");
        assert!(!first(Stream::Screen, "ok"));
        assert!(!first(Stream::Item, "ok") && !first(Stream::Item, "ok"));
        assert!(first(Stream::Response, "only here"));
        assert!(twins.is_first(Stream::Screen, Saying::Reasoning, "ok"));
    }
}
