//! Where Qwen Code keeps its logs, and what a file is by its beginning.

use super::record::Record;
use crate::gemini_cli;
use crate::head::{holds, lines};
use crate::{Home, Origin, Root};
use std::path::Path;

/// In this many lines a record is looked for.
const LINES: usize = 8;

/// The kinds of records.
const KINDS: [&str; 4] = ["user", "assistant", "tool_result", "system"];

/// Returns the folders to look into.
///
/// `QWEN_HOME` moves all of the tool's files, and `QWEN_RUNTIME_DIR` only those that it makes at work; what was written
/// before either was set may still lie at the other place.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut places = Vec::new();
    for name in ["QWEN_RUNTIME_DIR", "QWEN_HOME"] {
        if home.var(name).is_some() {
            places.push((home.dir_or(name, ""), Origin::Environment(name)));
        }
    }
    if home.var("QWEN_HOME").is_none() {
        places.push((home.dir().join(".qwen"), Origin::Default));
    }
    let folders: [(&str, &[&str]); 2] = [("projects", &[".jsonl"]), ("tmp", &[".jsonl", ".json"])];
    let mut roots: Vec<Root> = Vec::new();
    for (place, origin) in places {
        for (folder, suffixes) in folders {
            let path = place.join(folder);
            if !roots.iter().any(|root| root.path == path) {
                roots.push(Root::new(path, origin, suffixes));
            }
        }
    }
    roots
}

/// Returns whether the file is a log of a session: lines of Qwen Code, or a document of its first versions.
pub(super) fn accepts(path: &Path, head: &[u8]) -> bool {
    if is_log(head) {
        return true;
    }
    let is_qwens = path.components().any(|part| {
        part.as_os_str().to_str().is_some_and(|part| part == ".qwen" || part == "qwen-code")
    });
    let says_so = || holds(head, b"\"qwen\"");
    !stem(path).starts_with("checkpoint") && is_like_gemini(head) && (is_qwens || says_so())
}

/// Returns whether a file that begins like this holds lines of Qwen Code.
pub(super) fn is_log(head: &[u8]) -> bool {
    lines(head).take(LINES).any(is_line)
}

/// Returns whether a file that begins like this has the shape of Gemini CLI's logs.
pub(super) fn is_like_gemini(head: &[u8]) -> bool {
    gemini_cli::is_record(head)
}

/// Returns the session's name where the log does not tell it: the file's.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or(&name).to_owned()
}

/// Returns whether no other tool writes such a line: an envelope like Claude Code's, with parts inside.
fn is_line(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let mut records = serde_json::Deserializer::from_str(&text).into_iter::<Record<'_>>();
    let Some(Ok(record)) = records.next() else {
        let is_begun = ["\"uuid\":\"", "\"sessionId\":\"", "\"parts\":["];
        return text.starts_with('{') && is_begun.iter().all(|key| text.contains(key));
    };
    let is_enveloped = record.uuid.filled().is_some() && record.session_id.filled().is_some();
    let has_payload = record.system_payload.is_some() || record.tool_call_result.0.is_some();
    let has_parts = record.message.0.is_some_and(|message| message.parts.is_some());
    is_enveloped
        && record.kind.as_str().is_some_and(|kind| KINDS.contains(&kind))
        && (has_parts || has_payload)
}
