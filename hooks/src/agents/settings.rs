//! One tool's settings: our entry in them, put in, renewed and taken out.

use super::Agent;
use super::document::{Container, line_of, parse, splice};
use super::layout::Json;
use jsonc_parser::ast::{Array, Object, StringLit, Value};
use jsonc_parser::common::Ranged;

/// What ends our command, followed by how much was made for it: the comment of a shell that the tool hands on.
const MARK: &str = " # opensession ";
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How much was made for our entry, and goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    Entry,
    Event,
    Hooks,
    File,
}

impl Made {
    const ALL: [Self; 4] = [Self::Entry, Self::Event, Self::Hooks, Self::File];

    /// Returns what `command`, if it is ours, says was made for it.
    fn of(command: &str) -> Option<Self> {
        let (ours, number) = command.rsplit_once(MARK)?;
        let number: usize = number.parse().ok().filter(|_| ours.contains("hook session-end"))?;
        Self::ALL.get(number).copied()
    }

    fn mark(self, command: &str) -> String {
        format!("{command}{MARK}{}", self as u8)
    }
}

/// What adding our entry comes to.
pub(super) enum Added {
    Unchanged,
    Renewed(Vec<u8>),
    Inserted(Vec<u8>),
}

/// What taking our entry out comes to.
pub(super) enum Cut {
    Absent,
    Entry(Vec<u8>),
    /// The file was made for it, and this is all that is left.
    File(Vec<u8>),
}

/// The text of a tool's settings. Every error says the line and what is wrong there.
pub(super) struct Settings<'a> {
    agent: Agent,
    byte_order_mark: &'static str,
    text: &'a str,
}

/// Returns the settings of a tool that has none, with our entry.
pub(super) fn made(agent: Agent, command: &str) -> Vec<u8> {
    let settings = Settings { agent, byte_order_mark: "", text: agent.empty_file() };
    let root = parse(settings.text).expect("an empty file is an object");
    let hooks = Json::Object(vec![(
        agent.event(),
        Json::Array(vec![agent.entry(Made::File.mark(command))]),
    )]);
    settings.bytes(&Container::from(&root).add(settings.text, Some("hooks"), &hooks))
}

impl<'a> Settings<'a> {
    /// Returns the settings of `agent` with this content.
    pub(super) fn new(agent: Agent, bytes: &'a [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line =
                bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
            format!("line {line}: is not UTF-8")
        })?;
        let (byte_order_mark, text) =
            text.strip_prefix(BYTE_ORDER_MARK).map_or(("", text), |rest| (BYTE_ORDER_MARK, rest));
        Ok(Self { agent, byte_order_mark, text })
    }

    /// Returns the settings with our entry for `command`.
    pub(super) fn add(&self, command: &str) -> Result<Added, String> {
        let root = parse(self.text)?;
        let tree = Tree::new(self.agent, self.text, &root)?;
        if let Some((ours, made)) = tree.ours() {
            let command = made.mark(command);
            if ours.value == command {
                return Ok(Added::Unchanged);
            }
            let literal = Json::Text(command).line();
            let text = splice(self.text, &[(ours.range.start..ours.range.end, &literal)]);
            return Ok(Added::Renewed(self.bytes(&text)));
        }
        let event = self.agent.event();
        let entry = |made: Made| self.agent.entry(made.mark(command));
        let text = match (tree.hooks, tree.event) {
            (_, Some(array)) => Container::from(array).add(self.text, None, &entry(Made::Entry)),
            (Some(hooks), None) => Container::from(hooks).add(
                self.text,
                Some(event),
                &Json::Array(vec![entry(Made::Event)]),
            ),
            (None, None) => {
                let hooks = Json::Object(vec![(event, Json::Array(vec![entry(Made::Hooks)]))]);
                Container::from(&root).add(self.text, Some("hooks"), &hooks)
            }
        };
        // What could not be taken out again exactly is not put in.
        let undone = Settings { text: &text, ..*self }.remove()?;
        if !matches!(undone, Cut::Entry(bytes) if bytes == self.bytes(self.text)) {
            return Err("line 1: is laid out in a way that cannot be brought back".to_owned());
        }
        Ok(Added::Inserted(self.bytes(&text)))
    }

    /// Returns the settings without our entry, and without what was made for it and is empty now.
    pub(super) fn remove(&self) -> Result<Cut, String> {
        let mut text = self.text.to_owned();
        let mut most = None;
        loop {
            let root = parse(&text)?;
            let Some((without, made)) = Tree::new(self.agent, &text, &root)?.without_ours() else {
                break;
            };
            most = most.max(Some(made));
            text = without;
        }
        let Some(made) = most else { return Ok(Cut::Absent) };
        let keys = [("hooks", Some(self.agent.event()), Made::Event), ("hooks", None, Made::Hooks)];
        for (outer, inner, level) in keys {
            if made >= level {
                let root = parse(&text)?;
                text = without_empty(&text, &root, outer, inner).unwrap_or(text);
            }
        }
        let same = |one: &str, other: &str| one.split_whitespace().eq(other.split_whitespace());
        Ok(if made == Made::File && same(&text, self.agent.empty_file()) {
            Cut::File(self.bytes(&text))
        } else {
            Cut::Entry(self.bytes(&text))
        })
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        [self.byte_order_mark, text].concat().into_bytes()
    }
}

