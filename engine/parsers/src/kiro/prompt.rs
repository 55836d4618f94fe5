//! What a person typed, told from what the tool put around it.

const CONTEXT: (&str, &str) = ("--- CONTEXT ENTRY BEGIN ---", "--- CONTEXT ENTRY END ---");
const MESSAGE: (&str, &str) = ("--- USER MESSAGE BEGIN ---", "--- USER MESSAGE END ---");
const WRAPPER: (&str, &str) = ("<kiro-ide-message>", "</kiro-ide-message>");

/// How texts begin that the editor puts in front of a conversation.
const INJECTED: [&str; 7] = [
    "# System Prompt",
    "# Identity",
    "<identity>",
    "## Included Rules",
    "You are operating in a workspace",
    "<key_kiro_features>",
    "<EnvironmentContext>",
];

/// Returns the context that was put before a prompt, and the prompt.
pub(super) fn split(text: &str) -> (Option<&str>, &str) {
    if text.trim_start().starts_with(CONTEXT.0)
        && let Some((context, rest)) = text.split_once(MESSAGE.0)
    {
        let prompt = rest.rsplit_once(MESSAGE.1).map_or(rest, |(prompt, _)| prompt);
        return (Some(context.trim()), prompt.trim());
    }
    if let Some(rest) = text.trim().strip_prefix(WRAPPER.0) {
        return (None, rest.strip_suffix(WRAPPER.1).unwrap_or(rest).trim());
    }
    (None, text)
}

/// Returns whether nobody typed the text.
pub(super) fn is_injected(text: &str) -> bool {
    let text = text.trim_start();
    INJECTED.iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_told_from_its_context() {
        let text =
            format!("{}\nnow\n{}\n\n{}\nhi\n{}\n\n", CONTEXT.0, CONTEXT.1, MESSAGE.0, MESSAGE.1);
        let context = format!("{}\nnow\n{}", CONTEXT.0, CONTEXT.1);
        assert_eq!(split(&text), (Some(context.as_str()), "hi"));
        assert_eq!(split("<kiro-ide-message>\nhi\n</kiro-ide-message>"), (None, "hi"));
        assert_eq!(split(" hi "), (None, " hi "));
        assert!(is_injected("\n# System Prompt\n…") && !is_injected("# Systems"));
    }
}
