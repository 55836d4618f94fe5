//! What keys and the mouse do in a session.

use super::{Goal, SessionScreen, draw};
use crate::action::Action;
use crate::effect::Effect;
use crate::input::Input;
use crate::message::Pointer;
use crate::scene::Scene;
use opensession_engine::hail::Event;
use opensession_engine::hail::outline::{Deed, Row, RowKind};
use opensession_engine::hail::timeline::Outcome;
use ratatui::crossterm::event::{KeyCode, KeyEvent};

impl SessionScreen {
    /// Returns whether keys are text that is typed.
    #[must_use]
    pub const fn is_typing(&self) -> bool {
        self.find.input.is_some()
    }

    /// Takes a key while text is typed; `None` where it is none for the text.
    pub fn type_key(&mut self, key: &KeyEvent, scene: &Scene) -> Option<Vec<Effect>> {
        let input = self.find.input.as_mut()?;
        match key.code {
            KeyCode::Esc => {
                self.find.input = None;
                Some(Vec::new())
            }
            KeyCode::Enter => {
                let text = input.text().to_owned();
                self.find.begin(&text, Some(self.window.cursor));
                let mut effects = vec![self.search()];
                effects.extend(self.settle(scene));
                Some(effects)
            }
            _ => input.key(key).then(Vec::new),
        }
    }

    /// Takes pasted text while text is typed.
    pub fn paste(&mut self, text: &str) {
        if let Some(input) = &mut self.find.input {
            input.insert(text);
        }
    }

    /// Does what an action means here.
    pub fn act(&mut self, action: Action, scene: &Scene) -> Vec<Effect> {
        let page = self.window.height.saturating_sub(2).max(1);
        // Whoever goes elsewhere no longer waits for what was to be shown.
        self.goal = None;
        self.find.jump_from = None;
        match action {
            Action::Back if self.find.text().is_some() => {
                self.find.begin("", None);
                vec![self.search()]
            }
            Action::Back => vec![Effect::Back],
            Action::MoveDown => self.act_on_window(scene, |window, sheet| window.down(sheet)),
            Action::MoveUp => self.act_on_window(scene, |window, sheet| window.up(sheet)),
            Action::PageDown => {
                self.act_on_window(scene, |window, sheet| window.page_down(page, sheet))
            }
            Action::PageUp => {
                self.act_on_window(scene, |window, sheet| window.page_up(page, sheet))
            }
            Action::HalfPageDown => {
                self.act_on_window(scene, |window, sheet| window.page_down(page.div_ceil(2), sheet))
            }
            Action::HalfPageUp => {
                self.act_on_window(scene, |window, sheet| window.page_up(page.div_ceil(2), sheet))
            }
            Action::Top => self.act_on_window(scene, |window, sheet| window.go_to_top(sheet)),
            Action::Bottom => self.act_on_window(scene, |window, sheet| window.go_to_bottom(sheet)),
            Action::Open | Action::Fold => self.fold(scene),
            Action::FoldAll => {
                self.folds.turn_all();
                self.settle(scene)
            }
            Action::ToggleTools => {
                self.folds.tools = !self.folds.tools;
                self.show_others(scene)
            }
            Action::ToggleThinking => {
                self.folds.thinking = !self.folds.thinking;
                self.show_others(scene)
            }
            Action::NextPrompt => self.jump(scene, true, PROMPTS),
            Action::PreviousPrompt => self.jump(scene, false, PROMPTS),
            Action::NextError => self.jump(scene, true, ERRORS),
            Action::PreviousError => self.jump(scene, false, ERRORS),
            Action::NextEdit => self.jump(scene, true, EDITS),
            Action::PreviousEdit => self.jump(scene, false, EDITS),
            Action::Find => {
                self.find.input = Some(Input::new(self.find.text().unwrap_or_default()));
                Vec::new()
            }
            Action::FindNext => self.go_to_match(self.find.from(self.window.cursor + 1), scene),
            Action::FindPrevious => self.go_to_match(self.find.before(self.window.cursor), scene),
            Action::Follow => self.follow(scene),
            Action::CopyEvent => self.with_events(|screen, events| Effect::Copy {
                text: screen.text_of(events),
                what: "the event".to_owned(),
            }),
            Action::CopyLink => self.with_events(Self::copy_link),
            Action::OpenEditor => self.with_events(Self::edit),
            _ => Vec::new(),
        }
    }

    /// Takes what the mouse did.
    pub fn point(&mut self, pointer: Pointer, scene: &Scene) -> Vec<Effect> {
        let parts = draw::parts(scene);
        match pointer {
            Pointer::WheelUp(_) => {
                self.act_on_window(scene, |window, sheet| window.wheel(-3, sheet))
            }
            Pointer::WheelDown(_) => {
                self.act_on_window(scene, |window, sheet| window.wheel(3, sheet))
            }
            Pointer::Click(at) | Pointer::DoubleClick(at) if parts.rows.contains(at) => {
                let line = usize::from(at.y - parts.rows.y);
                let Some(row) = self.window.row_at(line) else { return Vec::new() };
                let effects = self.act_on_window(scene, |window, sheet| window.go_to(row, sheet));
                match pointer {
                    Pointer::DoubleClick(_) => [effects, self.fold(scene)].concat(),
                    _ => effects,
                }
            }
            Pointer::Click(at) if parts.strip.contains(at) => {
                let row = self.strip.row_at(usize::from(at.x - parts.strip.x));
                self.act_on_window(scene, |window, sheet| {
                    let row = sheet.at_or_after(row).or_else(|| sheet.last());
                    window.go_to(row.unwrap_or(0), sheet);
                })
            }
            _ => Vec::new(),
        }
    }

