//! The runner: owns the terminal, the threads and the clock, and carries out what the model wants.

use crate::answer::{LateAnswer, Part};
use crate::editor;
use crate::effect::Effect;
use crate::keymap::KeyMap;
use crate::list::Request;
use crate::message::{Message, Timer};
use crate::model::Model;
use crate::scene::Scene;
use crate::signals::{self, Signal};
use crate::terminal::{self, Screen};
use crate::theme::Theme;
use crate::work::{Job, Workplace};
use crate::{clipboard, session, update, view};
use opensession_engine::hail::{SessionKey, Timestamp};
use opensession_engine::{Background, Engine, Home, TimeZone};
use ratatui::crossterm::event::{self, Event as Input};
use ratatui::layout::Size;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// What the screen is started with.
pub struct Start {
    /// Over the sessions that are shown.
    pub shown: Engine,
    /// Over everything, for captures.
    pub all: Engine,
    /// The user's home folder and environment.
    pub home: Home,
    /// Where temporary files go.
    pub temporary: PathBuf,
    /// The repository whose sessions are shown; empty where they are those of every folder.
    pub repository: String,
    /// Reads the clock.
    pub now: fn() -> Timestamp,
    /// Where days begin and end.
    pub zone: TimeZone,
    /// What the terminal's text is shown on; `None` asks the terminal.
    pub background: Option<Background>,
    /// Whether there are colours.
    pub colour: bool,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// What keys mean.
    pub keymap: KeyMap,
    /// The command that starts the user's editor.
    pub editor: String,
}

/// Why the screen was left without being asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The terminal cannot be read or written any more.
    #[error("the terminal is gone: {0}")]
    Terminal(#[from] io::Error),
    /// There is a mistake in this program.
    #[error("this is a mistake in opensession: {0}")]
    Mistake(String),
}

/// What reaches the runner.
pub enum Event {
    /// Somebody who works for the model has something to tell.
    Told(Message),
    /// Keys, the mouse, a new size: everything that came since the last time.
    Input(Vec<Input>),
    /// The terminal cannot be read.
    Unreadable(io::Error),
    /// A signal came.
    Signal(Signal),
    /// A thread ended by a mistake.
    Panicked,
}

/// So long the terminal has to say what colour it has.
const PATIENCE: Duration = Duration::from_millis(150);
/// Ages are drawn anew after so long at the latest.
const MINUTE: Duration = Duration::from_secs(60);

/// Shows the sessions until the user leaves.
///
/// # Errors
/// When the terminal is gone, or a thread ended by a mistake.
pub fn run(start: Start) -> Result<(), Error> {
    let (tell, told) = mpsc::channel();
    let place = Workplace {
        shown: Arc::new(start.shown),
        all: Arc::new(start.all),
        now: start.now,
        zone: start.zone.clone(),
        home: start.home.clone(),
        tell: tell.clone(),
    };
    let mistake = Arc::new(Mutex::new(None));
    let jobs = Jobs::start(&place);
    let is_lent = Arc::new(AtomicBool::new(false));
    signals::watch_signals(&tell, Arc::clone(&is_lent))?;
    // The terminal answers on its input: before anybody else reads that.
    let background = start.background.unwrap_or_else(ask_background);
    keep_mistakes(Arc::clone(&mistake));
    let screen = Screen::enter(start.mouse)?;
    let size = screen.terminal.size()?;
    let scene = Scene {
        size: Size::new(size.width, size.height),
        now: (start.now)(),
        zone: start.zone,
        theme: Theme { background, colour: start.colour },
        keymap: start.keymap,
        home: start.home.dir().to_owned(),
        repository: start.repository,
    };
    let (model, effects) = Model::new(scene);
    let (go_on, may_go_on) = mpsc::channel();
    watch(&tell, move |tell| read_input(tell, &may_go_on));
    let runner = Runner {
        screen,
        model,
        jobs,
        place,
        timers: Vec::new(),
        late_answer: LateAnswer::default(),
        is_lent,
        editor: start.editor,
        temporary: start.temporary,
    };
    let ended = runner.run(effects, &told, &go_on);
    let text = mistake.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (text, ended) {
        (Some(text), _) => Err(Error::Mistake(text)),
        (None, ended) => Ok(ended?),
    }
}

