//! What answers cost: told in each (`usage`), or in a list of the thread's (`usageLedger`).
//!
//! The list has what older answers do not tell themselves, and what no answer stands for. Input, cached input and input
//! written to a cache are three numbers. Credits are not kept.

use crate::session::Tokens;
use crate::transcript::{list, word};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// What the thread tells of costs.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By the id of the message, where it does not tell itself.
    by_message: HashMap<String, Entry>,
    /// Of no message.
    rest: Tokens,
    /// Whether anything is told at all.
    is_told: bool,
}

/// What an answer cost, and whose it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub tokens: Tokens,
    pub model: Option<String>,
}

impl Ledger {
    /// Reads the list of a thread with these messages.
    pub(super) fn read(members: &Map<String, Value>, messages: &[Option<Value>]) -> Self {
        let tells = |message: &&Value| message.get("usage").is_some_and(Value::is_object);
        let all = || messages.iter().flatten();
        let known: HashSet<String> = all().filter_map(id).collect();
        let priced: HashSet<String> = all().filter(tells).filter_map(id).collect();
        let mut ledger = Self { is_told: !priced.is_empty(), ..Self::default() };
        let events = members.get("usageLedger").map_or(&[][..], |ledger| list(ledger, "events"));
        for event in events {
            ledger.is_told = true;
            let tokens = tokens(event.get("tokens").unwrap_or(event));
            let message = event.get("toMessageId").and_then(plain);
            match message.filter(|message| known.contains(message)) {
                Some(message) if priced.contains(&message) => {}
                Some(message) => {
                    let entry = ledger.by_message.entry(message).or_default();
                    entry.tokens = entry.tokens.plus(tokens);
                    let model = word(event, "model").map(str::to_owned);
                    entry.model = model.or(entry.model.take());
                }
                // It may be what an answer tells too, without saying which.
                None if priced.is_empty() => ledger.rest = ledger.rest.plus(tokens),
                None => {}
            }
        }
        ledger
    }

    /// Returns whether the thread tells what anything cost.
    pub(super) const fn is_told(&self) -> bool {
        self.is_told
    }

    /// Returns what an answer cost; `None` where nothing tells.
    pub(super) fn of(&self, message: &Value) -> Option<Entry> {
        let Some(usage) = message.get("usage").filter(|usage| usage.is_object()) else {
            return self.by_message.get(&id(message)?).cloned();
        };
        let model = word(usage, "model").or_else(|| word(message, "model"));
        Some(Entry { tokens: tokens(usage), model: model.map(str::to_owned) })
    }

    /// Returns what no answer stands for.
    pub(super) const fn rest(&self) -> Tokens {
        self.rest
    }
}

/// Returns what a message calls itself: a number, and text in threads of a server.
pub(super) fn id(message: &Value) -> Option<String> {
    let keys = ["messageId", "dtwMessageID", "protocolMessageID", "id"];
    keys.into_iter().find_map(|key| plain(message.get(key)?))
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

fn tokens(told: &Value) -> Tokens {
    let number = |keys: [&str; 2]| {
        keys.into_iter().find_map(|key| told.get(key).and_then(Value::as_u64)).unwrap_or(0)
    };
    Tokens {
        input: number(["inputTokens", "input"]),
        output: number(["outputTokens", "output"]),
        cache_read: number(["cacheReadInputTokens", "cacheRead"]),
        cache_write: number(["cacheCreationInputTokens", "cacheCreation"]),
        ..Tokens::default()
    }
}
