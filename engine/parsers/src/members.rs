//! Members of records that a parser does not know: what a new version of a tool has added.

use crate::report::Count;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// Of each kind of record the first ones are looked at, and then one of so many.
const FIRST: u32 = 4;
const EVERY: u32 = 64;

/// No more names than these are counted for one log: a member may be named by chance.
const MOST_NAMES: usize = 64;

/// The members that a parser knows: those that it reads, and those that it leaves out on purpose.
#[derive(Debug)]
pub(crate) struct Known {
    /// Of a record.
    pub record: &'static [&'static str],
    /// Of the objects that stand in a record under these names.
    pub inside: &'static [(&'static str, &'static [&'static str])],
}

/// Looks at records for members that are not known.
#[derive(Debug)]
pub(crate) struct Members {
    known: &'static Known,
    /// How many records of each kind came by: of few kinds, so that to compare them costs less than to hash them.
    seen: BTreeMap<String, u32>,
}

impl Members {
    pub(crate) fn new(known: &'static Known) -> Self {
        Self { known, seen: BTreeMap::new() }
    }

    /// Counts in `fields` what the record has that is not known, as `<kind>.<member>`; most records are passed over.
    pub(crate) fn look(&mut self, kind: &str, json: &[u8], fields: &mut Count) {
        if self.is_due(kind) {
            self.look_through(kind, json, fields);
        }
    }

    /// Looks at a record that was read before.
    pub(crate) fn look_at(&mut self, kind: &str, record: &Map<String, Value>, fields: &mut Count) {
        if self.is_due(kind)
            && let Ok(json) = serde_json::to_vec(record)
        {
            self.look_through(kind, &json, fields);
        }
    }

    /// Counts a record, and returns whether it is one to be looked at.
    fn is_due(&mut self, kind: &str) -> bool {
        let seen = match self.seen.get_mut(kind) {
            Some(seen) => seen,
            None => self.seen.entry(kind.to_owned()).or_insert(0),
        };
        *seen = seen.saturating_add(1);
        *seen <= FIRST || *seen % EVERY == 0
    }

    fn look_through(&self, kind: &str, json: &[u8], fields: &mut Count) {
        let look = Look { known: self.known.record, inside: self.known.inside, path: kind, fields };
        // What is no object, or nested too deeply, is none of ours.
        let mut json = serde_json::Deserializer::from_slice(json);
        drop(look.deserialize(&mut json));
    }
}

struct Look<'a> {
    known: &'static [&'static str],
    inside: &'static [(&'static str, &'static [&'static str])],
    path: &'a str,
    fields: &'a mut Count,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if !self.known.contains(&name.as_str()) {
                map.next_value::<IgnoredAny>()?;
                let path = format!("{}.{name}", self.path);
                if self.fields.len() < MOST_NAMES || self.fields.contains_key(&path) {
                    *self.fields.entry(path).or_insert(0) += 1;
                }
            } else if let Some((_, known)) = self.inside.iter().find(|(own, _)| *own == name) {
                let path = format!("{}.{name}", self.path);
                let fields = &mut *self.fields;
                map.next_value_seed(Inside(Look { known, inside: &[], path: &path, fields }))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// An object, or whatever else stands in its place.
struct Inside<'a>(Look<'a>);

impl<'de> DeserializeSeed<'de> for Inside<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let value = <&RawValue>::deserialize(deserializer)?;
        if value.get().starts_with('{') {
            let mut json = serde_json::Deserializer::from_str(value.get());
            // As above.
            drop(self.0.deserialize(&mut json));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static KNOWN: Known = Known { record: &["type", "message"], inside: &[("message", &["role"])] };

    fn look(records: &[&str]) -> Vec<(String, u64)> {
        let (mut members, mut fields) = (Members::new(&KNOWN), Count::new());
        records.iter().for_each(|json| members.look("user", json.as_bytes(), &mut fields));
        fields.into_iter().collect()
    }

    #[test]
    fn what_is_not_known_is_counted_by_its_place() {
        let record =
            r#"{"type":"user","n\u0065w":{"role":1},"message":{"role":"user","extra":[1]}}"#;
        let counted = [("user.message.extra".to_owned(), 2), ("user.new".to_owned(), 2)];
        assert_eq!(look(&[record, record]), counted);
        assert_eq!(look(&["[7]", "7", r#"{"message":"text"}"#, r#"{"message":["#]), []);
    }

    #[test]
    fn the_first_records_of_a_kind_are_looked_at_and_then_one_of_many() {
        let records = vec![r#"{"new":1}"#; 129];
        assert_eq!(look(&records), [("user.new".to_owned(), 6)]);
    }

    #[test]
    fn names_by_chance_have_an_end() {
        let members: Vec<String> = (0..200).map(|n| format!("\"m{n}\":1")).collect();
        assert_eq!(look(&[&format!("{{{}}}", members.join(","))]).len(), MOST_NAMES);
    }
}
