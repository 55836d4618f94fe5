//! A transcript as plain text, as Cursor wrote them until 2026: blocks headed `user:` and `assistant:`, and in these
//! `[Thinking] …`, `[Tool call] Name` with indented `key: value` lines, and `[Tool result] Name`.
//!
//! Nothing ends what was said last: it stays open, unless the transcript in JSON Lines beside this one ends with the same
//! words. Where an answer follows a thought on the next line, only the shape of the thought tells them apart.

use super::log::Origin;
use super::project::Project;
use super::prompt::Prompt;
use super::tool;
use super::{PROVIDER, TOOL};
use crate::session::{CallRecord, Fate, Outcome, Session};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{Block, ContentId, EventType, visible};
use serde_json::{Map, Value};

const SPEAKERS: [&str; 3] = ["user:", "assistant:", "system:"];

const THINKING: &str = "[Thinking]";
const CALL: &str = "[Tool call]";
const RESULT: &str = "[Tool result]";

/// Reads a transcript. `last_words` ends the one in JSON Lines.
pub(super) fn parse(
    source: &Source<'_>,
    sink: &mut dyn Sink,
    origin: Origin,
    last_words: Option<&str>,
) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let whole = visible(&bytes);
    let text = whole.strip_prefix('\u{feff}').unwrap_or(&whole);
    let mut script = Script::new(sink, origin);
    let blocks = blocks(text);
    for (index, block) in blocks.iter().enumerate() {
        script.session.place.offset = (block.offset + whole.len() - text.len()) as u64;
        script.read(block, index + 1 == blocks.len(), last_words);
    }
    script.session.meta.visit(&script.project.beside().unwrap_or_default());
    let report = script.session.finish(TOOL.as_str(), PROVIDER);
    let (length, hash) = (bytes.len() as u64, Some(ContentId::of(&bytes)));
    Ok(ParseReport { bytes: length, hash, ..report })
}

/// What one of them says, up to where another begins.
#[derive(Debug, PartialEq, Eq)]
struct Spoken<'t> {
    /// Empty for what comes before anybody speaks.
    speaker: &'t str,
    body: &'t str,
    /// Where it starts in the text; and the number of its line.
    offset: usize,
    line: usize,
}

/// Takes a text apart by its speakers, whose names stand alone on a line behind an empty one.
fn blocks(text: &str) -> Vec<Spoken<'_>> {
    let mut found = Vec::new();
    let mut open = Spoken { speaker: "", body: "", offset: 0, line: 1 };
    let (mut start, mut at, mut after_blank) = (0, 0, true);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let name = line.trim_end();
        if after_blank && line.ends_with('\n') && SPEAKERS.contains(&name) {
            open.body = text.get(start..at).unwrap_or("");
            found.push(open);
            start = at + line.len();
            open = Spoken {
                speaker: name.trim_end_matches(':'),
                body: "",
                offset: at,
                line: number + 1,
            };
        }
        after_blank = name.is_empty();
        at += line.len();
    }
    open.body = text.get(start..).unwrap_or("");
    found.push(open);
    found.retain(|spoken| !(spoken.speaker.is_empty() && spoken.body.trim().is_empty()));
    found
}

/// Takes what the model says apart: each part begins with a mark at the start of a line, or has none.
fn segments(body: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in body.split_inclusive('\n') {
        if [THINKING, CALL, RESULT].iter().any(|mark| line.starts_with(mark)) {
            found.extend(body.get(start..at));
            start = at;
        }
        at += line.len();
    }
    found.extend(body.get(start..));
    found.retain(|segment| !segment.trim().is_empty());
    found
}

struct Script<'s> {
    session: Session<'s>,
    project: Project,
}

impl<'s> Script<'s> {
    fn new(sink: &'s mut dyn Sink, origin: Origin) -> Self {
        let mut session = Session::new(sink, tool::describe_unanswered);
        let Origin { id, parent, mut project } = origin;
        session.begin(|| id);
        session.meta.visit(&project.trusted().unwrap_or_default());
        session.meta.is_auxiliary = parent.is_some();
        session.meta.parent = parent.map(String::from);
        Self { session, project }
    }

    fn read(&mut self, block: &Spoken<'_>, is_last: bool, last_words: Option<&str>) {
        let place = &mut self.session.place;
        place.line = block.line as u64;
        block.speaker.clone_into(&mut place.raw_type);
        self.session.set_time(None);
        let body = block.body.replace("\r\n", "\n");
        match block.speaker {
            "user" => {
                self.session.may_change = is_last;
                self.read_prompt(&body);
            }
            "assistant" => {
                let segments = segments(&body);
                for (index, segment) in segments.iter().enumerate() {
                    let is_end = is_last && index + 1 == segments.len();
                    let is_known = last_words.is_some_and(|words| words.trim() == segment.trim());
                    self.session.may_change = is_end && !is_known;
                    self.read_segment(segment, index);
                }
            }
            "system" => {
                self.session.may_change = is_last;
                let text = Block::text(body.trim());
                self.session.say(None, EventType::SystemMessage, vec![text]);
            }
            _ => {
                self.session.may_change = is_last;
                self.session.keep_text(body);
                return;
            }
        }
        if !is_last {
            self.session.settle_calls();
        }
        self.session.count(Fate::Understood, "");
    }

    fn read_prompt(&mut self, body: &str) {
        self.visit(body);
        let prompt = Prompt::read(body);
        if prompt.time.is_some() {
            self.session.set_time(prompt.time);
        }
        if !prompt.typed.is_empty() {
            self.session.prompt(None, prompt.typed.into_iter().map(Block::text).collect());
        }
        if !prompt.injected.is_empty() {
            "user/context".clone_into(&mut self.session.place.raw_type);
            let injected = prompt.injected.into_iter().map(Block::text).collect();
            self.session.say(None, EventType::SystemMessage, injected);
            "user".clone_into(&mut self.session.place.raw_type);
        }
    }

