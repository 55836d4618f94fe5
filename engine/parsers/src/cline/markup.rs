//! Tool calls and thoughts that a model wrote into its text as tags: `<read_file><path>a</path></read_file>`.

use serde_json::{Map, Value};

/// A piece of an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    Thinking(String),
    Call {
        name: String,
        input: Map<String, Value>,
    },
    /// The tool's own remark at the end of a text that it cut off.
    Interruption(String),
}

/// The tools that Cline and Roo Code offer, or offered, in tags.
const TOOLS: [&str; 41] = [
    "execute_command",
    "read_file",
    "write_to_file",
    "replace_in_file",
    "apply_diff",
    "insert_content",
    "search_and_replace",
    "search_replace",
    "edit_file",
    "apply_patch",
    "search_files",
    "list_files",
    "list_code_definition_names",
    "codebase_search",
    "browser_action",
    "use_mcp_tool",
    "access_mcp_resource",
    "load_mcp_documentation",
    "ask_followup_question",
    "attempt_completion",
    "plan_mode_respond",
    "plan_mode_response",
    "act_mode_respond",
    "switch_mode",
    "new_task",
    "fetch_instructions",
    "update_todo_list",
    "focus_chain",
    "run_slash_command",
    "generate_image",
    "web_fetch",
    "web_search",
    "condense",
    "summarize_task",
    "report_bug",
    "new_rule",
    "generate_explanation",
    "use_skill",
    "use_subagents",
    "read_command_output",
    "skill",
];

/// Parameters that may hold any text, their own closing tag included: the last one counts.
const FREE_TEXT: [&str; 5] = ["content", "diff", "args", "arguments", "result"];

/// Tools with a file's content among their parameters.
const WRITERS: [&str; 5] =
    ["write_to_file", "replace_in_file", "apply_diff", "insert_content", "new_rule"];

/// How the last parameter of such a tool ends.
const LAST_OF_WRITERS: [&str; 6] =
    ["</content>", "</diff>", "</line_count>", "</task_progress>", "</args>", "</start_line>"];

/// Among so many mentions of its tag the end of a call is looked for.
const MOST_ENDS: usize = 256;

/// Returns the pieces of an answer in order. Blank text between calls is no piece.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let (text, interruption) = match text.rfind("\n\n[Response interrupted by ") {
        Some(at) if text.trim_end().ends_with(']') => text.split_at(at),
        _ => (text, ""),
    };
    let mut found = Vec::new();
    let (mut rest, mut searched) = (text, 0);
    while let Some(at) = rest.get(searched..).and_then(|part| part.find('<')) {
        let at = searched + at;
        let (before, tail) = rest.split_at(at);
        let Some((piece, behind)) = tagged(tail) else {
            searched = at + 1;
            continue;
        };
        push_text(before, &mut found);
        found.push(piece);
        (rest, searched) = (behind, 0);
    }
    push_text(rest, &mut found);
    if !interruption.is_empty() {
        found.push(Piece::Interruption(interruption.trim().to_owned()));
    }
    found
}

/// Returns what stands between each `<tag>` and its end.
pub(super) fn inside<'t>(mut text: &'t str, tag: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut found = Vec::new();
    while let Some((_, behind)) = text.split_once(&open) {
        let (value, rest) = behind.split_once(&close).unwrap_or((behind, ""));
        found.push(value);
        text = rest;
    }
    found
}

fn push_text(text: &str, found: &mut Vec<Piece>) {
    let text = text.trim();
    if !text.is_empty() {
        found.push(Piece::Text(text.to_owned()));
    }
}

