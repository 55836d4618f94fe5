//! The log of the command line tool: a record for everything that changes the conversation.

use super::conversation::Conversation;
use super::side::{Side, stamp};
use super::{TOOL, location, result};
use crate::gate::Gate;
use crate::lenient::{List, Number, Object, Text, object, string, value};
use crate::members::Known;
use crate::records;
use crate::session::{Fate, Place};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{Block, EventId, EventType};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

static KNOWN: Known = Known {
    record: &["version", "kind", "data"],
    inside: &[(
        "data",
        &[
            "message_id",
            "content",
            "meta",
            "results",
            "summary",
            "strategy",
            "messages_snapshot",
            "target_index",
        ],
    )],
};

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let side = Side::of(source.path())?;
    let id = side.session_id(&location::stem(source.path()));
    let mut gate = Gate::new(out, id.clone());
    let mut conversation = Conversation::begin(&mut gate, id);
    conversation.session = conversation.session.knowing(&KNOWN);
    conversation.session.meta.originator = Some("kiro-cli".to_owned());
    side.tell(&mut conversation.session);
    let mut log = Log { conversation, entries: 0, firsts: Vec::new(), last: None };
    let extent = records::read(source, &mut log)?;
    let Conversation { session, first_prompt, .. } = log.conversation;
    extent.close(side.finish(session, first_prompt.as_deref()), source, TOOL.as_str())
}

/// Reads the records of one log.
struct Log<'s> {
    conversation: Conversation<'s>,
    /// How many records there are: they are taken back by their number.
    entries: usize,
    /// The first event of each record that has one.
    firsts: Vec<(usize, EventId)>,
    /// The last record in which anybody speaks.
    last: Option<(usize, Speaker)>,
}

/// Whose message a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    User,
    Model,
    Nobody,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    data: Object<Data<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data<'a> {
    #[serde(borrow)]
    message_id: Text<'a>,
    #[serde(borrow)]
    content: List<Object<Part<'a>>>,
    #[serde(borrow)]
    meta: Object<Meta<'a>>,
    #[serde(borrow)]
    summary: Text<'a>,
    target_index: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Meta<'a> {
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    /// What hooks and tasks added to the prompt.
    #[serde(borrow)]
    additional_context: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Part<'a> {
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Call<'a> {
    #[serde(borrow)]
    tool_use_id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    /// Of a result.
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Thought<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    model_id: Text<'a>,
}

impl records::Log for Log<'_> {
    type Record<'a> = Entry<'a>;

    fn place(&mut self) -> &mut Place {
        &mut self.conversation.session.place
    }

    fn read_record(&mut self, entry: &Entry<'_>, json: &str) {
        let session = &mut self.conversation.session;
        let kind = entry.kind.filled().unwrap_or("record");
        kind.clone_into(&mut session.place.raw_type);
        session.set_time(None);
        session.mark();
        let nothing = Data::default();
        let data = entry.data.0.as_ref().unwrap_or(&nothing);
        session.group = data.message_id.filled().map(str::to_owned);
        let (speaker, fate) = self.read_kind(kind, data);
        let session = &mut self.conversation.session;
        (session.group, session.model) = (None, None);
        session.count(fate, json);
        self.firsts.extend(session.first().map(|first| (self.entries, first.clone())));
        if speaker != Speaker::Nobody {
            self.last = Some((self.entries, speaker));
        }
        self.entries += 1;
    }

    fn keep_text(&mut self, text: String) {
        self.conversation.session.keep_text(text);
    }
}

