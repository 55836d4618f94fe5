//! Kilo Code: made from Roo Code at first, and from OpenCode since 2026; see [`crate::cline`] and [`crate::opencode`].
//!
//! The newer one takes the tasks of the older over as sessions, poorer than they were. Such a session says that it was
//! forked from the task, whose log stays.

use crate::cline::{self, Cached, TASK_SUFFIXES, Writer};
use crate::opencode::KILO;
use crate::{Home, Origin, ParseError, ParseReport, Parser, Root, Sink, Source};
use opensession_hail::Tool;
use std::path::{Path, PathBuf};

/// Reads the sessions of Kilo Code.
pub(crate) struct Kilo;

impl Parser for Kilo {
    fn tool(&self) -> Tool {
        KILO.tool
    }

    fn version(&self) -> u32 {
        1
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        let mut roots = KILO.roots(home);
        roots.extend(cline::extension_roots(home, "kilocode.kilo-code"));
        let tasks = home.dir().join(".kilocode/cli/global/tasks");
        let tasks = Root::new(tasks, Origin::Default, TASK_SUFFIXES);
        roots.push(tasks.with_beside(cline::beside_task));
        roots
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        cline::writer(path, head) == Some(Writer::Kilo) || KILO.accepts(path, head)
    }

    fn log_of(&self, member: &Path) -> Option<PathBuf> {
        KILO.log_of(member)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        if cline::writer(source.path(), &source.head()?) == Some(Writer::Kilo) {
            return cline::parse(source, out, KILO.tool, Cached::Inside);
        }
        KILO.parse(source, out)
    }
}
