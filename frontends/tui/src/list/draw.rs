//! How the list looks.

use crate::dates;
use crate::list::layout::Parts;
use crate::list::lines::Line as ListLine;
use crate::list::preview::draw_preview;
use crate::list::{Group, ListScreen, Row, RowHit};
use crate::scene::Scene;
use crate::text;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use std::ops::Range;

/// How many cells the columns have; 0 leaves one out.
struct Columns {
    tool: usize,
    folder: usize,
    title: usize,
    prompts: usize,
    lines: usize,
}

const AGE: usize = 5;

impl Columns {
    fn of(width: u16) -> Self {
        let width = usize::from(width);
        let (tool, folder, prompts) = match width {
            0..76 => (11, 0, 0),
            76..90 => (11, 12, 4),
            _ => (14, 16, 7),
        };
        let lines = 11;
        // The mark in front, and a blank behind every column.
        let used: usize = 2
            + AGE
            + 1
            + [tool, folder, prompts, lines]
                .map(|cells| cells + usize::from(cells > 0))
                .iter()
                .sum::<usize>();
        Self { tool, folder, title: width.saturating_sub(used), prompts, lines }
    }
}

impl ListScreen {
    /// Returns what the first line says of the list.
    #[must_use]
    pub fn crumb(&self) -> String {
        let group = match self.group {
            Group::Day => "",
            Group::Repo => " by repository",
            Group::Tool => " by tool",
            Group::Nothing => " as one list",
        };
        format!("sessions{group}")
    }

    /// Draws the list.
    pub fn view(&self, frame: &mut Frame<'_>, scene: &Scene) {
        let parts = Parts::of(scene);
        self.draw_search(frame, parts.search, scene);
        let columns = Columns::of(parts.rows.width);
        if parts.head.height > 0 {
            let mut head = format!("  {:<AGE$} {:<2$} ", "AGE", "TOOL", columns.tool);
            if columns.folder > 0 {
                head += &format!("{:<1$} ", "FOLDER", columns.folder);
            }
            head += &text::fit("TITLE", columns.title);
            if columns.prompts > 0 {
                let prompts = if columns.prompts < 7 { "ASKS" } else { "PROMPTS" };
                head += &format!(" {prompts:>0$}", columns.prompts);
            }
            head += &format!(" {:>1$}", "LINES", columns.lines);
            frame.render_widget(Line::styled(head, scene.theme.dim()), parts.head);
        }
        if self.lines.is_empty() {
            self.draw_nothing(frame, parts.rows, scene);
        }
        let seen = self.lines.iter().enumerate().skip(self.top).zip(parts.rows.rows());
        for ((at, line), area) in seen {
            frame.render_widget(self.line(at, *line, &columns, area.width, scene), area);
        }
        self.draw_problem(frame, parts.search, scene);
        if parts.preview.width > 0 {
            let preview = self.selected().map(|row| {
                let known = self.preview.as_ref().filter(|(key, _)| *key == row.key);
                (row, known.map(|(_, preview)| preview))
            });
            draw_preview(preview, frame, parts.preview, scene);
        }
    }

    fn draw_search(&self, frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
        let theme = &scene.theme;
        let count = match (&self.problem, self.count) {
            (Some(_), _) => String::new(),
            (None, Some(1)) => "1 session".to_owned(),
            (None, Some(count)) => format!("{} sessions", dates::number(count)),
            (None, None) => String::new(),
        };
        let unread = match self.unread {
            1.. if !self.query.terms.is_empty() => {
                format!(", {} not searched yet", dates::number(self.unread))
            }
            _ => String::new(),
        };
        let right = format!("{count}{unread} ");
        let room = usize::from(area.width).saturating_sub(text::width(&right) + 4);
        let key = if self.is_typing { theme.key() } else { theme.dim() };
        let mut spans = vec![Span::styled(" / ", key)];
        if self.input.text().is_empty() && !self.is_typing {
            let hint = "type / to search: words, \"a phrase\", tool:codex has:error after:7d";
            spans.push(Span::styled(text::fit(hint, room), theme.dim()));
        } else {
            let (shown, at) = self.input.shown(room);
            spans.push(Span::styled(shown, theme.strong()));
            if self.is_typing {
                let x = area.x + 3 + u16::try_from(at).unwrap_or(0);
                frame.set_cursor_position(Position::new(x, area.y));
            }
        }
        spans.push(Span::styled(format!(" {right}"), theme.dim()));
        frame.render_widget(Line::from(spans), area);
    }

    /// Says what is wrong with what was typed, below it.
    fn draw_problem(&self, frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
        let Some(problem) = &self.problem else { return };
        let below = Rect { y: area.y + 1, height: 1, ..area };
        let line = format!(" ! {}", text::first_line(problem));
        let line = text::fit(&line, usize::from(area.width));
        frame.render_widget(Line::styled(line, scene.theme.bad()), below);
    }

