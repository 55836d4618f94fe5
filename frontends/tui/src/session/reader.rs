//! Those who read for the screen, each on a thread of its own: one the session, one what is searched for, one colours.

use super::message::{Message, Overview, Request};
use crate::highlight::{Code, Grammars};
use opensession_engine::hail::SessionKey;
use opensession_engine::hail::outline::EventPlace;
use opensession_engine::{Engine, EventReader, Family, OutlineStep, OutlineStream, Result};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

/// Takes answers; `false` when nobody wants them any more.
type Send = Arc<dyn Fn(Message) -> bool + std::marker::Send + Sync>;

/// What a thread is to do.
pub type Work = Box<dyn FnOnce() + std::marker::Send>;

/// Reads sessions for the screen, as long as it is kept.
#[derive(Debug)]
pub struct Reader {
    requests: Sender<Request>,
    codes: Sender<Vec<Code>>,
}

impl Reader {
    /// Starts the threads, each by `spawn`; they pass their answers to `send` until that returns `false`.
    #[must_use]
    pub fn start(
        engine: Arc<Engine>,
        send: impl Fn(Message) -> bool + std::marker::Send + Sync + 'static,
        spawn: &dyn Fn(Work),
    ) -> Self {
        let send: Send = Arc::new(send);
        let (requests, inbox) = channel();
        let (codes, code_inbox) = channel();
        let (searches, search_inbox) = channel();
        let (for_finder, for_painter) = (Arc::clone(&send), Arc::clone(&send));
        spawn(Box::new(move || find(&search_inbox, &for_finder)));
        spawn(Box::new(move || colour(&code_inbox, &for_painter)));
        spawn(Box::new(move || {
            let mut desk = Desk { engine: &engine, send: &send, searches, open: None };
            desk.work(&inbox);
        }));
        Self { requests, codes }
    }

    /// Asks for something. Does not wait.
    pub fn ask(&self, request: Request) {
        // A thread that is gone has nobody to answer to.
        let _is_there = match request {
            Request::Colours(codes) => self.codes.send(codes).is_ok(),
            request => self.requests.send(request).is_ok(),
        };
    }
}

/// What reads the session.
struct Desk<'d> {
    engine: &'d Engine,
    send: &'d Send,
    searches: Sender<Search>,
    open: Option<Open>,
}

/// The session that is open.
struct Open {
    key: SessionKey,
    family: Family,
    events: EventReader,
    /// The rows that are still to be sent.
    stream: Option<OutlineStream>,
    /// How many events of each member were sent.
    seen: Vec<usize>,
    /// Whether it may have grown while rows were still being sent.
    must_look: bool,
}

impl Desk<'_> {
    /// Answers requests; between two of them, sends the next rows.
    fn work(&mut self, inbox: &Receiver<Request>) {
        loop {
            let has_more = self.open.as_ref().is_some_and(|open| open.stream.is_some());
            let request = if has_more {
                match inbox.try_recv() {
                    Ok(request) => Some(request),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return,
                }
            } else {
                match inbox.recv() {
                    Ok(request) => Some(request),
                    Err(_nobody) => return,
                }
            };
            let is_wanted = match request {
                Some(request) => self.answer(request),
                None => self.send_rows(),
            };
            if !is_wanted {
                return;
            }
        }
    }

    /// Sends the next rows; behind the last ones, looks whether there are more by now.
    fn send_rows(&mut self) -> bool {
        let Some(open) = &mut self.open else { return true };
        let is_wanted = open.send_rows(self.send);
        if open.stream.is_none() && std::mem::take(&mut open.must_look) {
            let key = open.key.clone();
            return is_wanted && self.answer(Request::Grow(key));
        }
        is_wanted
    }

    fn answer(&mut self, request: Request) -> bool {
        let failed = |key: SessionKey, error: opensession_engine::Error| {
            (self.send)(Message::Failed(key, error.to_string()))
        };
        match request {
            Request::Open(key) => match Open::new(self.engine, key.clone()) {
                Ok(open) => {
                    let overview = Box::new(open.overview());
                    self.open = Some(open);
                    (self.send)(Message::Opened(key, overview))
                }
                Err(error) => failed(key, error),
            },
            Request::Grow(key) => match self.grow(&key) {
                Ok(Some(message)) => (self.send)(message),
                Ok(None) => true,
                Err(error) => failed(key, error),
            },
            Request::Events(key, places) => match self.at(&key) {
                Some(open) => {
                    let events = places.into_iter().map(|place| (place, open.event(place)));
                    let events = events.collect();
                    (self.send)(Message::Events(key, events))
                }
                None => true,
            },
            Request::Find { key, number, text } => match self.at(&key) {
                Some(open) => {
                    let family = open.family.clone();
                    self.searches.send(Search { key, family, number, text }).is_ok()
                }
                None => true,
            },
            Request::Colours(_) => true,
        }
    }

    fn at(&mut self, key: &SessionKey) -> Option<&mut Open> {
        self.open.as_mut().filter(|open| open.key == *key)
    }

    /// Looks whether the session that is open has grown; where events of it were replaced, it is opened anew.
    fn grow(&mut self, key: &SessionKey) -> Result<Option<Message>> {
        let Some(open) = self.at(key) else { return Ok(None) };
        if open.stream.is_some() {
            open.must_look = true;
            return Ok(None);
        }
        let newer = Open::new(self.engine, key.clone())?;
        let Some(open) = self.at(key) else { return Ok(None) };
        let Some(family) = open.family.grown(&newer.family) else {
            let overview = Box::new(newer.overview());
            self.open = Some(newer);
            return Ok(Some(Message::Opened(key.clone(), overview)));
        };
        if family.events() == open.family.events() {
            return Ok(None);
        }
        open.events = family.event_reader();
        open.stream = Some(family.outline_behind(&open.seen));
        open.family = family;
        Ok(Some(Message::Grown(key.clone(), Box::new(open.overview()))))
    }
}

