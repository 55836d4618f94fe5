//! How fast a session is on the screen: opened, gone through from end to end, searched; with the real engine and readers.
//!
//! ```sh
//! cargo run --release -p opensession-tui --example session -- HOME ID TEXT
//! ```

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on is none")]

use opensession_engine::hail::Timestamp;
use opensession_engine::{Background, Engine, Home, Os, Reference, Scope, TimeZone};
use opensession_tui::action::Action;
use opensession_tui::effect::Effect;
use opensession_tui::keymap::KeyMap;
use opensession_tui::scene::Scene;
use opensession_tui::session::{Message, Opening, Reader, Request, SessionScreen};
use opensession_tui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The screen, its readers, and how long things took.
struct Stand {
    screen: SessionScreen,
    scene: Scene,
    terminal: Terminal<TestBackend>,
    reader: Reader,
    inbox: Receiver<Message>,
    /// Questions for events that are not answered yet.
    open: usize,
    /// How long the screen took for a message, the drawing included.
    messages: Vec<Duration>,
    rows_done: bool,
    search_done: bool,
    found: usize,
}

impl Stand {
    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Session(request) = effect {
                self.open += usize::from(matches!(request, Request::Events(..)));
                self.reader.ask(request);
            }
        }
    }

    fn draw(&mut self) {
        let (screen, scene) = (&self.screen, &self.scene);
        self.terminal.draw(|frame| screen.view(frame, scene.body(), scene)).unwrap();
    }

    fn receive(&mut self, message: Message) {
        let start = Instant::now();
        match &message {
            Message::Events(..) => self.open -= 1,
            Message::Rows(.., is_all) => self.rows_done = *is_all,
            Message::Found { places, is_all, .. } => {
                self.found += places.len();
                self.search_done = *is_all;
            }
            Message::Failed(_, reason) => println!("! {reason}"),
            _ => {}
        }
        let effects = self.screen.receive(message, &self.scene);
        self.carry_out(effects);
        self.draw();
        self.messages.push(start.elapsed());
    }

    fn receive_until(&mut self, is_done: impl Fn(&Self) -> bool) {
        while !is_done(self) {
            let message = self.inbox.recv_timeout(Duration::from_secs(60)).unwrap();
            self.receive(message);
        }
    }

    /// Presses a key so many times and says how long that took: the key itself, and until everything in sight was read.
    fn hold(&mut self, name: &str, action: Action, times: usize) {
        let (mut keys, mut whole) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let start = Instant::now();
            let effects = self.screen.act(action, &self.scene);
            self.carry_out(effects);
            self.draw();
            keys.push(start.elapsed());
            self.receive_until(|stand| stand.open == 0);
            whole.push(start.elapsed());
        }
        println!("| {name}, {times} × | {} | {} |", figures(&mut keys), figures(&mut whole));
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, id, text] = &arguments[..] else { return println!("HOME ID TEXT are missing") };
    let home = Home::new(Path::new(folder).to_owned(), BTreeMap::new(), Os::Linux);
    let engine = Arc::new(Engine::open(home, Scope::Home).unwrap());
    let row = engine.session(&Reference::new(id)).unwrap();
    let (manifest, key) = (row.manifest(), row.key().clone());
    println!("{} events, {} MB of HAIL", manifest.events(), manifest.bytes() / 1_000_000);

    let scene = Scene {
        size: Size::new(160, 50),
        now: Timestamp::EPOCH,
        zone: TimeZone::UTC,
        theme: Theme { background: Background::Dark, colour: true },
        keymap: KeyMap::default(),
        home: "/home/dev".into(),
        repository: String::new(),
    };
    let start = Instant::now();
    let (tell, inbox) = channel();
    let reader = Reader::start(engine, move |message| tell.send(message).is_ok(), &|work| {
        drop(thread::spawn(work));
    });
    let opening = Opening { key, title: String::new(), at: None, find: None };
    let (screen, effects) = SessionScreen::open(opening, &scene);
    let terminal = Terminal::new(TestBackend::new(160, 50)).unwrap();
    let mut stand = Stand {
        screen,
        scene,
        terminal,
        reader,
        inbox,
        open: 0,
        messages: Vec::new(),
        rows_done: false,
        search_done: false,
        found: 0,
    };
    stand.carry_out(effects);
    stand.draw();
    stand.receive_until(|stand| stand.open > 0);
    stand.receive_until(|stand| stand.open == 0);
    println!("opened, the first rows read and drawn: {}", millis(start.elapsed()));
    stand.receive_until(|stand| stand.rows_done);
    println!("all rows known: {}", millis(start.elapsed()));

    println!(
        "| key | key and frame: median, p99, most | until all in sight is read |\n|---|---|---|"
    );
    stand.hold("PgDn", Action::PageDown, 3_000);
    stand.hold("End", Action::Bottom, 1);
    stand.hold("PgUp", Action::PageUp, 3_000);
    stand.hold("Home", Action::Top, 1);
    stand.hold("j", Action::MoveDown, 3_000);
    stand.hold("G", Action::Bottom, 20);
    stand.hold("k", Action::MoveUp, 3_000);
    stand.hold("K, to the prompt before", Action::PreviousPrompt, 300);
    stand.hold("unfold all", Action::FoldAll, 1);
    stand.hold("PgDn, all unfolded", Action::PageDown, 3_000);
    stand.hold("fold all", Action::FoldAll, 1);
    stand.hold("hide tools", Action::ToggleTools, 2);
    println!("memory: {}", memory());

    let start = Instant::now();
    type_text(&mut stand, text);
    stand.receive_until(|stand| stand.found > 0 || stand.search_done);
    println!("first match of “{text}”: {}", millis(start.elapsed()));
    // The search goes on while keys are pressed.
    stand.hold("PgDn, while it searches", Action::PageDown, 30);
    stand.receive_until(|stand| stand.search_done);
    println!("all {} matches: {}", stand.found, millis(start.elapsed()));
    stand.hold("n", Action::FindNext, 300);
    let mut messages = std::mem::take(&mut stand.messages);
    println!(
        "{} messages from the readers, each drawn: {}",
        messages.len(),
        figures(&mut messages)
    );
    println!("memory: {}", memory());
}

fn type_text(stand: &mut Stand, text: &str) {
    use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    let effects = stand.screen.act(Action::Find, &stand.scene);
    stand.carry_out(effects);
    for code in text.chars().map(KeyCode::Char).chain([KeyCode::Enter]) {
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        let effects = stand.screen.type_key(&key, &stand.scene).unwrap_or_default();
        stand.carry_out(effects);
    }
}

fn figures(times: &mut [Duration]) -> String {
    times.sort();
    let at = |percent: usize| times.get(times.len() * percent / 100).or(times.last());
    let shown = [at(50), at(99), times.last()].map(|time| millis(*time.unwrap()));
    shown.join(", ")
}

fn millis(time: Duration) -> String {
    format!("{}.{:02} ms", time.as_micros() / 1000, time.as_micros() % 1000 / 10)
}

/// The memory that the process has, and the most that it had.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines =
        status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
    lines.map(|line| line.replace('\t', " ")).collect::<Vec<_>>().join(", ")
}
