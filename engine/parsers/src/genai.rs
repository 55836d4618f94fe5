//! What Gemini CLI and its fork Qwen Code share: messages made of the parts of Google's GenAI API, the same tools, and
//! the same way to tell what a tool returned.

mod calls;
mod invocation;
mod meta;
mod outcome;
mod part;
mod session;
mod tokens;

pub(crate) use calls::CallRecord;
pub(crate) use outcome::Outcome;
pub(crate) use part::{Part, blob, is_torn, line_text, object, parts, value_of};
pub(crate) use session::{Fate, Place, Session};
pub(crate) use tokens::Tokens;
