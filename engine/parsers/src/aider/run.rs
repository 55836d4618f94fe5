//! One run, which is a session: what its pieces become.
//!
//! What aider says comes together in one `SystemMessage` until something else is said or done. What it does, by its own
//! words, becomes a call with its result: edits, files, commands. Tokens belong to the answer before them.

mod calls;

use super::edits::Edit;
use super::facts::{Fact, fact};
use super::location;
use super::notes::{Note, is_confirmation, note};
use super::thoughts;
use super::units::{Kind, Unit};
use crate::outbox::Ticket;
use crate::session::{Session, Tokens};
use crate::{ParseReport, Sink};
use calls::{Failure, describe};
use opensession_hail::{Block, ContentId, EventType, SessionId, Timestamp};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// What aider writes where nothing was typed.
const NOTHING: &str = "<blank>";

/// Commands whose text is for the model.
const ASKING: [&str; 4] = ["/ask ", "/code ", "/architect ", "/help "];

/// How often each id of a run was used.
#[derive(Debug, Default)]
pub(super) struct RunIds(HashMap<String, u32>);

/// Reads the pieces of one run.
pub(super) struct Run<'s> {
    session: Session<'s>,
    ids: &'s mut RunIds,
    log: &'s Path,
    started: Option<Timestamp>,
    first_line: u64,
    /// What came before anybody said anything: the session's id is made of it.
    held: Vec<Unit>,
    /// Bytes of the pieces told so far.
    told: u64,
    /// Somebody said or did something.
    has_turn: bool,
    folder: Option<String>,
    editor: Option<String>,
    answer: Option<Answer>,
    /// What aider said since the last event, and where it began.
    chatter: Vec<String>,
    chatter_place: (u64, u64),
    /// What aider said last: a question is about it.
    subject: String,
    /// Files that aider was allowed to make.
    creatable: HashSet<String>,
    may_run: bool,
    failure: Option<Failure>,
    /// A question of a person, for the title where there is no other.
    asked: Option<String>,
}

/// The last answer.
struct Answer {
    text: String,
    /// Its edits of which aider has not said what became of them, once anybody asked.
    edits: Option<Vec<Edit>>,
    /// Its last event, as long as the tokens are not known.
    ticket: Option<Ticket>,
}

impl<'s> Run<'s> {
    /// Returns the run that begins with this piece.
    pub(super) fn new(
        sink: &'s mut dyn Sink,
        log: &'s Path,
        ids: &'s mut RunIds,
        first: Unit,
    ) -> Self {
        let mut run = Self {
            session: Session::new(sink, describe),
            ids,
            log,
            started: None,
            first_line: first.line,
            held: Vec::new(),
            told: 0,
            has_turn: false,
            folder: None,
            editor: None,
            answer: None,
            chatter: Vec::new(),
            chatter_place: (1, 0),
            subject: String::new(),
            creatable: HashSet::new(),
            may_run: false,
            failure: None,
            asked: None,
        };
        run.read(first);
        run
    }

    /// Reads the next piece.
    pub(super) fn read(&mut self, unit: Unit) {
        if self.session.id().is_none() {
            match unit.kind {
                Kind::Start(started) => self.started = started,
                Kind::Note => {
                    if let Some(Fact::Folder(folder)) = fact(&unit.text) {
                        self.folder = Some(folder.to_owned());
                    }
                }
                Kind::Prompt | Kind::Answer => self.begin(),
            }
        }
        if self.session.id().is_some() { self.tell(&unit) } else { self.held.push(unit) }
    }

    /// Ends the session, and returns what became of the lines. After the last run of a log more may follow.
    pub(super) fn finish(mut self, tool: &str, is_last: bool) -> ParseReport {
        if self.session.id().is_none() {
            for unit in std::mem::take(&mut self.held) {
                self.count(&unit, "start");
            }
        }
        self.session.may_change |= is_last;
        self.end_failure();
        self.flush_chatter();
        if !is_last {
            self.settle_answer();
        }
        if let Some(asked) = &self.asked {
            self.session.meta.prompt(asked);
        }
        let mut report = self.session.finish(tool, "");
        if !self.has_turn {
            let lines: u64 = report.understood.values().chain(report.dropped.values()).sum();
            report.understood.clear();
            report.dropped.clear();
            report.dropped.insert("run without a prompt or an answer".to_owned(), lines);
        }
        report
    }

