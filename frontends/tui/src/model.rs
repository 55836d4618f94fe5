//! Everything that is on the screen, and what is needed to draw it.

use crate::action::Place;
use crate::effect::Effect;
use crate::list::ListScreen;
use crate::message::LookedAt;
use crate::overlay::Overlay;
use crate::scene::Scene;
use crate::session::SessionScreen;
use crate::stats::StatsScreen;
use opensession_engine::hail::Timestamp;
use ratatui::layout::Position;

/// Everything that is on the screen.
#[derive(Debug)]
pub struct Model {
    /// What every screen is drawn in.
    pub scene: Scene,
    /// The list, which is always there behind the other screens.
    pub list: ListScreen,
    /// Which screen is in front.
    pub screen: Screen,
    /// What lies over it.
    pub overlay: Option<Overlay>,
    /// What the last line says until the next key.
    pub status: Option<Status>,
    /// How far a capture or the index has come.
    pub progress: Option<String>,
    /// What could not be captured, linked or read the last time.
    pub problems: Vec<String>,
    /// Where was looked for logs, where there is no session.
    pub places: Vec<LookedAt>,
    /// Counts captures, so that only one waits.
    pub(crate) captures: u64,
    /// When a key was pressed last.
    pub(crate) active_at: Timestamp,
    /// The last click, to tell when it is followed by a second.
    pub(crate) clicked: Option<(Position, Timestamp)>,
}

/// A screen.
#[derive(Debug)]
pub enum Screen {
    /// The list of sessions.
    List,
    /// A session.
    Session(Box<SessionScreen>),
    /// What the sessions add up to.
    Stats(Box<StatsScreen>),
}

/// A line about something that was done, or could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What it says.
    pub text: String,
    /// Whether it failed.
    pub is_bad: bool,
}

impl Model {
    /// Returns the model that the program starts with, and what it needs first.
    #[must_use]
    pub fn new(scene: Scene) -> (Self, Vec<Effect>) {
        let active_at = scene.now;
        let mut model = Self {
            scene,
            list: ListScreen::default(),
            screen: Screen::List,
            overlay: None,
            status: None,
            progress: None,
            problems: Vec::new(),
            places: Vec::new(),
            captures: 0,
            active_at,
            clicked: None,
        };
        let mut effects = model.list.ask(false);
        effects.push(Effect::Capture);
        (model, effects)
    }

    /// Returns on which screen keys mean something.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self.screen {
            Screen::List => Place::List,
            Screen::Session(_) => Place::Session,
            Screen::Stats(_) => Place::Stats,
        }
    }
}
