//! The model without a terminal: what keys do, what answers change, and how every screen looks.

use crate::action::Action;
use crate::chord::Chord;
use crate::effect::Effect;
use crate::keymap::KeyMap;
use crate::list::{Answer, Preview, Request, Row, RowHit};
use crate::message::{LookedAt, Message, News, Timer};
use crate::model::{Model, Screen};
use crate::scene::Scene;
use crate::stats::Figures;
use crate::theme::Theme;
use crate::{update, view};
use opensession_engine::hail::{SessionId, SessionKey, Timestamp};
use opensession_engine::{Background, Cursor, Dimension, Statistics, Sum, TimeZone, Tokens};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Size;

mod behaviour;
mod looks;

/// A model, and what it wanted done.
struct Stand {
    model: Model,
    effects: Vec<Effect>,
}

impl Stand {
    fn new(width: u16, height: u16) -> Self {
        let scene = Scene {
            size: Size::new(width, height),
            now: Timestamp::parse("2026-11-23T20:00:00Z").unwrap(),
            zone: TimeZone::UTC,
            theme: Theme::default(),
            keymap: KeyMap::default(),
            home: "/home/robin".into(),
            repository: String::new(),
        };
        let (model, effects) = Model::new(scene);
        Self { model, effects }
    }

    /// Returns a stand in which the list shows the sessions.
    fn with_sessions(width: u16, height: u16) -> Self {
        let mut stand = Self::new(width, height);
        stand.answer(rows());
        stand
    }

    fn tell(&mut self, message: Message) {
        let effects = update(&mut self.model, message);
        self.effects.extend(effects);
    }

    /// Presses keys, written as in the configuration.
    fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            let event = match key {
                "enter" => KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE),
                "esc" => KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE),
                "down" => KeyEvent::new(KeyCode::Down, KeyModifiers::NONE),
                "pgdn" => KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE),
                "tab" => KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE),
                _ => match key.strip_prefix("ctrl-") {
                    Some(c) => KeyEvent::new(
                        KeyCode::Char(c.chars().next().unwrap()),
                        KeyModifiers::CONTROL,
                    ),
                    None => KeyEvent::new(
                        KeyCode::Char(key.chars().next().unwrap()),
                        KeyModifiers::NONE,
                    ),
                },
            };
            self.tell(Message::Key(event));
        }
    }

    fn write(&mut self, text: &str) {
        for c in text.chars() {
            self.tell(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
    }

    /// Returns what was wanted since the last time.
    fn wanted(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Returns the question that was asked last.
    fn question(&self) -> u64 {
        let asked = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::List(
                Request::Page { question, .. }
                | Request::Groups { question, .. }
                | Request::Count { question, .. },
            ) => Some(*question),
            _ => None,
        });
        asked.expect("something was asked")
    }

    /// Answers the last question with these sessions, all there are.
    fn answer(&mut self, rows: Vec<Row>) {
        let question = self.question();
        let count = rows.len() as u64;
        self.tell(page(question, rows, None));
        self.tell(Message::List(Answer::Count { question, count }));
    }

    fn selected(&self) -> &str {
        self.model.list.selected().map_or("", |row| row.title())
    }

    fn click(&mut self, column: u16, row: u16) {
        let kind = MouseEventKind::Down(MouseButton::Left);
        self.tell(Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    fn terminal(&self) -> Terminal<TestBackend> {
        let Size { width, height } = self.model.scene.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap();
        terminal
    }

    fn shown(&self) -> String {
        self.terminal().backend().to_string()
    }
}

fn page(question: u64, rows: Vec<Row>, next: Option<Cursor>) -> Message {
    Message::List(Answer::Page { question, section: 0, is_first: true, rows, next, unread: 0 })
}

fn row(id: &str, tool: &str, time: &str, title: &str) -> Row {
    let at = Timestamp::parse(time).unwrap();
    Row {
        key: SessionKey::new(tool, &SessionId::new(id).unwrap()),
        created_at: at,
        updated_at: at,
        title: title.to_owned(),
        cwd: "/home/robin/src/shop".to_owned(),
        model: "gpt-5".to_owned(),
        prompts: 3,
        added: 1_234,
        removed: 5,
        events: 42,
        tokens: 1_000,
        hit: None,
    }
}

fn rows() -> Vec<Row> {
    let mut third =
        row("c3", "gemini-cli", "2026-11-21T09:00:00Z", "장바구니 합계의 1원 오차를 고친다");
    third.cwd = "/home/robin/src/장바구니-가게-프로젝트".to_owned();
    (third.added, third.removed) = (0, 0);
    let emoji = "👩\u{200d}💻 fix the ❤\u{fe0f} button 🇰🇷 \u{1b}[31mred\u{1b}[0m \u{202e}x";
    vec![
        row("a1", "codex", "2026-11-23T19:55:00Z", "export.py breaks on names with commas"),
        row("b2", "claude-code", "2026-11-23T09:00:00Z", emoji),
        third,
        row(
            "d4",
            "claude-code",
            "2025-03-04T09:00:00Z",
            "バグを修正する: 全角文字が続く長い題名は切られて省略記号で終わる",
        ),
        row("e5", "pi", "2025-03-04T08:00:00Z", ""),
    ]
}
