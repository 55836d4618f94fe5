//! Cline: the extension in every editor made from Visual Studio Code, and the command line tool.
//!
//! A task is a folder. Its log is `api_conversation_history.json`, what the model was told and said; beside it,
//! `ui_messages.json` says what that cost. The newer command line tool keeps `<id>.messages.json` in a folder for each
//! session. All are whole documents that are written anew at each change: a message that no answer follows yet, and
//! an answer whose price is not told, are not settled. Roo Code is a fork and shares all of it ([`crate::roo_code`]),
//! and so did Kilo Code ([`crate::kilo`]).
//! Not kept: encrypted thoughts, signatures.

mod answer;
mod calls;
mod change;
mod conversation;
mod invocation;
mod log;
mod markup;
mod origin;
mod output;
mod side;
mod speech;
mod surroundings;

use crate::editors;
use crate::{Home, Origin, ParseError, ParseReport, Parser, Root, Sink, Source};
pub(crate) use change::of_blocks;
use opensession_hail::Tool;
pub(crate) use origin::{Writer, writer};
pub(crate) use side::Cached;
use std::path::{Path, PathBuf};

/// Reads Cline's logs.
pub(crate) struct Cline;

const TOOL: Tool = Tool::new("cline");

/// How the log of a task is called, in its folder.
pub(crate) const TASK_SUFFIXES: &[&str] = &["/api_conversation_history.json"];

const SESSION_SUFFIXES: &[&str] = &[".messages.json"];

impl Parser for Cline {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        let mut roots = extension_roots(home, "saoudrizwan.claude-dev");
        let (data, origin) = if home.var("CLINE_DATA_DIR").is_some() {
            (home.dir_or("CLINE_DATA_DIR", ""), Origin::Environment("CLINE_DATA_DIR"))
        } else {
            let origin = match home.var("CLINE_DIR") {
                Some(_) => Origin::Environment("CLINE_DIR"),
                None => Origin::Default,
            };
            (home.dir_or("CLINE_DIR", ".cline").join("data"), origin)
        };
        roots.push(Root::new(data.join("tasks"), origin, TASK_SUFFIXES).with_beside(beside_task));
        let (sessions, origin) = match home.var("CLINE_SESSION_DATA_DIR") {
            Some(moved) => (home.expand(moved), Origin::Environment("CLINE_SESSION_DATA_DIR")),
            None => (data.join("sessions"), origin),
        };
        roots.push(Root::new(sessions, origin, SESSION_SUFFIXES));
        roots
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        writer(path, head) == Some(Writer::Cline)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        parse(source, out, TOOL, Cached::Beside)
    }
}

/// Reads a log of Cline, or of a tool that was made from it.
pub(crate) fn parse(
    source: &Source<'_>,
    out: &mut dyn Sink,
    tool: Tool,
    cached: Cached,
) -> Result<ParseReport, ParseError> {
    log::parse(source, out, tool.as_str(), cached)
}

/// Returns what says, beside a task's log, what its requests cost.
pub(crate) fn beside_task(log: &Path) -> Vec<PathBuf> {
    vec![log.with_file_name("ui_messages.json")]
}

/// Returns where each editor keeps the tasks of an extension.
pub(crate) fn extension_roots(home: &Home, extension: &str) -> Vec<Root> {
    editors::user_folders(home)
        .into_iter()
        .map(|(folder, origin)| {
            let path = folder.join("globalStorage").join(extension).join("tasks");
            Root::new(path, origin, TASK_SUFFIXES).with_beside(beside_task)
        })
        .collect()
}
