//! Typed, borrowing fields that accept any JSON: a tool that changes a field's type must not cost the whole line.

mod items;
mod nested;
mod raw;
mod time;

pub(crate) use items::{Given, Items, Written, member};
pub(crate) use nested::{List, Object, list_items, parts};
pub(crate) use raw::{call_input, object, string, value, value_or_text};
pub(crate) use time::Time;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A string, or nothing where the log has any other type. Borrows from the line unless it holds escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub Option<Cow<'a, str>>);

impl<'a> Text<'a> {
    pub(crate) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The string where it is not empty.
    pub(crate) fn filled(&self) -> Option<&str> {
        self.as_str().filter(|text| !text.is_empty())
    }

    pub(crate) fn into_string(self) -> Option<String> {
        self.0.map(Cow::into_owned)
    }
}

/// A whole number that is not negative, or nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Number(pub Option<u64>);

/// A whole number of either sign, or nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signed(pub Option<i64>);

/// `true`, or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flag(pub bool);

struct AnyText;
struct AnyNumber;
struct AnySigned;
struct AnyFlag;

/// Everything that is not the wanted type is read and forgotten.
macro_rules! forget_the_rest {
    ($nothing:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
        fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            while items.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
}

use forget_the_rest;

impl<'de> Visitor<'de> for AnyText {
    type Value = Text<'de>;
    forget_the_rest!(Text(None));
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }
    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }
    fn visit_u64<E>(self, _: u64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }
}

impl<'de> Visitor<'de> for AnySigned {
    type Value = Signed;
    forget_the_rest!(Signed(None));
    fn visit_str<E>(self, _: &str) -> Result<Signed, E> {
        Ok(Signed(None))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Signed, E> {
        Ok(Signed(None))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Signed, E> {
        Ok(Signed(i64::try_from(number).ok()))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Signed, E> {
        Ok(Signed(Some(number)))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Signed, E> {
        // Milliseconds are sometimes written as fractions; a cast saturates.
        #[allow(clippy::cast_possible_truncation, reason = "saturating is what is wanted")]
        Ok(Signed(number.is_finite().then_some(number as i64)))
    }
}

impl<'de> Visitor<'de> for AnyNumber {
    type Value = Number;
    forget_the_rest!(Number(None));
    fn visit_str<E>(self, _: &str) -> Result<Number, E> {
        Ok(Number(None))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Number, E> {
        Ok(Number(None))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
        Ok(Number(Some(number)))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
        Ok(Number(u64::try_from(number).ok()))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative; saturates"
        )]
        Ok(Number((number >= 0.0 && number.is_finite()).then_some(number as u64)))
    }
}

impl<'de> Visitor<'de> for AnyFlag {
    type Value = Flag;
    forget_the_rest!(Flag(false));
    fn visit_str<E>(self, _: &str) -> Result<Flag, E> {
        Ok(Flag(false))
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Flag, E> {
        Ok(Flag(flag))
    }
    fn visit_u64<E>(self, _: u64) -> Result<Flag, E> {
        Ok(Flag(false))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Flag, E> {
        Ok(Flag(false))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Flag, E> {
        Ok(Flag(false))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyText)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNumber)
    }
}

impl<'de> Deserialize<'de> for Signed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnySigned)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyFlag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Fields<'a> {
        #[serde(borrow, default)]
        text: Text<'a>,
        #[serde(default)]
        number: Number,
        #[serde(default)]
        signed: Signed,
        #[serde(default)]
        flag: Flag,
    }

    #[test]
    fn every_json_type_is_accepted_in_every_field() {
        for odd in ["null", "true", "1", "-1", "1.5", "\"s\"", "[1,[2]]", "{\"a\":{\"b\":1}}"] {
            let line = format!(r#"{{"text":{odd},"number":{odd},"signed":{odd},"flag":{odd}}}"#);
            let fields: Fields<'_> = serde_json::from_str(&line).unwrap();
            assert_eq!(fields.text.as_str(), (odd == "\"s\"").then_some("s"), "{odd}");
            assert_eq!(fields.flag.0, odd == "true", "{odd}");
            let number = match odd {
                "1" | "1.5" => Some(1),
                _ => None,
            };
            assert_eq!(fields.number.0, number, "{odd}");
            assert_eq!(
                fields.signed.0,
                if odd == "-1" { Some(-1) } else { number.map(|n| n as i64) },
                "{odd}"
            );
        }
    }
}
