//! Files that belong to a session.

/// A file that belongs to a session, such as a picture; stored once, under its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// `<64 hex digits>.<extension>`, lower case: the BLAKE3 of the bytes. Blocks refer to it as `blobs/<name>`.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}
