//! A progress bar on standard error, for work that takes longer than a glance.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use opensession_engine::Progress;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(300);

/// A bar that shows itself when the work takes long, and only where standard error is a terminal.
///
/// It draws itself past [`crate::output`]: nothing but figures are in it.
pub(crate) struct Bar {
    bar: ProgressBar,
    template: &'static str,
    /// When the work began; `None` once the bar is shown, or where it never is.
    hidden_since: Mutex<Option<Instant>>,
}

impl Bar {
    /// Returns a bar that counts bytes.
    pub(crate) fn of_bytes(terminal: bool) -> Self {
        Self::new(
            terminal,
            "reading logs  [{bar:30}] {decimal_bytes} of {decimal_total_bytes}, {eta} left",
        )
    }

    /// Returns a bar that counts sessions.
    pub(crate) fn of_sessions(terminal: bool) -> Self {
        Self::new(terminal, "checking  [{bar:30}] {pos} of {len} sessions, {eta} left")
    }

    /// Returns a bar that counts sessions which are redacted again.
    pub(crate) fn of_redacting(terminal: bool) -> Self {
        Self::new(terminal, "redacting  [{bar:30}] {pos} of {len} sessions, {eta} left")
    }

    /// Returns a bar that counts bytes which are indexed.
    pub(crate) fn of_index(terminal: bool) -> Self {
        Self::new(
            terminal,
            "indexing  [{bar:30}] {decimal_bytes} of {decimal_total_bytes}, {eta} left",
        )
    }

    /// Returns a bar that counts the objects which a remote sends or is sent.
    pub(crate) fn of_transfer(terminal: bool) -> Self {
        Self::new(terminal, "sharing  [{bar:30}] {pos} of {len} objects")
    }

    fn new(terminal: bool, template: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        Self { bar, template, hidden_since: Mutex::new(terminal.then(Instant::now)) }
    }

    /// Sets how much is done, of how much.
    pub(crate) fn set(&self, done: u64, all: u64) {
        self.bar.set_length(all);
        self.bar.set_position(done);
        self.show_when_late();
    }

    fn show_when_late(&self) {
        // A thread that panicked while it held the lock ends the program anyway.
        let Ok(mut since) = self.hidden_since.lock() else {
            return;
        };
        if since.is_some_and(|since| since.elapsed() >= PATIENCE) {
            *since = None;
            let style = ProgressStyle::with_template(self.template);
            let style = style.expect("the templates above are valid");
            self.bar.set_style(style.progress_chars("=> "));
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Progress for Bar {
    fn start(&self, bytes: u64, _items: u64) {
        self.bar.set_length(bytes);
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.show_when_late();
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