    fn draw_nothing(&self, frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
        let says = match (self.answered, self.input.text().is_empty()) {
            (0, _) => "  reading …".to_owned(),
            (_, false) => {
                let back = scene.keymap.label(crate::action::Action::Back);
                format!("  no session has all of this; {back} shows every one")
            }
            (_, true) => "  no sessions yet".to_owned(),
        };
        frame.render_widget(Line::styled(says, scene.theme.dim()), Rect { height: 1, ..area });
    }

    fn line(
        &self,
        at: usize,
        line: ListLine,
        columns: &Columns,
        width: u16,
        scene: &Scene,
    ) -> Line<'static> {
        let theme = &scene.theme;
        let is_selected = at == self.cursor;
        let drawn = match line {
            ListLine::Heading(section) => {
                let section = self.sections.get(section);
                let Some((section, (name, count))) =
                    section.and_then(|section| Some((section, section.heading.as_ref()?)))
                else {
                    return Line::default();
                };
                let mark = if section.is_folded { "▸" } else { "▾" };
                let name = if name.is_empty() { "(not known)" } else { name };
                let name = text::visible(name);
                let count = dates::number(*count);
                let cursor = if is_selected { ">" } else { " " };
                let mut line = Line::styled(format!("{cursor} {mark} {name}"), theme.heading());
                line.push_span(Span::styled(format!("  {count}"), theme.dim()));
                line
            }
            ListLine::Day(section, row) => {
                let day = self.row(section, row).map_or_else(String::new, |row| {
                    dates::day_name(row.created_at, scene.now, scene.offset())
                });
                Line::styled(format!("  {day}"), theme.heading())
            }
            ListLine::Row(section, row) => match self.row(section, row) {
                Some(row) => row_line(row, is_selected, columns, scene),
                None => Line::default(),
            },
            ListLine::Snippet(section, row) => {
                match self.row(section, row).and_then(|row| row.hit.as_ref()) {
                    Some(hit) => snippet_line(hit, 8, usize::from(width), scene),
                    None => Line::default(),
                }
            }
            ListLine::More(_) => Line::styled("  …", theme.dim()),
        };
        if is_selected { drawn.patch_style(theme.selected()) } else { drawn }
    }
}

fn row_line(row: &Row, is_selected: bool, columns: &Columns, scene: &Scene) -> Line<'static> {
    let theme = &scene.theme;
    let mark = if is_selected { "> " } else { "  " };
    let age = dates::age(row.created_at, scene.now);
    let mut spans = vec![
        Span::raw(mark),
        Span::styled(format!("{age:>AGE$} "), theme.dim()),
        Span::styled(
            format!("{} ", text::fit(&text::visible(row.key.tool()), columns.tool)),
            theme.tool(),
        ),
    ];
    if columns.folder > 0 {
        let folder = text::first_line(row.folder()).into_owned();
        spans.push(Span::raw(format!("{} ", text::fit(&folder, columns.folder))));
    }
    let title = text::fit(&text::first_line(row.title()), columns.title);
    spans.push(Span::styled(title, theme.strong()));
    if columns.prompts > 0 {
        let prompts = dates::short_number(row.prompts);
        spans.push(Span::raw(format!(" {prompts:>0$}", columns.prompts)));
    }
    let (added, removed) = (dates::short_number(row.added), dates::short_number(row.removed));
    let blanks = columns.lines.saturating_sub(added.len() + removed.len() + 3);
    if row.added + row.removed == 0 {
        spans.push(Span::raw(format!("{:1$}", "", columns.lines + 1)));
    } else {
        spans.push(Span::styled(format!(" {:blanks$}+{added}", ""), theme.good()));
        spans.push(Span::styled(format!(" -{removed}"), theme.bad()));
    }
    Line::from(spans)
}

/// Returns a snippet with its words marked, behind so many blanks.
fn snippet_line(hit: &RowHit, indent: usize, width: usize, scene: &Scene) -> Line<'static> {
    let theme = &scene.theme;
    let mut line = Line::from(Span::raw(" ".repeat(indent)));
    let mut room = width.saturating_sub(indent);
    for (range, is_mark) in pieces(&hit.snippet, &hit.marks) {
        let piece = text::visible(hit.snippet.get(range).unwrap_or(""));
        let shown = text::cut(&piece, room);
        room = room.saturating_sub(text::width(&shown));
        let style: Style = if is_mark { theme.found() } else { theme.dim() };
        line.push_span(Span::styled(shown.into_owned(), style));
    }
    line
}

/// Returns the ranges of `text` in order, each with whether it is one of `marks`.
pub(super) fn pieces(text: &str, marks: &[Range<usize>]) -> Vec<(Range<usize>, bool)> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for mark in marks {
        if mark.start < end || mark.end > text.len() {
            continue;
        }
        pieces.push((end..mark.start, false));
        pieces.push((mark.clone(), true));
        end = mark.end;
    }
    pieces.push((end..text.len(), false));
    pieces.retain(|(range, _)| !range.is_empty());
    pieces
}
