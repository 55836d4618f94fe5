//! What a program wrote to its terminal: its colours are kept, everything else that steers is taken out or shown.

use crate::styled::Styled;
use crate::theme::Theme;
use ratatui::style::{Color, Modifier, Style};

/// Returns the lines of `text`, colours as the program set them, on top of `base`.
#[must_use]
pub fn lines(text: &str, base: Style, theme: Theme, most: usize) -> Vec<Styled> {
    let mut style = base;
    let drawn = |style| if theme.colour { style } else { base };
    let lines = text.lines().take(most).map(|line| {
        // A progress bar writes one line again and again: the last state is left.
        let line = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or(line);
        let mut styled = Styled::default();
        let mut parts = line.split("\u{1b}[");
        styled.push(parts.next().unwrap_or_default(), drawn(style));
        for part in parts {
            let rest =
                part.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ';' | ':'));
            let codes = part.strip_suffix(rest).unwrap_or_default();
            if let Some(shown) = rest.strip_prefix('m') {
                style = apply(style, base, codes);
                styled.push(shown, drawn(style));
            } else if let Some(shown) = rest.strip_prefix(['K', 'J', 'G']) {
                styled.push(shown, drawn(style));
            } else {
                styled.push(&format!("\u{1b}[{part}"), drawn(style));
            }
        }
        styled
    });
    lines.collect()
}

/// Returns `style` after the codes of `ESC [ … m`, as in ECMA-48, 8.3.117.
fn apply(mut style: Style, base: Style, codes: &str) -> Style {
    let mut codes = codes.split([';', ':']).map(|code| code.parse::<u16>().unwrap_or(0));
    while let Some(code) = codes.next() {
        style = match code {
            0 => base,
            1 => style.add_modifier(Modifier::BOLD),
            2 => style.add_modifier(Modifier::DIM),
            3 => style.add_modifier(Modifier::ITALIC),
            4 => style.add_modifier(Modifier::UNDERLINED),
            7 => style.add_modifier(Modifier::REVERSED),
            9 => style.add_modifier(Modifier::CROSSED_OUT),
            22 => style.remove_modifier(Modifier::BOLD | Modifier::DIM),
            23 => style.remove_modifier(Modifier::ITALIC),
            24 => style.remove_modifier(Modifier::UNDERLINED),
            27 => style.remove_modifier(Modifier::REVERSED),
            29 => style.remove_modifier(Modifier::CROSSED_OUT),
            30..=37 => style.fg(named(code - 30)),
            90..=97 => style.fg(named(code - 82)),
            40..=47 => style.bg(named(code - 40)),
            100..=107 => style.bg(named(code - 92)),
            38 => colour(&mut codes).map_or(style, |colour| style.fg(colour)),
            48 => colour(&mut codes).map_or(style, |colour| style.bg(colour)),
            39 => Style { fg: base.fg, ..style },
            49 => Style { bg: base.bg, ..style },
            _ => style,
        };
    }
    style
}

/// Returns one of the terminal's own 16 colours.
fn named(number: u16) -> Color {
    Color::Indexed(u8::try_from(number).unwrap_or(7))
}

/// Reads what follows a 38 or 48: `5;N` or `2;R;G;B`.
fn colour(codes: &mut impl Iterator<Item = u16>) -> Option<Color> {
    let mut byte = || codes.next().and_then(|code| u8::try_from(code).ok());
    match byte()? {
        5 => Some(Color::Indexed(byte()?)),
        2 => Some(Color::Rgb(byte()?, byte()?, byte()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::text::Span;

    fn shown(text: &str, colour: bool) -> Vec<Vec<Span<'static>>> {
        let theme = Theme { colour, ..Theme::default() };
        let lines = lines(text, Style::new(), theme, 9);
        lines.iter().map(|line| line.spans(&(0..line.text().len()))).collect()
    }

    #[test]
    fn colours_are_kept_over_lines_and_nothing_else_is() {
        let text = "ok \u{1b}[1;31mbad\nstill\u{1b}[0m fine\u{1b}[K\u{1b}]52;c;eA==\u{7}\u{1b}[2Jx";
        let red = Style::new().fg(Color::Indexed(1)).add_modifier(Modifier::BOLD);
        let plain = Style::new();
        assert_eq!(
            shown(text, true),
            [
                vec![Span::raw("ok "), Span::styled("bad", red)],
                vec![Span::styled("still", red), Span::styled(" fine␛]52;c;eA==␇x", plain)],
            ]
        );
        let without = shown(text, false);
        assert!(without.iter().flatten().all(|span| span.style == plain), "{without:?}");
    }

    #[test]
    fn a_progress_bar_is_its_last_state() {
        assert_eq!(shown("10%\r50%\r100%\r\nend", true), [[Span::raw("100%")], [Span::raw("end")]]);
        let blue = Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(200));
        assert_eq!(shown("\u{1b}[38;2;1;2;3;48;5;200mx", true), [[Span::styled("x", blue)]]);
        assert_eq!(shown("\u{1b}[38;9;1mx\u{1b}[", true).len(), 1);
    }
}
