//! The `apply_patch` grammar: what a patch does to each file.
//!
//! ```text
//! *** Begin Patch
//! *** Add File: a.rs          every line after it starts with `+`
//! *** Update File: b.rs       hunks of ` `, `+` and `-` lines, each after `@@ where`
//! *** Move to: c.rs           right after `Update File`
//! *** Delete File: d.rs
//! *** End Patch
//! ```

use opensession_hail::{Block, EventType};
use serde_json::json;
use std::fmt::Write;

const BEGIN: &str = "*** Begin Patch";

/// What a patch does to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileChange {
    pub path: String,
    pub move_to: Option<String>,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The whole content.
    Add(String),
    /// A unified diff. The grammar has no line numbers: the hunks count on from 1.
    Update(String),
    Delete,
}

/// Returns the changes in `patch`, or `None` where it is no patch or holds lines that belong to no file.
pub(crate) fn changes(patch: &str) -> Option<Vec<FileChange>> {
    let (_before, body) = patch.split_once(BEGIN)?;
    let mut found: Vec<FileChange> = Vec::new();
    let mut hunks = Hunks::default();
    for line in body.lines().skip(1) {
        if let Some(directive) = line.strip_prefix("*** ") {
            match directive.split_once(": ") {
                Some(("Add File", path)) => {
                    hunks.close(found.last_mut());
                    found.push(FileChange::new(path, Action::Add(String::new())));
                }
                Some(("Update File", path)) => {
                    hunks.close(found.last_mut());
                    found.push(FileChange::new(path, Action::Update(String::new())));
                }
                Some(("Delete File", path)) => {
                    hunks.close(found.last_mut());
                    found.push(FileChange::new(path, Action::Delete));
                }
                Some(("Move to", path)) => {
                    found.last_mut()?.move_to = Some(path.trim().to_owned());
                }
                _ if directive.starts_with("End Patch") => break,
                // `End of File` and remarks.
                _ => {}
            }
            continue;
        }
        match &mut found.last_mut()?.action {
            Action::Add(content) => {
                content.push_str(line.strip_prefix('+').unwrap_or(line));
                content.push('\n');
            }
            Action::Update(diff) => hunks.push(line, diff),
            Action::Delete => {}
        }
    }
    hunks.close(found.last_mut());
    (!found.is_empty()).then_some(found)
}

/// Returns the patch that a shell command does nothing but apply: `apply_patch <<'EOF' … EOF`, also behind `cd … &&`.
pub(super) fn in_command(command: &str) -> Option<&str> {
    let start = command.find(BEGIN)?;
    let (before, patch) = command.split_at_checked(start)?;
    let program = before.lines().next().unwrap_or("").trim();
    let program = match program.split_once("&&") {
        Some((cd, rest)) if cd.trim_start().starts_with("cd ") => rest.trim_start(),
        _ => program,
    };
    let applies = ["apply_patch", "applypatch"].iter().any(|name| program.starts_with(name));
    let (_patch, after) = patch.split_once("*** End Patch")?;
    // Only the end of the here-document, or a quote, may follow.
    let ends = after.trim().len() <= 12 && !after.trim().contains(char::is_whitespace);
    (applies && before.lines().count() <= 2 && ends).then_some(patch)
}

impl FileChange {
    fn new(path: &str, action: Action) -> Self {
        Self { path: path.trim().to_owned(), move_to: None, action }
    }

    /// Returns the change as an event.
    pub(crate) fn into_event(self) -> (EventType, Vec<Block>) {
        let Self { path, move_to, action } = self;
        let (event_type, mut blocks) = match action {
            Action::Add(content) => {
                let file = Block::File { path: path.clone(), content: Some(content) };
                (EventType::FileCreate { path }, vec![file])
            }
            Action::Update(diff) => {
                let diff = Some(diff).filter(|diff| !diff.is_empty());
                (EventType::FileEdit { path, diff }, Vec::new())
            }
            Action::Delete => (EventType::FileDelete { path }, Vec::new()),
        };
        blocks.extend(move_to.map(|target| Block::json(json!({"move_to": target}))));
        (event_type, blocks)
    }
}

/// The hunk being read, and the line numbers that the ones before it came to.
#[derive(Default)]
struct Hunks<'a> {
    section: &'a str,
    lines: Vec<&'a str>,
    old_before: usize,
    new_before: usize,
}