impl Open {
    fn new(engine: &Engine, key: SessionKey) -> Result<Self> {
        let family = engine.session_by_key(&key, None)?.family()?;
        let (events, stream) = (family.event_reader(), Some(family.outline()));
        Ok(Self { key, family, events, stream, seen: Vec::new(), must_look: false })
    }

    fn overview(&self) -> Overview {
        let session = self.family.session();
        Overview {
            headers: self.family.headers().cloned().collect(),
            stats: session.map(|session| session.manifest().stats).unwrap_or_default(),
            events: self.family.events(),
        }
    }

    fn event(
        &mut self,
        place: EventPlace,
    ) -> std::result::Result<Arc<opensession_engine::hail::Event>, String> {
        self.events.event(place).map(Arc::new).map_err(|error| error.to_string())
    }

    fn send_rows(&mut self, send: &Send) -> bool {
        let Some(stream) = &mut self.stream else { return true };
        let batch = stream.next_batch().unwrap_or_default();
        for (source, step) in &batch.steps {
            let source = usize::from(*source);
            if self.seen.len() <= source {
                self.seen.resize(source + 1, 0);
            }
            if let Some(seen) = self.seen.get_mut(source) {
                *seen += match step {
                    OutlineStep::Event(_) => 1,
                    OutlineStep::Lost(count) => *count,
                };
            }
        }
        let is_all = batch.steps.is_empty();
        if is_all {
            self.stream = None;
        }
        send(Message::Rows(self.key.clone(), batch, is_all))
    }
}

/// A text to be looked for.
struct Search {
    key: SessionKey,
    family: Family,
    number: u64,
    text: String,
}

/// Answers searches; a newer one takes the place of one that is not done.
fn find(inbox: &Receiver<Search>, send: &Send) {
    let mut next = inbox.recv().ok();
    while let Some(search) = next.take() {
        let mut finder = (!search.text.is_empty()).then(|| search.family.find(&search.text));
        while let Some(found) = finder.as_mut() {
            let more = found.next_places();
            let is_all = more.is_none();
            let more = more.unwrap_or_default();
            let (key, number) = (search.key.clone(), search.number);
            let (places, looked) = (more.places, more.events);
            if !send(Message::Found { key, number, places, looked, is_all }) {
                return;
            }
            if is_all {
                finder = None;
            }
            next = inbox.try_iter().last();
            if next.is_some() {
                break;
            }
        }
        next = next.or_else(|| inbox.recv().ok());
    }
}

/// Colours program text. The grammars are loaded with the first one.
fn colour(inbox: &Receiver<Vec<Code>>, send: &Send) {
    let mut grammars = None;
    while let Ok(codes) = inbox.recv() {
        let grammars = grammars.get_or_insert_with(Grammars::load);
        for code in codes {
            if let Some(colours) = grammars.colour(&code)
                && !send(Message::Colours(vec![(code.id, colours)]))
            {
                return;
            }
        }
    }
}
