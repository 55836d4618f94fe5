//! What Gemini CLI and its fork Qwen Code share: messages made of the parts of Google's GenAI API, the same tools, and
//! the same way to tell what a tool returned.

mod invocation;
mod outcome;
mod part;

pub(crate) use invocation::{describe, is_task};
pub(crate) use part::{Part, blob, parts};
