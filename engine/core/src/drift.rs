//! What the tools write that their parsers do not know: it is kept, counted, and shown, so that nobody takes a session
//! for complete that is not.

use opensession_parsers::{Count, ParseReport};
use opensession_redact::{Counts, Redacted, Redactor};

/// More different names than this are not counted one by one: then the log is something else.
const MOST_NAMES: usize = 64;
/// Names are the log's own, and may be anything.
const LONGEST_NAME: usize = 80;

/// Records that a parser does not know, by the version of the tool that wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The tool.
    pub tool: &'static str,
    /// Its version, as the newest of the logs says; empty where they do not say.
    pub version: String,
    /// How many logs hold such records.
    pub logs: u64,
    /// Kinds of records, and members as `<kind>.<member>`, and how often they occur.
    pub counts: Count,
}

/// Returns the counts with names that can be stored.
pub(crate) fn redacted(redactor: &Redactor, drift: &Count) -> Vec<(Redacted<String>, u64)> {
    let redact = |name: String| redactor.text(name, &mut Counts::new());
    // First whole: what is left of a secret that was cut off is none to the redactor.
    let short = shortened(&without_secrets(redactor, drift));
    short.into_iter().map(|(name, count)| (redact(name), count)).collect()
}

/// Takes secrets out of what the log itself said in the report of its records.
pub(crate) fn redact(redactor: &Redactor, records: &mut ParseReport) {
    let ParseReport { understood, dropped, unknown, fields, .. } = records;
    for names in [understood, dropped, unknown, fields] {
        *names = without_secrets(redactor, names);
    }
    let version = records.tool_version.take();
    let redact = |text: String| redactor.text(text, &mut Counts::new()).into_inner();
    records.tool_version = version.map(redact);
}

fn without_secrets(redactor: &Redactor, names: &Count) -> Count {
    let mut redacted = Count::new();
    for (name, count) in names {
        let name = redactor.text(name.clone(), &mut Counts::new()).into_inner();
        *redacted.entry(name).or_insert(0) += count;
    }
    redacted
}

/// Returns the counts, of not too many and not too long names.
pub(crate) fn shortened(drift: &Count) -> Count {
    let mut short = Count::new();
    for (name, count) in drift {
        let name: String = name.chars().take(LONGEST_NAME).collect();
        let is_known = short.contains_key(&name);
        let name = if is_known || short.len() < MOST_NAMES { name } else { "…".to_owned() };
        *short.entry(name).or_insert(0) += count;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_few_and_short_and_no_record_is_lost() {
        let drift: Count = (0..100).map(|number| (format!("{number:0200}"), 2)).collect();
        let short = shortened(&drift);
        assert!(short.len() <= MOST_NAMES);
        assert!(short.keys().all(|name| name.chars().count() <= LONGEST_NAME));
        assert_eq!(short.values().sum::<u64>(), 200);
        let many: Count = (0..100).map(|number| (number.to_string(), 1)).collect();
        let short = shortened(&many);
        assert_eq!((short.len(), short.get("…")), (MOST_NAMES + 1, Some(&36)));
    }
}
