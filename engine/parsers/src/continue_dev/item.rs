//! The items of a session's history, one after the other: a message, with what belongs to it.

use super::calls::{self, Call, Status};
use super::usage;
use crate::attachment;
use crate::clip::clip;
use crate::session::{CallRecord, Fate, Session, Tokens};
use crate::transcript::{list, path_of, word};
use opensession_hail::{Block, EventType, Timestamp};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Reads the items of one session.
pub(super) struct Reader<'v> {
    items: &'v [Option<Value>],
    /// Where the last item stands that is not what a tool returned.
    last_spoken: Option<usize>,
    /// The calls for which there are messages with what they returned.
    returned: HashSet<&'v str>,
    /// The calls that wait for such a message.
    waiting: HashMap<String, Call<'v>>,
    /// What the answers tell that they cost.
    told: Tokens,
}

impl<'v> Reader<'v> {
    /// Returns a reader for these items.
    pub(super) fn new(items: &'v [Option<Value>]) -> Self {
        let is_spoken =
            |item: &Option<Value>| item.as_ref().is_none_or(|item| role(item) != "tool");
        let tools = items.iter().flatten().filter(|item| role(item) == "tool");
        Self {
            items,
            last_spoken: items.iter().rposition(is_spoken),
            returned: tools.filter_map(|item| word(message(item), "toolCallId")).collect(),
            waiting: HashMap::new(),
            told: Tokens::default(),
        }
    }

    /// Returns whether the item at `index` is an answer of which nothing is written yet.
    pub(super) fn is_unwritten(&self, index: usize) -> bool {
        let is_last = index + 1 == self.items.len();
        let item = self.items.get(index).and_then(Option::as_ref).filter(|_| is_last);
        item.is_some_and(|item| {
            let is_empty = parts(message(item)).iter().all(|part| text(part).trim().is_empty());
            role(item) == "assistant"
                && is_empty
                && calls::of_item(item, "").is_empty()
                && item.get("reasoning").is_none()
                && message(item).get("usage").is_none()
        })
    }

    /// Counts such an item.
    pub(super) fn leave_out(&self, session: &mut Session<'_>) {
        "assistant".clone_into(&mut session.place.raw_type);
        session.count(Fate::Dropped("not answered yet"), "");
    }

    /// Reads the item at `index`, which is `json`.
    pub(super) fn read(
        &mut self,
        session: &mut Session<'_>,
        item: &'v Value,
        index: usize,
        json: &str,
    ) {
        let message = message(item);
        let own = word(message, "id").map_or_else(|| format!("line-{}", index + 1), str::to_owned);
        let role = role(item);
        role.clone_into(&mut session.place.raw_type);
        session.group = Some(own.clone());
        session.set_time(None);
        let is_last = index + 1 == self.items.len();
        session.may_change |= is_last && item.get("isGatheringContext") == Some(&Value::Bool(true));
        if role != "tool" {
            // The model and the person speak only when all calls are over.
            session.settle_calls();
        }
        let fate = match role {
            "user" => self.read_prompt(session, item, &own),
            "assistant" | "thinking" => self.read_answer(session, item, &own, index),
            "system" => {
                parts(message).iter().for_each(|part| note(session, &own, "system", text(part)));
                Fate::Understood
            }
            "tool" => self.read_return(session, message),
            _ => Fate::Unknown,
        };
        if let Some(summary) = word(item, "conversationSummary") {
            note(session, &own, "summary", summary);
        }
        role.clone_into(&mut session.place.raw_type);
        if fate == Fate::Unknown {
            session.count(fate, &item.to_string());
        } else {
            session.count(fate, json);
        }
    }

    /// Tells what the session cost more than its answers tell.
    pub(super) fn finish(&self, session: &mut Session<'_>, total: &Value) {
        session.leave_records();
        session.group = None;
        session.set_time(None);
        "usage".clone_into(&mut session.place.raw_type);
        session.owed = usage::tokens(total).since(self.told);
        session.may_change = true;
        session.flush_tokens(Some("usage"));
    }

