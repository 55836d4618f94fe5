//! Reading many logs side by side.

use crate::discover::{self, Candidate};
use crate::memory::StoredSession;
use crate::recorder::{Log, Places, Recorded, Recorder};
use crate::routes::Routes;
use crate::{Progress, Result};
use opensession_parsers::{LogFile, ParseReport, Parser, Source};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What a log gave.
pub(super) struct ReadLog {
    pub log: LogFile,
    /// Whose log it turned out to be.
    pub parser: Option<&'static dyn Parser>,
    /// Whose log the folder says it is.
    pub expected: Option<&'static dyn Parser>,
    /// Whether the user named this very file.
    pub named: bool,
    /// Whether the same relative path is the same log.
    pub swept: bool,
    pub sessions: Result<Vec<Recorded>>,
    /// The sessions that it need not tell again.
    pub unchanged: Vec<StoredSession>,
    pub records: Option<ParseReport>,
}

/// Cuts the candidates into runs of at most `most` bytes, or of one larger log.
pub(super) fn split(candidates: Vec<Candidate>, most: u64) -> Vec<Vec<Candidate>> {
    let mut batches: Vec<Vec<Candidate>> = Vec::new();
    let mut size = 0;
    for candidate in candidates {
        let bytes = candidate.log.bytes;
        match batches.last_mut() {
            Some(batch) if size + bytes <= most => {
                size += bytes;
                batch.push(candidate);
            }
            _ => {
                size = bytes;
                batches.push(vec![candidate]);
            }
        }
    }
    batches
}

/// Reads the logs on all cores, the largest first, and returns them in the order given.
pub(super) fn read(
    routes: &Routes,
    candidates: &[Candidate],
    scratch: &Path,
    progress: &dyn Progress,
) -> Vec<ReadLog> {
    let mut order: Vec<(usize, &Candidate)> = candidates.iter().enumerate().collect();
    order.sort_by_key(|(_, candidate)| std::cmp::Reverse(candidate.log.bytes));
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(candidates.len()));
    let work = || {
        while let Some((index, candidate)) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let read = read_log(routes, candidate, scratch);
            progress.advance(candidate.log.bytes);
            if let Ok(mut done) = done.lock() {
                done.push((*index, read));
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 1..cores.min(candidates.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, read)| read).collect()
}

fn read_log(routes: &Routes, candidate: &Candidate, scratch: &Path) -> ReadLog {
    let source = Source::file(&candidate.log.path).with_scratch(scratch);
    let mut read = ReadLog {
        log: candidate.log.clone(),
        parser: None,
        expected: candidate.parser,
        named: candidate.named,
        swept: candidate.swept,
        sessions: Ok(Vec::new()),
        unchanged: Vec::new(),
        records: None,
    };
    let parsed = discover::parser_for(&source, candidate.parser).and_then(|parser| {
        read.parser = Some(parser);
        let mut places = Places::new();
        loop {
            let (log, stored) = (&candidate.log, &candidate.stored);
            let mut recorder = Recorder::new(routes, &places, source, log, parser, stored);
            let report = parser.parse(&source, &mut recorder)?;
            match recorder.finish(&report)? {
                Log::Read(sessions, unchanged) => {
                    read.records = Some(report);
                    read.unchanged = unchanged;
                    return Ok(sessions);
                }
                Log::Misplaced(found) => places = found,
            }
        }
    });
    read.sessions = parsed;
    read
}
