//! The messages of a thread, one after the other: who speaks, and what of it may still change.

use super::ledger::{self, Entry, Ledger};
use super::{image, run, thread, tools};
use crate::clip::clip;
use crate::session::{CallRecord, Fate, Session, Tokens};
use crate::transcript::{list, path_of, word};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// Reads the messages of one thread.
pub(super) struct Reader {
    ledger: Ledger,
    /// Where the last answer stands that is not a sub-agent's.
    last_answer: Option<usize>,
    /// Nothing of the thread is missing.
    is_whole: bool,
    /// The calls whose sub-agents have messages of their own.
    speaking: HashSet<String>,
    /// The names of the calls, with the file that each reads or changes.
    calls: HashMap<String, (String, Option<String>)>,
    /// The files that are there, as far as the thread shows.
    files: HashSet<String>,
    /// What names the present message.
    own: String,
}

impl Reader {
    /// Returns a reader for these messages.
    pub(super) fn new(messages: &[Option<Value>], ledger: Ledger, is_whole: bool) -> Self {
        let is_answer = |message: &Option<Value>| {
            let message = message.as_ref();
            message.is_some_and(|it| word(it, "role") == Some("assistant") && parent(it).is_none())
        };
        let parents = messages.iter().flatten().filter_map(parent);
        Self {
            ledger,
            last_answer: messages.iter().rposition(is_answer),
            is_whole,
            speaking: parents.map(str::to_owned).collect(),
            calls: HashMap::new(),
            files: HashSet::new(),
            own: String::new(),
        }
    }

    /// Reads the message at `index`, which is `json`.
    pub(super) fn read(
        &mut self,
        session: &mut Session<'_>,
        message: &Value,
        index: usize,
        json: &str,
    ) {
        let role = word(message, "role").unwrap_or("message");
        let id = ledger::id(message).unwrap_or_else(|| format!("line-{}", index + 1));
        role.clone_into(&mut session.place.raw_type);
        session.group = Some(id.clone());
        session.task = parent(message).map(str::to_owned);
        session.subagent.clone_from(&session.task);
        session.model = None;
        self.own = id;
        let fate = match role {
            "user" => self.read_user(session, message),
            "assistant" => self.read_answer(session, message, index),
            "info" => self.read_info(session, message, index),
            _ => Fate::Unknown,
        };
        role.clone_into(&mut session.place.raw_type);
        if fate == Fate::Unknown {
            session.count(fate, &message.to_string());
        } else {
            session.count(fate, json);
        }
    }

    /// Tells what no answer stands for: a later answer may turn out to.
    pub(super) fn finish(&self, session: &mut Session<'_>) {
        session.leave_records();
        (session.group, session.task, session.subagent) = (None, None, None);
        "usageLedger".clone_into(&mut session.place.raw_type);
        session.set_time(None);
        session.owed = self.ledger.rest();
        session.may_change = true;
        session.flush_tokens(Some("usage"));
    }

    fn read_user(&mut self, session: &mut Session<'_>, message: &Value) -> Fate {
        let meta = message.get("meta").unwrap_or(&Value::Null);
        session.set_time(meta.get("sentAt").and_then(thread::time));
        // Another agent speaks, or a thread that does the work for this one.
        let is_agents = meta.get("fromAggman") == Some(&Value::Bool(true))
            || meta.get("fromExecutorThreadID").is_some_and(Value::is_string);
        let mut prompt = Vec::new();
        for (index, block) in blocks(message).iter().enumerate() {
            let own = format!("{}/{index}", self.own);
            let is_hidden = block.get("hidden") == Some(&Value::Bool(true));
            match kind(block) {
                "text" if is_hidden => note(session, &own, "user/hidden", text(block)),
                "text" => prompt.extend(filled(text(block)).map(Block::text)),
                "image" if let Some((shown, attachment)) = image::of_block(block) => {
                    prompt.push(shown);
                    session.attach(attachment);
                }
                "tool_result" => {
                    self.tell_prompt(session, &mut prompt, is_agents);
                    self.answer(session, block);
                }
                _ => keep(session, &own, block),
            }
        }
        self.tell_prompt(session, &mut prompt, is_agents);
        self.tell_context(session, message);
        Fate::Understood
    }

    fn tell_prompt(&self, session: &mut Session<'_>, prompt: &mut Vec<Block>, is_agents: bool) {
        let blocks = std::mem::take(prompt);
        if blocks.is_empty() {
            return;
        }
        if is_agents {
            session.say(Some(&self.own), EventType::SystemMessage, blocks);
        } else {
            session.prompt(Some(&self.own), blocks);
        }
    }

