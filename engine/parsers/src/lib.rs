//! Parsers: where each AI coding tool keeps its logs, is this file one of them, and how a log becomes HAIL.
//!
//! One file a tool (with a folder of the same name where it is large). A parser never sees a repository, a clock or
//! the environment, never stops at a bad line, and gives the same events for the same bytes. A log that has grown
//! gives the same events again and then more. See `docs/adding-a-parser.md`.

mod aider;
mod amp;
mod attachment;
mod claude_code;
mod cline;
mod clip;
mod codex;
mod continue_dev;
mod copilot;
mod copilot_cli;
mod crush;
mod cursor;
mod diff;
mod editors;
mod error;
mod factory_droid;
mod family;
mod gate;
mod gemini_cli;
mod genai;
mod goose;
mod hail;
mod head;
mod home;
mod items;
mod kilo;
mod kiro;
mod lenient;
mod lines;
mod members;
mod named;
mod opencode;
mod openhands;
mod outbox;
mod pi;
mod places;
mod qwen_code;
mod records;
mod repair;
mod report;
mod roo_code;
mod root;
mod session;
mod side;
mod sink;
mod source;
mod sqlite;
mod trail;
mod transcript;
mod unique;
mod vscode_copilot;
mod working_folder;
mod zed;

pub use error::ParseError;
pub use home::{Home, Os};
pub use report::{Count, ParseReport};
pub use root::{LogFile, Origin, Root};
pub use sink::Sink;
pub use source::{HEAD_BYTES, Source};

use opensession_hail::Tool;
use std::path::{Path, PathBuf};

/// One AI coding tool: the only trait with many implementors.
pub trait Parser: Sync {
    /// Returns the tool.
    fn tool(&self) -> Tool;

    /// Returns the version of the parser, raised whenever the same log gives other events than before.
    fn version(&self) -> u32;

    /// Returns where the tool's logs live for this user: what to sweep and what to watch.
    fn roots(&self, home: &Home) -> Vec<Root>;

    /// Returns after how many days without a change the tool deletes a log by itself; `None` where it never does.
    fn keeps_for_days(&self, _home: &Home) -> Option<u32> {
        None
    }

    /// Returns whether a file is a log of this tool, by its content; `head` is at most [`HEAD_BYTES`] of it,
    /// decompressed.
    fn accepts(&self, path: &Path, head: &[u8]) -> bool;

    /// Returns the log that a file belongs to which is none itself, where the log cannot say what changes with it
    /// ([`Root::with_beside`]) as there is too much of it.
    fn log_of(&self, _member: &Path) -> Option<PathBuf> {
        None
    }

    /// Streams the sessions in `source` to `out` and returns what became of its records.
    ///
    /// # Errors
    /// [`ParseError`] when the source cannot be read at all. A line that cannot be understood is no error: it is
    /// kept as an event and counted.
    fn parse(&self, source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError>;
}

/// Every parser, in the order in which they are asked whether a file is theirs.
pub static PARSERS: &[&dyn Parser] = &[
    // A log that is HAIL says so in its first record, whatever it tells of.
    &hail::Hail,
    &claude_code::ClaudeCode,
    &codex::Codex,
    // Qwen Code before Gemini CLI, whose documents it wrote once.
    &qwen_code::QwenCode,
    &gemini_cli::GeminiCli,
    &cline::Cline,
    &roo_code::RooCode,
    &goose::Goose,
    &crush::Crush,
    &amp::Amp,
    // Before Copilot CLI, whose lines the editor writes too.
    &vscode_copilot::VsCodeCopilot,
    &copilot_cli::CopilotCli,
    &pi::Pi,
    &factory_droid::FactoryDroid,
    &cursor::Cursor,
    &continue_dev::Continue,
    &aider::Aider,
    &opencode::OpenCode,
    &openhands::OpenHands,
    &kilo::Kilo,
    &zed::Zed,
    &kiro::Kiro,
];

/// Returns the parser that accepts this file.
#[must_use]
pub fn detect(path: &Path, head: &[u8]) -> Option<&'static dyn Parser> {
    PARSERS.iter().copied().find(|parser| parser.accepts(path, head))
}
