//! `opensession hook`: what the installed hooks call. Quiet whatever happens: `opensession status` tells.

use crate::error::{Exit, Failure};
use crate::surroundings::Surroundings;
use opensession_engine::{Engine, Scope, Seen};
use std::io::BufRead;

/// A rebase of more commits is found by looking, like one that no hook saw.
const LONGEST_INPUT: u64 = 16 << 20;

/// Capture what happened, from a git hook or an AI tool
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `post-commit`, `post-merge`, `post-rewrite` or `session-end`
    pub name: String,
    /// What git gives the hook
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

pub(crate) fn run(args: &Args, place: &Surroundings, input: impl BufRead) -> Result<Exit, Failure> {
    let everything = Engine::open(place.home.clone(), Scope::Home)?;
    // A broken repository is no reason to fail somebody's commit; whatever can be known is in the status.
    let here = place.repository()?.filter(|here| here.is_enabled().unwrap_or(false));
    let seen = Seen {
        hook: args.name.clone(),
        rewritten: if args.name == "post-rewrite" { rewritten(input) } else { Vec::new() },
    };
    match here {
        Some(here) => everything.hook(&here.git_dir, &seen, place.now)?,
        None if args.name == "session-end" => everything.catch_up(place.now)?,
        // The hook of a repository that is not enabled any more, or of all of a user's repositories.
        None => {}
    }
    Ok(Exit::Done)
}

/// Returns the commits that took the place of others: a line for each, `old new`, and maybe more (githooks(5)).
fn rewritten(input: impl BufRead) -> Vec<(String, String)> {
    let lines = input.take(LONGEST_INPUT).lines().map_while(Result::ok);
    lines
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_whatever_follows_them() {
        let found = rewritten(&b"a b\nc d extra\n\nnonsense\n"[..]);
        let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
        assert_eq!(found, [pair("a", "b"), pair("c", "d")]);
    }
}
