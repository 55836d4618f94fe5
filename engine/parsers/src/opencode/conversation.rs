//! A session while its messages are read, one after the other.

use super::invocation::describe;
use super::known;
use super::message::{Message, Part, UNPARSED, text};
use super::stored::Object;
use crate::members::Members;
use crate::session::{Fate, Session};
use crate::unique::UniqueIds;
use crate::{ParseReport, Sink};
use opensession_hail::{Block, EventId, EventType, SessionId, Timestamp};
use serde_json::Value;

/// What the tool says of a session beside its messages.
#[derive(Debug, Default)]
pub(super) struct About {
    pub id: String,
    pub parent: Option<String>,
    pub forked_from: Option<String>,
    pub directory: Option<String>,
    pub title: Option<String>,
    pub version: Option<String>,
    /// From where on the user took the session back: `{messageID, partID?}`.
    pub revert: Option<Object>,
}

/// The state of one session.
pub(super) struct Conversation<'s> {
    pub(super) session: Session<'s>,
    /// The ids of calls that were given.
    pub(super) calls: UniqueIds,
    /// The parts of the present message are records of their own.
    counts_parts: bool,
    /// The message, or the part, from which on the session was taken back.
    undone: Option<String>,
    is_undone: bool,
    message_members: Members,
    part_members: Members,
}

impl<'s> Conversation<'s> {
    /// Begins a session.
    pub(super) fn begin(sink: &'s mut dyn Sink, about: &About) -> Self {
        let mut session = Session::new(sink, describe);
        session.begin(|| about.session_id());
        let meta = &mut session.meta;
        meta.version.clone_from(&about.version);
        meta.parent = about.parent.as_deref().map(|id| SessionId::from_foreign(id).to_string());
        meta.is_auxiliary = about.parent.is_some();
        let forked_from = about.forked_from.as_deref();
        meta.forked_from = forked_from.map(|id| SessionId::from_foreign(id).to_string());
        meta.visit(about.directory.as_deref().unwrap_or(""));
        if let Some(title) = about.title.as_deref().filter(|title| !is_placeholder(title)) {
            meta.rename(title);
        }
        session.tell_place();
        let revert = about.revert.as_ref();
        let undone = revert.and_then(|it| text(it, "partID").or(text(it, "messageID")));
        Self {
            session,
            calls: UniqueIds::default(),
            counts_parts: true,
            undone: undone.map(str::to_owned),
            is_undone: false,
            message_members: Members::new(&known::MESSAGE),
            part_members: Members::new(&known::PART),
        }
    }

    /// Reads a message that is one record with its parts.
    pub(super) fn read_whole(&mut self, message: &Message, record: &[u8], is_open: bool) {
        self.counts_parts = false;
        self.read(message, record, is_open);
        self.counts_parts = true;
    }

    /// Reads a message whose stored bytes are `record`; of an open one the tool may still change anything.
    pub(super) fn read(&mut self, message: &Message, record: &[u8], is_open: bool) {
        self.session.may_change = is_open;
        self.session.place.raw_type.clone_from(&message.kind);
        if is_open && message.is_silent() {
            // Nothing to tell, and what nobody was told of need not stay as it is.
            self.count_all(message);
            return;
        }
        self.session.record(record);
        self.session.group = Some(message.id.clone());
        self.session.set_time(message.created());
        let (provider, model) = message.model();
        self.session.provider = provider.or(self.session.provider.as_deref()).map(str::to_owned);
        self.session.model = model.or(self.session.model.as_deref()).map(str::to_owned);
        self.session.meta.model.clone_from(&self.session.model);
        self.session.meta.provider.clone_from(&self.session.provider);
        let cwd = message.info.get("path").and_then(|path| path.get("cwd")?.as_str());
        self.session.meta.visit(cwd.unwrap_or(""));
        self.session.tell_place();
        self.undo_at(&message.id);
        let fate = self.read_kind(message);
        self.session.place.raw_type.clone_from(&message.kind);
        self.count(&message.kind, fate);
        if fate != Fate::Unknown {
            let fields = &mut self.session.report.fields;
            self.message_members.look_at(&message.kind, &message.info, fields);
        }
        if !is_open {
            self.session.settle_calls();
        }
    }

