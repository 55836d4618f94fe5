//! Claude Code: one JSON Lines file a session, in the shape of the Anthropic API with an envelope around it.
//!
//! There is no public schema; the kinds of records and their quirks are those of real logs of versions 1.0.51 to
//! 2.1.23x. What a reader may miss on purpose: signatures of thinking blocks (needed only to send them to the API
//! again), whole files in `toolUseResult` (the diff says what
//! changed), copies of sub-agents' records in `progress`
//! lines (their own logs hold them), and the user interface's state.

mod assistant;
mod calls;
mod conversation;
mod facts;
mod fingerprint;
mod invocation;
mod known;
mod lanes;
mod location;
mod notice;
mod outcome;
mod queue;
mod record;
mod retention;
mod speaker;
mod spill;
mod tabs;
mod usage;
mod user;

use crate::gate::Gate;
use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source};
use conversation::Conversation;
use location::Identity;
use opensession_hail::Tool;
use std::path::Path;

const TOOL: Tool = Tool::new("claude-code");

/// The parser for logs of Claude Code, its sub-agents, and the desktop application's local agents.
#[derive(Debug)]
pub(crate) struct ClaudeCode;

impl Parser for ClaudeCode {
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
        Some(retention::days(home))
    }

    fn accepts(&self, path: &Path, head: &[u8]) -> bool {
        location::accepts(path, head)
    }

    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        let identity = Identity::find(source)?;
        let mut gate = Gate::new(out, identity.session_id.clone());
        let mut conversation = Conversation::new(identity, &mut gate);
        let mut lines = source.lines()?;
        let mut torn = None;
        while let Some(line) = lines.next()? {
            let is_blank = line.bytes.is_empty() && line.too_long.is_none();
            if !is_blank && !conversation.read(&line) {
                torn = Some(line.offset);
            }
        }
        let mut report = conversation.finish();
        report.torn = torn.is_some();
        let (bytes, hash) = lines.digest(torn);
        report.bytes = bytes;
        report.hash = Some(hash);
        Ok(report)
    }
}
