//! Dates as people type them, seen from a clock: `2026-11`, `yesterday`, `3d`, `last week`.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use opensession_hail::Timestamp;

/// What is accepted, for a message.
pub(super) const ACCEPTED: &str = "a date such as 2026-11-23, 2026-11, today, yesterday, monday, last week, this month, \
                                   90min, 12h, 3d, 2w, 6mo, or a time in RFC 3339";

/// What is accepted where a range may stand.
pub(super) const ACCEPTED_RANGE: &str =
    "a date such as 2026-11-23, 2026-11, today, monday, last week, 3d, or two with .. between them";

/// What time it is, and where: days begin at midnight there.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The time.
    pub now: Timestamp,
    /// Where days begin and end.
    pub zone: TimeZone,
}

/// The time that a text names: from, and up to but without.
pub(super) type Period = (Timestamp, Timestamp);

impl Clock {
    /// Returns a clock by which days begin at midnight UTC.
    #[must_use]
    pub const fn utc(now: Timestamp) -> Self {
        Self { now, zone: TimeZone::UTC }
    }

    /// Returns how many minutes east of UTC it is now.
    #[must_use]
    pub fn offset_minutes(&self) -> i32 {
        let now = jiff::Timestamp::from_millisecond(self.now.as_millis());
        // Every time that there is has an offset.
        now.map_or(0, |now| self.zone.to_offset(now).seconds() / 60)
    }

    /// Returns the day that it is; `None` behind the year 9999.
    #[must_use]
    pub fn today(&self) -> Option<Date> {
        let now = jiff::Timestamp::from_millisecond(self.now.as_millis()).ok()?;
        Some(self.zone.to_datetime(now).date())
    }

    /// Returns when it is, or was, that late here; where a clock is set back, the first time.
    fn instant(&self, local: DateTime) -> Option<Timestamp> {
        let zoned = local.to_zoned(self.zone.clone()).ok()?;
        Timestamp::from_millis(zoned.timestamp().as_millisecond())
    }

    fn days(&self, first: Date, after_last: Date) -> Option<Period> {
        Some((self.instant(first.into())?, self.instant(after_last.into())?))
    }
}

/// Returns the time that `text` names: a day, a week, an hour, or the millisecond of an exact time.
pub(super) fn parse(text: &str, clock: &Clock) -> Option<Period> {
    let text = text.trim();
    exact(text)
        .or_else(|| calendar(text, clock))
        .or_else(|| time_of_day(text, clock))
        .or_else(|| named(&text.to_ascii_lowercase().replace(['-', '_'], " "), clock))
}

/// Returns the time that `text` names, or that from the beginning of one to the end of another: `monday..today`.
pub(super) fn parse_range(text: &str, clock: &Clock) -> Option<Period> {
    let Some((first, last)) = text.split_once("..") else { return parse(text, clock) };
    let ((from, _), (_, to)) = (parse(first, clock)?, parse(last, clock)?);
    (from < to).then_some((from, to))
}

/// Returns whether `word` may stand behind `last` or `this`.
pub(super) fn is_unit(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    matches!(word.as_str(), "week" | "month" | "year") || weekday(&word).is_some()
}

/// RFC 3339.
fn exact(text: &str) -> Option<Period> {
    let time = Timestamp::parse(text)?;
    Some((time, Timestamp::from_millis(time.as_millis().checked_add(1)?)?))
}

