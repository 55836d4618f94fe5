//! Any bytes give events or a clear error: no panic, and what holds for every log holds for these.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opensession_fuzz::{TOOL, parser, suffixes};
use opensession_hail::{Attachment, Event, Header, SessionId};
use opensession_parsers::{HEAD_BYTES, Parser, Sink, Source};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::LazyLock;

struct Target {
    parser: &'static dyn Parser,
    suffixes: Vec<&'static str>,
}

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let tool = std::env::var(TOOL).expect("OPENSESSION_FUZZ_TOOL names a tool");
    let parser = parser(&tool).expect("the tool has a parser");
    Target { parser, suffixes: suffixes(parser) }
});

/// Checks what a parser says, and keeps it to be compared.
#[derive(Default, PartialEq)]
struct Checked {
    said: Vec<(Event, u64, bool)>,
    ids: HashSet<String>,
    latest: u64,
    is_open: bool,
}

impl Sink for Checked {
    fn begin(&mut self, _session_id: &SessionId) {
        assert!(!self.is_open, "a session begins inside of another");
        self.ids.clear();
        (self.latest, self.is_open) = (0, true);
    }

    fn located(&mut self, _cwd: &str) {
        assert!(self.is_open);
    }

    fn event(&mut self, event: Event, offset: u64, settled: bool) {
        assert!(self.is_open);
        assert!(self.ids.insert(event.event_id.to_string()), "{} repeats", event.event_id);
        assert!(offset >= self.latest, "the offset falls");
        self.latest = offset;
        self.said.push((event, offset, settled));
    }

    fn attachment(&mut self, _attachment: Attachment) {
        assert!(self.is_open);
    }

    fn end(&mut self, _header: Header) {
        assert!(self.is_open);
        self.is_open = false;
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    let Target { parser, suffixes } = &*TARGET;
    let suffix = suffixes[usize::from(*choice) % suffixes.len()];
    let path = PathBuf::from(format!("/nowhere/log{suffix}"));
    let _accepted = parser.accepts(&path, &bytes[..bytes.len().min(HEAD_BYTES)]);
    let parse = || {
        let mut checked = Checked::default();
        let report = parser.parse(&Source::bytes(&path, bytes), &mut checked);
        (checked, report.ok())
    };
    let (first, report) = parse();
    assert!(report.is_none() || !first.is_open, "a session does not end");
    let (second, again) = parse();
    assert!(first == second && report == again, "the same bytes give something else");
});
