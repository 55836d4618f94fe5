//! What a session was about, beside the list: read from its events, and drawn.

use crate::dates;
use crate::list::{Preview, Row};
use crate::scene::Scene;
use crate::text;
use opensession_engine::hail::{Block, Event, EventType, SessionKey};
use opensession_engine::{Engine, Reference};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block as Frames, Borders};

/// Nobody reads more of it there.
const LONGEST: usize = 4_000;

/// Reads what a session was about.
#[must_use]
pub fn read(engine: &Engine, key: &SessionKey) -> Preview {
    let mut preview = Preview::default();
    let read = engine.session(&Reference::new(key.as_str())).and_then(|session| {
        session.events(|event| {
            note(&event, &mut preview);
            true
        })
    });
    preview.problem = read.err().map(|error| error.to_string());
    preview
}

fn note(event: &Event, preview: &mut Preview) {
    match &event.event_type {
        EventType::UserMessage if preview.prompt.is_empty() => preview.prompt = text_of(event),
        EventType::AgentMessage => {
            let answer = text_of(event);
            if !answer.is_empty() {
                preview.answer = answer;
            }
        }
        EventType::FileEdit { path, .. }
        | EventType::FileCreate { path }
        | EventType::FileDelete { path }
            if !preview.files.contains(path) =>
        {
            preview.files.push(path.clone());
        }
        _ => {}
    }
}

fn text_of(event: &Event) -> String {
    let texts = event.content.blocks.iter().filter_map(Block::as_text);
    let all: Vec<&str> = texts.map(str::trim).filter(|text| !text.is_empty()).collect();
    all.join("\n").chars().take(LONGEST).collect()
}

/// Draws what is known of the session under the cursor.
pub(super) fn draw_preview(
    shown: Option<(&Row, Option<&Preview>)>,
    frame: &mut Frame<'_>,
    area: Rect,
    scene: &Scene,
) {
    let theme = &scene.theme;
    let border = Frames::new().borders(Borders::LEFT).border_style(theme.border());
    let inner = border.inner(area);
    frame.render_widget(border, area);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..inner };
    let room = usize::from(inner.width).max(1);
    let Some((row, preview)) = shown else { return };
    let mut lines: Vec<Line<'_>> = Vec::new();
    for part in text::wrap(&text::first_line(row.title()), room).into_iter().take(3) {
        lines.push(Line::styled(part.to_owned(), theme.strong()));
    }
    let facts = [
        format!("{} · {}", row.key.tool(), row.model),
        format!(
            "{} · {} events",
            dates::moment(row.created_at, scene.offset()),
            dates::number(row.events)
        ),
        text::cut_start(&scene.short_path(&row.cwd), room).into_owned(),
    ];
    for fact in
        facts.iter().map(|fact| fact.trim_matches([' ', '·'])).filter(|fact| !fact.is_empty())
    {
        lines
            .push(Line::styled(text::cut(&text::first_line(fact), room).into_owned(), theme.dim()));
    }
    if let Some(preview) = preview {
        let files = preview.files.len();
        let heading = |text: String| Line::from(vec![Span::styled(text, theme.heading())]);
        // The answer gets what the prompt and the files leave.
        let height = usize::from(inner.height);
        let left = height.saturating_sub(lines.len() + files.min(6) + 6);
        let mut part = |name: &str, body: &str, most: usize| {
            if body.is_empty() {
                return;
            }
            lines.push(Line::default());
            lines.push(heading(name.to_owned()));
            let body = text::visible(body);
            let rows: Vec<&str> = body.lines().flat_map(|line| text::wrap(line, room)).collect();
            let is_cut = rows.len() > most;
            for row in rows.iter().take(if is_cut { most.saturating_sub(1) } else { most }) {
                lines.push(Line::raw((*row).to_owned()));
            }
            if is_cut {
                lines.push(Line::styled("…", theme.dim()));
            }
        };
        part("first prompt", &preview.prompt, (left / 2).max(3));
        part("last answer", &preview.answer, (left / 2).max(3));
        if files > 0 {
            lines.push(Line::default());
            lines.push(heading(if files == 1 {
                "1 file".to_owned()
            } else {
                format!("{files} files")
            }));
            for path in &preview.files {
                let path =
                    scene.short_path(path.strip_prefix(&format!("{}/", row.cwd)).unwrap_or(path));
                lines.push(Line::raw(text::cut_start(&text::first_line(&path), room).into_owned()));
            }
        }
        if let Some(problem) = &preview.problem {
            lines.push(Line::styled(format!("! {}", text::first_line(problem)), theme.bad()));
        }
    }
    for (line, area) in lines.into_iter().zip(inner.rows()) {
        frame.render_widget(line, area);
    }
}
