//! Times that a log writes in one way or the other.

use super::{AnySigned, Signed, forget_the_rest};
use opensession_hail::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A time as text or in milliseconds, or nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Time(pub Option<Timestamp>);

struct AnyTime;

fn of_millis(millis: Signed) -> Time {
    Time(millis.0.and_then(Timestamp::from_millis))
}

impl<'de> Visitor<'de> for AnyTime {
    type Value = Time;
    forget_the_rest!(Time(None));
    fn visit_str<E>(self, text: &str) -> Result<Time, E> {
        Ok(Time(Timestamp::parse(text)))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Time, E> {
        Ok(Time(None))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Time, E> {
        AnySigned.visit_u64(number).map(of_millis)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Time, E> {
        AnySigned.visit_i64(number).map(of_millis)
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<Time, E> {
        AnySigned.visit_f64(number).map(of_millis)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyTime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_texts_or_milliseconds_and_everything_else_is_none() {
        let read = |json: &str| serde_json::from_str::<Time>(json).unwrap().0;
        let time = Timestamp::from_millis(1_700_000_000_000);
        assert_eq!(read("1700000000000"), time);
        assert_eq!(read("1700000000000.7"), time);
        assert_eq!(read(r#""2023-11-14T22:13:20.000Z""#), time);
        assert_eq!(read(r#""2023-11-14T22:13:20\u002e000Z""#), time);
        assert_eq!(read("-1").map(Timestamp::as_millis), Some(-1));
        for odd in ["null", "true", "99999999999999999999", "\"soon\"", "[1]", r#"{"a":[1]}"#] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
