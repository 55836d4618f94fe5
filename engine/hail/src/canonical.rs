//! Canonical bytes: the same event gives the same bytes on every machine and in every run.
//!
//! Struct fields in the order of the specification, maps sorted by key, times in UTC with milliseconds, no white
//! space, absent fields left out. Whatever is hashed or stored is written here.

use crate::{Attributes, Block, Content, Event, EventType, Header, Members, Stats, Unknown};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// Appends the canonical line of `event` to `out`, its `\n` included.
pub fn write_event(event: &Event, out: &mut Vec<u8>) {
    write_line(event, out);
}

/// Appends the canonical line of `header` to `out`, its `\n` included.
pub fn write_header(header: &Header, out: &mut Vec<u8>) {
    write_line(&Typed { name: "header", body: header }, out);
}

/// Appends the canonical line of `stats` to `out`, its `\n` included.
pub fn write_stats(stats: &Stats, out: &mut Vec<u8>) {
    write_line(&Typed { name: "stats", body: stats }, out);
}

fn write_line(line: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, line)
        .expect("string keys and an in-memory writer leave nothing that can fail");
    out.push(b'\n');
}

#[derive(serde::Serialize)]
struct Typed<'a, T> {
    #[serde(rename = "type")]
    name: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nothing = Unknown::default();
        let unknown = self.unknown.as_deref().unwrap_or(&nothing);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "event")?;
        map.serialize_entry("event_id", &self.event_id)?;
        map.serialize_entry("timestamp", &self.timestamp)?;
        if unknown.data.is_empty() {
            map.serialize_entry("event_type", &self.event_type)?;
        } else {
            map.serialize_entry("event_type", &WithData(&self.event_type, &unknown.data))?;
        }
        if let Some(task_id) = &self.task_id {
            map.serialize_entry("task_id", task_id)?;
        }
        map.serialize_entry("content", &WithMembers(&self.content, &unknown.content))?;
        if let Some(duration_ms) = self.duration_ms {
            map.serialize_entry("duration_ms", &duration_ms)?;
        }
        if !Attributes::is_empty(&self.attributes) {
            map.serialize_entry("attributes", &self.attributes)?;
        }
        for (name, value) in &unknown.event {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

struct WithMembers<'a>(&'a Content, &'a Members);

impl Serialize for WithMembers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let blocks: &[Block] = &self.0.blocks;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("blocks", blocks)?;
        for (name, value) in self.1 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

struct WithData<'a>(&'a EventType, &'a Members);

impl Serialize for WithData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Parts<'a> {
            #[serde(rename = "type")]
            name: &'static str,
            data: Data<'a>,
        }
        struct Data<'a>(&'a EventType, &'a Members);
        impl Serialize for Data<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let known = serde_json::to_value(self.0).map_err(serde::ser::Error::custom)?;
                let known = known.get("data").and_then(serde_json::Value::as_object);
                let mut map = serializer.serialize_map(None)?;
                for (name, value) in known.into_iter().flatten() {
                    map.serialize_entry(name, value)?;
                }
                for (name, value) in self.1 {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
        Parts { name: self.0.name(), data: Data(self.0, self.1) }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Block, Event, EventId, EventType, Timestamp, attribute, write_event};
    use serde_json::json;

    #[test]
    fn an_event_is_one_line_with_fields_in_order_and_maps_sorted() {
        let mut event = Event::new(
            EventId::new("e3"),
            Timestamp::parse("2026-02-19T09:00:20.000Z").unwrap(),
            EventType::ShellCommand { command: "cargo test".into(), exit_code: Some(0) },
        );
        event.attributes.set("zz", 1);
        event.attributes.set(attribute::CALL_ID, "toolu_2");
        event.content.blocks.push(Block::json(json!({"b": 1, "a": {"d": 2, "c": 3.5}})));
        let mut line = Vec::new();
        write_event(&event, &mut line);
        insta::assert_snapshot!(String::from_utf8(line).unwrap(), @r#"{"type":"event","event_id":"e3","timestamp":"2026-02-19T09:00:20.000Z","event_type":{"type":"ShellCommand","data":{"command":"cargo test","exit_code":0}},"content":{"blocks":[{"type":"Json","data":{"a":{"c":3.5,"d":2},"b":1}}]},"attributes":{"semantic.call_id":"toolu_2","zz":1}}"#);
    }
}
