//! Those who work for the model, each on a thread of its own: they read and write, and tell it what they found.

mod answering;
#[cfg(test)]
mod tests;

pub use answering::Job;

use crate::list;
use crate::message::{LookedAt, Message, News};
use crate::run::{Event, watch};
use crate::session;
use opensession_engine::hail::{SessionKey, Timestamp};
use opensession_engine::{
    Capture, Clock, Engine, FoundRoot, Home, IndexProgress, LogReport, Outcome, Progress, Query,
    TimeZone,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};

/// After a capture this many problems are worth reading.
const PROBLEMS: usize = 200;

/// What everybody who works needs.
#[derive(Clone)]
pub struct Workplace {
    /// Over what is shown.
    pub shown: Arc<Engine>,
    /// Over everything, for captures.
    pub all: Arc<Engine>,
    /// Reads the clock.
    pub now: fn() -> Timestamp,
    /// Where days begin.
    pub zone: TimeZone,
    /// The user's home folder and environment.
    pub home: Home,
    /// To the runner; an error means that it is gone.
    pub tell: Sender<Event>,
}

impl Workplace {
    fn tell(&self, message: Message) -> bool {
        self.tell.send(Event::Told(message)).is_ok()
    }

    fn clock(&self) -> Clock {
        Clock { now: (self.now)(), zone: self.zone.clone() }
    }

    /// Reads previews; of several that wait, only the last one is wanted.
    pub fn read_previews(&self, keys: &Receiver<SessionKey>) {
        while let Ok(first) = keys.recv() {
            let key = keys.try_iter().last().unwrap_or(first);
            let preview = Box::new(list::read_preview(&self.shown, &key));
            self.tell(Message::List(list::Answer::Preview(key, preview)));
        }
    }

    /// Starts those who read sessions.
    #[must_use]
    pub fn session_reader(&self) -> session::Reader {
        let place = self.clone();
        session::Reader::start(
            Arc::clone(&self.shown),
            move |message| place.tell(Message::Session(message)),
            &|work| watch(&self.tell, move |_| work()),
        )
    }

    /// Brings the store and the index up to date each time it is asked to.
    pub fn capture(&self, asked: &Receiver<()>) {
        while asked.recv().is_ok() {
            asked.try_iter().for_each(drop);
            let mut news = News::default();
            let mut problems = Vec::new();
            let mut is_changed = false;
            // What is stored is shown before anything is captured.
            self.refresh(&mut problems, false);
            match self.all.capture(Capture::All, (self.now)(), &Bar::new(self)) {
                Ok(report) => {
                    let failed = report.failures();
                    problems
                        .extend(failed.map(|(log, why)| format!("{}: {why}", log.path.display())));
                    is_changed = report.logs.iter().any(has_changed);
                }
                Err(error) => problems.push(error.to_string()),
            }
            match self.all.link((self.now)()) {
                Ok(failed) => problems.extend(failed.into_iter().map(|(git_dir, why)| {
                    format!("{}: its commits could not be linked: {why}", git_dir.display())
                })),
                Err(error) => problems.push(error.to_string()),
            }
            let sessions = self.refresh(&mut problems, is_changed);
            if sessions == 0 {
                news.places = looked_at(&self.all.roots(), self.home.dir());
            }
            problems.sort();
            problems.dedup();
            problems.truncate(PROBLEMS);
            news.problems = problems;
            if !self.tell(Message::Captured(Box::new(news))) {
                return;
            }
        }
    }

