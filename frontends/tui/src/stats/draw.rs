//! How the figures look.

use crate::dates;
use crate::scene::Scene;
use crate::stats::{Figures, StatsScreen, TABS};
use crate::text;
use opensession_engine::Total;
use opensession_engine::hail::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;

/// A day without sessions, and with more and more of them.
const SHADES: [&str; 5] = ["·", "░", "▒", "▓", "█"];
const WEEKDAYS: [&str; 7] = ["Mon", "", "Wed", "", "Fri", "", ""];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// The cells in front of the first week.
const MARGIN: u16 = 5;
const DAY: i64 = 86_400_000;

/// The parts of the screen.
pub(super) struct Parts {
    sums: Rect,
    /// A line of months and one of each weekday; no cells on a low terminal.
    days: Rect,
    tabs: Rect,
    pub(super) bars: Rect,
}

impl Parts {
    pub(super) fn of(scene: &Scene) -> Self {
        let body = scene.body();
        let line = |y, height| Rect { y: body.y + y, height, ..body };
        let days = if body.height >= 20 { 9 } else { 0 };
        let below = 3 + days;
        Self {
            sums: line(0, 2),
            days: line(2, days),
            tabs: line(2 + days, 1),
            bars: line(below, body.height.saturating_sub(below)),
        }
    }
}

/// Returns the tab in a cell.
pub(super) fn tab_at(at: Position, scene: &Scene) -> Option<usize> {
    let tabs = Parts::of(scene).tabs;
    if !tabs.contains(at) {
        return None;
    }
    let mut x = 1;
    TABS.iter().position(|(_, name)| {
        let start = x;
        x += text::width(name) + 3;
        (start..x).contains(&usize::from(at.x))
    })
}

impl StatsScreen {
    /// Draws the figures.
    pub fn view(&self, frame: &mut Frame<'_>, scene: &Scene) {
        let parts = Parts::of(scene);
        let Some(figures) = &self.figures else {
            let line = Line::styled("  adding up …", scene.theme.dim());
            frame.render_widget(line, Rect { height: 1, ..parts.sums });
            return;
        };
        draw_sums(figures, frame, parts.sums, scene);
        if parts.days.height > 0 {
            draw_days(&figures.days, frame, parts.days, scene);
        }
        let mut tabs = Line::raw(" ");
        for (at, (_, name)) in TABS.iter().enumerate() {
            let is_open = at == self.tab;
            let shown = if is_open { format!("[{name}]") } else { format!(" {name} ") };
            let style = if is_open { scene.theme.heading() } else { scene.theme.dim() };
            tabs.push_span(Span::styled(shown, style));
            tabs.push_span(Span::raw(" "));
        }
        frame.render_widget(tabs, parts.tabs);
        let totals = figures.tabs.get(self.tab).map_or(&[][..], Vec::as_slice);
        draw_bars(totals, self.top, frame, parts.bars, scene);
    }
}

fn draw_sums(figures: &Figures, frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
    let sum = |of: fn(&Total) -> u64| figures.days.iter().map(of).sum::<u64>();
    let cost: Option<u64> =
        figures.days.iter().filter_map(|day| day.cost_usd_micros).reduce(|a, b| a + b);
    let mut facts = vec![
        (dates::number(sum(|day| day.sessions)), "sessions"),
        (dates::short_number(sum(|day| day.prompts)), "prompts"),
        (dates::short_number(sum(|day| day.tool_calls)), "tool calls"),
        (dates::duration(sum(|day| day.seconds)), "active"),
    ];
    let tokens = |day: &Total| day.input_tokens + day.output_tokens;
    let lines = format!(
        "+{} -{}",
        dates::short_number(sum(|day| day.lines_added)),
        dates::short_number(sum(|day| day.lines_removed))
    );
    let mut second = vec![
        (dates::short_number(sum(tokens)), "tokens"),
        (dates::short_number(sum(|day| day.cache_read_tokens + day.cache_write_tokens)), "cached"),
        (lines, "lines"),
    ];
    if let Some(cost) = cost {
        second
            .push((format!("${}.{:02}", cost / 1_000_000, cost / 10_000 % 100), "stated in logs"));
    }
    if area.width >= 130 {
        facts.append(&mut second);
    }
    for (facts, row) in [facts, second].into_iter().zip(area.rows()) {
        let mut line = Line::raw(" ");
        for (number, name) in facts {
            line.push_span(Span::styled(format!(" {number}"), scene.theme.strong()));
            line.push_span(Span::styled(format!(" {name}  "), scene.theme.dim()));
        }
        frame.render_widget(line, row);
    }
}

