//! The hooks of enabled repositories, and the AI tools that call us.

use crate::error::Failure;
use crate::setup;
use crate::surroundings::Surroundings;
use opensession_engine::{Diagnosis, Doctor, Mend, Mended, Verdict, quoted};
use opensession_hooks::{Hook, State, manager};
use std::path::{Path, PathBuf};

/// Returns how the hooks of every enabled repository are, and those of the AI tools.
pub(super) fn examine(doctor: &Doctor, place: &Surroundings) -> Vec<Diagnosis> {
    let mut found: Vec<Diagnosis> = Vec::new();
    for git_dir in doctor.enabled() {
        let verdicts =
            of_repository(doctor, place, &git_dir).unwrap_or_else(|failure| vec![broken(&failure)]);
        let diagnosis =
            |verdict| Diagnosis { check: "hooks", place: Some(git_dir.clone()), verdict };
        found.extend(verdicts.into_iter().map(diagnosis));
    }
    let diagnosis = |verdict| Diagnosis { check: "AI tools", place: None, verdict };
    found.extend(of_agents(place).into_iter().map(diagnosis));
    found
}

/// Puts hooks in again where they are missing; returns what was done.
pub(super) fn mend(doctor: &Doctor, found: &[Diagnosis], place: &Surroundings) -> Vec<Mended> {
    let mut git_dirs: Vec<&PathBuf> = found
        .iter()
        .filter_map(|one| match &one.verdict.mend {
            Some(Mend::Hooks(git_dir)) => Some(git_dir),
            _ => None,
        })
        .collect();
    git_dirs.dedup();
    let mended = |git_dir: &PathBuf| {
        let installed = install(doctor, place, git_dir);
        Mended {
            place: Some(git_dir.clone()),
            text: "put our lines into its hooks".to_owned(),
            error: installed.err().map(|failure| failure.message()),
        }
    };
    git_dirs.into_iter().map(mended).collect()
}

fn install(doctor: &Doctor, place: &Surroundings, git_dir: &Path) -> Result<(), Failure> {
    let engine = doctor.engine();
    let hooks = engine.hooks_folder(git_dir)?;
    let plan = engine.plan_enable(git_dir)?;
    let share = engine.shares_behind_pushes(git_dir)?;
    let work_tree = plan.work_tree.as_deref();
    setup::with_hooks(place, &hooks, git_dir, work_tree, share, |folder| folder.install())?;
    Ok(())
}

fn of_repository(
    doctor: &Doctor,
    place: &Surroundings,
    git_dir: &Path,
) -> Result<Vec<Verdict>, Failure> {
    let engine = doctor.engine();
    let hooks = engine.hooks_folder(git_dir)?;
    let work_tree = engine.plan_enable(git_dir)?.work_tree;
    let work_tree = work_tree.as_deref();
    let shown = hooks.path.display();
    if !setup::is_own(&hooks) {
        let text = format!(
            "none: {shown} (core.hooksPath) is not this repository's alone; a capture links its commits"
        );
        return Ok(vec![Verdict::yellow(text).mended_by("opensession capture --all")]);
    }
    let share = engine.shares_behind_pushes(git_dir)?;
    let (states, binaries) =
        setup::with_hooks(place, &hooks, git_dir, work_tree, share, |folder| {
            Ok((folder.inspect()?, folder.binaries()?))
        })?;
    let manager = manager(&hooks.path, work_tree.unwrap_or(git_dir));
    let root = quoted(work_tree.unwrap_or(git_dir));
    let mut verdicts = Vec::new();
    for (hook, state) in states {
        let binary = binaries.iter().find(|(of, _)| *of == hook).map(|(_, path)| path.as_path());
        if let Some(verdict) = of_hook(hook, &state, binary, place) {
            let by = manager.map_or_else(String::new, |manager| {
                format!(" ({} writes the hooks there)", manager.name())
            });
            let text = format!("{}{by}", verdict.text);
            // Who agreed to share once is not asked again.
            let how = if hook == Hook::PrePush { " --share" } else { "" };
            let verdict = Verdict { text, ..verdict };
            verdicts.push(match state {
                State::Missing | State::Outdated | State::Shadowed(_) => verdict
                    .mended_by(format!("opensession init{how} {root}"))
                    .or_by(Mend::Hooks(git_dir.to_owned())),
                State::Disabled => {
                    let path = quoted(&hooks.path.join(hook.name()));
                    verdict.mended_by(format!("chmod +x {path}"))
                }
                State::Refused(_) | State::Installed => verdict,
            });
        }
    }
    if verdicts.is_empty() {
        verdicts.push(Verdict::green(format!("in {shown}")));
    }
    Ok(verdicts)
}

/// Returns what is wrong with a hook; `binary` is the one that it starts where there is none in `PATH`.
fn of_hook(
    hook: Hook,
    state: &State,
    binary: Option<&Path>,
    place: &Surroundings,
) -> Option<Verdict> {
    let (word, reason) = setup::describe(state);
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    let text = format!("{} is {word}{reason}", hook.name());
    let is_startable = |path: &Path| path.is_file() || is_in_path(place);
    Some(match state {
        State::Installed => return None,
        State::Outdated => match binary.filter(|path| !is_startable(path)) {
            Some(path) => Verdict::red(format!(
                "{} starts {}, which is gone, so that it does nothing",
                hook.name(),
                path.display()
            )),
            None => Verdict::yellow(text),
        },
        // A hook of the user's is not run any more, or nothing is shared although that was agreed to.
        State::Shadowed(_) => Verdict::red(text),
        State::Missing | State::Disabled | State::Refused(_) if hook == Hook::PrePush => {
            Verdict::red(format!("{text}: a push shares no sessions"))
        }
        State::Missing | State::Disabled | State::Refused(_) => Verdict::yellow(text),
    })
}

/// Returns whether a hook finds us without being told where.
fn is_in_path(place: &Surroundings) -> bool {
    let path = place.home.var("PATH").unwrap_or_default();
    std::env::split_paths(path).any(|folder| folder.join("opensession").is_file())
}

fn of_agents(place: &Surroundings) -> Vec<Verdict> {
    let states = match setup::agents(place).inspect() {
        Ok(states) => states,
        Err(error) => return vec![Verdict::yellow(error.to_string())],
    };
    let mut verdicts = Vec::new();
    for (agent, state) in states {
        let (word, reason) = setup::describe(&state);
        let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        let text = format!("what calls us in the settings of {} is {word}{reason}", agent.name());
        match state {
            // Nobody needs it: only who asked for it has it.
            State::Installed | State::Missing | State::Refused(_) => {}
            State::Outdated | State::Disabled | State::Shadowed(_) => {
                verdicts.push(Verdict::yellow(text).mended_by("opensession init --agents"));
            }
        }
    }
    if verdicts.is_empty() {
        verdicts.push(Verdict::green("none calls us wrongly"));
    }
    verdicts
}

/// Returns what it means that hooks cannot be looked at.
fn broken(failure: &Failure) -> Verdict {
    let verdict = Verdict::red(failure.message());
    match failure {
        Failure::Hooks(opensession_hooks::Error::Markers { path, line, .. }) => {
            verdict.mended_by(format!("${{EDITOR:-vi}} +{line} {}", quoted(path)))
        }
        _ => verdict,
    }
}
