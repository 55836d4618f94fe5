//! Puts opensession into git hooks and into the settings of AI tools, and takes it out again byte for byte.
//!
//! Pure file work: folders, home and environment come in as arguments, no process is started, nothing is remembered
//! beside what is written into the files themselves. `docs/hooks.md` shows what that looks like.

mod agents;
mod block;
mod disk;
mod error;
mod hook;
mod hook_folder;
mod hook_manager;
mod language;
mod script;
mod step;

pub use agents::{Agent, Agents};
pub use error::{Error, Result};
pub use hook::Hook;
pub use hook_folder::HookFolder;
pub use hook_manager::{Manager, manager};
pub use step::{Action, Outcome, Removal, State, Step};