    /// Tells the files that the tool put beside a prompt.
    fn tell_context(&self, session: &mut Session<'_>, message: &Value) {
        let mentioned = message.get("fileMentions").map_or(&[][..], |found| list(found, "files"));
        let groups = [
            ("user/fileMentions", mentioned),
            ("user/discoveredGuidanceFiles", list(message, "discoveredGuidanceFiles")),
        ];
        for (raw_type, files) in groups {
            let blocks = files.iter().filter_map(|file| {
                let path =
                    file.as_str().or_else(|| word(file, "uri")).or_else(|| word(file, "path"));
                let content = file.get("content").and_then(Value::as_str);
                let content = content.filter(|_| file.get("isImage") != Some(&Value::Bool(true)));
                let content = content.map(|content| clip(content.to_owned()));
                Some(Block::File { path: path_of(path?), content })
            });
            let blocks: Vec<Block> = blocks.collect();
            if !blocks.is_empty() {
                raw_type.clone_into(&mut session.place.raw_type);
                session.say(Some(&self.own), EventType::SystemMessage, blocks);
            }
        }
    }

    fn read_answer(&mut self, session: &mut Session<'_>, message: &Value, index: usize) -> Fate {
        if parent(message).is_none() {
            // It speaks only when all of its calls, and those of its sub-agents, are over.
            session.settle_calls();
        }
        let state = message.get("state").unwrap_or(&Value::Null);
        let entry = self.ledger.of(message);
        let is_last = self.last_answer.is_none_or(|last| index >= last);
        let is_open = match word(state, "type") {
            Some("streaming" | "cancelled") => is_last,
            Some("error") => false,
            _ => entry.is_none() && (!self.is_whole || is_last && self.ledger.is_told()),
        };
        // Nothing behind it is stored before it is, so that nobody need say when this ends.
        session.may_change |= is_open;
        let Entry { tokens, model } = entry.unwrap_or_default();
        let usage = message.get("usage").unwrap_or(&Value::Null);
        let stamp = usage.get("timestamp").and_then(thread::time);
        session.model = model.or_else(|| word(message, "model").map(str::to_owned));
        session.owed = tokens;
        session.set_time(stamp);
        for (index, block) in blocks(message).iter().enumerate() {
            if let Some(started) = block.get("startTime").and_then(thread::time) {
                session.set_time(Some(started));
            }
            self.read_part(session, block, index);
        }
        if let Some(error) = state.get("error") {
            let text = word(error, "message").or(error.as_str());
            let own = format!("{}/error", self.own);
            note(session, &own, "assistant/error", text.unwrap_or_default());
        }
        session.flush_tokens(Some(&format!("{}/usage", self.own)));
        session.owed = Tokens::default();
        Fate::Understood
    }

    fn read_part(&mut self, session: &mut Session<'_>, block: &Value, index: usize) {
        let own = format!("{}/{index}", self.own);
        match kind(block) {
            "text" => {
                if let Some(text) = filled(text(block)) {
                    session.say(Some(&own), EventType::AgentMessage, vec![Block::text(text)]);
                }
            }
            "thinking" => {
                let thought = block.get("thinking").and_then(Value::as_str).unwrap_or_default();
                if let Some(thought) = filled(thought) {
                    session.say(Some(&own), EventType::Thinking, vec![Block::text(thought)]);
                }
            }
            // Encrypted: nobody but the model's maker can read it.
            "redacted_thinking" => {}
            "tool_use" | "server_tool_use" => self.open_call(session, block, &own),
            result if result.ends_with("tool_result") => self.answer(session, block),
            "image" if let Some((shown, attachment)) = image::of_block(block) => {
                session.attach(attachment);
                session.say(Some(&own), EventType::AgentMessage, vec![shown]);
            }
            _ => keep(session, &own, block),
        }
    }

    fn open_call(&mut self, session: &mut Session<'_>, block: &Value, own: &str) {
        let id = word(block, "id").unwrap_or(own);
        let name = word(block, "name").unwrap_or("unknown");
        let mut inputs = ["input", "inputIncomplete"].into_iter().filter_map(|key| block.get(key));
        let input = match inputs.find(|input| !is_empty(input)) {
            None => Map::new(),
            Some(Value::Object(input)) => input.clone(),
            Some(other) => Map::from_iter([("input".to_owned(), other.clone())]),
        };
        let path = tools::path(name, &input).map(str::to_owned);
        self.calls.insert(id.to_owned(), (name.to_owned(), path));
        session.open_call(CallRecord { id, name, input, agent: None, child: None });
    }

