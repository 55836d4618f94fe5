//! The lines of a log, one after the other: whose each is, and who reads it.

use super::PROVIDER;
use super::calls::Calls;
use super::known::MEMBERS;
use super::record::{Context, Data, Record};
use super::usage::Ledger;
use crate::copilot::describe;
use crate::members::Members;
use crate::records;
use crate::session::{Fate, Place, Session, maker};
use crate::{ParseReport, Sink};
use opensession_hail::{Block, SessionId, Timestamp};
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

/// What is known of a session from elsewhere, where its log does not tell.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub cwd: Option<String>,
    pub branch: Option<String>,
    pub title: Option<String>,
    pub originator: Option<String>,
}

/// Reads the lines of one log.
pub(super) struct Log<'s> {
    pub(super) session: Session<'s>,
    pub(super) calls: Calls,
    pub(super) ledger: Ledger,
    /// The model at work, which many lines do not name.
    pub(super) model: Option<String>,
    /// Hashes of texts that some versions write twice: prompts of the system, thoughts.
    pub(super) texts: HashSet<u64>,
    /// Pictures that later lines show.
    pub(super) assets: HashMap<String, Block>,
    members: Members,
    known: Known,
    /// What names the session where no line does.
    stem: String,
}

impl records::Log for Log<'_> {
    type Record<'a> = Record<'a>;

    fn place(&mut self) -> &mut Place {
        &mut self.session.place
    }

    fn read_record(&mut self, record: &Record<'_>, json: &str) {
        let nothing = Data::default();
        let data = record.data.0.as_ref().unwrap_or(&nothing);
        self.begin(data.session_id.filled());
        self.session.set_time(record.timestamp.as_str().and_then(Timestamp::parse));
        self.session.place.raw_type = record.kind.filled().unwrap_or("record").to_owned();
        self.session.group = data.interaction_id.filled().map(str::to_owned);
        self.enter_agent(record, data);
        let model = data.model.filled().map(str::to_owned).or_else(|| self.model.clone());
        self.session.provider = model.as_deref().and_then(provider);
        self.session.model = model;
        let fate = self.read_data(record, data);
        if self.session.report.records() == 0 {
            // Behind what the first line itself says.
            let cwd = self.known.cwd.take();
            self.guess_place(cwd.as_deref());
        }
        if fate == Fate::Understood {
            let fields = &mut self.session.report.fields;
            self.members.look(&self.session.place.raw_type, json.as_bytes(), fields);
        }
        self.session.count(fate, json);
        (self.session.group, self.session.model) = (None, None);
        (self.session.subagent, self.session.task) = (None, None);
    }

    fn keep_text(&mut self, text: String) {
        self.begin(None);
        self.session.keep_text(text);
    }
}

impl<'s> Log<'s> {
    pub(super) fn new(stem: String, known: Known, sink: &'s mut dyn Sink) -> Self {
        Self {
            session: Session::new(sink, describe),
            calls: Calls::default(),
            ledger: Ledger::default(),
            model: None,
            texts: HashSet::new(),
            assets: HashMap::new(),
            members: Members::new(&MEMBERS),
            known,
            stem,
        }
    }

    /// Ends the session, and returns what became of the lines.
    pub(super) fn finish(mut self, tool: &str) -> ParseReport {
        let meta = &mut self.session.meta;
        meta.branch = meta.branch.take().or(self.known.branch);
        meta.originator = self.known.originator;
        meta.model = self.model;
        meta.provider = meta.model.as_deref().and_then(provider);
        if let Some(title) = &self.known.title {
            meta.rename(title);
        }
        self.session.finish(tool, PROVIDER)
    }

    fn read_data(&mut self, record: &Record<'_>, data: &Data<'_>) -> Fate {
        let own = record.id.filled();
        match record.kind.filled().unwrap_or("") {
            "user.message" => self.read_user(own, data),
            "assistant.message" => self.read_assistant(own, data),
            "assistant.reasoning" => self.read_reasoning(own, data),
            "tool.user_requested" | "tool.execution_start" => self.read_call(record, data),
            "tool.execution_complete" => self.read_result(record, data),
            "subagent.started" => self.start_agent(record, data),
            "subagent.completed" | "subagent.failed" => self.end_agent(data),
            kind => self.read_notice(kind, record, data),
        }
    }

    /// Begins the session with its first record.
    pub(super) fn begin(&mut self, own: Option<&str>) {
        if self.session.id().is_none() {
            let id = SessionId::from_foreign(own.unwrap_or(&self.stem));
            self.session.begin(|| id);
        }
    }

    /// Reads where the session works.
    pub(super) fn visit(&mut self, data: &Data<'_>) {
        let context = data.context.map(RawValue::get);
        let context: Context<'_> =
            context.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let meta = &mut self.session.meta;
        for (cwd, branch) in [(&context.cwd, &context.branch), (&data.cwd, &data.branch)] {
            meta.visit(cwd.filled().unwrap_or(""));
            if meta.branch.is_none() {
                meta.branch = branch.filled().map(str::to_owned);
            }
        }
    }

    /// The session works in this folder, where its log does not tell.
    pub(super) fn guess_place(&mut self, cwd: Option<&str>) {
        let meta = &mut self.session.meta;
        if let Some(cwd) = cwd.filter(|_| !meta.is_placed()) {
            meta.visit(cwd);
        }
    }

    /// Reads which model is at work from now on.
    pub(super) fn choose_model(&mut self, model: Option<&str>) {
        // `auto` is no model: which one it is, is told with the answers.
        if let Some(model) = model.filter(|model| *model != "auto") {
            self.model = Some(model.to_owned());
        }
    }
}

/// Returns who runs a model, as far as its name tells.
pub(super) fn provider(model: &str) -> Option<String> {
    Some(maker(model)).filter(|maker| !maker.is_empty()).map(str::to_owned)
}
