//! Several JSON values on one line.

use serde_json::Value;

/// How many values one line may hold; what follows is kept as text, so that a line of digits does not become millions
/// of events.
const LIMIT: usize = 1000;

/// The JSON values on a line.
pub(super) struct Values {
    pub(super) whole: Vec<Value>,
    /// Where the last whole one ends.
    pub(super) end: usize,
    /// Why what follows is none.
    pub(super) error: Option<serde_json::Error>,
}

impl Values {
    pub(super) fn parse(text: &[u8]) -> Self {
        let mut stream = serde_json::Deserializer::from_slice(text).into_iter();
        let mut whole = Vec::new();
        let mut error = None;
        let mut end = 0;
        while whole.len() < LIMIT
            && let Some(value) = stream.next()
        {
            match value {
                Ok(value) => {
                    whole.push(value);
                    end = stream.byte_offset();
                }
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
        Self { whole, end, error }
    }

    /// Returns whether the text breaks off inside a value.
    pub(super) fn is_torn(&self) -> bool {
        self.error.as_ref().is_some_and(serde_json::Error::is_eof)
    }
}
