//! Which events a tool call becomes.

use crate::codex::patch;
use crate::diff::between;
use crate::session::{Action, Outcome, take_command, take_text, title};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

/// The keys under which tools of different versions take a path.
const PATH_KEYS: [&str; 4] = ["path", "file_path", "absolutePath", "filePath"];

/// The keys under which a sub-agent is told what to do.
const TITLE_KEYS: [&str; 6] = ["description", "task", "query", "objective", "prompt", "goal"];

/// Says what a call is.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let kind = kind(name);
    let taken = match name {
        _ if is_shell(name) => take_command(&mut input, &["command", "cmd"], outcome),
        "web_search" | "WebSearch" => query(&mut input).map(|query| EventType::WebSearch { query }),
        "painter" => {
            take_text(&mut input, &["prompt"]).map(|prompt| EventType::ImageGenerate { prompt })
        }
        "glob" | "Glob" => take_text(&mut input, &["filePattern", "pattern", "glob"])
            .map(|pattern| EventType::FileSearch { pattern }),
        "Grep" | "grep" | "finder" | "codebase_search_agent" | "codebase_search" => {
            take_text(&mut input, &["pattern", "query"])
                .map(|query| EventType::CodeSearch { query })
        }
        _ if kind == "web" => {
            take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url })
        }
        _ if kind == "file_read" => {
            take_text(&mut input, &PATH_KEYS).map(|path| EventType::FileRead { path })
        }
        _ => None,
    };
    if let Some(event_type) = taken {
        return Action::one(event_type, input, kind);
    }
    match outcome.filter(|outcome| !outcome.is_error) {
        Some(outcome) if kind == "file_write" => describe_change(name, input, outcome),
        done if kind == "task" && (done.is_some() || outcome.is_none()) => {
            let title = title(&input, &TITLE_KEYS);
            Action::one(EventType::TaskStart { title }, input, kind)
        }
        _ => Action::plain(name, input, kind),
    }
}

/// Returns whether the tool runs a program.
pub(super) fn is_shell(name: &str) -> bool {
    matches!(name, "Bash" | "bash" | "shell_command" | "shell")
}

/// Returns the file that a call reads or changes.
pub(super) fn path<'v>(name: &str, input: &'v Map<String, Value>) -> Option<&'v str> {
    let is_file = matches!(kind(name), "file_read" | "file_write");
    PATH_KEYS.iter().find_map(|key| input.get(*key)?.as_str()).filter(|_| is_file)
}

/// The change that a call has made.
fn describe_change(name: &str, mut input: Map<String, Value>, outcome: &Outcome) -> Action {
    let kind = kind(name);
    if name == "apply_patch" {
        return describe_patch(name, input);
    }
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind);
    };
    match name {
        "create_file" | "Write" | "write_file" => describe_write(path, input, outcome),
        "delete_file" => Action::one(EventType::FileDelete { path }, input, kind),
        _ => {
            let text = |key: &str| input.get(key).and_then(Value::as_str);
            let pair = text("old_str")
                .or_else(|| text("old_string"))
                .zip(text("new_str").or_else(|| text("new_string")));
            let own = pair.map(|(old, new)| between(old, new));
            Action::edit(path, outcome.diff.clone().or(own), input, kind)
        }
    }
}

fn describe_write(path: String, mut input: Map<String, Value>, outcome: &Outcome) -> Action {
    let kind = "file_write";
    let content = take_text(&mut input, &["content"]);
    let diff = outcome.diff.as_deref();
    let is_new = diff.map(|diff| diff.starts_with("@@ -0,0 ")).or(outcome.is_new_file);
    if is_new != Some(false) {
        return Action::create(path, content, input, kind);
    }
    let file = Block::File { path: path.clone(), content };
    let mut action = Action::edit(path, outcome.diff.clone(), input, kind);
    if let Some((_, blocks)) = action.events.first_mut() {
        blocks.insert(0, file);
    }
    action
}

