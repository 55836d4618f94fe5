//! Events in words: what every frontend says of them.

use crate::{Block, Event, EventType};
use serde_json::Value;

impl Event {
    /// Returns everything in it that can be read; pictures and other data by name.
    #[must_use]
    pub fn text(&self) -> String {
        let blocks = self.content.blocks.iter();
        let texts = blocks.filter_map(|block| match block {
            Block::Image { url, .. } => Some(format!("[picture {url}]")),
            Block::Video { url, .. } => Some(format!("[film {url}]")),
            Block::Audio { url, .. } => Some(format!("[sound {url}]")),
            Block::Reference { uri, .. } => Some(format!("[{uri}]")),
            Block::Json { data } => {
                Some(data.as_str().map_or_else(|| data.to_string(), str::to_owned))
            }
            _ => block.as_text().map(str::to_owned),
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Returns what a call did, `$ cargo test`, `Read src/a.rs`: paths in the folder `cwd` are shown without it. May be
    /// several lines; for an event that is no call it is the name of its type.
    #[must_use]
    pub fn deed(&self, cwd: Option<&str>) -> String {
        let short = |path| short_path(path, cwd);
        match &self.event_type {
            EventType::ShellCommand { command, .. } => format!("$ {command}"),
            EventType::FileRead { path } => format!("Read {}", short(path)),
            EventType::FileEdit { path, .. } => format!("Edit {}", short(path)),
            EventType::FileCreate { path } => format!("Create {}", short(path)),
            EventType::FileDelete { path } => format!("Delete {}", short(path)),
            EventType::CodeSearch { query } => format!("Search code for {query}"),
            EventType::FileSearch { pattern } => format!("Find files {pattern}"),
            EventType::WebSearch { query } => format!("Search the web for {query}"),
            EventType::WebFetch { url } => format!("Fetch {url}"),
            EventType::ImageGenerate { prompt } => format!("Make a picture: {prompt}"),
            EventType::VideoGenerate { prompt } => format!("Make a film: {prompt}"),
            EventType::AudioGenerate { prompt } => format!("Make a sound: {prompt}"),
            EventType::TaskStart { title } => {
                format!("Task: {}", title.as_deref().unwrap_or("(no title)"))
            }
            EventType::ToolCall { name } => format!("{name} {}", self.arguments()),
            other => other.name().to_owned(),
        }
    }

    /// Returns the content of the file that the event says was created.
    #[must_use]
    pub fn created(&self) -> Option<&str> {
        self.content.blocks.iter().find_map(|block| match block {
            Block::File { content, .. } => content.as_deref(),
            _ => None,
        })
    }

    /// Returns the arguments of a call of a tool that has no event type of its own.
    fn arguments(&self) -> String {
        let input = self.content.blocks.iter().find_map(|block| match block {
            Block::Json { data } => Some(data),
            _ => None,
        });
        match input {
            Some(Value::Object(members)) => {
                let pairs = members.iter().map(|(name, value)| match value {
                    Value::String(text) => format!("{name}={text}"),
                    other => format!("{name}={other}"),
                });
                pairs.collect::<Vec<_>>().join(" ")
            }
            Some(other) => other.to_string(),
            None => self.text(),
        }
    }
}

/// Returns `path` seen from the folder `cwd`; whole where it does not lie in it.
fn short_path<'p>(path: &'p str, cwd: Option<&str>) -> &'p str {
    let below = cwd.and_then(|folder| path.strip_prefix(folder)?.strip_prefix(['/', '\\']));
    below.filter(|rest| !rest.is_empty()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use crate::{Block, Event, EventId, EventType, Timestamp};
    use serde_json::json;

    fn event(event_type: EventType) -> Event {
        Event::new(EventId::new("e"), Timestamp::EPOCH, event_type)
    }

    #[test]
    fn a_deed_names_what_was_done_and_paths_are_seen_from_the_folder() {
        let read = |path: &str| event(EventType::FileRead { path: path.into() });
        assert_eq!(read("/w/src/a.rs").deed(Some("/w")), "Read src/a.rs");
        assert_eq!(read("/wide/a.rs").deed(Some("/w")), "Read /wide/a.rs");
        assert_eq!(read("/w").deed(Some("/w")), "Read /w");
        let mut call = event(EventType::ToolCall { name: "Todo".into() });
        call.content.blocks.push(Block::json(json!({"n": 1, "a": "x"})));
        assert_eq!(call.deed(None), "Todo a=x n=1");
    }

    #[test]
    fn the_text_of_an_event_names_what_cannot_be_read() {
        let mut event = event(EventType::AgentMessage);
        let url = "blobs/1.png".into();
        event.content.blocks = vec![
            Block::text("one"),
            Block::Image { url, alt: None, mime: "image/png".into() },
            Block::json(json!("two")),
        ];
        assert_eq!(event.text(), "one\n[picture blobs/1.png]\ntwo");
    }
}
