//! Tool calls, and the sub-agents that some of them start.

use super::log::Log;
use super::record::{Data, Record};
use crate::lenient::call_input;
use crate::session::{CallRecord, Fate};
use opensession_hail::{EventType, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// What was read of calls and sub-agents.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// By sub-agent, with none for the agent itself: the calls that wait.
    waiting: HashMap<Option<String>, Vec<String>>,
    /// The last request of each.
    requests: HashMap<Option<String>, String>,
    /// When each call that runs was started.
    started: HashMap<String, Timestamp>,
    /// Under which call each sub-agent works, by its own id.
    agents: HashMap<String, String>,
    /// The sub-agents that have not ended, by the call that started them.
    running: HashMap<String, String>,
    /// The calls that started sub-agents.
    tasks: HashSet<String>,
}

impl Log<'_> {
    /// Says whose record this is, where a sub-agent is at work.
    pub(super) fn enter_agent(&mut self, record: &Record<'_>, data: &Data<'_>) {
        let agent = record.agent_id.filled();
        let task = data.parent_tool_call_id.filled().map(str::to_owned);
        let task = task.or_else(|| self.calls.agents.get(agent?).cloned());
        let named = task.as_ref().and_then(|task| self.calls.running.get(task).cloned());
        self.session.subagent = agent.map(str::to_owned).or(named).or_else(|| task.clone());
        self.session.task = task.or_else(|| agent.map(str::to_owned));
    }

    /// Reads a call that a person asked for, or one that begins to run; most often its answer told it.
    pub(super) fn read_call(&mut self, record: &Record<'_>, data: &Data<'_>) -> Fate {
        let id = data.tool_call_id.filled();
        if let Some((id, time)) = id.zip(record.timestamp.as_str().and_then(Timestamp::parse))
            && record.kind.as_str() == Some("tool.execution_start")
        {
            self.calls.started.insert(id.to_owned(), time);
        }
        self.learn_model(data);
        if id.is_some_and(|id| self.session.knows_call(id)) {
            return Fate::COPY;
        }
        if record.kind.as_str() == Some("tool.user_requested") {
            self.session.model = None;
        }
        self.open(id, data.tool_name.filled(), data.arguments, record.id.filled());
        Fate::Understood
    }

    /// Sends a call; `own` names it where it has no id.
    pub(super) fn open(
        &mut self,
        id: Option<&str>,
        name: Option<&str>,
        arguments: Option<&RawValue>,
        own: Option<&str>,
    ) {
        let made = format!("{}/call", own.unwrap_or("record"));
        let id = id.unwrap_or(&made);
        if self.session.knows_call(id) && !self.session.is_answered(id) {
            return;
        }
        let name = name.unwrap_or("unknown");
        let input = input(arguments);
        self.session.open_call(CallRecord { id, name, input, agent: None, child: None });
        let agent = self.session.subagent.clone();
        self.calls.waiting.entry(agent).or_default().push(id.to_owned());
    }

    /// Settles what the agent of this record called before: it goes on only when it has all results. Several records
    /// of one request are no going on.
    pub(super) fn settle_agent(&mut self, request: Option<&str>) {
        let agent = self.session.subagent.clone();
        if let Some(request) = request {
            let before = self.calls.requests.insert(agent.clone(), request.to_owned());
            if before.as_deref() == Some(request) {
                return;
            }
        }
        for id in self.calls.waiting.remove(&agent).unwrap_or_default() {
            self.session.settle_call(&id);
        }
    }

    /// Reads what a call returned.
    pub(super) fn read_result(&mut self, record: &Record<'_>, data: &Data<'_>) -> Fate {
        let id = data.tool_call_id.filled();
        if id.is_some_and(|id| self.session.is_answered(id)) {
            return Fate::COPY;
        }
        self.learn_model(data);
        let mut outcome = self.outcome(data);
        if let Some(id) = id {
            let began = self.calls.started.remove(id);
            let ended = record.timestamp.as_str().and_then(Timestamp::parse);
            let millis = ended.zip(began).map(|(end, begin)| end.as_millis() - begin.as_millis());
            outcome.duration = millis.and_then(|millis| u64::try_from(millis).ok());
            // A sub-agent in the background has only been started.
            outcome.goes_on = self.calls.running.contains_key(id);
            if self.calls.tasks.contains(id) {
                outcome.summary = Some(outcome.text().to_owned()).filter(|text| !text.is_empty());
            }
        }
        self.session.answer(id, data.tool_name.filled(), outcome);
        Fate::Understood
    }

    /// Reads that a sub-agent begins.
    pub(super) fn start_agent(&mut self, record: &Record<'_>, data: &Data<'_>) -> Fate {
        let Some(id) = data.tool_call_id.filled() else {
            return Fate::STATE;
        };
        if let Some(agent) = record.agent_id.filled() {
            self.calls.agents.insert(agent.to_owned(), id.to_owned());
        }
        self.calls.tasks.insert(id.to_owned());
        let name = record.agent_id.filled().or(data.agent_name.filled()).unwrap_or(id);
        self.calls.running.insert(id.to_owned(), name.to_owned());
        if !self.session.knows_call(id) {
            self.session.task = None;
            self.open(Some(id), Some("task"), None, None);
        }
        Fate::Understood
    }

    /// Reads that a sub-agent has ended. Where the call that started it waits, that call's result says so too.
    pub(super) fn end_agent(&mut self, data: &Data<'_>) -> Fate {
        let Some(id) = data.tool_call_id.filled() else {
            return Fate::STATE;
        };
        let was_running = self.calls.running.remove(id).is_some();
        if was_running && self.session.is_answered(id) {
            let summary = data.failure();
            let mut event =
                self.session.event(Some(&format!("{id}/end")), EventType::TaskEnd { summary });
            event.task_id = Some(id.to_owned());
            event.duration_ms = data.duration_ms.0;
            self.session.push(event);
        }
        Fate::Understood
    }

    fn learn_model(&mut self, data: &Data<'_>) {
        if self.session.subagent.is_none() {
            self.choose_model(data.model.filled());
        }
    }
}

/// Returns what a call was made with: an object, an object written as a string, or a bare text.
pub(super) fn input(arguments: Option<&RawValue>) -> Map<String, Value> {
    let mut input = call_input(arguments);
    if let (1, Some(Value::String(text))) = (input.len(), input.get("arguments"))
        && arguments.is_some_and(|raw| raw.get().starts_with('"'))
        && let Ok(Value::Object(fields)) = serde_json::from_str(text)
    {
        input = fields;
    }
    input
}
