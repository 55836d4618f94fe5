//! The entry that a tool reads, as JSON text in the style of the file that it goes into.

use super::Agent;

/// JSON that is written out with the keys in the order in which tools document them.
pub(super) enum Json {
    Object(Vec<(&'static str, Self)>),
    Array(Vec<Self>),
    Text(String),
    Number(u32),
}

/// How a file is laid out.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    pub(super) line_break: &'a str,
    /// One level of indentation.
    pub(super) unit: &'a str,
}

impl Layout<'_> {
    /// Returns `json` over several lines; the first continues a line whose indentation is `indent`.
    pub(super) fn lines(self, json: &Json, indent: &str) -> String {
        let inner = format!("{indent}{}", self.unit);
        let block = |open, items: Vec<String>, close| {
            let lines: Vec<String> =
                items.iter().map(|item| format!("{}{inner}{item}", self.line_break)).collect();
            format!("{open}{}{}{indent}{close}", lines.join(","), self.line_break)
        };
        match json {
            Json::Object(members) => {
                let member =
                    |(key, value): &(_, _)| format!("\"{key}\": {}", self.lines(value, &inner));
                block('{', members.iter().map(member).collect(), '}')
            }
            Json::Array(items) => {
                block('[', items.iter().map(|item| self.lines(item, &inner)).collect(), ']')
            }
            Json::Text(_) | Json::Number(_) => json.line(),
        }
    }
}

impl Json {
    /// Returns the text on one line.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(key, value)| format!("\"{key}\": {}", value.line()))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
            Self::Array(items) => {
                let items: Vec<String> = items.iter().map(Self::line).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Agent {
    /// Returns the name of the event at which a session ends, a key of `hooks`.
    pub(super) const fn event(self) -> &'static str {
        match self {
            Self::Cursor => "sessionEnd",
            Self::ClaudeCode | Self::Codex | Self::GeminiCli => "SessionEnd",
        }
    }

    /// Returns whether an event has groups of commands, each with a matcher, rather than commands.
    pub(super) const fn has_groups(self) -> bool {
        !matches!(self, Self::Cursor)
    }

    /// Returns what stands in a file that has no hooks yet.
    pub(super) const fn empty_file(self) -> &'static str {
        match self {
            Self::Cursor => "{\n  \"version\": 1\n}\n",
            Self::ClaudeCode | Self::Codex | Self::GeminiCli => "{}\n",
        }
    }

    /// Returns the entry for the event.
    pub(super) fn entry(self, command: String) -> Json {
        let mut members = vec![("command", Json::Text(command))];
        if self.has_groups() {
            members.insert(0, ("type", Json::Text("command".to_owned())));
        }
        if self == Self::Codex {
            // Seconds. Codex gives this event no more and warns of hooks that want the usual time.
            members.push(("timeout", Json::Number(3)));
        }
        let command = Json::Object(members);
        if self.has_groups() {
            Json::Object(vec![("hooks", Json::Array(vec![command]))])
        } else {
            command
        }
    }
}
