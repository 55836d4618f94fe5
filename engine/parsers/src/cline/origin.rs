//! Whose log a file is: Cline's, Roo Code's or Kilo Code's, told from its beginning, its name and what lies beside it.

use crate::head::{holds, without_mark};
use std::path::Path;

/// A tool that writes such logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    Cline,
    RooCode,
    /// As it was until 2026; it puts nothing of its own into a conversation.
    Kilo,
}

/// What only Roo Code puts into a conversation.
const ROO: [&str; 6] = [
    "# Current Mode\\n<slug>",
    "# Current Workspace Directory (",
    "\"condenseParent\"",
    "\"condenseId\"",
    "\"isSummary\"",
    "# VSCode Visible Files\\n",
];

/// What only Cline puts into one.
const CLINE: [&str; 5] = [
    "# Current Working Directory (",
    "# Visual Studio Code Visible Files",
    "# Workspace Configuration\\n",
    "\"modelInfo\"",
    "# Current Mode\\nACT MODE",
];

/// Returns who wrote the conversation of a task, or the messages of a session; `None` where the file is neither.
///
/// Of the files of a task and of a session, each has its messages in one: only that one is a log.
pub(crate) fn writer(path: &Path, head: &[u8]) -> Option<Writer> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let head = without_mark(head).trim_ascii_start();
    if is_session(&name, head) {
        return Some(Writer::Cline);
    }
    if !is_conversation(&name, head) {
        return None;
    }
    let has = |marks: &[&str]| marks.iter().any(|mark| holds(head, mark));
    let place = path.to_string_lossy().to_ascii_lowercase();
    if place.contains("kilocode") || place.contains("kilo-code") {
        return Some(Writer::Kilo);
    }
    let is_roo = if place.contains("rooveterinaryinc.roo-cline") || place.contains(".vscode-mock") {
        true
    } else if place.contains("saoudrizwan.claude-dev") || has(&CLINE) {
        false
    } else {
        // Early versions of Cline share a heading with Roo Code.
        has(&ROO) || place.contains("roo-c") || path.with_file_name("history_item.json").is_file()
    };
    Some(if is_roo { Writer::RooCode } else { Writer::Cline })
}

/// The messages of a session of the newer command line tool; `<id>.compaction.json` is a copy for the model.
fn is_session(name: &str, head: &[u8]) -> bool {
    let has = |mark: &str| holds(head, mark);
    head.starts_with(b"{")
        && !name.ends_with(".compaction.json")
        && has("\"messages\"")
        && has("\"sessionId\"")
        && has("\"updated_at\"")
        && has("\"role\"")
}

/// A list of messages as Anthropic's API takes them, with what the tools wrap prompts in or under the tools' name.
fn is_conversation(name: &str, head: &[u8]) -> bool {
    let inside = match head.first() {
        Some(b'[') => head.get(1..).unwrap_or(&[]).trim_ascii_start(),
        // The second generation of Roo Code: `{"version":2,"messages":[…]}`.
        Some(b'{') => head,
        _ => return false,
    };
    let has = |mark: &str| holds(head, mark);
    let is_named = name.starts_with("api_conversation_history");
    // Others write lists of messages too, and tags into them.
    let is_marked = ROO.iter().chain(&CLINE).any(|mark| has(mark));
    let is_wrapped = has("<environment_details>") || has("<task>") && is_marked;
    let is_list = head.starts_with(b"[") && inside.starts_with(b"{");
    let has_messages = has("\"role\"") && has("\"content\"");
    if head.starts_with(b"{") {
        return is_named && has("\"messages\"") && has_messages;
    }
    is_list && has_messages && (is_named || is_wrapped && !has("\"say\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, head: &str) -> Option<Writer> {
        writer(Path::new(path), head.as_bytes())
    }

    #[test]
    fn of_each_task_one_file_is_the_log_and_its_content_says_whose() {
        let roo = r##"[{"role":"user","content":[{"type":"text","text":"<task>x</task>"},{"type":"text","text":"<environment_details>\n# Current Mode\n<slug>code</slug>"}]}]"##;
        let cline = roo.replace("<slug>code</slug>", "ACT MODE");
        assert_eq!(of("t/api_conversation_history.json", roo), Some(Writer::RooCode));
        assert_eq!(of("t/copied.json", roo), Some(Writer::RooCode));
        assert_eq!(of("t/api_conversation_history.json", &cline), Some(Writer::Cline));
        let plain = r#"[{"role":"user","content":"x"}]"#;
        let stored =
            "globalStorage/rooveterinaryinc.roo-cline/tasks/1/api_conversation_history.json";
        assert_eq!(of(stored, plain), Some(Writer::RooCode));
        assert_eq!(of("t/api_conversation_history.json", plain), Some(Writer::Cline));
        let stored = "globalStorage/kilocode.kilo-code/tasks/1/api_conversation_history.json";
        assert_eq!(of(stored, roo), Some(Writer::Kilo));
        assert_eq!(of("t/other.json", plain), None);
        assert_eq!(of("t/other.json", r#"[{"role":"user","content":"<task>x</task>"}]"#), None);
        let screen = r#"[{"ts":1,"type":"say","say":"text","text":"<task>"}]"#;
        assert_eq!(of("t/ui_messages.json", screen), None);
        assert_eq!(of("t/task_metadata.json", r#"{"files_in_context":[]}"#), None);
    }

    #[test]
    fn of_each_session_the_messages_are_the_log() {
        let messages = r#"{"version":1,"updated_at":"x","agent":"lead","sessionId":"s","messages":[{"role":"user"}]}"#;
        assert_eq!(of("s/s.messages.json", messages), Some(Writer::Cline));
        assert_eq!(of("s/s.compaction.json", messages), None);
        assert_eq!(of("s/s.json", r#"{"version":1,"session_id":"s","messages_path":"x"}"#), None);
    }
}
