//! Files that are looked through for secrets and not stored: logs session by session, other texts line by line.

use crate::routes::Context;
use crate::secrets::SecretFinding;
use crate::{Engine, Error, Result, discover};
use opensession_hail::{Attachment, Event, Header, SessionId, SessionKey};
use opensession_parsers::{Sink, Source};
use opensession_redact::Counts;
use std::fs;
use std::path::Path;

/// What begins every mark; the rule follows, and a colon.
const MARK: &str = "[redacted:";

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSecrets {
    /// It is a log: what its sessions would be stored without.
    Log(Vec<(SessionKey, Vec<SecretFinding>)>),
    /// It is another text: the numbers of lines on which secrets begin, and how many of each kind.
    Text(Vec<(u64, Counts)>),
}

impl Engine {
    /// Returns the secrets in the log or text at `path`. Nothing is stored.
    ///
    /// # Errors
    /// [`Error::UnknownLog`] for what is neither, [`Error::Io`] where it cannot be read, and where the store in scope
    /// cannot be opened: what it lets pass is let pass here.
    pub fn find_secrets_in(&self, path: &Path) -> Result<FileSecrets> {
        let masking = self.masking()?;
        let scratch = self.scratch();
        let source = Source::file(path).with_scratch(&scratch);
        let parser = match discover::parser_for(&source, None) {
            Ok(parser) => parser,
            Err(unknown @ Error::UnknownLog { .. }) => {
                let bytes = fs::read(path).map_err(Error::io("read", path))?;
                if bytes.contains(&0) {
                    return Err(unknown);
                }
                let text = String::from_utf8_lossy(&bytes);
                return Ok(FileSecrets::Text(find_lines(&masking, path, &text)?));
            }
            Err(error) => return Err(error),
        };
        let tool = parser.tool().as_str().to_owned();
        let mut finder = Finder {
            masking: &masking,
            parser: tool.clone(),
            tool,
            events: Vec::new(),
            found: Vec::new(),
            failure: None,
        };
        parser.parse(&source, &mut finder)?;
        match finder.failure {
            Some(error) => Err(error),
            None => Ok(FileSecrets::Log(finder.found)),
        }
    }
}

/// Returns the lines of a text on which secrets begin.
fn find_lines(masking: &Context, path: &Path, text: &str) -> Result<Vec<(u64, Counts)>> {
    let redactor = masking.redactor(path.parent().and_then(Path::to_str))?;
    // As a whole: a private key has many lines. No line changes its number.
    let masked = redactor.text(text.to_owned(), &mut Counts::new()).into_inner();
    let mut found = Vec::new();
    for (number, (before, after)) in (1..).zip(text.split('\n').zip(masked.split('\n'))) {
        let mut counts = marks(after);
        // What is masked already is no secret.
        for (rule, count) in marks(before) {
            counts.entry(rule).and_modify(|all| *all = all.saturating_sub(count));
        }
        counts.retain(|_, count| *count > 0);
        if !counts.is_empty() {
            found.push((number, counts));
        }
    }
    Ok(found)
}

/// Returns how many marks of each rule are on a line.
fn marks(line: &str) -> Counts {
    let mut counts = Counts::new();
    for mark in line.split(MARK).skip(1) {
        if let Some((rule, _)) = mark.split_once(':') {
            *counts.entry(rule.to_owned()).or_default() += 1;
        }
    }
    counts
}

/// Receives a log's sessions.
struct Finder<'m> {
    masking: &'m Context,
    parser: String,
    /// The tool that made the session, where that is not the parser's.
    tool: String,
    /// Events that are yet to be looked at: which secrets are known is told by the header, at the end.
    events: Vec<Event>,
    found: Vec<(SessionKey, Vec<SecretFinding>)>,
    failure: Option<Error>,
}

impl Sink for Finder<'_> {
    fn begin(&mut self, _session_id: &SessionId) {
        self.tool.clone_from(&self.parser);
        self.events.clear();
    }

    fn made_by(&mut self, tool: &str) {
        tool.clone_into(&mut self.tool);
    }

    /// The header says it.
    fn located(&mut self, _cwd: &str) {}

    fn event(&mut self, event: Event, _offset: u64, _settled: bool) {
        self.events.push(event);
    }

    /// Pictures are not read.
    fn attachment(&mut self, _attachment: Attachment) {}

    fn end(&mut self, header: Header) {
        let redactor = match self.masking.redactor(header.cwd()) {
            Ok(redactor) => redactor,
            Err(error) => {
                self.failure.get_or_insert(error);
                return;
            }
        };
        let key = SessionKey::new(&self.tool, &header.session_id);
        let mut findings = Vec::new();
        findings.extend(SecretFinding::of_header(&redactor, header));
        let events = std::mem::take(&mut self.events).into_iter();
        findings.extend(events.filter_map(|event| SecretFinding::of_event(&redactor, event)));
        self.found.push((key, findings));
    }
}
