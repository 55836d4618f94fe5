//! The log in pieces as aider appended them: what was typed at once, what was answered, what aider said.
//!
//! An answer may hold lines that look like aider's own: headings, quotes, code about logs. Aider writes an empty line
//! before an answer and two after it (one belongs to what follows), and ends each line of its own, save the inner ones
//! of longer messages, with two blanks. Logs that went through an editor have lost those blanks; then less is certain.

use super::marks::{Mark, Row, is_begun};
use crate::ParseError;
use crate::head::without_mark;
use crate::lines::Lines;
use opensession_hail::{ContentId, Timestamp};
use std::collections::VecDeque;

/// How lines begin that end an answer whose code was left open, as the model was stopped.
const STOPS: [&str; 6] = ["^C", "Tokens: ", "Model ", "Traceback", "litellm.", "Retrying in "];

/// What stood before a prompt in May 2023.
const RULE: &str = "---";

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A run begins.
    Start(Option<Timestamp>),
    Prompt,
    Answer,
    Note,
}

/// A piece of the log.
#[derive(Debug)]
pub(super) struct Unit {
    pub kind: Kind,
    /// Without the marks at the ends of its lines.
    pub text: String,
    /// As it stands, with the empty lines before it.
    pub raw: Vec<u8>,
    /// Its first line, counted from 1.
    pub line: u64,
    /// How many lines it has that are not empty and have their ends.
    pub lines: u64,
    /// More of it may follow.
    pub is_open: bool,
}

/// What the last line belonged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Nothing,
    Prompt,
    Answer,
    Note,
    /// A message of several lines whose end has not come.
    LongNote,
}

/// What a line does.
enum Step {
    Begin(Kind),
    Continue,
    Skip,
}

/// Reads a log piece by piece.
pub(super) struct Units<'a> {
    lines: Option<Lines<'a>>,
    digest: (u64, ContentId),
    torn: Option<u64>,
    ready: VecDeque<Unit>,
    /// The piece that the next line may continue.
    pending: Option<Unit>,
    inside: Inside,
    /// The empty lines since the last that was not.
    gap: Vec<u8>,
    gap_lines: usize,
    /// Code that the answer has opened: its mark, and how often it stands.
    fence: Option<(u8, usize)>,
    /// Lines of aider were seen that end as it ends them.
    has_breaks: bool,
    /// The log of a version of May 2023, which marked its own lines by slanted letters.
    is_slanted: bool,
}

impl<'a> Units<'a> {
    pub(super) fn new(lines: Lines<'a>) -> Self {
        Self {
            lines: Some(lines),
            digest: (0, ContentId::of(b"")),
            torn: None,
            ready: VecDeque::new(),
            pending: None,
            inside: Inside::Nothing,
            gap: Vec::new(),
            gap_lines: 0,
            fence: None,
            has_breaks: false,
            is_slanted: false,
        }
    }

    /// Returns the next piece; the last one may be open.
    pub(super) fn next(&mut self) -> Result<Option<Unit>, ParseError> {
        loop {
            if let Some(unit) = self.ready.pop_front() {
                return Ok(Some(unit));
            }
            let Some(mut lines) = self.lines.take() else {
                return Ok(self.pending.take());
            };
            let Some(line) = lines.next()? else {
                self.digest = lines.digest(self.torn);
                self.close(true);
                continue;
            };
            let too_long;
            let (raw, number) = (line.raw, line.number);
            let mut row = match line.too_long {
                Some(length) => {
                    too_long = format!("a line of {length} bytes, too long to be kept");
                    Row::of(too_long.as_bytes())
                }
                None => Row::of(if number == 1 { without_mark(raw) } else { raw }),
            };
            if line.terminated {
                self.take(&row, raw, number, 1);
            } else {
                self.torn = Some(line.offset).filter(|_| row.mark() != Mark::Blank);
                row.is_broken = true;
                if self.takes_torn(&row) {
                    self.take(&row, raw, number, 0);
                    self.close(true);
                    if let Some(last) = self.ready.back_mut() {
                        last.is_open = true;
                    }
                }
            }
            self.lines = Some(lines);
        }
    }

    /// Returns size and hash of the whole lines, and whether the last line lacked its end.
    pub(super) fn digest(self) -> (u64, ContentId, bool) {
        (self.digest.0, self.digest.1, self.torn.is_some())
    }

    fn take(&mut self, row: &Row<'_>, raw: &[u8], line: u64, lines: u64) {
        match self.step(row) {
            Step::Skip => {
                self.gap.extend_from_slice(raw);
                self.gap_lines += 1;
                return;
            }
            Step::Continue => {
                if let Some(unit) = &mut self.pending {
                    unit.text.push('\n');
                    for empty in self.gap.split_inclusive(|byte| *byte == b'\n') {
                        unit.text.push_str(&Row::of(empty).text);
                        unit.text.push('\n');
                    }
                    unit.text.push_str(match (unit.kind, row.mark()) {
                        (Kind::Prompt, Mark::Prompt(text)) => text,
                        (Kind::Note, _) => row.text.trim_end(),
                        _ => &row.text,
                    });
                    unit.raw.append(&mut self.gap);
                    unit.raw.extend_from_slice(raw);
                    unit.lines += lines;
                }
                if self.inside == Inside::LongNote && row.is_broken {
                    self.inside = Inside::Note;
                    self.close(false);
                }
            }
            Step::Begin(kind) => {
                self.close(false);
                self.fence = None;
                let mut before = std::mem::take(&mut self.gap);
                before.extend_from_slice(raw);
                let text = self.plain(kind, row).to_owned();
                let unit = Unit { kind, text, raw: before, line, lines, is_open: false };
                self.pending = Some(unit);
                self.begin(kind, row);
            }
        }
        self.gap_lines = 0;
        if self.inside == Inside::Answer {
            self.watch_fence(&row.text);
        }
    }

