//! The index, brought up to date with a progress bar.

use crate::error::Failure;
use crate::output::Output;
use crate::progress::Bar;
use crate::surroundings::Surroundings;
use opensession_engine::{Engine, Index, IndexProgress, Progress};

/// The index of an engine, up to date.
pub(crate) struct Catalogue<'e> {
    pub index: Index<'e>,
    /// Whether something could not be read, so that sessions may be missing.
    pub is_partial: bool,
}

impl<'e> Catalogue<'e> {
    /// Returns the index, brought up to date; says on standard error what could not be read.
    ///
    /// # Errors
    /// When there is no index to be had.
    pub(crate) fn open(
        engine: &'e Engine,
        place: &Surroundings,
        output: &mut Output,
    ) -> Result<Self, Failure> {
        let mut index = engine.index()?;
        let bar = Bar::of_index(place.progress);
        let refreshed = index.refresh(&mut |progress| {
            match progress {
                // Little work, and not in bytes.
                IndexProgress::Sessions { .. } => {}
                IndexProgress::Texts { done, all } => bar.set(done, all),
            }
            true
        });
        bar.finish();
        let refreshed = refreshed?;
        let screen = &mut output.stderr;
        if let Some(reason) = index.detour() {
            screen.warning(&format!("the index cannot be kept, so it is made anew: {reason}"))?;
        }
        let damaged = refreshed.damaged.iter().map(ToString::to_string);
        let problems = index.problems().iter().map(ToString::to_string);
        let mut is_partial = false;
        for error in damaged.chain(problems) {
            is_partial = true;
            screen.warning(&format!("left out: {error}"))?;
        }
        Ok(Self { index, is_partial })
    }
}
