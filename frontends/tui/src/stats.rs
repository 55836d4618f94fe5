//! What the sessions add up to: a year of days, and bars by tool, model, repository and file.

mod draw;

use crate::action::Action;
use crate::effect::Effect;
use crate::list::ListScreen;
use crate::message::Pointer;
use crate::scene::Scene;
use opensession_engine::{Clock, Dimension, Index, Prices, Query, Result, Statistics, Sum};

/// What is added up, in the order of the tabs.
const TABS: [(Dimension, &str); 4] = [
    (Dimension::Tool, "tools"),
    (Dimension::Model, "models"),
    (Dimension::Repo, "repositories"),
    (Dimension::File, "files"),
];

/// What the sessions of a query add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// All together, and by local day.
    pub days: Statistics,
    /// By tool, model, repository and file, the most used first.
    pub tabs: Vec<Vec<Sum>>,
}

/// The screen of figures.
#[derive(Debug)]
pub struct StatsScreen {
    query: Query,
    /// What was typed for it.
    text: String,
    figures: Option<Figures>,
    tab: usize,
    top: usize,
}

/// Adds up the sessions that a query finds. Runs on a thread of its own.
///
/// # Errors
/// When the index fails.
pub fn add_up(
    index: &mut Index<'_>,
    query: &Query,
    clock: &Clock,
    prices: &Prices,
) -> Result<Figures> {
    let [tools, models, repos, files] = TABS.map(|(by, _)| by);
    let by = [Dimension::Day, tools, models, repos, files];
    let [days, tabs @ ..] = index.statistics(query, by, clock, prices)?;
    Ok(Figures { days, tabs: tabs.into_iter().map(|tab| tab.sums).collect() })
}

impl StatsScreen {
    /// Returns the screen over what the list shows.
    #[must_use]
    pub fn open(list: &ListScreen) -> (Self, Vec<Effect>) {
        let (query, text) = (list.query().clone(), list.text().to_owned());
        let screen = Self { query, text, figures: None, tab: 0, top: 0 };
        let effects = vec![screen.ask()];
        (screen, effects)
    }

    /// Returns what adds everything up once more.
    #[must_use]
    pub fn ask(&self) -> Effect {
        Effect::Figures(self.query.clone())
    }

    /// Takes the figures.
    pub fn receive(&mut self, figures: Figures) {
        self.figures = Some(figures);
    }

    /// Returns what the first line says.
    #[must_use]
    pub fn crumb(&self) -> String {
        match self.text.as_str() {
            "" => "figures".to_owned(),
            text => format!("figures of {text}"),
        }
    }

    /// Returns what can be done, the most useful first.
    #[must_use]
    pub const fn hints(&self) -> &[(Action, &'static str)] {
        &[
            (Action::NextTab, "models, repositories, files"),
            (Action::MoveDown, "scrolls"),
            (Action::Back, "back"),
            (Action::Help, "keys"),
            (Action::Quit, "quit"),
        ]
    }

    /// Does what an action means here.
    pub fn act(&mut self, action: Action, scene: &Scene) -> Vec<Effect> {
        let page = usize::from(draw::Parts::of(scene).bars.height.saturating_sub(1));
        match action {
            Action::Back => return vec![Effect::Back],
            Action::NextTab => self.turn(1),
            Action::PreviousTab => self.turn(TABS.len() - 1),
            Action::MoveDown => self.top += 1,
            Action::MoveUp => self.top = self.top.saturating_sub(1),
            Action::PageDown => self.top += page,
            Action::PageUp => self.top = self.top.saturating_sub(page),
            Action::HalfPageDown => self.top += page / 2,
            Action::HalfPageUp => self.top = self.top.saturating_sub(page / 2),
            Action::Top => self.top = 0,
            Action::Bottom => self.top = usize::MAX,
            _ => {}
        }
        let names = self.figures.as_ref().and_then(|figures| figures.tabs.get(self.tab));
        self.top = self.top.min(names.map_or(0, Vec::len).saturating_sub(page));
        Vec::new()
    }

    fn turn(&mut self, by: usize) {
        (self.tab, self.top) = ((self.tab + by) % TABS.len(), 0);
    }

    /// Takes what the mouse did.
    pub fn point(&mut self, pointer: Pointer, scene: &Scene) -> Vec<Effect> {
        match pointer {
            Pointer::WheelDown(_) => self.act(Action::MoveDown, scene),
            Pointer::WheelUp(_) => self.act(Action::MoveUp, scene),
            Pointer::Click(at) | Pointer::DoubleClick(at) => {
                if let Some(tab) = draw::tab_at(at, scene) {
                    (self.tab, self.top) = (tab, 0);
                }
                Vec::new()
            }
        }
    }
}
