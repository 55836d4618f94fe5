//! `opensession publish`: hand a log on to where others can read it.

use crate::commands::capture;
use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::surroundings::{Surroundings, root_of};
use clap::Subcommand;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  opensession publish upload session.jsonl --git
  opensession publish upload session.jsonl --git --repo ~/src/shop

The session goes to the branch opensession/sessions of the repository that holds the current folder;
outside of any repository to your own store. Nothing leaves this machine: `git push` is up to you.";

/// Store a log where others can read it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Parse a log and store its session
    #[command(after_long_help = EXAMPLES)]
    Upload {
        /// The log
        file: PathBuf,
        /// Store it on the sessions branch of a git repository
        #[arg(long)]
        git: bool,
        /// The repository, instead of the one that holds the current folder
        #[arg(long, value_name = "DIR")]
        repo: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let What::Upload { file, git, repo } = &args.what;
    if !git {
        return Err(Failure::Usage {
            message: "sending sessions to a server is not part of this version".to_owned(),
            hint: "--git stores the session on the sessions branch of a repository".to_owned(),
        });
    }
    let here = place.repository()?.map(root_of);
    let repository = repo.as_deref().or(here.as_deref());
    let capture_args = capture::Args {
        files: vec![file.clone()],
        all: false,
        redact_again: false,
        dry_run: false,
        store: crate::args::StoreArg { repo: repository.map(Path::to_owned) },
    };
    capture::run(&capture_args, place, output)
}
