//! `opensession fsck`: is everything that is stored still whole?

use crate::args::StoreArg;
use crate::error::{Exit, Failure};
use crate::figures::plural;
use crate::output::Output;
use crate::progress::Bar;
use crate::schema::{FindingView, SCHEMA};
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::Progress;
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  opensession fsck            your own store
  opensession fsck --repo .   the sessions branch of this repository

Every byte that reading depends on is checked. Exit code 5: something is damaged, one finding a line.";

/// Check every stored session
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub store: StoreArg,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine(args.store.repo.as_deref())?;
    let bar = Bar::of_sessions(place.progress);
    let stores = engine.fsck(&mut |done, all| bar.set(done, all))?;
    bar.finish();
    let sessions = stores.iter().map(|store| store.sessions).sum();
    let findings: Vec<_> = stores
        .iter()
        .flat_map(|store| store.findings.iter().map(|finding| (store.git_dir.as_path(), finding)))
        .collect();
    if place.json {
        let findings: Vec<FindingView<'_>> =
            findings.iter().map(|(store, finding)| FindingView::new(store, finding)).collect();
        let object = json!({"schema": SCHEMA, "sessions": sessions, "findings": findings});
        output.stdout.data(|out| writeln!(out, "{object}"))?;
    } else if findings.is_empty() {
        output.stdout.styled(style::GOOD, "ok")?;
        output.stdout.line(&format!(": {} checked", plural(sessions, "session")))?;
    } else {
        for (store, finding) in &findings {
            if stores.len() > 1 {
                let store = place.short_path(&store.display().to_string());
                output.stdout.styled(style::PLACE, &store)?;
                output.stdout.text(": ")?;
            }
            if let Some(session) = &finding.session {
                output.stdout.styled(style::NAME, session.as_str())?;
                output.stdout.text(": ")?;
            }
            output.stdout.line(&format!("{}: {}", finding.object, finding.reason))?;
        }
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::Corrupt })
}
