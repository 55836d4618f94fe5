//! Statistics on a screen: lines, a heatmap of days, tables with bars.

use super::symbols::Symbols;
use crate::columns::wrap;
use crate::figures::{amount, dollars, duration, number, plural};
use crate::output::Screen;
use crate::style::{self, Style};
use crate::table::{self, Column, Fit};
use opensession_engine::{Clock, Cost, Dimension, Heatmap, Sum, Tokens};
use std::io;

/// Weeks of a year that began in the middle of one.
const YEAR: usize = 53;
/// Columns before the weeks.
const MARGIN: usize = 5;
/// What a pipe is taken to have.
const COLUMNS: usize = 80;
const BAR: usize = 12;
/// Columns before the figures of the sum.
const ABOUT: usize = 8;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mon", "", "Wed", "", "Fri", "", ""];

/// Writes what everything adds up to.
pub(super) fn write_sum(screen: &mut Screen, all: &Sum) -> io::Result<()> {
    let sessions = plural(all.sessions, "session");
    let sum = format!(
        "{sessions}, {}, {}, {} active, +{} -{} lines",
        plural(all.prompts, "prompt"),
        plural(all.events, "event"),
        duration(all.active_seconds),
        number(all.lines_added),
        number(all.lines_removed)
    );
    for line in wrap(&sum, screen.width()) {
        let rest = line.strip_prefix(&sessions);
        screen.styled(style::STRONG, rest.map_or("", |_| &sessions))?;
        screen.line(rest.unwrap_or(&line))?;
    }
    let Tokens { input, output, cache_read, cache_write } = all.tokens;
    let tokens = format!(
        "{} in, {} out, {} read from a cache, {} written to one",
        amount(input),
        amount(output),
        amount(cache_read),
        amount(cache_write)
    );
    write_figure(screen, "tokens", &tokens)?;
    write_figure(screen, "cost", &cost_in_words(&all.cost))
}

/// Writes words beside what they are about, broken where they do not fit.
fn write_figure(screen: &mut Screen, about: &str, words: &str) -> io::Result<()> {
    let room = screen.width().map(|width| width.saturating_sub(ABOUT).max(ABOUT));
    for (place, line) in wrap(words, room).iter().enumerate() {
        let about = if place == 0 { about } else { "" };
        screen.line(&format!("{about:ABOUT$}{line}"))?;
    }
    Ok(())
}

fn cost_in_words(cost: &Cost) -> String {
    let Some(micros) = cost.known() else {
        return match cost.unknown_tokens {
            0 => "not known".to_owned(),
            _ => "not known: the models have no price (docs/prices.md)".to_owned(),
        };
    };
    let mut words = dollars(micros);
    if cost.unknown_tokens > 0 {
        let all = u128::from(cost.known_tokens) + u128::from(cost.unknown_tokens);
        let percent = u128::from(cost.known_tokens) * 100 / all;
        words += &format!(" for {percent} % of the tokens; the others have no price");
    }
    if cost.stated_micros > 0 {
        words += &format!("; {} of it as the tools' logs state it", dollars(cost.stated_micros));
    }
    words
}

/// Writes the sessions of each day, as many weeks as fit.
pub(super) fn write_heatmap(
    screen: &mut Screen,
    symbols: Symbols,
    days: &[Sum],
    clock: &Clock,
) -> io::Result<()> {
    let room = screen.width().unwrap_or(COLUMNS).saturating_sub(MARGIN);
    let cell = if room >= YEAR * 2 { 2 } else { 1 };
    let weeks = (room / cell).clamp(1, YEAR);
    let sessions = days.iter().map(|day| (day.name.as_str(), day.sessions));
    let map = Heatmap::new(sessions, clock, weeks);
    screen.line("")?;
    screen.styled(style::DIM, format!("{:MARGIN$}{}", "", months(&map, cell)).trim_end())?;
    screen.line("")?;
    for (place, name) in DAYS.into_iter().enumerate() {
        screen.styled(style::DIM, &format!("{name:MARGIN$}"))?;
        let cells = map.weeks.iter().map(|week| {
            let day = week.days.get(place).and_then(Option::as_ref);
            let level = day.and_then(|day| symbols.levels.get(usize::from(day.level)));
            format!("{:cell$}", level.copied().unwrap_or(' '))
        });
        let cells: String = cells.collect();
        screen.styled(style::GOOD, cells.trim_end())?;
        screen.line("")?;
    }
    let levels: String = symbols.levels.iter().collect();
    screen.styled(style::DIM, &format!("{:MARGIN$}sessions a day: few {levels} many\n", ""))
}

