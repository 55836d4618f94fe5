//! Copilot CLI: one file of JSON Lines a session, `session-state/<id>/events.jsonl`, with `workspace.yaml` beside it.
//!
//! Each line is `{type, data, id, timestamp, parentId}`. Until the end of 2025 the file was `session-state/<id>.jsonl`, and
//! before that one document, `history-session-state/session_<id>_<time>.json`, written anew at each change. The chat of
//! Visual Studio Code writes lines of the same shape ([`crate::vscode_copilot`]). Tokens are told when a session ends,
//! summed up over all of it: each end adds what is more than the one before. Not kept: hooks, which repeat what calls
//! say; the state of the tool and of its permissions; encrypted thoughts.

mod calls;
mod document;
mod known;
mod location;
mod log;
mod notices;
mod record;
mod results;
mod speech;
mod usage;
mod workspace;

pub(crate) use location::is_events;
pub(crate) use log::Known;

use crate::gate::Gate;
use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source, records};
use log::Log;
use opensession_hail::{SessionId, Tool};
use std::path::Path;

const TOOL: Tool = Tool::new("copilot-cli");

/// Who runs a model whose name does not say so.
pub(crate) const PROVIDER: &str = "github";

/// Reads the logs of Copilot CLI.
pub(crate) struct CopilotCli;

impl Parser for CopilotCli {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        location::roots(home)
    }

    fn accepts(&self, _path: &Path, head: &[u8]) -> bool {
        is_events(head) || document::is_document(head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        if document::is_document(&source.head()?) {
            return document::parse(source, out);
        }
        parse_events(source, out, TOOL, workspace::read(source.path())?)
    }
}

/// Reads a log of lines for the tool that wrote it, of which something is known from elsewhere.
pub(crate) fn parse_events(
    source: &Source<'_>,
    out: &mut dyn Sink,
    tool: Tool,
    known: Known,
) -> Result<ParseReport, ParseError> {
    let name = location::name(source.path());
    let mut gate = Gate::new(out, SessionId::from_foreign(&name));
    let mut log = Log::new(name, known, &mut gate);
    let extent = records::read(source, &mut log)?;
    extent.close(log.finish(tool.as_str()), source, tool.as_str())
}
