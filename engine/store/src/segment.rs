//! Segments: immutable runs of events, cut, hashed and compressed outside any lock.

use crate::object::{Deflate, Object};
use crate::{Error, Result, SegmentRecord, Step, Store};
use opensession_hail::{Chains, ContentId, EventId, Members, Timestamp};
use opensession_redact::{Line, Redacted};
use serde::Deserialize;
use std::borrow::Cow;
use std::cell::RefCell;
use zstd::bulk::Compressor;
use zstd::zstd_safe::{self, CParameter, DCtx};

/// The most uncompressed bytes of a segment that holds more than one event.
pub(crate) const MAX_SEGMENT: usize = 4 << 20;
/// The most bytes of one event. Compressed, it must fit a blob.
pub(crate) const MAX_EVENT: usize = 256 << 20;

const LIVE_LEVEL: i32 = 6;
const COALESCED_LEVEL: i32 = 9;

/// An immutable run of events, ready to be stored.
#[derive(Debug)]
pub struct Segment {
    /// The chains before its first event.
    pub(crate) starts: Chains,
    /// Its record; the name is given when the session's tree is built.
    pub(crate) record: SegmentRecord,
    /// The blob: one zstd frame.
    pub(crate) blob: Object,
}

/// Cuts events into segments, hashes and compresses them.
///
/// A segment holds at most 4 MiB of canonical lines; a larger event stands alone in its own.
pub struct SegmentWriter {
    sealer: Sealer,
    /// Before the first event in the buffer.
    starts: Chains,
    /// After the last one.
    chains: Chains,
    buffer: Vec<u8>,
    events: u64,
    segments: Vec<Segment>,
}

impl SegmentWriter {
    /// Returns a writer for a session in `store` whose chains stand at `chains` before its first event:
    /// [`Chains::START`], or the end of the last segment that is kept.
    #[must_use]
    pub fn new(store: &Store, chains: Chains) -> Self {
        Self {
            sealer: Sealer { hash: store.hash(), level: LIVE_LEVEL, compressor: None },
            starts: chains,
            chains,
            buffer: Vec::new(),
            events: 0,
            segments: Vec::new(),
        }
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an event above 256 MiB, or one that does not compress below 25 MiB.
    pub fn push(&mut self, line: &Redacted<Line>) -> Result<()> {
        let Line { event, bytes } = line.get();
        if bytes.len() > MAX_EVENT {
            let reason = format!("{} bytes are above the limit of {MAX_EVENT}", bytes.len());
            return Err(Error::invalid(event.event_id.as_str(), reason));
        }
        if self.buffer.len() + bytes.len() > MAX_SEGMENT {
            self.cut()?;
        }
        self.buffer.extend_from_slice(bytes);
        self.chains.push(&event.event_id, bytes);
        self.events += 1;
        Ok(())
    }

    /// Returns the chains after the last event.
    #[must_use]
    pub const fn chains(&self) -> Chains {
        self.chains
    }

    /// Returns the segments; none where there was no event.
    ///
    /// # Errors
    /// As for [`SegmentWriter::push`].
    pub fn finish(mut self) -> Result<Vec<Segment>> {
        self.cut()?;
        Ok(self.segments)
    }

    fn cut(&mut self) -> Result<()> {
        if self.events > 0 {
            let segment = self.sealer.seal(&self.buffer, self.events, self.starts, self.chains)?;
            self.segments.push(segment);
            self.starts = self.chains;
            self.buffer.clear();
            self.events = 0;
        }
        Ok(())
    }
}

/// Makes segments of event lines.
pub(crate) struct Sealer {
    hash: gix::hash::Kind,
    level: i32,
    /// Made with the first segment: most sessions of a run are unchanged and have none.
    compressor: Option<Compressor<'static>>,
}

impl Sealer {
    /// Returns a sealer for segments that are stored for long: smaller, at four times the cost.
    pub(crate) const fn coalescing(hash: gix::hash::Kind) -> Self {
        Self { hash, level: COALESCED_LEVEL, compressor: None }
    }

