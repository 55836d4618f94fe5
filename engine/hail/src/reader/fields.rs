//! The members of a JSON object, taken out one by one by the type that they should have.

use crate::{Attributes, Members, Timestamp};
use serde_json::{Map, Value};

/// Members of one object. What has the wrong type is not lost: it goes to `odd`, under its path.
pub(super) struct Fields<'a> {
    members: Map<String, Value>,
    path: &'static str,
    odd: &'a mut Odd,
}

/// Members whose values could not be read as what they should be, by path: `source.agent.tool`.
#[derive(Default)]
pub(super) struct Odd(Vec<(String, Value)>);

impl Odd {
    /// Keeps `value`, found as `name` in the object at `path`.
    pub(super) fn keep(&mut self, path: &str, name: &str, value: Value) {
        self.0.push((format!("source.{path}{name}"), value));
    }

    /// Puts everything kept into `attributes`, and returns how much it was.
    pub(super) fn move_into(self, attributes: &mut Attributes) -> u64 {
        let count = self.0.len() as u64;
        for (name, value) in self.0 {
            attributes.set(name, value);
        }
        count
    }
}

impl<'a> Fields<'a> {
    /// Returns the members of the object at `path`, which is empty or ends in a `.`.
    pub(super) const fn new(
        members: Map<String, Value>,
        path: &'static str,
        odd: &'a mut Odd,
    ) -> Self {
        Self { members, path, odd }
    }

    /// Takes a string; numbers and booleans become their text.
    pub(super) fn string(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            scalar @ (Value::Number(_) | Value::Bool(_)) => Some(scalar.to_string()),
            other => self.refuse(name, other),
        }
    }

    /// Takes a whole number, also one that stands as a float or as text.
    pub(super) fn integer(&mut self, name: &str) -> Option<i64> {
        let value = self.take(name)?;
        match whole_number(&value) {
            Some(number) => Some(number),
            None => self.refuse(name, value),
        }
    }

    /// Takes a whole number that is not negative, also one that stands as a float or as text.
    pub(super) fn count(&mut self, name: &str) -> Option<u64> {
        let value = self.take(name)?;
        let number = value.as_u64().or_else(|| u64::try_from(whole_number(&value)?).ok());
        number.or_else(|| self.refuse(name, value))
    }

    /// Takes a boolean.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            other => self.refuse(name, other),
        }
    }

    /// Takes a time: RFC 3339, or seconds or milliseconds since 1970 as a number.
    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        let value = self.take(name)?;
        let time = match &value {
            Value::String(text) => Timestamp::parse(text),
            number => whole_number(number).and_then(unix_time),
        };
        time.or_else(|| self.refuse(name, value))
    }

    /// Takes a list of strings.
    pub(super) fn strings(&mut self, name: &str) -> Vec<String> {
        let text = |item: &Value| item.as_str().map(str::to_owned);
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        match value.as_array().map(|items| items.iter().map(text).collect()) {
            Some(Some(strings)) => strings,
            _ => self.refuse(name, value).unwrap_or_default(),
        }
    }

    /// Takes an object; without one, an empty one.
    pub(super) fn object(&mut self, name: &str) -> Map<String, Value> {
        match self.take(name) {
            Some(Value::Object(members)) => members,
            None => Map::new(),
            Some(other) => self.refuse(name, other).unwrap_or_default(),
        }
    }

    /// Takes attributes, which may hold anything.
    pub(super) fn attributes(&mut self) -> Attributes {
        self.object("attributes").into_iter().collect()
    }

    /// Takes any value but `null`, which is the same as nothing.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    /// Keeps a value as odd.
    pub(super) fn refuse<T>(&mut self, name: &str, value: Value) -> Option<T> {
        self.odd.keep(self.path, name, value);
        None
    }

    /// Returns the members that nobody took.
    pub(super) fn rest(self) -> Members {
        self.members.into_iter().collect()
    }
}

fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        number => number.as_i64().or_else(|| {
            // Above 2^53 a float no longer says which whole number it stands for.
            let float = number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 9.0e15)?;
            Some(float as i64)
        }),
    }
}

/// Numbers below this are seconds since 1970 (the year 5138), others milliseconds (from 1973 on).
const FIRST_MILLIS: i64 = 100_000_000_000;

fn unix_time(number: i64) -> Option<Timestamp> {
    Timestamp::from_millis(if number.abs() < FIRST_MILLIS { number * 1000 } else { number })
}