    /// Returns whether a last line without its end can be read: whatever follows of it, it goes on with what there is,
    /// or aider says it.
    fn takes_torn(&self, row: &Row<'_>) -> bool {
        !is_begun(row.text.trim_end())
            && matches!(self.step(row), Step::Continue | Step::Begin(Kind::Note))
    }

    /// Notes what has begun, and closes what is complete with its first line.
    fn begin(&mut self, kind: Kind, row: &Row<'_>) {
        self.has_breaks |= row.is_broken && matches!(kind, Kind::Prompt | Kind::Note);
        self.inside = match kind {
            Kind::Start(_) => {
                self.is_slanted = row.text.starts_with("# A");
                Inside::Nothing
            }
            Kind::Prompt => Inside::Prompt,
            Kind::Answer => Inside::Answer,
            Kind::Note if self.has_breaks && !row.is_broken => Inside::LongNote,
            Kind::Note => Inside::Note,
        };
        if matches!(self.inside, Inside::Nothing | Inside::Note) {
            self.close(false);
        }
    }

    fn close(&mut self, is_open: bool) {
        if let Some(unit) = self.pending.take() {
            self.ready.push_back(Unit { is_open, ..unit });
        }
    }

    fn step(&self, row: &Row<'_>) -> Step {
        let gap = self.gap_lines;
        match row.mark() {
            Mark::Blank => return Step::Skip,
            Mark::Start(stamp) => {
                let begins = match self.inside {
                    Inside::Answer => gap >= if self.fence.is_some() { 2 } else { 1 },
                    Inside::LongNote => gap >= 1,
                    _ => true,
                };
                if begins {
                    return Step::Begin(Kind::Start(stamp));
                }
            }
            Mark::Prompt(_) if self.is_typed(row) => {
                return if self.inside == Inside::Prompt && gap == 0 {
                    Step::Continue
                } else {
                    Step::Begin(Kind::Prompt)
                };
            }
            Mark::Note(text) if self.is_said(row, text) => return Step::Begin(Kind::Note),
            Mark::Text if self.is_slanted && self.inside != Inside::LongNote => {
                let is_slanted = row.is_broken && slanted(&row.text).is_some();
                if is_slanted || row.text.trim_end() == RULE {
                    return Step::Begin(Kind::Note);
                }
            }
            Mark::Prompt(_) | Mark::Note(_) | Mark::Text => {}
        }
        match self.inside {
            Inside::Answer | Inside::LongNote => Step::Continue,
            // The inner line of a message that only looked complete.
            Inside::Note if gap == 0 => Step::Begin(Kind::Note),
            _ => Step::Begin(Kind::Answer),
        }
    }

    /// Returns whether a line that looks as if it had been typed was.
    fn is_typed(&self, row: &Row<'_>) -> bool {
        let fits = row.is_broken || !self.has_breaks;
        fits && match self.inside {
            // One empty line ends the answer, one begins the prompt; headings of an answer have one before them.
            Inside::Answer => self.gap_lines >= 2 && (self.fence.is_none() || row.is_broken),
            Inside::LongNote => self.gap_lines >= 1 && row.is_broken,
            _ => true,
        }
    }

    /// Returns whether a line that looks as if aider had said it is its own.
    fn is_said(&self, row: &Row<'_>, text: &str) -> bool {
        let fits = row.is_broken || !self.has_breaks;
        match self.inside {
            Inside::Answer => {
                let stops = || text.is_empty() || STOPS.iter().any(|start| text.starts_with(start));
                fits && self.gap_lines >= 1 && (self.fence.is_none() || stops())
            }
            Inside::LongNote => row.is_broken,
            // An answer may begin with a quote.
            _ => fits || self.gap_lines == 0,
        }
    }

    /// Returns the first line of a piece without its marks.
    fn plain<'r>(&self, kind: Kind, row: &'r Row<'_>) -> &'r str {
        match (kind, row.mark()) {
            (Kind::Prompt, Mark::Prompt(text)) if self.is_slanted => {
                text.strip_prefix(">  ").unwrap_or(text)
            }
            (Kind::Prompt, Mark::Prompt(text)) | (Kind::Note, Mark::Note(text)) => text,
            (Kind::Note, _) if row.text.trim_end() == RULE => "",
            (Kind::Note, _) => slanted(&row.text)
                .filter(|_| self.is_slanted)
                .unwrap_or_else(|| row.text.trim_end()),
            _ => &row.text,
        }
    }

    fn watch_fence(&mut self, line: &str) {
        let line = line.trim_start();
        let Some(mark) = line.bytes().next().filter(|byte| matches!(byte, b'`' | b'~')) else {
            return;
        };
        let count = line.bytes().take_while(|byte| *byte == mark).count();
        if count < 3 {
            return;
        }
        let rest = line.get(count..).unwrap_or("");
        match self.fence {
            None if !rest.contains('`') => self.fence = Some((mark, count)),
            Some((open, least)) if mark == open && count >= least && rest.trim().is_empty() => {
                self.fence = None;
            }
            _ => {}
        }
    }
}

/// Returns what stands between the marks of slanted letters.
fn slanted(line: &str) -> Option<&str> {
    let line = line.trim_end();
    ['*', '_'].iter().find_map(|mark| {
        line.strip_prefix(*mark)?.strip_suffix(*mark).filter(|said| !said.starts_with(*mark))
    })
}
