//! What is masked, for those who ask before they trust it, and for what was stored under older rules.

use crate::routes::Context;
use crate::{Engine, Result, SessionReader};
use opensession_hail::{Event, EventId, Header, SessionKey};
use opensession_redact::{Counts, Redactor};
use std::path::Path;

pub use opensession_redact::Kind as SecretKind;

/// An event that today's rules find secrets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFinding {
    /// The event; `None` for the session's header.
    pub event: Option<EventId>,
    /// How many of each kind.
    pub counts: Counts,
}

impl SecretFinding {
    /// Returns what is found in a header; `None` where nothing is.
    pub(crate) fn of_header(redactor: &Redactor, header: Header) -> Option<Self> {
        let mut counts = Counts::new();
        drop(redactor.header(header, &mut counts));
        (!counts.is_empty()).then_some(Self { event: None, counts })
    }

    /// Returns what is found in an event; `None` where nothing is.
    pub(crate) fn of_event(redactor: &Redactor, event: Event) -> Option<Self> {
        let (id, mut counts) = (event.event_id.clone(), Counts::new());
        drop(redactor.event(event, &mut counts));
        (!counts.is_empty()).then_some(Self { event: Some(id), counts })
    }
}

impl Engine {
    /// Returns the text as the store in scope would hold it of a session that worked in `folder`, and how many secrets of
    /// each kind it had.
    ///
    /// # Errors
    /// When the store cannot be opened: its key is what marks are made with.
    pub fn mask(&self, text: String, folder: &Path) -> Result<(String, Counts)> {
        let mut counts = Counts::new();
        let redactor = self.masking()?.redactor(folder.to_str())?;
        let masked = redactor.text(text, &mut counts).into_inner();
        Ok((masked, counts))
    }

    /// Returns what today's rules find in a stored session, in the order of its events.
    ///
    /// # Errors
    /// When the store or the session cannot be read.
    pub fn find_secrets(&self, session: &SessionReader) -> Result<Vec<SecretFinding>> {
        find(&self.masking()?, session)
    }

    /// Passes what today's rules find in each stored session to `each`, newest first, sub-agents' sessions too.
    ///
    /// # Errors
    /// When the store cannot be opened. What cannot be read of a session is passed on in its place.
    pub fn find_all_secrets(
        &self,
        mut each: impl FnMut(&SessionKey, Result<Vec<SecretFinding>>),
    ) -> Result<()> {
        let (view, masking) = (self.view()?, self.masking()?);
        for found in view.newest() {
            let found = found?;
            let key = found.entry.key.clone();
            let session = SessionReader::open(&view, found);
            each(&key, session.and_then(|session| find(&masking, &session)));
        }
        Ok(())
    }
}

fn find(masking: &Context, session: &SessionReader) -> Result<Vec<SecretFinding>> {
    let redactor = masking.redactor(session.manifest().header.cwd())?;
    let mut findings = Vec::new();
    findings.extend(SecretFinding::of_header(&redactor, session.manifest().header.clone()));
    session.events(|event| {
        findings.extend(SecretFinding::of_event(&redactor, event));
        true
    })?;
    Ok(findings)
}
