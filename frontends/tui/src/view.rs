//! The model on the terminal: a line that says where one is, the screen, a line that says what can be done.

use crate::action::Action;
use crate::model::{Model, Screen};
use crate::scene::{SMALLEST, Scene};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Draws the model.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let scene = &model.scene;
    let area = frame.area();
    if area.width < SMALLEST.width || area.height < SMALLEST.height {
        let line = format!("opensession needs {}x{} cells", SMALLEST.width, SMALLEST.height);
        frame.render_widget(Line::raw(line), Rect { height: area.height.min(1), ..area });
        return;
    }
    let crumb = match &model.screen {
        Screen::List => "sessions".to_owned(),
        Screen::Session(session) => format!("sessions › {}", session.crumb()),
    };
    let name = Span::styled(" opensession ", scene.theme.heading());
    let room = usize::from(area.width).saturating_sub(name.width() + 1);
    let first = Line::from(vec![name, Span::raw(text::fit(&crumb, room))]);
    frame.render_widget(first, Rect { height: 1, ..area });
    let hints: &[(Action, &str)] = match &model.screen {
        Screen::List => &[],
        Screen::Session(session) => session.hints(),
    };
    if let Screen::Session(session) = &model.screen {
        session.view(frame, scene.body(), scene);
    }
    let last = Rect { y: area.height.saturating_sub(1), height: 1, ..area };
    frame.render_widget(last_line(model, hints), last);
}

fn last_line<'m>(model: &'m Model, hints: &[(Action, &'m str)]) -> Line<'m> {
    let Scene { theme, keymap, size, .. } = &model.scene;
    if let Some(status) = &model.status {
        let style = if status.is_bad { theme.bad() } else { theme.good() };
        let mark = if status.is_bad { " ! " } else { " " };
        let room = usize::from(size.width).saturating_sub(4);
        let shown = text::cut(&text::first_line(&status.text), room).into_owned();
        return Line::from(vec![Span::styled(mark, style), Span::styled(shown, style)]);
    }
    let mut spans = Vec::new();
    let mut room = usize::from(size.width);
    for (action, word) in hints {
        let key = keymap.label(*action);
        let needed = text::width(&key) + text::width(word) + 3;
        if key.is_empty() || needed > room {
            continue;
        }
        room -= needed;
        spans.push(Span::styled(format!(" {key}"), theme.key()));
        spans.push(Span::styled(format!(" {word} "), theme.dim()));
    }
    Line::from(spans)
}
