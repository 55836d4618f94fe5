//! `opensession fsck`: is everything that is stored still whole?

use crate::args::StoreArg;
use crate::error::{Exit, Failure};
use crate::figures::plural;
use crate::output::Output;
use crate::progress::Bar;
use crate::schema::{FindingView, SCHEMA};
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{Engine, Origin, Progress, RepairedStore, RestoredFrom};
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  opensession fsck            your own store, and the branches of your repositories
  opensession fsck --repo .   the sessions branch of this repository
  opensession fsck --repair   restore what is damaged: from other copies, what was fetched, older
                              commits, and the tools' logs

Every byte that reading depends on is checked. Exit code 5: something is damaged, one finding a line.";

/// Check every stored session
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Restore what is damaged, as far as anything still holds it
    #[arg(long)]
    pub repair: bool,
    #[command(flatten)]
    pub store: StoreArg,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine(args.store.repo.as_deref())?;
    if args.repair {
        return repair(&engine, place, output);
    }
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

/// Restores what is damaged, and says from where.
fn repair(engine: &Engine, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let stores = engine.repair(place.now, &Bar::of_bytes(place.progress))?;
    let is_whole = stores.iter().all(|store| store.lost.is_empty());
    let exit = if is_whole { Exit::Done } else { Exit::Corrupt };
    if place.json {
        let stores: Vec<_> = stores.iter().map(to_json).collect();
        let object = json!({"schema": SCHEMA, "stores": stores});
        output.stdout.data(|out| writeln!(out, "{object}"))?;
        return Ok(exit);
    }
    let screen = &mut output.stdout;
    if stores.is_empty() {
        screen.styled(style::GOOD, "ok")?;
        screen.line(": nothing is damaged")?;
    }
    for store in &stores {
        screen.styled(style::PLACE, &place.short_path(&store.git_dir.display().to_string()))?;
        screen.line(&format!(": {} written anew", plural(store.objects as u64, "object")))?;
        for (session, from) in &store.restored {
            screen.styled(style::GOOD, "  restored ")?;
            screen.line(&format!("{session} from {}", describe(from)))?;
        }
        for finding in &store.lost {
            screen.styled(style::BAD, "  not restored ")?;
            let session = finding.session.as_ref().map_or("", |session| session.as_str());
            screen.line(&format!("{session} {}: {}", finding.object, finding.reason))?;
        }
        for path in &store.moved {
            let path = place.short_path(&path.display().to_string());
            screen.line(&format!("  the damaged file is kept at {path}"))?;
        }
    }
    Ok(exit)
}

fn describe(from: &RestoredFrom) -> String {
    match from {
        RestoredFrom::Objects => "another copy of the same objects".to_owned(),
        RestoredFrom::Past(commit) => format!("commit {}", commit.get(..10).unwrap_or(commit)),
        RestoredFrom::Branch(Origin::Home) => "your own store".to_owned(),
        RestoredFrom::Branch(Origin::Repository(path)) => path.display().to_string(),
        RestoredFrom::Branch(Origin::Remote(name)) => format!("what was fetched from {name}"),
        RestoredFrom::Log => "the tool's log".to_owned(),
    }
}

fn to_json(store: &RepairedStore) -> Value {
    let restored = store
        .restored
        .iter()
        .map(|(session, from)| json!({"session": session, "from": describe(from)}));
    let lost = store.lost.iter().map(|finding| FindingView::new(&store.git_dir, finding));
    json!({
        "git_dir": store.git_dir,
        "objects": store.objects,
        "restored": restored.collect::<Vec<_>>(),
        "lost": lost.collect::<Vec<_>>(),
        "moved": store.moved,
    })
}
