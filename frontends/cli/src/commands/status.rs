//! `opensession status`: what is stored, what is not and why, and what is about to be lost.

mod object;
mod size;

use crate::error::{Exit, Failure};
use crate::figures::{age, bytes, moment, number, plural};
use crate::output::{Output, Screen};
use crate::setup;
use crate::style::{self, Style};
use crate::surroundings::{Surroundings, root_of};
use crate::table::{self, Column, Fit};
use opensession_engine::{
    Agreement, Engine, HooksFolder, LogStatus, Origin, RepositoryStatus, Standing, Status,
    StoreStatus,
};
use opensession_hooks::State;
use std::cmp::Reverse;
use std::io;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  opensession status            your own store, and the repository of the current folder
  opensession status --sources  every folder in which logs are looked for, and what was found there
  opensession status --size     what the sessions take of the disk and of a clone, and how to keep them out of one
  opensession status --json | jq '.waiting[].path'

Nothing is changed or captured. `opensession capture` stores what waits.";

/// So many logs are named; the rest is counted.
const NAMED: usize = 8;
/// So many are named that their tools are about to delete.
const MOST_NAMED: usize = 20;
/// So many kinds of unknown records are named of a tool's version.
const KINDS_NAMED: usize = 5;
/// A log that its tool deletes within so many milliseconds is one of those.
const SOON_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Show what is stored, what is not and why
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// List every folder in which logs are looked for
    #[arg(long)]
    pub sources: bool,
    /// Say what the sessions take of the disk and of a clone, and how they are kept out of one
    #[arg(long, conflicts_with = "sources")]
    pub size: bool,
}