    /// Returns the segment of `events` lines in `bytes`, over which the chains go from `starts` to `ends`.
    pub(crate) fn seal(
        &mut self,
        bytes: &[u8],
        events: u64,
        starts: Chains,
        ends: Chains,
    ) -> Result<Segment> {
        let id = ContentId::of(bytes);
        let name = format!("segment {}", id.short());
        let zstd_failed = |error: std::io::Error| Error::invalid(&name, error.to_string());
        let compressor = match &mut self.compressor {
            Some(compressor) => compressor,
            none => none.insert(new_compressor(self.level).map_err(zstd_failed)?),
        };
        let frame = compressor.compress(bytes).map_err(zstd_failed)?;
        let blob = Object::encode_blob(self.hash, &frame, Deflate::Store, &name)?;
        let record = SegmentRecord {
            name: String::new(),
            id,
            id_chain: ends.ids.value(),
            content_chain: ends.content.value(),
            events,
            bytes: bytes.len() as u64,
            unknown: Members::new(),
        };
        Ok(Segment { starts, record, blob })
    }
}

fn new_compressor(level: i32) -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(level)?;
    compressor.set_parameter(CParameter::ChecksumFlag(true))?;
    compressor.set_parameter(CParameter::ContentSizeFlag(true))?;
    Ok(compressor)
}

/// Returns the event lines in `frame`, the blob of the segment that `record` describes.
///
/// Nothing is inflated before the frame's own size has been held against the record and the limits, so a small blob
/// cannot fill the memory.
pub(crate) fn unseal(frame: &[u8], record: &SegmentRecord, path: &str) -> Result<Vec<u8>> {
    let limit = if record.events == 1 { MAX_EVENT } else { MAX_SEGMENT };
    let size = match usize::try_from(record.bytes) {
        Ok(size) if size <= limit => size,
        _ => {
            return Err(Error::corrupt(path, format!("{} bytes are too many", record.bytes)));
        }
    };
    if zstd_safe::get_frame_content_size(frame).ok().flatten() != Some(record.bytes) {
        return Err(Error::corrupt(path, "the zstd frame is not of the recorded size"));
    }
    let bytes = INFLATER.with_borrow_mut(|inflater| {
        let inflater = match inflater {
            Some(inflater) => inflater,
            none => {
                let made = DCtx::try_create().ok_or_else(|| Error::Io {
                    path: path.into(),
                    source: std::io::ErrorKind::OutOfMemory.into(),
                });
                none.insert(made?)
            }
        };
        let mut bytes = Vec::with_capacity(size);
        match inflater.decompress(&mut bytes, frame) {
            Ok(_size) => Ok(bytes),
            Err(code) => Err(Error::corrupt(path, zstd_safe::get_error_name(code))),
        }
    })?;
    if ContentId::of(&bytes) != record.id {
        return Err(Error::corrupt(path, "the events do not hash to the recorded id"));
    }
    Ok(bytes)
}

thread_local! {
    /// To make one takes longer than to inflate a small segment.
    static INFLATER: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// Returns the id and the time of the event in `line`.
pub(crate) fn step(line: &[u8]) -> serde_json::Result<Step> {
    #[derive(Deserialize)]
    struct Line<'a> {
        #[serde(borrow)]
        event_id: Cow<'a, str>,
        timestamp: Timestamp,
    }
    let line: Line<'_> = serde_json::from_slice(line)?;
    Ok(Step { id: EventId::new(line.event_id), time: line.timestamp })
}

/// Returns the id of the event in `line`.
pub(crate) fn event_id(line: &[u8]) -> serde_json::Result<EventId> {
    #[derive(Deserialize)]
    struct Line<'a> {
        #[serde(borrow)]
        event_id: Cow<'a, str>,
    }
    let line: Line<'_> = serde_json::from_slice(line)?;
    Ok(EventId::new(line.event_id))
}
