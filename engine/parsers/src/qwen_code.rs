//! Qwen Code: one file of JSON Lines a session, with an envelope like Claude Code's around the parts of Google's API.
//!
//! Versions before 0.5 wrote the documents of Gemini CLI, from which the tool was forked. Not kept: telemetry, which
//! repeats the tokens of the answers (how long a call took is taken from it), and the copies of the conversation that
//! compressions and sub-agents hold.

mod location;
mod log;
mod record;
mod speech;
mod system;

use crate::gate::Gate;
use crate::gemini_cli::{Flavour, is_json_lines, parse_as};
use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source, records};
use log::Log;
use opensession_hail::{SessionId, Tool};
use std::path::Path;

const TOOL: Tool = Tool::new("qwen-code");
const PROVIDER: &str = "qwen";

/// Reads the logs of Qwen Code.
#[derive(Debug)]
pub(crate) struct QwenCode;

impl Parser for QwenCode {
    fn tool(&self) -> Tool {
        TOOL
    }

    fn version(&self) -> u32 {
        2
    }

    fn roots(&self, home: &Home) -> Vec<Root> {
        location::roots(home)
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        location::accepts(path, head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        let head = source.head()?;
        if !location::is_log(&head) && (!is_json_lines(&head) || location::is_like_gemini(&head)) {
            return parse_as(source, out, Flavour { tool: TOOL.as_str(), provider: PROVIDER });
        }
        let name = location::stem(source.path());
        let mut gate = Gate::new(out, SessionId::from_foreign(&name));
        let mut log = Log::new(name, &mut gate);
        let extent = records::read(source, &mut log)?;
        extent.close(log.finish(TOOL.as_str(), PROVIDER), source, TOOL.as_str())
    }
}
