//! The records of a log, one after the other: which generation each is of, whose it is, and who reads it.

use super::conversation::Conversation;
use super::known::KNOWN;
use super::record::{Envelope, Payload};
use super::replay::Replay;
use super::twins::Stream;
use crate::lenient::value_or_text;
use crate::members::Members;
use crate::outbox::Outbox;
use crate::records::Reader;
use crate::session::{Fate, Place};
use crate::{ParseReport, Sink};
use opensession_hail::{Block, EventType, SessionId, Timestamp};
use serde_json::Value;

/// The record is part of the history that was copied from another session.
const PARENT: Fate = Fate::Dropped("parent history");

/// Reads the records of one log.
pub(super) struct Log<'s> {
    conversation: Conversation<'s>,
    replay: Replay,
    members: Members,
    /// Whose log it is, once its first record was read.
    session: Option<Session>,
    /// What names the session where no record does.
    stem: String,
}

struct Session {
    id: SessionId,
    /// The id in its own `session_meta`, once that was read.
    own: Option<String>,
}

impl Reader for Log<'_> {
    fn begin_line(&mut self, number: u64, offset: u64) {
        self.conversation.place = Place { line: number, offset, raw_type: String::new() };
    }

    fn read(&mut self, json: &str) -> bool {
        if !json.starts_with('{') {
            return false;
        }
        match serde_json::from_str::<Envelope<'_>>(json) {
            Ok(Envelope { timestamp, kind, payload: Some(payload) }) => {
                let stamp = timestamp.as_str().and_then(Timestamp::parse);
                let kind = kind.as_str().unwrap_or("");
                self.read_enveloped(kind, stamp, &payload, json);
                true
            }
            // Without a payload the line itself is one.
            Ok(_) => match serde_json::from_str::<Payload<'_>>(json) {
                Ok(payload) => {
                    self.read_bare(&payload, json);
                    true
                }
                Err(_odd) => self.read_unknown(json),
            },
            Err(_odd) => self.read_unknown(json),
        }
    }

    fn keep(&mut self, text: String) {
        self.begin(None);
        self.conversation.set_time(None);
        self.conversation.place.raw_type = "unparsed".to_owned();
        let kind = "unparsed".to_owned();
        let blocks = vec![Block::Text { text }];
        self.conversation.say(None, EventType::Custom { kind }, blocks);
        self.conversation.report.keep_unknown("unparsed");
    }
}

impl<'s> Log<'s> {
    /// Returns a reader for the log whose file says that its session is called `stem`.
    pub(super) fn new(stem: String, sink: &'s mut dyn Sink) -> Self {
        Self {
            conversation: Conversation::new(Outbox::new(sink)),
            replay: Replay::default(),
            members: Members::new(&KNOWN),
            session: None,
            stem,
        }
    }

    /// Reads an item of the generation that is one document; items have neither times nor, mostly, ids.
    pub(super) fn read_item(&mut self, number: u64, offset: u64, json: &str) {
        self.begin_line(number, offset);
        if !self.read(json) {
            self.keep(json.to_owned());
        }
    }

    /// Ends the session, and returns what became of the records.
    pub(super) fn finish(mut self, tool: &'static str) -> ParseReport {
        self.conversation.report.tool_version.clone_from(&self.conversation.meta.version);
        let sink = self.conversation.outbox.finish();
        if let Some(Session { id, .. }) = self.session {
            let Conversation { mut meta, own, model, .. } = self.conversation;
            meta.model = model;
            let mut header = meta.header(id, tool, "openai");
            own.tell(&mut header);
            sink.end(header);
        }
        self.conversation.report
    }

