//! What lies over a screen: the keys that hold now, everything that can be done, filters, problems. All are lists in
//! which one searches by typing.

use crate::action::{ACTIONS, Action, Place};
use crate::chord::Chord;
use crate::input::Input;
use crate::keymap::KeyMap;
use crate::list::ListScreen;
use crate::message::Pointer;
use crate::scene::Scene;
use crate::text;
use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};

/// A list over a screen.
#[derive(Clone, Debug)]
pub struct Overlay {
    kind: Kind,
    input: Input,
    items: Vec<Item>,
    cursor: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Help,
    Palette,
    Filters,
    Problems,
}

/// A line of it.
#[derive(Clone, Debug)]
struct Item {
    label: String,
    keys: String,
    choice: Choice,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// To close it.
    Nothing,
    /// An action.
    Do(Action),
    /// A filter for the search line.
    Filter(String),
}

/// The filters that are offered wherever the cursor is.
const FILTERS: [(&str, &str); 9] = [
    ("has:error", "a tool failed"),
    ("has:edit", "files were changed"),
    ("has:image", "a picture was shown"),
    ("on:today", "of today"),
    ("after:7d", "of the last 7 days"),
    ("after:30d", "of the last 30 days"),
    ("role:user", "the words in what people said"),
    ("role:assistant", "the words in what the model said"),
    ("role:tool", "the words in what tools did"),
];

impl Overlay {
    fn new(kind: Kind, items: Vec<Item>) -> Self {
        Self { kind, input: Input::default(), items, cursor: 0 }
    }

    /// Returns the keys that hold on the screen that is in front.
    #[must_use]
    pub fn help(place: Place, keymap: &KeyMap) -> Self {
        Self::new(Kind::Help, actions(place, keymap, |_| true))
    }

    /// Returns what could not be done.
    #[must_use]
    pub fn problems(problems: &[String], scene: &Scene) -> Self {
        let room = usize::from(area(scene).width.saturating_sub(6));
        let item = |label: &str| Item {
            label: label.to_owned(),
            keys: String::new(),
            choice: Choice::Nothing,
        };
        let mut items = Vec::new();
        for problem in problems {
            let line = text::visible(problem).replace('\n', " ");
            items.extend(text::wrap(&line, room).into_iter().map(item));
        }
        Self::new(Kind::Problems, items)
    }

    /// Returns everything that can be done at a place.
    #[must_use]
    pub fn palette(place: Place, keymap: &KeyMap) -> Self {
        let is_command = |action| {
            !matches!(
                action,
                Action::MoveDown | Action::MoveUp | Action::Palette | Action::Open | Action::Back
            )
        };
        Self::new(Kind::Palette, actions(place, keymap, is_command))
    }

    /// Returns the filters that make sense where the cursor is.
    #[must_use]
    pub fn filters(list: &ListScreen) -> Self {
        let mut filters: Vec<(String, String)> = Vec::new();
        if let Some(row) = list.selected() {
            filters.push((format!("tool:{}", row.key.tool()), "of this tool".to_owned()));
            // A name with a blank or a comma would need quotes, and then it is two words here.
            let is_word = |text: &str| !text.is_empty() && !text.contains([' ', ',', '"', '\t']);
            if is_word(row.folder()) {
                filters.push((format!("repo:{}", row.folder()), "of this repository".to_owned()));
            }
            if is_word(&row.model) {
                filters.push((format!("model:{}", row.model), "of this model".to_owned()));
            }
        }
        filters.extend(FILTERS.map(|(filter, about)| (filter.to_owned(), about.to_owned())));
        let items = filters.into_iter().map(|(filter, about)| {
            let is_on = list.text().split_whitespace().any(|word| word == filter);
            let mark = if is_on { "[x]" } else { "[ ]" };
            Item {
                label: format!("{mark} {filter:<20} {about}"),
                keys: String::new(),
                choice: Choice::Filter(filter),
            }
        });
        Self::new(Kind::Filters, items.collect())
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.input.insert(text);
        self.cursor = 0;
    }

    /// Takes a key; returns what was chosen by it.
    pub fn press(
        &mut self,
        key: &KeyEvent,
        action: Option<Action>,
        scene: &Scene,
    ) -> Option<Choice> {
        let page = usize::from(area(scene).height.saturating_sub(3));
        let is_text = Chord::of(key).is_text();
        match (key.code, action) {
            (KeyCode::Esc, _) => return Some(Choice::Nothing),
            (KeyCode::Enter, _) => {
                let chosen = self.shown().get(self.cursor).map(|item| item.choice.clone());
                return Some(chosen.unwrap_or(Choice::Nothing));
            }
            // The key that opened it closes it.
            (_, Some(Action::Help)) if self.kind == Kind::Help => return Some(Choice::Nothing),
            (_, Some(Action::Palette)) => return Some(Choice::Nothing),
            _ if is_text => {
                self.input.key(key);
                self.cursor = 0;
            }
            (_, Some(Action::MoveDown)) => self.cursor += 1,
            (_, Some(Action::MoveUp)) => self.cursor = self.cursor.saturating_sub(1),
            (_, Some(Action::PageDown)) => self.cursor += page,
            (_, Some(Action::PageUp)) => self.cursor = self.cursor.saturating_sub(page),
            _ => {
                self.input.key(key);
            }
        }
        self.cursor = self.cursor.min(self.shown().len().saturating_sub(1));
        None
    }

