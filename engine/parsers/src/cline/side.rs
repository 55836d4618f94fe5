//! What lies beside a task's conversation: `ui_messages.json` with tokens, costs and edits as the person saw them,
//! `history_item.json` or the list `taskHistory.json` with folder and parent, `task_metadata.json` with models.

use crate::places::Places;
use crate::transcript::value_of;
use crate::{ParseError, items, side};
use opensession_hail::SessionId;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;

/// A larger file is not read.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// The facts in the files beside a conversation.
#[derive(Debug, Default)]
pub(super) struct Side {
    cached: Cached,
    requests: Vec<Request>,
    /// When the first request was made that says how many messages were before it, and which one it is.
    made: HashMap<i64, (usize, i64)>,
    next_request: usize,
    thoughts: Vec<Thought>,
    next_thought: usize,
    /// By the file, in order.
    edits: HashMap<String, VecDeque<Edit>>,
    models: Vec<(i64, String, String)>,
    pub cwd: Option<String>,
    pub parent: Option<String>,
    /// The tasks that this one started, with what each was told where its own folder says so; and where each of these
    /// stands.
    children: BTreeMap<u64, (String, Option<String>)>,
    told: Places,
    pub title: Option<String>,
    pub model: Option<(String, String)>,
    pub version: Option<String>,
    pub forked_from: Option<String>,
}

/// A request to the model.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub ts: i64,
    /// The number of messages before it, less one; later versions of Cline write it.
    index: Option<i64>,
    pub usage: Usage,
    /// Whether what it cost is known: else a later version of the file will tell.
    pub is_done: bool,
}

/// Tokens and cost; input without what came from the cache or went to it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    pub cost: f64,
}

/// What the model thought, as the person saw it: Roo Code does not keep it in the conversation.
#[derive(Debug)]
struct Thought {
    ts: i64,
    index: Option<i64>,
    text: String,
}

/// A change to a file as the person saw it.
#[derive(Debug)]
struct Edit {
    is_new: bool,
    /// Unified, where the tool wrote one.
    diff: Option<String>,
}

/// Whether a tool counts input that came from the cache, or went to it, as input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cached {
    /// It does not.
    #[default]
    Beside,
    /// It does, save in early versions for some providers: where the input could not hold what was cached.
    Inside,
}

impl Usage {
    /// Returns what numbers under these names say: input, output, cache read, cache write, cost.
    pub(super) fn read(value: &Value, names: [&str; 5], cached: Cached) -> Self {
        let number = |name: &str| value.get(name).and_then(Value::as_f64).unwrap_or(0.0);
        // Counts are far below 2^53; a cast saturates.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let count = |name: &str| number(name) as u64;
        let [input, output, cache_read, cache_write, cost] = names;
        let total = count(input);
        let whole = total.checked_sub(count(cache_read).saturating_add(count(cache_write)));
        Self {
            input: whole.filter(|_| cached == Cached::Inside).unwrap_or(total),
            output: count(output),
            cache_read: count(cache_read),
            cache_write: count(cache_write),
            cost: number(cost),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
        self.cost += other.cost;
    }
}

impl Side {
    /// Reads the files beside the conversation of a task, in its folder.
    ///
    /// # Errors
    /// When one that is there cannot be read: it has the times, the folder, and what requests cost.
    pub(super) fn of_task(folder: &Path, cached: Cached) -> Result<Self, ParseError> {
        let mut side = Self { cached, ..Self::default() };
        let screen = match side::read(&folder.join("ui_messages.json"), LARGEST_FILE)? {
            None => side::read(&folder.join("claude_messages.json"), LARGEST_FILE)?,
            screen => screen,
        };
        if let Some(document) = screen.as_deref().and_then(|bytes| items::read(bytes, "messages")) {
            for item in document.items {
                // A message that is no JSON tells nothing that the conversation needs.
                if let Some(message) = value_of(item.bytes) {
                    side.read_message(&message);
                }
            }
        }
        if let Some(metadata) = read_json(&folder.join("task_metadata.json"))? {
            side.read_models(&metadata);
        }
        let history = folder.parent().and_then(Path::parent).map(|storage| storage.join("state"));
        let listed = match history {
            Some(state) => read_json(&state.join("taskHistory.json"))?,
            None => None,
        };
        let id = folder.file_name().unwrap_or_default().to_string_lossy();
        let listed = listed.as_ref().and_then(Value::as_array).and_then(|tasks| {
            tasks.iter().find(|task| task.get("id").and_then(Value::as_str) == Some(&*id))
        });
        if let Some(task) = read_json(&folder.join("history_item.json"))?.as_ref().or(listed) {
            side.read_task(task);
        }
        let tasks = folder.parent().unwrap_or(folder);
        for (place, (child, told)) in &mut side.children {
            let history = read_json(&tasks.join(&*child).join("history_item.json"))?;
            *told = history.and_then(|history| text(&history, "task"));
            if let Some(told) = told {
                side.told.add(told.trim(), *place);
            }
        }
        side.models.sort_by_key(|(ts, ..)| *ts);
        Ok(side)
    }

