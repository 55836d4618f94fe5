//! The command line: what can be typed, and what help says about it.

use crate::commands::{
    blame, capture, cat, deinit, demo, docs, doctor, forget, fsck, hook, index, init, list, log,
    parse, prune, publish, purge, restore, search, secrets, show, stats, status, sync,
};
use crate::error::{Exit, Failure};
use crate::output::Output;
use clap::error::ErrorKind;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  opensession                 browse the sessions of every folder; ? shows the keys
  opensession .               those of this repository
  opensession | cat           capture what is new, then list the newest sessions
  opensession --plain         the same by questions and answers, for screen readers
  opensession show HEAD       read the newest session (HEAD~1: the one before)
  opensession cat 53ea19c1 | jq .
                              a session as HAIL, one JSON object a line
  opensession sync            share this repository's sessions with its remote, and get the others'
  opensession demo            try everything on made-up logs, without a trace

A session is named by its id, the beginning of its id, HEAD, HEAD~N, or the path of its log.
In a pipe nothing is coloured and no table is cut; a terminal gets no control characters from logs.

Environment: NO_COLOR, CLICOLOR_FORCE, OPENSESSION_PAGER (else GIT_PAGER, PAGER, `less -FRX`), VISUAL, EDITOR,
XDG_DATA_HOME (where sessions are kept), XDG_CONFIG_HOME.

Exit codes: 0 done, 1 the answer is no, 2 usage, 3 not found, 4 network, 5 damaged, 7 busy, 8 done in part, 74 I/O, 77 denied.";

/// Keep, browse and share the sessions of your AI coding tools, in git.
#[derive(Debug, Parser)]
#[command(name = "opensession", version, after_help = "`opensession --help` has examples.", after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// A repository or folder, for its sessions; or a log, to read it
    pub path: Option<PathBuf>,
    /// Lines instead of a screen, for screen readers: sessions by number, questions and answers
    #[arg(long)]
    pub plain: bool,
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What holds for every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Global {
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Print JSON (docs/json.md); errors on standard error are JSON too
    #[arg(long, global = true)]
    pub json: bool,
    /// Send control characters of logs to the terminal as they are
    #[arg(long, global = true)]
    pub raw: bool,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which store a command works on.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArg {
    /// Work on the sessions branch of this repository instead of your own store
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Capture(capture::Args),
    List(list::Args),
    Search(search::Args),
    Stats(stats::Args),
    Show(show::Args),
    Cat(cat::Args),
    Log(log::Args),
    Blame(blame::Args),
    Status(status::Args),
    Init(init::Args),
    Sync(sync::Args),
    Pull(sync::PullArgs),
    Deinit(deinit::Args),
    Forget(forget::Args),
    Restore(restore::Args),
    Prune(prune::Args),
    Purge(purge::Args),
    Parse(parse::Args),
    Doctor(doctor::Args),
    Fsck(fsck::Args),
    Index(index::Args),
    Secrets(secrets::Args),
    Demo(demo::Args),
    Publish(publish::Args),
    Docs(docs::Args),
    #[command(hide = true)]
    Hook(hook::Args),
}

/// Answers what was no command to run: help, the version, a mistake.
pub(crate) fn answer(error: &clap::Error, output: &mut Output) -> Result<Exit, Failure> {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            output.stdout.text(&text)?;
            Ok(Exit::Done)
        }
        _ => {
            // clap's text is a message, tips and the usage, with blank lines between them.
            let message = text.strip_prefix("error: ").unwrap_or(&text);
            let (message, rest) = message.split_once("\n\n").unwrap_or((message, ""));
            let parts = rest.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
            let hint: Vec<String> = parts
                .map(|part| match part.strip_prefix("tip: ") {
                    Some(tip) => tip.to_owned(),
                    None => part
                        .replace("For more information, try", "for more information, try")
                        .replace("Usage:", "usage:"),
                })
                .collect();
            let hint = hint.join("\n");
            Err(Failure::Usage { message: message.trim().to_owned(), hint })
        }
    }
}
