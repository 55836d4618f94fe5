//! What lies beside a log: the session's tokens and its latest model.

use super::location;
use crate::lenient::{List, Number, Object, Text};
use crate::session::Tokens;
use crate::{ParseError, side};
use serde::Deserialize;
use std::path::Path;

/// A larger file is not read.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// The settings of a session.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub model: Option<String>,
    pub provider: Option<String>,
    /// The session that started this one as a sub-agent.
    pub caller: Option<String>,
    /// Of this session alone: sub-agents have logs and settings of their own.
    pub tokens: Tokens,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(borrow)]
    model: Text<'a>,
    #[serde(borrow)]
    provider_lock: Text<'a>,
    #[serde(borrow)]
    api_provider_lock: Text<'a>,
    token_usage: Object<Usage>,
    #[serde(borrow)]
    tags: List<Object<Tag<'a>>>,
}

/// The thoughts are part of the output, and what comes from a cache or goes to it is no part of the input.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Usage {
    input_tokens: Number,
    output_tokens: Number,
    cache_creation_tokens: Number,
    cache_read_tokens: Number,
    thinking_tokens: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tag<'a> {
    #[serde(borrow)]
    metadata: Object<Metadata<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    calling_session_id: Text<'a>,
}

impl Settings {
    /// Returns what is known of the session whose log is at `log`.
    ///
    /// # Errors
    /// When the file is there and cannot be read: a sub-agent would be told as a session of its own.
    pub(super) fn beside(log: &Path) -> Result<Self, ParseError> {
        let text = side::read(&location::settings(log), LARGEST_FILE)?.unwrap_or_default();
        // What is no JSON says nothing; it is written anew all the time.
        let stored: Stored<'_> = serde_json::from_slice(&text).unwrap_or_default();
        let named = |text: &Text<'_>| text.filled().map(str::to_owned);
        let tags = stored.tags.0.iter().filter_map(|tag| tag.0.as_ref()?.metadata.0.as_ref());
        Ok(Self {
            model: named(&stored.model),
            provider: named(&stored.provider_lock).or_else(|| named(&stored.api_provider_lock)),
            caller: tags.filter_map(|tag| named(&tag.calling_session_id)).next(),
            tokens: stored.token_usage.0.map(Usage::tokens).unwrap_or_default(),
        })
    }
}

impl Usage {
    fn tokens(self) -> Tokens {
        let number = |number: Number| number.0.unwrap_or(0);
        let (output, thoughts) = (number(self.output_tokens), number(self.thinking_tokens));
        // Where there are more thoughts than output, they are not counted in it.
        let output = if thoughts > output { output.saturating_add(thoughts) } else { output };
        Tokens {
            input: number(self.input_tokens),
            output,
            cache_read: number(self.cache_read_tokens),
            cache_write: number(self.cache_creation_tokens),
            cost: 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn thoughts_are_counted_once() {
        let output = |output, thoughts| {
            let (output, thoughts) = (Number(Some(output)), Number(Some(thoughts)));
            Usage { output_tokens: output, thinking_tokens: thoughts, ..Usage::default() }
                .tokens()
                .output
        };
        assert_eq!(output(1450, 1088), 1450);
        assert_eq!(output(40, 1088), 1128);
    }

    #[test]
    fn settings_of_any_shape_are_read_and_a_caller_may_stand_in_a_tag() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("a.jsonl");
        let read = |text: &str| {
            fs::write(dir.path().join("a.settings.json"), text).unwrap();
            Settings::beside(&log).unwrap()
        };
        let tag = r#"{"tags":[7,{"name":"subagent","metadata":{"callingSessionId":"p"}}]}"#;
        assert_eq!(read(tag).caller.as_deref(), Some("p"));
        for odd in ["", "[]", r#"{"tokenUsage":[1],"model":7,"tags":{}}"#] {
            let settings = read(odd);
            assert!(settings.tokens.is_zero() && settings.model.is_none(), "{odd}");
        }
        assert!(Settings::beside(Path::new("\0.jsonl")).is_err());
    }
}
