//! Which events the calls of Cursor's tools become. The editor and the command line tool have names of their own for
//! the same tools, and so have their versions: `run_terminal_cmd`, `run_terminal_command_v2` and `Shell`.

use crate::codex::patch::{self, Action as Change};
use crate::diff;
use crate::session::{Action, Outcome, take_command, take_text, title};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value, json};

/// The keys under which tools of different versions take a path.
pub(super) const PATH_KEYS: [&str; 9] = [
    "path",
    "file_path",
    "filePath",
    "target_file",
    "targetFile",
    "relativeWorkspacePath",
    "relative_workspace_path",
    "target_notebook",
    "notebook_path",
];

const CONTENT_KEYS: [&str; 4] = ["contents", "content", "file_text", "fileText"];
const PATTERN_KEYS: [&str; 4] = ["glob_pattern", "globPattern", "pattern", "query"];
const QUERY_KEYS: [&str; 4] = ["pattern", "query", "search_term", "searchTerm"];
const TITLE_KEYS: [&str; 5] = ["description", "title", "name", "prompt", "task"];

/// What a tool does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Shell,
    Read,
    Write,
    Edit,
    Patch,
    Delete,
    CodeSearch,
    FileSearch,
    WebSearch,
    WebFetch,
    Task,
    Image,
    List,
    Other,
}

impl Tool {
    /// Returns what the tool of this name does.
    pub(super) fn named(name: &str) -> Self {
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        match plain.strip_suffix("v2").unwrap_or(&plain) {
            "shell" | "bash" | "runterminalcmd" | "runterminalcommand" => Self::Shell,
            "read" | "readfile" => Self::Read,
            "write" | "writefile" | "createfile" => Self::Write,
            "edit" | "editfile" | "searchreplace" | "strreplace" | "multiedit" | "editnotebook"
            | "multistrreplace" | "reapply" => Self::Edit,
            "applypatch" => Self::Patch,
            "delete" | "deletefile" => Self::Delete,
            "grep" | "grepsearch" | "rg" | "ripgrep" | "ripgrepsearch" | "ripgreprawsearch"
            | "codebasesearch" | "semanticsearch" | "semanticsearchfull" | "searchsymbols"
            | "readsemsearchfiles" | "deepsearch" | "search" => Self::CodeSearch,
            "glob" | "globfilesearch" | "filesearch" => Self::FileSearch,
            "websearch" => Self::WebSearch,
            "webfetch" | "fetch" => Self::WebFetch,
            "task" | "agent" | "subagent" => Self::Task,
            "generateimage" => Self::Image,
            "ls" | "listdir" => Self::List,
            _ => Self::Other,
        }
    }

    /// Returns `semantic.tool_kind`.
    fn kind(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Read => "file_read",
            Self::Write | Self::Edit | Self::Patch | Self::Delete => "file_write",
            Self::CodeSearch | Self::FileSearch | Self::List => "search",
            Self::WebSearch | Self::WebFetch => "web",
            Self::Task => "task",
            Self::Image | Self::Other => "other",
        }
    }

    /// Returns whether the tool changes files.
    pub(super) fn is_change(self) -> bool {
        matches!(self, Self::Write | Self::Edit | Self::Patch)
    }
}

/// Returns the name of the tool that the editor knows by this number, for calls that have no name.
pub(super) fn name_of(number: u64) -> &'static str {
    match number {
        1 => "read_semsearch_files",
        3 => "grep_search",
        5 => "read_file",
        6 => "list_dir",
        7 => "edit_file",
        8 => "file_search",
        9 => "codebase_search",
        11 => "delete_file",
        12 => "reapply",
        15 => "run_terminal_cmd",
        16 => "fetch_rules",
        18 => "web_search",
        19 => "mcp",
        23 => "search_symbols",
        28 => "create_diagram",
        30 => "read_lints",
        32 => "task",
        34 => "todo_read",
        35 => "todo_write",
        38 => "edit_file_v2",
        39 => "list_dir_v2",
        40 => "read_file_v2",
        41 => "ripgrep_raw_search",
        42 => "glob_file_search",
        43 => "create_plan",
        _ => "unknown",
    }
}

