//! `opensession deinit`: take everything out of a repository that `init` put in.

use crate::commands::init::write_steps;
use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::schema::SCHEMA;
use crate::setup::{self, StepView};
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{Disabled, Engine, Scope};
use opensession_hooks::{Hook, Removal};
use serde_json::json;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  opensession deinit          in a repository
  opensession deinit ../shop --yes

Hooks and configuration are byte for byte what they were before `init`; with the last repository the
settings of AI tools are, too. Sessions that are stored stay where they are, on the branch
opensession/sessions; `git branch -D opensession/sessions` would delete them.";

/// Undo `init`: remove hooks and settings, keep the sessions
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The repository, instead of the one that holds the current folder
    pub dir: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let root = place.repository_at(args.dir.as_deref())?;
    let engine = Engine::open(place.home.clone(), Scope::Home)?;
    if !args.yes && place.can_ask() {
        let shown = place.short_path(&root.display().to_string());
        if !place.ask(&mut output.stdout, &format!("Take opensession out of {shown}?"))? {
            output.stdout.line("Nothing was changed.")?;
            return Ok(Exit::Done);
        }
    }
    // Consent first: it must not depend on anything else that may be broken.
    let Disabled { git_dir, was_enabled } = engine.disable(&root, place.now)?;
    let mut steps = Vec::new();
    match remove_hooks(&engine, place, &root, &git_dir) {
        Ok(removed) => steps.extend(removed),
        Err(failure) => steps.push(StepView::failed("hooks", &failure.message())),
    }
    if !engine.serves_another(&git_dir) {
        match setup::agents(place).remove() {
            Ok(removed) => steps.extend(
                removed
                    .iter()
                    .map(|step| StepView::removed(step.target.name(), &step.path, &step.outcome)),
            ),
            Err(error) => steps.push(StepView::failed("agents", &error.to_string())),
        }
    }
    if place.json {
        let object = json!({
            "schema": SCHEMA,
            "git_dir": git_dir,
            "was_enabled": was_enabled,
            "steps": steps,
        });
        output.stdout.data(|out| writeln!(out, "{object}"))?;
    } else {
        steps.retain(|step| step.changes() || step.action == "left");
        write_steps(&mut output.stdout, place, &steps)?;
        if !was_enabled && steps.is_empty() {
            output.stdout.line("Nothing to do: this repository was not set up.")?;
        } else {
            output.stdout.styled(style::GOOD, "done")?;
            output.stdout.line(
                ". What is stored stays on the branch opensession/sessions; new sessions go to your own store.",
            )?;
        }
    }
    let refused = steps.iter().any(|step| step.action == "left");
    Ok(if refused { Exit::Partial } else { Exit::Done })
}

fn remove_hooks(
    engine: &Engine,
    place: &Surroundings,
    root: &Path,
    git_dir: &Path,
) -> Result<Vec<StepView>, Failure> {
    let hooks = engine.hooks_folder(root)?;
    if !setup::is_own(&hooks) {
        // Other repositories' commits run them too.
        return Ok(Vec::new());
    }
    let removed =
        setup::with_hooks(place, &hooks, git_dir, Some(root), false, |folder| folder.remove())?;
    let view =
        |step: &Removal<Hook>| StepView::removed(step.target.name(), &step.path, &step.outcome);
    Ok(removed.iter().map(view).collect())
}
