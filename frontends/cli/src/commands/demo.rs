//! `opensession demo`: the whole program on made-up logs, in a home folder of its own.

use crate::commands::{capture, overview, show};
use crate::error::{Exit, Failure};
use crate::listing;
use crate::output::Output;
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{Capture, Error, Home, ListQuery};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  opensession demo
  opensession demo --keep     leave the folder, to go on trying in it";

/// Where each made-up log lies in a home folder, and what is in it.
const LOGS: [(&str, &[u8]); 4] = [
    (
        ".claude/projects/-home-robin-src-shop/5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901.jsonl",
        include_bytes!("../../demo/claude-code-rounding.jsonl"),
    ),
    (
        ".claude/projects/-home-robin-src-shop/a94e02f7-81c3-4b7d-8e15-6d20f3b8c402.jsonl",
        include_bytes!("../../demo/claude-code-retry.jsonl"),
    ),
    (
        ".claude/projects/-home-robin-src-shop/a94e02f7-81c3-4b7d-8e15-6d20f3b8c402/subagents/agent-a3f9c21.jsonl",
        include_bytes!("../../demo/claude-code-retry-agent.jsonl"),
    ),
    (
        ".codex/sessions/2026/03/05/rollout-2026-03-05T14-20-11-0195f0aa-6c1e-7d33-b0f4-9e2a517c8d03.jsonl",
        include_bytes!("../../demo/codex-export.jsonl"),
    ),
];
/// The session that is shown.
const SHOWN: &str = "HEAD";

/// Try everything on made-up logs, without a trace
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Leave the folder of the demo, to go on trying in it
    #[arg(long)]
    pub keep: bool,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let folder = make_folder(&place.temporary)?;
    let shown = show_demo(&folder, place, output);
    if args.keep {
        output.stdout.line("")?;
        output.stdout.line("Go on trying with the demo's home folder:")?;
        let command = format!("HOME={} opensession", folder.display());
        overview::write_step(&mut output.stdout, &command, "")?;
    } else {
        fs::remove_dir_all(&folder).map_err(failed("remove", &folder))?;
    }
    shown
}

fn show_demo(folder: &Path, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    for (path, log) in LOGS {
        let path = folder.join(path);
        let parent = path.parent().expect("every log lies in a folder of a tool");
        fs::create_dir_all(parent).map_err(failed("create", parent))?;
        fs::write(&path, log).map_err(failed("write", &path))?;
    }
    let demo = Surroundings {
        home: Home::new(folder.to_owned(), BTreeMap::new(), place.home.os()),
        ..place.clone()
    };
    if place.json {
        return overview::overview(None, &demo, output);
    }
    let screen = &mut output.stdout;
    screen.styled(style::STRONG, "opensession demo")?;
    screen.line(": three made-up sessions, captured into a temporary folder\n")?;
    let engine = demo.engine(None)?;
    capture::capture(&engine, Capture::All, &demo)?;
    let query = ListQuery { limit: LOGS.len(), tool: None, auxiliary: false, within: None };
    listing::write(screen, &engine.list(&query)?.rows, &demo)?;
    screen.line("\nThis is `opensession show HEAD`:\n")?;
    let reader = show::open(&engine, SHOWN, &demo)?;
    show::write(&reader, false, &demo, &mut output.stdout)?;
    let screen = &mut output.stdout;
    screen.line("\nNow with your own logs:")?;
    overview::write_step(screen, "opensession", "capture them into your own store and list them")?;
    overview::write_step(screen, "opensession show HEAD", "read the newest session")?;
    overview::write_step(screen, "opensession --help", "everything else, with examples")?;
    Ok(Exit::Done)
}

/// Makes a folder that only this user can look into.
fn make_folder(temporary: &Path) -> Result<PathBuf, Failure> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let process = std::process::id();
    let mut number = 0;
    loop {
        let folder = temporary.join(format!("opensession-demo-{process}-{number}"));
        match builder.create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(failed("create", &folder)(error)),
        }
    }
}

fn failed(verb: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.to_owned();
    move |source| Failure::Engine(Error::Io { verb, path, source })
}
