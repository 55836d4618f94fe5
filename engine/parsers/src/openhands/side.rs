//! What lies beside the events of a conversation: `base_state.json`, `meta.json`, and the classic `metadata.json`.

use super::clock::Clock;
use crate::items;
use crate::session::Tokens;
use crate::transcript::value_of;
use opensession_hail::Timestamp;
use serde_json::Value;
use std::collections::HashMap;

/// The facts beside the events.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub id: Option<String>,
    pub title: Option<String>,
    pub cwd: Option<String>,
    pub branch: Option<String>,
    pub model: Option<String>,
    pub version: Option<String>,
    pub parent: Option<String>,
    pub created: Option<Timestamp>,
    pub clock: Option<Clock>,
    /// What each answer of the model cost, by its id.
    pub usages: HashMap<String, Usage>,
    /// What all of them cost, and others of which no event tells.
    pub total: Tokens,
    /// The sum counts what came from a cache as input: it is only good where events tell nothing.
    pub is_total_rough: bool,
    /// Nothing more will be told of the answers that are in the log.
    pub is_final: bool,
}

/// What an answer of the model cost.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    pub model: Option<String>,
    pub tokens: Tokens,
    /// When it was given.
    pub at: Option<Timestamp>,
}

impl Side {
    /// Reads `base_state.json`, also where only its beginning is there: then more is to come. What sub-agents cost is
    /// told by them where they have logs.
    pub(super) fn of_state(bytes: &[u8], has_agents: bool) -> Self {
        let mut side = Self::default();
        let Some(state) = items::read(bytes, "") else { return side };
        let member = |name: &str| value_of(state.member(name)?);
        let text = |name: &str| member(name).and_then(|value| value.as_str().map(str::to_owned));
        side.id = text("id").filter(|id| !id.is_empty());
        side.title = text("title").or_else(|| word(member("tags")?.get("title")));
        side.branch = text("selected_branch");
        side.created = text("created_at").as_deref().and_then(Timestamp::parse);
        side.version = text("sdk_version").or_else(|| text("version"));
        side.cwd = member("workspace").and_then(|workspace| {
            word(workspace.get("working_dir")).or_else(|| workspace.as_str().map(str::to_owned))
        });
        let agent = member("agent").unwrap_or_default();
        side.model = word(agent.get("llm").and_then(|llm| llm.get("model")))
            .or_else(|| word(agent.get("acp_model")));
        let status = text("execution_status").or_else(|| text("agent_status"));
        side.is_final = state.is_whole && status.as_deref() != Some("running");
        let stats = member("stats").unwrap_or_default();
        for (name, metrics) in stats
            .get("usage_to_metrics")
            .or_else(|| stats.get("service_to_metrics"))
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let is_agents = name.starts_with("task:") || name.starts_with("delegate:");
            if !(is_agents && has_agents) {
                side.add_metrics(metrics);
            }
        }
        side
    }

    /// Returns whether nothing is told of what the answers cost.
    pub(super) fn tells_nothing(&self) -> bool {
        self.usages.is_empty() && self.total.is_zero()
    }

    /// Reads the classic `metadata.json`.
    pub(super) fn of_metadata(bytes: &[u8]) -> Self {
        let mut side = Self { is_final: true, is_total_rough: true, ..Self::default() };
        // What is no JSON says nothing; the folder's name stands for the id.
        let meta = value_of(bytes).unwrap_or_default();
        side.take_meta(&meta);
        let number = |key: &str| meta.get(key).and_then(Value::as_u64).unwrap_or(0);
        let cost = meta.get("accumulated_cost").and_then(Value::as_f64).unwrap_or(0.0);
        side.total =
            Tokens { cost, ..Tokens::new(number("prompt_tokens"), 0, number("completion_tokens")) };
        side
    }

    /// Adds what `meta.json` says, of the server or of a conversation that was downloaded.
    pub(super) fn add_meta(&mut self, bytes: &[u8]) {
        let meta = value_of(bytes).unwrap_or_default();
        self.take_meta(&meta);
        if self.tells_nothing() {
            self.add_metrics(meta.get("metrics").unwrap_or(&Value::Null));
        }
    }

    fn take_meta(&mut self, meta: &Value) {
        let text = |key: &str| word(meta.get(key)).filter(|text| !text.is_empty());
        let fill = |fact: &mut Option<String>, found: Option<String>| {
            if fact.is_none() {
                *fact = found;
            }
        };
        fill(&mut self.id, text("conversation_id").or_else(|| text("id")));
        fill(&mut self.title, text("title"));
        fill(&mut self.branch, text("selected_branch"));
        fill(&mut self.model, text("llm_model"));
        fill(&mut self.parent, text("parent_conversation_id"));
        fill(&mut self.cwd, word(meta.get("workspace").and_then(|place| place.get("working_dir"))));
        let created = text("created_at");
        self.created = self.created.or_else(|| created.as_deref().and_then(Timestamp::parse));
    }

    /// Adds what one of the models cost.
    pub(super) fn add_metrics(&mut self, metrics: &Value) {
        let list =
            |key: &str| metrics.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let (usages, costs) = (list("token_usages"), list("costs"));
        // Costs name no answer: they stand in the same order, where each answer has one.
        let costs = if costs.len() == usages.len() { costs } else { &[] };
        for (index, usage) in usages.iter().enumerate() {
            let cost = costs.get(index);
            let mut tokens = tokens(usage);
            tokens.cost = cost.and_then(|cost| cost.get("cost")?.as_f64()).unwrap_or(0.0);
            let seconds = cost.and_then(|cost| cost.get("timestamp")?.as_f64());
            // A cast saturates.
            #[allow(clippy::cast_possible_truncation, reason = "milliseconds are enough")]
            let at = seconds.and_then(|seconds| Timestamp::from_millis((seconds * 1000.0) as i64));
            let Some(answer) = word(usage.get("response_id")).filter(|id| !id.is_empty()) else {
                continue;
            };
            let model = word(usage.get("model")).filter(|model| model != "default");
            match self.usages.get_mut(&answer) {
                Some(known) => known.tokens = sum(known.tokens, tokens),
                None => drop(self.usages.insert(answer, Usage { model, tokens, at })),
            }
        }
        let mut all = metrics.get("accumulated_token_usage").map(tokens).unwrap_or_default();
        all.cost = metrics.get("accumulated_cost").and_then(Value::as_f64).unwrap_or(0.0);
        self.total = sum(self.total, all);
        if self.model.is_none() {
            self.model = word(metrics.get("model_name")).filter(|name| name != "default");
        }
    }
}

/// Returns the tokens of a request: its prompt counts what came from a cache and what was written to one.
pub(super) fn tokens(usage: &Value) -> Tokens {
    let number = |key: &str| usage.get(key).and_then(Value::as_u64).unwrap_or(0);
    let (read, write) = (number("cache_read_tokens"), number("cache_write_tokens"));
    Tokens {
        input: number("prompt_tokens").saturating_sub(read).saturating_sub(write),
        cache_read: read,
        cache_write: write,
        output: number("completion_tokens"),
        cost: 0.0,
    }
}

/// Returns both together.
pub(super) fn sum(one: Tokens, other: Tokens) -> Tokens {
    Tokens {
        input: one.input.saturating_add(other.input),
        cache_read: one.cache_read.saturating_add(other.cache_read),
        cache_write: one.cache_write.saturating_add(other.cache_write),
        output: one.output.saturating_add(other.output),
        cost: one.cost + other.cost,
    }
}

/// Returns a text.
pub(super) fn word(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::to_owned)
}
