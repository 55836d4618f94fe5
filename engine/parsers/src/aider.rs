//! Aider: one Markdown file a repository, `.aider.chat.history.md`, to which every run appends.
//!
//! A run begins with `# aider chat started at <local time>` and is a session. What follows is told from its first
//! characters: `#### ` a line that was typed, `> ` a line of aider itself, anything else an answer. Answers may hold
//! such lines too, so that their surroundings count ([`units`]). No line but the first has a time, and that one has no
//! zone: it is taken for UTC. Edits stand in the answers; they become changes of files where aider says that it
//! applied them ([`run`]). `.aider.input.history` and the raw `.aider.llm.history` are not read: the one repeats the
//! prompts, the other is written on request only and repeats everything.

mod edits;
mod facts;
mod location;
mod marks;
mod notes;
mod run;
mod thoughts;
mod units;

use crate::gate::Gate;
use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source};
use opensession_hail::{SessionId, Tool};
use run::{Run, RunIds};
use std::path::Path;
use units::{Kind, Units};

const TOOL: Tool = Tool::new("aider");

/// Reads aider's logs.
pub(crate) struct Aider;

impl Parser for Aider {
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
        if !location::accepts(source.path(), &source.head()?) {
            return Err(source.foreign(TOOL.as_str()));
        }
        // Each run begins a session of its own.
        let mut gate = Gate::new(out, SessionId::from_foreign("none"));
        let mut units = Units::new(source.lines()?);
        let mut ids = RunIds::default();
        let mut report = ParseReport::default();
        let mut next = units.next()?;
        while let Some(first) = next.take() {
            let mut run = Run::new(&mut gate, source.path(), &mut ids, first);
            while let Some(unit) = units.next()? {
                if matches!(unit.kind, Kind::Start(_)) {
                    next = Some(unit);
                    break;
                }
                run.read(unit);
            }
            let of_run = run.finish(TOOL.as_str(), next.is_none());
            report.add(&of_run);
            report.tool_version = of_run.tool_version.or(report.tool_version);
        }
        let (bytes, hash, torn) = units.digest();
        Ok(ParseReport { bytes, hash: Some(hash), torn, ..report })
    }
}
