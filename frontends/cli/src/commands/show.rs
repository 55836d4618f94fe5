//! `opensession show`: a session as people read it.

mod commit;
mod event;

use crate::args::StoreArg;
use crate::conversation::{self, View};
use crate::error::{Exit, Failure};
use crate::output::{Output, Screen};
use crate::schema::{SCHEMA, SessionView};
use crate::surroundings::Surroundings;
use opensession_engine::{Engine, Error, Reference, SessionReader, SessionRow};
use std::io;

const EXAMPLES: &str = "\
Examples:
  opensession show HEAD          the newest session
  opensession show 53ea19c1      by the beginning of its id
  opensession show HEAD~2 --full every thought and output, unfolded
  opensession show HEAD --event 5b1d7c9e
                                 one event, in the turn that it is of; search and blame name events
  opensession show HEAD --json   the session, its events as HAIL
  opensession show 3f9a1c2       the sessions whose edits that commit holds; also main~2, v1.0

Long outputs and thoughts are folded to their first and last lines: `… 120 lines …`.
On a terminal it opens in a pager: OPENSESSION_PAGER, GIT_PAGER, PAGER or `less -FRX`.";

/// Read a session: prompts, answers, tool calls, diffs; or list the sessions of a commit
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// An id, the beginning of one, HEAD, HEAD~N, the path of a log; or a commit
    #[arg(value_name = "SESSION")]
    pub reference: String,
    /// Go to an event, by its id or the beginning of it: `less` opens there, anything else gets its turn
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub event: Option<String>,
    /// Fold nothing
    #[arg(long)]
    pub full: bool,
    #[command(flatten)]
    pub store: StoreArg,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine(args.store.repo.as_deref())?;
    let reader = if commit::is_full_id(&args.reference) {
        None
    } else {
        match open(&engine, &args.reference, place) {
            Err(Failure::Engine(Error::NoSession { .. })) => None,
            Err(Failure::Engine(Error::Forgotten { session })) => {
                // A commit may be called so too.
                let found = commit::run(&args.reference, args.store.repo.as_deref(), place, output);
                return match found {
                    Err(Failure::Engine(Error::NoSession { .. })) => {
                        Err(Error::Forgotten { session }.into())
                    }
                    found => found,
                };
            }
            found => Some(found?),
        }
    };
    let Some(reader) = reader else {
        if args.event.is_some() {
            return Err(Error::NoSession { reference: args.reference.clone() }.into());
        }
        return commit::run(&args.reference, args.store.repo.as_deref(), place, output);
    };
    if let Some(id) = &args.event {
        event::write(&reader, id, args.full, place, &mut output.stdout)?;
    } else if place.json {
        print_json(&mut output.stdout, &reader, reader.segments())?;
    } else {
        output.stdout.page(place.pager())?;
        write(&reader, args.full, place, &mut output.stdout)?;
    }
    Ok(Exit::Done)
}

/// Returns the session that `reference` names; a path is seen from the current folder.
pub(super) fn open(
    engine: &Engine,
    reference: &str,
    place: &Surroundings,
) -> Result<SessionReader, Failure> {
    let is_path = reference.contains(['/', '\\']) || reference.ends_with(".jsonl");
    let reference = if is_path {
        place.existing(reference.as_ref())?.to_string_lossy().into_owned()
    } else {
        reference.to_owned()
    };
    let reference = Reference::new(reference);
    let missing = match engine.session(&reference) {
        Err(missing @ (Error::NoSession { .. } | Error::Forgotten { .. })) => missing,
        found => return Ok(found?),
    };
    // What others have pushed is read where it was fetched to: in the repository.
    match place.repository()? {
        Some(here) => match place.engine_of(here)?.session(&reference) {
            Err(Error::NoSession { .. }) => Err(missing.into()),
            found => Ok(found?),
        },
        None => Err(missing.into()),
    }
}

/// Writes a session as people read it, its sub-agents' joined in.
pub(super) fn write(
    reader: &SessionReader,
    full: bool,
    place: &Surroundings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let session = reader.read()?;
    let agents = reader.read_agents()?;
    let stats = &reader.manifest().stats;
    let view = View { full, place, event: None, is_turn: false };
    conversation::write(screen, &session, &agents, stats, &view)?;
    Ok(())
}

/// Writes the session and event lines of it as one object, segment by segment.
fn print_json(
    screen: &mut Screen,
    reader: &SessionReader,
    segments: impl Iterator<Item = opensession_engine::Result<Vec<u8>>>,
) -> Result<(), Failure> {
    let manifest = reader.manifest();
    let row = SessionRow {
        key: reader.key().clone(),
        header: manifest.header.clone(),
        stats: manifest.stats,
        origin: reader.origin().clone(),
    };
    screen.data(|out| {
        write!(out, "{{\"schema\":{SCHEMA},\"session\":")?;
        serde_json::to_writer(&mut *out, &SessionView::new(&row)).map_err(io::Error::from)?;
        write!(out, ",\"events\":[")?;
        let mut first = true;
        for segment in segments {
            for line in segment?.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                out.write_all(if first { b"\n" } else { b",\n" })?;
                out.write_all(line)?;
                first = false;
            }
        }
        Ok(writeln!(out, "\n]}}")?)
    })
}