    fn read_segment(&mut self, segment: &str, index: usize) {
        if let Some(rest) = segment.strip_prefix(THINKING) {
            let (thought, answer) = take_apart(rest.strip_prefix(' ').unwrap_or(rest));
            self.say(EventType::Thinking, thought);
            self.say(EventType::AgentMessage, answer);
        } else if let Some(rest) = segment.strip_prefix(CALL) {
            let (name, input) = call(rest.trim_start());
            if let Some(cwd) = self.project.try_input(&input) {
                self.session.meta.visit(&cwd);
            }
            let id = format!("line-{}/call-{index}", self.session.place.line);
            self.session.open_call(CallRecord { id: &id, name, input, agent: None, child: None });
        } else if let Some(rest) = segment.strip_prefix(RESULT) {
            let (name, text) = rest.trim_start().split_once('\n').unwrap_or((rest, ""));
            let id = self.session.waiting_call(Some(name.trim()));
            let mut outcome = Outcome::default();
            outcome.push_text(text.trim());
            self.session.answer(id.as_deref(), Some(name.trim()), outcome);
        } else {
            self.say(EventType::AgentMessage, segment);
        }
    }

    fn say(&mut self, event_type: EventType, text: &str) {
        if !text.trim().is_empty() {
            self.session.say(None, event_type, vec![Block::text(text.trim())]);
        }
    }

    fn visit(&mut self, text: &str) {
        if let Some(cwd) = self.project.try_text(text) {
            self.session.meta.visit(&cwd);
        }
    }
}

/// Returns a thought and the answer behind it. A thought that is a summary has headings in `**`, each before a
/// paragraph; what follows a paragraph without an empty line or a heading is the answer.
fn take_apart(body: &str) -> (&str, &str) {
    let first = body.lines().next().unwrap_or("");
    if first.trim().is_empty() {
        return ("", body);
    }
    if !first.starts_with("**") {
        return (body, "");
    }
    let (mut at, mut before) = (0, "");
    for line in body.split_inclusive('\n') {
        let is_heading = |line: &str| line.starts_with("**") && line.trim_end().ends_with("**");
        let follows = !before.trim().is_empty() && !is_heading(before);
        if follows && !line.trim().is_empty() && !is_heading(line) {
            return body.split_at_checked(at).unwrap_or((body, ""));
        }
        before = line;
        at += line.len();
    }
    (body, "")
}

/// Returns the name of a tool, and what it was given: a patch right behind the name, or a line for each key. A line that
/// begins otherwise goes on with the value before.
fn call(text: &str) -> (&str, Map<String, Value>) {
    let (head, body) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(at) = head.find("*** Begin Patch") {
        let (name, patch) = text.split_at_checked(at).unwrap_or((head, ""));
        let patch = Value::from(patch.trim_end());
        return (name.trim(), Map::from_iter([("arguments".to_owned(), patch)]));
    }
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for line in body.lines() {
        match (key_of(line), pairs.last_mut()) {
            (Some((key, value)), _) => pairs.push((key, value.to_owned())),
            (None, Some((_, value))) => {
                value.push('\n');
                value.push_str(line);
            }
            (None, None) => {}
        }
    }
    let mut input = Map::new();
    for (key, value) in pairs {
        // What is no text stands there as JSON.
        let is_text = value.starts_with('"');
        let json =
            Some(&value).filter(|_| !is_text).and_then(|json| serde_json::from_str(json).ok());
        let value = json.unwrap_or_else(|| Value::from(value.trim_end()));
        input.insert(key.to_owned(), value);
    }
    (head.trim(), input)
}

fn key_of(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix("  ")?.split_once(':')?;
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '-')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    let value = value.strip_prefix(' ').or_else(|| Some(value).filter(|it| it.is_empty()))?;
    is_key.then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn speakers_stand_alone_behind_an_empty_line() {
        let text = "user:\nhi\nuser:\n\nassistant:\nx\n\nuser:";
        let found: Vec<_> = blocks(text).iter().map(|it| (it.speaker, it.body)).collect();
        assert_eq!(found, [("user", "hi\nuser:\n\n"), ("assistant", "x\n\nuser:")]);
    }

    #[test]
    fn a_thought_of_headings_ends_where_an_answer_follows() {
        let body = "**Plan**\n\nOne.\n**More**\n\nTwo.\n\nThree.\nI will look.\n- a\n";
        let (thought, answer) = take_apart(body);
        assert!(thought.ends_with("Three.\n") && answer == "I will look.\n- a\n", "{thought}");
        assert_eq!(take_apart("\nI will"), ("", "\nI will"));
        assert_eq!(take_apart("Let me see\nmore"), ("Let me see\nmore", ""));
    }

    #[test]
    fn what_a_tool_was_given_is_read_line_by_line() {
        let (name, input) =
            call("Write\n  path: /a b\n  contents: one\n  two\nthree: 3\n  head: null\n");
        let expected = json!({"path": "/a b", "contents": "one\n  two\nthree: 3", "head": null});
        assert_eq!((name, Value::Object(input)), ("Write", expected));
        let (name, input) = call("ApplyPatch*** Begin Patch\n*** End Patch\n");
        assert_eq!((name, input.len()), ("ApplyPatch", 1));
        assert_eq!(call("ReadLints\n  paths: [\"a\"]\n").1.get("paths"), Some(&json!(["a"])));
    }
}
