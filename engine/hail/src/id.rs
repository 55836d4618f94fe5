//! The names of things: sessions, events, contents. Each is a type of its own.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of an AI coding tool as it stands in paths, queries and fixtures: `claude-code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Tool(&'static str);

impl Tool {
    /// Returns the tool of that name; lower-case letters, digits and `-` only.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A string that cannot be a session id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a valid session id")]
pub struct InvalidId(pub String);

/// The id of a session: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`, and no name that a file system or git reserves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

fn is_portable_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.len() <= 128
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(b))
        && !name.ends_with('.')
        && !name.to_ascii_lowercase().ends_with(".lock")
        && !name.contains("..")
        && !DEVICES.contains(&stem.as_str())
}

impl SessionId {
    /// Returns `raw` as an id.
    ///
    /// # Errors
    /// [`InvalidId`] when it does not have the shape of one.
    pub fn new(raw: impl Into<String>) -> Result<Self, InvalidId> {
        let raw = raw.into();
        if is_portable_name(&raw) { Ok(Self(raw)) } else { Err(InvalidId(raw)) }
    }

    /// Returns `raw` as an id, or, where it cannot be one, `x-` and 32 hex digits of its BLAKE3 hash.
    #[must_use]
    pub fn from_foreign(raw: &str) -> Self {
        Self::new(raw).unwrap_or_else(|_invalid| {
            let hash = blake3::hash(raw.as_bytes()).to_hex();
            Self(format!("x-{}", hash.get(..32).unwrap_or(hash.as_str())))
        })
    }

    /// Returns the id of the session that `agent`, a sub-agent with a log of its own, has: `<parent>.<agent>`.
    #[must_use]
    pub fn child(&self, agent: &str) -> Self {
        Self::from_foreign(&format!("{}.{agent}", self.0))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SessionId {
    type Error = InvalidId;
    fn try_from(raw: String) -> Result<Self, InvalidId> {
        Self::new(raw)
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What names a session on the branch: `<tool>.<session id>`, and `~<8 hex>` behind it for a fork.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionKey(String);

impl SessionKey {
    /// Returns the key of the session `id` of `tool`.
    ///
    /// `tool` comes from a parser or from a header that somebody else wrote; one that is no plain name is hashed.
    #[must_use]
    pub fn new(tool: &str, id: &SessionId) -> Self {
        let plain = !tool.is_empty()
            && tool.len() <= 40
            && tool.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && is_portable_name(tool);
        if plain {
            return Self(format!("{tool}.{id}"));
        }
        let hash = blake3::hash(tool.as_bytes()).to_hex();
        Self(format!("x-{}.{id}", hash.get(..16).unwrap_or(hash.as_str())))
    }

    /// Returns the key of the fork of this session that leaves its main path at the event `leaves_at`.
    #[must_use]
    pub fn fork(&self, leaves_at: &EventId) -> Self {
        let hash = blake3::hash(leaves_at.as_str().as_bytes()).to_hex();
        Self(format!("{}~{}", self.main().0, hash.get(..8).unwrap_or(hash.as_str())))
    }

    /// Returns the key without the mark of a fork.
    #[must_use]
    pub fn main(&self) -> Self {
        Self(self.0.split('~').next().unwrap_or(&self.0).to_owned())
    }

    /// Returns the name of the tool.
    #[must_use]
    pub fn tool(&self) -> &str {
        self.0.split_once('.').map_or("", |(tool, _)| tool)
    }

    /// Returns the session id, with the fork's mark if there is one: what users see and type.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, id)| id)
    }

    /// Returns the key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SessionKey {
    type Error = InvalidId;
    fn try_from(raw: String) -> Result<Self, InvalidId> {
        let body = raw.split_once('~').map_or(Some(raw.as_str()), |(body, fork)| {
            (fork.len() == 8 && fork.bytes().all(|b| b.is_ascii_hexdigit())).then_some(body)
        });
        let valid = body
            .and_then(|body| body.split_once('.'))
            .is_some_and(|(tool, id)| is_portable_name(tool) && is_portable_name(id));
        if valid { Ok(Self(raw)) } else { Err(InvalidId(raw)) }
    }
}

impl From<SessionKey> for String {
    fn from(key: SessionKey) -> Self {
        key.0
    }
}

impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of an event: unique in its session, the same whenever the same log is parsed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(String);

impl EventId {
    /// Returns `raw` as an id.
    #[must_use]
    pub fn new(raw: impl Into<String>) -> Self {
        Self(raw.into())
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A BLAKE3 hash of uncompressed bytes; 64 hex digits in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentId([u8; 32]);

impl ContentId {
    /// Returns the hash of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Returns the id whose 32 bytes these are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the first 16 hex digits, as they stand in a segment's file name.
    #[must_use]
    pub fn short(&self) -> String {
        self.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for ContentId {
    type Error = InvalidId;
    fn try_from(raw: String) -> Result<Self, InvalidId> {
        match blake3::Hash::from_hex(&raw) {
            Ok(hash) => Ok(Self(*hash.as_bytes())),
            Err(_not_hex) => Err(InvalidId(raw)),
        }
    }
}

impl From<ContentId> for String {
    fn from(id: ContentId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_ids_are_kept_when_plain_and_hashed_when_not() {
        for plain in ["53ea19c1-8f2e", "rollout-2026.a1", "a", "A_b"] {
            assert_eq!(SessionId::from_foreign(plain).as_str(), plain);
        }
        for odd in ["", ".git", "../up", "a/b", "a..b", "x.lock", "CON", "nul.txt", "a.", "ü", "-a"]
        {
            let id = SessionId::from_foreign(odd);
            assert!(id.as_str().starts_with("x-") && id.as_str().len() == 34, "{odd:?} -> {id}");
            assert_eq!(SessionId::new(id.as_str()), Ok(id));
        }
    }

    #[test]
    fn keys_split_at_the_first_dot_and_forks_keep_their_session() {
        let key = SessionKey::new("claude-code", &SessionId::from_foreign("a.b"));
        assert_eq!((key.tool(), key.id()), ("claude-code", "a.b"));
        let fork = key.fork(&EventId::new("e1"));
        assert_eq!(fork.main(), key);
        assert_eq!(SessionKey::try_from(fork.to_string()), Ok(fork));
        assert!(SessionKey::try_from("claude-code.a/../b".to_owned()).is_err());
        assert!(SessionKey::try_from("claude-code.a~1".to_owned()).is_err());
    }
}
