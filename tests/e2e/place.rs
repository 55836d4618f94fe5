//! A home folder with the demo's logs in it, and the program run there.

use opensession_testkit::{TestHome, command, fsck_strict};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

/// The log of a session of 22 events, with a failing test, an edit and two prompts.
pub(crate) const CLAUDE: &[u8] =
    include_bytes!("../../frontends/cli/demo/claude-code-rounding.jsonl");
/// The log of a session of 13 events.
pub(crate) const CODEX: &[u8] = include_bytes!("../../frontends/cli/demo/codex-export.jsonl");

pub(crate) const CLAUDE_LOG: &str =
    ".claude/projects/-home-robin-src-shop/5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901.jsonl";
pub(crate) const CODEX_LOG: &str = ".codex/sessions/2026/03/05/rollout-2026-03-05T14-20-11-0195f0aa-6c1e-7d33-b0f4-9e2a517c8d03.jsonl";

/// A home folder, and the program run in it.
pub(crate) struct Place {
    pub home: TestHome,
}

/// How a run ended.
pub(crate) struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    /// Returns an empty home.
    pub(crate) fn empty() -> Self {
        Self { home: TestHome::new() }
    }

    /// Returns a home with one log of Claude Code and one of Codex.
    pub(crate) fn with_logs() -> Self {
        let place = Self::empty();
        place.home.write(CLAUDE_LOG, CLAUDE);
        place.home.write(CODEX_LOG, CODEX);
        place
    }

    /// Returns a home with both sessions captured.
    pub(crate) fn captured() -> Self {
        let place = Self::with_logs();
        let ran = place.run(&["capture"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        place
    }

    /// Runs the program in the home folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    /// Runs the program in the home folder with more environment variables.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = command(env!("CARGO_BIN_EXE_opensession"), self.home.path());
        command.env("TMPDIR", self.home.path()).args(arguments).envs(variables.iter().copied());
        Ran::of(&command.output().unwrap())
    }

    /// Runs the program and returns its standard output as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
    }

    /// Runs the program on a terminal of 80 columns, made by `script`, and returns all that it got.
    pub(crate) fn on_terminal(&self, arguments: &str, variables: &[(&str, &str)]) -> String {
        let program = env!("CARGO_BIN_EXE_opensession");
        let line = format!("stty cols 80 rows 24; {program} {arguments}");
        let mut script = command("script", self.home.path());
        script
            .env("TERM", "xterm-256color")
            .env("PAGER", "cat")
            .env("TMPDIR", self.home.path())
            .envs(variables.iter().copied())
            .args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        String::from_utf8(script.output().unwrap().stdout).unwrap().replace("\r\n", "\n")
    }

    /// Returns the home store.
    pub(crate) fn store(&self) -> PathBuf {
        self.home.path().join(".local/share/opensession/sessions.git")
    }

    /// Asserts that git finds no fault in the home store.
    pub(crate) fn assert_sound(&self) {
        fsck_strict(&self.store());
    }
}

impl Ran {
    /// Returns how the run with this output ended.
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

/// Returns how often to loop: `long` where the person who runs the tests asked for that (`tests/run --long`).
#[expect(clippy::disallowed_methods, reason = "asked for by the person who runs the tests")]
pub(crate) fn rounds(short: usize, long: usize) -> usize {
    if std::env::var_os("OPENSESSION_LONG").is_some() { long } else { short }
}

/// Returns every file below `folder`.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(files_below(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files.sort();
    files
}