fn ask_background() -> Background {
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    match theme_mode(options) {
        Ok(ThemeMode::Light) => Background::Light,
        // Most terminals that do not say are dark.
        Ok(ThemeMode::Dark) | Err(_) => Background::Dark,
    }
}

/// A panic on the main thread gives the terminal back before it is printed; one of another thread is kept until the
/// main thread has done so.
fn keep_mistakes(kept: Arc<Mutex<Option<String>>>) {
    let main = thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().id() == main {
            terminal::give_back();
            before(info);
        } else {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(info.to_string());
        }
    }));
}

/// Tells the runner when its thread ends by a mistake.
struct Alarm(Sender<Event>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if thread::panicking() {
            // Without a runner there is nobody left to tell.
            drop(self.0.send(Event::Panicked));
        }
    }
}

/// Runs `work` on a thread of its own.
pub fn watch(tell: &Sender<Event>, work: impl FnOnce(&Sender<Event>) + Send + 'static) {
    let alarm = Alarm(tell.clone());
    thread::spawn(move || work(&alarm.0));
}

/// Reads what comes from the terminal, and waits until it was dealt with: meanwhile an editor may have the terminal.
fn read_input(tell: &Sender<Event>, go_on: &Receiver<()>) {
    let mut batch = Vec::new();
    loop {
        let read = event::read().and_then(|first| {
            batch.push(first);
            while batch.len() < 1_000 && event::poll(Duration::ZERO)? {
                batch.push(event::read()?);
            }
            Ok(())
        });
        let event = match read {
            Ok(()) => Event::Input(std::mem::take(&mut batch)),
            Err(error) => Event::Unreadable(error),
        };
        let is_over = matches!(event, Event::Unreadable(_));
        if tell.send(event).is_err() || is_over || go_on.recv().is_err() {
            return;
        }
    }
}

/// The threads that work, by what they are told to do.
struct Jobs {
    index: Sender<Job>,
    previews: Sender<SessionKey>,
    captures: Sender<()>,
    sessions: session::Reader,
}

impl Jobs {
    fn start(place: &Workplace) -> Self {
        let (index, index_jobs) = mpsc::channel();
        let (previews, preview_jobs) = mpsc::channel();
        let (captures, capture_jobs) = mpsc::channel();
        let reader = place.clone();
        watch(&place.tell, move |_| reader.read_index(&index_jobs));
        let previewer = place.clone();
        watch(&place.tell, move |_| previewer.read_previews(&preview_jobs));
        let capturer = place.clone();
        watch(&place.tell, move |_| capturer.capture(&capture_jobs));
        Self { index, previews, captures, sessions: place.session_reader() }
    }
}

struct Runner {
    screen: Screen,
    model: Model,
    jobs: Jobs,
    place: Workplace,
    timers: Vec<(Instant, Timer)>,
    late_answer: LateAnswer,
    /// Whether the editor has the terminal.
    is_lent: Arc<AtomicBool>,
    editor: String,
    temporary: PathBuf,
}

/// Whether the screen stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Stay,
    Leave,
}