    /// Reads the file beside the messages of a session of the newer command line tool.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(super) fn of_session(path: &Path) -> Result<Self, ParseError> {
        let mut side = Self::default();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(stem) = name.strip_suffix(".messages.json") else { return Ok(side) };
        let Some(session) = read_json(&path.with_file_name(format!("{stem}.json")))? else {
            return Ok(side);
        };
        side.cwd = text(&session, "cwd").or_else(|| text(&session, "workspace_root"));
        side.parent = text(&session, "parent_session_id");
        if let Some(model) = text(&session, "model") {
            side.model = Some((text(&session, "provider").unwrap_or_default(), model));
        }
        if let Some(metadata) = session.get("metadata") {
            side.title = text(metadata, "title");
            side.forked_from =
                metadata.get("fork").and_then(|fork| text(fork, "forkedFromSessionId"));
        }
        Ok(side)
    }

    /// Returns the requests that led to the answer at `index`, written at `ts`, and not to an earlier one.
    pub(super) fn take_requests(&mut self, index: i64, ts: Option<i64>) -> &[Request] {
        let from = self.next_request;
        let rest = self.requests.get(from..).unwrap_or(&[]);
        let count = match ts {
            Some(ts) => rest.iter().take_while(|request| request.ts <= ts).count(),
            None if rest.first().is_some_and(|request| request.index.is_some()) => rest
                .iter()
                .take_while(|request| request.index.is_none_or(|before| before <= index - 2))
                .count(),
            None => rest.len().min(1),
        };
        self.next_request += count;
        rest.get(..count).unwrap_or(&[])
    }

    /// Returns what the model thought before the answer at `index`, written at `ts`, and after an earlier one.
    pub(super) fn take_thoughts(&mut self, index: i64, ts: Option<i64>) -> Vec<String> {
        let rest = self.thoughts.get(self.next_thought..).unwrap_or(&[]);
        let is_before = |thought: &&Thought| match ts {
            Some(ts) => thought.ts <= ts,
            None => thought.index.is_some_and(|before| before < index),
        };
        let taken: Vec<String> =
            rest.iter().take_while(is_before).map(|thought| thought.text.clone()).collect();
        self.next_thought += taken.len();
        taken
    }

    /// Returns the task that was started with this message; where no folder tells, the next one.
    pub(super) fn take_child(&mut self, message: &str) -> Option<SessionId> {
        let named = self.told.first(message.trim(), 0);
        let next = self.children.first_key_value();
        let next = next.and_then(|(place, (_, told))| told.is_none().then_some(*place));
        let place = named.or(next)?;
        self.told.remove(message.trim(), place);
        let (child, _) = self.children.remove(&place)?;
        Some(SessionId::from_foreign(&child))
    }

    /// Returns what requests cost that led to no answer, once the last answer was read.
    pub(super) fn rest(&mut self) -> Usage {
        let mut usage = Usage::default();
        for request in self.requests.get(self.next_request..).unwrap_or(&[]) {
            usage.add(request.usage);
        }
        usage
    }

    /// Returns when the message at `index` was written, for conversations that do not say.
    pub(super) fn time_of(&self, index: i64) -> Option<i64> {
        let made = [index - 1, index - 2].into_iter().filter_map(|before| self.made.get(&before));
        made.min().map(|(_, ts)| *ts)
    }

    /// Returns the provider and model at work at `ts`.
    pub(super) fn model_at(&self, ts: i64) -> Option<(&str, &str)> {
        let behind = self.models.partition_point(|(since, ..)| *since <= ts);
        let (_, provider, model) = self.models.get(behind.saturating_sub(1))?;
        Some((provider, model))
    }

