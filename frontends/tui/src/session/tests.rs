use super::*;
use crate::keymap::KeyMap;
use crate::message::Pointer;
use crate::theme::Theme;
use opensession_engine::TimeZone;
use opensession_engine::hail::outline::Glance;
use opensession_engine::hail::{
    Block, Event, EventId, EventType, Header, Session, SessionId, Timeline, Timestamp, attribute,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Size};
use std::sync::Arc;

mod random;
mod reading;
mod samples;
mod views;

/// A screen, and somebody who answers what it asks for out of memory.
struct Stand {
    sessions: Vec<Session>,
    screen: SessionScreen,
    scene: Scene,
    /// Effects that are for others than the reader.
    effects: Vec<Effect>,
}

impl Stand {
    fn new(sessions: Vec<Session>, width: u16, height: u16) -> Self {
        Self::with(sessions, width, height, None, None)
    }

    fn with(
        sessions: Vec<Session>,
        width: u16,
        height: u16,
        at: Option<u64>,
        find: Option<&str>,
    ) -> Self {
        let scene = Scene {
            size: Size::new(width, height),
            now: Timestamp::EPOCH,
            zone: TimeZone::posix("CET-1").unwrap(),
            repository: String::new(),
            theme: Theme::default(),
            keymap: KeyMap::default(),
            home: "/home/robin".into(),
        };
        let key = SessionKey::new("demo", &sessions[0].header.session_id);
        let find = find.map(str::to_owned);
        let opening = Opening { key, title: "as listed".into(), at, find };
        let (screen, effects) = SessionScreen::open(opening, &scene);
        let mut stand = Self { sessions, screen, scene, effects: Vec::new() };
        stand.carry_out(effects);
        stand
    }

    fn overview(&self) -> Box<Overview> {
        Box::new(Overview {
            headers: self.sessions.iter().map(|session| session.header.clone()).collect(),
            stats: self.sessions[0].stats(),
            events: self.sessions.iter().map(|session| session.events.len() as u64).sum(),
        })
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Session(request) => self.answer(request),
                effect => self.effects.push(effect),
            }
        }
    }

    fn receive(&mut self, message: Message) {
        let effects = self.screen.receive(message, &self.scene);
        self.carry_out(effects);
    }

    fn answer(&mut self, request: Request) {
        let event = |place: &EventPlace| {
            self.sessions[usize::from(place.source)].events[place.ordinal as usize].clone()
        };
        match request {
            Request::Open(key) => {
                self.receive(Message::Opened(key, self.overview()));
                self.send_rows(&[]);
            }
            Request::Events(key, places) => {
                let events = places.iter().map(|place| (*place, Ok(Arc::new(event(place)))));
                let events = events.collect();
                self.receive(Message::Events(key, events));
            }
            Request::Find { key, number, text } => {
                let mut places = Vec::new();
                for (source, session) in (0..).zip(&self.sessions) {
                    for (ordinal, event) in (0..).zip(&session.events) {
                        let shown = format!("{} {}", event.deed(None), event.text());
                        if !text.is_empty() && shown.to_lowercase().contains(&text) {
                            places.push(EventPlace { source, ordinal });
                        }
                    }
                }
                self.receive(Message::Found { key, number, places, looked: 1, is_all: true });
            }
            Request::Grow(_) | Request::Colours(_) => {}
        }
    }

    /// Sends the rows behind those that were seen, three in a batch.
    fn send_rows(&mut self, seen: &[usize]) {
        let mut order = Vec::new();
        for (number, session) in self.sessions.iter().enumerate() {
            let skip = seen.get(number).copied().unwrap_or(0);
            let mut latest = i64::MIN;
            for event in session.events.iter().skip(skip) {
                latest = latest.max(event.timestamp.as_millis());
                order.push((latest, u16::try_from(number).unwrap(), Glance::of(event)));
            }
        }
        order.sort_by_key(|(time, source, _)| (*time, *source));
        let key = self.screen.key().clone();
        let mut order = order.into_iter().peekable();
        while order.peek().is_some() {
            let steps = order.by_ref().take(3);
            let steps = steps.map(|(_, source, glance)| (source, OutlineStep::Event(glance)));
            let batch = OutlineBatch { steps: steps.collect(), damaged: Vec::new() };
            self.receive(Message::Rows(key.clone(), batch, false));
        }
        self.receive(Message::Rows(key, OutlineBatch::default(), true));
    }

    fn act(&mut self, action: Action) {
        let effects = self.screen.act(action, &self.scene);
        self.carry_out(effects);
    }

    fn type_text(&mut self, text: &str) {
        let keys = text.chars().map(KeyCode::Char).chain([KeyCode::Enter]);
        for code in keys {
            let key = KeyEvent::new(code, KeyModifiers::NONE);
            let effects = self.screen.type_key(&key, &self.scene).unwrap();
            self.carry_out(effects);
        }
    }

    fn resize(&mut self, width: u16, height: u16) {
        self.scene.size = Size::new(width, height);
        let effects = self.screen.resized(&self.scene);
        self.carry_out(effects);
    }

    /// The screen as text, without the first and the last line, which are not the session's.
    fn drawn(&self) -> String {
        let Size { width, height } = self.scene.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| self.screen.view(frame, self.scene.body(), &self.scene)).unwrap();
        let buffer = terminal.backend().buffer();
        let mut lines = Vec::new();
        for y in 0..height {
            let (mut line, mut x) = (String::new(), 0);
            while x < width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                // What follows a wide character is covered by it.
                x += u16::try_from(text::width(symbol).max(1)).unwrap();
            }
            assert!(text::width(&line) <= usize::from(width), "{line:?}");
            lines.push(line.trim_end().to_owned());
        }
        lines.join("\n").trim_matches('\n').to_owned()
    }

    fn cursor_row(&self) -> &opensession_engine::hail::outline::Row {
        &self.screen.outline.rows()[self.screen.window.cursor]
    }
}