    /// Takes what the mouse did; returns what was chosen by it.
    pub fn point(&mut self, pointer: Pointer, scene: &Scene) -> Option<Choice> {
        let area = area(scene);
        match pointer {
            Pointer::Click(at) | Pointer::DoubleClick(at) if !area.contains(at) => {
                return Some(Choice::Nothing);
            }
            Pointer::Click(at) | Pointer::DoubleClick(at) => {
                let rows = usize::from(area.height.saturating_sub(3));
                let top = (self.cursor + 1).saturating_sub(rows);
                let line = usize::from(at.y.saturating_sub(area.y + 2)) + top;
                let shown = self.shown();
                return (at.y >= area.y + 2)
                    .then(|| shown.get(line).map(|item| item.choice.clone()))
                    .flatten();
            }
            Pointer::WheelDown(_) => self.cursor += 1,
            Pointer::WheelUp(_) => self.cursor = self.cursor.saturating_sub(1),
        }
        None
    }

    /// Returns the items that hold every word that was typed.
    fn shown(&self) -> Vec<&Item> {
        let words: Vec<String> =
            self.input.text().split_whitespace().map(str::to_lowercase).collect();
        let fits = |item: &&Item| {
            let label = item.label.to_lowercase();
            words.iter().all(|word| label.contains(word) || item.keys.contains(word))
        };
        self.items.iter().filter(fits).collect()
    }

    /// Draws it over the screen.
    pub fn view(&self, frame: &mut Frame<'_>, scene: &Scene) {
        let theme = &scene.theme;
        let area = area(scene);
        let title = match self.kind {
            Kind::Palette => "commands",
            Kind::Filters => "filters",
            Kind::Help => "keys",
            Kind::Problems => "could not be read or captured",
        };
        let block = Block::bordered().title(format!(" {title} ")).border_style(theme.border());
        let inner = block.inner(area);
        frame.render_widget(Clear, area);
        frame.render_widget(block, area);
        let shown = self.shown();
        let mut rows = inner.rows();
        if let Some(row) = rows.next() {
            let room = usize::from(row.width).saturating_sub(4);
            let (input, at) = self.input.shown(room);
            let line = Line::from(vec![Span::styled(" / ", theme.key()), Span::raw(input)]);
            frame.render_widget(line, row);
            let x = row.x + 3 + u16::try_from(at).unwrap_or(0);
            frame.set_cursor_position(Position::new(x, row.y));
        }
        let height = usize::from(inner.height.saturating_sub(1));
        let cursor = self.cursor.min(shown.len().saturating_sub(1));
        let top = (cursor + 1).saturating_sub(height);
        if shown.is_empty() {
            if let Some(row) = rows.next() {
                frame.render_widget(
                    Line::styled("   nothing has all of these words", theme.dim()),
                    row,
                );
            }
            return;
        }
        for ((at, item), row) in shown.iter().enumerate().skip(top).zip(rows) {
            let mark = if at == cursor { " > " } else { "   " };
            let keys = text::width(&item.keys);
            let room = usize::from(row.width).saturating_sub(keys + 5);
            let mut line = Line::from(vec![
                Span::raw(mark),
                Span::raw(text::fit(&item.label, room)),
                Span::styled(format!(" {} ", item.keys), theme.key()),
            ]);
            if at == cursor {
                line = line.patch_style(theme.selected());
            }
            frame.render_widget(line, row);
        }
    }
}

/// Returns what can be done at a place, with all keys.
fn actions(place: Place, keymap: &KeyMap, is_shown: impl Fn(Action) -> bool) -> Vec<Item> {
    let here = ACTIONS.iter().filter(|entry| entry.place.meets(place) && is_shown(entry.action));
    here.map(|entry| {
        let keys: Vec<String> = keymap.keys(entry.action).map(|key| key.to_string()).collect();
        let label = format!("{:<40} {}", entry.about, entry.name);
        Item { label, keys: keys.join(" "), choice: Choice::Do(entry.action) }
    })
    .collect()
}

/// Returns the cells of it: in the middle, and not over everything where there is room.
fn area(scene: &Scene) -> Rect {
    let body = scene.body();
    let width = body.width.saturating_sub(4).min(84);
    let height = body.height.saturating_sub(1).min(30);
    Rect { x: (body.width - width) / 2, y: body.y + (body.height - height) / 2, width, height }
}
