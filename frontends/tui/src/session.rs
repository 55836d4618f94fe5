//! A session: its conversation, read piece by piece.
//!
//! The screen holds a row for each event, the events near the window, and the lines of what is in sight. What it needs
//! it asks for with a [`Request`]; a [`Reader`] answers.

mod act;
mod bodies;
mod call;
mod draw;
mod entry;
mod figures;
mod find;
mod folds;
mod heading;
mod message;
mod page;
mod reader;
mod strip;
mod window;

pub use message::{Message, Overview, Request};
pub use reader::{Reader, Work};

use crate::action::Action;
use crate::effect::Effect;
use crate::highlight::Coloured;
use crate::scene::Scene;
use crate::text;
use bodies::Bodies;
use find::Find;
use folds::Folds;
use opensession_engine::hail::outline::EventPlace;
use opensession_engine::hail::{Outline, SessionKey};
use opensession_engine::{OutlineBatch, OutlineStep};
use page::{Page, Sheet};
use std::collections::{HashMap, HashSet};
use strip::Strip;
use window::Window;

/// Colours of so many pieces of code are kept.
const MOST_COLOURS: usize = 500;

/// What is known of a session when it is opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// What names it.
    pub key: SessionKey,
    /// Its title, as the list has it.
    pub title: String,
    /// The event to show first, counted from 0 among the stored ones; a search found it.
    pub at: Option<u64>,
    /// The text that was searched for, for `n` and `N`.
    pub find: Option<String>,
}

/// The screen of a session.
#[derive(Debug)]
pub struct SessionScreen {
    opening: Opening,
    overview: Option<Box<Overview>>,
    outline: Outline,
    /// Whether there are no more rows to come for now.
    is_whole: bool,
    folds: Folds,
    bodies: Bodies,
    page: Page,
    window: Window,
    strip: Strip,
    find: Find,
    colours: HashMap<u64, Coloured>,
    asked_colours: HashSet<u64>,
    /// The event that is to be shown as soon as it is there.
    goal: Option<Goal>,
    /// Whether the window goes with a session that is still running.
    follows: bool,
    /// How many rows there were before the session grew, until the end is in sight again.
    grew_from: Option<usize>,
}

/// What is to be brought into sight.
#[derive(Clone, Copy, Debug)]
enum Goal {
    /// An event that may not be there yet.
    Event(EventPlace),
    /// The line of the cursor's row in which the text stands that is looked for.
    Match,
}

impl SessionScreen {
    /// Returns the screen of a session of which nothing is read yet.
    #[must_use]
    pub fn open(opening: Opening, scene: &Scene) -> (Self, Vec<Effect>) {
        let key = opening.key.clone();
        let at = opening.at.and_then(|at| u32::try_from(at).ok());
        let goal = at.map(|ordinal| Goal::Event(EventPlace { source: 0, ordinal }));
        let mut screen = Self {
            opening,
            overview: None,
            outline: Outline::default(),
            is_whole: false,
            folds: Folds::default(),
            bodies: Bodies::default(),
            page: Page::default(),
            window: Window::default(),
            strip: Strip::default(),
            find: Find::default(),
            colours: HashMap::new(),
            asked_colours: HashSet::new(),
            goal,
            follows: false,
            grew_from: None,
        };
        screen.fit(scene);
        (screen, vec![Effect::Session(Request::Open(key))])
    }

    /// Returns what names the session.
    #[must_use]
    pub const fn key(&self) -> &SessionKey {
        &self.opening.key
    }

    /// Returns what the first line calls it.
    #[must_use]
    pub fn crumb(&self) -> String {
        text::first_line(&self.opening.title).into_owned()
    }

