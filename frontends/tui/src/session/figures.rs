//! Numbers as people read them.

use opensession_engine::hail::Timestamp;

/// Returns a number with its thousands apart: `12,345`.
pub(super) fn number(number: u64) -> String {
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

/// Returns a number of things: `1 prompt`, `2 prompts`.
pub(super) fn plural(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", number(count), if count == 1 { "" } else { "s" })
}

/// Returns a large number in short: `12.3k`.
pub(super) fn short(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{}.{}k", number / 1_000, number % 1_000 / 100),
        _ => format!("{}.{}M", number / 1_000_000, number % 1_000_000 / 100_000),
    }
}

/// Returns a duration in seconds: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`.
pub(super) fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// Returns a duration in milliseconds: `12 ms`, `1.2 s`, then as [`duration`].
pub(super) fn short_duration(millis: u64) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => duration(millis / 1000),
    }
}

/// Returns day and time: `2026-02-19 09:00`; local time is `offset` minutes ahead of UTC.
pub(super) fn moment(time: Timestamp, offset: i32) -> String {
    let local = Timestamp::from_millis(time.as_millis() + i64::from(offset) * 60_000);
    let text = local.unwrap_or(time).to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}