    fn fold(&mut self, scene: &Scene) -> Vec<Effect> {
        self.folds.turn(self.window.cursor);
        self.settle(scene)
    }

    fn show_others(&mut self, scene: &Scene) -> Vec<Effect> {
        let effects = self.settle(scene);
        self.find.resolve(&self.outline, &self.folds);
        effects
    }

    fn follow(&mut self, scene: &Scene) -> Vec<Effect> {
        self.follows = !self.follows;
        if !self.follows {
            return vec![Effect::Say("no longer at the end of what comes".to_owned())];
        }
        let mut effects = vec![Effect::Say("stays at the end of what comes".to_owned())];
        effects.extend(self.act_on_window(scene, |window, sheet| window.go_to_bottom(sheet)));
        effects
    }

    /// Goes to the next or previous row of a kind; says so where there is none.
    fn jump(
        &mut self,
        scene: &Scene,
        forward: bool,
        is_it: (fn(&Row) -> bool, &str),
    ) -> Vec<Effect> {
        let (is_it, name) = is_it;
        let (rows, cursor) = (self.outline.rows(), self.window.cursor);
        let fits =
            |row: &usize| rows.get(*row).is_some_and(|row| is_it(row) && self.folds.shows(row));
        let found = if forward {
            (cursor + 1..rows.len()).find(fits)
        } else {
            (0..cursor.min(rows.len())).rev().find(fits)
        };
        match found {
            Some(row) => self.act_on_window(scene, |window, sheet| window.go_to(row, sheet)),
            None => {
                let place = if forward { "below" } else { "above" };
                vec![Effect::Say(format!("no {name} {place}"))]
            }
        }
    }

    /// Goes to the row of a match, and shows where in it the text stands.
    pub(super) fn go_to_match(&mut self, row: Option<usize>, scene: &Scene) -> Vec<Effect> {
        let Some(row) = row else {
            return match self.find.text() {
                Some(text) if self.find.is_done => vec![Effect::Say(format!("no “{text}”"))],
                _ => Vec::new(),
            };
        };
        self.goal = Some(Goal::Match);
        self.act_on_window(scene, |window, sheet| window.go_to(row, sheet))
    }

    /// Returns what is to be done with the events of the row that is looked at; says so where they are not read yet, or
    /// cannot be.
    fn with_events(&self, what: impl Fn(&Self, &[&Event]) -> Effect) -> Vec<Effect> {
        let Some(row) = self.outline.rows().get(self.window.cursor) else { return Vec::new() };
        let Some(events) = self.bodies.of(row) else {
            return vec![Effect::Fail("this is still being read".to_owned())];
        };
        let events: Result<Vec<&Event>, &String> =
            events.into_iter().map(|event| event.as_deref()).collect();
        vec![match events {
            Ok(events) => what(self, &events),
            Err(reason) => Effect::Fail(reason.clone()),
        }]
    }

    fn copy_link(&self, events: &[&Event]) -> Effect {
        let event = events.first().map_or("", |event| event.event_id.as_str());
        let text = format!("{}#{event}", self.opening.key.id());
        Effect::Copy { text, what: "the link".to_owned() }
    }

    fn edit(&self, events: &[&Event]) -> Effect {
        let is_prose = !events.iter().any(|event| event.event_type.is_invocation());
        let end = if is_prose { "md" } else { "txt" };
        let name = format!("{}.{end}", self.opening.key.id());
        Effect::Edit { name, text: self.text_of(events) }
    }

    /// Returns everything that the events of a row say.
    fn text_of(&self, events: &[&Event]) -> String {
        let headers = self.overview.as_ref().map(|overview| overview.headers.as_slice());
        let cwd = headers.and_then(|headers| headers.first()).and_then(|header| header.cwd());
        let parts = events.iter().flat_map(|event| {
            let deed = event.event_type.is_invocation().then(|| event.deed(cwd));
            let diff = match &event.event_type {
                opensession_engine::hail::EventType::FileEdit { diff, .. } => diff.clone(),
                _ => None,
            };
            [deed, diff, Some(event.text())].into_iter().flatten()
        });
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    }
}

type Test = (fn(&Row) -> bool, &'static str);

const PROMPTS: Test = (|row| row.kind == RowKind::Prompt, "prompt");
const ERRORS: Test = (|row| row.outcome == Outcome::Failed, "error");
const EDITS: Test = (|row| row.kind == RowKind::Call(Deed::Edit), "edit");
