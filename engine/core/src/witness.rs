//! The sessions of a repository as witnesses of who wrote what.

use crate::links::SessionSource;
use crate::view::{Found, Origin, View};
use crate::{Error, Result, SessionRow, read};
use opensession_hail::{Event, Header, SessionKey, attribute};
use opensession_parsers::Home;
use opensession_store::Manifest;

/// A session, and what its manifest says.
pub(crate) struct Witness<'v> {
    pub(crate) found: Found<'v>,
    pub(crate) manifest: Manifest,
    folder: Option<String>,
}

/// Returns the sessions of `view` that stand on a branch that `is_wanted`. What cannot be read goes to `damaged`; it
/// holds up no other session.
pub(crate) fn witnesses<'v>(
    view: &'v View,
    home: &Home,
    is_wanted: impl Fn(&Origin) -> bool,
    damaged: &mut Vec<Error>,
) -> Vec<Witness<'v>> {
    let mut witnesses = Vec::new();
    for found in view.newest() {
        if found.as_ref().is_ok_and(|found| !is_wanted(&found.source.origin)) {
            continue;
        }
        let read = found.and_then(|found| Ok((found.manifest()?, found)));
        match read {
            Ok((manifest, found)) if found.is_shown(&manifest.header) => {
                let cwd = manifest.header.cwd();
                let folder = cwd.map(|cwd| home.expand(cwd).display().to_string());
                witnesses.push(Witness { found, manifest, folder });
            }
            Ok(_of_another_repository) => {}
            Err(error) => damaged.push(error),
        }
    }
    witnesses
}

impl Witness<'_> {
    /// Returns what names the session.
    pub(crate) const fn key(&self) -> &SessionKey {
        &self.found.entry.key
    }

    /// Returns the header.
    pub(crate) const fn header(&self) -> &Header {
        &self.manifest.header
    }

    /// Returns the folder that it worked in.
    pub(crate) fn folder(&self) -> Option<&str> {
        self.folder.as_deref()
    }

    /// Returns the session as a list shows it.
    pub(crate) fn row(&self) -> SessionRow {
        SessionRow {
            key: self.key().clone(),
            header: self.manifest.header.clone(),
            stats: self.manifest.stats,
            origin: self.found.source.origin.clone(),
        }
    }

    /// Returns whether it begins with a copy of another's events: as a fork, or because its tool says so.
    pub(crate) fn is_copy(&self) -> bool {
        let attributes = &self.header().context.attributes;
        self.manifest.forked_from.is_some() || attributes.str(attribute::FORKED_FROM).is_some()
    }

    /// Passes what it wrote and what it was told to `each`; see [`read::read_work`].
    pub(crate) fn read(&self, each: impl FnMut(Event) -> bool) -> Result<()> {
        read::read_work(&self.found.source.branch, &self.found.entry, &self.manifest, each)
    }

    /// Returns the session as links are found in it.
    pub(crate) fn source(&self) -> SessionSource<'_> {
        SessionSource {
            key: self.key().clone(),
            tree: self.found.entry.tree.to_string(),
            started: self.header().context.created_at,
            folder: self.folder.clone(),
            is_copy: self.is_copy(),
            read: Box::new(move |each| {
                self.read(|event| {
                    each(event);
                    true
                })
            }),
        }
    }
}
