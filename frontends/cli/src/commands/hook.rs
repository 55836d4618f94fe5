//! `opensession hook`: what the installed hooks call. Quiet whatever happens: `opensession status` tells.

use crate::error::{Exit, Failure};
use crate::surroundings::{Surroundings, root_of};
use clap::ValueEnum;
use opensession_engine::{Engine, Scope, Seen};
use std::io::BufRead;

/// A rebase of more commits is found by looking, like one that no hook saw.
const LONGEST_INPUT: u64 = 16 << 20;

/// Capture what happened, from a git hook or an AI tool
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which hook
    pub name: Name,
    /// What git gives the hook
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// The hooks that call us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Of git
    PostCommit,
    /// Of git
    PostMerge,
    /// Of git, with the rewritten commits on standard input
    PostRewrite,
    /// Of git, with the remote's name and address as arguments
    PrePush,
    /// Of an AI tool
    SessionEnd,
}

impl Name {
    const fn as_str(self) -> &'static str {
        match self {
            Self::PostCommit => "post-commit",
            Self::PostMerge => "post-merge",
            Self::PostRewrite => "post-rewrite",
            Self::PrePush => "pre-push",
            Self::SessionEnd => "session-end",
        }
    }
}

pub(crate) fn run(args: &Args, place: &Surroundings, input: impl BufRead) -> Result<Exit, Failure> {
    let engine = Engine::open(place.home.clone(), Scope::Home)?;
    let is_rewrite = args.name == Name::PostRewrite;
    match place.repository()? {
        Some(here) if args.name == Name::PrePush => {
            if let [_name, url, ..] = &args.arguments[..] {
                engine.share_behind(&root_of(here), url, place.now)?;
            }
        }
        Some(here) if args.name != Name::SessionEnd => {
            let seen = Seen {
                hook: args.name.as_str().to_owned(),
                rewritten: if is_rewrite { rewritten(input) } else { Vec::new() },
            };
            engine.hook(&root_of(here), &seen, place.now)?;
        }
        _ => engine.catch_up(place.now)?,
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
