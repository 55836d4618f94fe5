//! A transcript in JSON Lines: `{role, message: {content: [{type, …}]}}`. It has no ids and no times but those that
//! prompts tell, and of tools only the calls.

use super::conversation::provider_of;
use super::known::KNOWN_LINE;
use super::project::Project;
use super::prompt::Prompt;
use super::tool;
use super::{PROVIDER, TOOL};
use crate::lenient::{self, Flag, Object, Text, call_input, value};
use crate::records;
use crate::session::{CallRecord, Fate, Outcome, Place, Session};
use crate::{ParseReport, Sink};
use opensession_hail::{Block, EventType, SessionId};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    message: Object<Message<'a>>,
    #[serde(borrow)]
    model: Text<'a>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

/// A part of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Part<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    thinking: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    tool_use_id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    is_error: Flag,
}

/// Where a transcript belongs.
#[derive(Debug)]
pub(super) struct Origin {
    pub id: SessionId,
    /// The session that started this one.
    pub parent: Option<SessionId>,
    pub project: Project,
}

/// Reads the lines of a transcript.
pub(super) struct Log<'s> {
    pub session: Session<'s>,
    project: Project,
    /// Calls have ids, so that their results may follow.
    has_ids: bool,
}

impl<'s> Log<'s> {
    pub(super) fn new(sink: &'s mut dyn Sink, origin: Origin) -> Self {
        let mut session = Session::new(sink, tool::describe_unanswered).knowing(&KNOWN_LINE);
        let Origin { id, parent, mut project } = origin;
        session.begin(|| id);
        session.meta.visit(&project.trusted().unwrap_or_default());
        session.meta.is_auxiliary = parent.is_some();
        session.meta.parent = parent.map(String::from);
        Self { session, project, has_ids: false }
    }

    /// Ends the session.
    pub(super) fn finish(mut self) -> ParseReport {
        if !self.has_ids {
            self.session.settle_calls();
        }
        self.session.meta.visit(&self.project.beside().unwrap_or_default());
        self.session.finish(TOOL.as_str(), PROVIDER)
    }

    fn read_line(&mut self, record: &Record<'_>) -> Fate {
        self.session.set_time(None);
        if let Some(model) = record.model.filled() {
            self.session.model = Some(model.to_owned());
            self.session.provider = Some(provider_of(model));
        }
        let content = record.message.0.as_ref().and_then(|message| message.content);
        match (record.role.filled(), record.kind.filled()) {
            (Some("user" | "tool"), _) => self.read_prompt(content),
            (Some("assistant"), _) => self.read_answer(content),
            (Some("system"), _) => {
                let texts =
                    parts(content).into_iter().filter_map(|(part, _)| part.text.into_string());
                let blocks: Vec<Block> = texts.map(Block::text).collect();
                "system".clone_into(&mut self.session.place.raw_type);
                self.session.say(None, EventType::SystemMessage, blocks);
                Fate::Understood
            }
            (None, Some(kind @ ("error" | "turn_ended"))) => {
                self.session.settle_calls();
                kind.clone_into(&mut self.session.place.raw_type);
                let error = record.error.map(value);
                match error.filter(|error| !error.is_null()) {
                    Some(error) => {
                        let block = match error {
                            serde_json::Value::String(text) => Block::text(text),
                            other => Block::json(other),
                        };
                        self.session.say(None, EventType::SystemMessage, vec![block]);
                        Fate::Understood
                    }
                    None if kind == "turn_ended" => Fate::STATE,
                    None => Fate::Unknown,
                }
            }
            (role, kind) => {
                let name = role.or(kind).unwrap_or("record");
                name.clone_into(&mut self.session.place.raw_type);
                Fate::Unknown
            }
        }
    }

