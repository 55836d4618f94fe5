//! Finding a text in a session: all of its segments, one after the other, without making events of most lines.

use crate::{Error, Result, SessionReader};
use memchr::{memchr2_iter, memmem};
use opensession_hail::outline::EventPlace;
use opensession_hail::{Event, EventType, parse_event};
use std::sync::Arc;

/// A search through a session and its sub-agents', a segment at a time.
pub struct Finder {
    members: Arc<[SessionReader]>,
    needle: Needle,
    source: usize,
    segment: usize,
    /// Events before the next segment, in the session.
    before: u64,
}

/// What was found in the next segment.
#[derive(Debug, Default)]
pub struct FoundPlaces {
    /// The events that hold the text, in the order of their session.
    pub places: Vec<EventPlace>,
    /// How many events were looked at.
    pub events: u64,
    /// Why some of them could not be.
    pub damaged: Option<Error>,
}

impl Finder {
    pub(super) fn new(members: Arc<[SessionReader]>, text: &str) -> Self {
        Self { members, needle: Needle::new(text), source: 0, segment: 0, before: 0 }
    }

    /// Looks through the next segment; `None` at the end.
    pub fn next_places(&mut self) -> Option<FoundPlaces> {
        loop {
            let member = self.members.get(self.source)?;
            if let Some(record) = member.manifest().segments.get(self.segment) {
                let mut found = FoundPlaces { events: record.events, ..FoundPlaces::default() };
                let looked = member
                    .segment(record)
                    .and_then(|lines| self.look_through(member, &lines, &mut found.places));
                found.damaged = looked.err();
                self.segment += 1;
                self.before += record.events;
                return Some(found);
            }
            self.source += 1;
            self.segment = 0;
            self.before = 0;
        }
    }

    fn look_through(
        &self,
        member: &SessionReader,
        lines: &[u8],
        places: &mut Vec<EventPlace>,
    ) -> Result<()> {
        let mut damage = Ok(());
        let lines = lines.split_inclusive(|byte| *byte == b'\n');
        for (ordinal, line) in (self.before..).zip(lines) {
            if self.needle.may_be_in(line) {
                match parse_event(line) {
                    Ok(event) if self.needle.is_in(&readable(&event)) => {
                        places.extend(place(self.source, ordinal));
                    }
                    Ok(_) => {}
                    Err(error) => damage = Err(member.damaged(&error)),
                }
            }
        }
        damage
    }
}

fn place(source: usize, ordinal: u64) -> Option<EventPlace> {
    let source = u16::try_from(source).ok()?;
    Some(EventPlace { source, ordinal: u32::try_from(ordinal).ok()? })
}

/// Returns what can be read in an event: what it was about, and its text. Words that a screen adds (`Read`) are not in it.
fn readable(event: &Event) -> String {
    let (what, more) = match &event.event_type {
        EventType::ToolCall { name } | EventType::ToolResult { name, .. } => (name.as_str(), None),
        EventType::FileEdit { path, diff } => (path.as_str(), diff.as_deref()),
        EventType::FileRead { path }
        | EventType::FileCreate { path }
        | EventType::FileDelete { path } => (path.as_str(), None),
        EventType::CodeSearch { query } | EventType::WebSearch { query } => (query.as_str(), None),
        EventType::FileSearch { pattern } => (pattern.as_str(), None),
        EventType::ShellCommand { command, .. } => (command.as_str(), None),
        EventType::ImageGenerate { prompt }
        | EventType::VideoGenerate { prompt }
        | EventType::AudioGenerate { prompt } => (prompt.as_str(), None),
        EventType::WebFetch { url } => (url.as_str(), None),
        EventType::TaskStart { title } => ("", title.as_deref()),
        EventType::TaskEnd { summary } => ("", summary.as_deref()),
        EventType::Custom { kind } => (kind.as_str(), None),
        EventType::UserMessage
        | EventType::AgentMessage
        | EventType::SystemMessage
        | EventType::Thinking => ("", None),
    };
    [what, more.unwrap_or_default(), &event.text()].join("\n")
}

/// A text to be found.
struct Needle {
    /// As it is looked for: in small letters where case does not matter.
    text: String,
    any_case: bool,
    line: LineTest,
}

