//! What colours mean. Only the terminal's own 16, and never colour alone: a mark, a word or a weight says the same.

use opensession_engine::Background;
use ratatui::style::{Color, Modifier, Style};

/// The styles of everything that is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// The terminal's background.
    pub background: Background,
    /// Whether there are colours at all (`NO_COLOR`, `--color never`).
    pub colour: bool,
}

impl Theme {
    /// Returns a style of one of two colours, or none.
    const fn of(self, dark: Color, light: Color) -> Style {
        match (self.colour, self.background) {
            (false, _) => Style::new(),
            (true, Background::Dark) => Style::new().fg(dark),
            (true, Background::Light) => Style::new().fg(light),
        }
    }

    /// Returns the style of plain text: the terminal's own.
    #[must_use]
    pub const fn text(self) -> Style {
        Style::new()
    }

    /// Returns the style of what matters less.
    #[must_use]
    pub const fn dim(self) -> Style {
        if self.colour {
            self.of(Color::DarkGray, Color::DarkGray)
        } else {
            Style::new().add_modifier(Modifier::DIM)
        }
    }

    /// Returns the style of what matters more.
    #[must_use]
    pub const fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Returns the style of headings and of the program's name.
    #[must_use]
    pub const fn heading(self) -> Style {
        self.of(Color::Cyan, Color::Blue).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of keys to press and of what can be opened.
    #[must_use]
    pub const fn key(self) -> Style {
        self.of(Color::Yellow, Color::Magenta).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of the line under the cursor.
    #[must_use]
    pub const fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Returns the style of what was searched for, where it stands.
    #[must_use]
    pub const fn found(self) -> Style {
        self.of(Color::Yellow, Color::Magenta)
            .add_modifier(Modifier::BOLD)
            .add_modifier(Modifier::UNDERLINED)
    }

    /// Returns the style of errors and of removed lines.
    #[must_use]
    pub const fn bad(self) -> Style {
        self.of(Color::LightRed, Color::Red)
    }

    /// Returns the style of what went well and of added lines.
    #[must_use]
    pub const fn good(self) -> Style {
        self.of(Color::LightGreen, Color::Green)
    }

    /// Returns the style of warnings.
    #[must_use]
    pub const fn warning(self) -> Style {
        self.of(Color::Yellow, Color::Red)
    }

    /// Returns the style of what a person said.
    #[must_use]
    pub const fn user(self) -> Style {
        self.of(Color::LightGreen, Color::Green).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of the name of the model.
    #[must_use]
    pub const fn assistant(self) -> Style {
        self.of(Color::LightCyan, Color::Blue).add_modifier(Modifier::BOLD)
    }

    /// Returns the style of the name of a tool.
    #[must_use]
    pub const fn tool(self) -> Style {
        self.of(Color::LightMagenta, Color::Magenta)
    }

    /// Returns the style of lines between panes.
    #[must_use]
    pub const fn border(self) -> Style {
        self.dim()
    }
}
