//! What keys and the mouse mean in the list.

use crate::action::Action;
use crate::effect::Effect;
use crate::list::layout::Parts;
use crate::list::lines::{Line, Next};
use crate::list::{GLANCE, Group, ListScreen, words};
use crate::message::{Pointer, Timer};
use crate::resume;
use crate::scene::Scene;
use crate::session::Opening;
use ratatui::crossterm::event::{KeyCode, KeyEvent};

impl ListScreen {
    /// Returns what can be done, the most useful first.
    #[must_use]
    pub const fn hints(&self) -> &[(Action, &'static str)] {
        if self.is_typing {
            return &[(Action::Open, "open"), (Action::Back, "to the list")];
        }
        &[
            (Action::Open, "open"),
            (Action::Find, "search"),
            (Action::Help, "keys"),
            (Action::Quit, "quit"),
            (Action::Filter, "filter"),
            (Action::Sort, "sort"),
            (Action::Group, "group"),
            (Action::Stats, "figures"),
        ]
    }

    /// Returns whether keys are text that is typed.
    #[must_use]
    pub const fn is_typing(&self) -> bool {
        self.is_typing
    }

    /// Returns the text of the search line.
    #[must_use]
    pub fn text(&self) -> &str {
        self.input.text()
    }

    /// Takes a key while text is typed; `None` where it is none for the text.
    pub fn type_key(&mut self, key: &KeyEvent, scene: &Scene) -> Option<Vec<Effect>> {
        match key.code {
            KeyCode::Esc | KeyCode::Tab => {
                self.is_typing = false;
                Some(Vec::new())
            }
            _ if self.input.key(key) => Some(self.typed(scene)),
            _ => None,
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, scene: &Scene) -> Vec<Effect> {
        self.is_typing = true;
        self.input.insert(text);
        self.typed(scene)
    }

    /// Does what an action means here.
    pub fn act(&mut self, action: Action, scene: &Scene) -> Vec<Effect> {
        let height = usize::from(Parts::of(scene).rows.height);
        let page = isize::try_from(height.saturating_sub(1)).unwrap_or(1);
        self.wants_end = false;
        match action {
            Action::MoveDown => self.move_by(1),
            Action::MoveUp => self.move_by(-1),
            Action::PageDown => self.move_by(page),
            Action::PageUp => self.move_by(-page),
            Action::HalfPageDown => self.move_by(page / 2),
            Action::HalfPageUp => self.move_by(-page / 2),
            Action::Top => (self.cursor, self.top) = (0, 0),
            Action::Bottom => {
                self.wants_end = true;
                self.cursor = self.lines.len();
            }
            Action::Open => return self.open(scene),
            Action::Back if self.input.text().is_empty() => {
                let quit = scene.keymap.label(Action::Quit);
                return vec![Effect::Say(format!("{quit} quits"))];
            }
            Action::Back => return self.look_for("", scene),
            Action::Find => self.is_typing = true,
            Action::Sort => {
                let text = words::next_sort(self.input.text());
                return self.look_for(&text, scene);
            }
            Action::Group => {
                self.group = match self.group {
                    Group::Day => Group::Repo,
                    Group::Repo => Group::Tool,
                    Group::Tool => Group::Nothing,
                    Group::Nothing => Group::Day,
                };
                return self.ask(false);
            }
            Action::CopyEvent => return self.copy(|row| (row.title().to_owned(), "the title")),
            Action::CopyLink => return self.copy(|row| (row.key.id().to_owned(), "the id")),
            Action::Resume => {
                return match self.selected().map(|row| resume::command(&row.key, &row.cwd)) {
                    Some(Some(text)) => vec![Effect::Copy { what: text.clone(), text }],
                    Some(None) => {
                        vec![Effect::Fail("this tool cannot resume a session".to_owned())]
                    }
                    None => Vec::new(),
                };
            }
            _ => return Vec::new(),
        }
        self.after_move(scene)
    }

    fn copy(&self, what: impl Fn(&super::Row) -> (String, &'static str)) -> Vec<Effect> {
        let Some(row) = self.selected() else { return Vec::new() };
        let (text, what) = what(row);
        vec![Effect::Copy { text, what: what.to_owned() }]
    }

    /// Opens what is under the cursor: a session, or a group.
    fn open(&mut self, scene: &Scene) -> Vec<Effect> {
        if let Some(Line::Heading(section)) = self.lines.get(self.cursor).copied() {
            if let Some(section) = self.sections.get_mut(section) {
                section.is_folded = !section.is_folded;
            }
            self.lay_out(scene);
            return self.after_move(scene);
        }
        self.opening().map(|opening| Effect::Open(Box::new(opening))).into_iter().collect()
    }

    /// Returns what is known of the session under the cursor.
    #[must_use]
    pub fn opening(&self) -> Option<Opening> {
        let row = self.selected()?;
        let term = self.query.terms.iter().find(|term| !term.negated);
        Some(Opening {
            key: row.key.clone(),
            title: row.title().to_owned(),
            at: row.hit.as_ref().map(|hit| hit.ordinal),
            find: term.map(|term| term.text.clone()),
        })
    }

    /// Moves the cursor to the next session, or the one before; returns it where there is one.
    pub fn step(&mut self, is_forward: bool, scene: &Scene) -> (Option<Opening>, Vec<Effect>) {
        let before = self.cursor;
        loop {
            let at = self.cursor;
            self.move_by(if is_forward { 1 } else { -1 });
            if self.cursor == at {
                self.cursor = before;
                return (None, Vec::new());
            }
            if let Some(opening) = self.opening() {
                return (Some(opening), self.after_move(scene));
            }
        }
    }

    /// Takes what the mouse did.
    pub fn point(&mut self, pointer: Pointer, scene: &Scene) -> Vec<Effect> {
        let parts = Parts::of(scene);
        match pointer {
            Pointer::Click(at) if parts.search.contains(at) => self.is_typing = true,
            Pointer::Click(at) | Pointer::DoubleClick(at) if parts.rows.contains(at) => {
                let mut line = self.top + usize::from(at.y - parts.rows.y);
                // What was found belongs to the session above it.
                if matches!(self.lines.get(line), Some(Line::Snippet(..))) {
                    line -= 1;
                }
                if !self.lines.get(line).is_some_and(|line| line.is_place()) {
                    return Vec::new();
                }
                self.is_typing = false;
                self.cursor = line;
                let is_heading = matches!(self.lines.get(line), Some(Line::Heading(_)));
                if is_heading || matches!(pointer, Pointer::DoubleClick(_)) {
                    return self.open(scene);
                }
            }
            Pointer::WheelDown(at) if parts.rows.contains(at) => self.scroll(3, scene),
            Pointer::WheelUp(at) if parts.rows.contains(at) => self.scroll(-3, scene),
            _ => return Vec::new(),
        }
        self.after_move(scene)
    }

    /// Moves what is seen, and the cursor only where it would be out of sight.
    fn scroll(&mut self, by: isize, scene: &Scene) {
        let height = usize::from(Parts::of(scene).rows.height);
        let last = self.lines.len().saturating_sub(height);
        self.top = self.top.saturating_add_signed(by).min(last);
        let bottom = (self.top + height).saturating_sub(1);
        self.cursor = self.cursor.clamp(self.top, bottom.max(self.top));
        if by > 0 {
            self.move_by(0);
        } else if !self.is_place(self.cursor) {
            self.move_by(-1);
        }
    }

    fn is_place(&self, line: usize) -> bool {
        self.lines.get(line).is_some_and(|line| line.is_place())
    }

    /// Moves the cursor by so many lines, to the nearest one on which it can stand; further where it must.
    fn move_by(&mut self, by: isize) {
        let last = self.lines.len().saturating_sub(1);
        let aim = self.cursor.saturating_add_signed(by).min(last);
        let mut down = (aim..=last).find(|line| self.is_place(*line));
        let mut up = (0..=aim).rev().find(|line| self.is_place(*line));
        // What is passed over on the way must not bring the cursor back.
        if by > 0 {
            up = up.filter(|line| *line > self.cursor);
        } else if by < 0 {
            down = down.filter(|line| *line < self.cursor);
        }
        let to = if by < 0 { up.or(down) } else { down.or(up) };
        if let Some(to) = to {
            self.cursor = to;
        }
    }

    /// Sees to it that the cursor stands on something that is seen; returns what that needs.
    pub(super) fn after_move(&mut self, scene: &Scene) -> Vec<Effect> {
        if self.wants_end {
            self.cursor = self.lines.len();
            self.wants_end = self.sections.iter().any(|section| {
                !section.is_folded && matches!(section.next, Next::Awaited | Next::Behind(_))
            });
        }
        self.cursor = self.cursor.min(self.lines.len().saturating_sub(1));
        if !self.is_place(self.cursor) {
            self.move_by(0);
        }
        let height = usize::from(Parts::of(scene).rows.height).max(1);
        // The heading above and what was found below are part of it.
        let above = self.lines.get(..self.cursor).unwrap_or(&[]).iter().rev();
        let heading = above.take_while(|line| matches!(line, Line::Day(..))).count();
        let snippet = matches!(self.lines.get(self.cursor + 1), Some(Line::Snippet(..)));
        let (first, last) = (self.cursor - heading, self.cursor + usize::from(snippet));
        self.top = self.top.min(first).max((last + 1).saturating_sub(height));
        let mut effects = self.want_more(scene);
        let key = self.selected().map(|row| row.key.clone());
        self.selected_key.clone_from(&key);
        let is_shown = self.preview.as_ref().map(|(shown, _)| shown) == key.as_ref();
        if let Some(key) = key.filter(|_| scene.is_wide() && !is_shown) {
            effects.push(Effect::Later { millis: GLANCE, timer: Timer::Preview(key) });
        }
        effects
    }
}

impl ListScreen {
    /// Puts a filter into the search line, or takes it out.
    pub fn toggle_filter(&mut self, filter: &str, scene: &Scene) -> Vec<Effect> {
        let text = words::toggle(self.input.text(), filter);
        self.look_for(&text, scene)
    }

    /// Returns whether the index has answered at all.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        self.answered > 0
    }

    /// Returns whether there is nothing, although nothing was looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answered > 0 && self.lines.is_empty() && self.input.text().is_empty()
    }

    /// Returns the query of what is shown.
    #[must_use]
    pub const fn query(&self) -> &opensession_engine::Query {
        &self.query
    }

    /// The terminal has another size.
    pub fn resized(&mut self, scene: &Scene) -> Vec<Effect> {
        self.after_move(scene)
    }
}