impl Log<'_> {
    fn read_kind(&mut self, kind: &str, data: &Data<'_>) -> (Speaker, Fate) {
        let speaker = match kind {
            "Prompt" => {
                self.read_prompt(data);
                Speaker::User
            }
            "AssistantMessage" => {
                self.read_answer(data);
                Speaker::Model
            }
            "ToolResults" => {
                self.read_results(data);
                Speaker::User
            }
            "Compaction" => {
                self.conversation.session.settle_calls();
                self.conversation.note(None, data.summary.as_str().unwrap_or(""));
                Speaker::Nobody
            }
            "ResetTo" => {
                let kept = data.target_index.0.and_then(|index| usize::try_from(index).ok());
                self.take_back(kept.unwrap_or(usize::MAX));
                Speaker::Nobody
            }
            "CancelledPrompt" => {
                // Only what was asked last can be cancelled.
                let asked = self.last.filter(|(_, who)| *who == Speaker::User);
                self.take_back(asked.map_or(usize::MAX, |(asked, _)| asked));
                Speaker::Nobody
            }
            "Clear" => {
                let session = &mut self.conversation.session;
                session.settle_calls();
                session.say(None, EventType::Custom { kind: "clear".to_owned() }, Vec::new());
                Speaker::Nobody
            }
            _ => return (Speaker::Nobody, Fate::Unknown),
        };
        (speaker, Fate::Understood)
    }

    /// Says that from the record of this number on nothing counts any more.
    fn take_back(&mut self, kept: usize) {
        let session = &mut self.conversation.session;
        session.settle_calls();
        let at = self.firsts.partition_point(|(record, _)| *record < kept);
        session.rewind(None, self.firsts.get(at).map(|(_, first)| first));
    }

    fn read_prompt(&mut self, data: &Data<'_>) {
        let own = data.message_id.filled();
        if let Some(meta) = &data.meta.0 {
            let stamp = meta.timestamp.and_then(stamp);
            self.conversation.session.set_time(stamp);
            self.conversation.session.settle_calls();
            self.conversation.note(None, meta.additional_context.as_str().unwrap_or(""));
        }
        let mut texts = Vec::new();
        let mut pictures = Vec::new();
        for part in data.content.0.iter().filter_map(|part| part.0.as_ref()) {
            match part.kind.as_str() {
                Some("image") => pictures.extend(part.data.map(value)),
                _ => match text_of(part) {
                    Some(text) => texts.push(text),
                    None => self.keep_part(None, part),
                },
            }
        }
        self.conversation.ask(own, &texts.join("\n\n"), &pictures);
    }

    fn read_answer(&mut self, data: &Data<'_>) {
        let own = data.message_id.filled();
        let parts = || data.content.0.iter().filter_map(|part| part.0.as_ref());
        // Thoughts say which model it is, also where they are empty.
        let model =
            parts().filter(|part| part.kind.as_str() == Some("thinking")).find_map(|part| {
                let thought = object::<Thought<'_>>(part.data?.get())?;
                thought.model_id.filled().filter(|model| *model != "auto").map(str::to_owned)
            });
        self.conversation.session.model = model;
        for part in parts() {
            match part.kind.as_str() {
                Some("thinking") => {
                    let thought = part.data.and_then(|data| object::<Thought<'_>>(data.get()));
                    let text = thought.unwrap_or_default().text;
                    self.conversation.think(own, text.as_str().unwrap_or(""));
                }
                Some("toolUse") => {
                    let call = part.data.and_then(|data| object::<Call<'_>>(data.get()));
                    let Some(call) = call else {
                        self.keep_part(own, part);
                        continue;
                    };
                    let input = call.input.map_or(Value::Null, value);
                    let (id, name) = (call.tool_use_id.as_str(), call.name.as_str());
                    self.conversation.call(id.unwrap_or(""), name.unwrap_or(""), input);
                }
                kind => match text_of(part).filter(|_| kind == Some("text")) {
                    Some(text) => self.conversation.answer(own, &text),
                    None => self.keep_part(own, part),
                },
            }
        }
    }

    fn read_results(&mut self, data: &Data<'_>) {
        for part in data.content.0.iter().filter_map(|part| part.0.as_ref()) {
            let told = part.data.and_then(|data| object::<Call<'_>>(data.get()));
            match (part.kind.as_str(), told) {
                (Some("toolResult"), Some(told)) => {
                    let content = told.content.map_or(Value::Null, value);
                    let outcome = result::read(&content, told.status.as_str().unwrap_or(""));
                    self.conversation.result(told.tool_use_id.as_str().unwrap_or(""), outcome);
                }
                (kind, _) => match text_of(part).filter(|_| kind == Some("text")) {
                    Some(text) => self.conversation.note(None, &text),
                    None => self.keep_part(None, part),
                },
            }
        }
    }

    /// Keeps a part of unknown kind.
    fn keep_part(&mut self, own: Option<&str>, part: &Part<'_>) {
        let kind = part.kind.filled().unwrap_or("part").to_owned();
        let data = part.data.map_or(Value::Null, value);
        let blocks = vec![Block::json(data)];
        self.conversation.session.say(own, EventType::Custom { kind }, blocks);
    }
}

fn text_of(part: &Part<'_>) -> Option<String> {
    string(part.data?).map(Cow::into_owned)
}
