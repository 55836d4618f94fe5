//! `opensession --plain`: the sessions as sentences and questions, line by line, for screen readers and slow lines.

use crate::catalogue::Catalogue;
use crate::commands::show;
use crate::error::{Exit, Failure};
use crate::figures::{age, plural};
use crate::output::Output;
use crate::surroundings::Surroundings;
use opensession_engine::{Cursor, Engine, FoundSession, Query};
use std::io::{self, BufRead};

/// So many sessions are read out at once.
const PAGE: usize = 10;

const HELP: &str = "\
A number reads that session. Words search, as in `opensession search`: timeout tool:codex after:3d.
An empty line goes on with the list. all shows every session again. q leaves.";

/// What is shown, and where it goes on.
struct Position {
    query: Query,
    next: Option<Cursor>,
    shown: Vec<FoundSession>,
}

/// Lists sessions, and does what the lines of `input` say, until they end.
pub(super) fn run(
    engine: &Engine,
    input: impl BufRead,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let mut catalogue = Catalogue::open(engine, place, output)?;
    let mut position = Position { query: Query::default(), next: None, shown: Vec::new() };
    write_page(&mut catalogue, &mut position, place, output)?;
    output.stdout.line("Type a number, words, or ? for help.")?;
    output.stdout.text("> ")?;
    output.stdout.flush()?;
    for line in input.lines() {
        let line = line?;
        match line.trim() {
            "q" | "quit" | "exit" => return Ok(Exit::Done),
            "?" | "help" => output.stdout.line(HELP)?,
            "" if position.next.is_none() => output.stdout.line("That was the last one.")?,
            "" => write_page(&mut catalogue, &mut position, place, output)?,
            text => match text.parse::<usize>() {
                Ok(number) => read(engine, number, &position, place, output)?,
                Err(_words) => {
                    let text = if text == "all" { "" } else { text };
                    match Query::parse(text, &place.clock()) {
                        Ok(query) => {
                            position = Position { query, next: None, shown: Vec::new() };
                            write_page(&mut catalogue, &mut position, place, output)?;
                        }
                        Err(error) => output.stdout.line(&error.to_string())?,
                    }
                }
            },
        }
        output.stdout.text("> ")?;
        output.stdout.flush()?;
    }
    output.stdout.line("")?;
    Ok(Exit::Done)
}

/// Reads out the next sessions.
fn write_page(
    catalogue: &mut Catalogue<'_>,
    position: &mut Position,
    place: &Surroundings,
    output: &mut Output,
) -> Result<(), Failure> {
    if position.shown.is_empty() {
        let count = catalogue.index.count(&position.query)?;
        output.stdout.line(&format!("{}.", plural(count, "session")))?;
    }
    let found = catalogue.index.find(&position.query, PAGE, position.next)?;
    for session in found.sessions {
        position.shown.push(session);
        let number = position.shown.len();
        if let Some(session) = position.shown.last() {
            write_session(number, session, place, output)?;
        }
    }
    position.next = found.next;
    if position.next.is_some() {
        output.stdout.line("There are more: an empty line goes on.")?;
    }
    Ok(())
}

fn write_session(
    number: usize,
    session: &FoundSession,
    place: &Surroundings,
    output: &mut Output,
) -> io::Result<()> {
    let (row, stats) = (&session.row, &session.row.stats);
    let title = row.header.context.title.as_deref().unwrap_or("no title");
    let when = age(row.header.context.created_at, place.now);
    let tool = row.key.tool();
    let folder =
        row.header.cwd().map_or_else(String::new, |cwd| format!(" in {}", place.short_path(cwd)));
    let prompts = plural(stats.user_message_count, "prompt");
    let (added, removed) = (stats.lines_added, stats.lines_removed);
    let lines = match added + removed {
        0 => String::new(),
        _ => format!(", {added} lines added, {removed} removed"),
    };
    let screen = &mut output.stdout;
    screen.line(&format!("{number}. {title}"))?;
    screen.line(&format!("   {when}, {tool}{folder}, {prompts}{lines}"))?;
    match &session.hit {
        Some(hit) => screen.line(&format!("   found: {}", hit.snippet)),
        None => Ok(()),
    }
}

/// Reads a session out.
fn read(
    engine: &Engine,
    number: usize,
    position: &Position,
    place: &Surroundings,
    output: &mut Output,
) -> Result<(), Failure> {
    let found = number.checked_sub(1).and_then(|at| position.shown.get(at));
    let Some(found) = found else {
        let last = position.shown.len();
        return Ok(output
            .stdout
            .line(&format!("There is no {number}; the last one is {last}."))?);
    };
    match show::open(engine, found.row.key.as_str(), place) {
        Ok(reader) => {
            show::write(&reader, false, place, &mut output.stdout)?;
            output.stdout.line("End of the session.")?;
        }
        Err(failure) => failure.report(&mut output.stderr, false)?,
    }
    Ok(())
}
