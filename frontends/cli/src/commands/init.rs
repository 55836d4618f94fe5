//! `opensession init`: let a repository keep its sessions on its own branch.

mod share;

use crate::error::{Exit, Failure};
use crate::figures::plural;
use crate::output::{Output, Screen};
use crate::schema::SCHEMA;
use crate::setup::{self, StepView};
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{EnablePlan, Enabled, Engine, Scope};
use serde_json::json;
use share::Share;
use std::io;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  opensession init              in a repository: show what would change, then ask
  opensession init --yes        do it without asking
  opensession init --agents     let the AI tools on this machine call opensession too
  opensession init --share      share the sessions behind every `git push` to its remote: shows what leaves, and asks
  opensession init --share=origin --yes
                                the same without a terminal: the remote must be named

From then on sessions in this repository go to its branch opensession/sessions instead of your own
store, and every commit is linked to the sessions whose edits it holds. Work tree, index and history
are never touched, nothing leaves this machine without --share, and `opensession deinit` restores every file.";

/// Keep this repository's sessions on its own branch
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The repository, instead of the one that holds the current folder
    pub dir: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Also let AI tools call opensession when a session ends: changes their settings, for all folders
    #[arg(long)]
    pub agents: bool,
    /// Also share the sessions with REMOTE, else origin or the only one, in the background of `git push`
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, require_equals = true)]
    pub share: Option<Option<String>>,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let root = place.repository_at(args.dir.as_deref())?;
    let engine = Engine::open(place.home.clone(), Scope::Home)?;
    let plan = engine.plan_enable(&root)?;
    let share = args.share.as_ref().map(|remote| Share { root: &root, remote: remote.as_deref() });
    if let Some(share) = &share {
        share.check(args.yes, &plan, place)?;
    }
    let hooks = planned_hooks(place, &plan, share.is_some())?;
    let agents = if args.agents { planned_agents(place)? } else { Vec::new() };
    let has_work =
        !plan.is_enabled || plan.older > 0 || hooks.iter().chain(&agents).any(StepView::changes);
    let has_work = has_work || matches!(&share, Some(share) if !share.is_agreed(place)?);
    if !place.json {
        write_plan(&mut output.stdout, place, &plan, &hooks, &agents)?;
    }
    if !has_work {
        if place.json {
            print_json(&mut output.stdout, &plan, &hooks, &agents, &Enabled::default(), None)?;
        } else if exit(&hooks, &agents) == Exit::Done {
            output.stdout.line("Nothing to do: this repository is set up.")?;
        } else {
            output.stdout.line("Nothing was changed: what is left to do cannot be done.")?;
        }
        return Ok(exit(&hooks, &agents));
    }
    if !args.yes && !place.ask(&mut output.stdout, "Do this?")? {
        output.stdout.line("Nothing was changed.")?;
        return Ok(Exit::Done);
    }
    let bring = plan.older > 0
        && (args.yes || {
            let question = format!("Bring {} over?", plural(plan.older as u64, "older session"));
            place.ask(&mut output.stdout, &question)?
        });
    let enabled = engine.enable(&root, bring, place.now)?;
    let mut hooks = install_hooks(place, &plan, false)?;
    let agents = if args.agents { install_agents(place)? } else { Vec::new() };
    // Last: whatever the remote says, or somebody answers, the rest is done.
    let shared_with = match &share {
        Some(share) => share.agree(args.yes, place, &mut output.stdout)?,
        None => None,
    };
    if shared_with.is_some() {
        hooks = after_both(hooks, install_hooks(place, &plan, true)?);
        engine.share_behind_pushes(&root)?;
    }
    if place.json {
        let shared_with = shared_with.as_deref();
        print_json(&mut output.stdout, &plan, &hooks, &agents, &enabled, shared_with)?;
    } else {
        write_done(&mut output.stdout, &enabled)?;
        if let Some(remote) = &shared_with {
            let way = if setup::is_own(&plan.hooks) { "git push" } else { "opensession sync" };
            output.stdout.line(&format!("Sessions leave for {remote} with the next `{way}`."))?;
        }
        if agents.iter().any(|step| step.target == "Codex" && step.changes()) {
            output
                .stdout
                .line("Codex asks once whether you trust its new hook: type /hooks there.")?;
        }
    }
    Ok(if enabled.failed.is_empty() { exit(&hooks, &agents) } else { Exit::Partial })
}

/// What could not be changed was named; the rest is done.
fn exit(hooks: &[StepView], agents: &[StepView]) -> Exit {
    let refused = hooks.iter().chain(agents).any(|step| step.action == "cannot change");
    if refused { Exit::Partial } else { Exit::Done }
}

/// Returns what both installations did: the second knows all hooks, the first what was done to most of them.
fn after_both(first: Vec<StepView>, second: Vec<StepView>) -> Vec<StepView> {
    let done = first.len();
    first.into_iter().chain(second.into_iter().skip(done)).collect()
}

