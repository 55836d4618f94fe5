//! Everything that is on the screen, and what is needed to draw it.

use crate::scene::Scene;
use crate::session::SessionScreen;
use opensession_engine::hail::Timestamp;
use ratatui::layout::Position;

/// Everything that is on the screen.
#[derive(Debug)]
pub struct Model {
    /// What every screen is drawn in.
    pub scene: Scene,
    /// Which screen is in front.
    pub screen: Screen,
    /// What the last line says until the next key.
    pub status: Option<Status>,
    /// The last click, to tell when it is followed by a second.
    pub(crate) clicked: Option<(Position, Timestamp)>,
}

/// A screen.
#[derive(Debug)]
pub enum Screen {
    /// The list of sessions, which is always there behind the others.
    List,
    /// A session.
    Session(Box<SessionScreen>),
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
    /// Returns the model that the program starts with.
    #[must_use]
    pub const fn new(scene: Scene) -> Self {
        Self { scene, screen: Screen::List, status: None, clicked: None }
    }
}
