//! The session on the screen: heading, rows, and a line with the time strip and figures.

use super::figures::{number, plural};
use super::{SessionScreen, heading};
use crate::scene::Scene;
use crate::text;
use opensession_engine::hail::outline::RowKind;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

/// Cells at the left of a row, for the cursor.
pub(super) const MARGIN: u16 = 2;
/// A lower screen has a heading of one line.
const LOW: u16 = 20;

/// Where everything is.
pub(super) struct Parts {
    pub heading: Rect,
    pub rows: Rect,
    pub strip: Rect,
    pub figures: Rect,
}

/// Returns where everything is in a scene.
pub(super) fn parts(scene: &Scene) -> Parts {
    let body = scene.body();
    let head = if body.height < LOW { 1 } else { 4 };
    let rows = body.height.saturating_sub(head + 1);
    let strip = body.width / 2;
    let last = body.y + head + rows;
    Parts {
        heading: Rect { height: head, ..body },
        rows: Rect { y: body.y + head, height: rows, ..body },
        strip: Rect { x: body.x, y: last, width: strip, height: 1 },
        figures: Rect {
            x: body.x + strip,
            y: last,
            width: body.width.saturating_sub(strip),
            height: 1,
        },
    }
}

impl SessionScreen {
    /// Draws the session.
    pub fn view(&self, frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
        let parts = parts(scene);
        let title = &self.opening.title;
        let (width, height) = (usize::from(area.width).saturating_sub(2), parts.heading.height);
        let heading = heading::lines(
            title,
            self.overview.as_deref(),
            width,
            usize::from(height.min(3)),
            scene,
        );
        for (line, y) in heading.into_iter().zip(parts.heading.y..) {
            let room = Rect { x: area.x + 1, y, width: area.width.saturating_sub(2), height: 1 };
            frame.render_widget(line, room);
        }
        self.draw_rows(frame, parts.rows, scene);
        if let Some(input) = &self.find.input {
            let room = usize::from(area.width).saturating_sub(2);
            let (shown, cursor) = input.shown(room);
            let line = Line::from(vec![Span::styled("/", scene.theme.key()), Span::raw(shown)]);
            frame.render_widget(line, Rect { width: area.width, ..parts.strip });
            let x = parts.strip.x + 1 + u16::try_from(cursor).unwrap_or(0);
            frame.set_cursor_position(Position::new(x, parts.strip.y));
            return;
        }
        if let (Some(first), Some(last)) = (self.window.shown.first(), self.window.shown.last()) {
            let strip = self.strip.line(&(first.row..=last.row), scene.theme);
            frame.render_widget(strip, parts.strip);
        }
        let room = usize::from(parts.figures.width);
        let figures = text::fit_right(&self.figures(), room.saturating_sub(1));
        frame.render_widget(Line::styled(figures, scene.theme.dim()), parts.figures);
    }

    fn draw_rows(&self, frame: &mut Frame<'_>, area: Rect, scene: &Scene) {
        let theme = scene.theme;
        let mut y = area.y;
        if self.window.shown.is_empty() {
            let words = match &self.overview {
                None => "reading …",
                Some(_) if self.is_whole => "nothing was recorded in this session",
                Some(_) => "reading …",
            };
            frame.render_widget(Line::styled(format!("  {words}"), theme.dim()), area);
        }
        for shown in &self.window.shown {
            let is_cursor = shown.row == self.window.cursor;
            let lines = self.page.lines(shown.row);
            for line in lines.iter().skip(shown.from).take(shown.lines) {
                if is_cursor && line.width() > 0 {
                    let mark = Rect { x: area.x, y, width: 1, height: 1 };
                    frame.render_widget(Span::styled("▌", theme.key()), mark);
                }
                let room = Rect {
                    x: area.x + MARGIN,
                    y,
                    width: area.width.saturating_sub(MARGIN),
                    height: 1,
                };
                match self.find.text() {
                    Some(_) => frame.render_widget(self.find.marked(line, theme.found()), room),
                    None => frame.render_widget(line, room),
                }
                y += 1;
            }
        }
    }

    /// Returns where one is: `prompt 3 of 12 · 1,204 of 50,000`.
    fn figures(&self) -> String {
        let rows = self.outline.rows();
        let mut facts = Vec::new();
        let new = self.grew_from.map_or(0, |before| rows.len().saturating_sub(before));
        if new > 0 {
            facts.push(format!("{} new ↓", number(new as u64)));
        }
        facts.extend(self.find.summary(self.window.cursor));
        let hidden = [(self.folds.tools, "tools"), (self.folds.thinking, "thinking")];
        let hidden = hidden.iter().filter(|(shown, _)| !shown).map(|(_, name)| *name);
        let hidden = hidden.collect::<Vec<_>>().join(" and ");
        if !hidden.is_empty() {
            facts.push(format!("no {hidden}"));
        }
        if self.follows {
            facts.push("follows".to_owned());
        }
        let before = rows.iter().take(self.window.cursor + 1);
        let prompt = before.filter(|row| row.kind == RowKind::Prompt).count();
        let prompts = self.outline.prompts();
        if prompt > 0 {
            facts.push(format!("prompt {prompt} of {prompts}"));
        } else {
            facts.push(plural(prompts as u64, "prompt"));
        }
        let events = self.overview.as_ref().map_or(0, |overview| overview.events);
        let sessions = u16::try_from(self.outline.sessions()).unwrap_or(u16::MAX);
        let there: usize = (0..sessions).map(|source| self.outline.events_of(source)).sum();
        if !self.is_whole && events > 0 && self.grew_from.is_none() {
            facts.push(format!("reading, {} %", there as u64 * 100 / events));
        }
        facts.join(" · ")
    }
}