/// Returns the call or thought that `text` begins with, and what is behind it.
fn tagged(text: &str) -> Option<(Piece, &str)> {
    let (name, body) = opening(text)?;
    if name == "thinking" {
        let (thought, behind) = body.split_once("</thinking>").unwrap_or((body, ""));
        return Some((Piece::Thinking(thought.trim().to_owned()), behind));
    }
    if !TOOLS.contains(&name) {
        return None;
    }
    let close = format!("</{name}>");
    // The name of a tool in prose is no call: a parameter or the end follows a call's.
    let first = body.trim_start();
    if !first.starts_with(&close) && opening(first).is_none() {
        return None;
    }
    // What a file holds may mention the tag; the end of a call follows the end of a parameter.
    let ends = body.match_indices(&close).map(|(at, _)| at).take(MOST_ENDS);
    let is_writer = WRITERS.contains(&name);
    let is_end = |at: &usize| {
        let before = body.get(..*at).unwrap_or("").trim_end();
        before.is_empty()
            || if is_writer {
                LAST_OF_WRITERS.iter().any(|close| before.ends_with(close))
            } else {
                before.ends_with('>')
            }
    };
    let end = ends.clone().find(is_end).or_else(|| ends.clone().next());
    let (body, behind) = match end {
        Some(end) => (body.get(..end)?, body.get(end + close.len()..)?),
        None => (body, ""),
    };
    Some((Piece::Call { name: name.to_owned(), input: parameters(body) }, behind))
}

/// Returns the name of the tag that `text` begins with, and what is behind it.
fn opening(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix('<')?;
    let is_name = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
    let length = rest.bytes().take(64).take_while(|byte| is_name(byte)).count();
    let (name, behind) = rest.split_at_checked(length)?;
    Some((name, behind.strip_prefix('>')?)).filter(|(name, _)| !name.is_empty())
}

fn parameters(mut body: &str) -> Map<String, Value> {
    let mut found = Map::new();
    while let Some(at) = body.find('<') {
        let Some(tail) = body.get(at..) else { break };
        let Some((name, behind)) = opening(tail) else {
            body = tail.get(1..).unwrap_or("");
            continue;
        };
        let close = format!("</{name}>");
        let is_free = FREE_TEXT.contains(&name);
        let end = if is_free { behind.rfind(&close) } else { behind.find(&close) };
        let value = end.and_then(|end| behind.get(..end)).unwrap_or(behind);
        let value = if matches!(name, "content" | "diff") {
            value.strip_prefix("\r\n").or_else(|| value.strip_prefix('\n')).unwrap_or(value)
        } else {
            value.trim()
        };
        found.insert(name.to_owned(), value.into());
        body = end.and_then(|end| behind.get(end + close.len()..)).unwrap_or("");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(name: &str, input: Value) -> Piece {
        let Value::Object(input) = input else { panic!("{input}") };
        Piece::Call { name: name.to_owned(), input }
    }

    #[test]
    fn calls_thoughts_and_text_come_apart() {
        let text = "<thinking>Hm</thinking>\nFirst\n<read_file>\n<path>a.rs</path>\n</read_file>\nthen <list_files><path>.</path><recursive>true</recursive></list_files>";
        let expected = [
            Piece::Thinking("Hm".into()),
            Piece::Text("First".into()),
            call("read_file", json!({"path": "a.rs"})),
            Piece::Text("then".into()),
            call("list_files", json!({"path": ".", "recursive": "true"})),
        ];
        assert_eq!(pieces(text), expected);
    }

    #[test]
    fn a_file_may_hold_tags_and_prose_may_name_tools() {
        let text = "Use `<read_file>` for it.\n<write_to_file><path>x</path><content>\n<path>no</path> </write_to_file> </content> a\n</content>\n</write_to_file>";
        let content = "<path>no</path> </write_to_file> </content> a\n";
        let found = pieces(text);
        assert_eq!(found.first(), Some(&Piece::Text("Use `<read_file>` for it.".into())));
        let Some(Piece::Call { input, .. }) = found.get(1) else { panic!("{found:?}") };
        assert_eq!(input.get("path"), Some(&json!("x")));
        assert_eq!(input.get("content"), Some(&json!(content)));
    }

    #[test]
    fn a_call_that_was_cut_off_is_a_call() {
        let text = "Go\n<execute_command>\n<command>git log\n\n[Response interrupted by a tool use result.]";
        let expected = [
            Piece::Text("Go".into()),
            call("execute_command", json!({"command": "git log"})),
            Piece::Interruption("[Response interrupted by a tool use result.]".into()),
        ];
        assert_eq!(pieces(text), expected);
    }
}