/// The hooks of the repository, and the AI tools.
struct Triggers {
    folder: HooksFolder,
    hooks: Vec<(&'static str, State)>,
    agents: Vec<(&'static str, State)>,
    /// Why hooks or settings could not be looked at.
    problems: Vec<String>,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine_near(&place.folder)?;
    let here = place.repository()?;
    let here = here.map(root_of);
    if args.size {
        return size::run(&engine, here.as_deref(), place, output);
    }
    let status = engine.status(here.as_deref());
    let triggers = match (&here, &status.repository) {
        (Some(here), Some(repository)) if repository.is_enabled => {
            Some(triggers(&engine, place, here, repository)?)
        }
        _ => None,
    };
    if place.json {
        let object = object::to_json(&status, triggers.as_ref());
        output.stdout.data(|out| writeln!(out, "{object}"))?;
        return Ok(Exit::Done);
    }
    let screen = &mut output.stdout;
    if args.sources {
        write_sources(screen, &status, place)?;
        return Ok(Exit::Done);
    }
    if let Some(repository) = &status.repository {
        write_repository(screen, repository, triggers.as_ref(), place)?;
    }
    write_stores(screen, &status.stores, place)?;
    write_logs(screen, &status, place)?;
    write_drift(screen, &status)?;
    write_failures(screen, &status, place)?;
    Ok(Exit::Done)
}

fn triggers(
    engine: &Engine,
    place: &Surroundings,
    here: &Path,
    repository: &RepositoryStatus,
) -> Result<Triggers, Failure> {
    let folder = engine.hooks_folder(here)?;
    let work_tree = repository.work_tree.as_deref();
    let share = engine.shares_behind_pushes(here)?;
    let mut problems = Vec::new();
    let hooks = setup::with_hooks(place, &folder, &repository.git_dir, work_tree, share, |hooks| {
        hooks.inspect()
    });
    let hooks = hooks.unwrap_or_else(|failure| {
        problems.push(failure.message());
        Vec::new()
    });
    let agents = setup::agents(place).inspect().unwrap_or_else(|error| {
        problems.push(error.to_string());
        Vec::new()
    });
    Ok(Triggers {
        folder,
        hooks: hooks.into_iter().map(|(hook, state)| (hook.name(), state)).collect(),
        agents: agents.into_iter().map(|(agent, state)| (agent.name(), state)).collect(),
        problems,
    })
}

fn label(screen: &mut Screen, style: Style, name: &str) -> io::Result<()> {
    screen.styled(style, &format!("{name:<12}"))
}

fn write_repository(
    screen: &mut Screen,
    repository: &RepositoryStatus,
    triggers: Option<&Triggers>,
    place: &Surroundings,
) -> io::Result<()> {
    let root = repository.work_tree.as_ref().unwrap_or(&repository.git_dir);
    label(screen, style::STRONG, "repository")?;
    screen.line(&place.short_path(&root.display().to_string()))?;
    label(screen, style::PLAIN, "  sessions")?;
    if let Some(problem) = &repository.problem {
        screen.styled(style::BAD, "cannot be read: ")?;
        return screen.line(problem);
    }
    let stored = repository.branches.iter().map(|(origin, count)| match origin {
        Origin::Remote(name) => format!("{} on {name}", number(*count)),
        Origin::Home | Origin::Repository(_) => format!("{} on its own branch", number(*count)),
    });
    let stored: Vec<String> = stored.collect();
    let stored = if stored.is_empty() { "none yet".to_owned() } else { stored.join(", ") };
    if !repository.is_enabled {
        return screen.line(&format!(
            "{stored}; new ones go to your own store (`opensession init` keeps them here)"
        ));
    }
    screen.line(&stored)?;
    for (remote, reason) in &repository.unreadable {
        label(screen, style::BAD, "")?;
        screen.line(&format!("what was fetched from {remote} cannot be read: {reason}"))?;
    }
    if let Some(triggers) = triggers {
        write_triggers(screen, triggers, place)?;
    }
    if repository.queued > 0 {
        label(screen, style::BAD, "  queue")?;
        let hooks = plural(repository.queued as u64, "hook");
        screen.line(&format!("{hooks} not worked off yet; `opensession capture` does that"))?;
    }
    Ok(())
}

fn write_triggers(
    screen: &mut Screen,
    triggers: &Triggers,
    place: &Surroundings,
) -> io::Result<()> {
    for problem in &triggers.problems {
        label(screen, style::BAD, "  hooks")?;
        screen.line(problem)?;
    }
    if triggers.hooks.is_empty() {
        return Ok(());
    }
    let is_own = setup::is_own(&triggers.folder);
    let folder = place.short_path(&triggers.folder.path.display().to_string());
    let fine = |state: &State| *state == State::Installed;
    let all_fine = triggers.hooks.iter().all(|(_, state)| fine(state));
    label(screen, if all_fine || !is_own { style::PLAIN } else { style::BAD }, "  hooks")?;
    if all_fine {
        let names: Vec<&str> = triggers.hooks.iter().map(|(name, _)| *name).collect();
        screen.line(&format!("{} in {folder}", names.join(", ")))?;
    } else if is_own {
        let states = triggers.hooks.iter().map(|(name, state)| {
            let (word, reason) = setup::describe(state);
            let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
            format!("{name} {word}{reason}")
        });
        let states: Vec<String> = states.collect();
        let is_push = |(name, state): &(&str, State)| *name == "pre-push" && !fine(state);
        let how = if triggers.hooks.iter().any(is_push) { " --share" } else { "" };
        screen.line(&format!("{}; `opensession init{how}` installs them", states.join(", ")))?;
    } else {
        screen.line(&format!("none: {folder} is not this repository's alone; commits are linked by the next `opensession`"))?;
    }
    let called: Vec<&str> =
        triggers.agents.iter().filter(|(_, state)| fine(state)).map(|(name, _)| *name).collect();
    if !called.is_empty() {
        label(screen, style::PLAIN, "  called by")?;
        screen.line(&called.join(", "))?;
    }
    Ok(())
}

fn write_stores(
    screen: &mut Screen,
    stores: &[StoreStatus],
    place: &Surroundings,
) -> io::Result<()> {
    label(screen, style::STRONG, "stores")?;
    if stores.is_empty() {
        return screen.line("nothing is stored yet");
    }
    for (index, store) in stores.iter().enumerate() {
        if index > 0 {
            label(screen, style::PLAIN, "")?;
        }
        let sessions = plural(store.sessions, "session");
        let what = match &store.origin {
            Origin::Home => "your own store",
            Origin::Repository(_) | Origin::Remote(_) => "repository",
        };
        let path = place.short_path(&store.git_dir.display().to_string());
        let forgotten = match store.forgotten {
            0 => String::new(),
            some => format!(", {} forgotten", number(some)),
        };
        screen.line(&format!("{sessions} in {path} ({what}){forgotten}"))?;
        if let Some(problem) = &store.problem {
            label(screen, style::BAD, "")?;
            screen.styled(style::BAD, "  damaged: ")?;
            screen.line(problem)?;
        }
        if let Some(standing) = &store.sharing {
            label(screen, style::PLAIN, "")?;
            screen.line(&format!("  {}", shared(standing)))?;
        }
    }
    Ok(())
}

/// Returns how a store stands to its remote, in words.
fn shared(standing: &Standing) -> String {
    let Standing { remote, unsent, .. } = standing;
    if !standing.exists {
        return format!(
            "was shared with {remote}, which is gone: `opensession sync OTHER` agrees to another"
        );
    }
    if let Agreement::Other(was) = &standing.agreement {
        let was = was.join(", ");
        return format!(
            "was shared with {was}, not with {remote} as it is: `opensession sync` asks again"
        );
    }
    let mut text = format!("shared with {remote}");
    if *unsent > 0 {
        text += &format!(", {} not sent yet", plural(*unsent as u64, "session"));
    }
    if standing.is_behind {
        text += ", others sent what is not joined yet: `opensession pull`";
    }
    text
}

fn write_logs(screen: &mut Screen, status: &Status, place: &Surroundings) -> io::Result<()> {
    label(screen, style::STRONG, "logs")?;
    let waiting = status.waiting.len();
    let tail = match waiting {
        0 => String::new(),
        _ => format!(
            ", {} new or changed since (`opensession capture` stores them):",
            number(waiting as u64)
        ),
    };
    screen.line(&format!("{} captured{tail}", number(status.captured as u64)))?;
    let mut named: Vec<&LogStatus> = status.waiting.iter().collect();
    named.sort_by_key(|log| (log.deleted_at.is_none(), log.deleted_at, log.path.clone()));
    let left = |log: &LogStatus| log.deleted_at.map(|at| at.as_millis() - place.now.as_millis());
    let is_soon = |log: &LogStatus| left(log).is_some_and(|left| left < SOON_MILLIS);
    let urgent = named.iter().take_while(|log| is_soon(log)).take(MOST_NAMED).count();
    let count = urgent.max(NAMED.min(named.len()));
    for log in named.iter().take(count) {
        label(screen, style::PLAIN, "")?;
        let path = place.short_path(&log.path.display().to_string());
        screen.text(&format!(
            "  {} {path}, {}, changed {}",
            log.tool,
            bytes(log.bytes),
            age(log.modified, place.now)
        ))?;
        match log.deleted_at.filter(|_| is_soon(log)) {
            Some(at) => {
                let when = match left(log) {
                    Some(..0) => "may be deleted any moment".to_owned(),
                    _ => format!("will be deleted {}", moment(at)),
                };
                screen.styled(style::BAD, &format!(", {when}"))?;
                screen.line("")?;
            }
            None => screen.line("")?,
        }
    }
    if waiting > count {
        label(screen, style::PLAIN, "")?;
        screen.line(&format!("  and {} more", number((waiting - count) as u64)))?;
    }
    for kept in status.retention.iter().filter(|kept| kept.logs > 0) {
        label(screen, style::PLAIN, "")?;
        let first = kept.first.map_or_else(String::new, |at| format!(", the first {}", moment(at)));
        let logs = plural(kept.logs as u64, "log");
        screen.line(&format!(
            "{} deletes its {logs} after {} days without a change{first}",
            kept.tool, kept.days
        ))?;
    }
    let repos = status.excluded_repos.iter().map(|folder| place.short_path(folder));
    let excluded: Vec<String> = status.excluded.iter().cloned().chain(repos).collect();
    if !excluded.is_empty() {
        label(screen, style::PLAIN, "")?;
        let excluded = excluded.join(", ");
        screen.line(&format!("excluded by the configuration: {excluded}"))?;
    }
    if !status.privacy.is_empty() {
        label(screen, style::STRONG, "kept out")?;
        screen.line(&status.privacy.join(", "))?;
    }
    Ok(())
}

fn write_drift(screen: &mut Screen, status: &Status) -> io::Result<()> {
    for (index, drift) in status.drift.iter().enumerate() {
        label(screen, style::STRONG, if index == 0 { "new to us" } else { "" })?;
        let mut counts: Vec<(&String, &u64)> = drift.counts.iter().collect();
        counts.sort_by_key(|(name, count)| (Reverse(**count), (*name).clone()));
        let named = counts.iter().take(KINDS_NAMED);
        let mut named: Vec<String> =
            named.map(|(name, count)| format!("{name} ({})", number(**count))).collect();
        if counts.len() > KINDS_NAMED {
            named.push(format!("{} more", counts.len() - KINDS_NAMED));
        }
        let version = if drift.version.is_empty() { "" } else { " " };
        screen.line(&format!(
            "{}{version}{} in {}: {}",
            drift.tool,
            drift.version,
            plural(drift.logs, "log"),
            named.join(", ")
        ))?;
    }
    if !status.drift.is_empty() {
        label(screen, style::PLAIN, "")?;
        screen.line("such records are kept as they are; a newer opensession may know them")?;
    }
    Ok(())
}

fn write_failures(screen: &mut Screen, status: &Status, place: &Surroundings) -> io::Result<()> {
    for (index, (path, failure)) in status.failures.iter().enumerate() {
        label(screen, style::BAD, if index == 0 { "failed" } else { "" })?;
        let path = path.display().to_string();
        let since = age(failure.since, place.now);
        // Most reasons begin with the path; the others get it.
        if failure.reason.contains(&path) {
            screen.line(&format!("{} (since {since})", failure.reason))?;
        } else {
            screen.line(&format!("{path}: {} (since {since})", failure.reason))?;
        }
    }
    for (index, (git_dir, failure)) in status.unshared.iter().enumerate() {
        label(screen, style::BAD, if index == 0 { "not shared" } else { "" })?;
        let git_dir = place.short_path(&git_dir.display().to_string());
        let since = age(failure.since, place.now);
        screen.line(&format!("{git_dir}: {} (since {since})", failure.reason))?;
    }
    Ok(())
}

fn write_sources(screen: &mut Screen, status: &Status, place: &Surroundings) -> io::Result<()> {
    let rows: Vec<Vec<String>> = status
        .roots
        .iter()
        .map(|root| {
            let found = match (root.exists, root.logs) {
                (false, _) => "no such folder".to_owned(),
                (true, 0) => "no logs".to_owned(),
                (true, logs) => plural(logs as u64, "log"),
            };
            let tool = if root.tool.is_empty() { "(yours)" } else { root.tool };
            let path = place.short_path(&root.path.display().to_string());
            vec![tool.to_owned(), path, root.variable.unwrap_or("").to_owned(), found]
        })
        .collect();
    let column = |head, fit| Column { head, style: style::PLAIN, right: false, fit, rank: 0 };
    let columns = [
        column("TOOL", Fit::Keep),
        column("FOLDER", Fit::CutStart(16)),
        column("SET BY", Fit::CutEnd(6)),
        column("FOUND", Fit::Keep),
    ];
    table::write(screen, &columns, &rows)
}
