//! A request while the changes of its document are made again.

use super::turn::Brief;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A request as the log has it, as long as nothing changes it: most never change, and the values of a whole session take
/// many times the memory of their text.
#[derive(Debug)]
pub(super) enum Request {
    Text(Box<RawValue>),
    Value(Value),
    /// One that is nested too deeply to be read.
    Deep(Box<RawValue>),
}

impl Request {
    /// Returns the requests of a list; of anything else none.
    pub(super) fn list(json: Option<&RawValue>) -> Vec<Self> {
        let list = json.filter(|json| json.get().starts_with('['));
        let list: Option<Vec<&RawValue>> =
            list.and_then(|list| serde_json::from_str(list.get()).ok());
        list.into_iter().flatten().map(|json| Self::Text(json.to_owned())).collect()
    }

    /// Returns the request, to be changed; `None` where it is nested too deeply.
    pub(super) fn value(&mut self) -> Option<&mut Value> {
        if let Self::Text(json) = self {
            // Not tried again: there may be many changes.
            *self = match serde_json::from_str(json.get()) {
                Ok(value) => Self::Value(value),
                Err(_too_deep) => Self::Deep(json.clone()),
            };
        }
        match self {
            Self::Value(value) => Some(value),
            Self::Text(_) | Self::Deep(_) => None,
        }
    }

    /// Returns the request, or its text where it is nested too deeply.
    pub(super) fn read(&self) -> Result<Cow<'_, Value>, &str> {
        match self {
            Self::Text(json) => {
                serde_json::from_str(json.get()).map(Cow::Owned).map_err(|_too_deep| json.get())
            }
            Self::Value(value) => Ok(Cow::Borrowed(value)),
            Self::Deep(json) => Err(json.get()),
        }
    }

    /// Returns what tells one request from another, and whether it is answered.
    pub(super) fn brief(&self) -> Brief<'_> {
        match self {
            Self::Text(json) => Brief::of_text(json.get()),
            Self::Value(value) => Brief::of(value),
            Self::Deep(_) => Brief::default(),
        }
    }
}
