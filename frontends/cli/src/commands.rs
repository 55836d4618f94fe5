//! The commands, one file each: its arguments, and what it does.

pub(crate) mod blame;
mod browse;
pub(crate) mod capture;
pub(crate) mod cat;
pub(crate) mod deinit;
pub(crate) mod demo;
pub(crate) mod docs;
pub(crate) mod doctor;
pub(crate) mod forget;
pub(crate) mod fsck;
pub(crate) mod hook;
pub(crate) mod index;
pub(crate) mod init;
mod linear;
pub(crate) mod list;
pub(crate) mod log;
mod overview;
pub(crate) mod parse;
pub(crate) mod prune;
pub(crate) mod publish;
pub(crate) mod purge;
pub(crate) mod restore;
pub(crate) mod search;
pub(crate) mod secrets;
pub(crate) mod show;
pub(crate) mod stats;
pub(crate) mod status;
pub(crate) mod sync;

use crate::args::{Args, Command};
use crate::error::{Exit, Failure};
use crate::figures::age;
use crate::output::{Output, Screen};
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{Engine, Scope};
use std::io;

/// Runs the command that `args` names, and says where something else needs attention.
pub(crate) fn run(args: Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    // Those that capture or show the failures themselves, and those that print for a program.
    let is_told = matches!(
        &args.command,
        None | Some(
            Command::Capture(_)
                | Command::Publish(_)
                | Command::Status(_)
                | Command::Hook(_)
                | Command::Docs(_)
                | Command::Doctor(_)
                | Command::Demo(_)
        )
    );
    let is_for_people = !matches!(
        &args.command,
        Some(
            Command::Publish(_)
                | Command::Status(_)
                | Command::Hook(_)
                | Command::Docs(_)
                | Command::Doctor(_)
                | Command::Demo(_)
        )
    );
    let exit = run_command(args, place, output)?;
    if is_for_people && !place.json {
        write_unshared(place, &mut output.stderr)?;
    }
    if !is_told && !place.json {
        write_attention(place, &mut output.stderr)?;
    }
    Ok(exit)
}

/// Says in one line what hooks could not do, where there is anything.
fn write_attention(place: &Surroundings, screen: &mut Screen) -> Result<(), Failure> {
    let failures = Engine::open(place.home.clone(), Scope::Home)?.failures();
    if let Some(first) = failures.values().map(|failure| failure.since).min() {
        let count = match failures.len() {
            1 => "one log or repository".to_owned(),
            more => format!("{more} logs or repositories"),
        };
        let since = age(first, place.now);
        screen.styled(style::BAD, "attention: ")?;
        screen.line(&format!(
            "{count} could not be captured (since {since}); `opensession status` says why"
        ))?;
    }
    Ok(())
}

/// Says in one line which repository's sessions could not be shared behind a push.
fn write_unshared(place: &Surroundings, screen: &mut Screen) -> Result<(), Failure> {
    let unshared = Engine::open(place.home.clone(), Scope::Home)?.unshared();
    let Some((git_dir, first)) = unshared.iter().min_by_key(|(_, failure)| failure.since) else {
        return Ok(());
    };
    let since = age(first.since, place.now);
    screen.styled(style::BAD, "attention: ")?;
    match unshared.len() {
        1 => {
            let repository = place.short_path(&git_dir.display().to_string());
            let repository = repository.strip_suffix("/.git").unwrap_or(&repository);
            let reason = first.reason.replace('\n', " ");
            screen.line(&format!(
                "the sessions of {repository} could not be shared (since {since}): {reason}"
            ))?;
        }
        more => screen.line(&format!(
            "the sessions of {more} repositories could not be shared (since {since}); `opensession status` says why"
        ))?,
    }
    Ok(())
}

/// Captures what is new and links what that makes possible, so that commits that no hook saw are linked too. Where
/// nothing can be written, it says so, and what is there is read.
fn catch_up(place: &Surroundings, screen: &mut Screen) -> Result<(), Failure> {
    if let Err(error) = Engine::open(place.home.clone(), Scope::Home)?.catch_up(place.now) {
        screen.warning(&error.to_string())?;
    }
    Ok(())
}

fn run_command(args: Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    if let (Some(path), Some(_)) = (&args.path, &args.command) {
        return Err(Failure::Usage {
            message: format!("{} stands before a command", path.display()),
            hint: "type the command first: `opensession list`".to_owned(),
        });
    }
    match args.command {
        None => overview::run(args.path.as_deref(), args.plain, place, output),
        Some(Command::Capture(args)) => capture::run(&args, place, output),
        Some(Command::List(args)) => list::run(&args, place, output),
        Some(Command::Search(args)) => search::run(&args, place, output),
        Some(Command::Stats(args)) => stats::run(&args, place, output),
        Some(Command::Index(args)) => index::run(&args, place, output),
        Some(Command::Show(args)) => show::run(&args, place, output),
        Some(Command::Log(args)) => log::run(&args, place, output),
        Some(Command::Blame(args)) => blame::run(&args, place, output),
        Some(Command::Cat(args)) => cat::run(&args, place, output),
        Some(Command::Parse(args)) => parse::run(&args, place, output),
        Some(Command::Doctor(args)) => doctor::run(&args, place, output),
        Some(Command::Fsck(args)) => fsck::run(&args, place, output),
        Some(Command::Demo(args)) => demo::run(&args, place, output),
        Some(Command::Publish(args)) => publish::run(&args, place, output),
        Some(Command::Secrets(args)) => secrets::run(&args, place, output),
        Some(Command::Status(args)) => status::run(&args, place, output),
        Some(Command::Sync(args)) => sync::run(&args, place, output),
        Some(Command::Pull(args)) => sync::pull(&args, place, output),
        Some(Command::Init(args)) => init::run(&args, place, output),
        Some(Command::Deinit(args)) => deinit::run(&args, place, output),
        Some(Command::Forget(args)) => forget::run(&args, place, output),
        Some(Command::Prune(args)) => prune::run(&args, place, output),
        Some(Command::Purge(args)) => purge::run(&args, place, output),
        Some(Command::Restore(args)) => restore::run(&args, place, output),
        Some(Command::Hook(args)) => hook::run(&args, place, io::stdin().lock()),
        Some(Command::Docs(args)) => docs::run(&args, output),
    }
}
