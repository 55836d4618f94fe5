//! Which cells of the list are for what.

use crate::scene::Scene;
use ratatui::layout::Rect;

/// From so many lines on the columns have heads.
const HIGH: u16 = 20;

/// The parts of the list's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// The search line.
    pub search: Rect,
    /// The heads of the columns; no cells on a low terminal.
    pub head: Rect,
    /// The sessions.
    pub rows: Rect,
    /// What the session under the cursor is about; no cells on a narrow terminal.
    pub preview: Rect,
}

impl Parts {
    /// Returns the parts for a terminal of that size.
    #[must_use]
    pub(super) fn of(scene: &Scene) -> Self {
        let body = scene.body();
        let search = Rect { height: 1, ..body };
        let below = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
        let wide = if scene.is_wide() { below.width * 2 / 5 } else { 0 };
        let list = Rect { width: below.width - wide, ..below };
        let preview = Rect { x: list.width, width: wide, ..below };
        let height = if scene.size.height >= HIGH { 1 } else { 0 };
        let head = Rect { height, ..list };
        let rows = Rect { y: list.y + height, height: list.height.saturating_sub(height), ..list };
        Self { search, head, rows, preview }
    }
}