    /// Returns what can be done, the most useful first.
    #[must_use]
    pub const fn hints(&self) -> &[(Action, &'static str)] {
        &[
            (Action::Back, "back"),
            (Action::Open, "unfold"),
            (Action::NextPrompt, "prompt"),
            (Action::NextError, "error"),
            (Action::Find, "find"),
            (Action::ToggleTools, "tools"),
            (Action::CopyEvent, "copy"),
            (Action::Help, "keys"),
            (Action::Quit, "quit"),
        ]
    }

    /// Takes what was read.
    pub fn receive(&mut self, message: Message, scene: &Scene) -> Vec<Effect> {
        let key = &self.opening.key;
        match message {
            Message::Opened(of, overview) if of == *key => self.opened(overview, scene),
            Message::Grown(of, overview) if of == *key => {
                for header in overview.headers.iter().skip(self.outline.sessions()) {
                    self.outline.add_session(header);
                }
                self.overview = Some(overview);
                self.is_whole = false;
                self.grew_from = self.grew_from.or(Some(self.outline.rows().len()));
                // Whoever only looked at the end stays where it was.
                self.window.at_end = self.follows;
                self.look_again(scene)
            }
            Message::Rows(of, batch, is_all) if of == *key => self.add_rows(batch, is_all, scene),
            Message::Events(of, events) if of == *key => {
                for (place, event) in events {
                    self.bodies.put(place, event);
                }
                self.settle(scene)
            }
            Message::Colours(colours) => {
                if self.colours.len() > MOST_COLOURS {
                    self.colours.clear();
                    self.asked_colours.clear();
                }
                for (id, colour) in colours {
                    self.page.forget_colours(id);
                    self.colours.insert(id, colour);
                }
                self.settle(scene)
            }
            Message::Found { key: of, number, places, looked, is_all }
                if of == *key && number == self.find.number =>
            {
                self.find.put(places, looked, is_all);
                self.find.resolve(&self.outline, &self.folds);
                self.jump_to_match(scene)
            }
            Message::Failed(of, reason) if of == *key => vec![Effect::Fail(reason)],
            _ => Vec::new(),
        }
    }

    /// A capture may have added to this session.
    #[must_use]
    pub fn grown(&self) -> Vec<Effect> {
        vec![Effect::Session(Request::Grow(self.opening.key.clone()))]
    }

    /// The terminal has another size.
    pub fn resized(&mut self, scene: &Scene) -> Vec<Effect> {
        self.fit(scene);
        self.settle(scene)
    }

    /// Begins with the rows: the session was opened, or replaced by another of the same name.
    fn opened(&mut self, overview: Box<Overview>, scene: &Scene) -> Vec<Effect> {
        let cursor = self.outline.rows().get(self.window.cursor);
        let place = cursor.and_then(|row| row.events.first().copied());
        self.goal = self.goal.or(place.map(Goal::Event));
        self.outline = Outline::new(&overview.headers);
        self.overview = Some(overview);
        self.is_whole = false;
        self.bodies.clear();
        self.page.clear();
        self.folds.forget();
        self.grew_from = None;
        self.fit(scene);
        if let Some(text) = self.opening.find.take() {
            // The event that the search has found is shown; the others are for `n` and `N`.
            let from = self.goal.is_none().then_some(0);
            self.find.begin(&text, from);
        }
        self.look_again(scene)
    }

    fn add_rows(&mut self, batch: OutlineBatch, is_all: bool, scene: &Scene) -> Vec<Effect> {
        for (source, step) in batch.steps {
            match step {
                OutlineStep::Event(glance) => self.outline.push(source, &glance),
                OutlineStep::Lost(count) => self.outline.skip(source, count),
            }
        }
        self.is_whole = is_all;
        self.find.resolve(&self.outline, &self.folds);
        let mut effects: Vec<Effect> = batch
            .damaged
            .first()
            .map(|error| Effect::Fail(error.to_string()))
            .into_iter()
            .collect();
        effects.extend(self.jump_to_match(scene));
        effects
    }

    /// Searches once more: there is more to be found.
    fn look_again(&mut self, scene: &Scene) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(text) = self.find.text().map(str::to_owned) {
            let from = self.find.jump_from;
            self.find.begin(&text, from);
            effects.push(self.search());
        }
        effects.extend(self.settle(scene));
        effects
    }

    fn search(&self) -> Effect {
        Effect::Session(Request::Find {
            key: self.opening.key.clone(),
            number: self.find.number,
            text: self.find.text().unwrap_or_default().to_owned(),
        })
    }

    /// Goes to the first match, where somebody waits for one.
    fn jump_to_match(&mut self, scene: &Scene) -> Vec<Effect> {
        if let Some(from) = self.find.jump_from
            && let Some(row) = self.find.from(from).filter(|row| *row >= from || self.find.is_done)
        {
            self.find.jump_from = None;
            return self.go_to_match(Some(row), scene);
        }
        self.settle(scene)
    }

