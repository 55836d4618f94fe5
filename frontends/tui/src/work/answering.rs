//! The reader of the index: answers what the list and the figures ask, from a database that it keeps open.

use crate::list::{self, Request};
use crate::message::Message;
use crate::stats;
use crate::work::Workplace;
use opensession_engine::{Index, Prices, Query, Result};
use std::sync::mpsc::Receiver;

/// The list has so many lines at most before the index is asked.
const FIRST: usize = 200;

/// What the reader of the index is to do.
pub enum Job {
    /// Answer the list.
    List(Request),
    /// Add up what a query finds.
    Figures(Query),
    /// Look at the branches and the file again: they have changed.
    LookAgain,
}

impl Workplace {
    /// Answers what is asked of the index, until nobody asks any more.
    pub fn read_index(&self, jobs: &Receiver<Job>) {
        let mut reader = Reader { place: self, index: None, is_first: true, has_shown: false };
        while let Ok(first) = jobs.recv() {
            let waiting: Vec<Job> = std::iter::once(first).chain(jobs.try_iter()).collect();
            let newest = waiting.iter().filter_map(question).max();
            for job in waiting {
                // What was asked before the last key is of no use any more.
                if question(&job).is_some() && question(&job) < newest {
                    continue;
                }
                if let Err(error) = reader.take(job) {
                    self.tell(Message::Failed(error.to_string()));
                }
            }
        }
    }
}

struct Reader<'w> {
    place: &'w Workplace,
    /// `None` until the first question, and after the index failed.
    index: Option<Index<'w>>,
    /// Whether no question was answered yet.
    is_first: bool,
    /// Whether the list has got the rows of the branches.
    has_shown: bool,
}

impl<'w> Reader<'w> {
    fn take(&mut self, job: Job) -> Result<()> {
        let place = self.place;
        match job {
            Job::LookAgain => self.look_again(),
            Job::Figures(query) => {
                let prices = Prices::load(&place.home)?;
                let figures = stats::add_up(self.index()?, &query, &place.clock(), &prices)?;
                place.tell(Message::Figures(Box::new(figures)));
                Ok(())
            }
            Job::List(request) => self.answer(request),
        }
    }

    fn answer(&mut self, request: Request) -> Result<()> {
        let (place, is_first) = (self.place, self.is_first);
        let index = self.index()?;
        // One that was never filled knows nothing; the branches do.
        let is_empty = is_first && index.find(&Query::default(), 1, None)?.sessions.is_empty();
        self.is_first = false;
        if is_empty {
            return self.show_newest();
        }
        let index = self.index()?;
        if let Some(answer) = list::answer(index, request, place.clock().offset_minutes())? {
            place.tell(Message::List(answer));
        }
        Ok(())
    }

    /// Returns the index, opened where it is not.
    fn index(&mut self) -> Result<&mut Index<'w>> {
        let index = match self.index.take() {
            Some(index) => index,
            None => self.open()?,
        };
        Ok(self.index.insert(index))
    }

    fn open(&mut self) -> Result<Index<'w>> {
        if let Some(index) = self.place.shown.index_at_once()? {
            return Ok(index);
        }
        // The rows do not wait until another process lets go of it, nor until everything is read into memory.
        self.show_newest()?;
        let mut index = self.place.shown.index()?;
        if index.detour().is_some() {
            // Nobody else fills one that is only in memory.
            index.refresh(&mut |_| true)?;
        }
        Ok(index)
    }

    /// Shows what the branches have, once.
    fn show_newest(&mut self) -> Result<()> {
        if !self.has_shown {
            self.place.tell(Message::List(list::newest(&self.place.shown, FIRST)?));
            self.has_shown = true;
        }
        Ok(())
    }

    fn look_again(&mut self) -> Result<()> {
        // One that is not open looks when it is opened, and so does one that fails here.
        let Some(mut index) = self.index.take() else { return Ok(()) };
        if index.detour().is_none() {
            index.look_again()?;
        } else {
            // By now its file may be of use.
            index = self.place.shown.index_at_once()?.unwrap_or(index);
            index.refresh(&mut |_| true)?;
        }
        self.index = Some(index);
        Ok(())
    }
}

/// Returns the question that a job belongs to.
const fn question(job: &Job) -> Option<u64> {
    match job {
        Job::List(
            Request::Page { question, .. }
            | Request::Count { question, .. }
            | Request::Groups { question, .. },
        ) => Some(*question),
        _ => None,
    }
}
