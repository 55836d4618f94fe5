//! Running hashes over the events of a session, independent of where segments were cut.

use crate::{ContentId, EventId};

/// A running hash: each value is BLAKE3 of the value before it and one more link; the first is 32 zero bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain(ContentId);

impl Chain {
    /// The value before the first link.
    pub const START: Self = Self(ContentId::from_bytes([0; 32]));

    /// Returns the chain that goes on from a recorded value.
    #[must_use]
    pub const fn resume(value: ContentId) -> Self {
        Self(value)
    }

    /// Adds one link.
    pub fn push(&mut self, link: &[u8]) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.0.as_bytes()).update(link);
        self.0 = ContentId::from_bytes(*hasher.finalize().as_bytes());
    }

    /// Returns the value so far.
    #[must_use]
    pub const fn value(&self) -> ContentId {
        self.0
    }
}

/// The two chains of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chains {
    /// *Which* events: links are event ids.
    pub ids: Chain,
    /// *What they hold*: links are the BLAKE3 hashes of the events' canonical lines.
    pub content: Chain,
}

impl Chains {
    /// The values before the first event.
    pub const START: Self = Self { ids: Chain::START, content: Chain::START };

    /// Adds an event and its canonical line, the `\n` included.
    pub fn push(&mut self, event_id: &EventId, line: &[u8]) {
        self.ids.push(event_id.as_str().as_bytes());
        self.content.push(ContentId::of(line).as_bytes());
    }
}
