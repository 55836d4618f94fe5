//! The list of sessions: what is looked for, what was found, where the cursor is.

mod acting;
mod asking;
mod draw;
mod layout;
mod lines;
mod preview;
mod reader;
mod row;
mod words;

pub use asking::{Answer, Preview, Request};
pub use preview::read as read_preview;
pub use reader::{answer, newest};
pub use row::{Row, RowHit};

use crate::effect::Effect;
use crate::input::Input;
use crate::message::Timer;
use crate::scene::Scene;
use lines::{Line, Next, Section};
use opensession_engine::hail::SessionKey;
use opensession_engine::{Condition, Cursor, Dimension, Filter, Query, Sort};

/// So many sessions are asked for at once.
const PAGE: usize = 200;
/// So many where the end is looked for.
const LEAP: usize = 5_000;
/// So long after a key nothing is asked yet: the next one may follow.
const PAUSE: u64 = 40;
/// The same where only the cursor moved.
const GLANCE: u64 = 90;

/// By what the list is grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// By day, as long as the order is one of time.
    #[default]
    Day,
    /// By repository.
    Repo,
    /// By tool.
    Tool,
    /// Not at all.
    Nothing,
}

/// The list of sessions.
#[derive(Debug, Default)]
pub struct ListScreen {
    input: Input,
    is_typing: bool,
    query: Query,
    /// What is wrong with what was typed.
    problem: Option<String>,
    group: Group,
    /// Counts what was asked; answers to older questions are dropped.
    question: u64,
    /// The question to which what is shown is the answer.
    answered: u64,
    /// Whether the next answer leaves the cursor on its session.
    keeps_place: bool,
    /// Whether the cursor goes to the end once that is known.
    wants_end: bool,
    sections: Vec<Section>,
    lines: Vec<Line>,
    cursor: usize,
    /// The session under the cursor.
    selected_key: Option<SessionKey>,
    top: usize,
    count: Option<u64>,
    unread: u64,
    preview: Option<(SessionKey, Preview)>,
}

impl ListScreen {
    /// Asks for what the search line says, from the beginning; the cursor stays on its session where `keeps_place`.
    pub fn ask(&mut self, keeps_place: bool) -> Vec<Effect> {
        self.question += 1;
        self.keeps_place = keeps_place;
        let (question, query) = (self.question, self.query.clone());
        let by = match self.group {
            Group::Repo => Some(Dimension::Repo),
            Group::Tool => Some(Dimension::Tool),
            Group::Day | Group::Nothing => None,
        };
        let first = match by {
            Some(by) => Request::Groups { question, query: query.clone(), by },
            None => {
                let read = self.sections.first().map_or(0, |section| section.rows.len());
                let limit = if keeps_place { read.max(PAGE) } else { PAGE };
                Request::Page { question, section: 0, query: query.clone(), limit, after: None }
            }
        };
        vec![Effect::List(first), Effect::List(Request::Count { question, query })]
    }

    /// Takes the text of the search line as it is now; asks for it after a pause.
    fn typed(&mut self, scene: &Scene) -> Vec<Effect> {
        match words::parse(self.input.text(), &scene.clock(), self.is_typing) {
            Ok(query) => {
                self.problem = None;
                if query == self.query {
                    return Vec::new();
                }
                self.query = query;
                self.question += 1;
                vec![Effect::Later { millis: PAUSE, timer: Timer::Search(self.question) }]
            }
            Err(problem) => {
                self.problem = Some(problem);
                Vec::new()
            }
        }
    }

    /// Puts `text` into the search line and asks for it.
    pub fn look_for(&mut self, text: &str, scene: &Scene) -> Vec<Effect> {
        self.input = Input::new(text);
        self.typed(scene)
    }

    /// The pause after a key is over.
    pub fn search_due(&mut self, question: u64) -> Vec<Effect> {
        if question == self.question { self.ask(false) } else { Vec::new() }
    }

    /// The cursor has rested on a session.
    pub fn preview_due(&self, key: &SessionKey, scene: &Scene) -> Vec<Effect> {
        let is_here = self.selected().is_some_and(|row| row.key == *key);
        if is_here && scene.is_wide() {
            return vec![Effect::List(Request::Preview(key.clone()))];
        }
        Vec::new()
    }

    /// Takes an answer.
    pub fn receive(&mut self, answer: Answer, scene: &Scene) -> Vec<Effect> {
        match answer {
            Answer::Newest(rows) => {
                if self.answered > 0 || !self.sections.is_empty() || rows.is_empty() {
                    return Vec::new();
                }
                let section = Section { rows, next: Next::Awaited, ..Section::default() };
                self.replace(vec![section], false, scene);
            }
            Answer::Page { question, .. } | Answer::Count { question, .. }
                if question != self.question =>
            {
                return Vec::new();
            }
            Answer::Page { section, rows, next, unread, is_first, .. } => {
                self.unread = unread;
                let next = next.map_or(Next::Nothing, Next::Behind);
                self.take_page(section, rows, next, is_first, scene);
            }
            // While the rows are those of the branches, the index does not know how many there are.
            Answer::Count { question, count } if question == self.answered => {
                self.count = Some(count);
            }
            Answer::Count { .. } => {}
            Answer::Groups { question, by, groups } => {
                if question != self.question {
                    return Vec::new();
                }
                self.take_groups(by, groups, scene);
            }
            Answer::Preview(key, preview) => self.preview = Some((key, *preview)),
        }
        self.after_move(scene)
    }

