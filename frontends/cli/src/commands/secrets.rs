//! `opensession secrets`: what is masked before anything is stored, and what today's rules find in what is stored.

mod allow;
mod explain;

use crate::args::StoreArg;
use crate::commands::show;
use crate::error::{Exit, Failure};
use crate::figures::plural;
use crate::output::{Output, Screen};
use crate::schema::{SCHEMA, SecretFindingView, SecretKindView};
use crate::style;
use crate::surroundings::Surroundings;
use crate::table::{self, Column, Fit};
use clap::Subcommand;
use opensession_engine::{Engine, SecretFinding, SecretKind, secret_kinds};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  opensession secrets test < notes.md      what would be masked in a text
  opensession secrets scan --all           look through what is stored with today's rules
  opensession secrets rules | grep -i aws  what is looked for
  opensession secrets explain key:1a2b     why something was masked, and where it stands
  opensession secrets allow key:1a2b       what this mark stands for is no secret

Everything is masked before it is stored; docs/security.md says how, and what to do after a leak.";

/// See what is masked, and look for secrets in what is stored
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Print a text as it would be stored; exit code 1 where something was masked
    Test {
        /// The text; standard input without it
        file: Option<PathBuf>,
        #[command(flatten)]
        store: StoreArg,
    },
    /// Look through stored sessions with today's rules; exit code 1 on findings
    Scan {
        /// Ids, beginnings of ids, HEAD, HEAD~N, or paths of logs
        #[arg(value_name = "SESSION", required_unless_present = "all")]
        sessions: Vec<String>,
        /// All sessions, sub-agents' too
        #[arg(long, conflicts_with = "sessions")]
        all: bool,
        #[command(flatten)]
        store: StoreArg,
    },
    /// List the kinds of secrets that are looked for
    Rules,
    Explain(explain::Args),
    Allow(allow::Args),
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    match &args.what {
        What::Test { file, store } => test(file.as_ref(), store, place, output),
        What::Scan { sessions, all, store } => scan(sessions, *all, store, place, output),
        What::Rules => list_rules(place, output),
        What::Explain(args) => explain::run(args, place, output),
        What::Allow(args) => allow::run(args, place, output),
    }
}

/// Returns the engine over the store that a session of the current folder goes to: that of its repository where it is
/// enabled.
fn here(store: &StoreArg, place: &Surroundings) -> Result<Engine, Failure> {
    match (store.repo.as_deref(), place.repository()?) {
        (None, Some(found)) if found.is_enabled().map_err(opensession_engine::Error::from)? => {
            place.engine_of(found)
        }
        (repo, _) => place.engine(repo),
    }
}

fn test(
    file: Option<&PathBuf>,
    store: &StoreArg,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    match file {
        Some(file) => bytes = fs::read(place.existing(file)?)?,
        None => {
            io::stdin().lock().read_to_end(&mut bytes)?;
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (masked, counts) = here(store, place)?.mask(text, &place.folder)?;
    if place.json {
        output
            .stdout
            .json(&serde_json::json!({ "schema": SCHEMA, "text": masked, "secrets": counts }))?;
    } else {
        output.stdout.text(&masked)?;
        let count: u64 = counts.values().sum();
        let told = counts.iter().map(|(rule, count)| format!("{count} {rule}"));
        let told = told.collect::<Vec<_>>().join(", ");
        let told = if count == 0 { "nothing masked".to_owned() } else { format!("masked: {told}") };
        output.stderr.line(&told)?;
    }
    Ok(if counts.is_empty() { Exit::Done } else { Exit::Negative })
}

fn scan(
    sessions: &[String],
    all: bool,
    store: &StoreArg,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let engine = place.engine(store.repo.as_deref())?;
    let mut found: Vec<(String, SecretFinding)> = Vec::new();
    let (mut scanned, mut damaged) = (0, Vec::new());
    if all {
        engine.find_all_secrets(|key, findings| {
            scanned += 1;
            match findings {
                Ok(all) => found.extend(all.into_iter().map(|one| (key.as_str().to_owned(), one))),
                Err(error) => damaged.push(error),
            }
        })?;
    }
    for name in sessions {
        let session = show::open(&engine, name, place)?;
        let key = session.key().as_str();
        found.extend(engine.find_secrets(&session)?.into_iter().map(|one| (key.to_owned(), one)));
        scanned += 1;
    }
    for error in &damaged {
        output.stderr.styled(style::BAD, "error: ")?;
        output.stderr.line(&error.to_string())?;
    }
    let views = found.iter().flat_map(|(session, finding)| {
        let event = finding.event.as_ref().map(|id| id.as_str());
        let one = move |(rule, count)| SecretFindingView { session, event, rule, count };
        finding.counts.iter().map(move |(rule, count)| one((rule.as_str(), *count)))
    });
    let views: Vec<SecretFindingView<'_>> = views.collect();
    if place.json {
        output.stdout.json(&views)?;
    } else {
        write_findings(&mut output.stdout, &views)?;
        let told = match views.len() as u64 {
            0 => "no secrets found".to_owned(),
            count => plural(count, "finding"),
        };
        output.stderr.line(&format!("{}: {told}", plural(scanned, "session")))?;
    }
    Ok(match (found.is_empty(), damaged.is_empty()) {
        (false, _) => Exit::Negative,
        (true, false) => Exit::Corrupt,
        (true, true) => Exit::Done,
    })
}

fn write_findings(screen: &mut Screen, views: &[SecretFindingView<'_>]) -> io::Result<()> {
    if views.is_empty() {
        return Ok(());
    }
    let row = |view: &SecretFindingView<'_>| {
        let event = view.event.unwrap_or("(header)").to_owned();
        vec![view.session.to_owned(), event, view.rule.to_owned(), view.count.to_string()]
    };
    let columns = ["SESSION", "EVENT", "RULE", "COUNT"].map(plain);
    table::write(screen, &columns, &views.iter().map(row).collect::<Vec<_>>())
}

fn list_rules(place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    // What is found in several ways is one kind.
    let mut kinds: BTreeMap<&str, (&str, Vec<&str>)> = BTreeMap::new();
    for SecretKind { name, provider, keywords, .. } in secret_kinds() {
        kinds.entry(name).or_insert((provider, Vec::new())).1.extend(keywords);
    }
    let views: Vec<SecretKindView<'_>> = kinds
        .iter()
        .map(|(name, (provider, keywords))| SecretKindView { name, provider, keywords })
        .collect();
    if place.json {
        output.stdout.json(&views)?;
        return Ok(Exit::Done);
    }
    let row = |view: &SecretKindView<'_>| {
        let provider = if view.provider == "any" { "" } else { view.provider };
        let looks_for = match view.keywords {
            // What only its value tells.
            [] => "values in .env files and in the environment".to_owned(),
            words => words.join(" "),
        };
        vec![view.name.to_owned(), provider.to_owned(), looks_for]
    };
    let mut columns = ["RULE", "PROVIDER", "LOOKS FOR"].map(plain);
    columns[2].fit = Fit::CutEnd(12);
    table::write(&mut output.stdout, &columns, &views.iter().map(row).collect::<Vec<_>>())?;
    output.stderr.line(&plural(views.len() as u64, "rule"))?;
    Ok(Exit::Done)
}

const fn plain(head: &'static str) -> Column {
    Column { head, style: style::PLAIN, right: false, fit: Fit::Keep, rank: 0 }
}
