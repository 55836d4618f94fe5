//! The folder that a conversation works in, where only its events tell it.

use crate::working_folder::{behind, is_absolute};
use serde_json::Value;

/// What early runtimes put below the output of a Python cell.
const CELL: &str = "[Jupyter current working directory: ";

/// What the command line tool adds to the system prompt.
const SUFFIX: &str = "Your current working directory is: ";

/// How evaluations begin the prompt.
const UPLOADED: (&str, &str) = ("<uploaded_files>", "</uploaded_files>");

/// Returns the folder that a command ended in, as the runtime tells it beside the output.
pub(super) fn of_result(told: &Value) -> Option<&str> {
    told.get("metadata")?.get("working_dir")?.as_str().filter(|folder| is_absolute(folder))
}

/// Returns the folder that a command ended in by its output: early runtimes ended it with the prompt of their
/// shell, and that of a Python cell with a line of its own.
pub(super) fn of_output<'o>(kind: &str, output: &'o str) -> Option<&'o str> {
    let mut last = output.trim_end().lines().rev().map(str::trim_end);
    let folder = match kind {
        // `root@bcd3959393a1:/workspace #`
        "run" => {
            let prompt = last.next()?;
            let prompt = prompt.strip_suffix(" #").or_else(|| prompt.strip_suffix(" $"))?;
            let (name, folder) = prompt.split_once(':')?;
            Some(folder).filter(|_| name.contains('@') && !name.contains(char::is_whitespace))
        }
        "run_ipython" => {
            let told = last.take(2).find_map(|line| line.strip_prefix(CELL));
            told.and_then(|told| told.strip_suffix(']'))
        }
        _ => None,
    };
    folder.filter(|folder| is_absolute(folder))
}

/// Returns the folder that a prompt of an evaluation is about.
pub(super) fn of_prompt(text: &str) -> Option<&str> {
    let (folder, _) = text.trim_start().strip_prefix(UPLOADED.0)?.split_once(UPLOADED.1)?;
    Some(folder.trim()).filter(|folder| is_absolute(folder) && folder.lines().count() == 1)
}

/// Returns the folder that the agent is told to be in.
pub(super) fn of_system(text: &str) -> Option<&str> {
    behind(text, &[SUFFIX])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_and_ends_of_outputs_tell_the_folder() {
        let run = |output: &str| of_output("run", output).map(str::to_owned);
        assert_eq!(
            run("a\r\n\r\nroot@bcd3959393a1:/work space # ").as_deref(),
            Some("/work space")
        );
        assert_eq!(run("[Python Interpreter: /p]\nme@box:/src $").as_deref(), Some("/src"));
        for output in ["root@box:~ #", "see root@box:/src #", "/src #", "a:/src $\nb", ""] {
            assert_eq!(run(output), None, "{output}");
        }
        let cell = "b\n[Jupyter current working directory: /src]";
        assert_eq!(of_output("run_ipython", cell), Some("/src"));
        let cell = format!("{cell}\n[Jupyter Python interpreter: /usr/bin/python]");
        assert_eq!(of_output("run_ipython", &cell), Some("/src"));
        assert_eq!(of_output("run", &cell), None);
        let prompt = "<uploaded_files>\n/workspace/demo__0.1\n</uploaded_files>\nI've uploaded";
        assert_eq!(of_prompt(prompt), Some("/workspace/demo__0.1"));
        assert_eq!(of_prompt("<uploaded_files>\n/a\n/b\n</uploaded_files>"), None);
        assert_eq!(of_prompt("look at /workspace"), None);
        assert_eq!(of_system("x\nYour current working directory is: /src\ny"), Some("/src"));
    }
}
