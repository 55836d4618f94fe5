//! The file of a link.

use crate::layout::{self, FORMAT_NUMBER};
use crate::manifest::json;
use crate::tree::Node;
use crate::{Branch, CommitId, Error, Result};
use opensession_hail::{EventId, Members, SessionKey};
use serde::{Deserialize, Serialize};

/// What is in the file of a link.
#[derive(Serialize, Deserialize)]
pub(super) struct LinkFile {
    pub(super) format: u32,
    pub(super) event: EventId,
    pub(super) files: Vec<String>,
    /// Of a session that was forgotten and restored: one more than the generation up to which it was forgotten. A
    /// tombstone removes the links of its generations as it removes the versions.
    #[serde(default)]
    pub(super) generation: u64,
    #[serde(flatten)]
    pub(super) unknown: Members,
}

/// Of two links of one commit and one session the higher one stays: what was found after the session was restored,
/// then what names more files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LinkRank {
    /// A tombstone of this generation removes it.
    pub(crate) generation: u64,
    files: usize,
    unknown: usize,
}

/// Returns the file: JSON, a member a line. The same link gives the same bytes.
pub(super) fn encode(file: &LinkFile) -> String {
    let LinkFile { format, event, files, generation, unknown } = file;
    let unknown = unknown.iter().map(|(name, value)| format!(",\n{}: {}", json(name), json(value)));
    let unknown: String = unknown.collect();
    let (event, files) = (json(event), json(files));
    let generation = match generation {
        0 => String::new(),
        generation => format!(",\n\"generation\": {}", json(generation)),
    };
    format!(
        "{{\n\"format\": {format},\n\"event\": {event},\n\"files\": {files}{generation}{unknown}\n}}\n"
    )
}

/// Returns how the link that stands as `node` ranks; one that is no link is the lowest.
pub(crate) fn rank(
    branch: &Branch,
    commit: CommitId,
    session: &SessionKey,
    node: Node,
) -> Result<LinkRank> {
    let bytes = branch.read_blob(node.id)?;
    match parse(&bytes, &layout::link_path(commit, session)) {
        Ok(LinkFile { generation, files, unknown, .. }) => {
            Ok(LinkRank { generation, files: files.len(), unknown: unknown.len() })
        }
        Err(Error::Corrupt { .. }) => Ok(LinkRank { generation: 0, files: 0, unknown: 0 }),
        Err(error) => Err(error),
    }
}

pub(super) fn parse(bytes: &[u8], path: &str) -> Result<LinkFile> {
    #[derive(Deserialize)]
    struct Probe {
        format: u32,
    }
    match serde_json::from_slice::<Probe>(bytes) {
        Ok(Probe { format }) if format > FORMAT_NUMBER => {
            let feature = format!("format {format}");
            Err(Error::Unsupported { object: path.to_owned(), feature })
        }
        Ok(_) => {
            serde_json::from_slice(bytes).map_err(|error| Error::corrupt(path, error.to_string()))
        }
        Err(error) => Err(Error::corrupt(path, error.to_string())),
    }
}
