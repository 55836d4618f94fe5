//! A real repository, and an AI tool that edits files in it and logs what it does.

use crate::place::{Place, Ran};
use opensession_testkit::{command, fsck_strict};
use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository `shop` in a home folder, with one commit.
pub(crate) struct Shop {
    pub place: Place,
    pub folder: PathBuf,
}

/// A session of Claude Code in the shop.
pub(crate) struct Agent<'s> {
    shop: &'s Shop,
    cwd: PathBuf,
    pub id: String,
    records: u32,
    /// What the ids of records end with.
    way: &'static str,
}

impl Shop {
    /// Returns the shop with one commit of one file.
    pub(crate) fn new() -> Self {
        let place = Place::empty();
        let folder = place.home.path().canonicalize().unwrap().join("shop");
        let shop = Self { place, folder };
        fs::create_dir(&shop.folder).unwrap();
        shop.git(&["init", "--quiet", "--initial-branch=main"]);
        shop.write("prices.txt", "apple 10\npear 12\nplum 7\n");
        shop.commit("the first prices");
        shop
    }

    /// Returns the shop, enabled.
    pub(crate) fn enabled() -> Self {
        let shop = Self::new();
        let ran = shop.run(&["init", "--yes"]);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        shop
    }

    /// Returns a command in `folder` that finds the program, with the home folder as `HOME`.
    pub(crate) fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = command(program, folder);
        let bin = Path::new(env!("CARGO_BIN_EXE_opensession")).parent().unwrap();
        let path = command.get_envs().find(|(name, _)| *name == "PATH").unwrap().1.unwrap();
        let path = format!("{}:{}", bin.display(), path.to_str().unwrap());
        // The first commit is made before the edits that the log tells of, the others after them.
        let is_first = !self.folder.join(".git/logs/HEAD").exists();
        let date = if is_first { "2026-03-02T09:00:00Z" } else { "2026-03-02T12:00:00Z" };
        command
            .env("PATH", path)
            .env("HOME", self.place.home.path())
            .env("TMPDIR", self.place.home.path())
            .env("GIT_AUTHOR_DATE", date)
            .env("GIT_COMMITTER_DATE", date);
        command
    }

    /// Runs git in the shop and returns what it printed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.folder, arguments)
    }

    /// Runs git in `folder` and returns what it printed.
    pub(crate) fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.command("git", folder).args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {}: {errors}", arguments.join(" "));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs the program in the shop.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in(&self.folder, arguments)
    }

    /// Runs the program in `folder`.
    pub(crate) fn run_in(&self, folder: &Path, arguments: &[&str]) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_opensession"), folder);
        Ran::of(&command.args(arguments).output().unwrap())
    }

    /// Runs the program in the shop and returns its standard output as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
    }

    /// Writes a file as a person does.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Returns what is in a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap()
    }

    /// Commits everything and returns the commit.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.head()
    }

    /// Returns the commit that is checked out.
    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Starts a session.
    pub(crate) fn agent(&self, number: u32) -> Agent<'_> {
        self.agent_in(number, &self.folder)
    }

    /// Starts a session in another folder.
    pub(crate) fn agent_in(&self, number: u32, cwd: &Path) -> Agent<'_> {
        let id = format!("{number:08x}-3f60-4d52-9a57-0c7be1a2d901");
        let mut agent = Agent { shop: self, cwd: cwd.to_owned(), id, records: 0, way: "" };
        agent.log(json!({"type": "user", "message": {"role": "user", "content": "Go on"}}));
        agent
    }

    /// Returns the sessions that the branch links to a commit, by plain git: their ids.
    pub(crate) fn links(&self, commit: &str) -> Vec<String> {
        let folder = format!("v1/links/{}/{commit}/", commit.get(..2).unwrap());
        let listing = ["ls-tree", "--name-only", "opensession/sessions", &folder];
        let names = self.git(&listing);
        let id = |path: &str| path.rsplit_once("claude-code.").unwrap().1.to_owned();
        names.lines().map(id).collect()
    }

    /// Returns the sessions on the branch, by plain git: their ids.
    pub(crate) fn sessions(&self) -> Vec<String> {
        let listing = self.git(&["ls-tree", "-r", "--name-only", "opensession/sessions"]);
        let manifests = listing.lines().filter_map(|path| path.strip_suffix("/session.json"));
        manifests.map(|path| path.rsplit_once("claude-code.").unwrap().1.to_owned()).collect()
    }

    /// Waits until the hooks have done what they do in the background: nothing waits, and nobody is at it.
    pub(crate) fn settle(&self) {
        let git_dir = self.git(&["rev-parse", "--path-format=absolute", "--git-common-dir"]);
        let queue = Path::new(&git_dir).join("opensession/queue");
        let is_empty = || {
            let entries = fs::read_dir(&queue).into_iter().flatten();
            entries
                .filter(|entry| {
                    entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some())
                })
                .count()
                == 0
        };
        for _ in 0..2000 {
            let turn = OpenOptions::new().read(true).open(queue.join("turn"));
            if let Ok(turn) = turn
                && is_empty()
            {
                turn.lock().unwrap();
                if is_empty() {
                    return;
                }
            }
            // Starting a program takes a moment, in which the hook gets on.
            self.git(&["rev-parse", "HEAD"]);
        }
        panic!("the hooks did not come to an end");
    }

    /// Waits until something that goes on in the background has come about.
    pub(crate) fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        for _ in 0..4000 {
            if is_so() {
                return;
            }
            // Starting a program takes a moment, in which the rest gets on.
            self.git(&["rev-parse", "HEAD"]);
        }
        panic!("never: {what}");
    }

    /// Asserts that git finds no fault in the shop, nor in the home store.
    pub(crate) fn assert_sound(&self) {
        fsck_strict(&self.folder);
        if self.place.store().exists() {
            self.place.assert_sound();
        }
    }
}

