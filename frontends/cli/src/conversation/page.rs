//! Lines on a page: indented by who speaks, wrapped to what is comfortable to read.

use super::fold::{self, Fold, Piece};
use crate::columns::{cut_end, width, wrap};
use crate::figures::clock;
use crate::output::Screen;
use crate::style::{self, Style};
use opensession_engine::hail::{Event, EventId};
use std::io;

/// Lines of prose are not longer, however wide the terminal is.
const COMFORTABLE: usize = 100;
/// What a sub-agent's lines begin with.
const GUTTER: &str = "    | ";

/// A screen that is written to from top to bottom.
pub(super) struct Page<'s> {
    screen: &'s mut Screen,
    /// The working directory of the session: paths below it are shown without it.
    folder: Option<&'s str>,
    full: bool,
    lane: Option<usize>,
    /// The lane that was named last.
    named: Option<usize>,
    last: Last,
    /// The event to point out, until it was.
    sought: Option<&'s EventId>,
    lines_before_sought: Option<usize>,
}

/// What was written last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// An empty line.
    Gap,
    /// A line.
    Line,
    /// A line of an output or diff.
    Block,
    /// A note.
    Note,
}

impl<'s> Page<'s> {
    /// Returns an empty page, with the event that is to be pointed out.
    pub(super) const fn new(
        screen: &'s mut Screen,
        folder: Option<&'s str>,
        full: bool,
        sought: Option<&'s EventId>,
    ) -> Self {
        Self {
            screen,
            folder,
            full,
            lane: None,
            named: None,
            last: Last::Line,
            sought,
            lines_before_sought: None,
        }
    }

    /// Returns how many lines of the screen stand before the event that was pointed out.
    pub(super) const fn lines_before_sought(&self) -> Option<usize> {
        self.lines_before_sought
    }