    fn take_page(&mut self, at: usize, rows: Vec<Row>, next: Next, is_first: bool, scene: &Scene) {
        let is_new = self.answered != self.question;
        if is_new {
            self.answered = self.question;
            let section = Section { rows, next, ..Section::default() };
            return self.replace(vec![section], self.keeps_place, scene);
        }
        let mut sections = std::mem::take(&mut self.sections);
        if let Some(section) = sections.get_mut(at) {
            if is_first {
                section.rows.clear();
            }
            section.rows.extend(rows);
            section.next = next;
        }
        self.replace(sections, true, scene);
    }

    fn take_groups(&mut self, by: Dimension, groups: Vec<(String, u64)>, scene: &Scene) {
        let keeps_place = self.keeps_place && self.answered > 0;
        self.answered = self.question;
        let names: Vec<String> = groups.iter().map(|(name, _)| name.clone()).collect();
        let mut old = std::mem::take(&mut self.sections);
        let mut sections = Vec::with_capacity(groups.len());
        for (at, (name, count)) in groups.into_iter().enumerate() {
            let filters = filters_of(by, &name, &names);
            let same = old
                .iter_mut()
                .find(|section| section.heading.as_ref().is_some_and(|(other, _)| *other == name));
            let (rows, is_folded) = match same.filter(|_| keeps_place) {
                Some(section) => (std::mem::take(&mut section.rows), section.is_folded),
                None => (Vec::new(), at > 0),
            };
            let heading = Some((name, count));
            sections.push(Section { heading, filters, rows, next: Next::First, is_folded });
        }
        self.replace(sections, keeps_place, scene);
    }

    /// Shows other sessions, the cursor on the one where it was or at the top.
    fn replace(&mut self, sections: Vec<Section>, keeps_place: bool, scene: &Scene) {
        let place = self.lines.get(self.cursor).copied();
        let key = self.selected_key.clone();
        let above = self.cursor.saturating_sub(self.top);
        self.sections = sections;
        self.lay_out(scene);
        if !keeps_place {
            (self.cursor, self.top) = (0, 0);
        } else if let Some(key) = key {
            let is_it = |line: &Line| match line {
                Line::Row(section, row) => {
                    self.row(*section, *row).is_some_and(|row| row.key == key)
                }
                _ => false,
            };
            if let Some(at) = self.lines.iter().position(is_it) {
                self.cursor = at;
                self.top = at.saturating_sub(above);
            }
        } else if let Some(Line::Heading(section)) = place {
            let at = self.lines.iter().position(|line| *line == Line::Heading(section));
            self.cursor = at.unwrap_or(self.cursor);
        }
    }

    fn lay_out(&mut self, scene: &Scene) {
        let is_by_time = matches!(self.query.sort, Sort::Newest | Sort::Oldest);
        let days = (self.group == Group::Day && is_by_time && self.query.terms.is_empty())
            .then(|| (scene.now, scene.offset()));
        self.lines = lines::lines(&self.sections, days);
    }

    fn row(&self, section: usize, row: usize) -> Option<&Row> {
        self.sections.get(section)?.rows.get(row)
    }

    /// Returns the session under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&Row> {
        match self.lines.get(self.cursor)? {
            Line::Row(section, row) => self.row(*section, *row),
            _ => None,
        }
    }

    /// Asks for the sessions that will be seen soon.
    fn want_more(&mut self, scene: &Scene) -> Vec<Effect> {
        let height = usize::from(layout::Parts::of(scene).rows.height);
        let end = if self.wants_end { self.lines.len() } else { self.top + 3 * height };
        let soon = self.lines.get(self.top..end.min(self.lines.len())).unwrap_or(&[]);
        let sections: Vec<usize> = soon
            .iter()
            .filter_map(|line| match line {
                Line::More(section) => Some(*section),
                _ => None,
            })
            .collect();
        let limit = if self.wants_end { LEAP } else { PAGE };
        sections.into_iter().filter_map(|section| self.ask_page(section, limit)).collect()
    }

    fn ask_page(&mut self, at: usize, limit: usize) -> Option<Effect> {
        let section = self.sections.get_mut(at)?;
        let (after, limit): (Option<Cursor>, usize) = match section.next {
            Next::First => (None, limit.max(section.rows.len())),
            Next::Behind(cursor) => (Some(cursor), limit),
            Next::Awaited | Next::Nothing => return None,
        };
        section.next = Next::Awaited;
        let mut query = self.query.clone();
        query.filters.extend(section.filters.iter().cloned());
        let question = self.question;
        Some(Effect::List(Request::Page { question, section: at, query, limit, after }))
    }
}

/// Returns what the sessions of a group have in common. Names of repositories are looked for inside of others' names,
/// so those are excluded.
fn filters_of(by: Dimension, name: &str, names: &[String]) -> Vec<Filter> {
    let is = |any: Vec<Condition>, negated| Filter { any, negated };
    let condition = |name: &String| match by {
        Dimension::Tool => Condition::Tool(name.clone()),
        _ => Condition::Repo(name.clone()),
    };
    let holds = |other: &&String| {
        other.len() > name.len() && other.to_lowercase().contains(&name.to_lowercase())
    };
    let others: Vec<Condition> = names.iter().filter(holds).map(condition).collect();
    let mut filters = Vec::new();
    if !name.is_empty() {
        filters.push(is(vec![condition(&name.to_owned())], false));
    }
    if by != Dimension::Tool && !others.is_empty() {
        filters.push(is(others, true));
    }
    filters
}
