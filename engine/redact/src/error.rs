//! What can go wrong while redacting.

/// An input that the redactor refuses.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The name of an attachment is not `<64 hex>.<extension>`.
    #[error("attachment name {0:?} is not 64 hex digits and an extension")]
    AttachmentName(String),
    /// An attachment is no picture of a known kind: it could hold text, which is not scanned.
    #[error("attachment {0:?} is no picture")]
    NotAPicture(String),
    /// The text of a key is not 64 hex digits. The text is left out: it may be most of a key.
    #[error("redaction key is not 64 hex digits")]
    Key,
    /// A line of a list of what is not masked is none.
    #[error("{0:?} is none of `rule <name>`, `value <64 hex>` and `mark <rule>:<4 hex>`")]
    Allowance(String),
}
