//! Records of what the model said and called.

use super::calls::Call;
use super::conversation::{Conversation, Place, original};
use super::fingerprint::fingerprint;
use super::invocation;
use super::record::{Content, Part, Record};
use super::usage::Tokens;
use opensession_hail::{Block, EventType, attribute};
use serde_json::Value;

/// The message that a record is a part of.
struct Author<'m> {
    /// Its id in the API.
    id: Option<&'m str>,
    /// Stands for the message: of its id, or of the record's where it has none.
    mark: u64,
    /// The model; `None` for a message that Claude Code wrote itself.
    model: Option<&'m str>,
    /// The kind of a message that Claude Code wrote itself.
    notice: Option<&'static str>,
}

/// What became of a block.
#[derive(PartialEq, Eq)]
enum Fate {
    Event,
    /// Nothing in it to show.
    Empty,
    /// An earlier line of the same message holds the same block.
    Repeated,
    /// Kept as it is.
    Unknown,
}

impl Conversation<'_> {
    pub(super) fn assistant(&mut self, record: Record<'_>, place: &Place<'_>) {
        let Some(message) = record.message.0 else {
            return self.keep(place, "assistant");
        };
        let synthetic = message.model.as_str() == Some("<synthetic>");
        let author = Author {
            id: message.id.filled(),
            mark: fingerprint(&[message.id.filled().unwrap_or(&place.id)]),
            model: message.model.filled().filter(|_| !synthetic),
            notice: if record.is_api_error_message.0 {
                Some("assistant/api_error")
            } else {
                synthetic.then_some("assistant/synthetic")
            },
        };
        self.settle_usage(place, Some(author.mark));
        self.calls.give_up(&place.lane, Some(author.mark), &mut self.outbox);
        if let Some(usage) = &message.usage.0 {
            self.usage.report(author.mark, Tokens::new(usage));
        }
        let mut fates = Vec::new();
        match message.content {
            Content::Nothing => {}
            Content::Text(text) => fates.push(self.say(text.into_owned(), &author, place)),
            Content::Parts(parts) => {
                for (at, part) in parts.into_iter().enumerate() {
                    fates.push(self.part(part, at, &author, place));
                }
            }
        }
        if fates.contains(&Fate::Unknown) {
            self.report.keep_unknown("assistant block");
        } else if !fates.is_empty() && fates.iter().all(|fate| *fate == Fate::Repeated) {
            self.report.drop("repeated block");
        } else {
            self.report.understand("assistant");
        }
    }

    fn part(&mut self, part: Part<'_>, at: usize, author: &Author<'_>, place: &Place<'_>) -> Fate {
        let kind = part.kind.as_str().unwrap_or("");
        match kind {
            "text" => self.say(part.text.into_string().unwrap_or_default(), author, place),
            "thinking" => {
                let text = part.thinking.into_string().unwrap_or_default();
                self.think(text, author, place)
            }
            "redacted_thinking" => {
                let raw_type = "assistant/redacted_thinking";
                self.push_of(author, place, EventType::Thinking, raw_type, Vec::new());
                Fate::Event
            }
            "tool_use" | "server_tool_use" | "mcp_tool_use" => self.invoke(part, author, place),
            _ if kind.ends_with("_tool_result") => {
                self.result(part, None, place, &format!("/message/content/{at}"));
                Fate::Event
            }
            _ => {
                let kind = if kind.is_empty() { "block" } else { kind };
                let event_type = EventType::Custom { kind: kind.to_owned() };
                let block = original(place.json, &format!("/message/content/{at}"));
                let raw_type = format!("assistant/{kind}");
                self.push(place, event_type, raw_type, vec![block]);
                Fate::Unknown
            }
        }
    }

    fn say(&mut self, text: String, author: &Author<'_>, place: &Place<'_>) -> Fate {
        if text.trim().is_empty() {
            return Fate::Empty;
        }
        if self.is_repeated(author, "text", &text) {
            return Fate::Repeated;
        }
        let (event_type, raw_type) = match author.notice {
            Some(notice) => (EventType::SystemMessage, notice),
            None => (EventType::AgentMessage, "assistant/text"),
        };
        self.push_of(author, place, event_type, raw_type, vec![Block::text(text)]);
        Fate::Event
    }

    /// The signature is left out: it serves only to send the block to the API again.
    fn think(&mut self, text: String, author: &Author<'_>, place: &Place<'_>) -> Fate {
        if text.trim().is_empty() {
            return Fate::Empty;
        }
        if self.is_repeated(author, "thinking", &text) {
            return Fate::Repeated;
        }
        let raw_type = "assistant/thinking";
        let blocks = vec![Block::text(text)];
        self.push_of(author, place, EventType::Thinking, raw_type, blocks);
        Fate::Event
    }

    fn invoke(&mut self, part: Part<'_>, author: &Author<'_>, place: &Place<'_>) -> Fate {
        let call_id = part.id.filled();
        if call_id.is_some_and(|id| self.is_repeated(author, "tool_use", id)) {
            return Fate::Repeated;
        }
        let name = part.name.filled().unwrap_or("unknown");
        let prompt = prompt_mark(&part.input);
        let call = invocation::describe(name, part.input);
        let has_name = matches!(call.event_type, EventType::ToolCall { .. });
        let starts_task = matches!(call.event_type, EventType::TaskStart { .. });
        let raw_type = format!("assistant/{}", part.kind.as_str().unwrap_or("tool_use"));
        let mut event = self.event(place, call.event_type, raw_type);
        event.content.blocks = call.blocks;
        event.attributes.set(attribute::TOOL_KIND, call.kind);
        if !has_name {
            event.attributes.set(attribute::TOOL_NAME, name);
        }
        self.sign(&mut event, author);
        let Some(call_id) = call_id else {
            self.outbox.push(event, place.offset);
            return Fate::Event;
        };
        event.attributes.set(attribute::CALL_ID, call_id);
        if starts_task {
            event.task_id = Some(call_id.to_owned());
        }
        let ticket = self.outbox.push_open(event, place.offset);
        self.calls.push(Call {
            id: call_id.to_owned(),
            name: name.to_owned(),
            lane: place.lane.clone(),
            message: author.mark,
            ticket,
            prompt: prompt.filter(|_| starts_task),
        });
        Fate::Event
    }

    fn push_of(
        &mut self,
        author: &Author<'_>,
        place: &Place<'_>,
        event_type: EventType,
        raw_type: &'static str,
        blocks: Vec<Block>,
    ) {
        let mut event = self.event(place, event_type, raw_type);
        event.content.blocks = blocks;
        self.sign(&mut event, author);
        self.outbox.push(event, place.offset);
    }

    /// Writes which message an event is part of, which model made it, and the tokens not yet on an event.
    fn sign(&mut self, event: &mut opensession_hail::Event, author: &Author<'_>) {
        event.attributes.set_some(attribute::GROUP_ID, author.id);
        event.attributes.set_some(attribute::MODEL, author.model);
        if let Some(model) = author.model
            && event.event_type != EventType::Thinking
        {
            self.facts.count_model(model);
        }
        if let Some(tokens) = self.usage.take() {
            tokens.write(&mut event.attributes);
        }
    }

    /// Returns whether an earlier line of the same message holds the same block.
    fn is_repeated(&mut self, author: &Author<'_>, kind: &str, content: &str) -> bool {
        author.id.is_some_and(|id| !self.blocks.insert(fingerprint(&[id, kind, content])))
    }
}

fn prompt_mark(input: &Value) -> Option<u64> {
    Some(fingerprint(&[input.get("prompt")?.as_str()?]))
}
