//! `opensession status --size`: what the sessions take of the disk and of a clone, and how they are kept out of one.

use super::label;
use crate::error::{Exit, Failure};
use crate::figures::{bytes, plural};
use crate::output::{Output, Screen};
use crate::schema::SCHEMA;
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{BranchSize, Engine, Origin, Remote, StoreSize};
use opensession_tui::resume::quote;
use serde_json::{Value, json};
use std::io;
use std::path::Path;

const BRANCH: &str = "opensession/sessions";

pub(super) fn run(
    engine: &Engine,
    here: Option<&Path>,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let stores = engine.sizes(here)?;
    let screen = &mut output.stdout;
    if place.json {
        let object = json!({
            "schema": SCHEMA,
            "stores": stores.iter().map(to_json).collect::<Vec<_>>(),
        });
        screen.data(|out| writeln!(out, "{object}"))?;
        return Ok(Exit::Done);
    }
    for (index, store) in stores.iter().enumerate() {
        if index > 0 {
            screen.line("")?;
        }
        write_store(screen, store, place)?;
    }
    Ok(Exit::Done)
}

fn write_store(screen: &mut Screen, store: &StoreSize, place: &Surroundings) -> io::Result<()> {
    let is_home = store.origin == Origin::Home;
    label(screen, style::STRONG, if is_home { "own store" } else { "repository" })?;
    screen.line(&place.short_path(&store.git_dir.display().to_string()))?;
    label(screen, style::PLAIN, "  sessions")?;
    if let Some(problem) = &store.problem {
        screen.styled(style::BAD, "cannot be measured: ")?;
        return screen.line(problem);
    }
    let Some(branch) = &store.branch else { return screen.line("none") };
    let size = &branch.size;
    let from = branch.fetched_from.as_ref().map(|remote| format!(", fetched from {remote}"));
    screen.line(&format!(
        "{} in {}{}; the repository has {}",
        bytes(size.bytes),
        plural(size.objects, "object"),
        from.unwrap_or_default(),
        plural(size.packs, "pack")
    ))?;
    if size.history > 0 {
        label(screen, style::PLAIN, "")?;
        screen.line(&format!(
            "{} of it only older states of the branch need, what was forgotten among them: `opensession purge` frees it",
            bytes(size.history)
        ))?;
    }
    if !is_home {
        write_clone(screen, branch)?;
    }
    for (index, (session, title, size)) in branch.largest.iter().enumerate() {
        label(screen, style::PLAIN, if index == 0 { "  largest" } else { "" })?;
        let title = title.as_deref().unwrap_or("");
        screen.line(format!("{:>9}  {}  {title}", bytes(*size), session.as_str()).trim_end())?;
    }
    Ok(())
}

/// Writes what a clone has of the branch, and how it has nothing of it.
fn write_clone(screen: &mut Screen, branch: &BranchSize) -> io::Result<()> {
    label(screen, style::PLAIN, "  clone")?;
    let names =
        |remotes: &[Remote]| remotes.iter().map(Remote::to_string).collect::<Vec<_>>().join(", ");
    let cloned_from = names(&branch.cloned_from);
    if cloned_from.is_empty() {
        let alone_on = names(&branch.alone_on);
        return screen.line(&match alone_on.is_empty() {
            true => "no remote is known to have them: no clone brings them".to_owned(),
            false => format!("no clone of the code brings them: they are on {alone_on} alone"),
        });
    }
    screen.line(&format!(
        "about {} of the {} that a clone of {cloned_from} brings",
        share(branch),
        bytes(branch.size.clone),
    ))?;
    for (what, command) in ways_out(branch) {
        label(screen, style::PLAIN, "")?;
        screen.styled(style::DIM, &format!("{what}: "))?;
        screen.line(&command)?;
    }
    Ok(())
}

/// Returns the share that the branch has of a clone, in words.
fn share(branch: &BranchSize) -> String {
    let size = &branch.size;
    // Of what is nothing there is no share.
    match (size.bytes * 1000).checked_div(size.clone).unwrap_or(0) {
        0 => "less than 0.1 %".to_owned(),
        share => format!("{}.{} %", share / 10, share % 10),
    }
}

/// Returns the commands that keep the branch out of clones, and what each is for. Those that somebody types in a clone
/// take it that the remote is called there as it is here.
fn ways_out(branch: &BranchSize) -> Vec<(&'static str, String)> {
    let mut ways = Vec::new();
    for remote in &branch.cloned_from {
        let Some(name) = remote.name() else { continue };
        let url = quote(&remote.fetch_address().to_string());
        ways.push(("a new clone without it", format!("git clone --single-branch {url}")));
        let refspec = quote(&format!("remote.{name}.fetch"));
        ways.push((
            "a clone that fetches it no more",
            format!("git config --add {refspec} '^refs/heads/{BRANCH}'"),
        ));
        let tracking = quote(&format!("refs/remotes/{name}/{BRANCH}"));
        ways.push((
            "and has nothing of it left",
            format!("git update-ref -d {tracking} && git gc --prune=now"),
        ));
    }
    if !ways.is_empty() {
        ways.push((
            "for everybody, a remote for the sessions alone",
            "git remote add sessions URL && opensession sync sessions".to_owned(),
        ));
    }
    ways
}

fn to_json(store: &StoreSize) -> Value {
    let size = store.branch.as_ref().map(|branch| {
        let size = &branch.size;
        let largest = branch.largest.iter().map(
            |(session, title, bytes)| json!({"session": session, "title": title, "bytes": bytes}),
        );
        let ways = ways_out(branch);
        json!({
            "fetched_from": branch.fetched_from,
            "bytes": size.bytes,
            "objects": size.objects,
            "packs": size.packs,
            "history_bytes": size.history,
            "clone_bytes": size.clone,
            "cloned_from": branch.cloned_from.iter().map(Remote::to_string).collect::<Vec<_>>(),
            "alone_on": branch.alone_on.iter().map(Remote::to_string).collect::<Vec<_>>(),
            "keep_out": ways.into_iter().map(|(_what, command)| command).collect::<Vec<_>>(),
            "largest": largest.collect::<Vec<_>>(),
        })
    });
    json!({
        "git_dir": store.git_dir,
        "home": store.origin == Origin::Home,
        "size": size,
        "problem": store.problem,
    })
}
