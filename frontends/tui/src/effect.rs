//! What the model wants done. It does nothing itself.

use crate::list;
use crate::message::Timer;
use crate::session;
use opensession_engine::Query;

/// What the model wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Stop until the shell's `fg`.
    Suspend,
    /// Send [`crate::message::Message::Due`] later.
    Later {
        /// How much later.
        millis: u64,
        /// What for.
        timer: Timer,
    },
    /// Look for new logs and bring the index up to date.
    Capture,
    /// Ask the index for the list.
    List(list::Request),
    /// Add up the sessions that a query finds.
    Figures(Query),
    /// Read something of a session.
    Session(session::Request),
    /// Put text on the clipboard, by way of the terminal.
    Copy {
        /// The text.
        text: String,
        /// What it is: `the id`.
        what: String,
    },
    /// Show text in the user's editor.
    Edit {
        /// A name for the file, its ending says what is in it.
        name: String,
        /// What is in it.
        text: String,
    },
    /// Open a session. The model does this itself.
    Open(Box<session::Opening>),
    /// Say something in the last line. The model does this itself.
    Say(String),
    /// The same of something that failed.
    Fail(String),
    /// Go back to the list. The model does this itself.
    Back,
}
