//! `opensession show COMMIT`: the sessions whose edits it holds.

use crate::commands::catch_up;
use crate::error::{Exit, Failure};
use crate::listing;
use crate::output::{Output, Screen};
use crate::schema::{LinkedView, SCHEMA};
use crate::style;
use crate::surroundings::{Surroundings, root_of};
use opensession_engine::{Engine, Error, LinkedCommit, Scope};
use serde_json::json;
use std::io;
use std::path::Path;

/// Returns whether `text` can only be a commit: all hex digits of an id, of either kind of hash.
pub(super) fn is_full_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Lists the sessions of the commit that `text` names in the repository at `repo`, else in the present one.
pub(super) fn run(
    text: &str,
    repo: Option<&Path>,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let missing = || Failure::Engine(Error::NoSession { reference: text.to_owned() });
    let path = match repo {
        Some(_) => Some(place.repository_at(repo)?),
        None => place.repository()?.map(root_of),
    };
    let engine = Engine::open(place.home.clone(), Scope::Repository(path.ok_or_else(missing)?))?;
    // What names no commit is not worth a capture.
    engine.linked_commit(text)?.ok_or_else(missing)?;
    catch_up(place, &mut output.stderr)?;
    let found = engine.linked_commit(text)?.ok_or_else(missing)?;
    if place.json {
        print_json(&mut output.stdout, &found)?;
    } else {
        write(&mut output.stdout, &found, place)?;
    }
    Ok(if found.sessions.is_empty() { Exit::Negative } else { Exit::Done })
}

fn write(screen: &mut Screen, found: &LinkedCommit, place: &Surroundings) -> io::Result<()> {
    let short = found.commit.get(..10).unwrap_or(&found.commit);
    screen.styled(style::NAME, &format!("commit {short}"))?;
    if found.sessions.is_empty() {
        return screen.line(" holds no edits of a session that is stored here");
    }
    screen.line("")?;
    let rows: Vec<_> = found.sessions.iter().filter_map(|linked| linked.row.clone()).collect();
    listing::write(screen, &rows, place)?;
    for linked in &found.sessions {
        screen.line("")?;
        screen.styled(style::NAME, linked.key.id())?;
        let absent = if linked.row.is_some() { "" } else { " (not stored on this machine)" };
        screen.line(&format!("{absent}, up to event {}", linked.event))?;
        for file in &linked.files {
            screen.line(&format!("  {file}"))?;
        }
    }
    Ok(())
}

fn print_json(screen: &mut Screen, found: &LinkedCommit) -> Result<(), Failure> {
    let sessions = found.sessions.iter().map(LinkedView::new);
    let object = json!({
        "schema": SCHEMA,
        "commit": found.commit,
        "sessions": sessions.collect::<Vec<_>>(),
    });
    Ok(screen.data(|out| writeln!(out, "{object}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_digits_of_an_id_leave_no_doubt() {
        assert!(is_full_id(&"3f".repeat(20)) && is_full_id(&"0A".repeat(32)));
        assert!(!is_full_id("3f9a1c2") && !is_full_id(&"3g".repeat(20)));
    }
}
