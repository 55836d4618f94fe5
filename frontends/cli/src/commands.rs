//! The commands, one file each: its arguments, and what it does.

pub(crate) mod capture;
pub(crate) mod cat;
pub(crate) mod demo;
pub(crate) mod docs;
pub(crate) mod fsck;
pub(crate) mod list;
mod overview;
pub(crate) mod parse;
pub(crate) mod publish;
pub(crate) mod show;

use crate::args::{Args, Command};
use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::surroundings::Surroundings;

/// Runs the command that `args` names.
pub(crate) fn run(args: Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    if let (Some(path), Some(_)) = (&args.path, &args.command) {
        return Err(Failure::Usage {
            message: format!("{} stands before a command", path.display()),
            hint: "type the command first: `opensession list`".to_owned(),
        });
    }
    match args.command {
        None => overview::run(args.path.as_deref(), place, output),
        Some(Command::Capture(args)) => capture::run(&args, place, output),
        Some(Command::List(args)) => list::run(&args, place, output),
        Some(Command::Show(args)) => show::run(&args, place, output),
        Some(Command::Cat(args)) => cat::run(&args, place, output),
        Some(Command::Parse(args)) => parse::run(&args, place, output),
        Some(Command::Fsck(args)) => fsck::run(&args, place, output),
        Some(Command::Demo(args)) => demo::run(&args, place, output),
        Some(Command::Publish(args)) => publish::run(&args, place, output),
        Some(Command::Docs(args)) => docs::run(&args, output),
    }
}
