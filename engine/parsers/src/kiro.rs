//! Kiro of Amazon: the command line tool, Amazon Q before it, and the editor.
//!
//! There are four kinds of logs. The command line tool appends to `sessions/cli/<id>.jsonl` ([`flat`]) and, where it
//! runs without a person, keeps one row for each conversation in `data.sqlite3`, as Amazon Q did ([`database`]). The
//! newer engine that it shares with the editor appends to `sessions/<workspace>/<id>/messages.jsonl` ([`journal`]).
//! Older versions of the editor wrote whole documents ([`chat`], [`spine`]). Beside each log of lines, a file that is written anew
//! at every turn tells the folder, the model and what was spent: credits, seldom tokens.
//!
//! Not kept: encrypted thoughts, requests for permission, how full the context is, and the copies of the conversation
//! that a compaction takes with it.

mod action;
mod chat;
mod conversation;
mod database;
mod flat;
mod image;
mod journal;
mod location;
mod prompt;
mod result;
mod side;
mod spine;
mod turn;

use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source};
use location::Kind;
use opensession_hail::Tool;
use std::path::Path;

const TOOL: Tool = Tool::new("kiro");

/// Who runs the models.
const PROVIDER: &str = "amazon";

/// Reads the logs of Kiro and Amazon Q.
#[derive(Debug)]
pub(crate) struct Kiro;

impl Parser for Kiro {
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
        location::kind(path, head).is_some()
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        match location::kind(source.path(), &source.head()?) {
            Some(Kind::Flat) => flat::parse(source, out),
            Some(Kind::Journal) => journal::parse(source, out),
            Some(Kind::Database) => database::parse(source, out),
            Some(Kind::Chat) => chat::parse(source, out),
            Some(Kind::Spine) => spine::parse(source, out),
            Some(Kind::Saved) => database::parse_saved(source, out),
            None => Err(source.foreign(TOOL.as_str())),
        }
    }
}
