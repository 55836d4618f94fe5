//! `opensession secrets allow`: what is not masked although a rule finds it.

use crate::args::StoreArg;
use crate::commands::secrets::here;
use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::schema::AllowanceView;
use crate::surroundings::Surroundings;
use opensession_engine::Allowance;
use std::io;

const EXAMPLES: &str = "\
Examples:
  opensession secrets allow                        list what is not masked here
  opensession secrets allow '[redacted:key:1a2b]'  what this mark stands for is no secret
  opensession secrets allow jwt                    switch a rule off
  opensession secrets allow -                      a value, from standard input
  opensession secrets allow --remove jwt           mask it again

The list stays on this machine, beside the key; of a value it holds a keyed hash.
It counts for what is captured from now on: what is stored keeps its marks.";

/// Let values, marks or whole rules pass in this repository
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Marks, names of rules, or values; `-` reads a value from standard input; without any, the list is printed
    #[arg(value_name = "MARK|RULE|VALUE")]
    what: Vec<String>,
    /// Mask it again
    #[arg(long, requires = "what")]
    remove: bool,
    #[command(flatten)]
    store: StoreArg,
}

pub(super) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = here(&args.store, place)?;
    let mut changed = Vec::new();
    for what in &args.what {
        let what = if what == "-" { read_value()? } else { what.clone() };
        changed.push(engine.allow(&what, !args.remove)?);
    }
    let listed: Vec<(Allowance, bool)> = match args.what.is_empty() {
        true => engine.allowed()?.into_iter().map(|allowance| (allowance, false)).collect(),
        false => changed,
    };
    if place.json {
        let views: Vec<AllowanceView> =
            listed.iter().map(|(allowance, _)| AllowanceView::new(allowance)).collect();
        output.stdout.json(&views)?;
        return Ok(Exit::Done);
    }
    for (allowance, is_new) in &listed {
        let told = match (args.what.is_empty(), args.remove, is_new) {
            (true, ..) => allowance.to_string(),
            (_, false, true) => format!("not masked from now on: {allowance}"),
            (_, false, false) => format!("was not masked before: {allowance}"),
            (_, true, true) => format!("masked from now on: {allowance}"),
            (_, true, false) => format!("was masked before: {allowance}"),
        };
        output.stdout.line(&told)?;
    }
    if listed.is_empty() {
        output.stderr.line("nothing is let pass here")?;
    }
    Ok(Exit::Done)
}

/// Returns the line that is typed or piped in.
fn read_value() -> Result<String, Failure> {
    let mut value = String::new();
    io::stdin().read_line(&mut value)?;
    let value = value.trim_end_matches(['\n', '\r']);
    if value.is_empty() {
        return Err(Failure::Usage {
            message: "there is no value on standard input".to_owned(),
            hint: "type or pipe in the value that is no secret, on one line".to_owned(),
        });
    }
    Ok(value.to_owned())
}
