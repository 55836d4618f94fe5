//! Where in a session the words were found: the event, and the text around them.

use crate::candidates::{expression, first_chunk};
use crate::find::Found;
use crate::query::{Query, Term};
use crate::rows::CHUNKS;
use crate::text::each_text;
use crate::{Role, Source, parallel, words};
use opensession_hail::{Event, EventId, parse_event};
use rusqlite::{Connection, OptionalExtension, Result};
use std::ops::Range;

/// So many characters are shown before the first word that was found, and so many in all.
const BEFORE: usize = 40;
const LENGTH: usize = 200;

/// Where the words were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The event.
    pub event: EventId,
    /// Its place among the session's events, from 0.
    pub ordinal: u64,
    /// Who wrote it.
    pub role: Role,
    /// The text around the words, on one line; `…` where it was cut.
    pub snippet: String,
    /// Where the words stand in it, in bytes, in order.
    pub marks: Vec<Range<usize>>,
}

/// Where a run of events begins.
struct Place<'f> {
    found: &'f Found,
    segment: usize,
    byte: usize,
    event: u64,
    /// Where the next run begins: segment and byte.
    end: Option<(usize, usize)>,
}

/// Returns where the terms occur in each session.
pub(crate) fn hits(
    db: &Connection,
    sources: &[Source],
    query: &Query,
    found: &[Found],
) -> Result<Vec<Option<Hit>>> {
    let terms: Vec<Wanted> = query.terms.iter().filter_map(Wanted::new).collect();
    if terms.is_empty() {
        return Ok(vec![None; found.len()]);
    }
    let mut places = Vec::new();
    for one in found {
        places.push(place(db, query, one)?);
    }
    let mut hits = Vec::new();
    let read = |place: &Option<Place<'_>>| {
        place.as_ref().and_then(|place| best(place, sources, query, &terms))
    };
    parallel::in_order(&places, read, |hit| {
        hits.push(hit);
        true
    });
    Ok(hits)
}

/// Returns the run of events that was seen on the way, else the first in which all terms occur, or the first of them.
fn place<'f>(db: &Connection, query: &Query, found: &'f Found) -> Result<Option<Place<'f>>> {
    let mut chunk = found.chunk;
    if chunk.is_none() {
        let mut expressions = Vec::new();
        for term in query.terms.iter().filter(|term| !term.negated) {
            expressions.extend(expression(db, term, &query.roles)?);
        }
        let all: Vec<String> = expressions.iter().map(|one| format!("({one})")).collect();
        chunk = first_chunk(db, &all.join(" AND "), found.id)?;
        if let (None, Some(first)) = (chunk, expressions.first()) {
            chunk = first_chunk(db, first, found.id)?;
        }
    }
    let Some(chunk) = chunk else { return Ok(None) };
    let sql = "SELECT segment, byte, event FROM chunks WHERE id = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut read = |id: i64| {
        let row = statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        row.optional()
    };
    let Some((segment, byte, event)) = read(chunk)? else { return Ok(None) };
    let is_last = (chunk + 1) % CHUNKS == 0;
    let next: Option<(usize, usize, u64)> = if is_last { None } else { read(chunk + 1)? };
    let end = next.map(|(segment, byte, _)| (segment, byte));
    Ok(Some(Place { found, segment, byte, event, end }))
}

/// Returns the event of the run in which most of the terms occur, and the text around them.
fn best(place: &Place<'_>, sources: &[Source], query: &Query, terms: &[Wanted]) -> Option<Hit> {
    let Place { found, segment: first, byte, event: mut ordinal, end } = *place;
    let branch = &sources.get(found.source)?.branch;
    // A session that cannot be read is named where it is opened.
    let manifest = branch.manifest(&found.entry).ok()?;
    let mut best: Option<(usize, Hit)> = None;
    for (segment, record) in manifest.segments.iter().enumerate().skip(first) {
        if end.is_some_and(|(last, byte)| segment > last || segment == last && byte == 0) {
            break;
        }
        let bytes = branch.segment(&found.entry, record).ok()?;
        let from = if segment == first { byte } else { 0 };
        let to = end.filter(|(last, _)| *last == segment).map_or(bytes.len(), |(_, byte)| byte);
        for line in bytes.get(from..to)?.split_inclusive(|byte| *byte == b'\n') {
            let event = parse_event(line).ok()?;
            if let Some((count, hit)) = look(&event, ordinal, query, terms)
                && best.as_ref().is_none_or(|(most, _)| count > *most)
            {
                let is_all = count == terms.len();
                best = Some((count, hit));
                if is_all {
                    return best.map(|(_, hit)| hit);
                }
            }
            ordinal += 1;
        }
    }
    best.map(|(_, hit)| hit)
}

/// Returns how many of the terms occur in the event, and its text with most of them.
fn look(event: &Event, ordinal: u64, query: &Query, terms: &[Wanted]) -> Option<(usize, Hit)> {
    let mut seen = vec![false; terms.len()];
    let mut best: Option<(usize, Hit)> = None;
    each_text(event, &mut |role, text| {
        if !query.roles.is_empty() && !query.roles.contains(&role) {
            return;
        }
        let (marks, occurs) = marks(text, terms);
        let count = occurs.iter().filter(|occurs| **occurs).count();
        for (seen, occurs) in seen.iter_mut().zip(occurs) {
            *seen |= occurs;
        }
        if count > best.as_ref().map_or(0, |(most, _)| *most) {
            let (snippet, marks) = cut(text, &marks);
            let event = event.event_id.clone();
            best = Some((count, Hit { event, ordinal, role, snippet, marks }));
        }
    });
    best.map(|(_, hit)| (seen.iter().filter(|seen| **seen).count(), hit))
}

