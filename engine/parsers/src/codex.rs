//! OpenAI Codex CLI, its desktop application and its editor extensions.
//!
//! Three generations of logs are read: one JSON document (2025, TypeScript), lines without and lines with an envelope
//! `{timestamp, type, payload}`; plain and zstd. The model's own stream and the screen's tell most things twice; each
//! is read once ([`twins`]). Not kept: `encrypted_content` (nobody but the model's maker can read it), the
//! instructions in `session_meta`, and `replacement_history` (copies of what was said before).

mod calls;
mod conversation;
mod document;
mod head;
mod image;
mod invocation;
mod known;
mod log;
mod meta;
mod notices;
mod output;
pub(crate) mod patch;
mod record;
mod replay;
mod reports;
mod shell;
mod speech;
mod twins;
mod usage;

#[cfg(test)]
mod tests;

use crate::gate::Gate;
use crate::records;
use crate::{Home, Origin, ParseError, ParseReport, Parser, Root, Sink, Source};
use log::Log;
use opensession_hail::{SessionId, Tool};
use std::path::Path;

/// Reads Codex logs.
pub(crate) struct Codex;

const TOOL: Tool = Tool::new("codex");
const SUFFIXES: &[&str] = &[".jsonl", ".jsonl.zst", ".json"];

impl Parser for Codex {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        let origin = match home.var("CODEX_HOME") {
            Some(_) => Origin::Environment("CODEX_HOME"),
            None => Origin::Default,
        };
        let folder = home.dir_or("CODEX_HOME", ".codex");
        ["sessions", "archived_sessions"]
            .map(|name| Root::new(folder.join(name), origin, SUFFIXES))
            .into()
    }

    fn accepts(&self, _path: &Path, head: &[u8]) -> bool {
        head::is_log(head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        let session = head::session_name(source.path());
        let mut gate = Gate::new(out, SessionId::from_foreign(&session));
        let mut log = Log::new(session, &mut gate);
        if document::is_document(&source.head()?) {
            return document::parse(source, log, TOOL.as_str());
        }
        let extent = records::read(source, &mut log)?;
        extent.close(log.finish(TOOL.as_str()), source, TOOL.as_str())
    }
}
