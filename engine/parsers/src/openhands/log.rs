//! The records of a conversation, one after the other: what holds for either kind of event.

use super::clock::Clock;
use super::invocation;
use super::known::KNOWN;
use super::place;
use super::side::{Side, sum, word};
use crate::Sink;
use crate::lines::line_text;
use crate::session::{Fate, Session, Tokens, maker};
use crate::trail::Trail;
use opensession_hail::{
    Attachment, Block, EventId, EventType, SessionId, attribute, repair, visible,
};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The state of one conversation.
pub(super) struct Log<'s> {
    pub(super) session: Session<'s>,
    pub(super) side: Side,
    /// Calls by the number of the classic event that made them.
    pub(super) calls: HashMap<String, String>,
    /// Tokens of the answers so far, as classic events count them up.
    pub(super) counted: Tokens,
    /// The agent has said or done something.
    pub(super) has_begun: bool,
    /// The answer of the model that the latest record belongs to.
    answer: Option<String>,
    /// The answers of the model whose cost is told.
    told: HashSet<String>,
    /// What events were given of tokens.
    given: Tokens,
    /// The records that still count, in order.
    live: Trail<Live>,
}

/// A record that a later one may name as its parent.
struct Live {
    first: Option<EventId>,
    /// How many up to this one are part of what is said, and no housekeeping.
    said: usize,
}

impl<'s> Log<'s> {
    /// Begins a session of which `side` is known.
    pub(super) fn new(sink: &'s mut dyn Sink, id: SessionId, side: Side) -> Self {
        let mut session = Session::new(sink, invocation::describe).knowing(&KNOWN);
        session.begin(|| id);
        let meta = &mut session.meta;
        if let Some(title) = &side.title {
            meta.rename(title);
        }
        meta.visit(side.cwd.as_deref().unwrap_or(""));
        meta.branch.clone_from(&side.branch);
        meta.version.clone_from(&side.version);
        meta.model.clone_from(&side.model);
        meta.provider = side.model.as_deref().map(provider).map(str::to_owned);
        meta.is_auxiliary = side.parent.is_some();
        meta.parent.clone_from(&side.parent);
        meta.started = side.created;
        session.tell_place();
        Self {
            session,
            side,
            calls: HashMap::new(),
            counted: Tokens::default(),
            has_begun: false,
            answer: None,
            told: HashSet::new(),
            given: Tokens::default(),
            live: Trail::default(),
        }
    }

