//! Files whose contents are never kept: `privacy.exclude_patterns` of the user and of a repository.
//!
//! A stage before the redactor. It sees every event of a session, also those that are stored already, because what a
//! call gave back stands in another event than what it was asked for.

mod lines;
mod words;

use crate::place::{is_absolute, plain};
use opensession_hail::{Block, Event, EventType};
use opensession_parsers::Home;
use opensession_redact::Counts;
use opensession_store::Patterns;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// What it is counted as in a manifest.
const COUNTED: &str = "excluded";

/// How begins what stands where a content stood; the pattern that meant the file follows.
pub(crate) const MARK: &str = "[excluded:";

/// Adds how many contents were taken out.
pub(crate) fn count(counts: &mut Counts, taken: u64) {
    if taken > 0 {
        *counts.entry(COUNTED.to_owned()).or_default() += taken;
    }
}

/// Which files are meant, for the sessions of one working directory.
#[derive(Debug)]
pub(crate) struct ExcludedFiles {
    /// The user's patterns, and the repository's: neither list takes back what the other means.
    lists: Vec<Patterns>,
    /// What these are relative to, in plain form: the working directory, and the root of its work tree.
    roots: Vec<String>,
    /// The user's patterns that are relative to the home folder.
    of_home: Patterns,
    home: String,
    /// What relative paths are relative to.
    cwd: Option<String>,
}

impl ExcludedFiles {
    /// Returns the files that the patterns mean of a session in `cwd`, which lies in `work_tree`; `None` without any
    /// pattern.
    pub(crate) fn new(
        user: &UserPatterns,
        repository: Patterns,
        cwd: Option<&str>,
        work_tree: Option<&Path>,
        home: &Home,
    ) -> Option<Self> {
        let lists = [user.anywhere.clone(), repository].into_iter();
        let lists: Vec<Patterns> = lists.filter(|list| !list.is_empty()).collect();
        let cwd = cwd.map(|cwd| plain(&home.expand(cwd).to_string_lossy()));
        let root = work_tree.map(|root| plain(&root.to_string_lossy()));
        let roots = cwd.iter().cloned().chain(root).collect();
        let home = plain(&home.dir().to_string_lossy());
        let of_home = user.of_home.clone();
        let is_any = !lists.is_empty() || !of_home.is_empty();
        is_any.then_some(Self { lists, roots, of_home, home, cwd })
    }

    /// Returns the pattern that means the file at `path`, absolute or relative to the working directory.
    fn find(&self, path: &str) -> Option<&str> {
        let path = path.strip_prefix("file://").unwrap_or(path);
        let full = match (path.strip_prefix('~'), &self.cwd) {
            (Some(rest), _) if is_absolute(path) => plain(&format!("{}/{rest}", self.home)),
            (_, Some(cwd)) if !is_absolute(path) => plain(&format!("{cwd}/{path}")),
            (_, None) if !is_absolute(path) => plain(&format!("/{path}")),
            _ => plain(path),
        };
        let below = |root: &str| full.strip_prefix(root)?.strip_prefix('/');
        if let Some(pattern) = below(&self.home).and_then(|name| self.of_home.find(name)) {
            return Some(pattern);
        }
        let inside: Vec<&str> = self.roots.iter().filter_map(|root| below(root)).collect();
        // Of files elsewhere only names are known to the patterns.
        let elsewhere = full.strip_prefix('/').filter(|_| inside.is_empty());
        let mut names = inside.iter().copied().chain(elsewhere).filter(|name| !name.is_empty());
        names.find_map(|name| self.lists.iter().find_map(|list| list.find(name)))
    }
}

/// `privacy.exclude_patterns` of the user.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserPatterns {
    /// Those that hold in every working directory.
    anywhere: Patterns,
    /// Those that begin with `~/`.
    of_home: Patterns,
}

impl UserPatterns {
    /// Returns the patterns of a list; an empty one means nothing.
    pub(crate) fn new(patterns: &[String]) -> Self {
        let of_home = patterns.iter().filter_map(|pattern| {
            let (sign, path) =
                pattern.strip_prefix('!').map_or(("", &**pattern), |rest| ("!", rest));
            Some(format!("{sign}{}", path.strip_prefix('~').filter(|rest| rest.starts_with('/'))?))
        });
        let of_home: Vec<String> = of_home.collect();
        let is_anywhere = |pattern: &&String| !pattern.trim_start_matches('!').starts_with("~/");
        let anywhere = patterns.iter().filter(is_anywhere).map(String::as_str);
        Self {
            anywhere: Patterns::new(anywhere),
            of_home: Patterns::new(of_home.iter().map(String::as_str)),
        }
    }
}

