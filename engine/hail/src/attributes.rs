//! The open part of events and headers: named values, sorted by name.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The attribute names that HAIL tools and this project give a meaning to.
pub mod attribute {
    /// The record kind in the tool's own log.
    pub const RAW_TYPE: &str = "source.raw_type";
    /// The turn or message that the event belongs to.
    pub const GROUP_ID: &str = "semantic.group_id";
    /// The tool call that the event belongs to.
    pub const CALL_ID: &str = "semantic.call_id";
    /// `file_read|file_write|shell|search|web|task|other`.
    pub const TOOL_KIND: &str = "semantic.tool_kind";
    /// The tool's own name of the tool called, where the event type does not say it.
    pub const TOOL_NAME: &str = "semantic.tool_name";
    /// Uncached input tokens that this event adds to what earlier ones of its message reported.
    pub const INPUT_TOKENS: &str = "input_tokens";
    /// Output tokens, reasoning included, that this event adds.
    pub const OUTPUT_TOKENS: &str = "output_tokens";
    /// Input tokens read from a cache that this event adds; not part of `input_tokens`.
    pub const CACHE_READ_TOKENS: &str = "cache_read_tokens";
    /// Input tokens written to a cache that this event adds; not part of `input_tokens`.
    pub const CACHE_WRITE_TOKENS: &str = "cache_write_tokens";
    /// What the tool says that the message cost, in US dollars.
    pub const COST: &str = "cost_usd";
    /// The model that made the event.
    pub const MODEL: &str = "model";
    /// The sub-agent that made the event.
    pub const SUBAGENT_ID: &str = "subagent_id";
    /// `true` where the log has no time for the event and the one before it stands in.
    pub const TIMESTAMP_INFERRED: &str = "timestamp.inferred";
    /// On `Custom{rewind}`: the first event that no longer counts.
    pub const REWIND_TO: &str = "rewind.to";
    /// On `TaskStart`: the session of a sub-agent that has a log of its own.
    pub const TASK_SESSION_ID: &str = "task.session_id";
    /// In a context: the working directory of the session.
    pub const CWD: &str = "cwd";
    /// In a context: every working directory, where there are several.
    pub const ALL_CWDS: &str = "all_cwds";
    /// In a context: the git branch that was checked out.
    pub const GIT_BRANCH: &str = "git_branch";
    /// In a context: the session that started this one.
    pub const PARENT_SESSION_ID: &str = "parent_session_id";
    /// In a context: the session whose history this one was copied from.
    pub const FORKED_FROM: &str = "forked_from_session_id";
    /// In a context: the program that wrote the log, where the tool has several.
    pub const ORIGINATOR: &str = "originator";
    /// In a context: `primary` or `auxiliary`.
    pub const SESSION_ROLE: &str = "session_role";
}

/// Named values, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(BTreeMap<Cow<'static, str>, Value>);

impl Attributes {
    /// Returns an empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets `name` to `value`.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    /// Sets `name` to `value` where there is one.
    pub fn set_some(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// Returns the value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns the value of `name` where it is a string.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Returns the value of `name` where it is a whole number that is not negative.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    /// Removes `name` and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Returns whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl<N: Into<Cow<'static, str>>> FromIterator<(N, Value)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(items: I) -> Self {
        Self(items.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}
