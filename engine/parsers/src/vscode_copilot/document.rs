//! A chat as one document: as the editor stored it until 2026, and as it exports it.

use super::chat::Chat;
use super::{TOOL, location, turn};
use crate::gate::Gate;
use crate::items::{self, Document};
use crate::transcript::value_of;
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{ContentId, SessionId};
use serde_json::{Map, Value};

/// Members beside the requests that say something of the session.
const FACTS: [&str; 6] =
    ["sessionId", "customTitle", "computedTitle", "creationDate", "inputState", "repoData"];

/// Reads a document.
pub(super) fn parse(
    source: &Source<'_>,
    out: &mut dyn Sink,
    cwd: Option<&str>,
) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let document = items::read(&bytes, "requests").ok_or_else(|| source.foreign(TOOL.as_str()))?;
    let mut report = ParseReport::default();
    if location::has_changes_beside(source.path()) {
        (0..=document.items.len()).for_each(|_record| report.drop("second copy"));
    } else {
        let stem = location::name(source.path());
        let mut gate = Gate::new(out, SessionId::from_foreign(&stem));
        let mut chat = Chat::new(&mut gate, &facts(&document), &stem, cwd);
        for (index, item) in document.items.iter().enumerate() {
            let is_last = index + 1 == document.items.len();
            match value_of(item.bytes) {
                Some(request) => {
                    // Another request follows only when this one has been answered.
                    chat.tell(&request, is_last && !turn::is_complete(&request));
                    if request.is_object() {
                        chat.session.report.understand("request");
                    } else {
                        chat.session.report.keep_unknown("unparsed");
                    }
                }
                None => {
                    chat.keep(&String::from_utf8_lossy(item.bytes));
                    chat.session.report.keep_unknown("unparsed");
                }
            }
        }
        report = chat.finish();
        if !document.members.is_empty() {
            report.understand("document");
        }
    }
    let end = document.end;
    Ok(ParseReport {
        bytes: end as u64,
        hash: Some(ContentId::of(bytes.get(..end).unwrap_or(&[]))),
        torn: !document.is_whole,
        ..report
    })
}

/// Returns what the document says beside its requests; what is torn is left out.
fn facts(document: &Document<'_>) -> Value {
    let read = |name: &&str| Some(((*name).to_owned(), value_of(document.member(name)?)?));
    Value::Object(FACTS.iter().filter_map(read).collect::<Map<String, Value>>())
}