fn planned_hooks(
    place: &Surroundings,
    plan: &EnablePlan,
    share: bool,
) -> Result<Vec<StepView>, Failure> {
    if !setup::is_own(&plan.hooks) {
        return Ok(Vec::new());
    }
    let work_tree = plan.work_tree.as_deref();
    let steps = setup::with_hooks(place, &plan.hooks, &plan.git_dir, work_tree, share, |folder| {
        folder.plan()
    })?;
    let view = |step: &opensession_hooks::Step<opensession_hooks::Hook>| {
        StepView::installed(step.target.name(), &step.path, &step.action)
    };
    Ok(steps.iter().map(view).collect())
}

fn install_hooks(
    place: &Surroundings,
    plan: &EnablePlan,
    share: bool,
) -> Result<Vec<StepView>, Failure> {
    if !setup::is_own(&plan.hooks) {
        return Ok(Vec::new());
    }
    let work_tree = plan.work_tree.as_deref();
    let steps = setup::with_hooks(place, &plan.hooks, &plan.git_dir, work_tree, share, |folder| {
        folder.install()
    })?;
    let view = |step: &opensession_hooks::Step<opensession_hooks::Hook>| {
        StepView::installed(step.target.name(), &step.path, &step.action)
    };
    Ok(steps.iter().map(view).collect())
}

fn planned_agents(place: &Surroundings) -> Result<Vec<StepView>, Failure> {
    let steps = setup::agents(place).plan()?;
    Ok(steps
        .iter()
        .map(|step| StepView::installed(step.target.name(), &step.path, &step.action))
        .collect())
}

fn install_agents(place: &Surroundings) -> Result<Vec<StepView>, Failure> {
    let steps = setup::agents(place).install()?;
    Ok(steps
        .iter()
        .map(|step| StepView::installed(step.target.name(), &step.path, &step.action))
        .collect())
}

fn write_plan(
    screen: &mut Screen,
    place: &Surroundings,
    plan: &EnablePlan,
    hooks: &[StepView],
    agents: &[StepView],
) -> io::Result<()> {
    let root = plan.work_tree.as_ref().unwrap_or(&plan.git_dir);
    screen.styled(style::STRONG, &place.short_path(&root.display().to_string()))?;
    screen.line("")?;
    let config = place.short_path(&plan.git_dir.join("config").display().to_string());
    if plan.is_enabled {
        screen.line("  its sessions go to its branch opensession/sessions already")?;
    } else {
        screen.line(&format!("  set opensession.enabled in {config}:"))?;
        screen.line("    its sessions go to its own branch opensession/sessions from now on")?;
    }
    write_steps(screen, place, hooks)?;
    if !setup::is_own(&plan.hooks) {
        let folder = place.short_path(&plan.hooks.path.display().to_string());
        screen.line(&format!(
            "  install no hooks: {folder} (core.hooksPath) is not this repository's alone"
        ))?;
        screen.line("    commits are linked by the next `opensession`; the block that `init` puts into other repositories' hooks can be added there by hand")?;
    }
    write_steps(screen, place, agents)?;
    if plan.older > 0 {
        let older = plural(plan.older as u64, "older session");
        screen.line(&format!("  bring {older} over from your own store (they stay there too)"))?;
    }
    Ok(())
}

pub(super) fn write_steps(
    screen: &mut Screen,
    place: &Surroundings,
    steps: &[StepView],
) -> io::Result<()> {
    for StepView { target, path, action, reason } in steps {
        let path = place.short_path(path);
        let style = if *action == "cannot change" { style::BAD } else { style::PLAIN };
        screen.styled(style, &format!("  {action} {path}"))?;
        screen.styled(style::DIM, &format!("  ({target})"))?;
        screen.line("")?;
        if let Some(reason) = reason {
            screen.line(&format!("    {reason}"))?;
        }
    }
    Ok(())
}

fn write_done(screen: &mut Screen, enabled: &Enabled) -> io::Result<()> {
    for (session, error) in &enabled.failed {
        screen.styled(style::BAD, "failed: ")?;
        screen.line(&format!("{session} could not be brought over: {error}"))?;
    }
    screen.styled(style::GOOD, "done")?;
    let brought = match enabled.brought {
        0 => String::new(),
        count => format!(", {} brought over", plural(count as u64, "session")),
    };
    let left = match enabled.left {
        0 => String::new(),
        count => format!(", {count} left in your own store: the branch has another version"),
    };
    screen.line(&format!("{brought}{left}. `opensession status` shows where everything stands."))
}

fn print_json(
    screen: &mut Screen,
    plan: &EnablePlan,
    hooks: &[StepView],
    agents: &[StepView],
    enabled: &Enabled,
    shared_with: Option<&str>,
) -> Result<(), Failure> {
    let failed = enabled
        .failed
        .iter()
        .map(|(session, error)| json!({"session": session, "reason": error.to_string()}));
    let object = json!({
        "schema": SCHEMA,
        "git_dir": plan.git_dir,
        "work_tree": plan.work_tree,
        "was_enabled": plan.is_enabled,
        "hooks": hooks,
        "agents": agents,
        "brought": enabled.brought,
        "left": enabled.left,
        "failed": failed.collect::<Vec<_>>(),
        "shared_with": shared_with,
    });
    Ok(screen.data(|out| writeln!(out, "{object}"))?)
}
