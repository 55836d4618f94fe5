//! Times as people read them.

use opensession_engine::hail::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// From this age on a date says more than a number of days.
const OLD: i64 = 14 * DAY;

/// Returns how long ago `then` was, in at most five cells: `now`, `5m`, `3h`, `2d`, `11-23`, `2025`.
#[must_use]
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_millis() - then.as_millis()).div_euclid(1000);
    match seconds {
        ..0 | OLD.. => {
            let (year, month, day) = then.day();
            if now.day().0 == year { format!("{month:02}-{day:02}") } else { format!("{year:04}") }
        }
        0..MINUTE => "now".to_owned(),
        MINUTE..HOUR => format!("{}m", seconds / MINUTE),
        HOUR..DAY => format!("{}h", seconds / HOUR),
        DAY..OLD => format!("{}d", seconds / DAY),
    }
}

/// Returns the day that it is at `time` where it is `offset` minutes later than UTC: year, month, day.
fn local_day(time: Timestamp, offset: i32) -> (i64, u32, u32) {
    local(time, offset).day()
}

/// Returns the local day as text: `2026-11-23`, with `today` or `yesterday` where it is, and only the month where it is
/// long ago.
#[must_use]
pub fn day_name(time: Timestamp, now: Timestamp, offset: i32) -> String {
    let (year, month, day) = local_day(time, offset);
    let date = format!("{year:04}-{month:02}-{day:02}");
    let days = |time: Timestamp| local(time, offset).as_millis().div_euclid(DAY * 1000);
    match days(now) - days(time) {
        0 => format!("{date} today"),
        1 => format!("{date} yesterday"),
        2..14 => date,
        _ => format!("{year:04}-{month:02}"),
    }
}

/// Returns the local date and time to the minute: `2026-11-23 14:05`.
#[must_use]
pub fn moment(time: Timestamp, offset: i32) -> String {
    let text = local(time, offset).to_string();
    let minutes = text.rsplit_once(':').map_or(text.as_str(), |(minutes, _)| minutes);
    minutes.replace('T', " ")
}

/// Returns a duration in seconds: `42 s`, `7 min`, `2 h 5 min`.
#[must_use]
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// Returns a number with its thousands apart: `12,345`.
#[must_use]
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a number in at most five cells: `999`, `12.3k`, `4.5M`.
#[must_use]
pub fn short_number(number: u64) -> String {
    const UNITS: [(u64, char); 4] =
        [(1_000_000_000_000, 'T'), (1_000_000_000, 'G'), (1_000_000, 'M'), (1_000, 'k')];
    let Some((unit, letter)) = UNITS.into_iter().find(|(unit, _)| number >= *unit) else {
        return number.to_string();
    };
    let whole = number / unit;
    if whole >= 100 {
        return format!("{whole}{letter}");
    }
    format!("{whole}.{}{letter}", number % unit * 10 / unit)
}

fn local(time: Timestamp, offset: i32) -> Timestamp {
    Timestamp::from_millis(time.as_millis() + i64::from(offset) * MINUTE * 1000).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn ages_and_days_are_those_of_the_place() {
        let now = at("2026-11-23T20:00:00Z");
        let ages: Vec<String> = [
            "2026-11-23T19:59:30Z",
            "2026-11-23T19:55:00Z",
            "2026-11-21T19:00:00Z",
            "2026-03-05T00:00:00Z",
            "2025-03-05T00:00:00Z",
            "2026-11-24T00:00:00Z",
        ]
        .map(|then| age(at(then), now))
        .into();
        assert_eq!(ages, ["now", "5m", "2d", "03-05", "2025", "11-24"]);
        assert_eq!(day_name(at("2026-11-23T10:00:00Z"), now, 0), "2026-11-23 today");
        assert_eq!(day_name(at("2026-11-23T10:00:00Z"), now, 540), "2026-11-23 yesterday");
        assert_eq!(day_name(at("2026-11-20T10:00:00Z"), now, 0), "2026-11-20");
        assert_eq!(day_name(at("2026-10-20T10:00:00Z"), now, 0), "2026-10");
        assert_eq!(moment(at("2026-11-23T20:05:09Z"), 540), "2026-11-24 05:05");
    }

    #[test]
    fn numbers_are_short_where_there_is_little_room() {
        let short = [0, 999, 1_000, 12_345, 123_456, 4_500_000, 2_000_000_000].map(short_number);
        assert_eq!(short, ["0", "999", "1.0k", "12.3k", "123k", "4.5M", "2.0G"]);
        assert_eq!([7, 1_234, 1_234_567].map(number), ["7", "1,234", "1,234,567"]);
        assert_eq!([42, 420, 7_500].map(duration), ["42 s", "7 min", "2 h 5 min"]);
    }
}