    fn read_kind(&mut self, message: &Message) -> Fate {
        let said = text(&message.info, "text").unwrap_or("");
        match message.kind.as_str() {
            "user" => self.read_prompt(message),
            "assistant" | "shell" => self.read_answer(message),
            "synthetic" | "system" | "skill" => self.note(&message.id, &message.kind, said),
            "compaction" => self.read_compaction(message),
            "location-switched" => {
                let to = message.info.get("location").and_then(|to| to.get("directory")?.as_str());
                self.session.meta.visit(to.unwrap_or(""));
            }
            "agent-switched" | "model-switched" | "idle" => return Fate::STATE,
            UNPARSED => {
                self.session.keep_text(said.to_owned());
                self.read_answer(message);
                // It was counted where it was kept.
                return Fate::Unknown;
            }
            kind => {
                let kind = kind.to_owned();
                let blocks = vec![Block::json(message.info.clone())];
                let event_type = EventType::Custom { kind };
                self.session.say(Some(&message.id), event_type, blocks);
                self.read_answer(message);
                return Fate::Unknown;
            }
        }
        Fate::Understood
    }

    fn read_compaction(&mut self, message: &Message) {
        let summary = text(&message.info, "summary").unwrap_or("");
        self.note(&message.id, &message.kind, summary);
        self.session.owed = self.session.owed.plus(message.tokens());
        if let Some(error) = message.info.get("error") {
            self.note_error(&message.id, &message.kind, error);
        }
        self.session.flush_tokens(Some(&format!("{}/usage", message.id)));
    }

    /// Remembers that the session was taken back from here on.
    pub(super) fn undo_at(&mut self, id: &str) {
        if self.undone.as_deref() == Some(id) {
            self.undone = None;
            self.is_undone = true;
            self.session.mark();
        }
    }

    /// Counts a part that is a record of its own; of others, kinds that are not known are noted.
    pub(super) fn count_part(&mut self, kind: &str, part: &Part, fate: Fate) {
        let kind = format!("{kind}/{}", part.kind);
        if fate != Fate::Unknown {
            self.part_members.look_at(&kind, &part.data, &mut self.session.report.fields);
        }
        if self.counts_parts {
            self.count(&kind, fate);
        } else if fate == Fate::Unknown {
            *self.session.report.fields.entry(kind).or_insert(0) += 1;
        }
    }

    fn count(&mut self, kind: &str, fate: Fate) {
        match fate {
            Fate::Understood => self.session.report.understand(kind),
            Fate::Dropped(reason) => self.session.report.drop(reason),
            Fate::Unknown if kind == UNPARSED => {}
            Fate::Unknown => self.session.report.keep_unknown(kind),
        }
    }

    fn count_all(&mut self, message: &Message) {
        self.count(&message.kind, Fate::Understood);
        for part in message.parts.iter().filter(|_| self.counts_parts) {
            self.session.report.understand(&format!("{}/{}", message.kind, part.kind));
        }
    }

    /// Ends the session, and returns what became of its records.
    pub(super) fn finish(mut self, tool: &str) -> ParseReport {
        let first: Option<EventId> = self.session.first().filter(|_| self.is_undone).cloned();
        if first.is_some() {
            // Until the next prompt, it can be taken back too.
            self.session.may_change = true;
            self.session.group = None;
            self.session.leave_records();
            self.session.set_time(None);
            "session/revert".clone_into(&mut self.session.place.raw_type);
            self.session.rewind(Some("revert"), first.as_ref());
        }
        self.session.finish(tool, "")
    }
}

impl About {
    /// Returns what a session's own document says.
    pub(super) fn read(info: &Object) -> Self {
        let of = |key: &str| text(info, key).filter(|it| !it.is_empty()).map(str::to_owned);
        Self {
            id: of("id").unwrap_or_default(),
            parent: of("parentID"),
            forked_from: info
                .get("fork")
                .and_then(|fork| fork.get("sessionID")?.as_str())
                .map(str::to_owned),
            directory: of("directory")
                .or_else(|| Some(info.get("location")?.get("directory")?.as_str()?.to_owned())),
            title: of("title"),
            version: of("version"),
            revert: info.get("revert").and_then(Value::as_object).cloned(),
        }
    }

    /// Returns the id that the session has here: its own, which is unique, also where it is a sub-agent's.
    pub(super) fn session_id(&self) -> SessionId {
        SessionId::from_foreign(&self.id)
    }
}

/// Returns whether a title is what the tool gives a session before it has one.
fn is_placeholder(title: &str) -> bool {
    let date = ["New session - ", "Child session - "].iter().find_map(|it| title.strip_prefix(it));
    title == "New session" || date.is_some_and(|date| Timestamp::parse(date).is_some())
}
