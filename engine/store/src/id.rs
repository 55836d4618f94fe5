//! The names of git objects, as they are shown to the other crates.

use gix::ObjectId;
use std::fmt;

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
