//! Values that are nested too deep to be written and read back.

use crate::Key;
use crate::mark::mark;
use serde_json::Value;

/// The deepest nesting of a value that is kept. A reader takes 128 levels for a whole line (`serde_json`), of which
/// the event around the value needs four.
const DEEPEST: usize = 120;

/// Replaces what is nested deeper than [`DEEPEST`] by a mark; returns how many marks were set.
///
/// Such a value would overflow the stack when it is written, compared or dropped, so it is taken apart piece by piece.
pub(crate) fn clip(value: &mut Value, key: &Key) -> u64 {
    if is_deeper(value, DEEPEST) { clip_below(value, DEEPEST, key) } else { 0 }
}

/// Returns whether `value` is nested deeper than `levels`.
pub(crate) fn is_too_deep(value: &Value) -> bool {
    is_deeper(value, DEEPEST)
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(members) => {
            levels == 0 || members.values().any(|member| is_deeper(member, levels - 1))
        }
        _ => false,
    }
}

fn clip_below(value: &mut Value, levels: usize, key: &Key) -> u64 {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => {
            *value = Value::String(take_apart(value.take(), key));
            1
        }
        Value::Array(items) => items.iter_mut().map(|item| clip_below(item, levels - 1, key)).sum(),
        Value::Object(members) => {
            members.values_mut().map(|member| clip_below(member, levels - 1, key)).sum()
        }
        _ => 0,
    }
}

/// Returns the mark of a value of any depth, which is dropped without recursion.
fn take_apart(value: Value, key: &Key) -> String {
    let mut leaves = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                for (name, member) in members {
                    leaves.push(name);
                    open.push(member);
                }
            }
            leaf => leaves.push(leaf.to_string()),
        }
    }
    mark(key, "too-deep", leaves.iter().map(String::as_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!("x"), |inside, _| Value::Array(vec![inside]))
    }

    #[test]
    fn values_down_to_the_limit_stay_and_deeper_ones_are_cut_there() {
        let key = Key::from_bytes([1; 32]);
        let mut value = nested(DEEPEST);
        assert_eq!((clip(&mut value, &key), value), (0, nested(DEEPEST)));
        let mut value = nested(1_000_000);
        assert_eq!(clip(&mut value, &key), 1);
        assert!(!is_too_deep(&value));
        assert_eq!(clip(&mut value, &key), 0);
        assert!(value.to_string().contains("[redacted:too-deep:"));
    }
}
