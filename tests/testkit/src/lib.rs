//! Hermetic homes and git repositories for the tests.
//!
//! Nothing of the machine leaks in: no configuration of the system or the user, a fixed identity and fixed dates, a
//! home folder of its own, no network and no prompt.

mod git;
mod home;
mod repository;
mod shape;

pub use git::{command, git, git_fails, git_with_input};
pub use home::TestHome;
pub use repository::{TestRepository, fsck_strict};
pub use shape::Shape;