    fn read_enveloped(
        &mut self,
        kind: &str,
        stamp: Option<Timestamp>,
        payload: &Payload<'_>,
        json: &str,
    ) {
        let name = match (kind, payload.kind.filled()) {
            ("response_item" | "event_msg", Some(inner)) => format!("{kind}/{inner}"),
            _ if kind.is_empty() => "record".to_owned(),
            _ => kind.to_owned(),
        };
        self.conversation.place.raw_type = name;
        if self.is_replayed(kind, stamp, payload) {
            self.count(PARENT);
            return;
        }
        self.conversation.set_time(stamp);
        let fate = match kind {
            "session_meta" => self.read_meta(payload),
            "turn_context" => self.read_turn(payload),
            "response_item" => self.read_response(payload),
            "event_msg" => self.conversation.read_notice(payload, json),
            "compacted" => {
                let summary = payload.message.filled();
                self.conversation.read_compaction(Stream::Response, summary)
            }
            "world_state" | "inter_agent_communication_metadata" => Fate::STATE,
            "inter_agent_communication" => self.read_agent_message(payload, json),
            _ => Fate::Unknown,
        };
        self.settle_fate(fate, json);
    }

    /// Reads a line of the generation without envelopes.
    fn read_bare(&mut self, payload: &Payload<'_>, json: &str) {
        let is_meta = payload.kind.as_str().is_none()
            && payload.role.as_str().is_none()
            && payload.id.filled().is_some()
            && payload.timestamp.filled().is_some();
        let kind = payload.kind.filled().or(payload.record_type.filled());
        let name = if is_meta { "session" } else { kind.unwrap_or("record") };
        self.conversation.place.raw_type = name.to_owned();
        let stamp = payload.timestamp.as_str().and_then(Timestamp::parse);
        self.begin(payload.id.filled().filter(|_| is_meta));
        self.conversation.set_time(stamp);
        let fate = if is_meta {
            self.conversation.read_meta(payload);
            Fate::Understood
        } else if payload.record_type.as_str() == Some("state") {
            Fate::STATE
        } else {
            self.read_response(payload)
        };
        self.settle_fate(fate, json);
    }

