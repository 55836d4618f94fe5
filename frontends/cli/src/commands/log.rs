//! `opensession log`: commits, and the sessions behind them.

use super::catch_up;
use crate::columns::{cut_end, width};
use crate::error::{Exit, Failure};
use crate::figures::{date, plural};
use crate::listing;
use crate::output::{Output, Screen};
use crate::schema::LoggedView;
use crate::style;
use crate::surroundings::Surroundings;
use clap::builder::NonEmptyStringValueParser;
use opensession_engine::{
    Engine, Error, LinkedSession, LogFilter, LoggedCommit, Scope, SessionRow, StoreError,
};
use std::io;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  opensession log                     the commits of this branch, with the sessions whose edits they hold
  opensession log -n 5 --linked       the newest five that hold any
  opensession log main..topic -- src  as git takes branches, ranges and paths
  opensession log --since 'last week' --author ann --tool codex
  opensession log --all --jsonl | jq -r 'select(.sessions != []) | .commit'

A session is read with `opensession show ID`, the prompt behind a line is found with `opensession blame FILE:LINE`.";

/// Columns that are left to a subject or a title, however narrow the terminal is.
const FEWEST: usize = 16;

/// List commits with the sessions whose edits they hold, newest first
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Branches, commits and ranges, such as main..topic; or files and folders
    #[arg(value_name = "REVISION|PATH")]
    pub revisions: Vec<String>,
    /// Only commits that changed one of these files or folders
    #[arg(value_name = "PATH", last = true)]
    pub paths: Vec<String>,
    /// At most so many commits
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<usize>,
    /// The commits of every branch
    #[arg(long)]
    pub all: bool,
    /// Only commits that hold edits of a session
    #[arg(long)]
    pub linked: bool,
    /// Only commits that hold edits of a session of this AI tool; with commas, of one of these
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub tool: Vec<String>,
    /// Committed then or later: 2026-11-23, today, 3d, `last week`
    #[arg(long, visible_alias = "after", value_name = "WHEN", value_parser = NonEmptyStringValueParser::new())]
    pub since: Option<String>,
    /// Committed before the end of that time
    #[arg(long, value_name = "WHEN", value_parser = NonEmptyStringValueParser::new())]
    pub until: Option<String>,
    /// Committed before the beginning of that time
    #[arg(long, value_name = "WHEN", value_parser = NonEmptyStringValueParser::new())]
    pub before: Option<String>,
    /// By an author whose name or address matches this, as git takes it
    #[arg(long, value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    pub author: Option<String>,
    /// With a message that matches this, as git takes it
    #[arg(long, value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    pub grep: Option<String>,
    /// Print one JSON object a line
    #[arg(long, conflicts_with = "json")]
    pub jsonl: bool,
    /// The repository, instead of that of the current folder
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
}

impl Args {
    fn filter(&self, place: &Surroundings) -> Result<LogFilter, Failure> {
        let clock = place.clock();
        let period = |name, text: &Option<String>| {
            let period = text.as_ref().map(|text| clock.period(name, text)).transpose();
            period.map_err(|error| Failure::Usage {
                message: error.to_string(),
                hint: "dates are those of `opensession list`; docs/search.md has them".to_owned(),
            })
        };
        let since = period("since", &self.since)?.map(|(begin, _)| begin);
        let until = period("until", &self.until)?.map(|(_, end)| end);
        let before = period("before", &self.before)?.map(|(begin, _)| begin);
        let before = until.into_iter().chain(before).min();
        Ok(LogFilter { since, before, author: self.author.clone(), grep: self.grep.clone() })
    }

