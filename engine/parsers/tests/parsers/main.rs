//! Every parser over its fixtures: what they become, and what must hold for any log of any tool.

mod aider;
mod amp;
mod claude_code;
mod cline;
mod conformance;
mod continue_dev;
mod copilot_cli;
mod crush;
mod cursor;
mod every;
mod factory_droid;
mod fixtures;
mod gemini_cli;
mod goose;
mod hail;
mod kilo;
mod kiro;
mod opencode;
mod openhands;
mod pi;
mod qwen_code;
mod recording;
mod vscode_copilot;
mod zed;