    fn read_prompt(&self, session: &mut Session<'_>, item: &Value, own: &str) -> Fate {
        let (mut blocks, mut odd) = (Vec::new(), Vec::new());
        for part in parts(message(item)) {
            match block_of(session, part) {
                Some(block) => blocks.extend(block),
                None => odd.push(part),
            }
        }
        if !blocks.is_empty() {
            session.prompt(Some(own), blocks);
        }
        odd.into_iter().for_each(|part| keep(session, own, part));
        tell_context(session, item, own);
        Fate::Understood
    }

    fn read_answer(
        &mut self,
        session: &mut Session<'_>,
        item: &'v Value,
        own: &str,
        index: usize,
    ) -> Fate {
        read_model(session, item);
        let message = message(item);
        if let Some(usage) = message.get("usage").filter(|usage| usage.is_object()) {
            session.owed = usage::tokens(usage);
            self.told = self.told.plus(session.owed);
        }
        if let Some(reasoning) = item.get("reasoning") {
            let began = reasoning.get("startAt").and_then(Value::as_i64).filter(|at| *at > 0);
            let began = began.and_then(Timestamp::from_millis);
            if began.is_some() {
                session.set_time(began);
            }
            let text = word(reasoning, "text").map(Block::text);
            if let Some(text) = text {
                session.say(Some(own), EventType::Thinking, vec![text]);
            }
            if began.is_some() {
                session.set_time(None);
            }
        }
        for part in parts(message) {
            let event_type = match role(item) {
                "thinking" => EventType::Thinking,
                _ => EventType::AgentMessage,
            };
            say(session, own, event_type, part);
        }
        let calls = calls::of_item(item, own);
        for Call { id, name, input, .. } in &calls {
            let agent = input.get("subagent_name").and_then(Value::as_str);
            let input = input.clone();
            session.open_call(CallRecord { id, name, input, agent, child: None });
        }
        for call in calls {
            self.settle(session, call, index);
        }
        tell_context(session, item, own);
        session.flush_tokens(Some(&format!("{own}/usage")));
        Fate::Understood
    }

    /// Tells what came of a call, where its item says so for good.
    fn settle(&mut self, session: &mut Session<'_>, call: Call<'v>, index: usize) {
        let is_past = self.last_spoken.is_some_and(|last| index < last);
        let is_over = call.status() != Status::Running;
        if call.has_output() && (is_over || is_past && !self.returned.contains(call.id.as_str())) {
            session.answer(Some(&call.id), None, call.outcome());
        } else if self.returned.contains(call.id.as_str()) {
            self.waiting.insert(call.id.clone(), call);
        } else if is_over && is_past {
            session.answer(Some(&call.id), None, call.outcome());
        }
    }

    /// Reads what a tool returned, where its call does not say that itself.
    fn read_return(&mut self, session: &mut Session<'_>, message: &Value) -> Fate {
        let id = word(message, "toolCallId").map(str::to_owned);
        let id = id.or_else(|| session.waiting_call(None));
        let content = message.get("content").unwrap_or(&Value::Null);
        match id.as_deref() {
            Some(id) if session.is_answered(id) => return Fate::COPY,
            Some(id) => {
                let waiting = self.waiting.remove(id);
                let outcome = match &waiting {
                    Some(call) => call.outcome_of(content),
                    None => calls::outcome_of(content),
                };
                session.answer(Some(id), None, outcome);
            }
            None => session.answer(None, None, calls::outcome_of(content)),
        }
        Fate::Understood
    }
}

/// Reads which model answered: the prompts as they were sent tell it.
fn read_model(session: &mut Session<'_>, item: &Value) {
    for log in list(item, "promptLogs") {
        let options = log.get("completionOptions").unwrap_or(&Value::Null);
        if let Some(model) = word(options, "model").or_else(|| word(log, "modelTitle")) {
            session.model = Some(model.to_owned());
        }
        if let Some(provider) = word(log, "modelProvider") {
            session.provider = Some(provider.to_owned());
        }
    }
}

