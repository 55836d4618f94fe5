//! The model on the terminal: a line that says where one is, the screen, a line that says what can be done.

use crate::action::Action;
use crate::model::{Model, Screen};
use crate::scene::{SMALLEST, Scene};
use crate::text;
use crate::welcome;
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
    // A size that the model has not heard of yet: it will in a moment, and draw then.
    if area.as_size() != scene.size {
        return;
    }
    frame.render_widget(first_line(model), Rect { height: 1, ..area });
    let hints = match &model.screen {
        Screen::List => model.list.hints(),
        Screen::Session(session) => session.hints(),
        Screen::Stats(stats) => stats.hints(),
    };
    match &model.screen {
        Screen::List if !model.places.is_empty() && model.list.is_empty() => {
            welcome::draw(&model.places, frame, scene);
        }
        Screen::List => model.list.view(frame, scene),
        Screen::Session(session) => session.view(frame, scene.body(), scene),
        Screen::Stats(stats) => stats.view(frame, scene),
    }
    if let Some(overlay) = &model.overlay {
        overlay.view(frame, scene);
    }
    let last = Rect { y: area.height.saturating_sub(1), height: 1, ..area };
    frame.render_widget(last_line(model, hints), last);
}

/// Returns where one is, and at the end what goes on meanwhile.
fn first_line(model: &Model) -> Line<'_> {
    let Scene { theme, size, repository, .. } = &model.scene;
    let crumb = match &model.screen {
        Screen::List => model.list.crumb(),
        Screen::Session(session) => format!("sessions › {}", session.crumb()),
        Screen::Stats(stats) => format!("sessions › {}", stats.crumb()),
    };
    let crumb = match repository.as_str() {
        "" => crumb,
        folder => format!("{folder} › {crumb}"),
    };
    let right = match (&model.progress, model.problems.len()) {
        (Some(progress), _) => format!("{progress} "),
        (None, 0) => String::new(),
        (None, problems) => {
            let key = model.scene.keymap.label(Action::Problems);
            let noun = if problems == 1 { "problem" } else { "problems" };
            format!("{problems} {noun}: {key} ")
        }
    };
    let style = if model.progress.is_some() { theme.dim() } else { theme.warning() };
    let name = Span::styled(" opensession ", theme.heading());
    let room = usize::from(size.width).saturating_sub(name.width() + text::width(&right) + 1);
    let crumb = text::fit(&text::first_line(&crumb), room);
    Line::from(vec![name, Span::raw(crumb), Span::styled(format!(" {right}"), style)])
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