/// Says what a call is.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let tool = Tool::named(name);
    let kind = tool.kind();
    let done = outcome.filter(|outcome| !outcome.is_error);
    let taken = match (tool, done) {
        (Tool::Shell, _) => take_command(&mut input, &["command", "cmd"], outcome),
        (Tool::Read, _) => {
            take_text(&mut input, &PATH_KEYS).map(|path| EventType::FileRead { path })
        }
        (Tool::CodeSearch, _) => {
            take_text(&mut input, &QUERY_KEYS).map(|query| EventType::CodeSearch { query })
        }
        (Tool::FileSearch, _) => {
            take_text(&mut input, &PATTERN_KEYS).map(|pattern| EventType::FileSearch { pattern })
        }
        (Tool::WebSearch, _) => {
            take_text(&mut input, &QUERY_KEYS).map(|query| EventType::WebSearch { query })
        }
        (Tool::WebFetch, _) => {
            take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url })
        }
        (Tool::Image, _) => take_text(&mut input, &["description", "prompt"])
            .map(|prompt| EventType::ImageGenerate { prompt }),
        (Tool::Delete, Some(_)) => {
            take_text(&mut input, &PATH_KEYS).map(|path| EventType::FileDelete { path })
        }
        (Tool::Task, _) if outcome.is_none_or(|outcome| !outcome.is_error) => {
            Some(EventType::TaskStart { title: title(&input, &TITLE_KEYS) })
        }
        (Tool::Write | Tool::Edit | Tool::Patch, Some(outcome)) => {
            return describe_change(name, tool, input, outcome);
        }
        _ => None,
    };
    match taken {
        Some(event_type) => Action::one(event_type, input, kind),
        None => Action::plain(name, input, kind),
    }
}

/// Says what a call is in a log that holds no results: one that succeeded, as far as anybody knows.
pub(super) fn describe_unanswered(
    name: &str,
    input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let nothing = Outcome::default();
    describe(name, input, Some(outcome.unwrap_or(&nothing)))
}

/// Says what a call is that changed files: by what the log tells of the result, else by what the tool was given.
fn describe_change(
    name: &str,
    tool: Tool,
    mut input: Map<String, Value>,
    outcome: &Outcome,
) -> Action {
    let kind = tool.kind();
    let keys = ["patch", "arguments", "input", "patchText"];
    let given = keys.into_iter().find_map(|key| Some((key, input.get(key)?.as_str()?)));
    let changes = given.and_then(|(key, patch)| Some((key, patch::changes(patch)?)));
    if let Some((key, changes)) = changes {
        input.remove(key);
        let is_one = changes.len() == 1;
        let events = changes.into_iter().map(|change| patched(change, is_one, outcome));
        return Action { events: events.collect(), kind }.with(input);
    }
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind);
    };
    let was_there = outcome.is_new_file == Some(false) || outcome.diff.is_some();
    if outcome.is_new_file == Some(true) || (tool == Tool::Write && !was_there) {
        let given = take_text(&mut input, &CONTENT_KEYS);
        return Action::create(path, given.or_else(|| told_content(outcome)), input, kind);
    }
    let diff = outcome.diff.clone().or_else(|| replaced(&input));
    Action::edit(path, diff, input, kind)
}

/// Returns the content of the file that the result tells to be new.
fn told_content(outcome: &Outcome) -> Option<String> {
    let mut blocks = outcome.changes.iter().flat_map(|(_, blocks)| blocks);
    blocks.find_map(|block| match block {
        Block::File { content, .. } => content.clone(),
        _ => None,
    })
}

/// Returns what a patch does to one file. The result's diff has the file's own line numbers.
fn patched(change: patch::FileChange, is_one: bool, outcome: &Outcome) -> (EventType, Vec<Block>) {
    let path = change.path;
    match change.action {
        Change::Add(content) => {
            let file = Block::File { path: path.clone(), content: Some(content) };
            (EventType::FileCreate { path }, vec![file])
        }
        Change::Delete => (EventType::FileDelete { path }, Vec::new()),
        Change::Update(diff) => {
            let told = outcome.diff.clone().filter(|_| is_one);
            let moved = change.move_to.map(|to| Block::text(format!("Moved to {to}")));
            let mut blocks: Vec<Block> = moved.into_iter().collect();
            if told.as_ref().is_some_and(|told| !diff.is_empty() && !diff::holds(told, &diff)) {
                // The patch has lines that the result does not show.
                blocks.push(Block::json(json!({ "patch": diff })));
            }
            let diff = Some(told.unwrap_or(diff)).filter(|diff| !diff.is_empty());
            (EventType::FileEdit { path, diff }, blocks)
        }
    }
}

/// Returns the diff of an edit that was given as old and new texts.
fn replaced(input: &Map<String, Value>) -> Option<String> {
    let pair = |edit: &Value| {
        let text = |keys: [&str; 3]| keys.iter().find_map(|key| edit.get(*key)?.as_str());
        let old = text(["old_string", "old_str", "oldString"]);
        let new = text(["new_string", "new_str", "newString"]);
        (old.is_some() || new.is_some())
            .then(|| diff::between(old.unwrap_or(""), new.unwrap_or("")))
    };
    match input.get("edits").and_then(Value::as_array) {
        Some(edits) => {
            Some(edits.iter().filter_map(pair).collect::<String>()).filter(|diff| !diff.is_empty())
        }
        None => pair(&Value::Object(input.clone())),
    }
}
