//! Records of the user's side of the conversation: prompts, what Claude Code puts among them, results of tools.

use super::calls::Answered;
use super::conversation::{Conversation, Place, original};
use super::outcome::{self, Verdict};
use super::record::{Content, Outcome, Part, Record};
use super::speaker::{self, Speaker};
use opensession_hail::{Block, EventType, attribute, title_from_prompt};

const RESULT: &str = "user/tool_result";

impl Conversation<'_> {
    pub(super) fn user(&mut self, record: Record<'_>, place: &Place<'_>) {
        let is_sidechain = self.identity.agent.is_some() || place.lane.agent.is_some();
        let speaker = speaker::of_record(&record, is_sidechain).unwrap_or(Speaker::Person);
        if let Some(plan) = record.plan_content.filled().and_then(|plan| plan.trim().lines().next())
        {
            self.facts.prompt(plan.trim_start_matches('#').trim_start());
        }
        let Some(message) = record.message.0 else {
            return self.keep(place, "user");
        };
        let is_known = match message.content {
            Content::Nothing => true,
            Content::Text(text) => {
                self.speak(&text, speaker, place);
                true
            }
            Content::Parts(parts) => {
                let outcome = record.tool_use_result.0.as_ref();
                self.parts(parts, outcome, speaker, place)
            }
        };
        if is_known {
            self.report.understand("user");
        } else {
            self.report.keep_unknown("user block");
        }
    }

    /// Reads the blocks of a message; returns whether all are of known kinds.
    fn parts(
        &mut self,
        parts: Vec<Part<'_>>,
        outcome: Option<&Outcome<'_>>,
        speaker: Speaker,
        place: &Place<'_>,
    ) -> bool {
        let is_result = |part: &&Part<'_>| part.kind.as_str() == Some("tool_result");
        // Where a record holds several results, nothing says whose the outcome is.
        let outcome = outcome.filter(|_| parts.iter().filter(is_result).count() == 1);
        let mut is_known = true;
        let mut said: Option<(Speaker, Vec<Block>)> = None;
        for (at, part) in parts.into_iter().enumerate() {
            match part.kind.as_str() {
                Some("tool_result") => {
                    self.flush(said.take(), place);
                    self.result(part, outcome, place, &format!("/message/content/{at}"));
                }
                Some("text") => {
                    let text = part.text.as_str().unwrap_or("");
                    for (by, piece) in pieces(text, speaker) {
                        if said.as_ref().is_some_and(|(last, _)| *last != by) {
                            self.flush(said.take(), place);
                        }
                        let (_, blocks) = said.get_or_insert((by, Vec::new()));
                        blocks.push(Block::text(piece));
                    }
                }
                _ => {
                    let block = self.media(&part).unwrap_or_else(|| {
                        is_known = false;
                        original(place.json, &format!("/message/content/{at}"))
                    });
                    said.get_or_insert((speaker, Vec::new())).1.push(block);
                }
            }
        }
        self.flush(said, place);
        is_known
    }

    /// Sends what a text says, each speaker's part as an event of its own.
    pub(super) fn speak(&mut self, text: &str, speaker: Speaker, place: &Place<'_>) {
        for (by, piece) in pieces(text, speaker) {
            self.flush(Some((by, vec![Block::text(piece)])), place);
        }
    }

    /// Sends what one speaker said.
    pub(super) fn flush(&mut self, said: Option<(Speaker, Vec<Block>)>, place: &Place<'_>) {
        let Some((speaker, blocks)) = said else {
            return;
        };
        let text = blocks.iter().find_map(Block::as_text).unwrap_or("");
        let is_first_of_agent =
            self.identity.agent.is_some() && speaker.raw_type() == "user/agent_prompt";
        if speaker == Speaker::Person || is_first_of_agent {
            self.facts.prompt(text);
        }
        let ended = (speaker.raw_type() == "user/task_notification")
            .then(|| self.ended_task(text))
            .flatten();
        if matches!(speaker, Speaker::Person | Speaker::Interruption) {
            self.settle_usage(place, None);
            self.calls.give_up(&place.lane, None, &mut self.outbox);
        }
        let event_type = match speaker {
            Speaker::Person => EventType::UserMessage,
            Speaker::Program(_) | Speaker::Interruption => EventType::SystemMessage,
        };
        self.push(place, event_type, speaker.raw_type(), blocks);
        if let Some((call_id, summary)) = ended {
            self.end_task(place, &call_id, summary, speaker.raw_type(), Vec::new());
        }
    }

    /// The task in the background that a notification says has ended, and what it says of it.
    fn ended_task(&mut self, notification: &str) -> Option<(String, Option<String>)> {
        let element = |name: &str| {
            let (_, behind) = notification.split_once(&format!("<{name}>"))?;
            Some(behind.split_once(&format!("</{name}>"))?.0)
        };
        let agent = element("task-id").or_else(|| element("agent-id"))?;
        let call_id = self.calls.finish_running(agent)?;
        Some((call_id, element("summary").map(str::to_owned)))
    }

    /// Sends the result of a tool and settles its call; `pointer` is where in the record it stands.
    pub(super) fn result(
        &mut self,
        part: Part<'_>,
        outcome: Option<&Outcome<'_>>,
        place: &Place<'_>,
        pointer: &str,
    ) {
        let call_id = part.tool_use_id.filled().map(str::to_owned);
        let is_error = part.is_error.0;
        let verdict = Verdict { is_error, text: first_text(&part.content), outcome };
        let name = self.settle_call(call_id.as_deref(), &verdict);
        let raw_type = format!("user/{}", part.kind.as_str().unwrap_or("tool_result"));
        let is_task = matches!(name.as_str(), "Task" | "Agent");
        let is_launch = outcome.is_some_and(|o| o.status.as_str() == Some("async_launched"));
        let blocks = self.result_blocks(part.content, place, pointer);
        if let Some(call_id) = call_id.as_deref().filter(|_| is_task && !is_launch) {
            let text = blocks.iter().find_map(Block::as_text).unwrap_or("");
            let summary = title_from_prompt(text);
            if !is_error {
                return self.end_task(place, call_id, summary, RESULT, blocks);
            }
            self.push_result(place, name, true, Some(call_id.to_owned()), raw_type, blocks);
            return self.end_task(place, call_id, summary, RESULT, Vec::new());
        }
        let agent = outcome.and_then(|outcome| outcome.agent_id.filled());
        if let (true, Some(agent), Some(call_id)) = (is_launch, agent, &call_id) {
            self.calls.leave_running(agent, call_id);
        }
        self.push_result(place, name, is_error, call_id, raw_type, blocks);
    }

    /// Writes what a result tells into its call, which is then settled; returns the tool's name.
    fn settle_call(&mut self, call_id: Option<&str>, verdict: &Verdict<'_, '_>) -> String {
        let answered = call_id.map_or(Answered::Unknown, |id| self.calls.answer(id));
        match answered {
            Answered::Waiting(call) => {
                if let Some(event) = self.outbox.waiting(call.ticket) {
                    outcome::apply(event, &call.name, verdict);
                }
                if let Some(agent) = verdict.outcome.and_then(|o| o.agent_id.filled()) {
                    self.name_task_session(call.ticket, agent);
                }
                self.outbox.settle(call.ticket);
                call.name
            }
            Answered::GivenUp(name) => name,
            Answered::Unknown => "unknown".to_owned(),
        }
    }

    /// Writes on the `TaskStart` under `ticket` which session its sub-agent's own log is, unless the sub-agent's lines
    /// stand in this log.
    pub(super) fn name_task_session(&mut self, ticket: crate::outbox::Ticket, agent: &str) {
        let parent = match &self.identity.agent {
            Some((Some(parent), _)) => parent,
            _ => &self.identity.session_id,
        };
        let session = parent.child(agent);
        if self.lanes.holds(agent) {
            return;
        }
        if let Some(event) = self.outbox.waiting(ticket)
            && matches!(event.event_type, EventType::TaskStart { .. })
        {
            event.attributes.set(attribute::TASK_SESSION_ID, session.as_str());
        }
    }

    fn push_result(
        &mut self,
        place: &Place<'_>,
        name: String,
        is_error: bool,
        call_id: Option<String>,
        raw_type: String,
        blocks: Vec<Block>,
    ) {
        let event_type = EventType::ToolResult { name, is_error, call_id };
        self.push(place, event_type, raw_type, blocks);
    }

    fn end_task(
        &mut self,
        place: &Place<'_>,
        call_id: &str,
        summary: Option<String>,
        raw_type: &'static str,
        blocks: Vec<Block>,
    ) {
        let mut event = self.event(place, EventType::TaskEnd { summary }, raw_type);
        event.content.blocks = blocks;
        event.task_id = Some(call_id.to_owned());
        event.attributes.set(attribute::CALL_ID, call_id);
        self.outbox.push(event, place.offset);
    }
}

/// What each speaker says in a text; `speaker` is who says what no mark in the text gives to somebody else.
fn pieces(text: &str, speaker: Speaker) -> impl Iterator<Item = (Speaker, &str)> {
    speaker::split(text).into_iter().map(move |(by, piece)| {
        let by = if by == Speaker::Person { speaker } else { by };
        (by, piece)
    })
}

fn first_text<'r>(content: &'r Content<'_>) -> &'r str {
    match content {
        Content::Nothing => "",
        Content::Text(text) => text,
        Content::Parts(parts) => parts.iter().find_map(|part| part.text.as_str()).unwrap_or(""),
    }
}
