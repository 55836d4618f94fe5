//! What aider did with an answer: edits that it made or could not make, files, commands, commits.

use super::Run;
use crate::aider::edits::{self, Change, Edit};
use crate::session::{Action, CallRecord, Outcome, Place, take_text};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

const EDIT: &str = "edit";
const SHELL: &str = "shell";

/// Edits that could not be made, and what aider says of it.
#[derive(Default)]
pub(super) struct Failure {
    place: Place,
    text: String,
}

impl Failure {
    /// Adds to what aider says.
    pub(super) fn add(&mut self, place: &Place, text: &str) {
        if self.text.is_empty() {
            self.place = place.clone();
        }
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// Says what a call is: aider tells of changes only when they are made.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    if name == SHELL {
        let command = take_text(&mut input, &["command"]).unwrap_or_default();
        let event_type = EventType::ShellCommand { command, exit_code: None };
        return Action::one(event_type, input, "shell");
    }
    let changes = outcome.map_or(&[][..], |outcome| &outcome.changes);
    if changes.is_empty() {
        return Action::plain(name, input, "file_write");
    }
    Action { events: changes.to_vec(), kind: "file_write" }
}

impl Run<'_> {
    /// Aider made the edits of a file.
    pub(super) fn apply(&mut self, path: &str, said: &str) {
        let edits = self.edits().map_or_else(Vec::new, |edits| edits::take(edits, path));
        let is_new = self.creatable.remove(path);
        let change = edits::events(path, &edits, is_new);
        self.call(EDIT, Map::new(), Outcome { changes: vec![change], ..said_of(said) });
    }

    /// Aider did not make the edits of a file.
    pub(super) fn refuse(&mut self, path: &str, said: &str) {
        let input = Map::from_iter([("path".to_owned(), path.into())]);
        self.call(EDIT, input, Outcome { is_error: true, ..said_of(said) });
    }

    /// Aider made an empty file.
    pub(super) fn create(&mut self, path: &str, said: &str) {
        let change = edits::events(path, &[], true);
        self.call(EDIT, Map::new(), Outcome { changes: vec![change], ..said_of(said) });
    }

    /// Aider runs a command that the model proposed; what comes out of it is not in the log.
    pub(super) fn run_command(&mut self, command: &str) {
        let input = Map::from_iter([("command".to_owned(), command.into())]);
        self.call(SHELL, input, Outcome::default());
    }

    /// Aider committed what it had changed.
    pub(super) fn commit(&mut self, id: &str, message: &str) {
        self.flush_chatter();
        self.settle_answer();
        let mut event = self.session.event(None, EventType::Custom { kind: "commit".to_owned() });
        event.attributes.set("git.commit", id);
        event.content.blocks = vec![Block::text(message)];
        self.session.push(event);
    }

    /// Tells of the edits that failed, and of those beside them that did not.
    pub(super) fn end_failure(&mut self) {
        let Some(failure) = self.failure.take().filter(|failure| !failure.text.is_empty()) else {
            return;
        };
        let place = std::mem::replace(&mut self.session.place, failure.place);
        self.session.place.raw_type = "output".to_owned();
        let failed = failed_blocks(&failure.text);
        let is_told = !failed.is_empty();
        let edits = self.edits().map(std::mem::take).unwrap_or_default();
        let failed = if is_told { failed } else { named_in(&edits, &failure.text) };
        for edit in &failed {
            let mut input = Map::from_iter([("path".to_owned(), edit.path.as_str().into())]);
            if let Change::Replace { old, new } = &edit.change {
                input.insert("search".to_owned(), json!(old));
                input.insert("replace".to_owned(), json!(new));
            }
            let outcome = Outcome { is_error: true, ..said_of(failure.text.trim_end()) };
            self.call(EDIT, input, outcome);
        }
        if failed.is_empty() {
            self.chat(failure.text.trim_end());
        }
        if is_told && failure.text.contains("applied successfully") {
            self.apply_others(edits, &failed);
        }
        self.session.place = place;
    }

    /// Of the edits that did not fail, those of each file are one call.
    fn apply_others(&mut self, edits: Vec<Edit>, failed: &[Edit]) {
        let failed: HashSet<&Edit> = failed.iter().collect();
        let mut files: Vec<(String, Vec<Edit>)> = Vec::new();
        let mut places = HashMap::new();
        for edit in edits.into_iter().filter(|edit| !failed.contains(edit)) {
            let place = *places.entry(edit.path.clone()).or_insert(files.len());
            match files.get_mut(place) {
                Some((_, of_file)) => of_file.push(edit),
                None => files.push((edit.path.clone(), vec![edit])),
            }
        }
        for (path, of_file) in files {
            let change = edits::events(&path, &of_file, false);
            let said = format!("Applied edit to {path}");
            self.call(EDIT, Map::new(), Outcome { changes: vec![change], ..said_of(&said) });
        }
    }

    /// Sends a call with what came of it.
    fn call(&mut self, name: &str, input: Map<String, Value>, outcome: Outcome) {
        self.flush_chatter();
        self.settle_answer();
        self.has_turn = true;
        let mut id = format!("line-{}", self.session.place.line);
        let mut count = 1;
        while self.session.knows_call(&id) {
            count += 1;
            id = format!("line-{}.{count}", self.session.place.line);
        }
        let record = CallRecord { id: &id, name, input, agent: None, child: None };
        self.session.open_call(record);
        self.session.answer(Some(&id), None, outcome);
    }

    /// Returns the edits of the last answer that are left.
    fn edits(&mut self) -> Option<&mut Vec<Edit>> {
        let answer = self.answer.as_mut()?;
        Some(answer.edits.get_or_insert_with(|| edits::read(&answer.text)))
    }
}

fn said_of(text: &str) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.push_text(text);
    outcome
}

/// Returns the blocks that the message shows again, as their lines were not found.
fn failed_blocks(message: &str) -> Vec<Edit> {
    let mut failed = Vec::new();
    for part in message.split("\n## SearchReplaceNoExactMatch: ").skip(1) {
        let (head, rest) = part.split_once('\n').unwrap_or((part, ""));
        let path = head.rsplit_once(" lines in ").map_or("", |(_, path)| path);
        let block = edits::read(rest).into_iter().next();
        failed.extend(block.map(|edit| Edit { path: path.to_owned(), ..edit }));
    }
    failed
}

/// Returns the edits whose files the message names, one each; of all files where it names none.
fn named_in(edits: &[Edit], message: &str) -> Vec<Edit> {
    let mut known = HashSet::new();
    let mut files: Vec<Edit> =
        edits.iter().filter(|edit| known.insert(&edit.path)).cloned().collect();
    files.retain(|edit| !edit.path.is_empty());
    let words: HashSet<&str> = message.split_whitespace().collect();
    let named = |edit: &Edit| words.contains(edit.path.as_str());
    if files.iter().any(named) {
        files.retain(named);
    }
    files
}
