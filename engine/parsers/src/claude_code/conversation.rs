//! The state of a log while it is read, and what the kinds of records share: places, events, counts.

use super::calls::{Calls, Lane};
use super::facts::Facts;
use super::fingerprint::fingerprint;
use super::known::KNOWN;
use super::lanes::Lanes;
use super::location::Identity;
use super::queue::Queue;
use super::record::{Content, MediaSource, Part, Record};
use super::spill;
use super::usage::Usage;
use crate::clip::clip;
use crate::lenient::Object;
use crate::lines::Line;
use crate::members::Members;
use crate::outbox::Outbox;
use crate::repair::{self, Piece};
use crate::unique::UniqueIds;
use crate::{ParseReport, Sink, attachment};
use opensession_hail::{Block, Event, EventType, Timestamp, attribute};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashSet;

/// A log being read.
pub(super) struct Conversation<'s> {
    pub(super) identity: Identity,
    pub(super) outbox: Outbox<'s>,
    pub(super) report: ParseReport,
    pub(super) facts: Facts,
    pub(super) calls: Calls,
    pub(super) usage: Usage,
    pub(super) queue: Queue,
    /// Fingerprints of blocks of messages that have become events.
    pub(super) blocks: HashSet<u64>,
    ids: UniqueIds,
    pub(super) lanes: Lanes,
    /// Fingerprints of the `uuid` of every record.
    uuids: HashSet<u64>,
    /// Fingerprints of records that would be dropped if they came again.
    records: HashSet<u64>,
    members: Members,
    last_time: Timestamp,
}

/// The kinds of records that are looked at for members that are new; the others are few, or kept whole.
const LOOKED_AT: [&str; 5] = ["assistant", "user", "system", "progress", "attachment"];

/// Where in the log a record stands.
pub(super) struct Place<'r> {
    /// Its own id.
    pub id: Cow<'r, str>,
    pub time: Timestamp,
    /// Whether the time is that of an event before.
    pub inferred: bool,
    pub offset: u64,
    pub lane: Lane,
    /// The record's JSON.
    pub json: &'r [u8],
}

impl<'s> Conversation<'s> {
    pub(super) fn new(identity: Identity, sink: &'s mut dyn Sink) -> Self {
        Self {
            identity,
            outbox: Outbox::new(sink),
            report: ParseReport::default(),
            facts: Facts::default(),
            calls: Calls::default(),
            usage: Usage::default(),
            queue: Queue::default(),
            blocks: HashSet::new(),
            ids: UniqueIds::default(),
            lanes: Lanes::default(),
            uuids: HashSet::new(),
            records: HashSet::new(),
            members: Members::new(&KNOWN),
            last_time: Timestamp::EPOCH,
        }
    }

