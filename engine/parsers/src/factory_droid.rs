//! Factory's Droid: one file of JSON Lines a session, and `<session>.settings.json` beside it.
//!
//! A head, then messages made of the blocks of Anthropic's API, whatever the model; the tool adds how its lists of tasks
//! stand, where it made a conversation shorter, and how each turn ended. Tokens are counted only for the whole session,
//! in the settings beside the log. What `droid exec` streams is read too: it has other records.
//!
//! Not kept: signatures and encrypted thoughts, the lists of tasks outside the calls that write them, how well a turn
//! ended, hooks that said nothing, and settings other than the model and its provider.

mod content;
mod diff_lines;
mod invocation;
mod known;
mod location;
mod log;
mod message;
mod prompt;
mod record;
mod result;
mod settings;
mod stream;

use crate::gate::Gate;
use crate::{Home, ParseError, ParseReport, Parser, Root, Sink, Source, records};
use log::Log;
use opensession_hail::{SessionId, Tool};
use settings::Settings;
use std::path::Path;

const TOOL: Tool = Tool::new("factory-droid");

/// Reads the logs of Droid.
#[derive(Debug)]
pub(crate) struct FactoryDroid;

impl Parser for FactoryDroid {
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
        let name = SessionId::from_foreign(&location::stem(source.path()));
        let mut gate = Gate::new(out, name.clone());
        let settings = Settings::beside(source.path())?;
        let mut log = Log::new(name, settings, &mut gate);
        let extent = records::read(source, &mut log)?;
        extent.close(log.finish(TOOL.as_str()), source, TOOL.as_str())
    }
}
