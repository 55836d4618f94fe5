//! What `init`, `deinit` and `status` share: the hooks of a repository and the AI tools that can call us.

use crate::error::Failure;
use crate::surroundings::Surroundings;
use opensession_engine::{HooksFolder, HooksOrigin};
use opensession_hooks::{Action, Agents, HookFolder, Outcome, State};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// Calls `use_it` with the folder in which git looks for the hooks of a repository; `share` asks for `pre-push` too.
pub(crate) fn with_hooks<T>(
    place: &Surroundings,
    hooks: &HooksFolder,
    git_dir: &Path,
    work_tree: Option<&Path>,
    share: bool,
    use_it: impl FnOnce(&HookFolder<'_>) -> opensession_hooks::Result<T>,
) -> Result<T, Failure> {
    let roots: Vec<&Path> = work_tree.into_iter().chain([git_dir]).collect();
    let folder =
        HookFolder { folder: &hooks.path, binary: &place.binary, allowed_roots: &roots, share };
    Ok(use_it(&folder)?)
}

/// Returns the AI tools whose settings can call us.
pub(crate) fn agents(place: &Surroundings) -> Agents<'_> {
    Agents { home: place.home.dir(), environment: place.home.environment(), binary: &place.binary }
}

/// Returns whether hooks can be put there: not where many repositories share the folder.
pub(crate) fn is_own(hooks: &HooksFolder) -> bool {
    hooks.origin != HooksOrigin::Outside
}

/// What is done to one file, as people read it and as it stands in `--json`.
#[derive(Serialize)]
pub(crate) struct StepView {
    pub target: String,
    pub path: String,
    pub action: &'static str,
    pub reason: Option<String>,
}

impl StepView {
    /// Returns the view of a step of an installation.
    pub(crate) fn installed(target: &str, path: &Path, action: &Action) -> Self {
        let (action, reason) = match action {
            Action::Create => ("create", None),
            Action::Insert => ("add lines to", None),
            Action::Update => ("renew our lines in", None),
            Action::Chain(kept) => {
                ("chain", Some(format!("the original moves to {}", kept.display())))
            }
            Action::Unchanged => ("leave as it is:", None),
            Action::Refused(reason) => ("cannot change", Some(reason.clone())),
        };
        Self { target: target.to_owned(), path: path.display().to_string(), action, reason }
    }

    /// Returns the view of a step of a removal.
    pub(crate) fn removed(target: &str, path: &Path, outcome: &Outcome) -> Self {
        let (action, reason) = match outcome {
            Outcome::Deleted => ("removed", None),
            Outcome::Cut => ("took our lines out of", None),
            Outcome::Restored => ("put back", None),
            Outcome::Absent => ("nothing of ours in", None),
            Outcome::Refused(reason) => ("left", Some(reason.clone())),
        };
        Self { target: target.to_owned(), path: path.display().to_string(), action, reason }
    }

    /// Returns the view of something that could not be looked at.
    pub(crate) fn failed(target: &str, reason: &str) -> Self {
        let (path, reason) = (String::new(), Some(reason.to_owned()));
        Self { target: target.to_owned(), path, action: "left", reason }
    }

    /// Returns whether the file is, or would be, changed.
    pub(crate) fn changes(&self) -> bool {
        !matches!(self.action, "leave as it is:" | "cannot change" | "nothing of ours in" | "left")
    }
}

/// Returns a state as a word, and why where there is a reason.
pub(crate) fn describe(state: &State) -> (&'static str, Option<String>) {
    match state {
        State::Installed => ("installed", None),
        State::Missing => ("missing", None),
        State::Outdated => ("outdated", None),
        State::Disabled => ("disabled", Some("the file is not executable".to_owned())),
        State::Shadowed(kept) => {
            ("replaced", Some(format!("the original is kept at {}", kept.display())))
        }
        State::Refused(reason) => ("impossible", Some(reason.clone())),
    }
}

/// Returns a state as JSON.
pub(crate) fn state_json(target: &str, state: &State) -> Value {
    let (state, reason) = describe(state);
    json!({"target": target, "state": state, "reason": reason})
}
