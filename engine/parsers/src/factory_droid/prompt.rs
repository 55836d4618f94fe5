//! What a person typed, and what Droid puts into the same message.

use crate::working_folder::behind;

/// Elements that Droid puts before or behind a prompt.
const WRAPPERS: [&str; 3] = ["system-reminder", "system-notification", "context"];

/// Texts that begin like this are not a person's.
const BEGINNINGS: [&str; 9] = [
    "<command-name>",
    "<command-message>",
    "<command-args>",
    "<local-command-stdout>",
    "<local-command-stderr>",
    "<bash-stdout>",
    "<user-prompt-submit-hook>",
    "[Request interrupted by user",
    "Request cancelled by user",
];

/// A text of a message, taken apart.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Pieces<'a> {
    pub typed: Option<&'a str>,
    pub injected: Vec<&'a str>,
}

/// Takes a text apart; `is_first` says that it is the first one of its message.
pub(super) fn split(text: &str, is_first: bool) -> Pieces<'_> {
    let mut pieces = Pieces::default();
    let mut rest = text;
    while let Some((element, behind)) = leading(rest) {
        pieces.injected.push(element);
        rest = behind;
    }
    let (before, reminder) = trailing(rest);
    rest = before;
    let is_whole = pieces.injected.is_empty() && reminder.is_none();
    pieces.injected.extend(reminder);
    let trimmed = rest.trim();
    if trimmed.is_empty() {
        return pieces;
    }
    let is_injected = BEGINNINGS.iter().any(|beginning| trimmed.starts_with(beginning))
        || (!is_first && is_file(trimmed));
    // What stands alone keeps its own white space.
    let said = if is_whole { text } else { trimmed };
    if is_injected {
        pieces.injected.push(said);
    } else {
        pieces.typed = Some(said);
    }
    pieces
}

/// Returns the folder that a reminder at the beginning of a session tells: what `pwd` printed.
pub(super) fn place(reminder: &str) -> Option<&str> {
    let is_first =
        reminder.starts_with("<system-reminder>") && reminder.contains("User system info");
    behind(reminder, &["\n% pwd\n"]).filter(|_| is_first)
}

/// A file that the prompt before it names.
fn is_file(text: &str) -> bool {
    let line = text.lines().next().unwrap_or("");
    line.starts_with("Contents of ") && line.ends_with(':')
}

/// Returns a whole element at the start of the text, and what is behind it.
fn leading(text: &str) -> Option<(&str, &str)> {
    let start = text.trim_start();
    WRAPPERS.iter().find_map(|name| {
        let inside = start.strip_prefix('<')?.strip_prefix(name)?.strip_prefix('>')?;
        let close = format!("</{name}>");
        let length = name.len() + 2 + inside.find(&close)? + close.len();
        start.split_at_checked(length)
    })
}

/// Returns the text before the reminder at its end, and that.
fn trailing(text: &str) -> (&str, Option<&str>) {
    let end = text.trim_end();
    let found = end.ends_with("</system-reminder>").then(|| end.rfind("\n<system-reminder>"));
    match found.flatten().and_then(|at| end.split_at_checked(at)) {
        Some((before, reminder)) => (before, Some(reminder.trim_start())),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_stand_before_and_behind_what_was_typed() {
        let reminder = "<system-reminder>\nbe kind\n</system-reminder>";
        let text = format!("{reminder}\n\nfix it\n{reminder}");
        let pieces = split(&text, true);
        assert_eq!(pieces, Pieces { typed: Some("fix it"), injected: vec![reminder, reminder] });
        assert_eq!(split(reminder, true), Pieces { typed: None, injected: vec![reminder] });
        let own = " <system-reminder> never closed ";
        assert_eq!(split(own, true), Pieces { typed: Some(own), injected: vec![] });
    }

    #[test]
    fn the_first_reminder_tells_the_folder() {
        let told = "<system-reminder>\n\nUser system info (linux 6.1)\n\n% pwd\n/src/demo\n\n% ls\na\n</system-reminder>";
        assert_eq!(place(told), Some("/src/demo"));
        assert_eq!(place("<system-reminder>\n% pwd\n/src\n</system-reminder>"), None);
    }

    #[test]
    fn files_stand_behind_the_prompt_that_names_them() {
        let file = "Contents of /a.ts (lines 1-2 of 2):\nx";
        assert_eq!(split(file, false).injected, [file]);
        assert_eq!(split(file, true).typed, Some(file));
        assert_eq!(split("<command-name>/x</command-name>", true).typed, None);
    }
}