    /// Keeps a JSON value that is no record; returns false where the text is no JSON.
    fn read_unknown(&mut self, json: &str) -> bool {
        let Ok(value) = serde_json::from_str::<Value>(json) else {
            return false;
        };
        // A key that stands twice; as a value it stands once.
        let plain = value.to_string();
        if serde_json::from_str::<Envelope<'_>>(&plain).is_ok_and(|plain| plain.payload.is_some()) {
            return self.read(&plain);
        }
        let kind = value.get("type").and_then(Value::as_str);
        let name = kind.filter(|kind| !kind.is_empty()).unwrap_or("record").to_owned();
        self.conversation.place.raw_type = name;
        let stamp = value.get("timestamp").and_then(Value::as_str);
        self.conversation.set_time(stamp.and_then(Timestamp::parse));
        self.settle_fate(Fate::Unknown, json);
        true
    }

    fn read_meta(&mut self, payload: &Payload<'_>) -> Fate {
        let id = payload.id.filled().or(payload.session_id.filled());
        if id.is_some_and(|id| self.is_other(id)) {
            return PARENT;
        }
        self.conversation.read_meta(payload);
        Fate::Understood
    }

    fn read_turn(&mut self, payload: &Payload<'_>) -> Fate {
        let conversation = &mut self.conversation;
        conversation.meta.visit(payload.cwd.filled().unwrap_or(""));
        if let Some(model) = payload.model.filled() {
            conversation.model = Some(model.to_owned());
        }
        if let Some(turn) = payload.turn_id.filled() {
            conversation.turn = Some(turn.to_owned());
        }
        Fate::Understood
    }

    /// Reads an item of the model's stream.
    fn read_response(&mut self, payload: &Payload<'_>) -> Fate {
        let conversation = &mut self.conversation;
        let id = payload.id.filled();
        match payload.kind.as_str() {
            Some("message") => conversation.read_message(payload),
            None if payload.role.filled().is_some() && payload.content.is_some() => {
                conversation.read_message(payload)
            }
            Some("reasoning") => conversation.read_reasoning(payload),
            Some(
                "function_call" | "custom_tool_call" | "local_shell_call" | "tool_search_call",
            ) => conversation.read_call(payload),
            Some(
                "function_call_output"
                | "custom_tool_call_output"
                | "local_shell_call_output"
                | "tool_search_output",
            ) => conversation.read_result(payload),
            Some("web_search_call") => conversation.read_search(Stream::Response, payload, id),
            Some("image_generation_call") => conversation.read_image(Stream::Response, payload, id),
            Some("compaction" | "compaction_summary" | "context_compaction") => {
                conversation.read_compaction(Stream::Response, None)
            }
            Some("agent_message") => {
                conversation.read_agent_letter(payload);
                Fate::Understood
            }
            Some("ghost_snapshot") => Fate::STATE,
            _ => Fate::Unknown,
        }
    }

    fn read_agent_message(&mut self, payload: &Payload<'_>, json: &str) -> Fate {
        if payload.content.is_some() {
            self.conversation.read_agent_letter(payload);
        } else {
            self.conversation.keep(None, "inter_agent_communication", value_or_text(json));
        }
        Fate::Understood
    }

    /// Returns whether the record is part of the parent's history. The first record begins the session.
    fn is_replayed(&mut self, kind: &str, stamp: Option<Timestamp>, payload: &Payload<'_>) -> bool {
        let id = payload.id.filled().or(payload.session_id.filled());
        let id = id.filter(|_| kind == "session_meta");
        self.begin(id);
        let other = id.filter(|id| self.is_other(id));
        // Without a stamp there is no telling where the copy would end.
        if let (Some(other), Some(_)) = (other, stamp) {
            // The history begins with a copy of another session's.
            let meta = &mut self.conversation.meta;
            if meta.forked_from.is_none() && meta.parent.is_none() {
                meta.forked_from = Some(other.to_owned());
            }
            self.replay.start(stamp);
            return true;
        }
        if !self.replay.covers(stamp) {
            return false;
        }
        if let Some(info) = payload.info {
            // The totals go on from the parent's.
            self.conversation.usage.read(info);
        }
        true
    }

    fn is_other(&self, id: &str) -> bool {
        let own = self.session.as_ref().and_then(|session| session.own.as_deref());
        own.is_some_and(|own| own != id)
    }

    /// Begins the session with its first record; `id` is what a `session_meta` says.
    fn begin(&mut self, id: Option<&str>) {
        match &mut self.session {
            Some(session) => {
                if session.own.is_none() {
                    session.own = id.map(str::to_owned);
                }
            }
            None => {
                let own = id.map(str::to_owned);
                let id = SessionId::from_foreign(id.unwrap_or(&self.stem));
                self.conversation.outbox.sink().begin(&id);
                self.session = Some(Session { id, own });
            }
        }
    }

    fn settle_fate(&mut self, fate: Fate, json: &str) {
        if fate != Fate::Unknown {
            let Conversation { report, place, .. } = &mut self.conversation;
            self.members.look(&place.raw_type, json.as_bytes(), &mut report.fields);
            self.count(fate);
            return;
        }
        self.begin(None);
        match serde_json::from_str(json) {
            Ok(value) => {
                let kind = self.conversation.place.raw_type.clone();
                self.conversation.keep(None, &kind, value);
                self.count(fate);
            }
            Err(_too_deep) => self.keep(json.to_owned()),
        }
    }

    fn count(&mut self, fate: Fate) {
        let Conversation { report, place, meta, outbox, .. } = &mut self.conversation;
        if self.session.is_some()
            && let Some(cwd) = meta.take_place()
        {
            outbox.sink().located(cwd);
        }
        match fate {
            Fate::Understood => report.understand(&place.raw_type),
            Fate::Dropped(reason) => report.drop(reason),
            Fate::Unknown => report.keep_unknown(&place.raw_type),
        }
    }
}