    /// Reads one line; returns false, having done nothing, for a torn one: the last, and not whole.
    pub(super) fn read(&mut self, line: &Line<'_>) -> bool {
        if let Some(length) = line.too_long {
            if line.terminated {
                self.keep_text(line, &format!("[opensession: a line of {length} bytes left out]"));
            }
            return line.terminated;
        }
        match serde_json::from_slice::<Object<Record<'_>>>(line.bytes) {
            Ok(Object(Some(record))) => self.record(record, line, line.bytes),
            _ => {
                let pieces = repair::pieces(line.bytes);
                let is_whole = |piece: &Piece| matches!(piece, Piece::Value(json) if json.starts_with(['{', '[']));
                if !line.terminated && !pieces.iter().all(is_whole) {
                    return false;
                }
                for piece in pieces {
                    self.piece(line, &piece);
                }
            }
        }
        true
    }

    /// Ends the session and returns the report.
    ///
    /// Tokens that no event carries yet are left out: the next line of their message may still bring the event that
    /// they belong on.
    pub(super) fn finish(mut self) -> ParseReport {
        self.report.tool_version = self.facts.version().map(str::to_owned);
        let sink = self.outbox.finish();
        sink.end(self.facts.into_header(&self.identity, &self.uuids));
        self.report
    }

    fn piece(&mut self, line: &Line<'_>, piece: &Piece) {
        let json = match piece {
            Piece::Value(json) => json,
            Piece::Rest(text) => return self.keep_text(line, text),
        };
        if let Ok(Object(Some(record))) = serde_json::from_str(json) {
            return self.record(record, line, json.as_bytes());
        }
        // Whole JSON, but no record: another value, nested too deeply, or a key twice, of which the last one holds.
        let once = serde_json::from_str(json).map(|value: Value| value.to_string());
        match once.as_deref().map(serde_json::from_str::<Object<Record<'_>>>) {
            Ok(Ok(Object(Some(record)))) => {
                let json = once.as_deref().unwrap_or(json);
                self.record(record, line, json.as_bytes());
            }
            _ => self.keep_text(line, json),
        }
    }

    fn record(&mut self, record: Record<'_>, line: &Line<'_>, json: &[u8]) {
        let time = record.timestamp.filled().and_then(Timestamp::parse);
        let id = record.uuid.filled().map(str::to_owned);
        if let Some(uuid) = &id {
            self.uuids.insert(fingerprint(&[uuid]));
            // A resumed session of older versions holds its history twice.
            if time.is_some() {
                let stamp = record.timestamp.as_str().unwrap_or("");
                let kind = record.kind.as_str().unwrap_or("");
                if !self.records.insert(fingerprint(&[uuid, kind, stamp])) {
                    return self.report.drop("repeated record");
                }
            }
        }
        if self.facts.observe(&record)
            && let Some(cwd) = record.cwd.filled()
        {
            self.outbox.sink().located(cwd);
        }
        let lane = if self.identity.agent.is_some() {
            Lane::default()
        } else {
            self.lanes.find(&record, &self.calls)
        };
        let place = Place {
            id: id.map_or_else(|| Cow::Owned(format!("line-{}", line.number)), Cow::Owned),
            time: time.unwrap_or(self.last_time),
            inferred: time.is_none(),
            offset: line.offset,
            lane,
            json,
        };
        let kind = record.kind.as_str().filter(|kind| LOOKED_AT.contains(kind));
        if let Some(kind) = kind {
            self.members.look(kind, json, &mut self.report.fields);
        }
        match record.kind.as_str() {
            Some("assistant") => self.assistant(record, &place),
            Some("user") => self.user(record, &place),
            _ => self.notice(&record, &place),
        }
    }

    /// Returns an event of the record at `place`.
    pub(super) fn event(
        &mut self,
        place: &Place<'_>,
        event_type: EventType,
        raw_type: impl Into<Cow<'static, str>>,
    ) -> Event {
        if !place.inferred {
            self.last_time = place.time;
            self.facts.stamp(place.time);
        }
        let mut event = Event::new(self.ids.next(&*place.id), place.time, event_type);
        if place.inferred {
            event.attributes.set(attribute::TIMESTAMP_INFERRED, true);
        }
        event.attributes.set(attribute::RAW_TYPE, raw_type.into().into_owned());
        if let Some(agent) = &place.lane.agent {
            event.attributes.set(attribute::SUBAGENT_ID, &**agent);
        }
        event.task_id = place.lane.task.as_deref().map(str::to_owned);
        event
    }

    /// Sends an event with these blocks.
    pub(super) fn push(
        &mut self,
        place: &Place<'_>,
        event_type: EventType,
        raw_type: impl Into<Cow<'static, str>>,
        blocks: Vec<Block>,
    ) {
        let mut event = self.event(place, event_type, raw_type);
        event.content.blocks = blocks;
        self.outbox.push(event, place.offset);
    }

    /// Gives tokens that no event carries an event of their own, once another message than `message` follows.
    pub(super) fn settle_usage(&mut self, place: &Place<'_>, message: Option<u64>) {
        let Some(tokens) = self.usage.take_for_others(message) else {
            return;
        };
        let own = Place {
            id: Cow::Owned(format!("{}-usage", place.id)),
            lane: place.lane.clone(),
            ..*place
        };
        let event_type = EventType::Custom { kind: "usage".to_owned() };
        let mut event = self.event(&own, event_type, "assistant/usage");
        tokens.write(&mut event.attributes);
        self.outbox.push(event, place.offset);
    }

    /// Keeps a record of unknown kind or shape with its original JSON.
    pub(super) fn keep(&mut self, place: &Place<'_>, kind: &str) {
        self.report.keep_unknown(kind);
        self.push_original(place, kind, kind.to_owned());
    }

    /// Sends a record as it is.
    pub(super) fn push_original(
        &mut self,
        place: &Place<'_>,
        kind: &str,
        raw_type: impl Into<Cow<'static, str>>,
    ) {
        let block = original(place.json, "");
        let event_type = EventType::Custom { kind: kind.to_owned() };
        self.push(place, event_type, raw_type, vec![block]);
    }

    fn keep_text(&mut self, line: &Line<'_>, text: &str) {
        let place = Place {
            id: Cow::Owned(format!("line-{}", line.number)),
            time: self.last_time,
            inferred: true,
            offset: line.offset,
            lane: Lane::default(),
            json: &[],
        };
        let event_type = EventType::Custom { kind: "unparsed".to_owned() };
        self.report.keep_unknown("unparsed");
        self.push(&place, event_type, "unparsed", vec![Block::text(text)]);
    }

    /// Returns the blocks of a tool result; `pointer` is where in the record it stands.
    pub(super) fn result_blocks(
        &mut self,
        content: Content<'_>,
        place: &Place<'_>,
        pointer: &str,
    ) -> Vec<Block> {
        match content {
            Content::Nothing => Vec::new(),
            Content::Text(text) if text.is_empty() => Vec::new(),
            Content::Text(text) => vec![self.result_text(text)],
            Content::Parts(parts) => parts
                .into_iter()
                .enumerate()
                .map(|(at, part)| match part.kind.as_str() {
                    Some("text") => self.result_text(part.text.0.unwrap_or_default()),
                    _ => self.media(&part).unwrap_or_else(|| {
                        original(place.json, &format!("{pointer}/content/{at}"))
                    }),
                })
                .collect(),
        }
    }

    /// A result that was spilled to a side file is read from there.
    fn result_text(&self, text: Cow<'_, str>) -> Block {
        let whole = spill::read(&self.identity.folder, &text);
        Block::text(clip(whole.unwrap_or_else(|| text.into_owned())))
    }

    /// Returns the block of an image or document; what is in it becomes an attachment.
    pub(super) fn media(&mut self, part: &Part<'_>) -> Option<Block> {
        if !matches!(part.kind.as_str(), Some("image" | "document")) {
            return None;
        }
        let source: &MediaSource<'_> = part.source.0.as_ref()?;
        let mime = source.media_type.filled();
        if let Some(url) = source.url.filled() {
            return Some(Block::Image {
                url: url.to_owned(),
                alt: None,
                mime: mime.unwrap_or("image/*").to_owned(),
            });
        }
        let (mime, data) = (mime?, source.data.filled()?);
        if source.kind.as_str() == Some("text") {
            return Some(Block::text(data));
        }
        let attachment = attachment::from_base64(data, mime)?;
        let is_text =
            mime.starts_with("text/") || ["application/json", "image/svg+xml"].contains(&mime);
        if is_text && let Ok(text) = std::str::from_utf8(&attachment.bytes) {
            return Some(Block::text(clip(text.to_owned())));
        }
        let block = if mime.starts_with("image/") {
            attachment::block(&attachment, mime)
        } else {
            Block::Reference {
                uri: format!("blobs/{}", attachment.name),
                media_type: mime.to_owned(),
            }
        };
        self.outbox.sink().attachment(attachment);
        Some(block)
    }
}

/// Returns the part of a record at a JSON pointer as it stands in the log; a text as text.
pub(super) fn original(json: &[u8], pointer: &str) -> Block {
    let value = serde_json::from_slice::<Value>(json)
        .ok()
        .and_then(|mut record| record.pointer_mut(pointer).map(Value::take));
    match value {
        Some(Value::String(text)) => Block::text(text),
        Some(value) => Block::json(value),
        // Nested too deeply, or a key twice, in what the typed reader skips.
        None => Block::text(opensession_hail::visible(json)),
    }
}
