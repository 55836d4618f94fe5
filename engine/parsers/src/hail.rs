//! HAIL itself: `.hail.jsonl` files of this program and of others, and what `opensession cat` printed.
//!
//! Either shape is read, lines or one object, with the lenient reader of `opensession-hail`; several sessions may
//! follow one another. The header stays as it is: the tool that made the session is named there, so that an imported
//! session is the same session. The statistics are left out, as they are always computed anew.

mod document;
mod lines;
mod session;
mod shape;

use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source};
use opensession_hail::Tool;
use shape::Shape;
use std::path::Path;

/// Reads HAIL.
pub(crate) struct Hail;

const TOOL: Tool = Tool::new("hail");

impl Parser for Hail {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    /// No tool keeps its own sessions as HAIL: such files are named, or lie in the user's folders.
    fn roots(&self, _home: &Home) -> Vec<Root> {
        Vec::new()
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // The first record may be damaged.
        name.ends_with(".hail.jsonl") || Shape::of(head).is_some()
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        match Shape::of(&source.head()?) {
            Some(Shape::Document) => document::parse(source, out),
            Some(Shape::Lines) | None => lines::parse(source, out),
        }
    }
}

/// Returns what a session is called that has no id: as its file.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}