impl Agent<'_> {
    /// Goes on with records that no copy of the session has.
    pub(crate) fn goes_its_own_way(&mut self, way: &'static str) {
        self.way = way;
    }

    /// Logs what a person asks for.
    pub(crate) fn says(&mut self, prompt: &str) {
        self.log(json!({"type": "user", "message": {"role": "user", "content": prompt}}));
    }

    /// Replaces `old`, which stands once in the file, by `new`, and logs it as the Edit tool does.
    pub(crate) fn edit(&mut self, path: &str, old: &str, new: &str) {
        let file = self.cwd.join(path);
        let before = fs::read_to_string(&file).unwrap();
        assert_eq!(before.matches(old).count(), 1, "{path}: {old}");
        fs::write(&file, before.replace(old, new)).unwrap();
        let input = json!({"file_path": file, "old_string": old, "new_string": new});
        let lines = |sign: char, text: &str| {
            text.lines().map(|line| format!("{sign}{line}")).collect::<Vec<_>>()
        };
        let changed = [lines('-', old), lines('+', new)].concat();
        let hunk = json!({
            "oldStart": 1, "oldLines": old.lines().count(),
            "newStart": 1, "newLines": new.lines().count(),
            "lines": changed,
        });
        let result = json!({
            "filePath": file, "oldString": old, "newString": new, "originalFile": before,
            "structuredPatch": [hunk], "userModified": false, "replaceAll": false,
        });
        self.call("Edit", &input, &result);
    }

    /// Makes a file, and logs it as the Write tool does.
    pub(crate) fn create(&mut self, path: &str, text: &str) {
        let file = self.cwd.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        let input = json!({"file_path": file, "content": text});
        let result = json!({
            "type": "create", "filePath": file, "content": text, "structuredPatch": [],
            "originalFile": null,
        });
        self.call("Write", &input, &result);
    }

    /// Logs a command and what it printed, as the Bash tool does. Nothing is run.
    pub(crate) fn run(&mut self, command: &str, printed: &str) {
        let result = json!({
            "stdout": printed, "stderr": "", "interrupted": false, "isImage": false,
        });
        self.call_with("Bash", &json!({"command": command}), &result, printed);
    }

    fn call(&mut self, name: &str, input: &Value, result: &Value) {
        self.call_with(name, input, result, "Done.");
    }

    fn call_with(&mut self, name: &str, input: &Value, result: &Value, told: &str) {
        let call = format!("call_{}", self.records);
        let content = json!([{"type": "tool_use", "id": call, "name": name, "input": input}]);
        self.log(json!({"type": "assistant", "message": {
            "id": format!("msg_{}", self.records), "type": "message", "role": "assistant",
            "model": "claude-opus-4-6", "content": content,
            "usage": {"input_tokens": 3, "output_tokens": 9},
        }}));
        let content = json!([{"type": "tool_result", "tool_use_id": call, "content": told}]);
        self.log(json!({
            "type": "user", "message": {"role": "user", "content": content},
            "toolUseResult": result,
        }));
    }

    fn log(&mut self, record: Value) {
        self.records += 1;
        let time = format!("2026-03-02T10:{:02}:{:02}.000Z", self.records / 60, self.records % 60);
        let mut line = json!({
            "sessionId": self.id, "cwd": self.cwd, "version": "2.1.200", "gitBranch": "main",
            "isSidechain": false, "timestamp": time, "uuid": format!("{}-{}{}", self.id, self.records, self.way),
        });
        let Value::Object(record) = record else { panic!("a record is an object") };
        line.as_object_mut().unwrap().extend(record);
        let folder = self.shop.place.home.path().join(".claude/projects/-shop");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{}.jsonl", self.id));
        let mut log = OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(log, "{line}").unwrap();
    }
}