    fn wants(&self, sessions: &[LinkedSession]) -> bool {
        let is_of = |tool: &String| {
            sessions.iter().any(|linked| linked.key.tool().eq_ignore_ascii_case(tool.trim()))
        };
        (!self.linked || !sessions.is_empty())
            && (self.tool.is_empty() || self.tool.iter().any(is_of))
    }
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let filter = args.filter(place)?;
    let root = place.repository_at(args.repo.as_deref())?;
    let engine = Engine::open(place.home.clone(), Scope::Repository(root))?;
    catch_up(place, &mut output.stderr)?;
    let mut arguments = args.revisions.clone();
    arguments.extend(args.all.then(|| "--all".to_owned()));
    if !args.paths.is_empty() {
        arguments.push("--".to_owned());
        arguments.extend(args.paths.iter().cloned());
    }
    let screen = &mut output.stdout;
    let is_array = place.json;
    if !is_array && !args.jsonl {
        screen.page(place.pager())?;
    }
    let folder =
        args.repo.as_deref().map_or(Ok(place.folder.clone()), |repo| place.existing(repo))?;
    // Git names folders without symbolic links.
    let folder = folder.canonicalize().unwrap_or(folder);
    let mut shown = Shown { left: args.limit.unwrap_or(usize::MAX), first: true, rows: Vec::new() };
    let damaged = if shown.left == 0 {
        Ok(Vec::new())
    } else {
        engine.log(&folder, &arguments, &filter, |logged| {
            if !args.wants(&logged.sessions) {
                return Ok(true);
            }
            shown.write(screen, &logged, args.jsonl, is_array)?;
            shown.left -= 1;
            Ok(shown.left > 0)
        })
    };
    let damaged = damaged.map_err(refused)?;
    if is_array {
        let end = if shown.first { "[]" } else { "\n]" };
        screen.data(|out| writeln!(out, "{end}"))?;
    }
    for error in &damaged {
        output.stderr.warning(&format!("left out: {error}"))?;
    }
    Ok(if damaged.is_empty() { Exit::Done } else { Exit::Partial })
}

/// What git does not take is what was typed.
fn refused(failure: Failure) -> Failure {
    match failure {
        Failure::Engine(Error::Store(StoreError::Git { message, .. })) => Failure::Usage {
            message: message.strip_prefix("fatal: ").unwrap_or(&message).to_owned(),
            hint: "revisions and paths are those of git: `opensession log main..topic -- src`"
                .to_owned(),
        },
        other => other,
    }
}

/// What was written so far.
struct Shown {
    /// So many commits may still come.
    left: usize,
    first: bool,
    /// The sessions that were named: short ids tell them apart.
    rows: Vec<SessionRow>,
}

impl Shown {
    fn write(
        &mut self,
        screen: &mut Screen,
        logged: &LoggedCommit,
        is_line: bool,
        is_array: bool,
    ) -> Result<(), Failure> {
        let is_first = std::mem::replace(&mut self.first, false);
        if is_line {
            screen.json(&LoggedView::new(logged))?;
        } else if is_array {
            screen.data(|out| {
                out.write_all(if is_first { b"[\n" } else { b",\n" })?;
                serde_json::to_writer(out, &LoggedView::new(logged)).map_err(io::Error::from)
            })?;
        } else {
            self.write_text(screen, logged)?;
        }
        // Whoever reads along sees each as soon as it is found.
        Ok(screen.flush()?)
    }

    fn write_text(&mut self, screen: &mut Screen, logged: &LoggedCommit) -> io::Result<()> {
        let commit = &logged.commit;
        let id = commit.id.to_string();
        let head = format!("  {}  {}  ", date(commit.author_time), commit.author);
        let id = id.get(..10).unwrap_or(&id);
        screen.styled(style::NAME, id)?;
        screen.styled(style::DIM, &head)?;
        let subject = fitting(screen, &commit.subject, width(&head) + id.len());
        screen.styled(style::STRONG, &subject)?;
        screen.line("")?;
        self.rows.extend(logged.sessions.iter().filter_map(|linked| linked.row.clone()));
        self.rows.sort_by(|a, b| a.key.cmp(&b.key));
        self.rows.dedup_by(|a, b| a.key == b.key);
        for linked in &logged.sessions {
            let files = plural(linked.files.len() as u64, "file");
            let (id, title) = match &linked.row {
                Some(row) => (
                    listing::short_id(row, &self.rows),
                    row.header.context.title.as_deref().unwrap_or("(no title)"),
                ),
                None => (linked.key.id(), "(not on this machine)"),
            };
            let tool = linked.key.tool();
            screen.text("    ")?;
            screen.styled(style::NAME, id)?;
            let taken = id.len() + tool.len() + files.len() + 12;
            let title = fitting(screen, title, taken);
            screen.line(&format!("  {tool}  {title}  ({files})"))?;
        }
        Ok(())
    }
}

/// Returns `text` as one line that fits behind what is `taken` of a line.
fn fitting(screen: &Screen, text: &str, taken: usize) -> String {
    let text = opensession_engine::hail::one_line(text);
    match screen.width() {
        Some(width) => cut_end(&text, width.saturating_sub(taken).max(FEWEST)),
        None => text,
    }
}
