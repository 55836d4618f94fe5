//! Conversations that a workspace's database holds whole: those of the chat panel, and of the first composers (2024).

use super::composer::Composer;
use super::conversation::Conversation;
use super::field::time;
use super::rows::Rows;
use super::workspace::folder_of;
use crate::error::unless_damaged;
use crate::gate::Gate;
use crate::items;
use crate::transcript::{value_of, word};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::SessionId;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The settings with conversations in them, and under which key each has their list.
const LISTS: [(&str, &str); 2] = [
    ("composer.composerData", "allComposers"),
    ("workbench.panel.aichat.view.aichat.chatdata", "tabs"),
];

/// What conversations call themselves by.
const NAMES: [&str; 4] = ["composerId", "tabId", "chatId", "id"];

/// What a person typed, in any conversation, once more.
const PROMPTS: [&str; 2] = ["aiService.prompts", "aiService.generations"];

/// Reads the conversations of a workspace's database.
pub(super) fn parse(
    rows: &Rows,
    source: &Source<'_>,
    out: &mut dyn Sink,
    report: &mut ParseReport,
) -> Result<(), ParseError> {
    let mut typed = HashMap::new();
    for key in PROMPTS {
        let Some(bytes) = rows.item(key)? else { continue };
        report.drop("list of prompts");
        let prompts = value_of(&bytes).unwrap_or_default();
        for prompt in prompts.as_array().into_iter().flatten() {
            if let (Some(text), Some(time)) =
                (word(prompt, "textDescription"), time(prompt, "unixMs"))
            {
                typed.entry(text.trim().to_owned()).or_insert(time);
            }
        }
    }
    let folder = match source.path().parent() {
        Some(workspace) => folder_of(workspace)?,
        None => None,
    };
    let mut newer = Newer { source, rows: None, is_looked_for: false };
    for (key, list) in LISTS {
        let Some(bytes) = rows.item(key)? else { continue };
        let stamp = rows.item_stamp(key)?;
        let Some(found) = items::read(&bytes, list) else {
            report.keep_unknown("unparsed");
            continue;
        };
        for item in &found.items {
            let Some(value) = value_of(item.bytes) else {
                report.keep_unknown("unparsed");
                continue;
            };
            let name = NAMES.iter().find_map(|key| word(&value, key)).map(str::to_owned);
            let composer = Composer::of_value(value, item.bytes.to_vec());
            let entries = composer.entries();
            let Some(name) = name.filter(|_| entries.iter().any(|entry| entry.bytes.is_some()))
            else {
                // Since 2025 only the conversation's name stands here.
                report.drop("conversation without messages");
                continue;
            };
            let id = SessionId::from_foreign(&name);
            if out.knows(&id, &stamp) {
                continue;
            }
            if has(rows, &name)? || newer.has(&name)? {
                report.drop("conversation that moved to the user's database");
                continue;
            }
            let mut gate = Gate::new(out, id.clone());
            let mut conversation =
                Conversation::begin(&mut gate, &id, &name, &composer, None, folder.as_deref());
            conversation.typed.clone_from(&typed);
            conversation.storage = source.path().parent().and_then(Path::parent);
            conversation.read(&entries, composer.is_generating())?;
            report.add(&conversation.finish(composer.is_over()));
            report.understand("composer");
        }
    }
    Ok(())
}

/// The user's database beside a workspace's, where conversations were moved to.
struct Newer<'s> {
    source: &'s Source<'s>,
    rows: Option<Rows>,
    is_looked_for: bool,
}

impl Newer<'_> {
    fn has(&mut self, name: &str) -> Result<bool, ParseError> {
        if !self.is_looked_for {
            self.is_looked_for = true;
            self.rows = self.open()?;
        }
        self.rows.as_ref().map_or(Ok(false), |rows| has(rows, name))
    }

    fn open(&self) -> Result<Option<Rows>, ParseError> {
        let Some(path) = user_database(self.source.path()) else { return Ok(None) };
        let mut source = Source::file(&path);
        if let Some(scratch) = self.source.scratch() {
            source = source.with_scratch(scratch);
        }
        // One that cannot be copied now may have the conversation: it must not be told twice.
        unless_damaged(Rows::open(&source))
    }
}

/// Returns the user's database, for a workspace's.
fn user_database(workspace: &Path) -> Option<PathBuf> {
    let storage = workspace.parent()?.parent()?;
    let is_storage = storage.file_name().is_some_and(|name| name == "workspaceStorage");
    let path = storage.parent()?.join("globalStorage/state.vscdb");
    (is_storage && path.is_file()).then_some(path)
}

/// Returns whether the database has messages of the conversation.
fn has(rows: &Rows, name: &str) -> Result<bool, ParseError> {
    if rows.has_bubbles(name)? {
        return Ok(true);
    }
    let value = rows.value(&format!("composerData:{name}"))?.flatten();
    let composer = value.and_then(|bytes| Some(Composer::of_value(value_of(&bytes)?, bytes)));
    Ok(composer.is_some_and(|composer| composer.entries().iter().any(|it| it.bytes.is_some())))
}
