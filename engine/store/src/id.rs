//! The names of git objects, as they are shown to the other crates.

use crate::Error;
use gix::ObjectId;
use std::fmt;
use std::str::FromStr;

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) ObjectId);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            /// Returns the id that `text`, all of its hex digits, names.
            fn from_str(text: &str) -> Result<Self, Error> {
                let id = ObjectId::from_hex(text.as_bytes());
                id.map(Self).map_err(|error| Error::invalid(text, error.to_string()))
            }
        }
    };
}

object_id! {
    /// The id of a commit: 40 hex digits in text, 64 in a SHA-256 repository.
    CommitId
}
object_id! {
    /// The id of a tree: 40 hex digits in text, 64 in a SHA-256 repository.
    TreeId
}
object_id! {
    /// The id of a file's content: 40 hex digits in text, 64 in a SHA-256 repository.
    BlobId
}
