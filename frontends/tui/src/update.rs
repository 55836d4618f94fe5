//! One message after the other into the model. Nothing here reads a file, a clock or the environment.

use crate::action::Action;
use crate::chord::Chord;
use crate::effect::Effect;
use crate::message::{Message, News, Pointer, Timer};
use crate::model::{Model, Screen, Status};
use crate::overlay::{Choice, Overlay};
use crate::scene::SMALLEST;
use crate::session::SessionScreen;
use crate::stats::StatsScreen;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// Two clicks within so many milliseconds are a double click.
const DOUBLE_CLICK: i64 = 400;

/// Takes a message, and returns what is to be done.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let effects = match message {
        Message::Clock(now) => {
            model.scene.now = now;
            Vec::new()
        }
        Message::Resize(size) => {
            model.scene.size = size;
            let mut effects = model.list.resized(&model.scene);
            if let Screen::Session(session) = &mut model.screen {
                effects.extend(session.resized(&model.scene));
            }
            effects
        }
        Message::Background(background) => {
            model.scene.theme.background = background;
            match &mut model.screen {
                Screen::Session(session) => session.resized(&model.scene),
                _ => Vec::new(),
            }
        }
        Message::Key(key) if key.kind == KeyEventKind::Press => press(model, &key),
        Message::Key(_) => Vec::new(),
        Message::Mouse(mouse) => point(model, mouse),
        Message::Paste(text) => paste(model, &text),
        Message::Due(timer) => due(model, &timer),
        Message::List(answer) => model.list.receive(answer, &model.scene),
        Message::Figures(figures) => {
            if let Screen::Stats(stats) = &mut model.screen {
                stats.receive(*figures);
            }
            Vec::new()
        }
        Message::Session(message) => match &mut model.screen {
            Screen::Session(session) => session.receive(message, &model.scene),
            // Read for a session that was left meanwhile.
            _ => Vec::new(),
        },
        Message::Progress(progress) => {
            model.progress = progress;
            Vec::new()
        }
        Message::Indexed => indexed(model),
        Message::Captured(news) => captured(model, *news),
        Message::Said(text) => vec![Effect::Say(text)],
        Message::Failed(text) => vec![Effect::Fail(text)],
    };
    effects.into_iter().flat_map(|effect| apply(model, effect)).collect()
}

/// Does what concerns the model itself; returns what others have to do.
fn apply(model: &mut Model, effect: Effect) -> Vec<Effect> {
    match effect {
        Effect::Say(text) => model.status = Some(Status { text, is_bad: false }),
        Effect::Fail(text) => model.status = Some(Status { text, is_bad: true }),
        Effect::Back => model.screen = Screen::List,
        Effect::Open(opening) => {
            let (session, effects) = SessionScreen::open(*opening, &model.scene);
            model.screen = Screen::Session(Box::new(session));
            return effects;
        }
        effect => return vec![effect],
    }
    Vec::new()
}

fn due(model: &mut Model, timer: &Timer) -> Vec<Effect> {
    match timer {
        Timer::Search(question) => model.list.search_due(*question),
        Timer::Preview(key) => model.list.preview_due(key, &model.scene),
        Timer::Capture(number) if *number == model.captures => vec![Effect::Capture],
        Timer::Capture(_) => Vec::new(),
    }
}

/// Shows what the index knows now, everything where it was.
fn indexed(model: &mut Model) -> Vec<Effect> {
    let mut effects = model.list.ask(true);
    match &mut model.screen {
        Screen::Session(session) => effects.extend(session.grown()),
        Screen::Stats(stats) => effects.push(stats.ask()),
        Screen::List => {}
    }
    effects
}

fn captured(model: &mut Model, news: News) -> Vec<Effect> {
    model.progress = None;
    model.places = news.places;
    // The index may have been empty when the list asked, and still be so.
    let mut effects = if model.list.is_answered() { Vec::new() } else { model.list.ask(true) };
    if news.problems != model.problems {
        let more = match news.problems.len() {
            0 | 1 => String::new(),
            more => {
                let key = model.scene.keymap.label(Action::Problems);
                format!(" (and {} more: {key})", more - 1)
            }
        };
        let first = news.problems.first().map(|first| format!("{first}{more}"));
        effects.extend(first.map(Effect::Fail));
        model.problems = news.problems;
    }
    model.captures += 1;
    let timer = Timer::Capture(model.captures);
    effects.push(Effect::Later { millis: pace(model), timer });
    effects
}

/// Returns how long to wait for the next capture, in milliseconds: longer where nobody is looking.
fn pace(model: &Model) -> u64 {
    const MINUTE: i64 = 60_000;
    match model.scene.now.as_millis() - model.active_at.as_millis() {
        ..MINUTE => 3_000,
        MINUTE..600_000 => 15_000,
        _ => 60_000,
    }
}

fn is_typing(model: &Model) -> bool {
    match &model.screen {
        Screen::List => model.list.is_typing(),
        Screen::Session(session) => session.is_typing(),
        Screen::Stats(_) => false,
    }
}

fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    match (&mut model.screen, &mut model.overlay) {
        (_, Some(overlay)) => {
            overlay.paste(text);
            Vec::new()
        }
        (Screen::List, None) => model.list.paste(text, &model.scene),
        (Screen::Session(session), None) => {
            session.paste(text);
            Vec::new()
        }
        (Screen::Stats(_), None) => Vec::new(),
    }
}

fn press(model: &mut Model, key: &KeyEvent) -> Vec<Effect> {
    model.status = None;
    let was_idle = pace(model) > 3_000;
    model.active_at = model.scene.now;
    let mut effects = press_key(model, key);
    if was_idle {
        // Somebody is back: what is shown may be old.
        effects.push(Effect::Capture);
    }
    effects
}

fn press_key(model: &mut Model, key: &KeyEvent) -> Vec<Effect> {
    if key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL {
        return vec![Effect::Quit];
    }
    let chord = Chord::of(key);
    let action = model.scene.keymap.action(chord, model.place());
    if let Some(overlay) = &mut model.overlay {
        if action == Some(Action::Suspend) {
            return vec![Effect::Suspend];
        }
        let chosen = overlay.press(key, action, &model.scene);
        return chosen.map_or_else(Vec::new, |chosen| choose(model, chosen));
    }
    if is_typing(model) {
        let taken = match &mut model.screen {
            Screen::List => model.list.type_key(key, &model.scene),
            Screen::Session(session) => session.type_key(key, &model.scene),
            Screen::Stats(_) => None,
        };
        if let Some(effects) = taken {
            return effects;
        }
        if chord.is_text() {
            return Vec::new();
        }
    }
    action.map_or_else(Vec::new, |action| act(model, action))
}

/// Does what was chosen in an overlay, and closes it.
fn choose(model: &mut Model, choice: Choice) -> Vec<Effect> {
    model.overlay = None;
    match choice {
        Choice::Nothing => Vec::new(),
        Choice::Do(action) => act(model, action),
        Choice::Filter(filter) => {
            model.screen = Screen::List;
            model.list.toggle_filter(&filter, &model.scene)
        }
    }
}

/// Does what an action means on the screen that is in front.
fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    // Nothing may be changed that cannot be seen.
    let is_too_small =
        model.scene.size.width < SMALLEST.width || model.scene.size.height < SMALLEST.height;
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        _ if is_too_small => return Vec::new(),
        Action::Help => model.overlay = Some(Overlay::help(model.place(), &model.scene.keymap)),
        Action::Palette => {
            model.overlay = Some(Overlay::palette(model.place(), &model.scene.keymap));
        }
        Action::Filter => model.overlay = Some(Overlay::filters(&model.list)),
        Action::Problems if model.problems.is_empty() => {
            return vec![Effect::Say("everything could be read and captured".to_owned())];
        }
        Action::Problems => {
            model.overlay = Some(Overlay::problems(&model.problems, &model.scene));
        }
        Action::Refresh => {
            return vec![Effect::Capture, Effect::Say("looking for new sessions".to_owned())];
        }
        Action::Stats if matches!(model.screen, Screen::Stats(_)) => return vec![Effect::Back],
        Action::Stats => {
            let (stats, effects) = StatsScreen::open(&model.list);
            model.screen = Screen::Stats(Box::new(stats));
            return effects;
        }
        Action::NextSession => return step(model, true),
        Action::PreviousSession => return step(model, false),
        action => {
            return match &mut model.screen {
                Screen::List => model.list.act(action, &model.scene),
                Screen::Session(session) => session.act(action, &model.scene),
                Screen::Stats(stats) => stats.act(action, &model.scene),
            };
        }
    }
    Vec::new()
}

/// Opens the session below or above the open one in the list.
fn step(model: &mut Model, is_forward: bool) -> Vec<Effect> {
    let (opening, mut effects) = model.list.step(is_forward, &model.scene);
    effects.push(match opening {
        Some(opening) => Effect::Open(Box::new(opening)),
        None if is_forward => Effect::Say("this is the last session of the list".to_owned()),
        None => Effect::Say("this is the first session of the list".to_owned()),
    });
    effects
}

fn point(model: &mut Model, mouse: MouseEvent) -> Vec<Effect> {
    let at = Position::new(mouse.column, mouse.row);
    let pointer = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            let now = model.scene.now;
            let is_second = model.clicked.take().is_some_and(|(before, time)| {
                before == at && now.as_millis() - time.as_millis() <= DOUBLE_CLICK
            });
            if is_second {
                Pointer::DoubleClick(at)
            } else {
                model.clicked = Some((at, now));
                Pointer::Click(at)
            }
        }
        MouseEventKind::ScrollUp => Pointer::WheelUp(at),
        MouseEventKind::ScrollDown => Pointer::WheelDown(at),
        _ => return Vec::new(),
    };
    model.status = None;
    model.active_at = model.scene.now;
    if let Some(overlay) = &mut model.overlay {
        let chosen = overlay.point(pointer, &model.scene);
        return chosen.map_or_else(Vec::new, |chosen| choose(model, chosen));
    }
    match &mut model.screen {
        Screen::List => model.list.point(pointer, &model.scene),
        Screen::Session(session) => session.point(pointer, &model.scene),
        Screen::Stats(stats) => stats.point(pointer, &model.scene),
    }
}
