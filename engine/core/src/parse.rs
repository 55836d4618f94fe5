//! A log as HAIL, without storing it.

use crate::exclusion::Exclusion;
use crate::routes::Context;
use crate::{Engine, Error, Result, discover, drift};
use opensession_hail::{Attachment, Event, Header, SessionId, Stats, Tally};
use opensession_hail::{write_event, write_header, write_stats};
use opensession_parsers::{LogFile, ParseReport, Sink, Source};
use opensession_redact::Counts;
use std::io::Write;
use std::path::Path;

/// What became of the logs of one tool.
#[derive(Debug)]
pub struct ParsedSource {
    /// The tool whose logs they are.
    pub tool: &'static str,
    /// How many logs.
    pub logs: u64,
    /// What became of their records.
    pub report: ParseReport,
}

impl Engine {
    /// Writes the log at `path`, the log that this file belongs to, or every log below the folder at `path`, as HAIL to
    /// `out`: session after session, each from header to stats. With `redact`, as the store would hold it. Returns what became of it, by tool.
    ///
    /// # Errors
    /// [`Error::UnknownLog`] when no parser accepts the file, or any in the folder; [`Error::Io`] when it cannot be
    /// read or `out` not be written.
    pub fn parse(
        &self,
        path: &Path,
        redact: bool,
        out: &mut dyn Write,
    ) -> Result<Vec<ParsedSource>> {
        let masking = if redact { Some(self.masking()?) } else { None };
        if !path.is_dir() {
            let log = LogFile::at(path.to_owned(), String::new());
            let log = log.map_err(Error::io("read", path))?;
            let parsed = match parse_log(&log.path, &self.scratch(), masking.as_ref(), out) {
                Err(unknown @ Error::UnknownLog { .. }) => {
                    let whole = discover::log_of_member(&self.home, path).ok_or(unknown)?;
                    parse_log(&whole, &self.scratch(), masking.as_ref(), out)
                }
                parsed => parsed,
            };
            return Ok(vec![parsed?]);
        }
        let mut parsed: Vec<ParsedSource> = Vec::new();
        for candidate in self.named(&[path.to_owned()]).candidates {
            let one = match parse_log(&candidate.log.path, &self.scratch(), masking.as_ref(), out) {
                Err(Error::UnknownLog { .. }) => continue,
                other => other?,
            };
            match parsed.iter_mut().find(|other| other.tool == one.tool) {
                Some(other) => {
                    other.logs += one.logs;
                    other.report.add(&one.report);
                }
                None => parsed.push(one),
            }
        }
        if parsed.is_empty() {
            return Err(Error::UnknownLog { path: path.to_owned() });
        }
        Ok(parsed)
    }

    /// Returns who masks what goes to the store in scope.
    pub(crate) fn masking(&self) -> Result<Context> {
        Context::open(self.store_for_writing()?, &self.privacy)
    }
}

fn parse_log(
    path: &Path,
    scratch: &Path,
    masking: Option<&Context>,
    out: &mut dyn Write,
) -> Result<ParsedSource> {
    let source = Source::file(path).with_scratch(scratch);
    let parser = discover::parser_for(&source, None)?;
    // The header stands first and is known last, so a session's lines wait here.
    let mut printer = Printer {
        masking,
        session: None,
        tally: Tally::new(),
        events: Vec::new(),
        lines: Vec::new(),
        out,
        failure: None,
    };
    let mut report = parser.parse(&source, &mut printer)?;
    if let Some(masking) = masking {
        let redactor = masking.redactor(None)?;
        drift::redact(&redactor, &mut report);
    }
    match printer.failure {
        Some(Failure::Masking(error)) => Err(error),
        Some(Failure::Output(source)) => {
            Err(Error::Io { verb: "write", path: path.to_owned(), source })
        }
        None => Ok(ParsedSource { tool: parser.tool().as_str(), logs: 1, report }),
    }
}

struct Printer<'o> {
    masking: Option<&'o Context>,
    session: Option<SessionId>,
    tally: Tally,
    /// Events that are yet to be masked: which secrets are known is told by the header, at the end.
    events: Vec<Event>,
    lines: Vec<u8>,
    out: &'o mut dyn Write,
    failure: Option<Failure>,
}

enum Failure {
    Masking(Error),
    Output(std::io::Error),
}

impl Printer<'_> {
    /// Masks the events that wait, and the header.
    fn mask(&mut self, masking: &Context, mut header: Header) -> Result<Header> {
        masking.authors().sign(&mut header, None);
        let redactor = masking.redactor(header.cwd())?;
        let mut exclusion = masking.excluded_files(header.cwd())?.map(Exclusion::new);
        let mut counts = Counts::new();
        for mut event in std::mem::take(&mut self.events) {
            exclusion.as_mut().map(|exclusion| exclusion.apply(&mut event));
            self.lines.extend_from_slice(&redactor.event(event, &mut counts).get().bytes);
        }
        Ok(redactor.header(header, &mut counts).into_inner())
    }

    fn print(&mut self, header: &Header, stats: &Stats) -> std::io::Result<()> {
        let mut line = Vec::new();
        write_header(header, &mut line);
        self.out.write_all(&line)?;
        self.out.write_all(&self.lines)?;
        line.clear();
        write_stats(stats, &mut line);
        self.out.write_all(&line)
    }
}

impl Sink for Printer<'_> {
    fn begin(&mut self, session_id: &SessionId) {
        self.session = Some(session_id.clone());
        self.tally = Tally::new();
        self.events.clear();
        self.lines.clear();
    }

    /// The header says it.
    fn located(&mut self, _cwd: &str) {}

    fn event(&mut self, event: Event, _offset: u64, _settled: bool) {
        self.tally.push(&event);
        match self.masking {
            Some(_) => self.events.push(event),
            None => write_event(&event, &mut self.lines),
        }
    }

    /// The block that refers to an attachment keeps its name; nothing is written beside the output.
    fn attachment(&mut self, _attachment: Attachment) {}

    fn end(&mut self, header: Header) {
        let header = match self.masking.map(|masking| self.mask(masking, header.clone())) {
            None => header,
            Some(Ok(masked)) => masked,
            Some(Err(error)) => {
                self.failure.get_or_insert(Failure::Masking(error));
                return;
            }
        };
        let stats = self.tally.finish();
        if self.failure.is_none()
            && let Err(error) = self.print(&header, &stats)
        {
            self.failure = Some(Failure::Output(error));
        }
    }
}
