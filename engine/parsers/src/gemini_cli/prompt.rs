//! What of a message a person typed, and what the tool put beside it.

use crate::genai::Part;
use crate::working_folder::behind;
use opensession_hail::{Attachment, Block};

/// How parts begin that the tool puts into a message of the user.
const INJECTED: [&str; 10] = [
    "<session_context>",
    "<state_snapshot>",
    "<hook_context>",
    "<qwen:user-prompt-submit-context>",
    "<system-reminder>",
    "This is the Gemini CLI. We are setting up the context",
    "This is the Qwen Code. We are setting up the context",
    "System: Please continue.",
    "Please continue.",
    "--- Content from referenced",
];

/// What stands before the folder that the tool is in, or the first one of several.
const PLACES: [&str; 3] = [
    "\nI'm currently working in the directory: ",
    "\nI'm currently working in the following directories:\n  - ",
    "\n- **Workspace Directories:**\n  - ",
];

/// Files that a prompt names with `@` follow it, between these marks.
const FILES: &str = "--- Content from referenced";
const FILES_END: &str = "--- End of content ---";

/// A message of the user, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Prompt {
    /// What was typed, with the images.
    pub typed: Vec<Block>,
    /// What the tool put beside it.
    pub injected: Vec<Block>,
    pub attachments: Vec<Attachment>,
    /// The folder that the tool says it is in.
    pub place: Option<String>,
    is_in_files: bool,
}

impl Prompt {
    /// Adds a part of the message.
    pub(crate) fn push(&mut self, part: &Part<'_>) {
        if let Some((block, attachment)) = crate::genai::blob(part) {
            self.typed.push(block);
            self.attachments.extend(attachment);
        }
        let Some(text) = part.text.as_str().filter(|text| !text.trim().is_empty()) else {
            return;
        };
        if self.is_in_files {
            self.is_in_files = !text.contains(FILES_END);
            self.injected.push(Block::text(text));
            return;
        }
        if INJECTED.iter().any(|start| text.trim_start().starts_with(start)) {
            self.is_in_files = text.contains(FILES) && !text.contains(FILES_END);
            self.place = self.place.take().or_else(|| behind(text, &PLACES).map(str::to_owned));
            self.injected.push(Block::text(text));
            return;
        }
        match text.find(&format!("\n{FILES}")).and_then(|at| text.split_at_checked(at)) {
            Some((typed, files)) => {
                self.is_in_files = !files.contains(FILES_END);
                self.typed.push(Block::text(typed.trim_end()));
                self.injected.push(Block::text(files.trim_start()));
            }
            None => self.typed.push(Block::text(text)),
        }
    }

    /// Returns whether it is a command to the tool: `/model`, `!ls`, `?`.
    pub(crate) fn is_command(&self) -> bool {
        let [Block::Text { text }] = self.typed.as_slice() else {
            return false;
        };
        let text = text.trim();
        let word = text.split_whitespace().next().unwrap_or("");
        let name = word.strip_prefix('/').unwrap_or("");
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_:".contains(c);
        let is_slash = !name.is_empty() && name.chars().all(is_name);
        let is_shell = text.strip_prefix('!').is_some_and(|rest| !rest.is_empty());
        text == "?" || (!text.contains('\n') && (is_slash || is_shell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lenient::Text;

    fn of(texts: &[&str]) -> Prompt {
        let mut prompt = Prompt::default();
        for text in texts {
            let text = Text(Some((*text).into()));
            prompt.push(&Part { text, ..Part::default() });
        }
        prompt
    }

    #[test]
    fn files_behind_a_prompt_are_not_typed() {
        let one =
            of(&["read @a\n--- Content from referenced files ---\nx\n--- End of content ---"]);
        assert_eq!(one.typed, [Block::text("read @a")]);
        assert_eq!(one.injected.len(), 1);
        let files =
            ["read @a", "\n--- Content from referenced files ---", "\nContent from @a:\n", "x"];
        let many = of(&[&files[..], &["\n--- End of content ---", "and b"]].concat());
        assert_eq!(many.typed, [Block::text("read @a"), Block::text("and b")]);
        assert_eq!(many.injected.len(), 4);
    }

    #[test]
    fn the_context_before_the_first_prompt_tells_the_folder() {
        let start = "This is the Gemini CLI. We are setting up the context for our chat.\n";
        let place = |text: &str| of(&[text]).place;
        let one = format!("{start}I'm currently working in the directory: /src/my app\nHere is");
        assert_eq!(place(&one).as_deref(), Some("/src/my app"));
        let newer = "<session_context>\nThis is the Gemini CLI.\n- **Workspace Directories:**\n  - D:\\src\\app\n  - D:\\b\n";
        assert_eq!(place(newer).as_deref(), Some("D:\\src\\app"));
        assert_eq!(place("why?\nI'm currently working in the directory: /src"), None);
    }

    #[test]
    fn commands_are_told_from_paths_and_prose() {
        for command in ["/model", "/mcp list", "!ls -l", "?", "/chat:save x"] {
            assert!(of(&[command]).is_command(), "{command}");
        }
        for prompt in ["/usr/bin/ls is gone", "why?", "!", "/\nx", "a /b"] {
            assert!(!of(&[prompt]).is_command(), "{prompt}");
        }
    }
}