    /// Begins the session: it is named after its start, and after what aider said then, as several runs may start in
    /// the same second.
    fn begin(&mut self) {
        let raw: Vec<u8> = self.held.iter().flat_map(|unit| unit.raw.iter().copied()).collect();
        let hash = ContentId::of(&raw).to_string();
        let stamp = self.started.map_or("undated".to_owned(), compact);
        let mut id = format!("{stamp}-{}", hash.get(..8).unwrap_or(&hash));
        let count = self.ids.0.entry(id.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            id = format!("{id}-{count}");
        }
        self.session.begin(|| SessionId::from_foreign(&id));
        if let Some(folder) = location::folder(self.log, self.folder.as_deref()) {
            self.session.meta.visit(&folder);
        }
        self.session.tell_place();
        self.session.set_time(self.started);
        for unit in std::mem::take(&mut self.held) {
            self.tell(&unit);
        }
    }

    /// Tells the sink of a piece, and makes its events.
    fn tell(&mut self, unit: &Unit) {
        self.session.place.offset = self.told;
        self.session.place.line = unit.line - self.first_line + 1;
        self.told += unit.raw.len() as u64;
        self.session.outbox.sink().record(&unit.raw);
        self.session.may_change = unit.is_open;
        let kind = match unit.kind {
            Kind::Start(_) => "start",
            Kind::Prompt => self.read_prompt(&unit.text),
            Kind::Answer => self.read_answer(&unit.text),
            Kind::Note => self.read_note(&unit.text),
        };
        if self.session.first().is_some() {
            // Only the start of a run has a time.
            self.session.set_time(None);
        }
        self.count(unit, kind);
    }

    fn count(&mut self, unit: &Unit, kind: &str) {
        let report = &mut self.session.report;
        let counts = if kind == NOTHING { &mut report.dropped } else { &mut report.understood };
        let name = if kind == NOTHING { "nothing typed" } else { kind };
        if unit.lines > 0 {
            *counts.entry(name.to_owned()).or_insert(0) += unit.lines;
        }
    }

