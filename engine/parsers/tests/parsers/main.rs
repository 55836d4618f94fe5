//! Every parser over its fixtures: what they become, and what must hold for any log of any tool.

mod claude_code;
mod codex;
mod conformance;
mod fixtures;
mod recording;
