//! Crush, and the OpenCode written in Go that it came from: one database for each project, with a row for each message.
//!
//! A message is a list of parts, as JSON or compressed (zstd). The model's message is written anew while it streams: it is
//! settled when it says how it ended, and one that ended with calls when the next message of a person or the model is
//! there. Sub-agents have sessions of their own, named after the call that started them. Tokens are only known of the last
//! request of a session. Not kept: the versions of files and the copies of them beside results (diffs are made of those),
//! encrypted thoughts.

mod action;
mod database;
mod location;
mod log;
mod part;
mod result;
mod row;

use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source};
use opensession_hail::Tool;
use std::path::Path;

/// Reads Crush's sessions.
#[derive(Debug)]
pub(crate) struct Crush;

const TOOL: Tool = Tool::new("crush");

impl Parser for Crush {
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
