//! Charts as cells and levels, for whoever draws them: a heatmap of days, the lengths of bars.

use jiff::ToSpan;
use jiff::civil::Date;
use opensession_index::Clock;
use std::collections::HashMap;

/// Days in columns of weeks, the present week last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heatmap {
    /// Oldest first.
    pub weeks: Vec<Week>,
}

/// A week, a column of a heatmap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week {
    /// From Monday to Sunday; `None` for days that are still to come.
    pub days: [Option<Cell>; 7],
    /// The month that begins in this week, from 1.
    pub month: Option<u8>,
}

/// A day of a heatmap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// `2026-11-23`.
    pub day: String,
    /// How much there was on it.
    pub value: u64,
    /// From 0, nothing, to 4: which quarter of the days with anything it belongs to.
    pub level: u8,
}

impl Heatmap {
    /// Returns the last `weeks` weeks before `clock`; `values` are days such as `2026-11-23` with how much there was on each.
    #[must_use]
    pub fn new<'d>(
        values: impl IntoIterator<Item = (&'d str, u64)>,
        clock: &Clock,
        weeks: usize,
    ) -> Self {
        let values: HashMap<&str, u64> = values.into_iter().collect();
        let mut columns: Vec<Week> =
            (0..weeks).rev().filter_map(|back| week(clock, back, &values)).collect();
        let cells = || columns.iter().flat_map(|week| &week.days).flatten();
        let mut amounts: Vec<u64> =
            cells().map(|cell| cell.value).filter(|value| *value > 0).collect();
        amounts.sort_unstable();
        for cell in columns.iter_mut().flat_map(|week| &mut week.days).flatten() {
            cell.level = level(cell.value, &amounts);
        }
        Self { weeks: columns }
    }
}

fn week(clock: &Clock, back: usize, values: &HashMap<&str, u64>) -> Option<Week> {
    let today = clock.today()?;
    let monday =
        today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
    let monday = monday.checked_sub(i64::try_from(back).ok()?.weeks()).ok()?;
    let date = |place: usize| {
        let date = monday.checked_add(i64::try_from(place).ok()?.days()).ok();
        date.filter(|date| *date <= today)
    };
    let first = |date: Date| (date.day() == 1).then(|| u8::try_from(date.month()).ok()).flatten();
    let month = (0..7).filter_map(date).find_map(first);
    let days = std::array::from_fn(|place| {
        let day = date(place)?.to_string();
        let value = values.get(day.as_str()).copied().unwrap_or(0);
        Some(Cell { day, value, level: 0 })
    });
    Some(Week { days, month })
}

/// Returns which quarter of `amounts`, which are sorted, `value` belongs to: 1 to 4, and 0 for nothing.
fn level(value: u64, amounts: &[u64]) -> u8 {
    if value == 0 {
        return 0;
    }
    let quarters = [amounts.len() / 4, amounts.len() / 2, amounts.len() * 3 / 4];
    let reached = quarters
        .into_iter()
        .filter(|place| amounts.get(*place).is_some_and(|least| value >= *least));
    1 + u8::try_from(reached.count()).unwrap_or(3)
}

/// Returns how many of `whole` units a bar for `value` is long where that for `most` has them all: at least one, unless
/// there is nothing to show.
#[must_use]
pub fn bar_length(value: u64, most: u64, whole: usize) -> usize {
    if value == 0 || most == 0 {
        return 0;
    }
    let length = u128::from(value.min(most)) * whole as u128 / u128::from(most);
    usize::try_from(length).unwrap_or(whole).clamp(1.min(whole), whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_hail::Timestamp;

    /// A Wednesday.
    fn clock() -> Clock {
        Clock::utc(Timestamp::parse("2026-11-25T12:00:00Z").unwrap())
    }

    #[test]
    fn weeks_end_with_the_present_day() {
        let map =
            Heatmap::new([("2026-11-02", 3), ("2026-11-25", 1), ("2026-11-26", 9)], &clock(), 4);
        let shown: Vec<String> = map
            .weeks
            .iter()
            .map(|week| {
                let days = week.days.iter().map(|day| {
                    day.as_ref()
                        .map_or("-".to_owned(), |cell| format!("{}:{}", cell.value, cell.level))
                });
                let first = week.days.first().unwrap().as_ref().unwrap();
                format!("{} {:?} {}", first.day, week.month, days.collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "2026-11-02 None 3:4 0:0 0:0 0:0 0:0 0:0 0:0",
                "2026-11-09 None 0:0 0:0 0:0 0:0 0:0 0:0 0:0",
                "2026-11-16 None 0:0 0:0 0:0 0:0 0:0 0:0 0:0",
                "2026-11-23 None 0:0 0:0 1:2 - - - -",
            ]
        );
        let year = Heatmap::new([], &clock(), 53);
        assert_eq!(year.weeks.len(), 53);
        assert_eq!(year.weeks.iter().filter(|week| week.month.is_some()).count(), 12);
        assert_eq!(Heatmap::new([], &clock(), 0).weeks, []);
    }

    #[test]
    fn levels_are_quarters_of_the_days_with_anything() {
        let amounts = [1, 2, 3, 4, 5, 6, 7, 100];
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6, 7, 100].map(|value| level(value, &amounts)),
            [0, 1, 1, 2, 2, 3, 3, 4, 4]
        );
        assert_eq!(level(7, &[7]), 4);
        assert_eq!([1, 9].map(|value| level(value, &[1, 9])), [2, 4]);
    }

    #[test]
    fn bars_show_the_least_thing_and_never_too_much() {
        assert_eq!(
            [0, 1, 50, 100, 200].map(|value| bar_length(value, 100, 80)),
            [0, 1, 40, 80, 80]
        );
        assert_eq!(bar_length(1, u64::MAX, 8), 1);
        assert_eq!(bar_length(u64::MAX, u64::MAX, 8), 8);
        assert_eq!((bar_length(5, 0, 8), bar_length(5, 5, 0)), (0, 0));
    }
}
