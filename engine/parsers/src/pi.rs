//! Pi, and the coding agents that were made from it (Oh My Pi, Prime Agent): one file of JSON Lines a session.
//!
//! A head, then entries with `id` and `parentId`: a tree in which the branch that was written last counts. The first
//! version had neither, and wrote one entry after the other. Oh My Pi keeps the title in a line of its own in front of
//! the head, and gives each sub-agent a log in a folder named like the parent's log.
//!
//! Not kept: the system prompt that a sub-agent starts with, settings, bookmarks and the state of extensions, the
//! signatures of thoughts, and what a result tells the screen beside what it tells the model, save for changes of files.

mod content;
mod entry;
mod invocation;
mod known;
mod location;
mod log;
mod message;
mod numbered;
mod result;
mod tree;

use crate::gate::Gate;
use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source, records};
use location::Name;
use log::Log;
use opensession_hail::Tool;
use std::path::Path;

const TOOL: Tool = Tool::new("pi");

/// Reads the logs of Pi and its siblings.
#[derive(Debug)]
pub(crate) struct Pi;

impl Parser for Pi {
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
        location::is_log(head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        let name = Name::of(source.path());
        let mut gate = Gate::new(out, name.session());
        let mut log = Log::new(name, source, &mut gate);
        let extent = records::read(source, &mut log)?;
        extent.close(log.finish(TOOL.as_str()), source, TOOL.as_str())
    }
}
