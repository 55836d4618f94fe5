//! The records of a log, one after the other: headers, changes, and messages.

use super::location;
use super::message::{Live, Read};
use super::project::Project;
use super::record::{KNOWN, Record};
use crate::genai::describe;
use crate::records;
use crate::session::{Fate, Place, Session};
use crate::{ParseReport, Sink};
use opensession_hail::{SessionId, Timestamp};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::path::Path;

/// Whose log it is: Qwen Code once wrote the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flavour {
    /// The tool's name in headers and errors.
    pub tool: &'static str,
    /// Who serves the model.
    pub provider: &'static str,
}

/// Reads the records of one log.
pub(super) struct Log<'s> {
    pub(super) session: Session<'s>,
    pub(super) project: Project,
    /// The messages that still count, in order.
    pub(super) live: Vec<Live>,
    /// Where each of them stands, by its id.
    pub(super) places: HashMap<String, usize>,
    /// Some message had tokens: the next ones will.
    pub(super) counts_tokens: bool,
    /// A later line may write the last message anew.
    pub(super) is_json_lines: bool,
    pub(super) path: &'s Path,
    flavour: Flavour,
    is_searched: bool,
    /// Why no record is kept.
    left_out: Option<&'static str>,
}

impl records::Log for Log<'_> {
    type Record<'a> = Record<'a>;

    fn place(&mut self) -> &mut Place {
        &mut self.session.place
    }

    fn read_record(&mut self, record: &Record<'_>, json: &str) {
        if let Some(reason) = self.left_out {
            self.session.count(Fate::Dropped(reason), json);
            return;
        }
        let stamp = record.timestamp.as_str().and_then(Timestamp::parse);
        let (name, fate) = if let Some(target) = record.rewind_to.filled() {
            self.begin(None, None);
            self.session.set_time(None);
            self.session.place.raw_type = "$rewindTo".to_owned();
            self.rewind(target);
            ("$rewindTo".to_owned(), Fate::Understood)
        } else if let Some(set) = record.set {
            self.session.place.raw_type = "$set".to_owned();
            ("$set".to_owned(), self.read_change(set))
        } else if record.is_message() {
            self.begin(None, None);
            let name = record.message_type.filled().or(record.role.filled()).unwrap_or("message");
            self.session.place.raw_type = name.to_owned();
            self.session.set_time(stamp);
            (name.to_owned(), self.read_message(record, Read::Message))
        } else if record.is_header() {
            self.session.place.raw_type = "header".to_owned();
            self.read_facts(record);
            let read = record.messages.or(record.history);
            read.into_iter().for_each(|messages| self.read_copies(messages));
            ("header".to_owned(), Fate::Understood)
        } else {
            self.begin(None, None);
            self.session.set_time(stamp);
            (record.message_type.filled().unwrap_or("record").to_owned(), Fate::Unknown)
        };
        self.session.place.raw_type = name;
        self.count(fate, json);
    }

    fn keep_text(&mut self, text: String) {
        self.begin(None, None);
        self.session.keep_text(text);
    }
}

impl<'s> Log<'s> {
    /// Returns a reader for the log at `path`.
    pub(super) fn new(path: &'s Path, sink: &'s mut dyn Sink, flavour: Flavour) -> Self {
        Self {
            session: Session::new(sink, describe).knowing(&KNOWN),
            project: Project::default(),
            live: Vec::new(),
            places: HashMap::new(),
            counts_tokens: false,
            is_json_lines: false,
            path,
            flavour,
            is_searched: false,
            left_out: None,
        }
    }

    /// Counts the records, and keeps none.
    pub(super) fn leave_out(&mut self, reason: &'static str) {
        self.left_out = Some(reason);
    }

    /// Reads the header of a document.
    pub(super) fn read_header(&mut self, document: &Record<'_>) {
        self.session.place = Place { line: 1, offset: 0, raw_type: "header".to_owned() };
        self.read_facts(document);
        self.count(Fate::Understood, "");
    }

