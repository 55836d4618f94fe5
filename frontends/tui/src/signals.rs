//! Signals, as far as the terminal must be given back before they do what they do. While it is lent to another program,
//! those that the keyboard sends are for that one.

use crate::run::{Event, watch};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
#[cfg(unix)]
use std::sync::atomic::Ordering;
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
    use super::{Arc, AtomicBool, Event, Ordering, Sender, Signal, io, watch};
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    /// Tells the runner of signals from now on, except for those that are not its business while the terminal `is_lent`.
    pub fn watch_signals(tell: &Sender<Event>, is_lent: Arc<AtomicBool>) -> io::Result<()> {
        let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT])?;
        watch(tell, move |tell| {
            for number in signals.forever() {
                let signal = match number {
                    // The runner waits for the editor, which the shell stops too.
                    SIGTSTP if is_lent.load(Ordering::SeqCst) => {
                        if let Err(error) = stop() {
                            drop(tell.send(Event::Unreadable(error)));
                        }
                        continue;
                    }
                    SIGINT | SIGQUIT | SIGCONT if is_lent.load(Ordering::SeqCst) => continue,
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
    use super::{Arc, AtomicBool, Event, Sender, io};

    pub fn watch_signals(_tell: &Sender<Event>, _is_lent: Arc<AtomicBool>) -> io::Result<()> {
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
