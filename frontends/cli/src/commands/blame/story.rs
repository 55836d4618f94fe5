//! All that is known of one line.

use crate::columns::wrap;
use crate::figures::{clock, moment};
use crate::listing;
use crate::output::Screen;
use crate::style;
use opensession_engine::hail::SessionKey;
use opensession_engine::{Blame, BlamedLine, LineSource, SessionRow};
use std::io;

/// So many lines of a prompt are shown; `show` has the rest.
const MOST_LINES: usize = 30;

/// Writes the line, then its commit, its session, the edit and the prompt.
pub(super) fn write(screen: &mut Screen, blame: &Blame, line: &BlamedLine) -> io::Result<()> {
    screen.styled(style::DIM, &format!("{}:{}", blame.path, line.number))?;
    screen.line("")?;
    let text = String::from_utf8_lossy(&line.text);
    screen.line(&format!("  {}", text.trim_end()))?;
    screen.line("")?;
    write_commit(screen, blame, line)?;
    match &line.source {
        Some(source) => write_source(screen, blame, source),
        None => write_unknown(screen, blame, line),
    }
}

fn write_commit(screen: &mut Screen, blame: &Blame, line: &BlamedLine) -> io::Result<()> {
    let Some(committed) = &line.commit else {
        return screen.line("commit   not committed yet");
    };
    let id = committed.commit.get(..10).unwrap_or(&committed.commit);
    screen.text("commit   ")?;
    screen.styled(style::NAME, id)?;
    let Some(commit) = blame.commits.get(&committed.commit) else { return screen.line("") };
    screen.line(&format!("  {}  {}", moment(commit.author_time), commit.author))?;
    screen.line(&format!("         {}", commit.subject))?;
    if committed.path != blame.path || committed.line != line.number {
        screen.line(&format!("         as {}:{}", committed.path, committed.line))?;
    }
    Ok(())
}

fn write_source(screen: &mut Screen, blame: &Blame, source: &LineSource) -> io::Result<()> {
    write_session(screen, "session  ", blame, &source.session)?;
    screen.line(&format!("edit     {}", moment(source.time)))?;
    let mut commands = vec![(&source.session, &source.event)];
    match &source.prompt {
        Some((session, prompt)) => {
            if *session != source.session {
                write_session(screen, "asked in ", blame, session)?;
                commands.push((session, &prompt.event));
            }
            screen.line(&format!("prompt   {}", clock(prompt.time)))?;
            screen.line("")?;
            let width = screen.width().map(|width| width.saturating_sub(4));
            let mut lines = prompt.text.lines().flat_map(|line| wrap(line, width));
            for line in lines.by_ref().take(MOST_LINES) {
                screen.styled(style::PROMPT, &format!("  > {line}"))?;
                screen.line("")?;
            }
            let rest = lines.count();
            if rest > 0 {
                screen.styled(style::DIM, &format!("  … {rest} more lines …"))?;
                screen.line("")?;
            }
        }
        None => screen.line("prompt   not in the log")?,
    }
    screen.line("")?;
    for (key, event) in commands {
        screen.text("open it  ")?;
        screen.styled(style::NAME, &listing::show_command(&short(blame, key), event))?;
        screen.line("")?;
    }
    Ok(())
}

fn write_session(
    screen: &mut Screen,
    head: &str,
    blame: &Blame,
    key: &SessionKey,
) -> io::Result<()> {
    screen.text(head)?;
    screen.styled(style::NAME, &short(blame, key))?;
    let row = blame.sessions.get(key).and_then(Option::as_ref);
    let title = row.map_or("(not on this machine)", |row| {
        row.header.context.title.as_deref().unwrap_or("(no title)")
    });
    screen.line(&format!("  {}  {title}", key.tool()))
}

/// Says why no session is named: nobody's line, or whose it may be.
fn write_unknown(screen: &mut Screen, blame: &Blame, line: &BlamedLine) -> io::Result<()> {
    if line.linked.is_empty() {
        return screen
            .line("session  none: no session that is stored here is known to have written it");
    }
    screen.line("session  unknown: these wrote other lines of the commit, and none is known to have written this one")?;
    for key in &line.linked {
        write_session(screen, "         ", blame, key)?;
    }
    Ok(())
}

fn short(blame: &Blame, key: &SessionKey) -> String {
    let rows: Vec<SessionRow> = blame.sessions.values().flatten().cloned().collect();
    let row = rows.iter().find(|row| row.key == *key);
    row.map_or(key.id(), |row| listing::short_id(row, &rows)).to_owned()
}