    fn read_prompt(&mut self, content: Option<&RawValue>) -> Fate {
        "user".clone_into(&mut self.session.place.raw_type);
        let (mut typed, mut injected) = (Vec::new(), Vec::new());
        for (part, raw) in parts(content) {
            match part.kind.filled() {
                Some("text") | None if part.text.as_str().is_some() => {
                    let text = part.text.as_str().unwrap_or("");
                    if let Some(cwd) = self.project.try_text(text) {
                        self.session.meta.visit(&cwd);
                    }
                    let prompt = Prompt::read(text);
                    if prompt.time.is_some() {
                        self.session.set_time(prompt.time);
                    }
                    typed.extend(prompt.typed.into_iter().map(Block::text));
                    injected.extend(prompt.injected.into_iter().map(Block::text));
                }
                Some("tool_result" | "tool-result") => self.read_result(&part),
                _ => self.keep_part(&part, raw),
            }
        }
        if !typed.is_empty() {
            self.session.settle_calls();
            self.session.prompt(None, typed);
        }
        if !injected.is_empty() {
            "user/context".clone_into(&mut self.session.place.raw_type);
            self.session.say(None, EventType::SystemMessage, injected);
            "user".clone_into(&mut self.session.place.raw_type);
        }
        Fate::Understood
    }

    fn read_answer(&mut self, content: Option<&RawValue>) -> Fate {
        self.session.settle_calls();
        "assistant".clone_into(&mut self.session.place.raw_type);
        for (index, (part, raw)) in parts(content).into_iter().enumerate() {
            let thought = part.thinking.as_str();
            match part.kind.filled() {
                Some("thinking" | "reasoning") if thought.or(part.text.as_str()).is_some() => {
                    let text = thought.or(part.text.as_str()).unwrap_or("");
                    self.say(EventType::Thinking, text);
                }
                Some("text") | None if part.text.as_str().is_some() => {
                    self.say(EventType::AgentMessage, part.text.as_str().unwrap_or(""));
                }
                Some("tool_use" | "tool_call" | "tool-call") => self.read_call(&part, index),
                _ => self.keep_part(&part, raw),
            }
        }
        Fate::Understood
    }

    fn say(&mut self, event_type: EventType, text: &str) {
        if !text.trim().is_empty() {
            self.session.say(None, event_type, vec![Block::text(text)]);
        }
    }

    fn read_call(&mut self, part: &Part<'_>, index: usize) {
        let own = part.id.filled().or(part.tool_use_id.filled());
        self.has_ids |= own.is_some();
        let made = format!("line-{}/call-{index}", self.session.place.line);
        let name = part.name.filled().unwrap_or("unknown");
        // The first words of what the tool was given slip into the name now and then.
        let name = name.lines().next().unwrap_or(name);
        let input = call_input(part.input);
        if let Some(cwd) = self.project.try_input(&input) {
            self.session.meta.visit(&cwd);
        }
        let id = own.unwrap_or(&made);
        self.session.open_call(CallRecord { id, name, input, agent: None, child: None });
    }

    fn read_result(&mut self, part: &Part<'_>) {
        let own = part.tool_use_id.filled().filter(|id| self.session.knows_call(id));
        let id = own.map(str::to_owned).or_else(|| self.session.waiting_call(part.name.filled()));
        let mut outcome = Outcome { is_error: part.is_error.0, ..Outcome::default() };
        for (item, raw) in parts(part.content) {
            match item.text.as_str() {
                Some(text) => outcome.push_text(text),
                None => outcome.blocks.push(Block::json(value(raw))),
            }
        }
        let id = id.as_deref().or(part.tool_use_id.filled());
        self.session.answer(id, part.name.filled(), outcome);
    }

    /// Keeps a part of a kind that is not known.
    fn keep_part(&mut self, part: &Part<'_>, raw: &RawValue) {
        let kind = part.kind.filled().unwrap_or("part").to_owned();
        let name = format!("{}.{kind}", self.session.place.raw_type);
        *self.session.report.fields.entry(name).or_insert(0) += 1;
        let block = Block::json(value(raw));
        self.session.say(None, EventType::Custom { kind }, vec![block]);
    }
}

impl records::Log for Log<'_> {
    type Record<'a> = Record<'a>;

    fn place(&mut self) -> &mut Place {
        &mut self.session.place
    }

    fn read_record(&mut self, record: &Record<'_>, json: &str) {
        let fate = self.read_line(record);
        self.session.count(fate, json);
    }

    fn keep_text(&mut self, text: String) {
        self.session.keep_text(text);
    }
}

/// Returns the parts that `raw` is: a list of parts and strings, one part, or a string. Each comes with its JSON.
fn parts(raw: Option<&RawValue>) -> Vec<(Part<'_>, &RawValue)> {
    lenient::parts(raw, |text| Part { text, ..Part::default() })
}
