//! The parts of a content, each with what it is written as where that is asked for.

use super::nested::list_items;
use super::{Text, object, string};
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

/// The parts of a content like those of [`super::parts`], read at once: to take them apart first is one more pass over
/// texts that may be long.
#[derive(Debug)]
pub(crate) struct Items<'a, T> {
    content: Option<&'a RawValue>,
    /// Each with its number among all that the content has.
    items: Vec<(usize, T)>,
    apart: OnceCell<Vec<&'a RawValue>>,
}

impl<'a, T: Default + Deserialize<'a>> Items<'a, T> {
    /// Returns the parts of `content`; a string is what `of_text` makes of it.
    pub(crate) fn of(content: Option<&'a RawValue>, of_text: fn(Text<'a>) -> T) -> Self {
        let items = match content {
            None => Vec::new(),
            Some(list) if list.get().starts_with('[') => all(list, of_text).unwrap_or_else(|| {
                // One of them cannot be read.
                let items = list_items(list).into_iter().enumerate();
                items.filter_map(|(number, raw)| Some((number, one(raw, of_text)?))).collect()
            }),
            Some(raw) => one(raw, of_text).into_iter().map(|item| (0, item)).collect(),
        };
        Self { content, items, apart: OnceCell::new() }
    }
}

impl<'a, T> Items<'a, T> {
    /// Returns the parts, each with its number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.items.iter().map(|(number, item)| (*number, item))
    }

    /// Returns whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns a part as it is written.
    pub(crate) fn raw(&self, number: usize) -> &'a RawValue {
        let apart = self.apart.get_or_init(|| self.content.map_or_else(Vec::new, list_items));
        apart.get(number).copied().unwrap_or(RawValue::NULL)
    }
}

fn all<'a, T: Default + Deserialize<'a>>(
    list: &'a RawValue,
    of_text: fn(Text<'a>) -> T,
) -> Option<Vec<(usize, T)>> {
    let mut json = serde_json::Deserializer::from_str(list.get());
    json.deserialize_seq(List { of_text }).ok()
}

fn one<'a, T: Default + Deserialize<'a>>(
    raw: &'a RawValue,
    of_text: fn(Text<'a>) -> T,
) -> Option<T> {
    match raw.get().as_bytes().first() {
        Some(b'"') => Some(of_text(Text(string(raw)))),
        Some(b'n') => None,
        _ => Some(object(raw.get()).unwrap_or_default()),
    }
}

/// Reads a list.
struct List<'a, T> {
    of_text: fn(Text<'a>) -> T,
}

/// Reads one of its items; `null` is none.
struct Item<'a, T> {
    of_text: fn(Text<'a>) -> T,
}

impl<'de, T: Default + Deserialize<'de>> Visitor<'de> for List<'de, T> {
    type Value = Vec<(usize, T)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        // Most messages have one or two parts, and room for a part is large.
        let mut items = Vec::with_capacity(2);
        let mut number = 0;
        while let Some(item) = list.next_element_seed(Item { of_text: self.of_text })? {
            items.extend(item.map(|item| (number, item)));
            number += 1;
        }
        Ok(items)
    }
}

impl<'de, T: Default + Deserialize<'de>> DeserializeSeed<'de> for Item<'de, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Default + Deserialize<'de>> Visitor<'de> for Item<'de, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Option<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Some)
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Option<T>, E> {
        Ok(Some((self.of_text)(Text(Some(Cow::Borrowed(text))))))
    }
    fn visit_str<E>(self, text: &str) -> Result<Option<T>, E> {
        Ok(Some((self.of_text)(Text(Some(Cow::Owned(text.to_owned()))))))
    }
    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Option<T>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(T::default()))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Option<T>, E> {
        Ok(Some(T::default()))
    }
    fn visit_u64<E>(self, _: u64) -> Result<Option<T>, E> {
        Ok(Some(T::default()))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Option<T>, E> {
        Ok(Some(T::default()))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Option<T>, E> {
        Ok(Some(T::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts;
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Part<'a> {
        #[serde(borrow)]
        text: Text<'a>,
    }

    #[test]
    fn the_parts_are_those_that_are_found_one_by_one() {
        let of_text = |text| Part { text };
        for content in [
            r#"[{"text":"a"},"b\n",null,7,-1,1.5,true,["c"],{"text":7},{"x":"d"}]"#,
            // What says a thing twice cannot be read, and what stands beside it can.
            r#"[{"text":"a"},null,{"text":"b","text":"c"},"d"]"#,
            r#"{"text":"a"}"#,
            r#""a""#,
            "[]",
            "null",
            "7",
        ] {
            let content: &RawValue = serde_json::from_str(content).unwrap();
            let items = Items::of(Some(content), of_text);
            let found = items.iter().map(|(at, part)| (part.text.as_str(), items.raw(at).get()));
            let apart = parts(Some(content), of_text);
            let expected = apart.iter().map(|(part, raw)| (part.text.as_str(), raw.get()));
            assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{content}");
        }
    }
}
