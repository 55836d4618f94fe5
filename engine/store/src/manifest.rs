//! Manifests: what `session.json` says about a session.

use crate::{Error, Result, layout};
use opensession_hail::{Chain, Chains, ContentId, EventId, Header, Members, SessionKey, Stats};
use opensession_redact::Counts;
use serde::{Deserialize, Serialize};

/// What `session.json` says about a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of the session's files: 1.
    pub format: u32,
    /// Raised whenever stored events were replaced rather than added to; 0 at first.
    pub generation: u64,
    /// The HAIL header.
    pub header: Header,
    /// What the events add up to.
    pub stats: Stats,
    /// The segments, in order.
    pub segments: Vec<SegmentRecord>,
    /// The log that the session was read from.
    pub source: Source,
    /// How often each redaction rule hit.
    pub redactions: Counts,
    /// Where a fork leaves its session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<Fork>,
    /// Members that this version does not know; they are kept when the session grows.
    #[serde(flatten)]
    pub unknown: Members,
}

/// One segment, as the manifest lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentRecord {
    /// The file name: `NNNN.<16 hex>.hail.zst`.
    pub name: String,
    /// BLAKE3 of the uncompressed bytes.
    pub id: ContentId,
    /// The chain over event ids at the segment's end: which events the session has up to here.
    pub id_chain: ContentId,
    /// The chain over event lines at the segment's end: what they hold.
    pub content_chain: ContentId,
    /// Events in the segment.
    pub events: u64,
    /// Uncompressed bytes.
    pub bytes: u64,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub unknown: Members,
}

/// The log that a session was read from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The tool that wrote the log.
    pub tool: String,
    /// The tool's version, the newest in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
    /// The version of the parser.
    pub parser: u32,
    /// The version of the redaction rules.
    pub rules: u32,
    /// Where the log was, relative to the tool's root.
    pub log: String,
    /// How many bytes of the log had been read.
    pub bytes: u64,
    /// BLAKE3 of these bytes.
    pub hash: ContentId,
    /// Kinds of records, and members of records, that the parser did not know, and how often they stand in the log.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub drift: Counts,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub unknown: Members,
}

/// Where a fork leaves its session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    /// The session that it leaves.
    pub session: SessionKey,
    /// The first event that only the fork has.
    pub event: EventId,
}

impl Manifest {
    /// Returns the number of events in all segments.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.segments.iter().map(|segment| segment.events).sum()
    }

    /// Returns the uncompressed bytes of all segments.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Returns the chains at the end of the last segment: where an append goes on.
    #[must_use]
    pub fn chains(&self) -> Chains {
        self.segments.last().map_or(Chains::START, SegmentRecord::chains)
    }

    /// Returns the content id of the session: the last value of the content chain.
    #[must_use]
    pub fn content_id(&self) -> ContentId {
        self.chains().content.value()
    }

    /// Returns the file: JSON, a member a line, a segment a line. The same manifest gives the same bytes.
    pub(crate) fn to_json(&self) -> String {
        let mut out = String::from("{");
        let mut member = |name: &str, value: &str| {
            let comma = if out.len() == 1 { "" } else { "," };
            out.push_str(&format!("{comma}\n{name}: {value}"));
        };
        member("\"format\"", &json(&self.format));
        member("\"generation\"", &json(&self.generation));
        member("\"header\"", &json(&self.header));
        member("\"stats\"", &json(&self.stats));
        let segments: Vec<String> = self.segments.iter().map(json).collect();
        let indent = if segments.is_empty() { "" } else { "\n" };
        member("\"segments\"", &format!("[{indent}{}{indent}]", segments.join(",\n")));
        member("\"source\"", &json(&self.source));
        member("\"redactions\"", &json(&self.redactions));
        if let Some(fork) = &self.forked_from {
            member("\"forked_from\"", &json(fork));
        }
        for (name, value) in &self.unknown {
            member(&json(name), &json(value));
        }
        out.push_str("\n}\n");
        out
    }

    /// Returns the manifest in `json`, the bytes of the file that `path` names.
    pub(crate) fn parse(json: &[u8], path: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Probe {
            format: u32,
        }
        let newer = |format: u32| Error::Unsupported {
            object: path.to_owned(),
            feature: format!("format {format}"),
        };
        match serde_json::from_slice::<Self>(json) {
            Ok(manifest) if manifest.format > layout::FORMAT_NUMBER => Err(newer(manifest.format)),
            Ok(manifest) => Ok(manifest),
            Err(error) => match serde_json::from_slice::<Probe>(json) {
                Ok(probe) if probe.format > layout::FORMAT_NUMBER => Err(newer(probe.format)),
                _ => Err(Error::corrupt(path, error.to_string())),
            },
        }
    }
}

impl SegmentRecord {
    /// Returns the chains at the segment's end.
    #[must_use]
    pub const fn chains(&self) -> Chains {
        Chains { ids: Chain::resume(self.id_chain), content: Chain::resume(self.content_chain) }
    }
}

/// Returns `value` as JSON on one line.
pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value)
        .expect("string keys and an in-memory writer leave nothing that can fail")
}
