//! `opensession secrets`: what is masked before anything is stored, and what today's rules find in what is stored.

mod allow;
mod explain;
mod scan;

use crate::args::StoreArg;
use crate::error::{Exit, Failure};
use crate::figures::plural;
use crate::output::Output;
use crate::schema::{SCHEMA, SecretKindView};
use crate::style;
use crate::surroundings::Surroundings;
use crate::table::{self, Column, Fit};
use clap::Subcommand;
use opensession_engine::{Engine, SecretKind, secret_kinds};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  opensession secrets test < notes.md      what would be masked in a text
  opensession secrets scan --all           look through what is stored with today's rules
  opensession secrets scan notes.md        a file that is not stored
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
    Scan(scan::Args),
    /// List the kinds of secrets that are looked for
    Rules,
    Explain(explain::Args),
    Allow(allow::Args),
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    match &args.what {
        What::Test { file, store } => test(file.as_ref(), store, place, output),
        What::Scan(args) => scan::run(args, place, output),
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
        output.stdout.flush()?;
        output.stderr.line(&told)?;
    }
    Ok(if counts.is_empty() { Exit::Done } else { Exit::Negative })
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
    output.stdout.flush()?;
    output.stderr.line(&plural(views.len() as u64, "rule"))?;
    Ok(Exit::Done)
}

const fn plain(head: &'static str) -> Column {
    Column { head, style: style::PLAIN, right: false, fit: Fit::Keep, rank: 0 }
}
