//! The words of shell commands that may be paths.

/// What stands between words, and around the path in one: `--file=a`, `HEAD:a`, `@a`, `$(cat a)`.
const SIGNS: &[char] = &[
    ' ', '\t', '\n', '\r', ';', '|', '&', '<', '>', '(', ')', '{', '}', '"', '\'', '`', '=', ',',
    ':', '@',
];

/// Members of a call's input that hold commands.
const COMMANDS: [&str; 6] = ["command", "cmd", "commands", "script", "chars", "args"];

/// Members of a call's input that hold what is written or searched for.
const CONTENTS: [&str; 9] = [
    "content",
    "contents",
    "text",
    "new_string",
    "old_string",
    "newString",
    "oldString",
    "prompt",
    "message",
];

/// A longer text is no path.
const LONGEST_PATH: usize = 4096;

/// Returns the words of a command that may be paths.
pub(super) fn of(command: &str) -> impl Iterator<Item = &str> {
    command.split(SIGNS).filter(|word| !word.is_empty() && word.len() <= LONGEST_PATH)
}

/// Returns whether a member of that name holds a command.
pub(super) fn is_command(name: &str) -> bool {
    COMMANDS.contains(&name)
}

/// Returns whether a member of that name holds what is written or searched for.
pub(super) fn is_content(name: &str) -> bool {
    CONTENTS.contains(&name)
}

/// Returns whether a member of that name says which file is shown beside it.
pub(super) fn names_file(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "");
    ["path", "file", "filename", "uri"].iter().any(|end| name.ends_with(end))
}

/// Returns whether a text can be a path.
pub(super) fn is_path(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_PATH && !text.contains('\n')
}

/// Returns whether a command may hold what it writes into a file.
pub(super) fn writes(command: &str) -> bool {
    command.contains(['>', '\n']) || of(command).any(|word| matches!(word, "tee" | "sed" | "dd"))
}
