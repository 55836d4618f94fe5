//! What has been through the redactor.

use opensession_hail::Event;
use std::collections::BTreeMap;

/// How often each rule hit, by the rule's name.
pub type Counts = BTreeMap<String, u64>;

/// A value that has been through the redactor. Nothing outside this crate can make one.
#[derive(Clone, Debug, PartialEq)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the value.
    #[must_use]
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// Returns the value and gives up the proof that it is redacted.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// An event and its canonical line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The event.
    pub event: Event,
    /// What [`opensession_hail::write_event`] writes for it, the `\n` included.
    pub bytes: Vec<u8>,
}
