//! The index, brought up to date with a progress bar, and what is asked of it.

use crate::error::Failure;
use crate::output::Output;
use crate::progress::Bar;
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{
    Clock, Cursor, Engine, Index, IndexProgress, Progress, Query, query_hint,
};

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
            screen.styled(style::BAD, "warning: ")?;
            screen.line(&format!("the index cannot be kept, so it is made anew: {reason}"))?;
        }
        let damaged = refreshed.damaged.iter().map(ToString::to_string);
        let problems = index.problems().iter().map(ToString::to_string);
        let mut is_partial = false;
        for error in damaged.chain(problems) {
            is_partial = true;
            screen.styled(style::BAD, "warning: ")?;
            screen.line(&format!("left out: {error}"))?;
        }
        Ok(Self { index, is_partial })
    }
}

/// What is looked for, on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct QueryArgs {
    /// Words and filters, such as `timeout tool:codex after:3d`
    #[arg(value_name = "QUERY")]
    pub words: Vec<String>,
    /// Sub-agents' sessions too
    #[arg(long)]
    pub all: bool,
    /// Go on where a page ended
    #[arg(long, value_name = "PLACE")]
    pub cursor: Option<String>,
}

impl QueryArgs {
    /// Returns the query.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a filter whose value makes no sense.
    pub(crate) fn parse(&self, place: &Surroundings) -> Result<Query, Failure> {
        let text = self.words.join(" ");
        let query = Query::parse(&text, &Clock::utc(place.now));
        let query = query.map_err(|error| Failure::Usage {
            message: error.to_string(),
            hint: query_hint(&text).unwrap_or_else(|| "docs/search.md has the language".to_owned()),
        })?;
        Ok(Query { auxiliary: query.auxiliary || self.all, ..query })
    }

    /// Returns where the page begins.
    ///
    /// # Errors
    /// When it is no such place.
    pub(crate) fn cursor(&self) -> Result<Option<Cursor>, Failure> {
        let cursor = self.cursor.as_ref().map(|text| text.parse::<Cursor>());
        Ok(cursor.transpose().map_err(opensession_engine::Error::from)?)
    }
}
