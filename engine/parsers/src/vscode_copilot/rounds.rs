//! What the extension notes of a request beside the screen: the model's calls with their inputs, and what they returned.

use serde_json::{Map, Value};
use std::collections::{HashMap, VecDeque};

/// A call as the model made it.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub input: Map<String, Value>,
    pub result: Option<&'a Value>,
    /// When its round began, in milliseconds since 1970.
    pub time: Option<i64>,
}

/// What a call that the screen shows has in common with the model's, of its id and its tool.
type Key = for<'k> fn(&'k str, &'k str) -> &'k str;

/// Returns the calls that `result.metadata` of a request tells, in order.
pub(super) fn calls(metadata: &Value) -> Vec<Call<'_>> {
    let results = metadata.get("toolCallResults");
    let rounds = metadata.get("toolCallRounds").and_then(Value::as_array);
    let mut calls = Vec::new();
    for round in rounds.into_iter().flatten() {
        let time = round.get("timestamp").and_then(Value::as_i64).filter(|time| *time > 0);
        for call in round.get("toolCalls").and_then(Value::as_array).into_iter().flatten() {
            let word = |key: &str| call.get(key).and_then(Value::as_str);
            let id = word("id").unwrap_or("");
            calls.push(Call {
                id,
                name: word("name").unwrap_or("unknown"),
                input: input(call.get("arguments")),
                result: results.and_then(|results| results.get(id)),
                time,
            });
        }
    }
    calls
}

/// Returns for each call that the screen shows, by its id and its tool, which of the model's it is: that of its id, else
/// the next one of its tool, and where all are alike in number, the next one.
pub(super) fn assign(shown: &[(&str, &str)], calls: &[Call<'_>]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; shown.len()];
    let mut is_free = vec![true; calls.len()];
    let keys: [Key; 3] = [|id, _| bare(id), |_, name| name, |_, _| ""];
    for (pass, key) in keys.iter().enumerate() {
        let missing = found.iter().filter(|at| at.is_none()).count();
        if pass == 2 && missing > is_free.iter().filter(|free| **free).count() {
            break;
        }
        let mut queues: HashMap<&str, VecDeque<usize>> = HashMap::new();
        for (index, (call, _)) in
            calls.iter().zip(&is_free).enumerate().filter(|(_, (_, free))| **free)
        {
            queues.entry(key(call.id, call.name)).or_default().push_back(index);
        }
        for ((id, name), at) in shown.iter().zip(&mut found).filter(|(_, at)| at.is_none()) {
            let queue = queues.get_mut(key(id, name)).filter(|_| pass > 0 || !id.is_empty());
            *at = queue.and_then(VecDeque::pop_front);
        }
        for index in found.iter().flatten() {
            if let Some(free) = is_free.get_mut(*index) {
                *free = false;
            }
        }
    }
    found
}

/// Returns an id without what the editor puts behind the model's; the screen's may lack it.
fn bare(id: &str) -> &str {
    id.split("__vscode").next().unwrap_or(id)
}

/// Returns an input that stands as JSON or as a text with JSON in it; a bare text has no name of its own.
pub(super) fn input(value: Option<&Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(fields)) => fields.clone(),
        Some(Value::String(text)) if !text.trim().is_empty() => match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::from_iter([("arguments".to_owned(), Value::String(text.clone()))]),
        },
        _ => Map::new(),
    }
}

/// Returns what the model calls a tool of which the screen has the editor's name.
pub(super) fn name_of(tool: &str) -> &str {
    match tool {
        "copilot_readFile" => "read_file",
        "copilot_createFile" => "create_file",
        "copilot_createDirectory" => "create_directory",
        "copilot_replaceString" => "replace_string_in_file",
        "copilot_multiReplaceString" => "multi_replace_string_in_file",
        "copilot_insertEdit" | "vscode_editFile_internal" => "insert_edit_into_file",
        "copilot_applyPatch" => "apply_patch",
        "copilot_editNotebook" => "edit_notebook_file",
        "copilot_runInTerminal" | "runInTerminal" => "run_in_terminal",
        "copilot_getTerminalOutput" => "get_terminal_output",
        "copilot_findTextInFiles" => "grep_search",
        "copilot_findFiles" => "file_search",
        "copilot_searchCodebase" => "semantic_search",
        "copilot_listDirectory" => "list_dir",
        "copilot_fetchWebPage" | "vscode_fetchWebPage_internal" => "fetch_webpage",
        "copilot_openSimpleBrowser" => "open_simple_browser",
        "copilot_githubRepo" => "github_repo",
        "copilot_getErrors" => "get_errors",
        "copilot_getChangedFiles" => "get_changed_files",
        "copilot_listCodeUsages" => "list_code_usages",
        "copilot_searchWorkspaceSymbols" => "search_workspace_symbols",
        "copilot_getVSCodeAPI" => "get_vscode_api",
        "copilot_testFailure" => "test_failure",
        "copilot_findTestFiles" => "test_search",
        "copilot_createNewWorkspace" => "create_new_workspace",
        "copilot_runNotebookCell" => "run_notebook_cell",
        "copilot_readNotebookCellOutput" => "read_notebook_cell_output",
        "copilot_memory" => "memory",
        _ => tool,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn calls_are_found_by_id_by_tool_and_in_order() {
        let call = |id: &str, name: &str| json!({"id": id, "name": name, "arguments": "{\"a\":1}"});
        let metadata = json!({"toolCallRounds": [
            {"toolCalls": [call("a", "read_file"), call("x__vscode-1", "read_file")]},
            {"toolCalls": [call("z", "grep_search"), call("w", "odd")], "timestamp": 5},
        ]});
        let calls = calls(&metadata);
        assert_eq!(calls.last().and_then(|call| call.time), Some(5));
        let shown = [("x", "?"), ("1", "read_file"), ("2", "copilot_odd"), ("3", "grep_search")];
        assert_eq!(assign(&shown, &calls), [Some(1), Some(0), Some(3), Some(2)]);
        // More than the model's: what has no name in common is none of its.
        let shown = [("1", "one"), ("2", "two"), ("3", "three"), ("4", "four"), ("5", "odd")];
        assert_eq!(assign(&shown, &calls), [None, None, None, None, Some(3)]);
    }
}
