//! One message after the other into the model. Nothing here reads a file, a clock or the environment.

use crate::action::{Action, Place};
use crate::chord::Chord;
use crate::effect::Effect;
use crate::message::{Message, Pointer, Timer};
use crate::model::{Model, Screen, Status};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, MouseButton, MouseEvent};
use ratatui::crossterm::event::{KeyModifiers, MouseEventKind};
use ratatui::layout::Position;

/// Two clicks within so many milliseconds are a double click.
const DOUBLE_CLICK: i64 = 400;

/// Takes a message, and returns what is to be done.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let effects = match message {
        Message::Clock(now) => {
            model.scene.now = now;
            Vec::new()
        }
        Message::Resize(size) => {
            model.scene.size = size;
            match &mut model.screen {
                Screen::List => Vec::new(),
                Screen::Session(session) => session.resized(&model.scene),
            }
        }
        Message::Key(key) if key.kind == KeyEventKind::Press => press(model, &key),
        Message::Key(_) => Vec::new(),
        Message::Mouse(mouse) => point(model, mouse),
        Message::Paste(text) => match &mut model.screen {
            Screen::Session(session) if session.is_typing() => session.paste(&text, &model.scene),
            _ => Vec::new(),
        },
        Message::Due(Timer::Session(number)) => match &mut model.screen {
            Screen::Session(session) => session.due(number, &model.scene),
            Screen::List => Vec::new(),
        },
        Message::Session(message) => match &mut model.screen {
            Screen::Session(session) => session.receive(message, &model.scene),
            // Read for a session that was left meanwhile.
            Screen::List => Vec::new(),
        },
        Message::Said(text) => vec![Effect::Say(text)],
        Message::Failed(text) => vec![Effect::Fail(text)],
    };
    effects.into_iter().filter_map(|effect| apply(model, effect)).collect()
}

/// Does what concerns the model itself; returns what others have to do.
fn apply(model: &mut Model, effect: Effect) -> Option<Effect> {
    match effect {
        Effect::Say(text) => model.status = Some(Status { text, is_bad: false }),
        Effect::Fail(text) => model.status = Some(Status { text, is_bad: true }),
        Effect::Back => model.screen = Screen::List,
        effect => return Some(effect),
    }
    None
}

fn press(model: &mut Model, key: &KeyEvent) -> Vec<Effect> {
    model.status = None;
    if key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL {
        return vec![Effect::Quit];
    }
    let (place, is_typing) = match &model.screen {
        Screen::List => (Place::List, false),
        Screen::Session(session) => (Place::Session, session.is_typing()),
    };
    let chord = Chord::of(key);
    if is_typing {
        let taken = match &mut model.screen {
            Screen::Session(session) => session.type_key(key, &model.scene),
            Screen::List => None,
        };
        if let Some(effects) = taken {
            return effects;
        }
        if chord.is_text() {
            return Vec::new();
        }
    }
    match model.scene.keymap.action(chord, place) {
        Some(action) => act(model, action),
        None => Vec::new(),
    }
}

/// Does what an action means on the screen that is in front.
pub(crate) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        _ => {}
    }
    match &mut model.screen {
        Screen::List => Vec::new(),
        Screen::Session(session) => session.act(action, &model.scene),
    }
}

fn point(model: &mut Model, mouse: MouseEvent) -> Vec<Effect> {
    let at = Position::new(mouse.column, mouse.row);
    let pointer = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            let now = model.scene.now;
            let is_second = model.clicked.take().is_some_and(|(before, time)| {
                before == at && now.as_millis() - time.as_millis() <= DOUBLE_CLICK
            });
            if is_second {
                Pointer::DoubleClick(at)
            } else {
                model.clicked = Some((at, now));
                Pointer::Click(at)
            }
        }
        MouseEventKind::ScrollUp => Pointer::WheelUp(at),
        MouseEventKind::ScrollDown => Pointer::WheelDown(at),
        _ => return Vec::new(),
    };
    match &mut model.screen {
        Screen::List => Vec::new(),
        Screen::Session(session) => session.point(pointer, &model.scene),
    }
}
