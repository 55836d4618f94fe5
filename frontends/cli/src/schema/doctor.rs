//! What `doctor --json` prints.

use super::SCHEMA;
use opensession_engine::{Diagnosis, Level, Mended};
use serde::Serialize;
use std::path::Path;

/// What was found, and what was mended before.
#[derive(Serialize)]
pub(crate) struct DoctorView<'d> {
    schema: u32,
    /// The worst of them.
    level: &'static str,
    findings: Vec<DiagnosisView<'d>>,
    mended: Vec<MendedView<'d>>,
}

/// What one check found.
#[derive(Serialize)]
struct DiagnosisView<'d> {
    check: &'static str,
    level: &'static str,
    /// The git folder of the store.
    place: Option<&'d Path>,
    text: &'d str,
    command: Option<&'d str>,
    /// Whether `--fix` mends it.
    fixable: bool,
}

/// What was done.
#[derive(Serialize)]
struct MendedView<'d> {
    place: Option<&'d Path>,
    text: &'d str,
    error: Option<&'d str>,
}

impl<'d> DoctorView<'d> {
    /// Returns the view of what was found, the worst of which is `worst`, and of what was mended.
    pub(crate) fn new(found: &'d [Diagnosis], mended: &'d [Mended], worst: Level) -> Self {
        let findings = found.iter().map(|one| DiagnosisView {
            check: one.check,
            level: one.verdict.level.name(),
            place: one.place.as_deref(),
            text: &one.verdict.text,
            command: one.verdict.command.as_deref(),
            fixable: one.verdict.mend.is_some(),
        });
        let mended = mended.iter().map(|one| MendedView {
            place: one.place.as_deref(),
            text: &one.text,
            error: one.error.as_deref(),
        });
        let (findings, mended) = (findings.collect(), mended.collect());
        Self { schema: SCHEMA, level: worst.name(), findings, mended }
    }
}
