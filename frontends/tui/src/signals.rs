//! Signals, as far as the terminal must be given back before they do what they do.

use crate::run::{Event, watch};
use std::io;
use std::sync::mpsc::Sender;

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The program is to end: its number.
    End(i32),
    /// The program is to stop until the shell's `fg`.
    Stop,
    /// The program goes on after a stop.
    Continue,
}

#[cfg(unix)]
mod unix {
    use super::{Event, Sender, Signal, io, watch};
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    /// Tells the runner of signals from now on.
    pub fn watch_signals(tell: &Sender<Event>) -> io::Result<()> {
        let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT])?;
        watch(tell, move |tell| {
            for number in signals.forever() {
                let signal = match number {
                    SIGTSTP => Signal::Stop,
                    SIGCONT => Signal::Continue,
                    number => Signal::End(number),
                };
                if tell.send(Event::Signal(signal)).is_err() {
                    return;
                }
            }
        });
        Ok(())
    }

    /// Stops the program; returns when it goes on.
    pub fn stop() -> io::Result<()> {
        emulate_default_handler(SIGTSTP)
    }

    /// Ends the program as the signal would have.
    pub fn end_by(number: i32) -> io::Result<()> {
        emulate_default_handler(number)
    }
}

#[cfg(not(unix))]
mod other {
    use super::{Event, Sender, io};

    pub fn watch_signals(_tell: &Sender<Event>) -> io::Result<()> {
        Ok(())
    }

    pub fn stop() -> io::Result<()> {
        Ok(())
    }

    pub fn end_by(_number: i32) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
pub use other::{end_by, stop, watch_signals};
#[cfg(unix)]
pub use unix::{end_by, stop, watch_signals};
