//! The rows of the database, in any version of its schema.

use super::log::Log;
use super::record::Metadata;
use crate::lenient::{Object, Text};
use crate::session::Tokens;
use crate::sqlite::{number, real, text};
use opensession_hail::{SessionId, Timestamp};
use rusqlite::Row;
use serde::Deserialize;

pub(super) const SESSION: [&str; 20] = [
    "id",
    "name",
    "description",
    "user_set_name",
    "session_type",
    "working_dir",
    "created_at",
    "updated_at",
    "provider_name",
    "model_config_json",
    "parent_session_id",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "accumulated_input_tokens",
    "accumulated_output_tokens",
    "accumulated_cache_read_tokens",
    "accumulated_cache_write_tokens",
    "accumulated_cost",
];

pub(super) const MESSAGE: [&str; 7] =
    ["id", "message_id", "role", "content_json", "created_timestamp", "timestamp", "metadata_json"];

pub(super) const REQUEST: [&str; 8] = [
    "id",
    "created_timestamp",
    "model",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cost",
];

/// What a session is called before it has a name.
const NO_NAMES: [&str; 5] =
    ["CLI Session", "New Chat", "New session", "ACP Session", "Delegated task"];

/// What the row of a session says.
pub(super) struct Facts {
    name: String,
    cwd: String,
    pub(super) updated: String,
    created: Option<Timestamp>,
    provider: Option<String>,
    model: Option<String>,
    parent: Option<String>,
    is_agents: bool,
    pub(super) sums: Tokens,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ModelConfig<'a> {
    #[serde(borrow)]
    model_name: Text<'a>,
}

impl Facts {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let get = |column: &str| -> rusqlite::Result<Option<String>> {
            Ok(text(row, column)?.filter(|text| !text.is_empty()))
        };
        let name = get("name")?.or(get("description")?).unwrap_or_default();
        let is_given = number(row, "user_set_name")?.unwrap_or(0) != 0;
        let is_name = is_given || !NO_NAMES.contains(&name.as_str());
        let config = get("model_config_json")?.unwrap_or_default();
        // What is no JSON names no model.
        let config: Object<ModelConfig<'_>> = serde_json::from_str(&config).unwrap_or(Object(None));
        let model = config.0.and_then(|config| config.model_name.into_string());
        let whole = tokens(row, ["accumulated_", "cost"])?;
        let sums = if whole.is_zero() { tokens(row, ["", ""])? } else { whole };
        Ok(Self {
            name: Some(name).filter(|_| is_name).unwrap_or_default(),
            cwd: get("working_dir")?.unwrap_or_default(),
            updated: get("updated_at")?.unwrap_or_default(),
            created: get("created_at")?.and_then(|stamp| moment(&stamp)),
            provider: get("provider_name")?,
            model,
            parent: get("parent_session_id")?,
            is_agents: get("session_type")?.as_deref() == Some("sub_agent"),
            sums,
        })
    }

    pub(super) fn session_id(&self, id: &str) -> SessionId {
        match &self.parent {
            Some(parent) => SessionId::from_foreign(parent).child(id),
            None => SessionId::from_foreign(id),
        }
    }

    pub(super) fn tell(&self, log: &mut Log<'_>) {
        let meta = &mut log.session.meta;
        meta.visit(&self.cwd);
        meta.rename(&self.name);
        meta.started = self.created;
        meta.provider.clone_from(&self.provider);
        meta.model.clone_from(&self.model);
        let parent = self.parent.as_deref();
        meta.parent = parent.map(|id| SessionId::from_foreign(id).as_str().to_owned());
        meta.is_auxiliary = self.is_agents || parent.is_some();
    }
}

/// The row of a message.
pub(super) struct Stored {
    pub(super) row: i64,
    pub(super) id: Option<String>,
    pub(super) role: String,
    pub(super) content: String,
    pub(super) created: Option<i64>,
    /// When the row was written, in seconds.
    pub(super) written: Option<i64>,
    metadata: String,
}

impl Stored {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let written = text(row, "timestamp")?.and_then(|stamp| moment(&stamp));
        Ok(Self {
            row: number(row, "id")?.unwrap_or(0),
            id: text(row, "message_id")?.filter(|id| !id.is_empty()),
            role: text(row, "role")?.unwrap_or_default(),
            content: text(row, "content_json")?.unwrap_or_default(),
            created: number(row, "created_timestamp")?,
            written: written.map(|time| time.as_millis().div_euclid(1000)),
            metadata: text(row, "metadata_json")?.unwrap_or_default(),
        })
    }

    /// Returns who the message is for: everybody, where it does not say so.
    pub(super) fn metadata(&self) -> Metadata<'_> {
        let metadata: Object<Metadata<'_>> =
            serde_json::from_str(&self.metadata).unwrap_or(Object(None));
        metadata.0.unwrap_or_default()
    }
}

/// A row of the ledger.
pub(super) struct Request {
    pub(super) id: i64,
    pub(super) written: i64,
    pub(super) model: Option<String>,
    pub(super) tokens: Tokens,
}

impl Request {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: number(row, "id")?.unwrap_or(0),
            written: number(row, "created_timestamp")?.unwrap_or(0),
            model: text(row, "model")?.filter(|model| !model.is_empty()),
            tokens: tokens(row, ["", "cost"])?,
        })
    }
}

/// Returns the tokens in a row's columns: what comes before their names, and the name of the cost's column. Input counts
/// what came from a cache or went to one; a count below zero is none.
fn tokens(row: &Row<'_>, [before, cost]: [&str; 2]) -> rusqlite::Result<Tokens> {
    let get = |name: &str| -> rusqlite::Result<u64> {
        let number = number(row, &format!("{before}{name}_tokens"))?;
        Ok(number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
    };
    let (read, written) = (get("cache_read")?, get("cache_write")?);
    let cost = match cost {
        "" => 0.0,
        cost => real(row, &format!("{before}{cost}"))?.unwrap_or(0.0),
    };
    Ok(Tokens {
        input: get("input")?.saturating_sub(read).saturating_sub(written),
        cache_read: read,
        cache_write: written,
        output: get("output")?,
        cost,
    })
}

/// Returns the time that the database writes as `2026-08-03 10:20:30`, in UTC.
fn moment(stamp: &str) -> Option<Timestamp> {
    Timestamp::parse(stamp)
        .or_else(|| Timestamp::parse(&format!("{}Z", stamp.replacen(' ', "T", 1))))
}
