//! A session: its conversation, read piece by piece.

use crate::action::Action;
use crate::effect::Effect;
use crate::message::Pointer;
use crate::scene::Scene;
use crate::text;
use opensession_engine::hail::{Header, SessionKey};
use opensession_engine::{Engine, Reference};
use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::Line;

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

/// What is to be read of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Its header.
    Header(SessionKey),
}

/// What was read of a session.
#[derive(Debug)]
pub enum Message {
    /// Its header.
    Header(SessionKey, Box<Header>),
    /// It could not be read.
    Failed(SessionKey, String),
}

/// Reads what is asked for and passes it to `send`, in pieces, until that returns `false`. Runs on a thread of its own.
pub fn read(engine: &Engine, request: Request, send: &dyn Fn(Message) -> bool) {
    let Request::Header(key) = request;
    let message = match engine.session(&Reference::new(key.as_str())) {
        Ok(reader) => Message::Header(key, Box::new(reader.manifest().header.clone())),
        Err(error) => Message::Failed(key, error.to_string()),
    };
    let _is_wanted = send(message);
}

/// The screen of a session.
#[derive(Debug)]
pub struct SessionScreen {
    opening: Opening,
    header: Option<Box<Header>>,
}

impl SessionScreen {
    /// Returns the screen of a session of which nothing is read yet.
    #[must_use]
    pub fn open(opening: Opening, _scene: &Scene) -> (Self, Vec<Effect>) {
        let request = Request::Header(opening.key.clone());
        (Self { opening, header: None }, vec![Effect::Session(request)])
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
        &[(Action::Back, "back"), (Action::Help, "keys"), (Action::Quit, "quit")]
    }

    /// Returns whether keys are text that is typed.
    #[must_use]
    pub const fn is_typing(&self) -> bool {
        false
    }

    /// Takes a key while text is typed; `None` where it is none for the text.
    pub fn type_key(&mut self, _key: &KeyEvent, _scene: &Scene) -> Option<Vec<Effect>> {
        None
    }

    /// Takes pasted text while text is typed.
    pub fn paste(&mut self, _text: &str, _scene: &Scene) -> Vec<Effect> {
        Vec::new()
    }

    /// Does what an action means here.
    pub fn act(&mut self, action: Action, _scene: &Scene) -> Vec<Effect> {
        match action {
            Action::Back => vec![Effect::Back],
            _ => Vec::new(),
        }
    }

    /// Takes what the mouse did.
    pub fn point(&mut self, _pointer: Pointer, _scene: &Scene) -> Vec<Effect> {
        Vec::new()
    }

    /// Takes what was read.
    pub fn receive(&mut self, message: Message, _scene: &Scene) -> Vec<Effect> {
        match message {
            Message::Header(key, header) if key == self.opening.key => {
                self.header = Some(header);
                Vec::new()
            }
            Message::Failed(key, reason) if key == self.opening.key => vec![Effect::Fail(reason)],
            _ => Vec::new(),
        }
    }

    /// A capture has added to this session.
    pub fn grown(&mut self, _scene: &Scene) -> Vec<Effect> {
        vec![Effect::Session(Request::Header(self.opening.key.clone()))]
    }

    /// A timer of this screen ran out.
    pub fn due(&mut self, _number: u64, _scene: &Scene) -> Vec<Effect> {
        Vec::new()
    }

    /// The terminal has another size.
    pub fn resized(&mut self, _scene: &Scene) -> Vec<Effect> {
        Vec::new()
    }

    /// Draws the session.
    pub fn view(&self, frame: &mut Frame<'_>, area: Rect, _scene: &Scene) {
        let model = self.header.as_ref().map_or("", |header| header.agent.model.as_str());
        frame.render_widget(Line::raw(text::visible(model)), Rect { height: 1, ..area });
    }
}