/// How a line is known not to hold the text, before it is read.
enum LineTest {
    /// One of these stands in it.
    Bytes(Vec<memmem::Finder<'static>>),
    /// One of these stands in it, ASCII in any case; with the place of its rarest byte.
    AnyCase(Vec<(Vec<u8>, usize)>),
    /// It has to be read.
    None,
}

impl Needle {
    fn new(text: &str) -> Self {
        let any_case = !text.chars().any(char::is_uppercase);
        // In a string of the line quotes are escaped, in the JSON that a tool was called with they are not.
        let json = serde_json::Value::from(text).to_string();
        let json = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
        let mut forms = vec![text.as_bytes().to_vec()];
        forms.extend(json.filter(|json| *json != text).map(|json| json.as_bytes().to_vec()));
        let has_case = |c: char| !c.to_lowercase().eq(c.to_uppercase());
        let line = if !any_case || !text.chars().any(has_case) {
            let finder = |form: &Vec<u8>| memmem::Finder::new(form).into_owned();
            LineTest::Bytes(forms.iter().map(finder).collect())
        } else if text.is_ascii() {
            let with_place = |form: Vec<u8>| {
                let place = rarest(&form);
                (form, place)
            };
            LineTest::AnyCase(forms.into_iter().map(with_place).collect())
        } else {
            LineTest::None
        };
        Self { text: text.to_owned(), any_case, line }
    }

    fn may_be_in(&self, line: &[u8]) -> bool {
        match &self.line {
            LineTest::Bytes(forms) => forms.iter().any(|form| form.find(line).is_some()),
            LineTest::AnyCase(forms) => forms.iter().any(|(form, at)| holds(line, form, *at)),
            LineTest::None => true,
        }
    }

    fn is_in(&self, text: &str) -> bool {
        if self.any_case {
            text.to_lowercase().contains(&self.text)
        } else {
            text.contains(&self.text)
        }
    }
}

/// Returns whether `form` stands in the line in any case; its byte at `at` is looked for.
fn holds(line: &[u8], form: &[u8], at: usize) -> bool {
    let Some(byte) = form.get(at) else { return true };
    let hits = memchr2_iter(byte.to_ascii_lowercase(), byte.to_ascii_uppercase(), line);
    let mut starts = hits.filter_map(|hit| hit.checked_sub(at));
    starts.any(|start| {
        let window = line.get(start..start + form.len());
        window.is_some_and(|window| window.eq_ignore_ascii_case(form))
    })
}

/// Returns the place of the byte that texts and code have fewest of.
fn rarest(text: &[u8]) -> usize {
    const FROM_FREQUENT: &[u8] = b" etaoinsrlcdupm\"f_.hg-/,b:vyw0k1=2)(x";
    let frequency = |byte: &u8| {
        let byte = byte.to_ascii_lowercase();
        let place = FROM_FREQUENT.iter().position(|one| *one == byte);
        place.unwrap_or(FROM_FREQUENT.len())
    };
    let places = text.iter().enumerate().max_by_key(|(_, byte)| frequency(byte));
    places.map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(needle: &str, text: &str) -> bool {
        let needle = Needle::new(needle);
        let line = serde_json::json!({ "text": text }).to_string();
        needle.may_be_in(line.as_bytes()) && needle.is_in(text)
    }

    #[test]
    fn small_letters_find_any_case_and_capitals_only_themselves() {
        assert!(found("error", "An ERROR here") && found("ERROR", "An ERROR here"));
        assert!(!found("Error", "an error") && !found("errors", "an error"));
        assert!(found("größe", "GRÖSSE Größe") && !found("Größe", "größe"));
        assert!(found("세션", "이 세션을") && !found("세션", "이 섹션을"));
        assert!(found("e\u{301}", "cafE\u{301}"));
    }

    #[test]
    fn what_json_writes_otherwise_is_found() {
        assert!(found("say \"x\\y\"", "they Say \"X\\y\" twice"));
        assert!(found("a\tb", "A\tb"));
        assert!(Needle::new("{\"a\":").may_be_in(br#"{"data":{"A":1}}"#));
    }
}
