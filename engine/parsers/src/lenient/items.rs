//! The parts of a content, read with the record that they stand in.

use super::Text;
use super::nested::list_items;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

/// The parts of a content like those of [`super::parts`]. To leave a content raw and take it apart later is one more pass
/// over texts that may be long.
///
/// One that has a key twice, or a number that is none, costs its record: see [`crate::records::read_object`].
#[derive(Debug)]
pub(crate) struct Items<T> {
    /// Each with its number among all that the content has.
    items: Vec<(usize, T)>,
    is_list: bool,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self { items: Vec::new(), is_list: false }
    }
}

impl<T> Items<T> {
    /// Returns the parts, each with its number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.items.iter().map(|(number, item)| (*number, item))
    }

    /// Returns whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns whether the content is a list.
    pub(crate) fn is_list(&self) -> bool {
        self.is_list
    }

    fn one(item: T) -> Self {
        Self { items: vec![(0, item)], is_list: false }
    }
}

/// An object of one shape, or the parts that stand in its place.
#[derive(Debug)]
pub(crate) enum Given<T, I> {
    Object(Box<T>),
    Parts(Items<I>),
}

/// The parts of a content as they are written, looked for when one is asked for.
pub(crate) struct Written<'a, F> {
    content: F,
    apart: OnceCell<Vec<&'a RawValue>>,
}

impl<'a, F: Fn() -> Option<&'a RawValue>> Written<'a, F> {
    /// Returns the parts of what `content` finds.
    pub(crate) fn new(content: F) -> Self {
        Self { content, apart: OnceCell::new() }
    }

    /// Returns a part.
    pub(crate) fn get(&self, number: usize) -> &'a RawValue {
        let apart = self.apart.get_or_init(|| (self.content)().map_or_else(Vec::new, list_items));
        apart.get(number).copied().unwrap_or(RawValue::NULL)
    }
}

/// Returns what stands in an object under the first name, in that under the next one, and so on.
pub(crate) fn member<'a>(json: &'a str, path: &[&str]) -> Option<&'a RawValue> {
    let Some((name, rest)) = path.split_first() else { return serde_json::from_str(json).ok() };
    let members: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(json).ok()?;
    member(members.get(*name)?.get(), rest)
}

struct AnyGiven<T, I>(PhantomData<(T, I)>);

/// Reads the next part of a list to where it stays; `null` is none.
struct Next<'i, T> {
    number: usize,
    items: &'i mut Vec<(usize, T)>,
}

/// What a scalar is made into: of a string by `$text`, of `null` `$null`, and of any other by `$other`.
macro_rules! take_scalars {
    ($self:ident, $text:expr, $null:expr, $other:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }
        fn visit_borrowed_str<E>($self, text: &'de str) -> Result<Self::Value, E> {
            Ok($text(Text(Some(Cow::Borrowed(text)))))
        }
        fn visit_str<E>($self, text: &str) -> Result<Self::Value, E> {
            Ok($text(Text(Some(Cow::Owned(text.to_owned())))))
        }
        fn visit_unit<E>($self) -> Result<Self::Value, E> {
            Ok($null)
        }
        fn visit_bool<E>($self, _: bool) -> Result<Self::Value, E> {
            Ok($other)
        }
        fn visit_u64<E>($self, _: u64) -> Result<Self::Value, E> {
            Ok($other)
        }
        fn visit_i64<E>($self, _: i64) -> Result<Self::Value, E> {
            Ok($other)
        }
        fn visit_f64<E>($self, _: f64) -> Result<Self::Value, E> {
            Ok($other)
        }
    };
}

impl<'de, T, I> Visitor<'de> for AnyGiven<T, I>
where
    T: Deserialize<'de>,
    I: Default + From<Text<'de>> + Deserialize<'de>,
{
    type Value = Given<T, I>;
    take_scalars!(
        self,
        |text| Given::Parts(Items::one(I::from(text))),
        Given::Parts(Items::default()),
        Given::Parts(Items::one(I::default()))
    );
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        let object = T::deserialize(MapAccessDeserializer::new(members))?;
        Ok(Given::Object(Box::new(object)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        // Most contents have one or two parts, and room for a part is large.
        let mut items = Vec::with_capacity(2);
        let mut number = 0;
        while list.next_element_seed(Next { number, items: &mut items })?.is_some() {
            number += 1;
        }
        Ok(Given::Parts(Items { items, is_list: true }))
    }
}

impl<'de, T: Default + From<Text<'de>> + Deserialize<'de>> Visitor<'de> for Next<'_, T> {
    type Value = ();
    take_scalars!(self, |text| self.take(T::from(text)), (), self.take(T::default()));
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        self.items.push((self.number, T::deserialize(MapAccessDeserializer::new(members))?));
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        self.take(T::default());
        Ok(())
    }
}

impl<T> Next<'_, T> {
    fn take(self, item: T) {
        self.items.push((self.number, item));
    }
}

impl<'de, T: Default + From<Text<'de>> + Deserialize<'de>> DeserializeSeed<'de> for Next<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T, I> Deserialize<'de> for Given<T, I>
where
    T: Deserialize<'de>,
    I: Default + From<Text<'de>> + Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyGiven(PhantomData))
    }
}

impl<'de, T: Default + From<Text<'de>> + Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Given::<T, T>::deserialize(deserializer)? {
            Given::Object(item) => Self::one(*item),
            Given::Parts(items) => items,
        })
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

    impl<'de: 'a, 'a> From<Text<'de>> for Part<'a> {
        fn from(text: Text<'de>) -> Self {
            Self { text }
        }
    }

    #[test]
    fn the_parts_are_those_that_are_found_one_by_one() {
        for content in [
            r#"[{"text":"a"},"b\n",null,7,-1,1.5,true,["c"],{"text":7},{"x":"d"}]"#,
            r#"{"text":"a"}"#,
            r#""a""#,
            "[]",
            "null",
            "7",
        ] {
            let json = format!(r#"{{"a":1,"m":{{"content":{content}}}}}"#);
            let items: Items<Part<'_>> = serde_json::from_str(content).unwrap();
            let written = Written::new(|| member(&json, &["m", "content"]));
            let found = items.iter().map(|(at, part)| (part.text.as_str(), written.get(at).get()));
            let raw: &RawValue = serde_json::from_str(content).unwrap();
            let apart = parts(Some(raw), |text| Part { text });
            let expected = apart.iter().map(|(part, raw)| (part.text.as_str(), raw.get()));
            assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{content}");
            assert_eq!(items.is_list(), content.starts_with('['));
        }
    }

    #[test]
    fn an_object_of_a_shape_is_told_from_parts_in_its_place() {
        let given = |json: &str| match serde_json::from_str::<Given<Part<'_>, Part<'_>>>(json) {
            Ok(Given::Object(part)) => (true, vec![part.text.into_string()]),
            Ok(Given::Parts(items)) => {
                (false, items.iter().map(|(_, part)| part.text.clone().into_string()).collect())
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(given(r#"{"text":"a"}"#), (true, vec![Some("a".to_owned())]));
        assert_eq!(given(r#"[{"text":"a"}]"#), (false, vec![Some("a".to_owned())]));
        assert_eq!(given(r#""a""#), (false, vec![Some("a".to_owned())]));
        assert_eq!(given("7"), (false, vec![None]));
    }
}
