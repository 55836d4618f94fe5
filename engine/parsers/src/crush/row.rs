//! The rows of sessions and messages.

use super::log::{Log, Message};
use super::part::parts;
use crate::lines::{LONGEST_LINE, line_text};
use crate::session::Tokens;
use crate::source::decompress;
use crate::sqlite::{number, real, text};
use opensession_hail::Timestamp;
use rusqlite::Row;

pub(super) const SESSION: [&str; 10] = [
    "id",
    "parent_session_id",
    "title",
    "prompt_tokens",
    "completion_tokens",
    "cost",
    "created_at",
    "updated_at",
    "summary_message_id",
    "workspace_cwd",
];

pub(super) const MESSAGE: [&str; 6] =
    ["id", "role", "model", "provider", "created_at", "is_summary_message"];

/// What a session is called before it has a title.
const NO_TITLES: [&str; 4] =
    ["New Session", "Untitled Session", "New Agent Session", "Generate a title"];

/// Larger parts are not decompressed.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What the row of a session says.
pub(super) struct Facts {
    pub id: String,
    pub title: String,
    pub tokens: Tokens,
    pub created: Option<Timestamp>,
    pub updated: String,
    pub summary: Option<String>,
    pub cwd: Option<String>,
}

impl Facts {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let get = |column: &str| -> rusqlite::Result<Option<String>> {
            Ok(text(row, column)?.filter(|text| !text.is_empty()))
        };
        // A count below zero is none.
        let count = |column: &str| -> rusqlite::Result<u64> {
            Ok(number(row, column)?.and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
        };
        let title = get("title")?.filter(|title| !NO_TITLES.contains(&title.as_str()));
        let tokens = Tokens {
            input: count("prompt_tokens")?,
            output: count("completion_tokens")?,
            cost: real(row, "cost")?.unwrap_or(0.0),
            ..Tokens::default()
        };
        Ok(Self {
            id: text(row, "id")?.unwrap_or_default(),
            title: title.unwrap_or_default(),
            tokens,
            created: get("created_at")?.and_then(|stamp| moment(&stamp)),
            updated: get("updated_at")?.unwrap_or_default(),
            summary: get("summary_message_id")?,
            cwd: get("workspace_cwd")?,
        })
    }
}

/// Returns what to select of the parts, where there is a column: what is too long to be kept is not read.
pub(super) fn select_parts(has_parts: bool) -> String {
    if !has_parts {
        return "NULL AS parts, NULL AS length".to_owned();
    }
    format!(
        "CASE WHEN octet_length(parts) <= {LONGEST_LINE} THEN parts END AS parts, \
         octet_length(parts) AS length"
    )
}

/// The row of a message.
pub(super) struct Stored {
    row: i64,
    id: String,
    role: String,
    /// JSON.
    parts: Vec<u8>,
    model: Option<String>,
    provider: Option<String>,
    created: Option<Timestamp>,
    is_summary: bool,
}

impl Stored {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let get = |column: &str| -> rusqlite::Result<Option<String>> {
            Ok(text(row, column)?.filter(|text| !text.is_empty()))
        };
        let stored = row.get_ref("parts")?.as_bytes_or_null()?;
        let parts = match (stored, number(row, "length")?) {
            // Newer versions compress them.
            (Some(stored), _) => decompress(stored, LARGEST),
            (None, Some(length)) => {
                format!("a value of {length} bytes, too long to be kept").into_bytes()
            }
            (None, None) => Vec::new(),
        };
        Ok(Self {
            row: number(row, "row")?.unwrap_or(0),
            id: text(row, "id")?.unwrap_or_default(),
            role: text(row, "role")?.unwrap_or_default(),
            parts,
            model: get("model")?,
            provider: get("provider")?,
            created: get("created_at")?.and_then(|stamp| moment(&stamp)),
            is_summary: number(row, "is_summary_message")?.unwrap_or(0) != 0,
        })
    }

    /// Tells the message. `last_turn` is the row of the last message of a person or the model.
    pub(super) fn tell(&self, facts: &Facts, last_turn: i64, log: &mut Log<'_>) {
        let json = line_text(&self.parts);
        let Some(json) = json.as_deref() else {
            log.session.record(&self.parts);
            log.session.keep_text(opensession_hail::repair(&self.parts));
            return;
        };
        let is_open = self.role == "assistant" && self.row >= last_turn && !has_ended(json);
        if is_open {
            log.session.leave_records();
            log.session.mark();
        } else {
            log.session.record(&self.parts);
        }
        // Before there was a column for it, the session named its last summary.
        let is_summary = self.is_summary || facts.summary.as_ref() == Some(&self.id);
        let fate = log.read(&Message {
            id: &self.id,
            role: &self.role,
            parts: json,
            model: self.model.as_deref(),
            provider: self.provider.as_deref(),
            created: self.created,
            is_summary,
            is_open,
        });
        // A message in which nothing stands yet has no event that holds its record back.
        if is_open && log.session.first().is_some() {
            log.session.record(&self.parts);
        }
        log.session.count(fate, json);
    }
}

/// Returns whether a message of the model says that it ended. One that ended with calls may still be cancelled.
fn has_ended(json: &str) -> bool {
    let is_end = |kind: Option<&str>, reason: Option<&str>| {
        kind == Some("finish") && !matches!(reason, None | Some("tool_use" | ""))
    };
    parts(json).unwrap_or_default().iter().any(|(part, _)| {
        let reason = part.data.0.as_ref().and_then(|data| data.reason.as_str());
        is_end(part.kind.as_str(), reason)
    })
}

/// Returns the time of a row: seconds, in some versions milliseconds or text.
fn moment(stamp: &str) -> Option<Timestamp> {
    const LAST_SECOND: i64 = 100_000_000_000;
    match stamp.parse::<i64>() {
        Ok(seconds) if (-LAST_SECOND..=LAST_SECOND).contains(&seconds) => {
            Timestamp::from_millis(seconds * 1000)
        }
        Ok(milliseconds) => Timestamp::from_millis(milliseconds),
        Err(_text) => Timestamp::parse(stamp)
            .or_else(|| Timestamp::parse(&format!("{}Z", stamp.replacen(' ', "T", 1)))),
    }
}
