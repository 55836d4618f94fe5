//! The records of a log, one after the other: which session they are of, and who reads each.

use super::invocation::describe;
use super::known::KNOWN;
use super::record::{Compaction, Record, heads};
use super::result::Called;
use super::settings::Settings;
use crate::lenient::object;
use crate::records;
use crate::session::{Fate, Place, Session};
use crate::{ParseReport, Sink};
use foldhash::{HashMap, HashSet};
use opensession_hail::{Block, EventType, SessionId};

/// What a session is called that has no title yet.
const UNTITLED: &str = "New Session";

/// Reads the records of one log.
pub(super) struct Log<'s> {
    pub(super) session: Session<'s>,
    /// The calls whose results are still to come.
    pub(super) calls: HashMap<String, Called>,
    /// The files that are known to be there.
    pub(super) files: HashSet<String>,
    /// The model of a stream.
    pub(super) model: Option<String>,
    /// The last text of the model in a stream.
    pub(super) last_answer: String,
    /// The session that the log is named after.
    name: SessionId,
    settings: Settings,
}

impl records::Log for Log<'_> {
    type Record<'a> = Record<'a>;

    fn place(&mut self) -> &mut Place {
        &mut self.session.place
    }

    fn read_record(&mut self, record: &Record<'_>, json: &str) {
        let kind = record.kind.filled().unwrap_or("record");
        kind.clone_into(&mut self.session.place.raw_type);
        self.session.set_time(record.timestamp.0);
        self.session.group = record.id.filled().map(str::to_owned);
        let fate = if kind == "session_start" {
            self.read_head(json);
            Fate::Understood
        } else {
            self.begin(record.session());
            self.read_kind(kind, record, json)
        };
        self.session.count(fate, json);
        (self.session.model, self.session.provider) = (None, None);
    }

    fn keep_text(&mut self, text: String) {
        self.begin(None);
        self.session.keep_text(text);
    }
}

impl<'s> Log<'s> {
    /// Begins a log with what is known of its session.
    pub(super) fn new(name: SessionId, settings: Settings, sink: &'s mut dyn Sink) -> Self {
        let mut session = Session::new(sink, describe).knowing(&KNOWN);
        session.meta.is_auxiliary = settings.caller.is_some();
        let caller = settings.caller.as_deref().map(SessionId::from_foreign);
        session.meta.parent = caller.map(|caller| caller.as_str().to_owned());
        Self {
            session,
            calls: HashMap::default(),
            files: HashSet::default(),
            model: None,
            last_answer: String::new(),
            name,
            settings,
        }
    }

    /// Ends the session, and returns what became of the records.
    pub(super) fn finish(mut self, tool: &str) -> ParseReport {
        let Settings { model, provider, tokens, .. } = self.settings;
        if self.session.id().is_some() && !tokens.is_zero() {
            // They grow with the session.
            self.session.set_time(None);
            self.session.group = None;
            self.session.place.raw_type = "settings".to_owned();
            self.session.model.clone_from(&model);
            self.session.owed = tokens;
            let kind = "usage".to_owned();
            let event = self.session.event(Some("usage"), EventType::Custom { kind });
            self.session.push_open(event);
        }
        self.session.meta.model = model.or(self.model);
        self.session.meta.provider = provider;
        self.session.finish(tool, "")
    }

    fn begin(&mut self, named: Option<&str>) {
        let name = &self.name;
        self.session.begin(|| named.map_or_else(|| name.clone(), SessionId::from_foreign));
    }

    fn read_head(&mut self, json: &str) {
        let heads = heads(json);
        let id = heads.iter().find_map(|head| head.id.filled().or(head.session_id.filled()));
        self.begin(id);
        let meta = &mut self.session.meta;
        for head in &heads {
            meta.started = meta.started.or(head.timestamp.0);
            meta.visit(head.cwd.filled().or(head.workspace.filled()).unwrap_or(""));
            let titles = [&head.session_title, &head.title].into_iter();
            let mut titles = titles.filter_map(|title| title.as_str());
            let title = titles.find(|title| !title.trim().is_empty() && *title != UNTITLED);
            meta.rename(title.unwrap_or(""));
            // A plain number is the version of the format.
            if let Some(version) = head.version.filled().filter(|text| text.contains('.')) {
                meta.version = Some(version.to_owned());
            }
            if let Some(caller) = head.calling_session_id.filled() {
                meta.is_auxiliary = true;
                meta.parent = Some(SessionId::from_foreign(caller).as_str().to_owned());
            }
            // What a worker of a mission is told its orchestrator wrote.
            meta.is_auxiliary |= head.decomp_session_type.as_str() == Some("worker");
            if let Some(parent) = head.parent.filled() {
                meta.forked_from = Some(SessionId::from_foreign(parent).as_str().to_owned());
            }
        }
    }

    fn read_kind(&mut self, kind: &str, record: &Record<'_>, json: &str) -> Fate {
        let own = record.id.filled();
        match (kind, &record.message.0) {
            ("message", Some(message)) => self.read_message(own, message, json),
            ("compaction_state", _) => {
                // A member that stands twice must not cost its text: the record is kept as an unknown one.
                let Some(compaction) = object::<Compaction<'_>>(json) else { return Fate::Unknown };
                self.note(own, compaction.text().map(Block::text).into_iter().collect());
                Fate::Understood
            }
            // How tasks and turns stand: calls and answers have told it.
            ("todo_state" | "agent_turn_outcome", _) => Fate::STATE,
            _ => self.read_streamed(kind, own, json),
        }
    }

    /// Sends what nobody typed.
    pub(super) fn note(&mut self, own: Option<&str>, blocks: Vec<Block>) {
        if !blocks.is_empty() {
            self.session.say(own, EventType::SystemMessage, blocks);
        }
    }
}
