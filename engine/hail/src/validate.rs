//! Findings on a session: what a careful writer of HAIL would not have written.

use crate::{
    Block, Content, ContentId, Event, EventId, EventType, Session, Stats, Timestamp, VERSION,
    attribute,
};
use std::collections::HashSet;

/// Something wrong in a session. None of it keeps the session from being stored or shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The event it is about; `None` for the header or the statistics.
    pub event_id: Option<EventId>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong in a session; the text says it in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The format version is not the one that this crate knows.
    #[error("version is {0:?} instead of {VERSION:?}")]
    Version(String),
    /// The header does not say which tool made the session.
    #[error("header names no tool")]
    NoTool,
    /// The header has its times in the wrong order.
    #[error("session is updated at {updated_at}, before it is created at {created_at}")]
    Backwards {
        /// When it is said to begin.
        created_at: Timestamp,
        /// When it is said to end.
        updated_at: Timestamp,
    },
    /// An event has no id.
    #[error("event has an empty id")]
    EmptyId,
    /// An event has the id of an earlier one.
    #[error("event id is used more than once")]
    DuplicateId,
    /// An event's time is before 2000 or after 2100.
    #[error("time {0} is outside the years 2000 to 2100")]
    TimeOutOfRange(Timestamp),
    /// An event's time is not between those of the header.
    #[error("time {0} is outside the session's own")]
    TimeOutsideSession(Timestamp),
    /// A result names a call that is not in the session.
    #[error("result belongs to the call {0:?}, which is not in the session")]
    ResultWithoutCall(String),
    /// A task ends that never started.
    #[error("task {0:?} ends without having started")]
    EndWithoutStart(String),
    /// A rewind names an event that is not before it.
    #[error("rewind goes back to the event {0:?}, which is not before it")]
    RewindToNothing(String),
    /// An attachment is not named `blobs/<blake3>.<ext>`.
    #[error("attachment {0:?} is not named blobs/<blake3>.<ext>")]
    AttachmentName(String),
    /// A picture, film or sound stands in the event itself, as a `data:` URL of so many bytes.
    #[error("attachment of {0} bytes stands inside the event")]
    InlineAttachment(usize),
    /// The statistics say something else than the events.
    #[error("{field} is {claimed} in the statistics, {computed} by the events")]
    Stats {
        /// The name of the figure.
        field: &'static str,
        /// What the statistics say.
        claimed: u64,
        /// What the events add up to.
        computed: u64,
    },
}

/// Returns what is wrong in `session`, in the order of its lines; `claimed` are the statistics that its file has.
#[must_use]
pub fn validate(session: &Session, claimed: Option<&Stats>) -> Vec<Finding> {
    let mut findings = Vec::new();
    check_header(session, &mut findings);
    let mut seen = Seen::default();
    for event in session.events.iter().filter(|event| event.event_type.is_invocation()) {
        // Some tools give a call no id, and let its result name the event.
        seen.calls.insert(event.call_id().unwrap_or(event.event_id.as_str()));
    }
    for event in &session.events {
        let mut report = |problem| {
            findings.push(Finding { event_id: Some(event.event_id.clone()), problem });
        };
        check_time(event, session, &mut report);
        seen.check(event, &mut report);
        check_attachments(&event.content, &mut report);
    }
    if let Some(claimed) = claimed {
        check_stats(claimed, &session.stats(), &mut findings);
    }
    findings
}

fn check_header(session: &Session, findings: &mut Vec<Finding>) {
    let mut report = |problem| {
        findings.push(Finding { event_id: None, problem });
    };
    let header = &session.header;
    if header.version != VERSION {
        report(Problem::Version(header.version.clone()));
    }
    if header.agent.tool.is_empty() {
        report(Problem::NoTool);
    }
    let (created_at, updated_at) = (header.context.created_at, header.context.updated_at);
    if updated_at < created_at {
        report(Problem::Backwards { created_at, updated_at });
    }
}

fn check_time(event: &Event, session: &Session, report: &mut impl FnMut(Problem)) {
    let time = event.timestamp;
    let context = &session.header.context;
    let (year, ..) = time.day();
    if !(2000..=2100).contains(&year) {
        report(Problem::TimeOutOfRange(time));
    } else if time < context.created_at || time > context.updated_at {
        report(Problem::TimeOutsideSession(time));
    }
}

/// The names that a session uses, as far as it has been read; of calls all of them, as a result may stand first.
#[derive(Default)]
struct Seen<'s> {
    events: HashSet<&'s str>,
    calls: HashSet<&'s str>,
    tasks: HashSet<&'s str>,
}

impl<'s> Seen<'s> {
    fn check(&mut self, event: &'s Event, report: &mut impl FnMut(Problem)) {
        let id = event.event_id.as_str();
        if id.is_empty() {
            report(Problem::EmptyId);
        } else if !self.events.insert(id) {
            report(Problem::DuplicateId);
        }
        let task = event.task_id.as_deref();
        match &event.event_type {
            EventType::ToolResult { .. } => {
                if let Some(call) = event.call_id().filter(|call| !self.calls.contains(call)) {
                    report(Problem::ResultWithoutCall(call.to_owned()));
                }
            }
            EventType::TaskStart { .. } => self.tasks.extend(task),
            EventType::TaskEnd { .. } => {
                if let Some(task) = task.filter(|task| !self.tasks.contains(task)) {
                    report(Problem::EndWithoutStart(task.to_owned()));
                }
            }
            EventType::Custom { kind } if kind == "rewind" => {
                let target = event.attributes.str(attribute::REWIND_TO).unwrap_or_default();
                if target == id || !self.events.contains(target) {
                    report(Problem::RewindToNothing(target.to_owned()));
                }
            }
            _ => {}
        }
    }
}

fn check_attachments(content: &Content, report: &mut impl FnMut(Problem)) {
    for block in &content.blocks {
        let (Block::Image { url, .. } | Block::Video { url, .. } | Block::Audio { url, .. }) =
            block
        else {
            continue;
        };
        if url.starts_with("data:") {
            report(Problem::InlineAttachment(url.len()));
        } else if !url.contains("://") && !is_attachment(url) {
            report(Problem::AttachmentName(url.clone()));
        }
    }
}

fn is_attachment(url: &str) -> bool {
    let name = url.strip_prefix("blobs/").and_then(|name| name.split_once('.'));
    name.is_some_and(|(hash, extension)| {
        ContentId::try_from(hash.to_owned()).is_ok()
            && !extension.is_empty()
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn check_stats(claimed: &Stats, computed: &Stats, findings: &mut Vec<Finding>) {
    let figures = |stats: &Stats| {
        [
            ("event_count", stats.event_count),
            ("message_count", stats.message_count),
            ("tool_call_count", stats.tool_call_count),
            ("task_count", stats.task_count),
            ("duration_seconds", stats.duration_seconds),
            ("total_input_tokens", stats.total_input_tokens),
            ("total_output_tokens", stats.total_output_tokens),
            ("user_message_count", stats.user_message_count),
            ("files_changed", stats.files_changed),
            ("lines_added", stats.lines_added),
            ("lines_removed", stats.lines_removed),
        ]
    };
    for ((field, claimed), (_, computed)) in figures(claimed).into_iter().zip(figures(computed)) {
        if claimed != computed {
            let problem = Problem::Stats { field, claimed, computed };
            findings.push(Finding { event_id: None, problem });
        }
    }
}

#[cfg(test)]
mod tests;