/// Returns `text` without the member `inner` of `outer`, or without `outer`, if that is empty.
fn without_empty(
    text: &str,
    root: &Object<'_>,
    outer: &str,
    inner: Option<&str>,
) -> Option<String> {
    let (object, key) = match inner {
        Some(inner) => (root.get_object(outer)?, inner),
        None => (root, outer),
    };
    let index = object.properties.iter().position(|member| member.name.as_str() == key)?;
    let container = match &object.properties[index].value {
        Value::Object(object) => Container::from(object),
        Value::Array(array) => Container::from(array),
        _ => return None,
    };
    container.is_empty(text).then(|| Container::from(object).cut(text, index))
}

/// Where in the settings entries for the event stand.
struct Tree<'t, 'a> {
    agent: Agent,
    text: &'a str,
    hooks: Option<&'t Object<'a>>,
    event: Option<&'t Array<'a>>,
}

impl<'t, 'a> Tree<'t, 'a> {
    fn new(agent: Agent, text: &'a str, root: &'t Object<'a>) -> Result<Self, String> {
        let wrong = |value: &Value<'_>, what: &str| {
            Err(format!("line {}: {what}", line_of(text, value.start())))
        };
        let hooks = match member(text, root, "hooks")? {
            None => None,
            Some(Value::Object(hooks)) => Some(hooks),
            Some(other) => return wrong(other, "\"hooks\" is no object"),
        };
        let event =
            match hooks.map(|hooks| member(text, hooks, agent.event())).transpose()?.flatten() {
                None => None,
                Some(Value::Array(event)) => Some(event),
                Some(other) => return wrong(other, &format!("\"{}\" is no array", agent.event())),
            };
        Ok(Self { agent, text, hooks, event })
    }

    /// Returns our command.
    fn ours(&self) -> Option<(&'t StringLit<'a>, Made)> {
        self.event?.elements.iter().find_map(|entry| match self.group(entry) {
            Some(group) => group.elements.iter().find_map(command),
            None => command(entry),
        })
    }

    /// Returns the text without the first entry of ours, or without our command where a group holds others too.
    fn without_ours(&self) -> Option<(String, Made)> {
        let event = self.event?;
        for (index, entry) in event.elements.iter().enumerate() {
            let group = self.group(entry);
            let commands = group.map_or(std::slice::from_ref(entry), |group| &group.elements);
            let Some((inner, made)) = commands
                .iter()
                .enumerate()
                .find_map(|(at, one)| command(one).map(|(_, made)| (at, made)))
            else {
                continue;
            };
            let group = group.map(Container::from).filter(|group| group.len() > 1);
            let (container, at) =
                group.map_or_else(|| (event.into(), index), |group| (group, inner));
            return Some((container.cut(self.text, at), made));
        }
        None
    }

    /// Returns the commands in an entry, for tools that group them.
    fn group<'e>(&self, entry: &'e Value<'a>) -> Option<&'e Array<'a>> {
        if self.agent.has_groups() { entry.as_object()?.get_array("hooks") } else { None }
    }
}

/// Returns the member `key`, of which there must not be two.
fn member<'t, 'a>(
    text: &str,
    object: &'t Object<'a>,
    key: &str,
) -> Result<Option<&'t Value<'a>>, String> {
    let mut members = object.properties.iter().filter(|member| member.name.as_str() == key);
    let first = members.next();
    match members.next() {
        Some(second) => {
            Err(format!("line {}: \"{key}\" is there twice", line_of(text, second.range.start)))
        }
        None => Ok(first.map(|member| &member.value)),
    }
}

/// Returns the command of an entry, if it is ours.
fn command<'e, 'a>(entry: &'e Value<'a>) -> Option<(&'e StringLit<'a>, Made)> {
    let literal = entry.as_object()?.get_string("command")?;
    Made::of(&literal.value).map(|made| (literal, made))
}