/// Draws a square for each day of the last year, a column for each week.
fn draw_days(days: &[Total], frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
    let sessions: BTreeMap<i64, u64> =
        days.iter().filter_map(|day| Some((day_number(&day.name)?, day.sessions))).collect();
    let today = (scene.now.as_millis() + i64::from(scene.offset()) * 60_000).div_euclid(DAY);
    // 1970 began on a Thursday.
    let weekday = |day: i64| (day + 3).rem_euclid(7);
    let cells: u16 = if area.width > MARGIN + 2 * 53 { 2 } else { 1 };
    let weeks = i64::from(((area.width.saturating_sub(MARGIN + 1)) / cells).min(53));
    let first = today - weekday(today) - 7 * (weeks - 1);
    let most = sessions.range(first..).map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let mut rows: Vec<String> = Vec::new();
    let mut months = " ".repeat(usize::from(MARGIN));
    for week in 0..weeks {
        let monday = first + 7 * week;
        // A month is named over the week in which it begins, where there is room.
        let begins = (monday..monday + 7).find_map(|day| {
            let (_, month, date) = date_of(day);
            (date == 1).then_some(month)
        });
        let at = usize::from(MARGIN) + usize::from(cells) * usize::try_from(week).unwrap_or(0);
        let has_room = at >= months.len() && at + 3 <= usize::from(area.width);
        let name = begins.and_then(|month| MONTHS.get(month as usize - 1));
        if let Some(name) = name.filter(|_| has_room) {
            months += &format!("{:1$}{name} ", "", at - months.len());
        }
    }
    rows.push(months);
    for (line, name) in WEEKDAYS.iter().enumerate() {
        let mut row = format!(" {name:<4}");
        for week in 0..weeks {
            let day = first + 7 * week + i64::try_from(line).unwrap_or(0);
            let shade = match sessions.get(&day).copied().unwrap_or(0) {
                _ if day > today => " ",
                0 => SHADES[0],
                count => SHADES
                    .get(1 + usize::try_from((count - 1) * 4 / most).unwrap_or(3).min(3))
                    .copied()
                    .unwrap_or(SHADES[4]),
            };
            row.push_str(shade);
            if cells == 2 {
                row.push(' ');
            }
        }
        rows.push(row);
    }
    for (at, (row, area)) in rows.into_iter().zip(area.rows()).enumerate() {
        let style = if at == 0 { scene.theme.dim() } else { scene.theme.good() };
        frame.render_widget(Line::styled(row, style), area);
    }
}

fn date_of(day: i64) -> (i64, u32, u32) {
    Timestamp::from_millis(day * DAY).unwrap_or(Timestamp::EPOCH).day()
}

fn day_number(name: &str) -> Option<i64> {
    Some(Timestamp::parse(&format!("{name}T00:00:00.000Z"))?.as_millis().div_euclid(DAY))
}

fn draw_bars(totals: &[Total], top: usize, frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
    let theme = &scene.theme;
    let width = usize::from(area.width);
    let name_room = if width >= 120 { 40 } else { 22 };
    // Behind the bar: sessions, tokens, lines.
    let bar_room = width.saturating_sub(name_room + 36);
    let mut rows = area.rows();
    if let Some(row) = rows.next() {
        let head = format!(
            "  {:<name_room$}{:bar_room$} {:>8} {:>8} {:>15}",
            "", "", "SESSIONS", "TOKENS", "LINES"
        );
        frame.render_widget(Line::styled(head, theme.dim()), row);
    }
    let most = totals.iter().map(|total| total.sessions).max().unwrap_or(0).max(1);
    for (total, row) in totals.iter().skip(top).zip(rows) {
        let name = if total.name.is_empty() { "(not known)" } else { &total.name };
        let name = text::cut_start(&text::first_line(name), name_room).into_owned();
        let tokens = total.input_tokens + total.output_tokens;
        let lines = format!(
            "+{} -{}",
            dates::short_number(total.lines_added),
            dates::short_number(total.lines_removed)
        );
        frame.render_widget(
            Line::from(vec![
                Span::raw(format!("  {}", text::fit(&name, name_room))),
                Span::styled(bar(total.sessions, most, bar_room), theme.heading()),
                Span::styled(format!(" {:>8}", dates::number(total.sessions)), theme.strong()),
                Span::raw(format!(" {:>8} {lines:>15}", dates::short_number(tokens))),
            ]),
            row,
        );
    }
}

/// Returns a bar of `room` cells, filled to an eighth of a cell.
fn bar(value: u64, most: u64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let room_in_eighths = u64::try_from(room.saturating_sub(1)).unwrap_or(0) * 8;
    // What is there is seen.
    let filled = (value * room_in_eighths / most).max(u64::from(value > 0));
    let (whole, rest) =
        (usize::try_from(filled / 8).unwrap_or(0), usize::try_from(filled % 8).unwrap_or(0));
    let bar = format!("{}{}", "█".repeat(whole), EIGHTHS.get(rest).unwrap_or(&""));
    text::fit(&bar, room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        assert_eq!(bar(10, 10, 5), "████ ");
        assert_eq!(bar(5, 10, 5), "██   ");
        assert_eq!(bar(1, 1000, 5), "▏    ");
        assert_eq!(bar(0, 10, 5), "     ");
    }

    #[test]
    fn days_have_numbers() {
        assert_eq!(day_number("1970-01-02"), Some(1));
        assert_eq!(day_number(""), None);
        assert_eq!(date_of(20_780), (2026, 11, 23));
    }
}