    /// Writes what `write` makes of some events: unfolded and below its id, where the one to point out is among them.
    pub(super) fn point_out<'e>(
        &mut self,
        events: impl IntoIterator<Item = &'e Event>,
        write: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        let sought = events.into_iter().find(|event| self.sought == Some(&event.event_id));
        let Some(event) = sought else { return write(self) };
        self.sought = None;
        self.gap()?;
        self.lines_before_sought = Some(self.screen.lines());
        self.line(style::NAME, &format!("→ {}  event {}", clock(event.timestamp), event.event_id))?;
        self.last = Last::Gap;
        let folds = std::mem::replace(&mut self.full, true);
        write(self)?;
        self.full = folds;
        Ok(())
    }

    /// Whether nothing is folded.
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    /// Returns the working directory of the session.
    pub(super) const fn folder(&self) -> Option<&'s str> {
        self.folder
    }

    /// Goes on in another lane, `None` for the session itself.
    pub(super) const fn enter_lane(&mut self, lane: Option<usize>) {
        self.lane = lane;
    }

    /// Notes that the next line says whose lane the lines behind it are in.
    pub(super) const fn set_named(&mut self, lane: usize) {
        self.named = Some(lane);
    }

    /// Says whose lane the next lines are in, where the lines before did not.
    pub(super) fn name_lane(&mut self, lane: usize, title: &str) -> io::Result<()> {
        if self.named != Some(lane) {
            self.gap()?;
            self.line(
                style::PLACE,
                &format!("sub-agent: {}", title.lines().next().unwrap_or(title)),
            )?;
        }
        self.named = Some(lane);
        Ok(())
    }

    /// Leaves one line empty.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        if self.last != Last::Gap {
            self.screen.line("")?;
            self.last = Last::Gap;
        }
        Ok(())
    }

    /// Leaves one line empty behind an output or diff.
    pub(super) fn gap_after_block(&mut self) -> io::Result<()> {
        if self.last == Last::Block { self.gap() } else { Ok(()) }
    }

    /// Writes a line.
    pub(super) fn line(&mut self, style: Style, text: &str) -> io::Result<()> {
        self.pieces(&[(style, text)])
    }

    /// Writes a line of several styles.
    pub(super) fn pieces(&mut self, pieces: &[(Style, &str)]) -> io::Result<()> {
        self.last = Last::Line;
        if self.lane.is_some() {
            self.screen.styled(style::PLACE, GUTTER)?;
        }
        for (style, text) in pieces {
            self.screen.styled(*style, text)?;
        }
        self.screen.line("")
    }

    /// Returns the columns that a line has; `None` for any number.
    pub(super) fn room(&self) -> Option<usize> {
        let indent = if self.lane.is_some() { width(GUTTER) } else { 0 };
        self.screen.width().map(|width| width.saturating_sub(indent).max(20))
    }

    /// Returns `text` as one line that fits, `taken` columns of which are used already; whole where nothing is folded.
    pub(super) fn fit(&self, text: &str, taken: usize) -> String {
        if self.full {
            return text.to_owned();
        }
        let line = text.lines().next().unwrap_or_default();
        let mut line = self.screen.visible(line).into_owned();
        if text.lines().nth(1).is_some() {
            line.push_str(" …");
        }
        let room = self.room().unwrap_or(fold::LONGEST_LINE);
        cut_end(&line, room.saturating_sub(taken).max(10))
    }

    /// Writes prose: `mark` before the first line, the others indented by two, wrapped where the screen has a width.
    pub(super) fn prose(
        &mut self,
        style: Style,
        mark: &str,
        text: &str,
        fold: Option<Fold>,
    ) -> io::Result<()> {
        let room = self.room().map(|room| room.min(COMFORTABLE).saturating_sub(2));
        let mut in_code = false;
        let mut lines = Vec::new();
        for line in text.trim_end().lines() {
            in_code ^= line.trim_start().starts_with("```");
            let shown = self.screen.visible(line);
            // Code and tables mean something by their line breaks.
            let verbatim = in_code || line.trim_start().starts_with(['|', '`']);
            lines.extend(wrap(&shown, room.filter(|_| !verbatim)));
        }
        self.folded(lines.iter().map(String::as_str), fold, |page, index, line| {
            let start = match (index, mark) {
                (0, _) => mark,
                (_, "") => "",
                _ if line.is_empty() => "",
                _ => "  ",
            };
            page.pieces(&[(style, start), (style, line)])
        })
    }

    /// Writes a note: one line, where not everything is shown.
    pub(super) fn note(&mut self, kind: &str, text: &str) -> io::Result<()> {
        if self.last != Last::Note {
            self.gap()?;
        }
        let mark = format!("{kind}: ");
        if self.full {
            self.prose(style::DIM, &mark, text, None)?;
        } else {
            let more = match text.lines().count() {
                0 | 1 => String::new(),
                lines => format!(" ({lines} lines)"),
            };
            let line = self.fit(text, width(&mark) + width(&more));
            self.line(style::DIM, &format!("{mark}{line}{more}"))?;
        }
        self.last = Last::Note;
        Ok(())
    }

    /// Writes lines as they are, indented by four. With `cut`, lines that do not fit are cut where something is folded.
    pub(super) fn verbatim(
        &mut self,
        text: &str,
        fold: Fold,
        cut: bool,
        style_of: impl Fn(&str) -> Style,
    ) -> io::Result<()> {
        self.folded(text.lines(), Some(fold), |page, _, line| {
            let indent = if line.is_empty() { "" } else { "    " };
            let fitting = if cut { page.fit(line, indent.len()) } else { line.to_owned() };
            page.pieces(&[(style::PLAIN, indent), (style_of(line), &fitting)])
        })?;
        if !text.is_empty() {
            self.last = Last::Block;
        }
        Ok(())
    }

    /// Passes the lines that are shown to `write`, and says how many are not.
    fn folded<'t>(
        &mut self,
        lines: impl Iterator<Item = &'t str>,
        fold: Option<Fold>,
        mut write: impl FnMut(&mut Self, usize, &str) -> io::Result<()>,
    ) -> io::Result<()> {
        let fold = fold.filter(|_| !self.full);
        let lines: Vec<&str> = lines.collect();
        for (index, piece) in fold::pieces(&lines, fold).into_iter().enumerate() {
            match piece {
                Piece::Line(line) => write(self, index, line)?,
                Piece::Cut(line, left) => {
                    write(self, index, &format!("{line}… {left} more characters …"))?;
                }
                Piece::Folded(1) => self.line(style::DIM, "    … 1 line …")?,
                Piece::Folded(count) => self.line(style::DIM, &format!("    … {count} lines …"))?,
            }
        }
        Ok(())
    }
}