/// `2026-11-23`, `2026-11`, `2026`.
fn calendar(text: &str, clock: &Clock) -> Option<Period> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4..=4)?;
    let month = parts.next().map(|part| digits(part, 1..=2));
    let day = parts.next().map(|part| digits(part, 1..=2));
    if parts.next().is_some() {
        return None;
    }
    let (month, day, length) = match (month, day) {
        (None, _) => (1, 1, 1.year()),
        (Some(month), None) => (month?, 1, 1.month()),
        (Some(month), Some(day)) => (month?, day?, 1.day()),
    };
    let first = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    clock.days(first, first.checked_add(length).ok()?)
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<i16> {
    let fits = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// `2026-11-23T14:05` in the clock's zone, as long as it is precise.
fn time_of_day(text: &str, clock: &Clock) -> Option<Period> {
    // A day alone was read before, and a library would take it for midnight.
    let (_day, time) = text.split_once(['T', 't', ' '])?;
    let local: DateTime = text.parse().ok()?;
    let length = match time.matches(':').count() {
        1 => 1.minute(),
        2 if time.contains('.') => 1.millisecond(),
        2 => 1.second(),
        _ => return None,
    };
    let first = clock.instant(local)?;
    let length = length.total(jiff::Unit::Millisecond).ok()?;
    Some((first, Timestamp::from_millis(first.as_millis().checked_add(length as i64)?)?))
}

/// `today`, `monday`, `last week`, `3d`, `3 days ago`.
fn named(text: &str, clock: &Clock) -> Option<Period> {
    let today = clock.today()?;
    let day = |date: Date| clock.days(date, date.tomorrow().ok()?);
    match text {
        "now" => return Some((clock.now, Timestamp::from_millis(clock.now.as_millis() + 1)?)),
        "today" => return day(today),
        "yesterday" => return day(today.yesterday().ok()?),
        _ => {}
    }
    let since_monday = today.weekday().to_monday_zero_offset();
    if let Some(wanted) = weekday(text) {
        return day(today
            .checked_sub(i64::from((since_monday - wanted).rem_euclid(7)).days())
            .ok()?);
    }
    let Some((which, unit)) =
        text.split_once(' ').filter(|(which, _)| matches!(*which, "last" | "this"))
    else {
        return ago(text, today, clock);
    };
    let (first, length): (Date, Span) = match unit.trim_start() {
        "week" => (today.checked_sub(i64::from(since_monday).days()).ok()?, 1.week()),
        "month" => (today.first_of_month(), 1.month()),
        "year" => (today.first_of_year(), 1.year()),
        unit => {
            // The last Monday is never today.
            let back = match (since_monday - weekday(unit)?).rem_euclid(7) {
                0 if which == "last" => 7,
                back => back,
            };
            return day(today.checked_sub(i64::from(back).days()).ok()?);
        }
    };
    let first = if which == "last" { first.checked_sub(length).ok()? } else { first };
    clock.days(first, first.checked_add(length).ok()?)
}

/// Returns how many days after Monday.
fn weekday(text: &str) -> Option<i8> {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let place = names.iter().position(|name| *name == text || name.get(..3) == Some(text))?;
    i8::try_from(place).ok()
}

/// Returns the day that was so many days, weeks, months or years ago, or the time so many minutes or hours ago.
fn ago(text: &str, today: Date, clock: &Clock) -> Option<Period> {
    let text = text.strip_suffix(" ago").unwrap_or(text).trim();
    let (count, unit) =
        text.split_at_checked(text.find(|letter: char| !letter.is_ascii_digit())?)?;
    let count: i64 = count.parse().ok()?;
    let span = Span::new();
    let span = match unit.trim_start() {
        "min" | "mins" | "minute" | "minutes" => return instant_ago(count, 60_000, clock),
        "h" | "hour" | "hours" => return instant_ago(count, 3_600_000, clock),
        "d" | "day" | "days" => span.try_days(count),
        "w" | "week" | "weeks" => span.try_weeks(count),
        "mo" | "month" | "months" => span.try_months(count),
        "y" | "year" | "years" => span.try_years(count),
        _ => return None,
    };
    let date = today.checked_sub(span.ok()?).ok()?;
    clock.days(date, date.tomorrow().ok()?)
}

fn instant_ago(count: i64, millis: i64, clock: &Clock) -> Option<Period> {
    let then = clock.now.as_millis().checked_sub(count.checked_mul(millis)?)?;
    Some((Timestamp::from_millis(then)?, Timestamp::from_millis(then + 1)?))
}

#[cfg(test)]
mod tests;
