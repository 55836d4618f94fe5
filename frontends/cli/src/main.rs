//! `opensession`: keep, browse and share the sessions of your AI coding tools, in git.
//!
//! Parses arguments, calls [`opensession_engine::Engine`], renders. This file is the only one that reads the
//! environment, the clock, the current folder and the terminal.

mod args;
mod catalogue;
mod columns;
mod commands;
mod conversation;
mod error;
mod figures;
mod listing;
mod output;
mod pager;
mod progress;
mod query_args;
mod refusals;
mod schema;
mod setup;
mod style;
mod surroundings;
mod table;
mod terminal;

use args::{Args, ColorChoice};
use clap::Parser;
use error::{Exit, Failure};
use opensession_engine::hail::Timestamp;
use opensession_engine::{Home, Os, TimeZone};
use output::{BUFFER, Face, Output, Screen};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, LineWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::UNIX_EPOCH;
use surroundings::Surroundings;

fn main() -> ExitCode {
    // A value that is not UTF-8 names no folder that any tool here could use.
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let parsed = Args::try_parse_from(std::env::args_os());
    let (color, raw) = match &parsed {
        Ok(args) => (args.global.color, args.global.raw),
        Err(_) => (ColorChoice::Auto, false),
    };
    let stdout = BufWriter::with_capacity(BUFFER, io::stdout());
    let mut output = Output {
        stdout: Screen::new(stdout, face(&io::stdout(), &environment, color, raw)),
        stderr: Screen::new(
            LineWriter::new(io::stderr()),
            face(&io::stderr(), &environment, color, raw),
        ),
    };
    let (result, json) = match parsed {
        Ok(args) => {
            let json = args.global.json;
            (
                surroundings(environment, json)
                    .and_then(|place| commands::run(args, &place, &mut output)),
                json,
            )
        }
        Err(error) => {
            let json = std::env::args_os().any(|argument| argument == "--json");
            (args::answer(&error, &mut output), json)
        }
    };
    let finished = output.stdout.finish().map_err(Failure::Output);
    let exit = match result.and_then(|exit| finished.map(|()| exit)) {
        Ok(exit) => exit,
        Err(failure) if failure.is_broken_pipe() => Exit::Done,
        Err(failure) => {
            let exit = failure.exit();
            // With standard error gone too, the exit code is all that is left to say.
            drop(failure.report(&mut output.stderr, json));
            exit
        }
    };
    // As above.
    drop(output.stderr.finish());
    ExitCode::from(exit as u8)
}

/// Reads what the program was started in.
fn surroundings(
    mut environment: BTreeMap<String, String>,
    json: bool,
) -> Result<Surroundings, Failure> {
    // Shells know the name of the machine, and most do not pass it on. Where there is no such file, it is not known.
    if let (false, Ok(name)) =
        (environment.contains_key("HOSTNAME"), std::fs::read_to_string("/proc/sys/kernel/hostname"))
    {
        environment.insert("HOSTNAME".to_owned(), name.trim().to_owned());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the home folder is looked up"
    )]
    let dir =
        std::env::home_dir().filter(|dir| dir.is_absolute()).ok_or_else(|| Failure::Usage {
            message: "no home folder is known".to_owned(),
            hint: "set HOME to an absolute path".to_owned(),
        })?;
    let dumb = environment.get("TERM").is_some_and(|term| term == "dumb");
    Ok(Surroundings {
        home: Home::new(dir, environment, Os::CURRENT),
        folder: current_folder(),
        temporary: std::env::temp_dir(),
        // Hooks then only look for it in `PATH`, where it was found this time.
        binary: std::env::current_exe()
            .unwrap_or_else(|_unknown| PathBuf::from("/usr/bin/opensession")),
        now: now(),
        clock: now,
        dumb,
        // What the system says takes a while to read.
        zone: TimeZone::system,
        interactive: io::stdin().is_terminal() && io::stdout().is_terminal(),
        progress: io::stderr().is_terminal() && !dumb,
        json,
    })
}

/// Returns the time.
fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    let since_1970 = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = i64::try_from(since_1970.as_millis()).ok().and_then(Timestamp::from_millis);
    millis.unwrap_or(Timestamp::EPOCH)
}

/// Returns the current folder; the root where it is gone, so that nothing else depends on one that is not there.
fn current_folder() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_gone| {
        let root = PathBuf::from("/");
        // Where even that fails, every path is absolute all the same.
        drop(std::env::set_current_dir(&root));
        root
    })
}

/// Looks at one output: what it is, and whether it gets colours (`--color`, `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`).
fn face(
    stream: &(impl IsTerminal + Write),
    environment: &BTreeMap<String, String>,
    color: ColorChoice,
    raw: bool,
) -> Face {
    let terminal = stream.is_terminal();
    let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let colour = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR").is_some() => false,
        ColorChoice::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColorChoice::Auto => terminal && set("TERM").is_none_or(|term| term != "dumb"),
    };
    // A terminal that does not say has the size that terminals had.
    let size = terminal_size::terminal_size();
    let (columns, lines) = size.map_or((80, 24), |(columns, lines)| (columns.0, lines.0));
    Face {
        terminal,
        colour,
        raw,
        width: terminal.then_some(usize::from(columns.max(20))),
        height: terminal.then_some(usize::from(lines)),
    }
}
