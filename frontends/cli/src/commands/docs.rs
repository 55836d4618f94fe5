//! `opensession docs`: what the program can say about itself to other programs.

use crate::error::{Exit, Failure};
use crate::output::Output;
use clap::{CommandFactory, Subcommand};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  opensession docs completion bash > ~/.local/share/bash-completion/completions/opensession
  opensession docs completion zsh > ~/.zfunc/_opensession
  opensession docs completion fish > ~/.config/fish/completions/opensession.fish";

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Print the completion script of a shell
    Completion {
        /// The shell
        shell: Shell,
    },
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<Exit, Failure> {
    let What::Completion { shell } = args.what;
    let mut command = crate::args::Args::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "opensession", &mut script);
    output.stdout.text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
