//! A session of the editor's chat while it is read.

use super::known::MEMBERS;
use super::{TOOL, turn};
use crate::copilot::describe;
use crate::copilot_cli::PROVIDER;
use crate::members::Members;
use crate::session::Session;
use crate::{ParseReport, Sink};
use opensession_hail::{Block, EventId, EventType, SessionId, Timestamp};
use serde_json::{Value, json};

/// Tells the requests of one session.
pub(super) struct Chat<'s> {
    pub(super) session: Session<'s>,
    /// The first event of each request that was told.
    firsts: Vec<Option<EventId>>,
    members: Members,
}

impl<'s> Chat<'s> {
    /// Begins a session; `facts` is what stands beside its requests, and `stem` names it where they do not.
    pub(super) fn new(
        sink: &'s mut dyn Sink,
        facts: &Value,
        stem: &str,
        cwd: Option<&str>,
    ) -> Self {
        let mut session = Session::new(sink, describe);
        let word = |key: &str| facts.get(key).and_then(Value::as_str).filter(|it| !it.is_empty());
        let id = SessionId::from_foreign(word("sessionId").unwrap_or(stem));
        session.begin(|| id);
        session.meta.visit(cwd.unwrap_or(""));
        session.meta.rename(word("customTitle").or(word("computedTitle")).unwrap_or(""));
        let began = facts.get("creationDate").and_then(Value::as_i64);
        let began = began.and_then(Timestamp::from_millis);
        session.meta.started = began;
        session.set_time(began);
        let selected = facts.get("inputState").and_then(|state| state.get("selectedModel"));
        let selected = selected.and_then(|model| model.get("identifier")?.as_str());
        let selected = selected.filter(|model| !model.ends_with("/auto"));
        session.meta.model =
            selected.map(|model| model.strip_prefix("copilot/").unwrap_or(model).to_owned());
        session.meta.provider = session.meta.model.as_deref().and_then(turn::provider);
        let branch = facts.get("repoData").and_then(|data| data.get("localBranch")?.as_str());
        session.meta.branch = branch.map(str::to_owned);
        session.tell_place();
        Self { session, firsts: Vec::new(), members: Members::new(&MEMBERS) }
    }

    /// Tells a request.
    pub(super) fn tell(&mut self, request: &Value, may_change: bool) {
        let record = turn::record(request);
        self.session.record(&record);
        self.session.may_change = may_change;
        self.session.place.raw_type = "request".to_owned();
        self.session.mark();
        if request.is_object() {
            self.members.look("request", &record, &mut self.session.report.fields);
            turn::read(&mut self.session, request);
        } else {
            self.odd(request.to_string());
        }
        self.session.may_change = false;
        self.session.tell_place();
        self.firsts.push(self.session.first().cloned());
    }

    /// Tells that nothing from the request at `from` on counts any more, as far as it was told.
    pub(super) fn rewind(&mut self, from: usize) {
        let first = self.firsts.iter().skip(from).find_map(Option::as_ref).cloned();
        let to = first.as_ref().map(EventId::as_str);
        self.session.record(json!({"rewind": to}).to_string().as_bytes());
        self.session.place.raw_type = "rewind".to_owned();
        self.session.set_time(None);
        self.session.rewind(None, first.as_ref());
        self.firsts.push(None);
    }

    /// Keeps a text that is no request.
    pub(super) fn keep(&mut self, text: &str) {
        self.session.record(text.as_bytes());
        self.odd(text.to_owned());
        self.firsts.push(None);
    }

    fn odd(&mut self, text: String) {
        self.session.set_time(None);
        self.session.place.raw_type = "unparsed".to_owned();
        let kind = "unparsed".to_owned();
        self.session.say(None, EventType::Custom { kind }, vec![Block::Text { text }]);
    }

    pub(super) fn finish(self) -> ParseReport {
        self.session.finish(TOOL.as_str(), PROVIDER)
    }
}
