//! What the model wants done. It does nothing itself.

use crate::message::Timer;
use crate::session;

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
    /// Say something in the last line. The model does this itself.
    Say(String),
    /// The same of something that failed.
    Fail(String),
    /// Go back to the list. The model does this itself.
    Back,
}
