//! Zed's agent: one database with a row for each thread, a JSON document that is compressed (zstd) and written anew at
//! each save.
//!
//! A message is told with the results of its calls, and does not change once it is stored; a thread that is edited is cut
//! off and goes on from there. Messages have no times and no model: the document names the last model, and when it began
//! and was last saved. Tokens are known as a sum. Documents of all versions are read, also those from before they had a
//! version. Not kept: encrypted thoughts and signatures, what the editor showed (drafts, places of scrolling, folds),
//! settings of the model, changes in the work tree when the thread began, summaries for sharing, and what a tool noted
//! beside its text other than changes of files. Agents of others that Zed shows keep their own logs.

mod action;
mod database;
mod location;
mod mention;
mod message;
mod old;
mod result;
mod row;
mod thread;

use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source};
use opensession_hail::Tool;
use std::path::Path;

/// Reads the threads of Zed's agent.
#[derive(Debug)]
pub(crate) struct Zed;

const TOOL: Tool = Tool::new("zed");

impl Parser for Zed {
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
        location::accepts(path, head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        database::parse(source, out)
    }
}
