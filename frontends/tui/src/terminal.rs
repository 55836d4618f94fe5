//! The terminal: taken over, given back. Whatever ends the program, it is given back.

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};
use std::io::{self, BufWriter, Stdout, Write};

/// The terminal while it is ours.
pub struct Screen {
    /// What is drawn on.
    pub terminal: Canvas,
    has_mouse: bool,
}

/// What is drawn on, written in one piece.
type Canvas = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it cannot be written to or is none.
    pub fn enter(has_mouse: bool) -> io::Result<Self> {
        take(has_mouse)?;
        let terminal = canvas().inspect_err(|_| give_back())?;
        Ok(Self { terminal, has_mouse })
    }

    /// Gives the terminal back while `meanwhile` runs, and draws everything anew after it.
    ///
    /// # Errors
    /// When the terminal cannot be taken over again.
    pub fn lend<T>(&mut self, meanwhile: impl FnOnce() -> T) -> io::Result<T> {
        give_back();
        let value = meanwhile();
        take(self.has_mouse)?;
        // The terminal is empty now, and so is this. (To be cleared, it would ask where the cursor is, and somebody
        // else reads the answer.)
        self.terminal = canvas()?;
        Ok(value)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn canvas() -> io::Result<Canvas> {
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, io::stdout())))
}

fn take(has_mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    let taken = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide);
    let taken = match has_mouse {
        true => taken.and_then(|()| execute!(io::stdout(), EnableMouseCapture)),
        false => taken,
    };
    taken.inspect_err(|_| give_back())
}

/// Gives the terminal back as it was. Nothing can be done where even that fails: then it is gone.
pub fn give_back() {
    let mut out = io::stdout();
    drop(execute!(
        out,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    ));
    drop(out.flush());
    drop(disable_raw_mode());
}