impl<'a> Hunks<'a> {
    fn push(&mut self, line: &'a str, diff: &mut String) {
        match line.strip_prefix("@@") {
            Some(section) => {
                self.write(diff);
                self.section = section.trim();
            }
            None => self.lines.push(line),
        }
    }

    /// Ends the file's hunks.
    fn close(&mut self, file: Option<&mut FileChange>) {
        if let Some(Action::Update(diff)) = file.map(|file| &mut file.action) {
            self.write(diff);
        }
        *self = Self::default();
    }

    fn write(&mut self, diff: &mut String) {
        if self.lines.is_empty() {
            return;
        }
        let count = |other: char| {
            let lines = self.lines.iter();
            lines.filter(|line| !line.starts_with(other)).count()
        };
        let (old, new) = (count('+'), count('-'));
        let section =
            if self.section.is_empty() { String::new() } else { format!(" {}", self.section) };
        writeln!(
            diff,
            "@@ -{},{old} +{},{new} @@{section}",
            self.old_before + 1,
            self.new_before + 1
        )
        .expect("a string takes every write");
        for line in self.lines.drain(..) {
            // A context line that lost its blank, most often an empty one.
            if !line.starts_with([' ', '+', '-']) {
                diff.push(' ');
            }
            diff.push_str(line);
            diff.push('\n');
        }
        self.old_before += old;
        self.new_before += new;
        self.section = "";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_hail::diff_lines;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_diff_counts_the_lines_of_its_patch(
            hunks in proptest::collection::vec(proptest::collection::vec("[ +-][a-z+@ -]{0,6}", 1..6), 1..4)
        ) {
            let lines = hunks.iter().flatten();
            let count = |sign: char| lines.clone().filter(|line| line.starts_with(sign)).count() as u64;
            let body: Vec<String> = hunks.iter().map(|lines| format!("@@\n{}\n", lines.join("\n"))).collect();
            let patch = format!("*** Begin Patch\n*** Update File: a\n{}*** End Patch", body.concat());
            let found = changes(&patch).unwrap();
            let Some(Action::Update(diff)) = found.first().map(|change| &change.action) else {
                panic!("{found:?}")
            };
            let change = diff_lines(diff);
            prop_assert_eq!((change.added, change.removed), (count('+'), count('-')), "{}", diff);
        }
    }

    const PATCH: &str = "*** Begin Patch\n*** Add File: a.rs\n+one\n+\n*** Update File: b.rs\n*** Move to: c.rs\n@@ fn main() {\n-old\n+new\n+more\n\n@@\n x\n-y\n*** End of File\n*** Delete File: d.rs\n*** End Patch";

    #[test]
    fn every_file_of_a_patch_is_a_change_with_a_consistent_diff() {
        let found = changes(PATCH).unwrap();
        let [add, update, delete] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(add.action, Action::Add("one\n\n".into()));
        assert_eq!((update.path.as_str(), update.move_to.as_deref()), ("b.rs", Some("c.rs")));
        let Action::Update(diff) = &update.action else { panic!("{update:?}") };
        insta::assert_snapshot!(diff, @r"
        @@ -1,2 +1,3 @@ fn main() {
        -old
        +new
        +more
         
        @@ -3,2 +4,1 @@
         x
        -y
        ");
        let change = diff_lines(diff);
        assert_eq!((change.added, change.removed), (2, 2));
        assert_eq!(delete.action, Action::Delete);
    }

    #[test]
    fn a_text_that_is_no_patch_has_no_changes() {
        for text in ["", "echo hi", "*** Begin Patch\n+stray\n*** End Patch"] {
            assert_eq!(changes(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_command_that_only_applies_a_patch_is_one_and_a_longer_script_is_not() {
        for command in [
            format!("apply_patch <<'EOF'\n{PATCH}\nEOF\n"),
            format!("cd src && apply_patch << \"PATCH\"\n{PATCH}\nPATCH"),
            format!("apply_patch '{PATCH}'"),
        ] {
            assert_eq!(
                in_command(&command).and_then(changes).map(|all| all.len()),
                Some(3),
                "{command}"
            );
        }
        for command in [
            format!("apply_patch <<'EOF'\n{PATCH}\nEOF\ncargo test"),
            format!("cat <<'EOF'\n{PATCH}\nEOF"),
        ] {
            assert_eq!(in_command(&command), None, "{command}");
        }
    }
}