    /// Tells what a call came to, where its run is over.
    fn answer(&mut self, session: &mut Session<'_>, block: &Value) {
        let id =
            ["toolUseID", "toolUseId", "tool_use_id"].into_iter().find_map(|key| word(block, key));
        let waiting = if id.is_none() { session.waiting_call(None) } else { None };
        let id = id.or(waiting.as_deref());
        let (name, path) = id.and_then(|id| self.calls.get(id)).cloned().unwrap_or_default();
        let Some(mut outcome) = run::of_block(&name, block) else { return };
        if let Some(path) = path {
            outcome.is_new_file = Some(!self.files.contains(&path));
            if !outcome.is_error {
                self.files.insert(path);
            }
        }
        let turns = block.get("run").map_or(&[][..], |run| list(run, "progress"));
        if id.is_none_or(|id| !self.speaking.contains(id)) {
            outcome.calls = run::inner_calls(&mut outcome, turns);
            outcome.agent = id.filter(|_| !turns.is_empty()).map(str::to_owned);
        }
        session.answer(id, None, outcome);
    }

    fn read_info(&mut self, session: &mut Session<'_>, message: &Value, index: usize) -> Fate {
        session.set_time(message.get("meta").and_then(|meta| thread::time(meta.get("sentAt")?)));
        for (index_in, block) in blocks(message).iter().enumerate() {
            let own = format!("{}/{index_in}", self.own);
            match kind(block) {
                "text" => note(session, &own, "info", text(block)),
                "summary" => {
                    let summary = block.get("summary").unwrap_or(&Value::Null);
                    let words = summary.as_str().or_else(|| word(summary, "summary"));
                    note(session, &own, "info/summary", words.unwrap_or_default());
                }
                "manual_bash_invocation" => {
                    let is_last = self.last_answer.is_none_or(|last| index > last);
                    tell_command(session, &own, block, is_last);
                }
                _ => keep(session, &own, block),
            }
        }
        Fate::Understood
    }
}

/// Tells a command that the person ran (`$ …`), with what it came to.
fn tell_command(session: &mut Session<'_>, own: &str, block: &Value, is_last: bool) {
    let args = block.get("args").unwrap_or(&Value::Null);
    let command = word(args, "cmd").or_else(|| word(args, "command")).unwrap_or_default();
    let result = Value::Object(Map::from_iter([(
        "run".to_owned(),
        block.get("toolRun").cloned().unwrap_or_default(),
    )]));
    let outcome = run::of_block("", &result);
    session.may_change |= outcome.is_none() && is_last;
    let mut blocks = vec![Block::Code {
        code: command.to_owned(),
        language: Some("shell".to_owned()),
        start_line: None,
    }];
    blocks.extend(outcome.into_iter().flat_map(|outcome| outcome.blocks));
    "info/manual_bash_invocation".clone_into(&mut session.place.raw_type);
    session.say(Some(own), EventType::SystemMessage, blocks);
}

/// Says what nobody said: the tool's own words.
fn note(session: &mut Session<'_>, own: &str, raw_type: &str, text: &str) {
    if let Some(text) = filled(text) {
        let before = std::mem::replace(&mut session.place.raw_type, raw_type.to_owned());
        let blocks = vec![Block::text(clip(text.to_owned()))];
        session.say(Some(own), EventType::SystemMessage, blocks);
        session.place.raw_type = before;
    }
}

/// Keeps a block of a kind that is not known, and counts it.
fn keep(session: &mut Session<'_>, own: &str, block: &Value) {
    let kind = kind(block).to_owned();
    let name = format!("{}.{kind}", session.place.raw_type);
    *session.report.fields.entry(name).or_insert(0) += 1;
    session.say(Some(own), EventType::Custom { kind }, vec![Block::json(block.clone())]);
}

/// Returns the blocks of a message; a text alone is one.
fn blocks(message: &Value) -> &[Value] {
    match message.get("content") {
        Some(Value::Array(blocks)) => blocks,
        None | Some(Value::Null) => &[],
        Some(other) => std::slice::from_ref(other),
    }
}

fn kind(block: &Value) -> &str {
    match word(block, "type") {
        Some("text") if block.get("text").is_none_or(|text| !text.is_string()) => "block",
        Some(kind) => kind,
        None if block.is_string() => "text",
        None => "block",
    }
}

fn text(block: &Value) -> &str {
    block.as_str().or_else(|| block.get("text")?.as_str()).unwrap_or_default()
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.trim().is_empty())
}

fn is_empty(input: &Value) -> bool {
    input.is_null() || input.as_object().is_some_and(Map::is_empty)
}

/// Returns the call whose sub-agent the message is of.
fn parent(message: &Value) -> Option<&str> {
    word(message, "parentToolUseId").or_else(|| word(message, "parentToolUseID"))
}
