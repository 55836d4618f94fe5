//! Objects and lists that accept any JSON in their place.

use super::{Text, object, string};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::marker::PhantomData;

/// A `T` where the log has an object, or nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object<T>(pub Option<T>);

/// The items where the log has a list, else none.
#[derive(Clone, Debug, Default)]
pub(crate) struct List<T>(pub Vec<T>);

/// Returns the parts that a content is made of, each as it is written too: a list of objects and strings, or one alone.
///
/// A string is what `of_text` makes of it, and what is neither has no field that is known.
pub(crate) fn parts<'a, T: Default + Deserialize<'a>>(
    content: Option<&'a RawValue>,
    of_text: impl Fn(Text<'a>) -> T,
) -> Vec<(T, &'a RawValue)> {
    let items = content.map(list_items).unwrap_or_default().into_iter();
    let read = |raw: &'a RawValue| match raw.get().starts_with('"') {
        true => of_text(Text(string(raw))),
        false => object(raw.get()).unwrap_or_default(),
    };
    items.filter(|raw| raw.get() != "null").map(|raw| (read(raw), raw)).collect()
}

/// Returns the items of a list; of anything else that itself.
pub(crate) fn list_items(raw: &RawValue) -> Vec<&RawValue> {
    // What is no list is not tried: the error would copy it.
    let is_list = raw.get().starts_with('[');
    let all = is_list.then(|| serde_json::from_str(raw.get()).ok()).flatten();
    all.unwrap_or_else(|| vec![raw])
}

struct AnyObject<T>(PhantomData<T>);
struct AnyList<T>(PhantomData<T>);

/// What is neither an object nor a list is read and forgotten.
macro_rules! forget_scalars {
    ($nothing:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($nothing)
        }
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyObject<T> {
    type Value = Object<T>;
    forget_scalars!(Object(None));
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Object<T>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object(None))
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(|object| Object(Some(object)))
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyList<T> {
    type Value = List<T>;
    forget_scalars!(List(Vec::new()));
    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<List<T>, A::Error> {
        while items.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(List(Vec::new()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(List(list))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyObject(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyList(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lenient::Number;

    #[derive(serde::Deserialize)]
    struct Point {
        #[serde(default)]
        x: Number,
    }

    #[test]
    fn objects_and_lists_are_read_and_everything_else_is_none() {
        let points: List<Object<Point>> =
            serde_json::from_str(r#"[{"x":1},"no",{"x":"odd"},[{"x":2}],null,7]"#).unwrap();
        let found: Vec<Option<Option<u64>>> =
            points.0.iter().map(|point| point.0.as_ref().map(|point| point.x.0)).collect();
        assert_eq!(found, [Some(Some(1)), None, Some(None), None, None, None]);
        for odd in ["null", "true", "-1", "1.5", "\"s\"", r#"{"a":[1]}"#] {
            assert!(serde_json::from_str::<List<Number>>(odd).unwrap().0.is_empty());
        }
    }
}
