//! What a newcomer sees: where was looked for logs, and what to do next.

use crate::message::LookedAt;
use crate::scene::Scene;
use crate::text;
use ratatui::Frame;
use ratatui::text::{Line, Span};

/// What to do next, with commands to type.
const STEPS: [(&str, &str); 3] = [
    ("opensession demo", "try it on made-up logs"),
    ("opensession status --sources", "where else was looked"),
    ("opensession capture FOLDER", "store logs from elsewhere"),
];

/// Draws it in the place of the list.
pub fn draw(places: &[LookedAt], frame: &mut Frame<'_>, scene: &Scene) {
    let theme = &scene.theme;
    let area = scene.body();
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines = vec![
        Line::default(),
        Line::styled("  No sessions yet.", theme.strong()),
        Line::raw("  They appear here by themselves as soon as there are any."),
        Line::default(),
    ];
    for (command, about) in STEPS {
        lines.push(Line::from(vec![
            Span::styled(format!("  {command:<30}"), theme.key()),
            Span::raw(text::cut(about, room.saturating_sub(30)).into_owned()),
        ]));
    }
    lines.push(Line::default());
    lines.push(Line::raw("  Their logs were looked for here:"));
    let name = places.iter().map(|place| text::width(&place.tool)).max().unwrap_or(0).min(16);
    let found = places.iter().map(|place| text::width(&place.found)).max().unwrap_or(0).min(30);
    let folder = room.saturating_sub(name + found + 6);
    let left = usize::from(area.height).saturating_sub(lines.len() + 1);
    for place in places.iter().take(left) {
        let path = text::cut_start(&text::first_line(&place.folder), folder).into_owned();
        lines.push(Line::from(vec![
            Span::styled(format!("  {}  ", text::fit(&place.tool, name)), theme.tool()),
            Span::raw(format!("{}  ", text::fit(&path, folder))),
            Span::styled(text::cut(&place.found, found).into_owned(), theme.dim()),
        ]));
    }
    if places.len() > left {
        lines.push(Line::styled(format!("  and in {} more", places.len() - left), theme.dim()));
    }
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, row);
    }
}
