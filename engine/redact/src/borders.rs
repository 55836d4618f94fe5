//! Secrets that a border between two blocks cuts in two: what a tool printed and its log holds in chunks.
//!
//! Texts that stand next to each other are read as one, long ones without their middles. Only what is found that way
//! and in none of them alone counts; everything else is left to the walk over the single texts.

use crate::mark::mark;
use crate::rules::Found;
use crate::scanner::Scanner;
use crate::text::Lines;
use crate::{Counts, Key};
use opensession_hail::Block;
use serde_json::Value;
use std::ops::Range;

/// How far from a border a secret over it is looked for, in bytes: a private key is the longest.
const REACH: usize = 16_384;

/// Returns whether there is a secret over a border between `blocks`.
pub(crate) fn finds(scanner: &Scanner, blocks: &[Block]) -> bool {
    seams(blocks).iter().any(|seam| !seam.secrets(&seam.text(), scanner).is_empty())
}

/// Replaces the secrets over borders between `blocks`: the mark stands where the secret began. Returns whether there
/// were any; adds them to `counts`.
pub(crate) fn redact(scanner: &Scanner, blocks: &mut [Block], counts: &mut Counts) -> bool {
    let mut edits = Vec::new();
    for seam in seams(blocks) {
        let text = seam.text();
        for found in seam.secrets(&text, scanner) {
            seam.replace(&text, &found, scanner.key(), &mut edits);
            *counts.entry(found.rule.to_owned()).or_default() += 1;
        }
    }
    // From behind, so that everything before an edit is still where it was.
    for Edit { block, range, mark } in edits.iter().rev() {
        if let Some(text) = blocks.get_mut(*block).and_then(text_of_mut) {
            text.replace_range(range.clone(), mark);
        }
    }
    !edits.is_empty()
}

/// Returns what a secret may begin or go on in; `None` for a block that has none.
fn text_of(block: &Block) -> Option<&str> {
    match block {
        Block::Text { text } => Some(text),
        Block::Code { code, .. } => Some(code),
        Block::File { content, .. } => content.as_deref(),
        Block::Other(members) => members.get("text")?.as_str(),
        _ => None,
    }
}

fn text_of_mut(block: &mut Block) -> Option<&mut String> {
    match block {
        Block::Text { text } => Some(text),
        Block::Code { code, .. } => Some(code),
        Block::File { content, .. } => content.as_mut(),
        Block::Other(members) => match members.get_mut("text")? {
            Value::String(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Texts that stand next to each other, as far as secrets over their borders reach.
#[derive(Default)]
struct Seam<'b> {
    pieces: Vec<Piece<'b>>,
}

/// A part of the text of a block.
struct Piece<'b> {
    block: usize,
    /// Where it begins in the text of its block.
    from: usize,
    /// Where it stands in the seam.
    place: Range<usize>,
    text: &'b str,
}

/// What takes the place of a part of the text of a block.
struct Edit {
    block: usize,
    range: Range<usize>,
    mark: String,
}

/// Returns what is to be read together, in the order of the blocks, and nothing twice.
fn seams(blocks: &[Block]) -> Vec<Seam<'_>> {
    if let [] | [_] = blocks {
        return Vec::new();
    }
    let mut seams = Vec::new();
    let mut seam = Seam::default();
    for (block, text) in blocks.iter().map(text_of).enumerate() {
        let Some(text) = text else {
            seams.push(std::mem::take(&mut seam));
            continue;
        };
        if text.len() <= 2 * REACH {
            seam.push(block, 0, text);
            continue;
        }
        let (head, rest) = text.split_at(text.floor_char_boundary(REACH));
        seam.push(block, 0, head);
        seams.push(std::mem::take(&mut seam));
        let (middle, tail) = rest.split_at(rest.ceil_char_boundary(rest.len() - REACH));
        seam.push(block, head.len() + middle.len(), tail);
    }
    seams.push(seam);
    seams.retain(|seam| seam.pieces.len() > 1);
    seams
}

impl<'b> Seam<'b> {
    fn push(&mut self, block: usize, from: usize, text: &'b str) {
        let start = self.pieces.last().map_or(0, |piece| piece.place.end);
        self.pieces.push(Piece { block, from, place: start..start + text.len(), text });
    }

    fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text).collect()
    }

    /// Returns the secrets that no piece has alone, in order and apart from each other.
    fn secrets(&self, text: &str, scanner: &Scanner) -> Vec<Found> {
        let plain = self.over(text, |text| scanner.find_plain(text));
        // Where both kinds are there, these are found when the texts are read again.
        if plain.is_empty() { self.over(text, |text| scanner.find_encoded(text)) } else { plain }
    }

    fn over(&self, text: &str, find: impl Fn(&[u8]) -> Vec<Found>) -> Vec<Found> {
        let mut found = find(text.as_bytes());
        if found.is_empty() {
            return found;
        }
        let mut alone: Vec<Range<usize>> = Vec::new();
        for Piece { place, text, .. } in &self.pieces {
            let own = find(text.as_bytes()).into_iter().map(|found| found.range);
            alone.extend(own.map(|own| place.start + own.start..place.start + own.end));
        }
        found.retain(|Found { range, .. }| {
            let is_in_one = self.pieces_of(range).nth(1).is_none();
            let next = alone.partition_point(|own| own.end <= range.start);
            !(is_in_one && alone.get(next).is_some_and(|own| own.start < range.end))
        });
        found
    }

    /// Returns the pieces that have a part of `range`.
    fn pieces_of(&self, range: &Range<usize>) -> impl Iterator<Item = &Piece<'b>> {
        let first = self.pieces.partition_point(|piece| piece.place.end <= range.start);
        let (end, pieces) = (range.end, self.pieces.iter().skip(first));
        pieces.take_while(move |piece| piece.place.start < end)
    }

    /// Adds to `edits` what takes the place of a secret: a mark where it begins, and line breaks as they are.
    fn replace(&self, text: &str, found: &Found, key: &Key, edits: &mut Vec<Edit>) {
        let Found { rule, range: Range { start, end } } = *found;
        let lines = Lines::of(text.as_bytes(), start..end);
        let mut mark = mark(key, rule, lines.contents.iter().copied());
        let mut from = start;
        for (line_end, next) in lines.kept.into_iter().chain([(end, end)]) {
            for Piece { block, from: first, place, .. } in self.pieces_of(&(from..line_end)) {
                let at = |at: usize| first + at.clamp(place.start, place.end) - place.start;
                let (range, mark) = (at(from)..at(line_end), std::mem::take(&mut mark));
                edits.push(Edit { block: *block, range, mark });
            }
            from = next;
        }
    }
}
