//! The few styles that text has. None says anything that the text does not say too.

use anstyle::{AnsiColor, Effects};

pub(crate) use anstyle::Style;

/// Running text.
pub(crate) const PLAIN: Style = Style::new();
/// Titles and the heads of tables.
pub(crate) const STRONG: Style = Style::new().effects(Effects::BOLD);
/// What may be passed over.
pub(crate) const DIM: Style = Style::new().effects(Effects::DIMMED);
/// What the user said.
pub(crate) const PROMPT: Style =
    Style::new().effects(Effects::BOLD).fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));
/// Ids and commands to type.
pub(crate) const NAME: Style = colour(AnsiColor::Yellow);
/// Success, and lines added.
pub(crate) const GOOD: Style = colour(AnsiColor::Green);
/// Failure, and lines removed.
pub(crate) const BAD: Style = colour(AnsiColor::Red);
/// Places in a diff.
pub(crate) const PLACE: Style = colour(AnsiColor::Cyan);

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(colour)))
}