/// Tells what the tool put beside a message: files, problems, output of the terminal.
fn tell_context(session: &mut Session<'_>, item: &Value, own: &str) {
    let blocks = list(item, "contextItems").iter().map(|context| {
        let content = context.get("content").and_then(Value::as_str);
        let content = content.map(|content| clip(content.to_owned()));
        let uri = context.get("uri").unwrap_or(&Value::Null);
        match word(uri, "value").filter(|_| word(uri, "type") == Some("file")) {
            Some(path) => Block::File { path: path_of(path), content },
            None => content.map_or_else(|| Block::json(context.clone()), Block::text),
        }
    });
    let blocks: Vec<Block> = blocks.collect();
    if !blocks.is_empty() {
        let before = session.place.raw_type.clone();
        session.place.raw_type = format!("{before}/contextItems");
        session.say(Some(&format!("{own}/context")), EventType::SystemMessage, blocks);
        session.place.raw_type = before;
    }
}

fn say(session: &mut Session<'_>, own: &str, event_type: EventType, part: &Value) {
    match block_of(session, part) {
        Some(Some(block)) => session.say(Some(own), event_type, vec![block]),
        Some(None) => {}
        None => keep(session, own, part),
    }
}

/// Returns the block that a part of a message is, which is none where it is blank; `None` for what is not known.
#[allow(clippy::option_option, reason = "blank and not known are two things")]
fn block_of(session: &mut Session<'_>, part: &Value) -> Option<Option<Block>> {
    if let Some(block) = image(session, part) {
        return Some(Some(block));
    }
    let text = part.as_str().or_else(|| part.get("text")?.as_str())?;
    Some((!text.trim().is_empty()).then(|| Block::text(text)))
}

/// Keeps a part of a kind that is not known, and counts it.
fn keep(session: &mut Session<'_>, own: &str, part: &Value) {
    let kind = word(part, "type").unwrap_or("part").to_owned();
    let name = format!("{}.{kind}", session.place.raw_type);
    *session.report.fields.entry(name).or_insert(0) += 1;
    session.say(Some(own), EventType::Custom { kind }, vec![Block::json(part.clone())]);
}

/// Says what nobody said: the tool's own words.
fn note(session: &mut Session<'_>, own: &str, kind: &str, text: &str) {
    if !text.trim().is_empty() {
        let before = std::mem::replace(&mut session.place.raw_type, kind.to_owned());
        let blocks = vec![Block::text(clip(text.to_owned()))];
        session.say(Some(&format!("{own}/{kind}")), EventType::SystemMessage, blocks);
        session.place.raw_type = before;
    }
}

/// Returns the picture that a part is: `{type: "imageUrl", imageUrl: {url: "data:…"}}`.
fn image(session: &mut Session<'_>, part: &Value) -> Option<Block> {
    let url = word(part.get("imageUrl")?, "url")?;
    let data = url.strip_prefix("data:").and_then(|data| data.split_once(";base64,"));
    let decoded = data.and_then(|(mime, base64)| {
        let attachment = attachment::from_base64(base64, mime)?;
        Some((attachment::block(&attachment, mime), attachment))
    });
    if let Some((block, attachment)) = decoded {
        session.attach([attachment]);
        return Some(block);
    }
    Some(Block::Image { url: url.to_owned(), alt: None, mime: "image/*".to_owned() })
}

fn message(item: &Value) -> &Value {
    item.get("message").unwrap_or(&Value::Null)
}

fn role(item: &Value) -> &str {
    word(message(item), "role").unwrap_or("item")
}

/// Returns the parts of a message; a text alone is one.
fn parts(message: &Value) -> &[Value] {
    match message.get("content") {
        Some(Value::Array(parts)) => parts,
        None | Some(Value::Null) => &[],
        Some(other) => std::slice::from_ref(other),
    }
}

fn text(part: &Value) -> &str {
    part.as_str().or_else(|| part.get("text")?.as_str()).unwrap_or_default()
}
