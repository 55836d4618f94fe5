//! What the command line tool and the editor's chat of GitHub Copilot share: what their tools do, and what came of it.

mod action;
mod change;

pub(crate) use action::{describe, exit_code};
pub(crate) use change::is_edit;