    /// Returns whether the next change of `path` made a new file, and its diff, as the person saw it.
    pub(super) fn take_edit(&mut self, path: &str) -> Option<(bool, Option<String>)> {
        let edit = self.edits.get_mut(path)?.pop_front()?;
        Some((edit.is_new, edit.diff))
    }

    fn read_message(&mut self, message: &Value) {
        let ts = message.get("ts").and_then(Value::as_i64).unwrap_or(0);
        let kind = message.get("say").or_else(|| message.get("ask")).and_then(Value::as_str);
        if let Some(info) = message.get("modelInfo")
            && let Some(model) = text(info, "modelId")
        {
            self.models.push((ts, text(info, "providerId").unwrap_or_default(), model));
        }
        let body = message.get("text").and_then(Value::as_str).unwrap_or("");
        let index = message.get("conversationHistoryIndex").and_then(Value::as_i64);
        // Thoughts stay marked as partial also when they are whole.
        if kind == Some("reasoning") && !body.is_empty() {
            self.thoughts.push(Thought { ts, index, text: body.to_owned() });
        }
        if message.get("partial") == Some(&Value::Bool(true)) {
            return;
        }
        // What is no JSON tells nothing that the conversation needs.
        let Some(told) = value_of(body.as_bytes()) else { return };
        match kind {
            Some("api_req_started" | "subagent_usage") => {
                let (usage, is_done) = price(&told, self.cached);
                let place = self.requests.len();
                if let Some(index) = index {
                    self.made.entry(index).or_insert((place, ts));
                }
                self.requests.push(Request { ts, index, usage, is_done });
            }
            // The first versions tell the price in a row of its own.
            Some("api_req_finished") => {
                if let Some(request) = self.requests.last_mut() {
                    (request.usage, request.is_done) = price(&told, self.cached);
                }
            }
            Some("tool") => self.read_edit(&told),
            _ => {}
        }
    }

    fn read_edit(&mut self, told: &Value) {
        let tool = text(told, "tool").unwrap_or_default();
        if !matches!(tool.as_str(), "editedExistingFile" | "appliedDiff" | "newFileCreated") {
            return;
        }
        if let Some(path) = text(told, "path") {
            let diff = text(told, "diff").or_else(|| text(told, "content"));
            let diff = diff.filter(|diff| diff.starts_with("@@ -"));
            let edit = Edit { is_new: tool == "newFileCreated", diff };
            self.edits.entry(path).or_default().push_back(edit);
        }
    }

    fn read_models(&mut self, metadata: &Value) {
        let used = metadata.get("model_usage").and_then(Value::as_array);
        for usage in used.into_iter().flatten() {
            if let Some(model) = text(usage, "model_id") {
                let ts = usage.get("ts").and_then(Value::as_i64).unwrap_or(0);
                let provider = text(usage, "model_provider_id").unwrap_or_default();
                self.models.push((ts, provider, model));
            }
        }
        let environment = metadata.get("environment_history").and_then(Value::as_array);
        let latest = environment.and_then(|list| list.last());
        self.version = latest.and_then(|latest| text(latest, "cline_version"));
    }

    fn read_task(&mut self, task: &Value) {
        self.cwd = text(task, "workspace").or_else(|| text(task, "cwdOnTaskInitialization"));
        self.parent = text(task, "parentTaskId");
        let children = task.get("childIds").and_then(Value::as_array);
        let children = children.into_iter().flatten().filter_map(Value::as_str);
        // An id is the name of a folder, and nothing else.
        let children = children.filter(|child| SessionId::new(*child).is_ok());
        self.children = (0..).zip(children.map(|child| (child.to_owned(), None))).collect();
    }
}

/// Returns what a request cost, and whether that is known.
fn price(told: &Value, cached: Cached) -> (Usage, bool) {
    let has = |name: &str| told.get(name).is_some_and(|value| !value.is_null());
    let names = ["tokensIn", "tokensOut", "cacheReads", "cacheWrites", "cost"];
    (Usage::read(told, names, cached), has("tokensIn") || has("cost") || has("cancelReason"))
}

