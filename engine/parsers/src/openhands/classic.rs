//! Events of the classic server: actions, and observations that name the action they come from as their `cause`.
//! Evaluations write them without `args` and `extras`, and early ones without ids.

use super::log::Log;
use super::side::word;
use super::speech;
use super::{output, place};
use crate::session::{CallRecord, Fate, Outcome, Tokens};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

/// What an action has beside its arguments.
const ENVELOPE: [&str; 13] = [
    "id",
    "timestamp",
    "source",
    "message",
    "cause",
    "action",
    "observation",
    "tool_call_metadata",
    "llm_metrics",
    "timeout",
    "response_id",
    "parent_id",
    "success",
];

/// Arguments that say nothing of what is to be done.
const ASIDE: [&str; 9] = [
    "thought",
    "is_confirmed",
    "confirmation_state",
    "security_risk",
    "hidden",
    "keep_prompt",
    "kernel_init_code",
    "impl_source",
    "blocking",
];

impl Log<'_> {
    /// Reads an action.
    pub(super) fn read_action(&mut self, action: &str, own: Option<&str>, event: &Value) -> Fate {
        let arguments = fields(event, "args");
        let text = |key: &str| arguments.get(key).and_then(Value::as_str).unwrap_or("");
        let source = event.get("source").and_then(Value::as_str);
        // Without a source, the agent's words come after its first act.
        let is_agents = source.map_or(self.has_begun, |source| source == "agent");
        let is_persons = source.map_or(!self.has_begun, |source| source == "user");
        match action {
            "message" => {
                let mut said = speech::content(arguments.get("content"));
                for key in ["image_urls", "images_urls"] {
                    for url in speech::urls(arguments.get(key)) {
                        let (block, attachment) = crate::attachment::image_at(url);
                        said.0.push(block);
                        said.1.extend(attachment);
                    }
                }
                if is_persons {
                    self.prompt(own, said);
                } else if is_agents {
                    self.join_response(event);
                    self.session.attach(said.1);
                    self.utter(own, &EventType::AgentMessage, said.0);
                } else {
                    self.note(own, source, text("content"));
                }
            }
            "system" => {
                self.session.meta.version = word(arguments.get("openhands_version"))
                    .or_else(|| self.session.meta.version.take());
                self.note(own, None, text("content"));
            }
            "condensation" | "summarize" if !text("summary").trim().is_empty() => {
                self.join_response(event);
                self.note(own, None, text("summary"));
            }
            "recall" => return Fate::COPY,
            "condensation"
            | "condensation_request"
            | "change_agent_state"
            | "null"
            | "start"
            | "stop"
            | "pause"
            | "resume"
            | "streaming_chunk"
            | "loop_recovery" => {
                return Fate::STATE;
            }
            "run" if source == Some("user") => self.note(own, None, text("command")),
            _ if arguments.is_empty() && source.is_none() => return Fate::Unknown,
            _ => self.read_act(action, own, event, &arguments),
        }
        Fate::Understood
    }

    /// Reads something that the agent does.
    fn read_act(
        &mut self,
        action: &str,
        own: Option<&str>,
        event: &Value,
        arguments: &Map<String, Value>,
    ) {
        self.has_begun = true;
        self.join_response(event);
        // One thing is done after the other, save what a sub-agent does.
        if self.session.task.is_none() {
            self.settle_calls();
        }
        let text = |key: &str| arguments.get(key).and_then(Value::as_str).unwrap_or("");
        let ends = matches!(action, "finish" | "reject");
        let mut said = vec![if action == "think" { "" } else { text("thought") }];
        if ends {
            said.push(text("final_thought"));
            let outputs = arguments.get("outputs").unwrap_or(&Value::Null);
            said.extend(["content", "reason"].iter().filter_map(|key| outputs.get(*key)?.as_str()));
        }
        let said = said.into_iter().filter(|text| !text.trim().is_empty()).map(Block::text);
        self.utter(own, &EventType::AgentMessage, said.collect());
        let metadata = event.get("tool_call_metadata").unwrap_or(&Value::Null);
        let name = word(metadata.get("function_name")).filter(|name| !name.is_empty());
        let mut name = name.unwrap_or_else(|| action.to_owned());
        let mut input = arguments.clone();
        if action == "think" {
            input = output::object(arguments.get("thought"), "thought");
        } else if action == "call_tool_mcp" {
            name = word(input.remove("name").as_ref()).unwrap_or(name);
            input = output::object(input.get("arguments"), "arguments");
        } else {
            input.retain(|key, value| {
                let is_empty =
                    matches!(value, Value::Null | Value::Bool(false)) || value.as_str() == Some("");
                !is_empty && !ASIDE.contains(&key.as_str())
            });
            input.remove("final_thought");
        }
        if input.get("command").is_none()
            && let Some(Value::String(command)) = arguments.get("command")
        {
            // An empty one asks for more output.
            input.insert("command".to_owned(), command.clone().into());
        }
        let made = format!("call-{}", self.session.place.line);
        let id = word(metadata.get("tool_call_id")).filter(|id| !id.is_empty());
        let id = id.or_else(|| own.map(|own| format!("call-{own}"))).unwrap_or(made);
        if let Some(own) = own {
            self.calls.insert(own.to_owned(), id.clone());
        }
        let agent = word(arguments.get("agent")).filter(|_| action == "delegate");
        let agent = agent.as_deref();
        self.session.open_call(CallRecord { id: &id, name: &name, input, agent, child: None });
        if action == "delegate" {
            self.session.task = Some(id);
        } else if ends {
            // Nothing observes the end.
            self.session.answer(Some(&id), None, Outcome::default());
        }
    }

    /// Reads an observation.
    pub(super) fn read_observation(
        &mut self,
        kind: &str,
        own: Option<&str>,
        event: &Value,
    ) -> Fate {
        let told = fields(event, "extras");
        let text = |key: &str| told.get(key).and_then(Value::as_str).unwrap_or("");
        let content = event.get("content");
        match kind {
            "agent_state_changed" => {
                if text("reason").trim().is_empty() {
                    return Fate::STATE;
                }
                self.note(own, None, text("reason"));
                return Fate::Understood;
            }
            "null" => return Fate::STATE,
            "recall" => {
                self.session.meta.visit(text("working_dir"));
                return self.read_recall(own, event, &told);
            }
            _ => {}
        }
        let told = Value::Object(told);
        let said = || content.and_then(Value::as_str).and_then(|said| place::of_output(kind, said));
        self.session.meta.visit(place::of_result(&told).or_else(said).unwrap_or(""));
        let Some(id) = self.cause(event) else {
            let (blocks, _) = speech::content(content);
            if blocks.is_empty() {
                return Fate::STATE;
            }
            for block in blocks {
                self.note(own, None, block.as_text().unwrap_or(""));
            }
            return Fate::Understood;
        };
        let mut outcome = output::of(content, &told);
        let is_file = matches!(kind, "edit" | "read" | "write");
        outcome.is_error |= matches!(kind, "error" | "user_rejected")
            || is_file && outcome.text().starts_with("ERROR:");
        if kind == "delegate" {
            self.session.task = None;
            outcome.agent = word(told.get("agent"));
            if outcome.blocks.is_empty()
                && let Some(outputs) = told.get("outputs")
            {
                outcome.blocks.push(Block::json(outputs.clone()));
            }
            let said = told.get("outputs").and_then(|outputs| outputs.get("content")?.as_str());
            let said = said.unwrap_or_else(|| outcome.text()).to_owned();
            outcome.summary = Some(said).filter(|text| !text.is_empty());
        }
        self.session.answer(Some(&id), Some(kind), outcome);
        Fate::Understood
    }

    /// Reads what memory and skills added.
    fn read_recall(&mut self, own: Option<&str>, event: &Value, told: &Map<String, Value>) -> Fate {
        // What only says that something was added says so in the message too.
        let content = event.get("content").filter(|content| event.get("message") != Some(content));
        let mut texts = Vec::new();
        texts.extend(content.and_then(Value::as_str));
        for key in
            ["repo_instructions", "additional_agent_instructions", "conversation_instructions"]
        {
            texts.extend(told.get(key).and_then(Value::as_str));
        }
        let knowledge = told.get("microagent_knowledge").and_then(Value::as_array);
        texts
            .extend(knowledge.into_iter().flatten().filter_map(|one| one.get("content")?.as_str()));
        let is_filled = texts.iter().any(|text| !text.trim().is_empty());
        for text in texts {
            self.note(own, None, text);
        }
        if is_filled { Fate::Understood } else { Fate::STATE }
    }

    /// Returns the call that an observation comes from.
    fn cause(&mut self, event: &Value) -> Option<String> {
        let metadata = event.get("tool_call_metadata");
        let named = metadata.and_then(|metadata| metadata.get("tool_call_id")?.as_str());
        if let Some(id) = named.filter(|id| self.session.knows_call(id)) {
            return Some(id.to_owned());
        }
        match event.get("cause") {
            Some(Value::Number(cause)) => self.calls.get(&cause.to_string()).cloned(),
            Some(Value::String(cause)) => self.calls.get(cause).cloned(),
            _ if event.get("id").is_none() => self.session.waiting_call(None),
            _ => None,
        }
    }

    /// The present record comes from an answer of the model: takes what that cost.
    fn join_response(&mut self, event: &Value) {
        let metadata = event.get("tool_call_metadata").unwrap_or(&Value::Null);
        let response = metadata.get("model_response").unwrap_or(&Value::Null);
        let id = word(response.get("id")).or_else(|| word(event.get("response_id")));
        let id = id.filter(|id| !id.is_empty());
        self.session.group.clone_from(&id);
        self.name_model(word(response.get("model")));
        if let Some(metrics) = event.get("llm_metrics") {
            self.count_up(metrics);
        } else if self.counted.is_zero()
            && let Some(usage) = response.get("usage")
            && self.is_new_answer(id.as_deref())
        {
            self.give(response_tokens(usage));
        }
    }
}

/// Returns the arguments of an action, or what an observation tells beside its content.
fn fields(event: &Value, key: &str) -> Map<String, Value> {
    match (event.get(key), event) {
        (Some(Value::Object(fields)), _) => fields.clone(),
        (_, Value::Object(all)) => {
            let own = all.iter().filter(|(key, _)| !ENVELOPE.contains(&key.as_str()));
            own.map(|(key, value)| (key.clone(), value.clone())).collect()
        }
        _ => Map::new(),
    }
}

/// Returns the tokens that the model's own answer tells of.
fn response_tokens(usage: &Value) -> Tokens {
    let number = |value: Option<&Value>| value.and_then(Value::as_u64).unwrap_or(0);
    let details = usage.get("prompt_tokens_details");
    let read = number(details.and_then(|details| details.get("cached_tokens")));
    let write = number(usage.get("cache_creation_input_tokens"));
    let input = number(usage.get("prompt_tokens")).saturating_sub(write);
    let output = number(usage.get("completion_tokens"));
    Tokens { cache_write: write, ..Tokens::new(input, read, output) }
}
