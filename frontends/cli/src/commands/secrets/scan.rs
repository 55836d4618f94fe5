//! `opensession secrets scan`: what today's rules find in stored sessions, and in files.

use super::plain;
use crate::args::StoreArg;
use crate::commands::show;
use crate::error::{Exit, Failure};
use crate::figures::plural;
use crate::output::{Output, Screen};
use crate::schema::SecretFindingView;
use crate::style;
use crate::surroundings::Surroundings;
use crate::table;
use opensession_engine::{Engine, Error, FileSecrets, SecretFinding};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  opensession secrets scan --all           everything that is stored
  opensession secrets scan HEAD            the newest session as it is stored
  opensession secrets scan notes.md        a file, line by line; a log that is not stored, event by event

A log that is stored stands for its session as it is stored; `opensession secrets test` reads any file as it is.
Exit code 1: something was found. `opensession capture --redact-again` masks it in what is stored.";

/// Look through stored sessions, or files, with today's rules; exit code 1 on findings
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Ids, beginnings of ids, HEAD, HEAD~N; or files
    #[arg(value_name = "SESSION|FILE", required_unless_present = "all")]
    pub names: Vec<String>,
    /// All stored sessions, sub-agents' too
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    #[command(flatten)]
    pub store: StoreArg,
}

/// What was looked through, and what was found.
#[derive(Default)]
struct Scanned {
    sessions: u64,
    texts: u64,
    found: Vec<Found>,
}

/// Secrets in one place.
struct Found {
    session: Option<String>,
    event: Option<String>,
    file: Option<String>,
    line: Option<u64>,
    counts: BTreeMap<String, u64>,
}

pub(super) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine(args.store.repo.as_deref())?;
    let mut scanned = Scanned::default();
    let mut damaged = Vec::new();
    if args.all {
        engine.find_all_secrets(|key, findings| match findings {
            Ok(findings) => scanned.add_session(key.as_str(), None, findings),
            Err(error) => {
                scanned.sessions += 1;
                damaged.push(error);
            }
        })?;
    }
    for name in &args.names {
        scan(&engine, name, place, &mut scanned)?;
    }
    for error in &damaged {
        output.stderr.styled(style::BAD, "error: ")?;
        output.stderr.line(&error.to_string())?;
    }
    let views: Vec<SecretFindingView<'_>> = scanned.found.iter().flat_map(Found::views).collect();
    if place.json {
        output.stdout.json(&views)?;
    } else {
        write_findings(&mut output.stdout, &views)?;
        let told = match views.len() as u64 {
            0 => "no secrets found".to_owned(),
            count => plural(count, "finding"),
        };
        let all = [(scanned.sessions, "session"), (scanned.texts, "file")];
        let all = all.into_iter().filter(|(count, _)| *count > 0);
        let all: Vec<String> = all.map(|(count, what)| plural(count, what)).collect();
        let all = if all.is_empty() { plural(0, "session") } else { all.join(", ") };
        output.stdout.flush()?;
        output.stderr.line(&format!("{all}: {told}"))?;
    }
    Ok(match (views.is_empty(), damaged.is_empty()) {
        (false, _) => Exit::Negative,
        (true, false) => Exit::Corrupt,
        (true, true) => Exit::Done,
    })
}

/// Looks through the stored session that is named, else through the file.
fn scan(
    engine: &Engine,
    name: &str,
    place: &Surroundings,
    scanned: &mut Scanned,
) -> Result<(), Failure> {
    let path = place.folder.join(name);
    let missing = match show::open(engine, name, place) {
        Ok(session) => {
            let findings = engine.find_secrets(&session)?;
            scanned.add_session(session.key().as_str(), None, findings);
            return Ok(());
        }
        Err(missing @ Failure::Engine(Error::NoSession { .. } | Error::UnknownLog { .. })) => {
            missing
        }
        Err(_folder) if path.is_dir() => return Err(folder(name)),
        Err(error) => return Err(error),
    };
    if path.is_dir() {
        return Err(folder(name));
    }
    if !path.is_file() {
        return Err(missing);
    }
    scanned.add_file(name, engine.find_secrets_in(Path::new(&path))?);
    Ok(())
}

fn folder(name: &str) -> Failure {
    Failure::Usage {
        message: format!("{name} is a folder"),
        hint: "name its files; --all looks through everything that is stored".to_owned(),
    }
}

impl Scanned {
    fn add_session(&mut self, key: &str, file: Option<&str>, findings: Vec<SecretFinding>) {
        self.sessions += 1;
        self.found.extend(findings.into_iter().map(|finding| Found {
            session: Some(key.to_owned()),
            event: finding.event.map(|id| id.as_str().to_owned()),
            file: file.map(str::to_owned),
            line: None,
            counts: finding.counts,
        }));
    }

    fn add_file(&mut self, name: &str, secrets: FileSecrets) {
        match secrets {
            FileSecrets::Log(sessions) => {
                for (key, findings) in sessions {
                    self.add_session(key.as_str(), Some(name), findings);
                }
            }
            FileSecrets::Text(lines) => {
                self.texts += 1;
                self.found.extend(lines.into_iter().map(|(line, counts)| Found {
                    session: None,
                    event: None,
                    file: Some(name.to_owned()),
                    line: Some(line),
                    counts,
                }));
            }
        }
    }
}

impl Found {
    fn views(&self) -> impl Iterator<Item = SecretFindingView<'_>> {
        self.counts.iter().map(|(rule, count)| SecretFindingView {
            session: self.session.as_deref(),
            event: self.event.as_deref(),
            file: self.file.as_deref(),
            line: self.line,
            rule,
            count: *count,
        })
    }
}

/// Writes what was found in sessions, then what was found in texts.
fn write_findings(screen: &mut Screen, views: &[SecretFindingView<'_>]) -> io::Result<()> {
    let counted = |view: &SecretFindingView<'_>| [view.rule.to_owned(), view.count.to_string()];
    let (mut sessions, mut lines) = (Vec::new(), Vec::new());
    for view in views {
        match (view.session, view.line) {
            (None, Some(line)) => {
                let start = [format!("{}:{line}", view.file.unwrap_or_default())];
                lines.push([&start[..], &counted(view)].concat());
            }
            (session, _) => {
                let start = [session.unwrap_or_default(), view.event.unwrap_or("(header)")];
                sessions.push([&start.map(str::to_owned)[..], &counted(view)].concat());
            }
        }
    }
    if !sessions.is_empty() {
        let columns = ["SESSION", "EVENT", "RULE", "COUNT"].map(plain);
        table::write(screen, &columns, &sessions)?;
    }
    if !lines.is_empty() {
        table::write(screen, &["LINE", "RULE", "COUNT"].map(plain), &lines)?;
    }
    Ok(())
}
