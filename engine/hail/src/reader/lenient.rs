//! The patient way in: any JSON value becomes a header, an event or statistics, and nothing of it is lost.

use super::fields::{Fields, Odd};
use super::report::Report;
use crate::{
    Agent, Block, Content, Context, Event, EventId, EventType, Header, Members, SessionId, Stats,
    Timestamp, Unknown,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// An event that may still lack what its place in the session gives it.
pub(super) struct Draft {
    /// The event; its id is empty where the log has none, its time [`Timestamp::EPOCH`].
    pub(super) event: Event,
    /// Whether the log has a time for it.
    pub(super) has_time: bool,
}

impl Draft {
    /// Returns an event of kind `kind` for line `line`; it holds one block and has no time.
    pub(super) fn custom(line: u64, kind: &str, block: Block) -> Self {
        let id = EventId::new(format!("line-{line}"));
        let event_type = EventType::Custom { kind: kind.to_owned() };
        let mut event = Event::new(id, Timestamp::EPOCH, event_type);
        event.content.blocks.push(block);
        Self { event, has_time: false }
    }
}

/// Reads the members of an event line.
pub(super) fn event(mut members: Map<String, Value>, report: &mut Report) -> Draft {
    members.remove("type");
    let mut odd = Odd::default();
    let mut unknown = Unknown::default();
    let mut fields = Fields::new(members, "", &mut odd);
    let id = fields.string("event_id").unwrap_or_default();
    let time = fields.time("timestamp");
    let event_type = fields.take("event_type");
    let task_id = fields.string("task_id");
    let content = fields.take("content");
    let duration_ms = fields.count("duration_ms");
    let mut attributes = fields.attributes();
    unknown.event = fields.rest();
    let mut content = read_content(content, &mut unknown.content, &mut odd, report);
    let event_type = match read_type(event_type, &mut unknown.data, &mut odd) {
        Ok(event_type) => event_type,
        Err((kind, original)) => {
            report.count_event_type(&kind);
            content.blocks.push(Block::json(original));
            EventType::Custom { kind }
        }
    };
    report.odd_members += odd.move_into(&mut attributes);
    report.unknown_members +=
        (unknown.event.len() + unknown.data.len() + unknown.content.len()) as u64;
    let unknown = (unknown != Unknown::default()).then(|| Box::new(unknown));

    let timestamp = time.unwrap_or(Timestamp::EPOCH);
    let event = Event {
        event_id: EventId::new(id),
        timestamp,
        event_type,
        task_id,
        content,
        duration_ms,
        attributes,
        unknown,
    };
    Draft { event, has_time: time.is_some() }
}

/// Reads a header line, or the outer members of a session that is one object.
pub(super) fn header(mut members: Map<String, Value>, report: &mut Report) -> Header {
    members.remove("type");
    let mut odd = Odd::default();
    let mut fields = Fields::new(members, "", &mut odd);
    let version = fields.string("version").unwrap_or_else(|| crate::VERSION.to_owned());
    let foreign_id = fields.string("session_id").unwrap_or_default();
    let agent = fields.object("agent");
    let context = fields.object("context");
    let unknown = fields.rest();
    let agent = read_agent(agent, &mut odd);
    let mut context = read_context(context, &mut odd);
    report.unknown_members += (unknown.len() + agent.unknown.len() + context.unknown.len()) as u64;
    report.odd_members += odd.move_into(&mut context.attributes);
    let session_id = SessionId::from_foreign(&foreign_id);
    if session_id.as_str() != foreign_id {
        context.attributes.set("source.session_id", foreign_id);
    }
    Header { version, session_id, agent, context, unknown }
}

/// Reads a statistics line. It is only ever compared, so what is odd in it counts as nothing.
pub(super) fn stats(members: Map<String, Value>) -> Stats {
    let mut odd = Odd::default();
    let mut fields = Fields::new(members, "", &mut odd);
    let mut count = |name| fields.count(name).unwrap_or(0);
    Stats {
        event_count: count("event_count"),
        message_count: count("message_count"),
        tool_call_count: count("tool_call_count"),
        task_count: count("task_count"),
        duration_seconds: count("duration_seconds"),
        total_input_tokens: count("total_input_tokens"),
        total_output_tokens: count("total_output_tokens"),
        user_message_count: count("user_message_count"),
        files_changed: count("files_changed"),
        lines_added: count("lines_added"),
        lines_removed: count("lines_removed"),
        active_seconds: count("active_seconds"),
        total_cache_read_tokens: count("total_cache_read_tokens"),
        total_cache_write_tokens: count("total_cache_write_tokens"),
    }
}

fn read_agent(members: Map<String, Value>, odd: &mut Odd) -> Agent {
    let mut fields = Fields::new(members, "agent.", odd);
    Agent {
        provider: fields.string("provider").unwrap_or_default(),
        model: fields.string("model").unwrap_or_default(),
        tool: fields.string("tool").unwrap_or_default(),
        tool_version: fields.string("tool_version"),
        unknown: fields.rest(),
    }
}

fn read_context(members: Map<String, Value>, odd: &mut Odd) -> Context {
    let mut fields = Fields::new(members, "context.", odd);
    Context {
        title: fields.string("title"),
        description: fields.string("description"),
        tags: fields.strings("tags"),
        created_at: fields.time("created_at").unwrap_or(Timestamp::EPOCH),
        updated_at: fields.time("updated_at").unwrap_or(Timestamp::EPOCH),
        related_session_ids: fields.strings("related_session_ids"),
        attributes: fields.attributes(),
        unknown: fields.rest(),
    }
}

/// Reads an event type; one that is not known comes back as its name and its original JSON.
fn read_type(
    value: Option<Value>,
    unknown: &mut Members,
    odd: &mut Odd,
) -> Result<EventType, (String, Value)> {
    let original = value.unwrap_or(Value::Null);
    let name = original.as_str().or_else(|| original.get("type")?.as_str());
    let Some(name) = name.map(str::to_owned) else {
        return Err(("untyped".to_owned(), original));
    };
    let mut members = match &original {
        Value::Object(members) => members.clone(),
        _ => Map::new(),
    };
    members.remove("type");
    let data = match members.remove("data") {
        Some(Value::Object(data)) => data,
        // Some tools put the fields beside `type`.
        None | Some(Value::Null) => std::mem::take(&mut members),
        Some(other) => {
            odd.keep("event_type.", "data", other);
            Map::new()
        }
    };
    let mut fields = Fields::new(data, "event_type.data.", odd);
    let Some(event_type) = known_type(&name, &mut fields) else {
        return Err((name, original));
    };
    *unknown = fields.rest();
    for (name, value) in members {
        odd.keep("event_type.", &name, value);
    }
    Ok(event_type)
}

fn known_type(name: &str, data: &mut Fields<'_>) -> Option<EventType> {
    let mut text = |name| data.string(name).unwrap_or_default();
    Some(match name {
        "UserMessage" => EventType::UserMessage,
        "AgentMessage" => EventType::AgentMessage,
        "SystemMessage" => EventType::SystemMessage,
        "Thinking" => EventType::Thinking,
        "ToolCall" => EventType::ToolCall { name: text("name") },
        "ToolResult" => EventType::ToolResult {
            name: text("name"),
            is_error: data.flag("is_error").unwrap_or(false),
            call_id: data.string("call_id"),
        },
        "FileRead" => EventType::FileRead { path: text("path") },
        "CodeSearch" => EventType::CodeSearch { query: text("query") },
        "FileSearch" => EventType::FileSearch { pattern: text("pattern") },
        "FileEdit" => EventType::FileEdit { path: text("path"), diff: data.string("diff") },
        "FileCreate" => EventType::FileCreate { path: text("path") },
        "FileDelete" => EventType::FileDelete { path: text("path") },
        "ShellCommand" => EventType::ShellCommand {
            command: text("command"),
            exit_code: data.integer("exit_code"),
        },
        "ImageGenerate" => EventType::ImageGenerate { prompt: text("prompt") },
        "VideoGenerate" => EventType::VideoGenerate { prompt: text("prompt") },
        "AudioGenerate" => EventType::AudioGenerate { prompt: text("prompt") },
        "WebSearch" => EventType::WebSearch { query: text("query") },
        "WebFetch" => EventType::WebFetch { url: text("url") },
        "TaskStart" => EventType::TaskStart { title: data.string("title") },
        "TaskEnd" => EventType::TaskEnd { summary: data.string("summary") },
        "Custom" => EventType::Custom { kind: text("kind") },
        _ => return None,
    })
}

/// Reads `content`: an object with `blocks`, or, as some tools write, a bare list of blocks or a bare text.
fn read_content(
    value: Option<Value>,
    unknown: &mut Members,
    odd: &mut Odd,
    report: &mut Report,
) -> Content {
    let blocks = match value {
        None => None,
        Some(Value::Object(members)) => {
            let mut fields = Fields::new(members, "content.", odd);
            let blocks = fields.take("blocks");
            *unknown = fields.rest();
            blocks
        }
        bare => bare,
    };
    let blocks = match blocks {
        None => Vec::new(),
        Some(Value::Array(items)) => {
            items.into_iter().map(|item| read_block(item, report)).collect()
        }
        Some(single) => vec![read_block(single, report)],
    };
    Content { blocks }
}

fn read_block(value: Value, report: &mut Report) -> Block {
    match value {
        Value::String(text) => Block::Text { text },
        Value::Object(members) => {
            if let Ok(block) = Block::deserialize(&members) {
                return block;
            }
            report.count_block_type(members.get("type").and_then(Value::as_str));
            Block::Other(members.into_iter().collect())
        }
        other => Block::Json { data: other },
    }
}
