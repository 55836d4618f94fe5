//! Small logs in Claude Code's shape, and an engine over a home of its own.

use opensession_engine::hail::Timestamp;
use opensession_engine::{Capture, CaptureReport, Engine, Home, Os, Reference, Scope};
use opensession_testkit::{TestHome, fsck_strict, git};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An engine over a temporary home.
pub(crate) struct Machine {
    pub(crate) home: TestHome,
    pub(crate) engine: Engine,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self::with_key(None)
    }

    /// A machine whose store has this redaction key from the start.
    pub(crate) fn with_key(key: Option<&str>) -> Self {
        let home = TestHome::new();
        if let Some(key) = key {
            let key_file = ".local/share/opensession/sessions.git/opensession/redaction.key";
            let engine = Self::engine(&home);
            let _said =
                git(home.path(), &["init", "-q", "--bare", engine.home_store().to_str().unwrap()]);
            home.write(key_file, key);
        }
        let engine = Self::engine(&home);
        Self { home, engine }
    }

    fn engine(home: &TestHome) -> Engine {
        let home = Home::new(home.path().to_owned(), BTreeMap::new(), Os::Linux);
        Engine::open(home, Scope::Home).unwrap()
    }

    /// Writes a log below Claude Code's folder.
    pub(crate) fn log(&self, name: &str, text: &str) -> PathBuf {
        self.home.write(&format!(".claude/projects/-p/{name}.jsonl"), text)
    }

    pub(crate) fn capture(&self) -> CaptureReport {
        let report = self.engine.capture(Capture::All, noon(), &()).unwrap();
        let failures: Vec<_> = report.failures().collect();
        assert!(failures.is_empty(), "{failures:?}");
        report
    }

    /// The tree of the branch, after a strict check of the repository.
    pub(crate) fn tree(&self) -> String {
        fsck_strict(&self.engine.home_store());
        assert!(
            self.engine.fsck(&mut |_, _| {}).unwrap().iter().all(|store| store.findings.is_empty())
        );
        self.git(&["rev-parse", "opensession/sessions^{tree}"])
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.engine.home_store(), arguments).trim().to_owned()
    }

    /// The prompts of a stored session, in order.
    pub(crate) fn prompts(&self, reference: &str) -> Vec<String> {
        let mut prompts = Vec::new();
        let session = self.engine.session(&Reference::new(reference)).unwrap();
        session
            .events(|event| {
                prompts.extend(
                    event.content.blocks.iter().filter_map(|b| b.as_text()).map(str::to_owned),
                );
                true
            })
            .unwrap();
        prompts
    }

    /// The names of the stored sessions, by git.
    pub(crate) fn keys(&self) -> Vec<String> {
        let listing = self.git(&["ls-tree", "-r", "--name-only", "opensession/sessions"]);
        let manifests = listing.lines().filter_map(|line| line.strip_suffix("/session.json"));
        manifests.map(|path| path.rsplit('/').next().unwrap().to_owned()).collect()
    }
}

pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:00.000Z").unwrap()
}

pub(crate) const SESSION: &str = "11111111-2222-4333-8444-555555555555";

/// A prompt, as a line of the log of [`SESSION`].
pub(crate) fn prompt(id: &str, minute: u32, text: &str) -> String {
    line(id, minute, "user", &format!(r#"{{"role":"user","content":"{text}"}}"#))
}

/// An answer.
pub(crate) fn answer(id: &str, minute: u32, text: &str) -> String {
    let message = format!(
        r#"{{"id":"msg_{id}","role":"assistant","model":"claude-x","content":[{{"type":"text","text":"{text}"}}],"usage":{{"input_tokens":3,"output_tokens":5}}}}"#
    );
    line(id, minute, "assistant", &message)
}

/// A shell call without its result.
pub(crate) fn call(id: &str, minute: u32, command: &str) -> String {
    let message = format!(
        r#"{{"id":"msg_{id}","role":"assistant","model":"claude-x","content":[{{"type":"tool_use","id":"toolu_{id}","name":"Bash","input":{{"command":"{command}"}}}}]}}"#
    );
    line(id, minute, "assistant", &message)
}

/// The result of the shell call `of`.
pub(crate) fn result(id: &str, minute: u32, of: &str, output: &str) -> String {
    let message = format!(
        r#"{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_{of}","content":"{output}"}}]}}"#
    );
    line(id, minute, "user", &message)
}

fn line(id: &str, minute: u32, kind: &str, message: &str) -> String {
    format!(
        "{{\"type\":\"{kind}\",\"uuid\":\"{id}\",\"sessionId\":\"{SESSION}\",\"timestamp\":\"2026-03-01T10:{minute:02}:00.000Z\",\"cwd\":\"/p\",\"version\":\"2.1.0\",\"isSidechain\":false,\"message\":{message}}}\n"
    )
}
