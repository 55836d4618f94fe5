//! What the model is told: keys, the mouse, and answers of those who work for it.

use crate::list::Answer;
use crate::session;
use crate::stats::Figures;
use opensession_engine::Background;
use opensession_engine::hail::{SessionKey, Timestamp};
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
    /// The terminal has said what it is drawn on.
    Background(Background),
    /// A timer that an effect has set ran out.
    Due(Timer),
    /// An answer to the list.
    List(Answer),
    /// Figures were added up.
    Figures(Box<Figures>),
    /// Something of the open session was read.
    Session(session::Message),
    /// How far a capture or the index has come; `None` when it is done.
    Progress(Option<String>),
    /// The index knows more than before.
    Indexed,
    /// A capture is over.
    Captured(Box<News>),
    /// Something was done; a line says what.
    Said(String),
    /// Something could not be done; a line says what and why.
    Failed(String),
}

/// What a capture found.
#[derive(Debug, Default)]
pub struct News {
    /// What could not be captured, linked or read, and why: a line each.
    pub problems: Vec<String>,
    /// Where was looked for logs, where there is no session at all.
    pub places: Vec<LookedAt>,
}

/// Where was looked for the logs of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAt {
    /// The tool.
    pub tool: String,
    /// A folder of its.
    pub folder: String,
    /// What is there.
    pub found: String,
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The search line rests since this question.
    Search(u64),
    /// The cursor of the list rests on this session.
    Preview(SessionKey),
    /// The next capture, unless another one was before it.
    Capture(u64),
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
