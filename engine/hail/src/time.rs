//! Points in time with millisecond precision.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. As text, RFC 3339 in UTC: `2026-02-19T09:00:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The start of 1970: what an event has when neither it nor any event before it has a time.
    pub const EPOCH: Self = Self(0);

    /// Returns the time that many milliseconds after 1970, or `None` outside the years −9999 to 9999.
    #[must_use]
    pub fn from_millis(millis: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(millis).ok().map(|_in_range| Self(millis))
    }

    /// Returns the time that `text` names: RFC 3339 with any offset, or `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_canonical(text.as_bytes()).or_else(|| {
            text.trim().parse::<jiff::Timestamp>().ok().map(|time| Self(time.as_millisecond()))
        })
    }

    /// Returns the milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the UTC day as year, month, day.
    #[must_use]
    pub fn day(self) -> (i64, u32, u32) {
        civil_from_days(self.0.div_euclid(86_400_000))
    }
}

/// Reads exactly `YYYY-MM-DDThh:mm:ss.mmmZ`, the shape that nearly every log uses, without a general parser.
fn parse_canonical(text: &[u8]) -> Option<Timestamp> {
    let &[
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b'.',
        i0,
        i1,
        i2,
        b'Z',
    ] = text
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        let mut digits = digits.iter();
        digits.try_fold(0_i64, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
        })
    };
    let (year, month, day) = (number(&[y0, y1, y2, y3])?, number(&[m0, m1])?, number(&[d0, d1])?);
    let (hour, minute) = (number(&[h0, h1])?, number(&[n0, n1])?);
    let (second, milli) = (number(&[s0, s1])?, number(&[i0, i1, i2])?);
    let exists = (1..=last_day(year, month)?).contains(&day);
    let days = days_from_civil(year, month, day);
    (exists && hour < 24 && minute < 60 && second < 60)
        .then(|| Timestamp((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + milli))
}

/// Returns the last day of a month, from 1 to 12.
fn last_day(year: i64, month: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => Some(29),
        2 => Some(28),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date, counted in eras of 400 years that start in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    // A month is 1 to 12 and a day 1 to 31 by construction.
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.day();
        let millis = self.0.rem_euclid(86_400_000);
        let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
        let (second, milli) = (millis / 1000 % 60, millis % 1000);
        if year < 0 {
            write!(f, "-{:06}", -year)?;
        } else {
            write!(f, "{year:04}")?;
        }
        write!(f, "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time in RFC 3339")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Timestamp::parse(text).ok_or_else(|| E::custom(format!("{text:?} is not a time")))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_and_value_agree_with_the_library(millis in -300_000_000_000_000_i64..250_000_000_000_000) {
            let time = Timestamp::from_millis(millis).unwrap();
            prop_assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
            let library: jiff::Timestamp = time.to_string().parse().unwrap();
            prop_assert_eq!(library.as_millisecond(), millis);
        }
    }

    #[test]
    fn only_days_that_exist_are_times() {
        for (year, month, day) in [
            (2023, 2, 28),
            (2024, 2, 29),
            (2000, 2, 29),
            (1900, 2, 28),
            (2026, 4, 30),
            (2026, 12, 31),
        ] {
            let text = |day: i64| format!("{year}-{month:02}-{day:02}T00:00:00.000Z");
            let time = Timestamp::parse(&text(day)).unwrap();
            assert_eq!(time.day(), (year, month, u32::try_from(day).unwrap()));
            assert_eq!(Timestamp::parse(&text(day + 1)), None);
        }
        for wrong in ["2026-00-10", "2026-13-10", "2026-10-00"] {
            assert_eq!(Timestamp::parse(&format!("{wrong}T00:00:00.000Z")), None, "{wrong}");
        }
    }

    #[test]
    fn offsets_and_other_precisions_are_read_and_nonsense_is_not() {
        let time = Timestamp::parse("2026-02-19T09:00:00.000Z").unwrap();
        assert_eq!(Timestamp::parse("2026-02-19T10:00:00+01:00"), Some(time));
        assert_eq!(Timestamp::parse("2026-02-19T09:00:00.000123456Z"), Some(time));
        for wrong in ["", "yesterday", "2026-02-30T09:00:00.000Z", "2026-02-19T24:00:00.000Z"] {
            assert_eq!(Timestamp::parse(wrong), None, "{wrong:?}");
        }
    }
}
