//! A call as the screen shows it.

use super::rounds::{self, Call, input};
use super::{result, text, uri};
use crate::session::{CallRecord, Outcome, Session};
use opensession_hail::{Block, Timestamp};
use serde_json::{Map, Value, json};

/// Returns whether a part of an answer is a call.
pub(super) fn is_call(kind: &str) -> bool {
    matches!(kind, "toolInvocationSerialized" | "toolInvocation" | "externalToolInvocationUpdate")
}

/// Returns whether a call is one that another call made in the editor, and no model.
pub(super) fn is_internal(item: &Value) -> bool {
    tool(item).ends_with("_internal")
}

/// Returns the call's id and the name that the model has for its tool.
pub(super) fn key(item: &Value) -> (&str, &str) {
    let id = item.get("toolCallId").and_then(Value::as_str).unwrap_or("");
    (id, rounds::name_of(tool(item)))
}

/// Returns the call that started the sub-agent which made this one.
pub(super) fn parent(item: &Value) -> Option<&str> {
    let id = item.get("subAgentInvocationId").or(item.get("subagentInvocationId"));
    id.and_then(Value::as_str).filter(|id| !id.is_empty())
}

/// Returns a call with what the screen shows of the one that it made in the editor.
pub(super) fn merged(item: &Value, internal: Option<&Value>) -> Value {
    let mut merged = item.clone();
    for key in ["resultDetails", "toolSpecificData", "pastTenseMessage", "resultError"] {
        let more = internal.and_then(|internal| internal.get(key)).filter(|more| !more.is_null());
        if let (Some(members), Some(more)) = (merged.as_object_mut(), more) {
            members.entry(key).or_insert_with(|| more.clone());
        }
    }
    merged
}

/// Sends a call that the screen shows; its result is still to come. `path` is the file that it changed, as far as that is
/// told behind it.
pub(super) fn open(
    session: &mut Session<'_>,
    item: &Value,
    known: Option<&Call<'_>>,
    made: &str,
    path: Option<String>,
) -> String {
    let (own, name) = key(item);
    let id = if own.is_empty() || session.knows_call(own) { made } else { own };
    let mut input = known.map(|call| call.input.clone()).unwrap_or_default();
    if input.is_empty() {
        input.extend(path.map(|path| ("filePath".to_owned(), json!(path))));
    }
    complete(&mut input, item, known.map_or(name, |call| call.name));
    set_time(session, known);
    let name = known.map_or(name, |call| call.name);
    session.open_call(CallRecord { id, name, input, agent: None, child: None });
    id.to_owned()
}

/// Sends what came of a call; `edits` are the changes that stand behind it in the answer.
pub(super) fn answer(
    session: &mut Session<'_>,
    id: &str,
    item: &Value,
    known: Option<&Call<'_>>,
    edits: Option<&Value>,
) {
    let mut outcome = result::read(item, known.and_then(|call| call.result));
    outcome.blocks.extend(edits.map(|edits| Block::json(edits.clone())));
    finish(session, id, item, outcome);
}

/// Sends a call that the screen does not show, with what came of it.
pub(super) fn tell_hidden(session: &mut Session<'_>, call: &Call<'_>, made: &str) {
    let is_named = !call.id.is_empty() && !session.knows_call(call.id);
    let id = if is_named { call.id } else { made };
    set_time(session, Some(call));
    let input = call.input.clone();
    session.open_call(CallRecord { id, name: call.name, input, agent: None, child: None });
    if call.result.is_some() {
        session.answer(Some(id), None, result::of_told(call.result));
    }
}

/// A call that has not ended stays open: a later version of the session says more.
fn finish(session: &mut Session<'_>, id: &str, item: &Value, outcome: Outcome) {
    let is_running = item.get("isComplete") == Some(&Value::Bool(false)) && !outcome.is_error;
    if !(is_running && session.may_change) {
        session.answer(Some(id), None, outcome);
    }
}

fn set_time(session: &mut Session<'_>, known: Option<&Call<'_>>) {
    let time = known.and_then(|call| call.time);
    session.set_time(time.and_then(Timestamp::from_millis));
}

/// Adds what the screen says of a call's input, where the model's own words are not there.
fn complete(input: &mut Map<String, Value>, item: &Value, name: &str) {
    let specific = item.get("toolSpecificData").unwrap_or(&Value::Null);
    let word = |key: &str| specific.get(key).and_then(Value::as_str);
    let is_unknown = input.is_empty();
    match word("kind") {
        Some("terminal") => {
            let line =
                |key: &str| specific.get("commandLine").and_then(|line| line.get(key)?.as_str());
            // What ran in the end.
            let edited = line("userEdited").filter(|text| !text.is_empty()).or(line("toolEdited"));
            let told = edited.or(line("original").filter(|_| is_unknown)).or(word("command"));
            if let Some(command) = told {
                input.insert("command".to_owned(), json!(command));
            }
        }
        Some("input") if is_unknown => *input = rounds::input(specific.get("rawInput")),
        Some("subagent") if is_unknown => {
            for key in ["description", "agentName", "prompt"] {
                input.extend(word(key).map(|text| (key.to_owned(), json!(text))));
            }
        }
        Some("simpleToolInvocation") if is_unknown => {
            *input = rounds::input(specific.get("input"));
        }
        _ => {}
    }
    if input.is_empty() {
        *input = self::input(item.get("resultDetails").and_then(|details| details.get("input")));
    }
    if input.is_empty() {
        let message = item.get("invocationMessage").unwrap_or(&Value::Null);
        let said = text::of(message).filter(|text| !text.trim().is_empty());
        let linked = || text::linked_path(message).or_else(|| first_place(item));
        let read = match name {
            "read_file" => linked().map(|path| ("filePath", path)),
            "list_dir" => text::linked_path(message).map(|path| ("path", path)),
            "grep_search" | "file_search" => {
                said.and_then(text::quoted).map(|query| ("query", query.to_owned()))
            }
            "fetch_webpage" => {
                let pages = item.get("resultDetails").and_then(Value::as_array);
                let pages = pages.into_iter().flatten().filter_map(uri::address);
                let pages: Vec<Value> = pages.map(Value::from).collect();
                if !pages.is_empty() {
                    input.insert("urls".to_owned(), json!(pages));
                    return;
                }
                None
            }
            _ => None,
        };
        let read = read.or_else(|| said.map(|text| ("message", text.to_owned())));
        input.extend(read.map(|(key, text)| (key.to_owned(), json!(text))));
    }
}

fn first_place(item: &Value) -> Option<String> {
    let places = item.get("resultDetails")?.as_array()?;
    places.first().and_then(uri::path)
}

fn tool(item: &Value) -> &str {
    let word = |key: &str| item.get(key).and_then(Value::as_str);
    word("toolId").or(word("toolName")).unwrap_or("unknown")
}
