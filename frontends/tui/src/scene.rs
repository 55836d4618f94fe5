//! What every screen is drawn and updated in: size, time, theme, keys.

use crate::keymap::KeyMap;
use crate::theme::Theme;
use opensession_engine::hail::Timestamp;
use opensession_engine::{Clock, TimeZone};
use ratatui::layout::{Rect, Size};
use std::path::{Path, PathBuf};

/// The smallest terminal in which anything can be shown.
pub const SMALLEST: Size = Size::new(60, 15);
/// From so many columns on, panes stand side by side.
pub const WIDE: u16 = 100;

/// What every screen is drawn and updated in.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The terminal, in cells.
    pub size: Size,
    /// The time.
    pub now: Timestamp,
    /// Where days begin and end.
    pub zone: TimeZone,
    /// What colours mean.
    pub theme: Theme,
    /// What keys mean.
    pub keymap: KeyMap,
    /// The user's home folder.
    pub home: PathBuf,
    /// The repository whose sessions are shown; empty where they are those of every folder.
    pub repository: String,
}

impl Scene {
    /// Returns the clock by which dates are read.
    #[must_use]
    pub fn clock(&self) -> Clock {
        Clock { now: self.now, zone: self.zone.clone() }
    }

    /// Returns by how many minutes local time is ahead of UTC.
    #[must_use]
    pub fn offset(&self) -> i32 {
        self.clock().offset_minutes()
    }

    /// Returns the cells between the first line, which says where one is, and the last, which says what can be done.
    #[must_use]
    pub const fn body(&self) -> Rect {
        Rect::new(0, 1, self.size.width, self.size.height.saturating_sub(2))
    }

    /// Returns whether panes stand side by side.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        self.size.width >= WIDE
    }

    /// Returns `path` with `~` for the home folder.
    #[must_use]
    pub fn short_path(&self, path: &str) -> String {
        match Path::new(path).strip_prefix(&self.home) {
            Ok(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
            Ok(rest) => format!("~/{}", rest.display()),
            Err(_elsewhere) => path.to_owned(),
        }
    }
}
