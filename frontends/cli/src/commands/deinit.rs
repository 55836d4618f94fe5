//! `opensession deinit`: take everything out of a repository that `init` put in.

use crate::commands::init::write_steps;
use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::schema::SCHEMA;
use crate::setup::{self, StepView};
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{Engine, Scope};
use serde_json::json;
use std::path::PathBuf;

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
    let git_dir = place.repository_at(args.dir.as_deref())?;
    let engine = Engine::open(place.home.clone(), Scope::Home)?;
    let plan = engine.plan_enable(&git_dir)?;
    if !args.yes && place.can_ask() {
        let root = plan.work_tree.as_ref().unwrap_or(&plan.git_dir);
        let root = place.short_path(&root.display().to_string());
        if !place.ask(&mut output.stdout, &format!("Take opensession out of {root}?"))? {
            output.stdout.line("Nothing was changed.")?;
            return Ok(Exit::Done);
        }
    }
    // Hooks first: one that still ran would find nothing to do.
    let work_tree = plan.work_tree.as_deref();
    let removed =
        setup::with_hooks(place, &plan.hooks, &plan.git_dir, work_tree, |folder| folder.remove())?;
    let mut steps: Vec<StepView> = removed
        .iter()
        .map(|step| StepView::removed(step.target.name(), &step.path, &step.outcome))
        .collect();
    let was_enabled = engine.disable(&git_dir)?;
    if engine.enabled_repositories().is_empty() {
        let removed = setup::agents(place).remove()?;
        steps.extend(
            removed
                .iter()
                .map(|step| StepView::removed(step.target.name(), &step.path, &step.outcome)),
        );
    }
    if place.json {
        let object = json!({
            "schema": SCHEMA,
            "git_dir": plan.git_dir,
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
