//! How a store stands to the remote that it is shared with, as far as that is known without asking it.

use super::{Agreement, came};
use crate::Result;
use opensession_store::{Binding, Branch, Store};

/// How a store stands to the remote that it is shared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The remote's name or address.
    pub remote: String,
    /// The name under which what was fetched from it is remembered.
    pub tracked_as: String,
    /// Whether it is still the one that was agreed to.
    pub agreement: Agreement,
    /// Whether there is such a remote.
    pub exists: bool,
    /// How many sessions are new here, or grew, since the remote was last seen.
    pub unsent: usize,
    /// Whether others sent something that was fetched and not joined.
    pub is_behind: bool,
}

impl Standing {
    /// Returns how `store`, whose branch is `ours`, stands to its remote, as that was last fetched or pushed to; `None`
    /// where none was agreed to.
    ///
    /// # Errors
    /// When the configuration or a branch cannot be read.
    pub(crate) fn of(store: &Store, ours: Option<&Branch>) -> Result<Option<Self>> {
        let (remote, tracked_as, agreement, exists) = match store.bound()? {
            None => return Ok(None),
            Some(Binding::Confirmed(remote)) => {
                (remote.to_string(), remote.tracked_as(), Agreement::Agreed, true)
            }
            Some(Binding::Changed { remote, was }) => {
                (remote.to_string(), remote.tracked_as(), Agreement::Other(was), true)
            }
            Some(Binding::Gone { name, was }) => (name.clone(), name, Agreement::Other(was), false),
        };
        let mut tracking = store.tracking()?.branches.into_iter();
        let theirs = tracking.find(|(name, _)| *name == tracked_as);
        let theirs: Option<Branch> = theirs.map(|(_, branch)| branch);
        let unsent = ours.map_or(Ok(0), |ours| came(ours, theirs.as_ref()))?;
        let is_behind = match (ours, &theirs) {
            (Some(ours), Some(theirs)) => !store.continues(ours.commit(), theirs.commit())?,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        Ok(Some(Self { remote, tracked_as, agreement, exists, unsent, is_behind }))
    }
}