impl Runner {
    fn run(
        mut self,
        effects: Vec<Effect>,
        told: &Receiver<Event>,
        go_on: &Sender<()>,
    ) -> io::Result<()> {
        for effect in effects {
            self.carry_out(effect)?;
        }
        loop {
            self.draw()?;
            let wait = self.timers.iter().map(|(at, _)| *at).min();
            let wait = wait.map_or(MINUTE, |at| at.saturating_duration_since(Instant::now()));
            let first = match told.recv_timeout(wait.min(MINUTE)) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            update(&mut self.model, Message::Clock((self.place.now)()));
            // What waits is dealt with before anything is drawn.
            for event in first.into_iter().chain(told.try_iter().take(1_000)) {
                let is_input = matches!(event, Event::Input(_));
                if self.take(event)? == Then::Leave {
                    return Ok(());
                }
                if is_input && go_on.send(()).is_err() {
                    return Ok(());
                }
            }
            if self.ring()? == Then::Leave {
                return Ok(());
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let model = &self.model;
        self.screen.terminal.draw(|frame| view(model, frame)).map(drop)
    }

    fn take(&mut self, event: Event) -> io::Result<Then> {
        match event {
            Event::Told(message) => {
                if matches!(message, Message::Indexed) {
                    self.ask(Job::LookAgain);
                }
                self.tell(message)
            }
            Event::Input(events) => {
                let last_size = events.iter().rposition(|event| matches!(event, Input::Resize(..)));
                for (at, event) in events.into_iter().enumerate() {
                    let message = match event {
                        Input::Key(key) => match self.late_answer.take(&key) {
                            Part::Pressed => Message::Key(key),
                            Part::Answered => continue,
                            Part::Background(background) => Message::Background(background),
                        },
                        Input::Mouse(mouse) => Message::Mouse(mouse),
                        Input::Paste(text) => Message::Paste(text),
                        // Of many sizes only the last one is still true.
                        Input::Resize(width, height) if Some(at) == last_size => {
                            Message::Resize(Size::new(width, height))
                        }
                        _ => continue,
                    };
                    if self.tell(message)? == Then::Leave {
                        return Ok(Then::Leave);
                    }
                }
                Ok(Then::Stay)
            }
            Event::Unreadable(error) => Err(error),
            Event::Panicked => Ok(Then::Leave),
            Event::Signal(Signal::Stop) => self.suspend(),
            Event::Signal(Signal::Continue) => {
                // Somebody else may have changed the terminal while this program was stopped.
                self.screen.lend(|| ())?;
                self.measure()
            }
            Event::Signal(Signal::End(number)) => {
                terminal::give_back();
                signals::end_by(number)?;
                Ok(Then::Leave)
            }
        }
    }

    /// Passes a message to the model and carries out what it wants.
    fn tell(&mut self, message: Message) -> io::Result<Then> {
        for effect in update(&mut self.model, message) {
            if self.carry_out(effect)? == Then::Leave {
                return Ok(Then::Leave);
            }
        }
        Ok(Then::Stay)
    }

    /// Tells of the timers that ran out.
    fn ring(&mut self) -> io::Result<Then> {
        let now = Instant::now();
        let due: Vec<Timer> =
            self.timers.extract_if(.., |(at, _)| *at <= now).map(|(_, timer)| timer).collect();
        for timer in due {
            if self.tell(Message::Due(timer))? == Then::Leave {
                return Ok(Then::Leave);
            }
        }
        Ok(Then::Stay)
    }

    fn carry_out(&mut self, effect: Effect) -> io::Result<Then> {
        match effect {
            Effect::Quit => return Ok(Then::Leave),
            Effect::Suspend => return self.suspend(),
            Effect::Later { millis, timer } => {
                self.timers.retain(|(_, other)| *other != timer);
                self.timers.push((Instant::now() + Duration::from_millis(millis), timer));
            }
            Effect::Capture => drop(self.jobs.captures.send(())),
            Effect::List(Request::Preview(key)) => drop(self.jobs.previews.send(key)),
            Effect::List(request) => self.ask(Job::List(request)),
            Effect::Figures(query) => self.ask(Job::Figures(query)),
            Effect::Session(request) => self.jobs.sessions.ask(request),
            Effect::Copy { text, what } => {
                let backend = self.screen.terminal.backend_mut();
                return match clipboard::copy(&text, backend)? {
                    true => self.tell(Message::Said(format!("copied: {what}"))),
                    false => self.tell(Message::Failed(format!("{what} is too long to be copied"))),
                };
            }
            Effect::Edit { name, text } => {
                let (editor, folder) = (&self.editor, &self.temporary);
                self.is_lent.store(true, Ordering::SeqCst);
                let shown = self.screen.lend(|| editor::show(editor, folder, &name, &text));
                self.is_lent.store(false, Ordering::SeqCst);
                let shown = shown?;
                self.measure()?;
                if let Err(error) = shown {
                    return self.tell(Message::Failed(format!("the editor: {error}")));
                }
            }
            // The model has done these itself.
            Effect::Open(_) | Effect::Say(_) | Effect::Fail(_) | Effect::Back => {}
        }
        Ok(Then::Stay)
    }

    /// Asks the reader of the index; where it ended by a mistake, that is told elsewhere.
    fn ask(&self, job: Job) {
        drop(self.jobs.index.send(job));
    }

    fn suspend(&mut self) -> io::Result<Then> {
        self.screen.lend(signals::stop)??;
        self.measure()
    }

    /// Takes note of the terminal's size: it may have changed while it was not ours.
    fn measure(&mut self) -> io::Result<Then> {
        let size = self.screen.terminal.size()?;
        self.tell(Message::Resize(Size::new(size.width, size.height)))
    }
}
