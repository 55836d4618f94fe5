//! Times that a log writes in one way or the other.

use super::{Signed, Text};
use opensession_hail::Timestamp;
use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A time as text or in milliseconds, or nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Time(pub Option<Timestamp>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('"') {
            let text: Option<Text<'_>> = serde_json::from_str(raw).ok();
            return Ok(Self(text.and_then(|text| Timestamp::parse(text.as_str()?))));
        }
        let millis: Option<Signed> = serde_json::from_str(raw).ok();
        Ok(Self(millis.and_then(|millis| Timestamp::from_millis(millis.0?))))
    }
}
