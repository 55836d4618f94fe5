//! Where Droid keeps its logs, and what a file is by its beginning.

use super::record::{Head, Record, Streamed, heads};
use crate::head::{holds, lines};
use crate::lenient::object;
use crate::{Home, Origin, Root};
use std::path::{Path, PathBuf};

const SUFFIXES: &[&str] = &[".jsonl"];

/// In this many lines a record is looked for.
const LINES: usize = 8;

/// Returns the folders to look into: what was written before a variable was set may still lie at the usual place.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut places = Vec::new();
    if home.var("DROID_SESSIONS_DIR").is_some() {
        let folder = home.dir_or("DROID_SESSIONS_DIR", "");
        places.push((folder, Origin::Environment("DROID_SESSIONS_DIR")));
    }
    let mut folders = vec![(home.dir().join(".factory"), Origin::Default)];
    if home.var("FACTORY_DIR").is_some() {
        folders.push((home.dir_or("FACTORY_DIR", ""), Origin::Environment("FACTORY_DIR")));
    }
    // The tool puts its folder into this one.
    if home.var("FACTORY_HOME_OVERRIDE").is_some() {
        let folder = home.dir_or("FACTORY_HOME_OVERRIDE", "").join(".factory");
        folders.push((folder, Origin::Environment("FACTORY_HOME_OVERRIDE")));
    }
    for (folder, origin) in folders {
        places.extend(["sessions", "projects"].map(|name| (folder.join(name), origin)));
    }
    let mut roots: Vec<Root> = Vec::new();
    for (path, origin) in places {
        if !roots.iter().any(|root| root.path == path) {
            let root = Root::new(path, origin, SUFFIXES);
            roots.push(root.with_beside(|log| vec![settings(log)]));
        }
    }
    roots
}

/// Returns the name of the log, which is that of its session.
pub(super) fn stem(log: &Path) -> String {
    let name = log.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".zst").unwrap_or(&name);
    name.strip_suffix(".jsonl").unwrap_or(name).to_owned()
}

/// Returns where the settings of the session are that the log is of.
pub(super) fn settings(log: &Path) -> PathBuf {
    log.with_file_name(format!("{}.settings.json", stem(log)))
}

/// Returns whether a file that begins like this is a log: a head, or what only Droid streams.
pub(super) fn is_log(head: &[u8]) -> bool {
    let is_cut = || memchr::memchr(b'\n', head).is_none() && is_own_beginning(head);
    lines(head).take(LINES).any(is_own) || is_cut()
}

/// Returns whether a first line that is longer than the head, because of a text in it, looks like a record. A name
/// inside a text has its quotes escaped.
fn is_own_beginning(head: &[u8]) -> bool {
    let has = |key: &str| holds(head, key);
    let any = |keys: &[&str]| keys.iter().any(|key| has(key));
    let is_head = has("\"type\":\"session_start\"") && has("\"id\":");
    let is_streamed = has("\"type\":\"message\"") && any(&["\"session_id\":", "\"sessionId\":"]);
    is_head && any(&["\"owner\":", "\"title\":", "\"sessionTitle\":", "\"cwd\":"])
        || is_streamed && has("\"role\":\"") && has("\"text\":\"")
}

fn is_own(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let mut records = serde_json::Deserializer::from_str(&text).into_iter::<Record<'_>>();
    let Some(Ok(record)) = records.next() else {
        return false;
    };
    let text = text.get(..records.byte_offset()).unwrap_or("");
    if record.kind.as_str() == Some("session_start") {
        let heads = heads(text);
        return heads.iter().any(has_name) && heads.iter().any(says_more);
    }
    if record.session().is_none() {
        return false;
    }
    // What is no such line has none of its members.
    let streamed: Streamed<'_> = object(text).unwrap_or_default();
    match record.kind.as_str() {
        Some("message") => streamed.text.as_str().is_some() && streamed.role.as_str().is_some(),
        Some("tool_call") => streamed.parameters.is_some(),
        Some("completion") => streamed.final_text.as_str().is_some(),
        _ => false,
    }
}

fn has_name(head: &Head<'_>) -> bool {
    head.id.filled().or(head.session_id.filled()).is_some()
}

fn says_more(head: &Head<'_>) -> bool {
    [&head.owner, &head.title, &head.session_title, &head.cwd]
        .iter()
        .any(|text| text.as_str().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_name_their_settings() {
        let beside = |log: &str| settings(Path::new(log)).display().to_string();
        assert_eq!(beside("/s/052c.jsonl"), "/s/052c.settings.json");
        assert_eq!(beside("/s/a.b.jsonl.zst"), "/s/a.b.settings.json");
        assert_eq!(stem(Path::new("/s/052c.jsonl")), "052c");
    }

    #[test]
    fn heads_and_what_only_droid_streams_are_known() {
        assert!(is_log(br#"{"type":"session_start","id":"a","title":"t"}"#));
        assert!(is_log(br#"{"type":"session_start","session":{"id":"a","cwd":"/x"}}"#));
        assert!(!is_log(br#"{"type":"session_start","id":"a"}"#));
        let claude = br#"{"type":"system","subtype":"init","session_id":"a","tools":[],"cwd":"/"}"#;
        assert!(!is_log(claude));
        let gemini = br#"{"type":"message","role":"user","content":"hi","timestamp":"t"}"#;
        assert!(!is_log(gemini));
        assert!(is_log(br#"{"type":"message","session_id":"a","role":"user","text":"hi"}"#));
    }
}