/// Returns the text under `key` where there is one.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns the JSON in a file; nothing where there is none, as in one that is being written.
fn read_json(path: &Path) -> Result<Option<Value>, ParseError> {
    let bytes = side::read(path, LARGEST_FILE)?;
    Ok(bytes.and_then(|bytes| value_of(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    const NAMES: [&str; 5] = ["i", "o", "r", "w", "c"];

    #[test]
    fn cached_input_is_not_input_whichever_way_the_tool_counts() {
        let inside = |value: Value| Usage::read(&value, NAMES, Cached::Inside);
        let usage = inside(json!({"i": 100, "o": 5, "r": 60, "w": 10, "c": 0.5}));
        assert_eq!((usage.input, usage.cache_read, usage.cache_write), (30, 60, 10));
        assert_eq!(inside(json!({"i": 4, "r": 60})).input, 4);
        assert_eq!(inside(json!({"i": "odd", "o": -3})), Usage::default());
        assert_eq!(inside(json!({"i": 7, "r": 1e30, "w": 1e30})).input, 7);
        assert_eq!(Usage::read(&json!({"i": 100, "r": 60}), NAMES, Cached::Beside).input, 100);
    }

    #[test]
    fn requests_go_to_the_answer_that_follows_them() {
        let request = |ts: i64, index: Option<i64>| {
            let text = json!({"tokensIn": 1, "cost": 0}).to_string();
            json!({"ts": ts, "say": "api_req_started", "text": text, "conversationHistoryIndex": index})
        };
        let mut by_time = Side::default();
        [10, 20, 30].iter().for_each(|ts| by_time.read_message(&request(*ts, None)));
        assert_eq!(by_time.take_requests(1, Some(25)).len(), 2);
        assert_eq!(by_time.rest().input, 1);
        let mut by_place = Side::default();
        [-1, 1, 1].iter().for_each(|index| by_place.read_message(&request(5, Some(*index))));
        assert_eq!(by_place.time_of(0), Some(5));
        assert_eq!(by_place.take_requests(1, None).len(), 1);
        assert_eq!(by_place.take_requests(3, None).len(), 2);
    }

    #[test]
    fn a_sub_task_is_known_by_its_message_else_by_its_turn() {
        let dir = tempfile::tempdir().unwrap();
        let write = |task: &str, history: Value| {
            let folder = dir.path().join("tasks").join(task);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("history_item.json"), history.to_string()).unwrap();
            folder
        };
        write("b", json!({"task": "second"}));
        write("c", json!({"task": "third"}));
        let parent = write("p", json!({"childIds": ["a", "../x", "b", "c"]}));
        let mut side = Side::of_task(&parent, Cached::Inside).unwrap();
        let mut child = |message: &str| side.take_child(message).map(|id| id.to_string());
        assert_eq!(child("third").as_deref(), Some("c"));
        assert_eq!(child("first").as_deref(), Some("a"));
        assert_eq!(child("denied"), None);
        assert_eq!(child("second").as_deref(), Some("b"));
    }

    #[test]
    fn half_a_character_costs_no_file_and_no_request() {
        let dir = tempfile::tempdir().unwrap();
        let task = dir.path().join("tasks/t");
        fs::create_dir_all(&task).unwrap();
        let history = r#"{"task":"cut \ud83d","workspace":"/src"}"#;
        fs::write(task.join("history_item.json"), history).unwrap();
        let told = r#"{"request":"\ud83d","tokensIn":7,"cost":0}"#;
        let message = json!({"ts": 1, "say": "api_req_started", "text": told});
        fs::write(task.join("ui_messages.json"), json!([message]).to_string()).unwrap();
        let mut side = Side::of_task(&task, Cached::Inside).unwrap();
        assert_eq!(side.cwd.as_deref(), Some("/src"));
        assert_eq!(side.rest().input, 7);
    }

    #[test]
    fn what_cannot_be_read_is_not_passed_over() {
        assert!(Side::of_task(Path::new("\0"), Cached::Inside).is_err());
        assert!(Side::of_session(Path::new("\0.messages.json")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("secret"), r#"{"workspace":"/secret"}"#).unwrap();
        let task = dir.path().join("task");
        fs::create_dir(&task).unwrap();
        let link = task.join("history_item.json");
        std::os::unix::fs::symlink(dir.path().join("secret"), link).unwrap();
        assert_eq!(Side::of_task(&task, Cached::Inside).unwrap().cwd, None);
    }
}