/// A term, as it is looked for in a text.
struct Wanted {
    words: Vec<String>,
    prefix: bool,
}

impl Wanted {
    fn new(term: &Term) -> Option<Self> {
        let words = words::folded(&term.text);
        (!term.negated && !words.is_empty()).then_some(Self { words, prefix: term.prefix })
    }

    /// Returns whether the text has the term's words, or their beginnings, at this place.
    fn stands_in(&self, text: &[(Range<usize>, String)]) -> bool {
        let last = self.words.len() - 1;
        text.len() > last
            && self.words.iter().zip(text).enumerate().all(|(at, (wanted, (_, word)))| {
                wanted == word || self.prefix && at == last && word.starts_with(wanted.as_str())
            })
    }
}

/// Returns where the terms stand in a text, in order and without overlaps, and which of them do.
fn marks(text: &str, terms: &[Wanted]) -> (Vec<Range<usize>>, Vec<bool>) {
    let folded = |range: Range<usize>| {
        let mut word = String::new();
        words::fold_word(text.get(range.clone()).unwrap_or(""), &mut word);
        (range, word)
    };
    let all: Vec<(Range<usize>, String)> = words::words(text).map(folded).collect();
    let mut occurs = vec![false; terms.len()];
    let mut marks: Vec<Range<usize>> = Vec::new();
    for (at, (range, _)) in all.iter().enumerate() {
        let rest = all.get(at..).unwrap_or(&[]);
        for (term, occurs) in terms.iter().zip(&mut occurs) {
            if term.stands_in(rest) {
                *occurs = true;
                let end = rest.get(term.words.len() - 1).map_or(range.end, |(last, _)| last.end);
                match marks.last_mut() {
                    Some(before) if before.end >= range.start => before.end = before.end.max(end),
                    _ => marks.push(range.start..end),
                }
            }
        }
    }
    (marks, occurs)
}

/// Returns the text around the first marks on one line, and the marks in it.
fn cut(text: &str, marks: &[Range<usize>]) -> (String, Vec<Range<usize>>) {
    let first = marks.first().map_or(0, |mark| mark.start);
    let before = text.get(..first).unwrap_or("");
    let start = before.char_indices().rev().take(BEFORE).last().map_or(first, |(at, _)| at);
    // Not in the middle of a word, where one ends nearby.
    let start = match text.get(start..first).and_then(|lead| lead.find(char::is_whitespace)) {
        Some(gap) if start > 0 => start + gap,
        _ => start,
    };
    let rest = text.get(start..).unwrap_or("");
    let end = rest.char_indices().nth(LENGTH).map_or(text.len(), |(at, _)| start + at);
    let mut snippet = String::new();
    if start > 0 {
        snippet.push('…');
    }
    let mut kept = Vec::new();
    let mut inside = None;
    let mut is_gap = true;
    for (offset, sign) in text.get(start..end).unwrap_or("").char_indices() {
        let at = start + offset;
        if let Some(mark) = marks.iter().find(|mark| mark.start == at) {
            inside = Some((snippet.len(), mark.end));
        }
        if sign.is_whitespace() {
            if !is_gap {
                snippet.push(' ');
            }
        } else {
            snippet.push(sign);
        }
        is_gap = sign.is_whitespace();
        if let Some((from, until)) = inside
            && at + sign.len_utf8() >= until
        {
            kept.push(from..snippet.len());
            inside = None;
        }
    }
    if let Some((from, _)) = inside {
        kept.push(from..snippet.len());
    }
    if end < text.len() {
        snippet.push('…');
    }
    (snippet, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str, terms: &[(&str, bool)]) -> String {
        let terms: Vec<Wanted> = terms
            .iter()
            .map(|(text, prefix)| Wanted { words: words::folded(text), prefix: *prefix })
            .collect();
        let (found, _) = marks(text, &terms);
        let (mut snippet, kept) = cut(text, &found);
        for mark in kept.iter().rev() {
            snippet.insert(mark.end, ']');
            snippet.insert(mark.start, '[');
        }
        snippet
    }

    #[test]
    fn words_phrases_and_beginnings_are_marked_as_they_stand() {
        assert_eq!(show("Fix  the\nLoop bound", &[("loop", false)]), "Fix the [Loop] bound");
        assert_eq!(show("use a::b; a b", &[("a::b", false)]), "use [a::b]; [a b]");
        assert_eq!(show("parse parser sparse", &[("pars", true)]), "[parse] [parser] sparse");
        assert_eq!(show("세션을 찾는다", &[("세션", false)]), "[세션]을 찾는다");
        assert_eq!(
            show("one two three", &[("one two", false), ("two three", false)]),
            "[one two three]"
        );
    }

    #[test]
    fn long_texts_are_cut_around_the_first_word() {
        let text = format!("{} needle {}", "before ".repeat(50), "after ".repeat(100));
        let found = show(&text, &[("needle", false)]);
        assert!(found.starts_with("…before") && found.ends_with('…'), "{found}");
        assert!(found.contains(" [needle] after") && found.chars().count() < 210, "{found}");
    }
}
