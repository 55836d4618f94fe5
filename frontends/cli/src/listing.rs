//! Sessions as a table, and the short ids that name them.

use crate::figures::{age, number};
use crate::output::Screen;
use crate::style;
use crate::surroundings::Surroundings;
use crate::table::{self, Column, Fit};
use opensession_engine::hail::{EventId, attribute};
use opensession_engine::{Listing, SessionRow};
use opensession_tui::resume::quote;
use std::io;

/// Shorter ids would soon name several sessions.
const SHORTEST_ID: usize = 8;

const COLUMNS: [Column; 9] = [
    column("ID", style::NAME, false, Fit::Keep, 0),
    column("WHEN", style::PLAIN, false, Fit::Keep, 0),
    column("TOOL", style::PLAIN, false, Fit::Keep, 0),
    column("TITLE", style::STRONG, false, Fit::CutEnd(26), 0),
    column("FOLDER", style::DIM, false, Fit::CutStart(12), 1),
    column("PROMPTS", style::PLAIN, true, Fit::Keep, 2),
    column("LINES", style::PLAIN, true, Fit::Keep, 3),
    column("TOOLS", style::PLAIN, true, Fit::Keep, 4),
    column("EVENTS", style::PLAIN, true, Fit::Keep, 5),
];

const fn column(
    head: &'static str,
    style: style::Style,
    right: bool,
    fit: Fit,
    rank: u8,
) -> Column {
    Column { head, style, right, fit, rank }
}

/// Writes the sessions as a table.
pub(crate) fn write(
    screen: &mut Screen,
    rows: &[SessionRow],
    place: &Surroundings,
) -> io::Result<()> {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let stats = &row.stats;
            vec![
                short_id(row, rows).to_owned(),
                age(row.header.context.created_at, place.now),
                row.key.tool().to_owned(),
                row.header.context.title.clone().unwrap_or_else(|| "(no title)".to_owned()),
                row.header.cwd().map_or_else(String::new, |cwd| place.short_path(cwd)),
                number(stats.user_message_count),
                format!("+{} -{}", number(stats.lines_added), number(stats.lines_removed)),
                number(stats.tool_call_count),
                number(stats.event_count),
            ]
        })
        .collect();
    table::write(screen, &COLUMNS, &cells)
}

/// Says on standard error what a list could not read; returns whether sessions are missing from it.
pub(crate) fn write_damage(screen: &mut Screen, listing: &Listing) -> io::Result<bool> {
    if let Some(reason) = &listing.tip {
        screen.warning(&format!(
            "the newest state cannot be read, an older one is shown: {reason}"
        ))?;
    }
    for error in &listing.damaged {
        screen.warning(&format!("left out: {error}"))?;
    }
    Ok(!listing.damaged.is_empty())
}

/// Returns the shortest beginning of the session's id that names no other session of `rows`.
pub(crate) fn short_id<'r>(row: &'r SessionRow, rows: &[SessionRow]) -> &'r str {
    let id = row.key.id();
    // Anything shorter than the parent's id names the parent.
    let parent = row.header.context.attributes.str(attribute::PARENT_SESSION_ID);
    let own = parent.filter(|parent| id.starts_with(parent)).map_or(0, |parent| parent.len() + 1);
    let shared = rows
        .iter()
        .map(|other| other.key.id())
        .filter(|other| *other != id && !is_below(other, id))
        .map(|other| id.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count())
        .max()
        .unwrap_or(0);
    id.get(..SHORTEST_ID.max(own + SHORTEST_ID).max(shared + 1)).unwrap_or(id)
}

/// Returns the command that shows an event of a session.
pub(crate) fn show_command(session: &str, event: &EventId) -> String {
    // The beginning of an id names the event too.
    let event = event.as_str().split(char::is_control).next().unwrap_or_default();
    format!("opensession show {session} --event {}", quote(event))
}

/// Whether `id` is that of a sub-agent or fork of `root`: it does not make the beginning of `root` ambiguous.
fn is_below(id: &str, root: &str) -> bool {
    id.strip_prefix(root).is_some_and(|rest| rest.starts_with(['.', '~']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_engine::Origin;
    use opensession_engine::hail::{Header, SessionId, SessionKey, Stats};

    fn row(id: &str, parent: Option<&str>) -> SessionRow {
        let id = SessionId::new(id).unwrap();
        let key = SessionKey::new("codex", &id);
        let mut header = Header::new(id, "codex", "openai");
        header.context.attributes.set_some(attribute::PARENT_SESSION_ID, parent);
        SessionRow { key, header, stats: Stats::default(), origin: Origin::Home }
    }

    #[test]
    fn commands_hold_ids_as_one_word() {
        let cases = [
            ("line-3", "line-3"),
            ("call_1#2", "'call_1#2'"),
            ("a'b $(rm)", r"'a'\''b $(rm)'"),
            ("call_k\nfc_0/result", "call_k"),
        ];
        for (id, word) in cases {
            let command = show_command("53ea", &EventId::new(id));
            assert_eq!(command, format!("opensession show 53ea --event {word}"));
        }
    }

    #[test]
    fn short_ids_name_one_session() {
        let rows = [
            row("019a1111-aaaa-1", None),
            row("019a1111-aaaa-2", None),
            row("53ea19c1-bbbb", None),
            row("53ea19c1-bbbb.agent-0123456789", Some("53ea19c1-bbbb")),
            row("short", None),
        ];
        let ids: Vec<&str> = rows.iter().map(|row| short_id(row, &rows)).collect();
        assert_eq!(
            ids,
            ["019a1111-aaaa-1", "019a1111-aaaa-2", "53ea19c1", "53ea19c1-bbbb.agent-01", "short"]
        );
    }
}