    /// Reads a message of a document; `number` counts them from 1.
    pub(super) fn read_item(&mut self, number: u64, offset: u64, json: &str) {
        self.session.place = Place { line: number, offset, raw_type: String::new() };
        if !records::read_object(json, self) {
            self.session.keep_text(json.to_owned());
        }
    }

    /// Ends the session, and returns what became of the records.
    pub(super) fn finish(mut self) -> ParseReport {
        self.close_log();
        self.session.finish(self.flavour.tool, self.flavour.provider)
    }

    /// Reads a change of the header, with the copies of messages that it may hold.
    fn read_change(&mut self, set: &RawValue) -> Fate {
        let Ok(change) = serde_json::from_str::<Record<'_>>(set.get()) else {
            self.begin(None, None);
            return Fate::Unknown;
        };
        self.read_facts(&change);
        if let Some(messages) = change.messages {
            self.read_copies(messages);
        }
        Fate::Understood
    }

    /// Reads messages that a header or a change holds: those not known are new, and of the others their results.
    ///
    /// What is missing in the list is no rewind: the model's memory is made shorter, and the conversation is not. What
    /// is no message tells nothing new.
    fn read_copies(&mut self, messages: &RawValue) {
        let messages: Vec<&RawValue> = serde_json::from_str(messages.get()).unwrap_or_default();
        for message in messages {
            let Ok(record) = serde_json::from_str::<Record<'_>>(message.get()) else {
                continue;
            };
            if record.is_message() {
                let stamp = record.timestamp.as_str().and_then(Timestamp::parse);
                let name = record.message_type.filled().or(record.role.filled());
                self.session.place.raw_type = name.unwrap_or("message").to_owned();
                self.session.set_time(stamp);
                self.read_message(&record, Read::Copy);
            }
        }
    }

    fn read_facts(&mut self, record: &Record<'_>) {
        let meta = &mut self.session.meta;
        let started = record.start_time.as_str().and_then(Timestamp::parse);
        meta.started = meta.started.or(started);
        if let Some(title) = record.summary.filled() {
            meta.rename(title);
        }
        if let Some(hash) = record.project_hash.filled() {
            self.project.name(hash);
        }
        self.begin(record.session_id.filled(), record.kind.filled());
        if !self.is_searched {
            self.is_searched = true;
            if let Some(cwd) = self.project.find_beside(self.path) {
                self.session.meta.visit(&cwd);
            }
        }
        // The first of them is the one that the session began in.
        for folder in record.directories.0.iter().filter_map(|folder| folder.filled()) {
            let root = self.project.try_path(folder);
            root.iter().for_each(|root| self.session.meta.visit(root));
            self.session.meta.visit(folder);
        }
    }

    /// Begins the session with its first record. A sub-agent's has its parent's id in front, by its folder.
    fn begin(&mut self, id: Option<&str>, kind: Option<&str>) {
        if self.session.id().is_some() || self.left_out.is_some() {
            return;
        }
        let stem = location::stem(self.path);
        let parent = location::parent(self.path);
        self.session.meta.is_auxiliary = parent.is_some() || kind == Some("subagent");
        let own = id.unwrap_or(&stem);
        let id = match &parent {
            Some(parent) => SessionId::from_foreign(parent).child(own),
            // Versions before the folders gave sub-agents the id of their parent, and a file of their own.
            None if kind == Some("subagent") => SessionId::from_foreign(own).child(&stem),
            None => SessionId::from_foreign(own),
        };
        self.session.meta.parent =
            parent.map(|parent| SessionId::from_foreign(&parent).as_str().to_owned());
        self.session.begin(|| id);
    }

    fn count(&mut self, fate: Fate, json: &str) {
        match self.left_out {
            Some(reason) => self.session.count(Fate::Dropped(reason), json),
            None => self.session.count(fate, json),
        }
    }
}
