//! OpenCode: sessions, messages and parts in a database, in files of their own before version 1.2, or in an export.
//!
//! A message is told when it is whole. What is written into one afterwards (the summary of a prompt, a note that an
//! output was left out of what the model sees) is no part of its record, and no event depends on it. A sub-agent has a
//! session of its own, which keeps its id; its header and the `TaskStart` of its parent name each other. What a user
//! takes back stays until the next prompt, and is then gone from the store.
//!
//! Not kept: snapshots, which are names of trees in a git folder of the tool, to-do lists and the summary of a session's
//! changes, which calls tell too, the event log, and what the tool is at.

mod conversation;
mod database;
mod export;
mod invocation;
mod known;
mod location;
mod member;
mod message;
mod newer;
mod older;
mod outcome;
mod speech;
mod stored;
mod told;
mod tree;

use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source, sqlite};
use location::Store;
use opensession_hail::Tool;
use std::path::{Path, PathBuf};

/// A tool with such a store.
pub(crate) struct Flavour {
    pub tool: Tool,
    /// The folder below that of the user's data.
    folder: &'static str,
    /// How the names of its databases begin.
    databases: &'static [&'static str],
    /// The variable that names the database.
    database_variable: &'static str,
    /// The variables that name the folder.
    data_variables: &'static [&'static str],
}

pub(crate) const OPENCODE: Flavour = Flavour {
    tool: Tool::new("opencode"),
    folder: "opencode",
    databases: &["opencode"],
    database_variable: "OPENCODE_DB",
    data_variables: &["OPENCODE_DATA_DIR", "OPENCODE_DIR"],
};

pub(crate) const KILO: Flavour = Flavour {
    tool: Tool::new("kilo"),
    folder: "kilo",
    databases: &["kilo", "opencode"],
    database_variable: "KILO_DB",
    data_variables: &[],
};

impl Flavour {
    /// Returns whether a file is called like a database of the tool.
    fn is_database(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_suffix(".db").is_some_and(|stem| {
            let rest = self.databases.iter().find_map(|start| stem.strip_prefix(start));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }

    pub(crate) fn roots(&self, home: &Home) -> Vec<Root> {
        location::roots(home, self)
    }

    /// Returns whether the file is one of the tool's stores.
    pub(crate) fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        let is_own = location::is_kilos(path) == (self.tool == KILO.tool);
        is_own && location::store(path, head).is_some()
    }

    /// Returns the log of the session that a file of the tool's older store belongs to.
    pub(crate) fn log_of(&self, member: &Path) -> Option<PathBuf> {
        let is_own = location::is_kilos(member) == (self.tool == KILO.tool);
        member::log_of(member).filter(|_| is_own)
    }

    pub(crate) fn parse(
        &self,
        source: &Source<'_>,
        out: &mut dyn Sink,
    ) -> Result<ParseReport, ParseError> {
        let head = source.head()?;
        if sqlite::is_database(&head) {
            return database::parse(source, out, self.tool.as_str());
        }
        match location::store(source.path(), &head) {
            Some(Store::Tree) => tree::parse(source, out, self),
            _ => export::parse(source, out, self.tool.as_str()),
        }
    }
}

/// Reads the sessions of OpenCode.
#[derive(Debug)]
pub(crate) struct OpenCode;

impl Parser for OpenCode {
    fn tool(&self) -> Tool {
        OPENCODE.tool
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        OPENCODE.roots(home)
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        OPENCODE.accepts(path, head)
    }

    fn log_of(&self, member: &Path) -> Option<PathBuf> {
        OPENCODE.log_of(member)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        OPENCODE.parse(source, out)
    }
}
