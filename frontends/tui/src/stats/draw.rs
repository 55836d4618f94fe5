//! How the figures look.

use crate::dates;
use crate::scene::Scene;
use crate::stats::{Figures, StatsScreen, TABS};
use crate::text;
use opensession_engine::{Cost, Heatmap, Sum, bar_length};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

/// A day without sessions, and with more and more of them.
const SHADES: [&str; 5] = ["·", "░", "▒", "▓", "█"];
const WEEKDAYS: [&str; 7] = ["Mon", "", "Wed", "", "Fri", "", ""];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// The cells in front of the first week.
const MARGIN: u16 = 5;

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
            draw_days(&figures.days.sums, frame, parts.days, scene);
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
        let sums = figures.tabs.get(self.tab).map_or(&[][..], Vec::as_slice);
        draw_bars(sums, self.top, frame, parts.bars, scene);
    }
}

fn draw_sums(figures: &Figures, frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
    let all = &figures.days.all;
    let mut facts = vec![
        (dates::number(all.sessions), "sessions"),
        (dates::short_number(all.prompts), "prompts"),
        (dates::short_number(all.tool_calls), "tool calls"),
        (dates::duration(all.active_seconds), "active"),
    ];
    let mut second = vec![
        (dates::short_number(all.tokens.input + all.tokens.output), "tokens"),
        (dates::short_number(all.tokens.cache_read + all.tokens.cache_write), "cached"),
        (lines_of(all), "lines"),
    ];
    if let Some(known) = all.cost.known() {
        let what = if all.cost.unknown_tokens > 0 { "of what has a price" } else { "cost" };
        second.push((dollars(known), what));
    }
    if area.width >= 130 {
        facts.append(&mut second);
    }
    for (facts, row) in [facts, second].into_iter().zip(area.rows()) {
        let mut line = Line::raw(" ");
        for (number, name) in facts {
            if line.width() + text::width(&number) + name.len() + 4 > usize::from(area.width) {
                break;
            }
            line.push_span(Span::styled(format!(" {number}"), scene.theme.strong()));
            line.push_span(Span::styled(format!(" {name}  "), scene.theme.dim()));
        }
        frame.render_widget(line, row);
    }
}

fn lines_of(sum: &Sum) -> String {
    let number = dates::short_number;
    format!("+{} -{}", number(sum.lines_added), number(sum.lines_removed))
}

fn dollars(micros: u64) -> String {
    match micros / 1_000_000 {
        whole @ 1_000.. => format!("${}", dates::number(whole)),
        whole => format!("${whole}.{:02}", micros / 10_000 % 100),
    }
}

fn cost_of(cost: &Cost) -> String {
    cost.known().map_or_else(String::new, dollars)
}

/// Draws a square for each day of the last year, a column for each week.
fn draw_days(days: &[Sum], frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
    let cells: u16 = if area.width > MARGIN + 2 * 53 { 2 } else { 1 };
    let weeks = usize::from(((area.width.saturating_sub(MARGIN + 1)) / cells).min(53));
    let values = days.iter().map(|day| (day.name.as_str(), day.sessions));
    let map = Heatmap::new(values, &scene.clock(), weeks);
    // A month is named over the week in which it begins, where there is room.
    let mut months = String::new();
    for (week, at) in map.weeks.iter().zip((MARGIN..).step_by(usize::from(cells))) {
        let at = usize::from(at);
        let has_room = at >= months.len() && at + 3 <= usize::from(area.width);
        let name = week.month.and_then(|month| MONTHS.get(usize::from(month).saturating_sub(1)));
        if let Some(name) = name.filter(|_| has_room) {
            months += &format!("{:1$}{name} ", "", at - months.len());
        }
    }
    let mut rows = area.rows();
    if let Some(row) = rows.next() {
        frame.render_widget(Line::styled(months, scene.theme.dim()), row);
    }
    for ((place, name), row) in WEEKDAYS.iter().enumerate().zip(rows) {
        let mut line = format!(" {name:<4}");
        for week in &map.weeks {
            let day = week.days.get(place).and_then(Option::as_ref);
            let shade = day.and_then(|cell| SHADES.get(usize::from(cell.level)));
            line.push_str(shade.unwrap_or(&" "));
            line.push_str(if cells == 2 { " " } else { "" });
        }
        frame.render_widget(Line::styled(line, scene.theme.good()), row);
    }
}

fn draw_bars(sums: &[Sum], top: usize, frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
    let theme = &scene.theme;
    let width = usize::from(area.width);
    let name_room = if width >= 120 { 40 } else { 20 };
    // Behind the bar: sessions, tokens, lines, and the cost where there is room.
    let has_cost = width >= 76;
    let bar_room = width.saturating_sub(name_room + if has_cost { 44 } else { 35 });
    let mut rows = area.rows();
    if let Some(row) = rows.next() {
        let mut head = format!(
            "  {:<name_room$}{:bar_room$} {:>8} {:>7} {:>14}",
            "", "", "SESSIONS", "TOKENS", "LINES"
        );
        head += if has_cost { "     COST" } else { "" };
        frame.render_widget(Line::styled(head, theme.dim()), row);
    }
    let most = sums.iter().map(|sum| sum.sessions).max().unwrap_or(0);
    for (sum, row) in sums.iter().skip(top).zip(rows) {
        let name = if sum.name.is_empty() { "(not known)" } else { &sum.name };
        let name = text::cut_start(&text::first_line(name), name_room).into_owned();
        let tokens = dates::short_number(sum.tokens.input + sum.tokens.output);
        let cost = if has_cost { format!(" {:>8}", cost_of(&sum.cost)) } else { String::new() };
        frame.render_widget(
            Line::from(vec![
                Span::raw(format!("  {}", text::fit(&name, name_room))),
                Span::styled(bar(sum.sessions, most, bar_room), theme.heading()),
                Span::styled(format!(" {:>8}", dates::number(sum.sessions)), theme.strong()),
                Span::raw(format!(" {tokens:>7} {:>14}{cost}", lines_of(sum))),
            ]),
            row,
        );
    }
}

/// Returns a bar in `room` cells, filled to an eighth of a cell.
fn bar(value: u64, most: u64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let filled = bar_length(value, most, room.saturating_sub(1) * 8);
    let rest = EIGHTHS.get(filled % 8).unwrap_or(&"");
    text::fit(&format!("{}{rest}", "█".repeat(filled / 8)), room)
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
    fn money_is_short() {
        let shown = [0, 1_234_567, 12_345_678_901].map(dollars);
        assert_eq!(shown, ["$0.00", "$1.23", "$12,345"]);
    }
}
