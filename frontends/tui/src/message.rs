//! What the model is told: keys, the mouse, and answers of those who work for it.

use crate::session;
use opensession_engine::hail::Timestamp;
use ratatui::crossterm::event::{KeyEvent, MouseEvent};
use ratatui::layout::{Position, Size};

/// What the model is told.
#[derive(Debug)]
pub enum Message {
    /// The time. Comes before anything that depends on it.
    Clock(Timestamp),
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// A timer that an effect has set ran out.
    Due(Timer),
    /// Something of the open session was read.
    Session(session::Message),
    /// Something was done; a line says what.
    Said(String),
    /// Something could not be done; a line says what and why.
    Failed(String),
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// For the session screen, which gave it this number.
    Session(u64),
}

/// What the mouse did, and in which cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// A click.
    Click(Position),
    /// The second of two clicks.
    DoubleClick(Position),
    /// The wheel, towards the top.
    WheelUp(Position),
    /// The wheel, towards the bottom.
    WheelDown(Position),
}