/// The exclusion of one session, event by event.
pub(crate) struct Exclusion {
    files: Arc<ExcludedFiles>,
    /// The calls that had to do with such a file, and the pattern that means it.
    calls: HashMap<String, String>,
    /// The same of the last call, where calls have no ids.
    last: Option<String>,
}

impl Exclusion {
    /// Returns the exclusion of a session that begins.
    pub(crate) fn new(files: Arc<ExcludedFiles>) -> Self {
        Self { files, calls: HashMap::new(), last: None }
    }

    /// Returns which files are meant.
    pub(crate) const fn files(&self) -> &Arc<ExcludedFiles> {
        &self.files
    }

    /// Takes the contents of files that are meant out of the next event, and returns how many.
    pub(crate) fn apply(&mut self, event: &mut Event) -> u64 {
        let is_invocation = event.event_type.is_invocation();
        if is_invocation {
            self.last = None;
            if let Some(pattern) = self.named_in(event) {
                match event.call_id() {
                    Some(call) => drop(self.calls.insert(call.to_owned(), pattern.clone())),
                    None => self.last = Some(pattern.clone()),
                }
                self.blank_call(event, &mark(&pattern));
                return 1;
            }
            // A patch of several files is kept with the first of them.
            return self.blank_shown(event, false);
        }
        let is_result = matches!(event.event_type, EventType::ToolResult { .. });
        let is_prompt = matches!(event.event_type, EventType::UserMessage);
        let of_call = match event.call_id() {
            Some(call) if !is_prompt => self.calls.get(call).cloned(),
            None if is_result => self.last.take(),
            _ => None,
        };
        if let Some(pattern) = of_call {
            return blank_result(event, &mark(&pattern));
        }
        match event.event_type {
            EventType::AgentMessage | EventType::Thinking => 0,
            EventType::ToolResult { .. } | EventType::UserMessage => {
                self.blank_shown(event, is_result)
            }
            // What a tool puts beside a prompt: one file, whose name stands beside its content.
            _ => match self.shown_beside(event) {
                Some(pattern) => {
                    self.blank_call(event, &mark(&pattern));
                    1
                }
                None => self.blank_shown(event, false),
            },
        }
    }

    fn shown_beside(&self, event: &Event) -> Option<String> {
        inputs(event).find_map(|data| self.shown_in(data)).map(str::to_owned)
    }

    /// Takes the files that are meant out of what shows several.
    fn blank_shown(&self, event: &mut Event, is_search: bool) -> u64 {
        let find = |path: &str| self.files.find(path);
        let mut shown = lines::Shown::default();
        shown.is_search = is_search;
        let blank = |block: &mut Block| match block {
            Block::Text { text } | Block::Code { code: text, .. } => {
                lines::blank(text, &mut shown, find)
            }
            Block::File { .. } => self.blank_file(block),
            Block::Json { data } => {
                let files = self.blank_objects(data);
                files + each_text(data, &mut |text| lines::blank(text, &mut shown, find))
            }
            _ => 0,
        };
        event.content.blocks.iter_mut().map(blank).sum()
    }

    /// Takes everything but paths out of the objects in a value that name a file which is meant.
    fn blank_objects(&self, value: &mut Value) -> u64 {
        match value {
            Value::Array(items) => items.iter_mut().map(|item| self.blank_objects(item)).sum(),
            Value::Object(members) => {
                let named = |(name, value): (&String, &Value)| self.shown_as(name, value);
                match members.iter().find_map(named).map(mark) {
                    Some(mark) => {
                        self.blank_value("", value, &mark);
                        1
                    }
                    None => members.values_mut().map(|item| self.blank_objects(item)).sum(),
                }
            }
            _ => 0,
        }
    }

    /// Returns the pattern that means a file which a member of the value names.
    fn shown_in(&self, value: &Value) -> Option<&str> {
        match value {
            Value::Array(items) => items.iter().find_map(|item| self.shown_in(item)),
            Value::Object(members) => members.iter().find_map(|(name, value)| {
                self.shown_as(name, value).or_else(|| self.shown_in(value))
            }),
            _ => None,
        }
    }

    fn shown_as(&self, name: &str, value: &Value) -> Option<&str> {
        let path = value.as_str().filter(|text| words::names_file(name) && words::is_path(text));
        path.and_then(|path| self.files.find(path))
    }

    /// Returns the pattern that means a file which a call names.
    fn named_in(&self, event: &Event) -> Option<String> {
        let named = match &event.event_type {
            EventType::FileRead { path }
            | EventType::FileEdit { path, .. }
            | EventType::FileCreate { path }
            | EventType::FileDelete { path } => self.files.find(path),
            EventType::ShellCommand { command, .. } => self.named_by_word(command),
            _ => inputs(event).find_map(|data| self.named_in_value(data)),
        };
        named.map(str::to_owned)
    }