    /// Brings the index up to date, and returns how many sessions it knows then.
    fn refresh(&self, problems: &mut Vec<String>, is_changed: bool) -> u64 {
        let refreshed = self.shown.index().and_then(|mut index| {
            if let Some(reason) = index.detour() {
                problems.push(format!("the index is kept in memory only: {reason}"));
                // The reader has one of its own.
                if is_changed {
                    self.tell(Message::Indexed);
                }
                return Ok(1);
            }
            let (mut is_told, mut tenth) = (false, u64::MAX);
            let refreshed = index.refresh(&mut |progress| match progress {
                IndexProgress::Sessions { done, all } if all > 1_000 => {
                    done % 1_000 != 0 || self.say(format!("reading sessions {done} of {all}"))
                }
                IndexProgress::Sessions { .. } => true,
                IndexProgress::Texts { done, all } => {
                    // The list is complete from here on; only searches are not.
                    if !std::mem::replace(&mut is_told, true) {
                        self.tell(Message::Indexed);
                    }
                    let percent = done * 100 / all.max(1);
                    if percent == std::mem::replace(&mut tenth, percent) {
                        return true;
                    }
                    self.say(format!("reading words {percent} %"))
                }
            })?;
            if refreshed.came + refreshed.gone + refreshed.read > 0 {
                self.tell(Message::Indexed);
            }
            problems.extend(refreshed.damaged.iter().map(ToString::to_string));
            problems.extend(index.problems().iter().map(ToString::to_string));
            index.count(&Query::default())
        });
        self.tell(Message::Progress(None));
        refreshed.unwrap_or_else(|error| {
            problems.push(error.to_string());
            0
        })
    }

    fn say(&self, text: String) -> bool {
        self.tell(Message::Progress(Some(text)))
    }
}

/// Returns whether a capture has added to a session of the log.
fn has_changed(log: &LogReport) -> bool {
    let is_changed = |outcome: &Outcome| {
        matches!(outcome, Outcome::New { .. } | Outcome::Grown { .. } | Outcome::Merged)
    };
    log.sessions.iter().any(|(_, outcome)| is_changed(outcome))
}

/// Returns one folder of each tool, the most telling one.
fn looked_at(roots: &[FoundRoot], home: &Path) -> Vec<LookedAt> {
    let of_tools = roots.chunk_by(|a, b| a.tool == b.tool);
    let told = of_tools.filter_map(|of_tool| {
        let telling = |root: &&FoundRoot| root.exists || root.variable.is_some();
        let root = of_tool.iter().find(telling).or_else(|| of_tool.first())?;
        let others = of_tool.len() - 1;
        let found = match (root.exists, root.logs) {
            (false, _) if others > 0 => format!("no such folder, nor {others} other"),
            (false, _) => "no such folder".to_owned(),
            (true, 0) => "no logs in it".to_owned(),
            (true, 1) => "1 log, no conversation".to_owned(),
            (true, logs) => format!("{logs} logs, no conversation"),
        };
        let tool = if root.tool.is_empty() { "(yours)" } else { root.tool };
        let folder = short(&root.path, home);
        Some(LookedAt { tool: tool.to_owned(), folder, found })
    });
    told.collect()
}

fn short(path: &Path, home: &Path) -> String {
    match path.strip_prefix(home) {
        Ok(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Ok(rest) => format!("~/{}", rest.display()),
        Err(_elsewhere) => path.display().to_string(),
    }
}

/// Tells how far a capture has come, each percent once.
struct Bar {
    /// Senders are for one thread each.
    place: Mutex<Workplace>,
    all: AtomicU64,
    done: AtomicU64,
}

/// Less than this is over before anybody has read about it, in bytes.
const SMALL: u64 = 4 << 20;

impl Bar {
    fn new(place: &Workplace) -> Self {
        let (all, done) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { place: Mutex::new(place.clone()), all, done }
    }
}

impl Progress for Bar {
    fn start(&self, bytes: u64, _items: u64) {
        self.all.store(bytes, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, bytes: u64) {
        let before = self.done.fetch_add(bytes, Ordering::Relaxed);
        let all = self.all.load(Ordering::Relaxed);
        let percent = |bytes: u64| bytes * 100 / all.max(1);
        if all > SMALL && percent(before) != percent(before + bytes) {
            let text = format!("capturing {} %", percent(before + bytes).min(100));
            if let Ok(place) = self.place.lock() {
                place.say(text);
            }
        }
    }

    fn finish(&self) {}
}
