//! `opensession restore`: a forgotten session comes back.

use crate::commands::forget;
use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::progress::Bar;
use crate::schema::SCHEMA;
use crate::surroundings::Surroundings;
use opensession_engine::{Error, RestoredFound};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  opensession restore 53ea19c1

It is looked for in the history of the branches that it was forgotten on, then in what was fetched and in your other
stores, then in the log of its tool. What comes back stands above what was forgotten, so that it stays everywhere.
Exit code 3: it is nowhere on this machine any more.";

/// Bring a forgotten session back
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// An id, or the beginning of one
    #[arg(value_name = "SESSION")]
    pub session: String,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = forget::engine(place)?;
    let Some(key) = engine.forgotten(&args.session)? else {
        // One that stands has nothing to come back from.
        let stands = crate::commands::show::open(&engine, &args.session, place);
        return match stands {
            Ok(session) => Err(Failure::Usage {
                message: format!("{} is not forgotten", session.key()),
                hint: "`opensession show` reads it".to_owned(),
            }),
            Err(Failure::Engine(Error::NoSession { reference })) => {
                Err(Error::NoSession { reference }.into())
            }
            Err(other) => Err(other),
        };
    };
    let restored = engine.restore(&key, place.now, &Bar::of_bytes(place.progress))?;
    if place.json {
        let sessions = restored.iter().map(|one| {
            json!({
                "id": one.key.id(),
                "key": one.key,
                "from": name(one.found),
                "stores": one.git_dirs,
            })
        });
        let sessions: Vec<_> = sessions.collect();
        let object = json!({"schema": SCHEMA, "sessions": sessions});
        output.stdout.data(|out| writeln!(out, "{object}"))?;
        return Ok(Exit::Done);
    }
    for one in &restored {
        let stores = one.git_dirs.iter().map(|path| place.short_path(&path.display().to_string()));
        let stores: Vec<String> = stores.collect();
        let from = match one.found {
            RestoredFound::History => "from the history",
            RestoredFound::Copy => "from a copy",
            RestoredFound::Log => "from its log",
        };
        output.stdout.line(&format!("{} is back in {}, {from}", one.key, stores.join(", ")))?;
    }
    Ok(Exit::Done)
}

const fn name(found: RestoredFound) -> &'static str {
    match found {
        RestoredFound::History => "history",
        RestoredFound::Copy => "copy",
        RestoredFound::Log => "log",
    }
}
