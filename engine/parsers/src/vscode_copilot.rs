//! GitHub Copilot's chat in Visual Studio Code and the editors made from it.
//!
//! A session is `chatSessions/<id>.json`, a document with a list of requests, or since 2026 `<id>.jsonl`, changes to such a
//! document: `{kind: 0, v}` is the whole, `1` sets a member, `2` takes items off a list's end and adds others, `3`
//! deletes a member. A request holds the prompt and all that came of it, and changes until it is answered. So what offsets
//! count are the requests, one after the other, and not the file. The editor also keeps transcripts, lines in the shape of
//! Copilot CLI's, of the same sessions: they are read when asked for, and not looked for. Not kept: what the screen needs,
//! votes, suggestions of what to ask next.

mod answer;
mod call;
mod chat;
mod document;
mod known;
mod location;
mod prompt;
mod replay;
mod request;
mod result;
mod rounds;
mod text;
mod turn;
mod uri;

use crate::copilot_cli::{self, Known};
use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source};
use opensession_hail::Tool;
use std::path::Path;

const TOOL: Tool = Tool::new("vscode-copilot");

/// Reads the sessions of the editor's chat.
pub(crate) struct VsCodeCopilot;

impl Parser for VsCodeCopilot {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        location::roots(home)
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        location::is_transcript(path, head)
            || location::is_changes(head)
            || location::is_document(head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        let head = source.head()?;
        let cwd = location::workspace(source.path())?;
        if location::is_transcript(source.path(), &head) {
            let known = Known { cwd, ..Known::default() };
            return copilot_cli::parse_events(source, out, TOOL, known);
        }
        if location::is_changes(&head) {
            return replay::parse(source, out, cwd.as_deref());
        }
        document::parse(source, out, cwd.as_deref())
    }
}