    /// Reads a record.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        let text = line_text(bytes).unwrap_or_else(|| repair(bytes).into());
        match serde_json::from_str(&text) {
            Ok(event @ Value::Object(_)) => self.read_value(&event, &text),
            _ => self.keep_text(visible(bytes)),
        }
    }

    /// Keeps a text that is no record.
    pub(super) fn keep_text(&mut self, text: String) {
        self.session.keep_text(crate::clip::clip(text));
    }

    fn read_value(&mut self, event: &Value, json: &str) {
        let word =
            |key: &str| event.get(key).and_then(Value::as_str).filter(|word| !word.is_empty());
        let stamp = word("timestamp").and_then(|text| Clock::read(self.side.clock, text));
        self.session.set_time(stamp);
        self.session.mark();
        let (name, is_said) = match (word("kind"), word("action"), word("observation")) {
            (Some(kind), ..) => (kind.to_owned(), super::event::is_said(kind)),
            (None, Some(action), _) => (format!("action/{action}"), true),
            (None, None, Some(observation)) => (format!("observation/{observation}"), true),
            _ => ("record".to_owned(), false),
        };
        self.session.place.raw_type = name;
        let own = match event.get("id") {
            Some(Value::String(id)) if !id.is_empty() => Some(id.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if let Some(parent) = word("parent_id") {
            self.follow(own.as_deref(), parent);
        }
        let fate = match (word("kind"), word("action"), word("observation")) {
            (Some(kind), ..) => self.read_event(kind, own.as_deref(), event),
            (None, Some(action), _) => self.read_action(action, own.as_deref(), event),
            (None, None, Some(kind)) => self.read_observation(kind, own.as_deref(), event),
            _ => Fate::Unknown,
        };
        // Where no event of the model took them.
        self.session.flush_tokens(own.as_deref());
        self.session.count(fate, json);
        if let Some(id) = own {
            let said = self.said_of(self.live.len()) + usize::from(is_said);
            self.live.push(id, Live { first: self.session.first().cloned(), said });
        }
        (self.session.group, self.session.model, self.session.provider) = (None, None, None);
    }

    /// The present record belongs to this answer of the model: its first event takes what that cost. Before the next
    /// answer, all calls of the one before have ended.
    pub(super) fn join_answer(&mut self, answer: &str) {
        let before = self.answer.replace(answer.to_owned());
        if before.as_deref() != Some(answer) {
            self.settle_calls();
        }
        self.session.group = Some(answer.to_owned());
        self.name_model(None);
        let Some(usage) = self.side.usages.get(answer).cloned() else { return };
        self.name_model(usage.model);
        if self.told.insert(answer.to_owned()) {
            self.give(usage.tokens);
        }
    }

    /// No call that waits gets a result any more; where the log may change, its calls may too.
    pub(super) fn settle_calls(&mut self) {
        if !self.session.may_change {
            self.session.settle_calls();
        }
    }

    /// Takes what the answers so far cost together, where the present record counts it up.
    pub(super) fn count_up(&mut self, metrics: &Value) {
        let mut sum = Side::default();
        sum.add_metrics(metrics);
        let model = metrics.get("accumulated_token_usage").and_then(|all| all.get("model"));
        if let Some(model) = word(model).filter(|model| !matches!(model.as_str(), "" | "default")) {
            self.name_model(Some(model));
        }
        self.count_up_to(sum.total);
    }

    /// Takes what `sum` is more than the answers so far cost; returns whether it is more.
    pub(super) fn count_up_to(&mut self, sum: Tokens) -> bool {
        let new = sum.since(self.counted);
        self.counted = self.counted.max(sum);
        self.give(new);
        !new.is_zero()
    }

    /// Returns whether no record before this one belonged to the answer.
    pub(super) fn is_new_answer(&mut self, answer: Option<&str>) -> bool {
        answer.is_none_or(|answer| self.told.insert(answer.to_owned()))
    }

    /// The present record was made by this model, or by the one of the conversation.
    pub(super) fn name_model(&mut self, model: Option<String>) {
        let model = model.filter(|model| !matches!(model.as_str(), "" | "default"));
        let model = model.or_else(|| self.side.model.clone());
        self.session.provider = model.as_deref().map(provider).map(str::to_owned);
        self.session.model = model;
    }

    /// Gives the next event of the model these tokens.
    pub(super) fn give(&mut self, tokens: Tokens) {
        self.session.owed = sum(self.session.owed, tokens);
        self.given = sum(self.given, tokens);
    }

    /// Says what requests cost of which no event tells. More may come of a log that is not final.
    pub(super) fn settle_usage(&mut self, is_final: bool) {
        if self.side.is_total_rough && !self.given.is_zero() {
            return;
        }
        let mut rest = self.side.total.since(self.given);
        // What sums of fractions leave over is no cost.
        rest.cost = if rest.cost < 1e-9 { 0.0 } else { rest.cost };
        if !rest.is_zero() {
            "usage".clone_into(&mut self.session.place.raw_type);
            self.session.set_time(None);
            self.session.may_change = !is_final;
            self.name_model(None);
            self.session.owed = rest;
            self.session.flush_tokens(Some("usage"));
        }
    }

    /// Sends what nobody said: context, notices, summaries.
    pub(super) fn note(&mut self, own: Option<&str>, part: Option<&str>, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let mut event = self.session.event(own, EventType::SystemMessage);
        if let Some(part) = part {
            let name = format!("{}/{part}", self.session.place.raw_type);
            event.attributes.set(attribute::RAW_TYPE, name);
        }
        event.content.blocks = vec![Block::text(crate::clip::clip(text.to_owned()))];
        self.session.push(event);
    }

    /// Sends what a person typed.
    pub(super) fn prompt(&mut self, own: Option<&str>, said: (Vec<Block>, Vec<Attachment>)) {
        let (blocks, attachments) = said;
        if !blocks.is_empty() {
            let mut texts = blocks.iter().filter_map(Block::as_text);
            self.session.meta.visit(texts.find_map(place::of_prompt).unwrap_or(""));
            self.session.attach(attachments);
            self.session.prompt(own, blocks);
        }
    }

    /// Sends what the model thought or said, an event for each text.
    pub(super) fn utter(&mut self, own: Option<&str>, event_type: &EventType, blocks: Vec<Block>) {
        for block in blocks {
            if block.as_text().is_none_or(|text| !text.trim().is_empty()) {
                self.session.say(own, event_type.clone(), vec![block]);
            }
        }
    }

    /// Returns how many of the first `count` records that still count are part of what is said.
    fn said_of(&self, count: usize) -> usize {
        self.live.last_of(count).map_or(0, |live| live.said)
    }

    /// Goes on from the record `parent`: what was said behind it no longer counts.
    fn follow(&mut self, own: Option<&str>, parent: &str) {
        let kept = match parent {
            "__root__" => 0,
            // A record that is not known takes nothing back.
            _ => match self.live.up_to(parent) {
                Some(kept) => kept,
                None => return,
            },
        };
        if self.said_of(self.live.len()) == self.said_of(kept) {
            return;
        }
        let first = self.live.cut(kept).into_iter().find_map(|live| live.first);
        self.settle_calls();
        let name = std::mem::replace(&mut self.session.place.raw_type, "rewind".to_owned());
        let own = own.map(|own| format!("{own}/rewind"));
        self.session.rewind(own.as_deref(), first.as_ref());
        self.session.place.raw_type = name;
        self.session.mark();
    }
}

/// Returns who runs a model: proxies before its name are none.
fn provider(model: &str) -> &str {
    let mut name = model;
    while let Some((first, rest)) = name.split_once('/') {
        if !matches!(first, "litellm_proxy" | "openhands" | "prod" | "neulab") {
            break;
        }
        name = rest;
    }
    maker(name)
}

#[cfg(test)]
mod tests {
    use super::provider;

    #[test]
    fn a_proxy_is_no_provider() {
        assert_eq!(provider("litellm_proxy/prod/claude-opus-4-5-20251101"), "anthropic");
        assert_eq!(provider("openhands/claude-sonnet-4-5"), "anthropic");
        assert_eq!(provider("openrouter/qwen/qwen3-coder"), "openrouter");
        assert_eq!(provider("gpt-4o-mini"), "openai");
    }
}
