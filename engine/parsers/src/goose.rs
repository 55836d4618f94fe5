//! Goose: all sessions in one database, `sessions.db`, a row for each message; before 1.10, a file of JSON Lines for each.
//!
//! A message is a list of items: texts, thoughts, calls (`toolRequest`) and results (`toolResponse`). Both stores hold the
//! same messages, and what was imported from a file is told from the database alone. When the history is compacted, rows
//! change who may see them, and the last prompt may be written again: what decides who speaks is what no compaction
//! changes. Tokens stand in a ledger of requests (schema 15), else only in the session's sums. Not kept: encrypted
//! thoughts, titles that a model gave to calls, and the structured copy of a result whose text is there.

mod action;
mod database;
mod document;
mod files;
mod log;
mod record;
mod result;
mod row;

use crate::head::holds;
use crate::{Home, Origin, Os, ParseError, ParseReport, Parser, Root, Sink, Source, sqlite};
use opensession_hail::Tool;
use std::path::{Path, PathBuf};

/// Reads Goose's sessions.
#[derive(Debug)]
pub(crate) struct Goose;

const TOOL: Tool = Tool::new("goose");

const SUFFIXES: &[&str] = &["sessions.db", ".jsonl"];

impl Parser for Goose {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        let mut folders: Vec<(PathBuf, Origin)> = Vec::new();
        // A path that is not absolute is ignored by the tool too.
        if let Some(root) = home.var("GOOSE_PATH_ROOT") {
            let origin = Origin::Environment("GOOSE_PATH_ROOT");
            folders.push((home.expand(root).join("data/sessions"), origin));
        }
        let mut defaults = match home.os() {
            Os::Windows => {
                let block = home.dir_or("APPDATA", "AppData/Roaming").join("Block/goose");
                vec![block.join("data/sessions"), block.join("sessions")]
            }
            Os::Linux | Os::MacOs => vec![home.data_dir().join("goose/sessions")],
        };
        if home.os() == Os::MacOs {
            let library = home.dir().join("Library/Application Support");
            defaults.push(library.join("Block/goose/sessions"));
        }
        defaults.push(home.dir().join(".goose/sessions"));
        folders.extend(defaults.into_iter().map(|folder| (folder, Origin::Default)));
        let root = |(path, origin)| {
            Root::new(path, origin, SUFFIXES).with_depth(0).with_beside(sqlite::beside)
        };
        folders.into_iter().map(root).collect()
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        if !sqlite::is_database(head) {
            return document::is_log(head);
        }
        let has = |text: &str| holds(head, text);
        if has("CREATE TABLE") {
            return has("content_json") && has("working_dir");
        }
        // All tables may still be in the WAL.
        let in_folder = path.parent().is_some_and(|folder| folder.ends_with("sessions"));
        in_folder && path.file_name().is_some_and(|name| name == "sessions.db")
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        if sqlite::is_database(&source.head()?) {
            database::parse(source, out)
        } else {
            document::parse(source, out)
        }
    }
}