    fn read_prompt(&mut self, text: &str) -> &'static str {
        let text = text.trim();
        if is_confirmation(text) {
            // Aider wrote it, with the answer that was given before to all questions of its kind.
            self.chat(text);
            return "confirmation";
        }
        self.end_turn();
        if text == NOTHING || text.is_empty() {
            return NOTHING;
        }
        let blocks = vec![Block::text(text)];
        let kind = if text.starts_with(['/', '!']) { "command" } else { "prompt" };
        self.session.place.raw_type = kind.to_owned();
        if kind == "prompt" {
            self.has_turn = true;
            self.may_run = false;
            self.session.model.clone_from(&self.session.meta.model);
            self.session.prompt(None, blocks);
        } else {
            let question = ASKING.iter().find_map(|start| text.strip_prefix(start));
            self.asked = self.asked.take().or(question.map(str::to_owned));
            self.session.say(None, EventType::SystemMessage, blocks);
        }
        kind
    }

    fn read_answer(&mut self, text: &str) -> &'static str {
        self.end_turn();
        self.has_turn = true;
        self.session.place.raw_type = "answer".to_owned();
        self.session.group = Some(format!("line-{}", self.session.place.line));
        let (thoughts, answer) = thoughts::split(text);
        let parts =
            [(EventType::Thinking, thoughts.unwrap_or("")), (EventType::AgentMessage, answer)];
        let mut ticket = None;
        let mut parts: Vec<_> = parts.into_iter().filter(|(_, text)| !text.is_empty()).collect();
        let last = parts.pop();
        for (event_type, text) in parts {
            self.session.say(None, event_type, vec![Block::text(text)]);
        }
        if let Some((event_type, text)) = last {
            let mut event = self.session.event(None, event_type);
            event.content.blocks = vec![Block::text(text)];
            ticket = Some(self.session.push_open(event));
        }
        self.answer = Some(Answer { text: answer.to_owned(), edits: None, ticket });
        "answer"
    }

    fn read_note(&mut self, text: &str) -> &'static str {
        self.session.place.raw_type = "output".to_owned();
        match fact(text) {
            Some(Fact::Version(version)) => self.session.meta.version = Some(version.to_owned()),
            Some(Fact::Model(model)) => {
                self.session.meta.model = Some(model.to_owned());
                self.session.model = Some(model.to_owned());
            }
            Some(Fact::Editor(model)) => self.editor = Some(model.to_owned()),
            Some(Fact::Folder(_)) | None => {}
        }
        let meaning = note(text);
        match (&mut self.failure, &meaning) {
            (Some(failure), Note::Other) => {
                failure.add(&self.session.place, text);
                return "output";
            }
            (_, Note::Page) => {}
            _ => self.end_failure(),
        }
        match meaning {
            Note::Tokens(tokens) => self.take_tokens(tokens),
            Note::Applied(path) => self.apply(path, text),
            Note::Refused(path) => self.refuse(path, text),
            Note::Created(path) => self.create(path, text),
            Note::Running(command) if self.may_run => self.run_command(command),
            Note::Commit(id, message) => self.commit(id, message),
            meaning => {
                self.chat(text);
                self.prepare(&meaning);
            }
        }
        text.clone_into(&mut self.subject);
        "output"
    }

    /// Remembers what the lines behind this one are about.
    fn prepare(&mut self, meaning: &Note<'_>) {
        match meaning {
            Note::MayCreate(path) => {
                self.creatable.insert(path.unwrap_or(&self.subject).to_owned());
            }
            Note::MayRun => self.may_run = true,
            Note::Ran => {
                let command = std::mem::take(&mut self.subject);
                self.run_command(&command);
            }
            Note::Handover => {
                let editor = self.editor.clone();
                self.session.model = editor.or(self.session.model.take());
            }
            Note::Malformed => self.failure = Some(Failure::default()),
            _ => {}
        }
    }

    /// Adds to what aider says.
    fn chat(&mut self, text: &str) {
        if self.chatter.is_empty() {
            self.chatter_place = (self.session.place.line, self.session.place.offset);
        }
        self.chatter.push(text.to_owned());
    }

    /// Sends what aider said.
    fn flush_chatter(&mut self) {
        let text = std::mem::take(&mut self.chatter).join("\n");
        if text.trim().is_empty() {
            return;
        }
        let place = self.session.place.clone();
        let group = self.session.group.take();
        (self.session.place.line, self.session.place.offset) = self.chatter_place;
        self.session.place.raw_type = "output".to_owned();
        self.session.say(
            None,
            EventType::SystemMessage,
            vec![Block::text(text.trim_matches('\n'))],
        );
        self.session.set_time(None);
        (self.session.place, self.session.group) = (place, group);
    }

    /// The answer and what aider made of it are over.
    fn end_turn(&mut self) {
        // What is over does not change with what comes now.
        let may_change = std::mem::take(&mut self.session.may_change);
        self.end_failure();
        self.flush_chatter();
        self.settle_answer();
        self.session.group = None;
        self.answer = None;
        self.session.may_change = may_change;
    }

    fn settle_answer(&mut self) {
        if self.session.may_change {
            return;
        }
        if let Some(ticket) = self.answer.as_mut().and_then(|answer| answer.ticket.take()) {
            self.session.outbox.settle(ticket);
        }
    }

    fn take_tokens(&mut self, tokens: Tokens) {
        self.flush_chatter();
        let ticket = self.answer.as_ref().and_then(|answer| answer.ticket);
        let waiting = ticket.and_then(|ticket| self.session.outbox.waiting(ticket));
        if let Some(event) = waiting {
            tokens.add_to(&mut event.attributes);
        } else {
            self.session.owed = tokens;
            self.session.flush_tokens(None);
        }
        self.settle_answer();
    }
}

/// Returns a time as part of a name.
fn compact(time: Timestamp) -> String {
    let digits = |c: &char| c.is_ascii_digit();
    let text = time.to_string();
    let (day, clock) = text.split_once('T').unwrap_or((&text, ""));
    let day: String = day.chars().filter(digits).collect();
    let clock: String = clock.chars().filter(digits).take(6).collect();
    format!("{day}-{clock}")
}
