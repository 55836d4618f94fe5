//! A database of the editor, from its first conversation to its last.

use super::call::child_session;
use super::chat;
use super::composer::{Composer, Entry};
use super::conversation::{Conversation, PERSON, entries_by_time};
use super::rows::Rows;
use super::workspace::{Workspaces, path_of};
use crate::gate::Gate;
use crate::transcript::{list, value_of, word};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::SessionId;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;

/// The setting that lists the conversations, before Cursor 3.12 had a table for them.
const LIST: &str = "composer.composerHeaders";

/// Reads every conversation that the database has.
pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let rows = Rows::open(source)?;
    if !rows.is_editors() {
        return Err(source.foreign(super::TOOL.as_str()));
    }
    let list = rows.item(LIST)?.as_deref().and_then(value_of).unwrap_or_default();
    let mut listed = HashMap::new();
    for head in self::list(&list, "allComposers") {
        if let Some(id) = word(head, "composerId") {
            listed.entry(id.to_owned()).or_insert_with(|| head.clone());
        }
    }
    let workspaces = Workspaces::beside(source);
    let (ties, report) = (RefCell::default(), ParseReport::default());
    let mut editor = Editor { rows: &rows, listed, ties, workspaces, report };
    for name in rows.composers()? {
        editor.read_composer(&name, out)?;
    }
    let mut report = editor.report;
    chat::parse(&rows, source, out, &mut report)?;
    Ok(report)
}

/// Whose conversation one is.
#[derive(Clone, Debug, Default)]
struct Ties {
    parent: Option<String>,
    /// The call of the parent's that started it.
    call: Option<String>,
}

/// The conversations of a database.
struct Editor<'r> {
    rows: &'r Rows,
    /// What that setting says of each.
    listed: HashMap<String, Value>,
    /// What others said of the conversations that they name.
    ties: RefCell<HashMap<String, Ties>>,
    workspaces: Workspaces<'r>,
    report: ParseReport,
}

impl Editor<'_> {
    fn read_composer(&mut self, name: &str, out: &mut dyn Sink) -> Result<(), ParseError> {
        let stamp = self.rows.stamp(name)?;
        let mut id = SessionId::from_foreign(name);
        if out.knows(&id, &stamp) {
            return Ok(());
        }
        let composer = Composer::find(self.rows, name, &self.listed)?;
        let parent = composer.parent().filter(|parent| *parent != name);
        if let Some(parent) = parent {
            id = child_session(parent, name);
            if out.knows(&id, &stamp) {
                return Ok(());
            }
        }
        let mut entries = composer.entries();
        if entries.is_empty() {
            entries = entries_by_time(self.rows, name)?;
        }
        self.count(&composer, entries.is_empty());
        if entries.is_empty() {
            return Ok(());
        }
        let folder = self.folder(name, &composer, &entries)?;
        let mut gate = Gate::new(out, id.clone());
        let rows = Some(self.rows);
        let mut conversation =
            Conversation::begin(&mut gate, &id, name, &composer, rows, folder.as_deref());
        conversation.storage = Some(self.workspaces.storage());
        if let Some(parent) = parent {
            let above = self.ties(parent)?.parent.filter(|above| above != parent);
            let parent_id = SessionId::from_foreign(parent);
            let parent_id = above.map_or(parent_id, |above| child_session(&above, parent));
            conversation.belong_to(&parent_id);
        }
        for child in composer.children() {
            if let Some(call) = self.ties(child)?.call {
                conversation.children.insert(call, child.to_owned());
            }
        }
        let is_over = composer.is_over();
        conversation.read(&entries, composer.is_generating())?;
        if let Some(bytes) = composer.bytes.as_deref().filter(|_| !composer.is_readable()) {
            conversation.keep_value(bytes);
        }
        let report = conversation.finish(is_over);
        self.report.add(&report);
        Ok(())
    }

    /// Returns whose conversation another one is; each is read for it once, however many name it.
    fn ties(&self, id: &str) -> Result<Ties, ParseError> {
        if let Some(known) = self.ties.borrow().get(id) {
            return Ok(known.clone());
        }
        let told = Composer::find(self.rows, id, &self.listed)?;
        let ties = Ties {
            parent: told.parent().map(str::to_owned),
            call: told.parent_call().map(str::to_owned),
        };
        self.ties.borrow_mut().insert(id.to_owned(), ties.clone());
        Ok(ties)
    }

    /// Counts the conversation's own value.
    fn count(&mut self, composer: &Composer, is_empty: bool) {
        match &composer.bytes {
            None => {}
            // With messages it is kept as it is, and counted with them.
            Some(_) if !composer.is_readable() && !is_empty => {}
            Some(_) if !composer.is_readable() => self.report.keep_unknown("unparsed"),
            Some(_) if is_empty => self.report.drop("conversation without messages"),
            Some(_) => self.report.understand("composer"),
        }
    }

    /// Returns the folder that the conversation is about, by what tells it best.
    fn folder(
        &mut self,
        name: &str,
        composer: &Composer,
        entries: &[Entry],
    ) -> Result<Option<String>, ParseError> {
        let told = composer.folder();
        if told.is_some() {
            return Ok(told);
        }
        let row = self.rows.workspace(name)?;
        for workspace in [composer.workspace(), row.as_deref()].into_iter().flatten() {
            let told = self.workspaces.folder(workspace)?;
            if told.is_some() {
                return Ok(told);
            }
        }
        let told = self.workspaces.folder_with(name)?;
        if told.is_some() {
            return Ok(told);
        }
        if let Some(prompt) = entries.iter().find(|entry| entry.speaker == PERSON) {
            let bubble = self.rows.value(&format!("bubbleId:{name}:{}", prompt.id))?.flatten();
            if let Some(told) = bubble.as_deref().and_then(folder_of_prompt) {
                return Ok(Some(told));
            }
        }
        let request = self.rows.first_below(&format!("messageRequestContext:{name}"))?;
        Ok(request.as_deref().and_then(folder_of_request))
    }
}

fn folder_of_prompt(bubble: &[u8]) -> Option<String> {
    list(&value_of(bubble)?, "workspaceUris").first()?.as_str().map(path_of)
}

/// Returns the folder whose contents were sent with a request.
fn folder_of_request(context: &[u8]) -> Option<String> {
    let context = value_of(context)?;
    let layout = match list(&context, "projectLayouts").first()? {
        Value::String(text) => value_of(text.as_bytes())?,
        layout => layout.clone(),
    };
    let root = layout.get("listDirV2Result")?.get("directoryTreeRoot")?;
    word(root, "absPath").map(str::to_owned)
}
