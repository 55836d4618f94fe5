//! What `secrets allow --json` and `secrets explain --json` print.

use crate::schema::SCHEMA;
use opensession_engine::{Allowance, ExplainedMark};
use serde::Serialize;
use std::path::Path;

/// Something that is not masked: `rule`, `mark` or `value`, and its name, its rule and digits, or its keyed hash.
#[derive(Serialize)]
pub(crate) struct AllowanceView {
    kind: String,
    what: String,
}

/// A mark.
#[derive(Serialize)]
pub(crate) struct ExplanationView<'e> {
    schema: u32,
    mark: &'e str,
    rule: Option<&'e str>,
    provider: Option<&'e str>,
    keywords: &'e [&'static str],
    variables: Vec<VariableView<'e>>,
    allowed: bool,
    places: Vec<MarkPlaceView<'e>>,
}

/// A variable whose value a mark stands for; without a file, of the environment.
#[derive(Serialize)]
struct VariableView<'e> {
    name: &'e str,
    file: Option<&'e Path>,
}

/// A mark in an event; without an event, in the header.
#[derive(Serialize)]
pub(crate) struct MarkPlaceView<'e> {
    pub session: &'e str,
    pub event: Option<&'e str>,
    pub count: u64,
    pub around: &'e str,
}

impl AllowanceView {
    /// Returns the view of something that is let pass.
    pub(crate) fn new(allowance: &Allowance) -> Self {
        let line = allowance.to_string();
        let (kind, what) = line.split_once(' ').unwrap_or((&line, ""));
        Self { kind: kind.to_owned(), what: what.to_owned() }
    }
}

impl<'e> ExplanationView<'e> {
    /// Returns the view of a mark that stands in `places`.
    pub(crate) fn new(explained: &'e ExplainedMark, places: Vec<MarkPlaceView<'e>>) -> Self {
        let kind = explained.kinds.first();
        let variable =
            |(name, file): &'e (String, Option<_>)| VariableView { name, file: file.as_deref() };
        Self {
            schema: SCHEMA,
            mark: &explained.mark,
            rule: kind.map(|kind| kind.name),
            provider: kind.map(|kind| kind.provider),
            keywords: &explained.keywords,
            variables: explained.variables.iter().map(variable).collect(),
            allowed: explained.is_allowed,
            places,
        }
    }
}
