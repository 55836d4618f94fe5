//! Roo Code: a fork of Cline, with the same folders of tasks under another name; see [`crate::cline`].
//!
//! A sub-task has a folder of its own. It keeps its id, which is unique, as its session's; its header and the parent's
//! `TaskStart` name each other.

use crate::cline::{self, Cached, TASK_SUFFIXES, Writer};
use crate::{Home, Origin, ParseError, ParseReport, Parser, Root, Sink, Source};
use opensession_hail::Tool;
use std::path::Path;

/// Reads Roo Code's logs.
pub(crate) struct RooCode;

const TOOL: Tool = Tool::new("roo-code");

/// The extension, its nightly builds, and the fork that goes on with it.
const EXTENSIONS: [&str; 3] = [
    "rooveterinaryinc.roo-cline",
    "rooveterinaryinc.roo-code-nightly",
    "zoocodeorganization.zoo-code",
];

impl Parser for RooCode {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        let mut roots: Vec<Root> = EXTENSIONS
            .iter()
            .flat_map(|extension| cline::extension_roots(home, extension))
            .collect();
        let path = home.dir().join(".vscode-mock/global-storage/tasks");
        roots.push(Root::new(path, Origin::Default, TASK_SUFFIXES).with_beside(cline::beside_task));
        roots
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        cline::writer(path, head) == Some(Writer::RooCode)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        cline::parse(source, out, TOOL, Cached::Inside)
    }
}
