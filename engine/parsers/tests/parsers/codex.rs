//! Codex's fixtures: a log of every generation.

use crate::recording::{parse, parser};
use crate::{conformance, fixtures};

const TOOL: &str = "codex";

#[test]
fn fixtures_give_the_hail_beside_them() {
    fixtures::compare(TOOL);
}

#[test]
fn every_beginning_of_a_log_gives_the_beginning_of_its_events() {
    for case in fixtures::cases(TOOL) {
        for log in fixtures::logs(parser(TOOL), &case) {
            conformance::check(parser(TOOL), &log.path, &log.bytes);
        }
    }
}

#[test]
fn every_record_is_counted_once() {
    for case in fixtures::cases(TOOL) {
        for log in fixtures::logs(parser(TOOL), &case) {
            let (_, report) = parse(parser(TOOL), &log.path, &log.bytes);
            // The session and six items of a document are no lines.
            let is_document = log.path.extension().is_some_and(|kind| kind == "json");
            let records = if is_document { 7 } else { conformance::json_records(&log.bytes) };
            assert_eq!(report.records(), records, "{}", log.path.display());
        }
    }
}