    fn named_in_value(&self, value: &Value) -> Option<&str> {
        match value {
            Value::String(text) if words::is_path(text) => {
                self.files.find(text).or_else(|| self.named_by_word(text))
            }
            Value::Array(items) => items.iter().find_map(|item| self.named_in_value(item)),
            Value::Object(members) => members.iter().find_map(|(name, value)| match value {
                // What is written into a file may be any word.
                Value::String(_) if words::is_content(name) => None,
                Value::String(command) if words::is_command(name) => self.named_by_word(command),
                Value::String(text) if words::is_path(text) => self.files.find(text),
                Value::String(_) => None,
                value => self.named_in_value(value),
            }),
            _ => None,
        }
    }

    fn named_by_word(&self, command: &str) -> Option<&str> {
        words::of(command).find_map(|word| self.files.find(word))
    }

    /// Takes everything out of a call but the paths, and commands that write nothing.
    fn blank_call(&self, event: &mut Event, mark: &str) {
        match &mut event.event_type {
            EventType::FileEdit { diff: Some(diff), .. } => mark.clone_into(diff),
            EventType::ShellCommand { command, .. } if words::writes(command) => {
                mark.clone_into(command);
            }
            _ => {}
        }
        for block in &mut event.content.blocks {
            match block {
                Block::Text { text } | Block::Code { code: text, .. } => mark.clone_into(text),
                Block::File { content, .. } => {
                    content.iter_mut().for_each(|content| mark.clone_into(content));
                }
                Block::Json { data } => self.blank_value("", data, mark),
                Block::Image { .. } | Block::Video { .. } | Block::Audio { .. } => {
                    *block = Block::text(mark);
                }
                Block::Other(members) => {
                    let members = members.iter_mut().filter(|(name, _)| *name != "type");
                    members.for_each(|(name, value)| self.blank_value(name, value, mark));
                }
                Block::Reference { .. } => {}
            }
        }
        blank_rest(event, mark);
    }

    fn blank_value(&self, name: &str, value: &mut Value, mark: &str) {
        match value {
            Value::String(text) => {
                let is_kept = if words::is_command(name) {
                    !words::writes(text)
                } else {
                    words::is_path(text) && self.files.find(text).is_some()
                };
                if !is_kept {
                    mark.clone_into(text);
                }
            }
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.blank_value(name, item, mark));
            }
            Value::Object(members) => {
                members.iter_mut().for_each(|(name, item)| self.blank_value(name, item, mark));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Takes the content out of a file that a prompt or an answer shows.
    fn blank_file(&self, block: &mut Block) -> u64 {
        let Block::File { path, content: Some(content) } = block else { return 0 };
        let Some(pattern) = self.files.find(path) else { return 0 };
        *content = mark(pattern);
        1
    }
}

/// Returns what a call was given.
fn inputs(event: &Event) -> impl Iterator<Item = &Value> {
    event.content.blocks.iter().filter_map(|block| match block {
        Block::Json { data } => Some(data),
        _ => None,
    })
}

/// Changes every text in a value; returns the sum of what `change` returns.
fn each_text(value: &mut Value, change: &mut impl FnMut(&mut String) -> u64) -> u64 {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().map(|item| each_text(item, change)).sum(),
        Value::Object(members) => members.values_mut().map(|item| each_text(item, change)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// Returns what stands where a content stood.
fn mark(pattern: &str) -> String {
    format!("{MARK}{pattern}]")
}

/// Returns whether a content was taken out of an event, of which this is the line.
pub(crate) fn is_marked(line: &[u8]) -> bool {
    line.windows(MARK.len()).any(|window| window == MARK.as_bytes())
}

/// Takes everything out that a call gave back.
fn blank_result(event: &mut Event, mark: &str) -> u64 {
    if !event.content.blocks.is_empty() {
        event.content.blocks = vec![Block::text(mark)];
    }
    blank_rest(event, mark);
    1
}

/// Takes out what stands beside the content: attributes that are more than a word, and what HAIL does not know.
fn blank_rest(event: &mut Event, mark: &str) {
    const LONGEST_WORD: usize = 200;
    for (_, value) in event.attributes.iter_mut() {
        let is_word = match &*value {
            Value::String(text) => text.len() <= LONGEST_WORD && !text.contains('\n'),
            Value::Array(_) | Value::Object(_) => false,
            Value::Null | Value::Bool(_) | Value::Number(_) => true,
        };
        if !is_word {
            *value = Value::from(mark);
        }
    }
    if let Some(unknown) = &mut event.unknown {
        for members in [&mut unknown.event, &mut unknown.data, &mut unknown.content] {
            members.values_mut().for_each(|value| *value = Value::from(mark));
        }
    }
}

#[cfg(test)]
mod tests;
