//! Whoever would ask is not asked: git, ssh and helpers, whatever the environment offers them for it.
//!
//! Each test runs itself again in the environment of such a user.

use crate::refusals::write_script;
use crate::remotes::{fetch, push, refusal};
use crate::sessions::grow;
use crate::web::{Manner, Server};
use opensession_store::{Refusal, Store};
use opensession_testkit::{Shape, TestRepository, command};
use std::fs;
use std::path::{Path, PathBuf};

/// Runs the test `name` again on `repository`, with `folder` first in `PATH` and `more` in the environment.
fn run_again(name: &str, repository: &TestRepository, folder: &Path, more: &[(&str, &Path)]) {
    #[allow(clippy::disallowed_methods, reason = "git is found there")]
    let path = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    let mut again = command(std::env::current_exe().unwrap(), repository.path());
    again.args(["--exact", name, "--nocapture"]);
    again.env("PATH", std::env::join_paths(folders).unwrap());
    again.env("STORE_TEST_REPOSITORY", repository.path());
    // With a terminal, git would ask there.
    again.env_remove("GIT_TERMINAL_PROMPT").env("DISPLAY", ":0");
    let output = again.envs(more.iter().copied()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
}

/// Returns the repository to work in, the second time.
fn again() -> Option<PathBuf> {
    #[allow(clippy::disallowed_methods, reason = "the parent says what to work in")]
    std::env::var_os("STORE_TEST_REPOSITORY").map(PathBuf::from)
}

/// Pushes to and fetches from `origin`; both must be refused for want of credentials.
fn talk(path: &Path) {
    let store = Store::open(path).unwrap();
    let origin = store.remote("origin").unwrap();
    for error in [push(&store, &origin).unwrap_err(), fetch(&store, &origin).unwrap_err()] {
        assert_eq!(refusal(&error), Refusal::Unauthenticated, "{error:?}");
    }
}

#[test]
fn no_program_is_asked_for_a_password() {
    if let Some(path) = again() {
        return talk(&path);
    }
    let hub = TestRepository::new(Shape::Bare);
    let server = Server::start(hub.path(), Manner::Login("hunter22"));
    let repository = TestRepository::new(Shape::Plain);
    grow(&Store::open(repository.path()).unwrap(), "a", &[1]);
    let home = repository.home().path();
    let canary = home.join("canary");
    let trap = home.join("askpass");
    write_script(&trap, &format!("touch '{}'; echo alice", canary.display()));
    let set = |key: &str, value: &str| drop(repository.git(&["config", key, value]));
    set("remote.origin.url", &server.url(""));
    set("core.askPass", trap.to_str().unwrap());
    let name = "prompts::no_program_is_asked_for_a_password";
    run_again(name, &repository, home, &[("GIT_ASKPASS", &trap), ("SSH_ASKPASS", &trap)]);
    assert!(!canary.exists());
    assert!(server.logins().len() >= 2);
}

#[test]
fn ssh_is_told_not_to_ask_unless_the_user_says_how_it_is_started() {
    if let Some(path) = again() {
        return talk(&path);
    }
    let repository = TestRepository::new(Shape::Plain);
    grow(&Store::open(repository.path()).unwrap(), "a", &[1]);
    let home = repository.home().path();
    let _quiet = repository.git(&["config", "remote.origin.url", "ssh://git@host/x.git"]);
    let says = home.join("said");
    let script = |name: &str| {
        let denied = "echo 'git@host: Permission denied (publickey).' >&2; exit 255";
        let tells = "\"$0 $* $SSH_ASKPASS $SSH_ASKPASS_REQUIRE\"";
        let path = home.join(name);
        write_script(&path, &format!("echo {tells} >> '{}'\n{denied}", says.display()));
        path
    };
    let (_ssh, own) = (script("ssh"), script("own-ssh"));
    let said = || {
        let said = fs::read_to_string(&says).unwrap();
        fs::remove_file(&says).unwrap();
        assert!(said.lines().all(|line| line.ends_with(" false force")), "{said}");
        said
    };
    let name = "prompts::ssh_is_told_not_to_ask_unless_the_user_says_how_it_is_started";
    run_again(name, &repository, home, &[]);
    assert!(said().lines().all(|line| line.contains("/ssh -o BatchMode=yes ")));
    for variable in ["GIT_SSH", "GIT_SSH_COMMAND"] {
        run_again(name, &repository, home, &[(variable, &own)]);
        assert!(
            said().lines().all(|line| line.contains("/own-ssh ") && !line.contains("BatchMode"))
        );
    }
    let _quiet = repository.git(&["config", "core.sshCommand", own.to_str().unwrap()]);
    run_again(name, &repository, home, &[]);
    assert!(said().lines().all(|line| line.contains("/own-ssh ")));
}
