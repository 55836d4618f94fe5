//! Gemini CLI: one JSON document a session, written anew with each message, and since 2026 one file of JSON Lines.
//!
//! Lines are a header, messages, and changes: `{"$set": …}` changes the header and may hold a copy of all messages,
//! `{"$rewindTo": id}` takes back a message and all that follow it, and a message with the id of an earlier one stands
//! in its place. Older versions of Qwen Code wrote the same documents. Not kept: descriptions of tools, which repeat
//! in each call, and the screen's copy of a result where the model's is there.

mod document;
mod location;
mod log;
mod message;
mod project;
mod prompt;
mod record;
mod retention;
mod spill;

pub(crate) use location::{is_json_lines, is_record};
pub(crate) use log::Flavour;
pub(crate) use prompt::Prompt;

use crate::gate::Gate;
use crate::records;
use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source};
use log::Log;
use opensession_hail::{SessionId, Tool};
use std::path::Path;

const TOOL: Tool = Tool::new("gemini-cli");
const FLAVOUR: Flavour = Flavour { tool: TOOL.as_str(), provider: "google" };

/// Reads the logs of Gemini CLI.
#[derive(Debug)]
pub(crate) struct GeminiCli;

impl Parser for GeminiCli {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        2
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        location::roots(home)
    }

    fn keeps_for_days(&self, home: &Home) -> Option<u32> {
        retention::days(home)
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        location::accepts(path, head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        parse_as(source, out, FLAVOUR)
    }
}

/// Reads a log in the shape of Gemini CLI for the tool that wrote it.
pub(crate) fn parse_as(
    source: &Source<'_>,
    out: &mut dyn Sink,
    flavour: Flavour,
) -> Result<ParseReport, ParseError> {
    let name = location::stem(source.path());
    let mut gate = Gate::new(out, SessionId::from_foreign(&name));
    let mut log = Log::new(source.path(), &mut gate, flavour);
    let is_json_lines = is_json_lines(&source.head()?);
    if !is_json_lines {
        return document::parse(source, log);
    }
    log.is_json_lines = true;
    let extent = records::read(source, &mut log)?;
    extent.close(log.finish(), source, flavour.tool)
}