/// Returns the names of the months over the weeks in which they begin, as far as they fit.
fn months(map: &Heatmap, cell: usize) -> String {
    let mut line = String::new();
    for (place, week) in map.weeks.iter().enumerate() {
        let name = week.month.and_then(|month| MONTHS.get(usize::from(month).checked_sub(1)?));
        let at = place * cell;
        let fits = at + 3 <= map.weeks.len() * cell && (line.is_empty() || at > line.len());
        if let Some(name) = name.filter(|_| fits) {
            line = format!("{line:at$}{name}");
        }
    }
    line
}

/// Writes a table of sums: at most `limit` lines, of days the last ones.
pub(super) fn write_table(
    screen: &mut Screen,
    symbols: Symbols,
    by: Dimension,
    sums: &[Sum],
    limit: usize,
) -> io::Result<()> {
    let hidden = sums.len().saturating_sub(limit);
    let shown = match by {
        Dimension::Day => sums.get(hidden..),
        _ => sums.get(..sums.len() - hidden),
    };
    let shown = shown.unwrap_or(sums);
    let most = shown.iter().map(|sum| sum.sessions).max().unwrap_or(0);
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|sum| {
            let bar = symbols.bar(sum.sessions, most, BAR);
            let name = if sum.name.is_empty() { "(not known)" } else { &sum.name };
            let lines = format!("+{} -{}", number(sum.lines_added), number(sum.lines_removed));
            let mut row = vec![name.to_owned(), bar, number(sum.sessions)];
            if by == Dimension::File {
                row.extend([number(sum.events), lines]);
            } else {
                let used = [amount(sum.tokens.sum()), cost_in_short(&sum.cost)];
                row.push(number(sum.prompts));
                row.extend(used);
                row.extend([duration(sum.active_seconds), lines]);
            }
            row
        })
        .collect();
    screen.line("")?;
    table::write(screen, &columns(by), &rows)?;
    match (hidden, by) {
        (0, _) => Ok(()),
        (_, Dimension::Day) => screen.styled(
            style::DIM,
            &format!("{} before; --limit shows more\n", plural(hidden as u64, "day")),
        ),
        _ => screen.styled(
            style::DIM,
            &format!("and {} more; --limit shows more\n", number(hidden as u64)),
        ),
    }
}

/// Returns a cost; with a plus where some tokens have no price.
fn cost_in_short(cost: &Cost) -> String {
    match (cost.known(), cost.unknown_tokens) {
        (None, _) => "-".to_owned(),
        (Some(micros), 0) => dollars(micros),
        (Some(micros), _) => format!("{}+", dollars(micros)),
    }
}

fn columns(by: Dimension) -> Vec<Column> {
    let column = |head, style: Style, right, fit, rank| Column { head, style, right, fit, rank };
    let (head, fit) = match by {
        Dimension::Day => ("DAY", Fit::Keep),
        Dimension::Tool => ("TOOL", Fit::CutEnd(12)),
        Dimension::Model => ("MODEL", Fit::CutEnd(12)),
        Dimension::Repo => ("REPOSITORY", Fit::CutEnd(12)),
        Dimension::Author => ("AUTHOR", Fit::CutEnd(12)),
        Dimension::File => ("FILE", Fit::CutStart(20)),
    };
    let figure = |head, rank| column(head, style::PLAIN, true, Fit::Keep, rank);
    let mut columns = vec![
        column(head, style::NAME, false, fit, 0),
        column("", style::GOOD, false, Fit::Keep, 5),
        figure("SESSIONS", 0),
    ];
    if by == Dimension::File {
        columns.extend([figure("EDITS", 1), figure("LINES", 2)]);
    } else {
        columns.extend([
            figure("PROMPTS", 3),
            figure("TOKENS", 1),
            figure("COST", 0),
            figure("ACTIVE", 4),
            figure("LINES", 2),
        ]);
    }
    columns
}

#[cfg(test)]
mod tests;
