//! The messages of a session as version 1 stores them: each by itself, and their parts by themselves.

use super::conversation::Conversation;
use super::message::{Message, Part};
use super::{older, stored};
use crate::ParseError;
use crate::lenient::Text;
use serde::Deserialize;

/// A message or a part as it is stored.
pub(super) struct Stored {
    pub id: String,
    pub bytes: Vec<u8>,
}

/// Who speaks in a stored message.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Speaker<'a> {
    #[serde(borrow)]
    role: Text<'a>,
}

/// The messages of a session, in order.
pub(super) struct Told {
    messages: Vec<Stored>,
    /// Where the last answer stands.
    last_answer: Option<usize>,
}

impl Told {
    pub(super) fn new(messages: Vec<Stored>) -> Self {
        let is_answer = |message: &Stored| {
            let speaker: Speaker<'_> = serde_json::from_slice(&message.bytes).unwrap_or_default();
            speaker.role.as_str() == Some("assistant")
        };
        let last_answer = messages.iter().rposition(is_answer);
        Self { messages, last_answer }
    }

    /// Tells the messages with the parts that `parts` finds for each.
    ///
    /// An answer is open until the tool says that it is complete, or another one begins; a prompt until something
    /// follows it. Where the session goes on elsewhere (`is_over`), none is.
    pub(super) fn tell(
        self,
        conversation: &mut Conversation<'_>,
        is_over: bool,
        mut parts: impl FnMut(&str) -> Result<Vec<Stored>, ParseError>,
    ) -> Result<(), ParseError> {
        let count = self.messages.len();
        for (index, Stored { id, bytes }) in self.messages.into_iter().enumerate() {
            let mut message = Message::read(&id, &bytes);
            let mut record = stored::message_record(&bytes).into_owned();
            older::modernize(&mut message);
            let has_inner_parts = !message.parts.is_empty();
            for Stored { id, bytes } in parts(&id)? {
                record.push(b'\n');
                record.extend_from_slice(&stored::part_record(&bytes));
                message.parts.push(Part::read(&id, &bytes));
            }
            let may_go_on = match message.kind.as_str() {
                "assistant" => {
                    self.last_answer.is_none_or(|last| index >= last) && !message.is_complete()
                }
                _ => index + 1 == count,
            };
            let is_open = may_go_on && !is_over;
            if has_inner_parts {
                conversation.read_whole(&message, &record, is_open);
            } else {
                conversation.read(&message, &record, is_open);
            }
        }
        Ok(())
    }
}
