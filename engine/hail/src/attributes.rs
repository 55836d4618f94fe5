//! The open part of events and headers: named values, sorted by name.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

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
    /// In a context: the name of the person whose session it is.
    pub const AUTHOR: &str = "author";
    /// In a context: their e-mail address.
    pub const AUTHOR_EMAIL: &str = "author_email";
    /// In a context: `primary` or `auxiliary`.
    pub const SESSION_ROLE: &str = "session_role";
}

/// Named values, sorted by name.
///
/// An event has a few: a list of them takes less time and memory than a tree. To set many, one after the other, is slow:
/// collect them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Vec<(Cow<'static, str>, Value)>);

impl Attributes {
    /// Returns an empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.as_ref().cmp(name))
    }

    /// Sets `name` to `value`.
    #[inline]
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let place = match name.into() {
            Cow::Borrowed(name) => self.slot(name),
            Cow::Owned(name) => self.slot(name),
        };
        // The value is made in its place: to move one that was just made stalls the processor, and so does it for a name.
        if let Some(own) = place {
            *own = value.into();
        }
    }

    /// Returns where the value of `name` stands; it is `null` where there was none.
    fn slot(&mut self, name: impl AsRef<str> + Into<Cow<'static, str>>) -> Option<&mut Value> {
        let at = self.find(name.as_ref()).unwrap_or_else(|at| {
            self.0.insert(at, (name.into(), Value::Null));
            at
        });
        self.0.get_mut(at).map(|(_, value)| value)
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
        self.find(name).ok().and_then(|at| self.0.get(at)).map(|(_, value)| value)
    }

    /// Returns the value of `name` where it is a string.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// Returns the value of `name` where it is a whole number that is not negative.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Value::as_u64)
    }

    /// Removes `name` and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.find(name).ok().map(|at| self.0.remove(at).1)
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

    /// Returns names and values, by name; the values may be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.0.iter_mut().map(|(name, value)| (&**name, value))
    }
}

impl IntoIterator for Attributes {
    type Item = (Cow<'static, str>, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Of values of one name, the last one counts.
impl<N: Into<Cow<'static, str>>> FromIterator<(N, Value)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(items: I) -> Self {
        let mut list: Vec<_> =
            items.into_iter().map(|(name, value)| (name.into(), value)).collect();
        list.reverse();
        list.sort_by(|(one, _), (other, _)| one.cmp(other));
        list.dedup_by(|(later, _), (first, _)| later == first);
        Self(list)
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named;
        impl<'de> Visitor<'de> for Named {
            type Value = Attributes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Attributes, M::Error> {
                let mut list: Vec<(String, Value)> = Vec::new();
                while let Some(member) = members.next_entry()? {
                    list.push(member);
                }
                Ok(list.into_iter().collect())
            }
        }
        deserializer.deserialize_map(Named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_sorted_by_name_and_the_last_one_of_a_name_counts() {
        let mut attributes: Attributes =
            [("b", json!(1)), ("a", json!(2)), ("b", json!(3))].into_iter().collect();
        attributes.set("c", 4);
        attributes.set("a", "x");
        attributes.set("ab", 5);
        assert_eq!(attributes.remove("c"), Some(json!(4)));
        assert_eq!(attributes.remove("c"), None);
        let text = serde_json::to_string(&attributes).unwrap();
        assert_eq!(text, r#"{"a":"x","ab":5,"b":3}"#);
        assert_eq!(serde_json::from_str::<Attributes>(&text).unwrap(), attributes);
        assert_eq!((attributes.str("a"), attributes.number("b")), (Some("x"), Some(3)));
    }
}
