//! The database: its threads, and which started which.

use super::row::{COLUMNS, Facts, document};
use super::thread;
use crate::family::Family;
use crate::sqlite::{Database, select, text};
use crate::{ParseError, ParseReport, Sink, Source};
use std::collections::BTreeSet;

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let database = Database::open(source)?;
    let columns = database.columns("threads")?;
    let mut report = ParseReport::default();
    if !columns.contains("id") || !columns.contains("data") {
        return Ok(report);
    }
    let family = family(&database, &columns)?;
    let mut all = Vec::new();
    let wanted = select(&columns, &COLUMNS);
    let sql = format!("SELECT octet_length(data) AS bytes, {wanted} FROM threads ORDER BY rowid");
    database.each(&sql, [], |row| {
        all.push(Facts::of(row)?);
        Ok(())
    })?;
    for facts in all {
        if out.knows(&family.id(&facts.id), &facts.stamp) {
            continue;
        }
        let mut stored = Vec::new();
        database.each("SELECT data FROM threads WHERE id = ?1", [&facts.id], |row| {
            // A number is no document.
            stored = document(row.get_ref("data")?.as_bytes().unwrap_or_default());
            Ok(())
        })?;
        report.add(&thread::tell(&facts, &family, &stored, out));
    }
    Ok(report)
}

fn family(database: &Database, columns: &BTreeSet<String>) -> Result<Family, ParseError> {
    let mut family = Family::new(|id| id);
    if columns.contains("parent_id") {
        let sql = "SELECT id, parent_id FROM threads WHERE parent_id <> ''";
        database.each(sql, [], |row| {
            if let (Some(child), Some(parent)) = (text(row, "id")?, text(row, "parent_id")?) {
                family.add(child, parent);
            }
            Ok(())
        })?;
    }
    Ok(family)
}
