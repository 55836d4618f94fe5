//! `opensession index`: what the index holds, and making it anew.

use crate::args::StoreArg;
use crate::catalogue::Catalogue;
use crate::error::{Exit, Failure};
use crate::figures::{bytes, number, plural};
use crate::output::Output;
use crate::schema::IndexView;
use crate::surroundings::Surroundings;
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  opensession index status
  opensession index rebuild

The index is a view of the sessions branches: deleting it loses nothing, and every command that
needs it brings it up to date first.";

/// The index that lists and searches are answered from
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Say what it holds
    Status(StoreArg),
    /// Throw it away and make it anew
    Rebuild(StoreArg),
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let store = match &args.action {
        Action::Status(store) | Action::Rebuild(store) => store,
    };
    let engine = place.engine(store.repo.as_deref())?;
    if matches!(args.action, Action::Rebuild(_)) {
        engine.remove_index()?;
    }
    let mut catalogue = Catalogue::open(&engine, place, output)?;
    let status = catalogue.index.status()?;
    let path = engine.index_path();
    let size = engine.index_size();
    if place.json {
        output.stdout.json(&IndexView::new(&path, size, &status))?;
    } else {
        let screen = &mut output.stdout;
        screen.line(&place.short_path(&path.display().to_string()))?;
        let branches = match status.sources {
            1 => "1 branch".to_owned(),
            count => format!("{} branches", number(count)),
        };
        screen.line(&format!(
            "{} with {} of events on {}; {} on disk",
            plural(status.sessions, "session"),
            bytes(status.bytes),
            branches,
            bytes(size)
        ))?;
        if status.unread > 0 {
            screen.line(&format!("not read yet: {}", plural(status.unread, "session")))?;
        }
    }
    Ok(if catalogue.is_partial { Exit::Partial } else { Exit::Done })
}
