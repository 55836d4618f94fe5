//! `opensession purge`: the history begins anew, without what was forgotten.

use crate::args::StoreArg;
use crate::error::{Exit, Failure};
use crate::output::{Output, Screen};
use crate::schema::SCHEMA;
use crate::surroundings::Surroundings;
use opensession_engine::Purged;
use serde_json::json;
use std::io;

const EXAMPLES: &str = "\
Examples:
  opensession purge             the branch of this repository; outside of one, your own store
  opensession purge --gc        and remove the old objects at once
  opensession purge --repo DIR  the branch of another repository

The branch becomes one commit of what it shows now: what was forgotten, or redacted again, is in none of its commits.
In a repository git keeps the old objects for some two weeks; --gc runs `git gc --prune=now` there, which also removes
everything else that no ref or reflog leads to. What it cannot reach, remotes, clones and backups, is listed.";

/// Begin the history of the sessions branch anew, without what was forgotten
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Remove everything that nothing leads to any more from the repository, not only what is opensession's
    #[arg(long)]
    pub gc: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub store: StoreArg,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine_here(args.store.repo.as_deref())?;
    let question = "Begin the history of opensession/sessions anew? No older commit of it stays.";
    if !args.yes && !place.ask(&mut output.stdout, question)? {
        output.stdout.line("Nothing was changed.")?;
        return Ok(Exit::Done);
    }
    let Some((git_dir, purged)) = engine.purge(place.now, args.gc)? else {
        output.stdout.line("Nothing is stored there.")?;
        return Ok(Exit::Done);
    };
    if place.json {
        let remotes = purged.remotes.iter();
        let object = json!({
            "schema": SCHEMA,
            "git_dir": git_dir,
            "commit": purged.tip.to_string(),
            "epoch": purged.epoch,
            "old": purged.old.map(|old| old.to_string()),
            "kept": purged.is_kept,
            "remotes": remotes
                .map(|(name, tip)| json!({"name": name, "tip": tip.to_string()}))
                .collect::<Vec<_>>(),
            "refs": purged.refs,
        });
        output.stdout.data(|out| writeln!(out, "{object}"))?;
    } else {
        write(&mut output.stdout, &purged)?;
    }
    Ok(Exit::Done)
}

fn write(screen: &mut Screen, purged: &Purged) -> io::Result<()> {
    let Purged { tip, epoch, old, is_kept, remotes, refs } = purged;
    let tip = tip.to_string();
    let tip = tip.get(..10).unwrap_or(&tip);
    match old {
        Some(_) => screen.line(&format!("the history begins anew: epoch {epoch}, commit {tip}"))?,
        None => screen.line(&format!("the history is one commit already: {tip}"))?,
    }
    match (old, is_kept) {
        (Some(_), true) => screen.line("the old objects are still in this repository; git removes them in time, `--gc` at once")?,
        (Some(_), false) => screen.line("the old objects are gone from this repository")?,
        (None, _) => {}
    }
    for name in refs {
        screen
            .line(&format!("  {name} leads to the old history, which stays as long as it does"))?;
    }
    screen.line("Out of reach:")?;
    for (remote, theirs) in remotes {
        screen.line(&format!("  {remote} has another history; `opensession sync {remote}` replaces it, or without opensession"))?;
        screen.line(&format!(
            "    git push --force-with-lease=opensession/sessions:{theirs} {remote} opensession/sessions"
        ))?;
    }
    screen
        .line("  what remotes keep of what was replaced, forks there, other clones and backups:")?;
    screen.line("    clones leave the old history with their next `opensession sync` or `pull`, their owners purge it")
}
