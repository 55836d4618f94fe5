//! How a session goes on in its own tool.

use opensession_engine::hail::SessionKey;

/// Returns the shell command that resumes a session, or `None` where the tool has none.
#[must_use]
pub fn command(key: &SessionKey, cwd: &str) -> Option<String> {
    // A sub-agent's or a fork's session is resumed with the one that it belongs to; of an id that could not be kept
    // only a hash is known.
    let id = key.id().split(['.', '~']).next().filter(|id| !id.starts_with("x-"))?;
    let id = quote(id);
    let command = match key.tool() {
        "claude-code" => format!("claude --resume {id}"),
        "codex" => format!("codex resume {id}"),
        "gemini-cli" => format!("gemini --resume {id}"),
        "qwen-code" => format!("qwen --resume {id}"),
        "copilot-cli" => format!("copilot --resume={id}"),
        "opencode" => format!("opencode --session {id}"),
        "cursor" => format!("cursor-agent --resume {id}"),
        "goose" => format!("goose session --resume --session-id {id}"),
        "amp" => format!("amp threads continue {id}"),
        "factory-droid" => format!("droid --resume {id}"),
        "kilo" => format!("kilo --session {id}"),
        "crush" => format!("crush --session {id}"),
        "pi" => format!("pi --session {id}"),
        "openhands" => format!("openhands --resume {id}"),
        _ => return None,
    };
    Some(if cwd.is_empty() { command } else { format!("cd {} && {command}", quote(cwd)) })
}

/// Returns `text` as one word of a POSIX shell.
#[must_use]
pub fn quote(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:,@".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_engine::hail::SessionId;

    #[test]
    fn what_a_log_says_is_never_more_than_a_word_of_the_command() {
        let key = |tool| SessionKey::new(tool, &SessionId::new("53ea19c1").unwrap());
        assert_eq!(
            command(&key("claude-code"), "/home/o'neil/a b; rm -rf x").unwrap(),
            "cd '/home/o'\\''neil/a b; rm -rf x' && claude --resume 53ea19c1"
        );
        assert_eq!(command(&key("codex"), "").unwrap(), "codex resume 53ea19c1");
        assert_eq!(command(&key("aider"), "/x"), None);
    }

    #[test]
    fn a_session_that_the_tool_does_not_know_by_its_id_is_not_resumed_under_it() {
        let resumed = |id: &str| {
            let key = SessionKey::new("claude-code", &SessionId::from_foreign(id));
            command(&key, "")
        };
        assert_eq!(resumed("53ea19c1").unwrap(), "claude --resume 53ea19c1");
        assert_eq!(resumed("53ea19c1.agent-7").unwrap(), "claude --resume 53ea19c1");
        assert_eq!(resumed("53ea/19c1"), None, "hashed");
    }
}
