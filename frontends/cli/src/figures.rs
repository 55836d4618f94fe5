//! Times, durations, sizes and counts as people read them.

use opensession_engine::hail::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// From this age on a date says more than a number of days.
const OLD: i64 = 14 * DAY;

/// Returns how long ago `then` was: `5m ago`; the UTC date where it was long ago or is still to come.
pub(crate) fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_millis() - then.as_millis()).div_euclid(1000);
    match seconds {
        ..0 | OLD.. => {
            let (year, month, day) = then.day();
            format!("{year:04}-{month:02}-{day:02}")
        }
        0..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => format!("{}m ago", seconds / MINUTE),
        HOUR..DAY => format!("{}h ago", seconds / HOUR),
        DAY..OLD => format!("{}d ago", seconds / DAY),
    }
}

/// Returns the UTC date and time to the minute: `2026-02-19 09:00 UTC`.
pub(crate) fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    let minutes = text.rsplit_once(':').map_or(text.as_str(), |(minutes, _)| minutes);
    format!("{} UTC", minutes.replace('T', " "))
}

/// Returns the UTC date: `2026-02-19`.
pub(crate) fn date(time: Timestamp) -> String {
    let text = time.to_string();
    text.split_once('T').map_or(text.as_str(), |(date, _)| date).to_owned()
}

/// Returns the UTC time of day: `09:00:20`.
pub(crate) fn clock(time: Timestamp) -> String {
    let seconds = time.as_millis().rem_euclid(DAY * 1000) / 1000;
    format!("{:02}:{:02}:{:02}", seconds / HOUR, seconds % HOUR / MINUTE, seconds % MINUTE)
}

/// Returns a duration in seconds: `42 s`, `7 min`, `2 h 5 min`, `3 d 4 h`.
pub(crate) fn duration(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", hours / 24, hours % 24),
    }
}

/// Returns a duration in milliseconds: `12 ms`, `1.2 s`, then as [`duration`].
pub(crate) fn short_duration(millis: u64) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => duration(millis / 1000),
    }
}

/// Returns a size with decimal prefixes: `4.1 MB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match STEPS.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}

/// Returns a number with its thousands apart: `12,345`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a large number in three figures: `950`, `12.3k`, `4.5M`, `2.3B`.
pub(crate) fn amount(count: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")];
    match STEPS.into_iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) if count < unit * 100 => {
            format!("{}.{}{name}", count / unit, count % unit * 10 / unit)
        }
        Some((unit, name)) => format!("{}{name}", number(count / unit)),
        None => count.to_string(),
    }
}

/// Returns millionths of a US dollar as dollars: `$1,234`, `$12.34`, `<$0.01`.
pub(crate) fn dollars(micros: u64) -> String {
    let cents = micros.saturating_add(5_000) / 10_000;
    match micros {
        1..5_000 => "<$0.01".to_owned(),
        _ if cents >= 100_000 => format!("${}", number(cents / 100)),
        _ => format!("${}.{:02}", cents / 100, cents % 100),
    }
}

/// Returns a number of things: `1 session`, `2 sessions`.
pub(crate) fn plural(count: u64, thing: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", number(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_turn_into_dates() {
        let then = Timestamp::parse("2026-02-19T09:00:00Z").unwrap();
        let after = |seconds: i64| {
            age(then, Timestamp::from_millis(then.as_millis() + seconds * 1000).unwrap())
        };
        let ages = [-1, 0, 59, 60, 3599, 3600, 86_399, 86_400, 14 * 86_400 - 1, 14 * 86_400];
        insta::assert_snapshot!(ages.map(after).join(", "), @"2026-02-19, just now, just now, 1m ago, 59m ago, 1h ago, 23h ago, 1d ago, 13d ago, 2026-02-19");
        assert_eq!(moment(then), "2026-02-19 09:00 UTC");
        assert_eq!(clock(Timestamp::from_millis(-1).unwrap()), "23:59:59");
    }

    #[test]
    fn amounts_have_three_figures_and_dollars_cents() {
        assert_eq!(
            [0, 999, 1_000, 12_345, 99_999, 123_456, 4_567_890, 2_300_000_000, u64::MAX]
                .map(amount)
                .join(", "),
            "0, 999, 1.0k, 12.3k, 99.9k, 123k, 4.5M, 2.3B, 18,446,744,073B"
        );
        assert_eq!(
            [0, 1, 5_000, 12_344_999, 999_990_000, 1_234_567_890, u64::MAX].map(dollars).join(", "),
            "$0.00, <$0.01, $0.01, $12.34, $999.99, $1,234, $18,446,744,073,709"
        );
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [0, 59, 61, 3599, 7500, 273_600].map(duration).join(", "),
            "0 s, 59 s, 1 min, 59 min, 2 h 5 min, 3 d 4 h"
        );
        assert_eq!([7, 1234, 60_000].map(short_duration).join(", "), "7 ms, 1.2 s, 1 min");
        assert_eq!(
            [0, 999, 1000, 4_190_000, 2_000_000_000].map(bytes).join(", "),
            "0 bytes, 999 bytes, 1.0 kB, 4.1 MB, 2.0 GB"
        );
        assert_eq!([0, 999, 1000, 1_234_567].map(number).join(" "), "0 999 1,000 1,234,567");
        assert_eq!([0, 1, 1000].map(|n| plural(n, "log")).join(", "), "0 logs, 1 log, 1,000 logs");
    }
}