fn describe_patch(name: &str, input: Map<String, Value>) -> Action {
    let kind = "file_write";
    let keys = ["patchText", "patch", "input"];
    let text = keys.into_iter().find_map(|key| input.get(key)?.as_str());
    let Some(changes) = text.and_then(patch::changes) else {
        return Action::plain(name, input, kind);
    };
    let has_moves = changes.iter().any(|change| change.move_to.is_some());
    let events = changes.into_iter().map(|change| {
        let path = change.path;
        match change.action {
            patch::Action::Add(content) => {
                let file = Block::File { path: path.clone(), content: Some(content) };
                (EventType::FileCreate { path }, vec![file])
            }
            patch::Action::Update(diff) => {
                let diff = Some(diff).filter(|diff| !diff.is_empty());
                (EventType::FileEdit { path, diff }, Vec::new())
            }
            patch::Action::Delete => (EventType::FileDelete { path }, Vec::new()),
        }
    });
    let mut events: Vec<_> = events.collect();
    // A patch that moves a file says so nowhere else.
    let told = |key: &String| keys.contains(&key.as_str()) && !has_moves;
    let rest: Map<String, Value> = input.into_iter().filter(|(key, _)| !told(key)).collect();
    if let Some((_, blocks)) = events.first_mut().filter(|_| !rest.is_empty()) {
        blocks.push(Block::json(rest));
    }
    Action { events, kind }
}

/// What is searched for in the web: one text, or the first of a list, which stays.
fn query(input: &mut Map<String, Value>) -> Option<String> {
    take_text(input, &["query", "objective"])
        .or_else(|| Some(input.get("search_queries")?.get(0)?.as_str()?.to_owned()))
}

fn kind(name: &str) -> &'static str {
    match name {
        _ if is_shell(name) => "shell",
        "Read" | "read_file" | "view_file" | "view_media" | "look_at" => "file_read",
        "create_file" | "Write" | "write_file" | "edit_file" | "Edit" | "edit" | "undo_edit"
        | "format_file" | "apply_patch" | "delete_file" => "file_write",
        "Grep"
        | "grep"
        | "glob"
        | "Glob"
        | "finder"
        | "codebase_search_agent"
        | "codebase_search"
        | "list_directory"
        | "file_tree" => "search",
        "web_search" | "WebSearch" | "read_web_page" | "WebFetch" => "web",
        "Task" | "task" | "oracle" | "librarian" | "code_review" => "task",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value, outcome: Option<&Outcome>) -> Vec<(EventType, Vec<Block>)> {
        let Value::Object(input) = input else { panic!("{input}") };
        describe(name, input, outcome).events
    }

    #[test]
    fn an_edit_counts_only_when_it_succeeded() {
        let input = json!({"path": "a", "old_str": "x\n", "new_str": "y\n"});
        let call = EventType::ToolCall { name: "edit_file".into() };
        assert_eq!(of("edit_file", input.clone(), None)[0].0, call);
        let failed = Outcome { is_error: true, ..Outcome::default() };
        assert_eq!(of("edit_file", input.clone(), Some(&failed))[0].0, call);
        let diff = Some("@@ -1 +1 @@\n-x\n+y\n".to_owned());
        let edit = EventType::FileEdit { path: "a".into(), diff };
        assert_eq!(of("edit_file", input, Some(&Outcome::default()))[0].0, edit);
    }

    #[test]
    fn a_written_file_is_new_or_changed() {
        let input = || json!({"path": "a", "content": "y\n"});
        let create = EventType::FileCreate { path: "a".into() };
        assert_eq!(of("create_file", input(), Some(&Outcome::default()))[0].0, create);
        let file = Block::File { path: "a".into(), content: Some("y\n".into()) };
        let known = Outcome { is_new_file: Some(false), ..Outcome::default() };
        let edit = EventType::FileEdit { path: "a".into(), diff: None };
        assert_eq!(of("create_file", input(), Some(&known)), [(edit, vec![file.clone()])]);
        let diff = Some("@@ -1 +1 @@\n-x\n+y\n".to_owned());
        let told = Outcome { diff: diff.clone(), ..Outcome::default() };
        let edit = EventType::FileEdit { path: "a".into(), diff };
        assert_eq!(of("create_file", input(), Some(&told)), [(edit, vec![file])]);
    }

    #[test]
    fn a_patch_is_one_event_for_each_file() {
        let patch = "*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** End Patch";
        let events = of("apply_patch", json!({"patchText": patch}), Some(&Outcome::default()));
        let types: Vec<_> = events.iter().map(|(event_type, _)| event_type.name()).collect();
        assert_eq!(types, ["FileCreate", "FileDelete"]);
        let odd = of("apply_patch", json!({"patchText": "no patch"}), Some(&Outcome::default()));
        assert_eq!(odd[0].0, EventType::ToolCall { name: "apply_patch".into() });
    }

    #[test]
    fn a_web_search_has_one_query_or_several() {
        let search = |query: &str| EventType::WebSearch { query: query.into() };
        assert_eq!(of("web_search", json!({"objective": "o"}), None)[0].0, search("o"));
        let several = json!({"search_queries": ["a", "b"]});
        assert_eq!(
            of("web_search", several.clone(), None),
            [(search("a"), vec![Block::json(several)])]
        );
    }
}