    /// Gives the window and the strip the room that there is.
    fn fit(&mut self, scene: &Scene) {
        let parts = draw::parts(scene);
        self.window.resize(usize::from(parts.rows.height));
    }

    /// Puts everything in its place after something has changed, and asks for what is missing.
    fn settle(&mut self, scene: &Scene) -> Vec<Effect> {
        self.act_on_window(scene, |_, _| {})
    }

    /// Does something with the window, puts everything in its place, and asks for what is missing.
    fn act_on_window(
        &mut self,
        scene: &Scene,
        action: impl FnOnce(&mut Window, &mut Sheet<'_>),
    ) -> Vec<Effect> {
        if self.outline.rows().is_empty() {
            return Vec::new();
        }
        let parts = draw::parts(scene);
        let header = self.overview.as_ref().and_then(|overview| overview.headers.first());
        let mut sheet = Sheet {
            outline: &self.outline,
            folds: &self.folds,
            bodies: &self.bodies,
            colours: &self.colours,
            page: &mut self.page,
            theme: scene.theme,
            width: parts.rows.width.saturating_sub(draw::MARGIN),
            cwd: header.and_then(|header| header.cwd()),
            offset: scene.offset(),
        };
        self.window.restore(&mut sheet);
        action(&mut self.window, &mut sheet);
        self.window.settle(&mut sheet);
        let mut must_open = None;
        match self.goal {
            Some(Goal::Event(place)) => {
                if let Some(row) = self.outline.row_of(place) {
                    let row = sheet.at_or_after(row).unwrap_or(row);
                    self.window.go_to(row, &mut sheet);
                    self.window.settle(&mut sheet);
                    self.goal = self.find.text().map(|_| Goal::Match);
                }
            }
            Some(Goal::Match) if sheet.is_read(self.window.cursor) => {
                let row = self.window.cursor;
                sheet.lay_out(row);
                let lines = sheet.page.lines(row);
                match lines.iter().position(|line| self.find.is_in(line)) {
                    Some(line) => {
                        self.window.show_line(line, &mut sheet);
                        self.window.settle(&mut sheet);
                    }
                    None if !self.folds.is_open(row) => must_open = Some(row),
                    None => {}
                }
                self.goal = must_open.and(self.goal);
            }
            _ => {}
        }
        if let Some(row) = must_open {
            self.folds.open(row);
            return self.settle(scene);
        }
        self.strip.prepare(&self.outline, usize::from(parts.strip.width));
        self.note_end();
        self.ask()
    }

    /// Notes what the window has done: what is new was seen, or the end was left.
    fn note_end(&mut self) {
        self.follows &= self.window.at_end;
        let rows = self.outline.rows();
        let hidden = rows.iter().rev().take_while(|row| !self.folds.shows(row)).count();
        let last = self.window.shown.last().map_or(0, |shown| shown.row);
        if last + 1 + hidden >= rows.len() && self.is_whole {
            self.grew_from = None;
        }
    }

    /// Asks for the events near the window and the colours of what is in sight, and forgets the others.
    fn ask(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let (Some(first), Some(last)) = (self.window.shown.first(), self.window.shown.last())
        else {
            return effects;
        };
        let around = self.window.height.max(10) * 2;
        let (first, last) = (first.row.saturating_sub(around), last.row + around);
        self.page.keep(first, last);
        let near = self.outline.rows().iter().enumerate().skip(first).take(last - first + 1);
        // The cursor may be elsewhere for a moment, until its row is read.
        let near = near.map(|(_, row)| row).chain(self.outline.rows().get(self.window.cursor));
        let places = self.bodies.keep(near);
        if !places.is_empty() {
            let key = self.opening.key.clone();
            effects.push(Effect::Session(Request::Events(key, places)));
        }
        let mut codes = self.page.take_wanted();
        codes.retain(|code| {
            !self.colours.contains_key(&code.id) && self.asked_colours.insert(code.id)
        });
        if !codes.is_empty() {
            effects.push(Effect::Session(Request::Colours(codes)));
        }
        effects
    }
}

#[cfg(test)]
mod tests;
