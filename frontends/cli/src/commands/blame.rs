//! `opensession blame`: from a line to the commit, the session and the prompt behind it.

mod story;

use super::catch_up;
use crate::error::{Exit, Failure};
use crate::listing;
use crate::output::{Output, Screen};
use crate::schema::BlameView;
use crate::style;
use crate::surroundings::{Surroundings, root_of};
use opensession_engine::{Blame, Engine, Scope, SessionRow};
use std::io;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  opensession blame src/cart.rs:12      the commit, the session and the prompt behind a line
  opensession blame src/cart.rs:12-20   some lines: commit, session, line
  opensession blame src/cart.rs         all of them
  opensession blame src/cart.rs --json | jq '.lines[] | select(.session == null)'

A line without a session was written by a person, or by a session that is not known for sure.
Lines that are not committed yet have 00000000 for a commit. Nothing is asked of any network.";

/// Show which session and prompt wrote a line
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// A file, with a line or the first and last of some behind it
    #[arg(value_name = "FILE[:LINE[-LINE]]")]
    pub place: String,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let (file, range) = file_and_lines(&args.place, place)?;
    let outside = || Failure::Usage {
        message: format!("{} is not in the work tree of a git repository", file.display()),
        hint: "name a file of a repository; lines lead to sessions by its commits".to_owned(),
    };
    let folder = file.parent().ok_or_else(outside)?;
    let found = place.locate(folder)?.filter(|found| found.work_tree.is_some());
    let root = root_of(found.ok_or_else(outside)?);
    let engine = Engine::open(place.home.clone(), Scope::Repository(root))?;
    catch_up(place, &mut output.stderr)?;
    let blame = engine.blame(&file, range)?;
    if place.json {
        output.stdout.json(&BlameView::new(&blame))?;
    } else {
        output.stdout.page(place.pager())?;
        match (range, blame.lines.as_slice()) {
            (Some(_), [line]) => story::write(&mut output.stdout, &blame, line)?,
            _ => write_lines(&mut output.stdout, &blame)?,
        }
    }
    for error in &blame.damaged {
        output.stderr.warning(&format!("left out: {error}"))?;
    }
    let is_known = blame.lines.iter().any(|line| line.source.is_some());
    Ok(match range {
        _ if !blame.damaged.is_empty() => Exit::Partial,
        Some(_) if !is_known => Exit::Negative,
        _ => Exit::Done,
    })
}

/// Returns the file that `text` names, and the lines behind its colon.
fn file_and_lines(
    text: &str,
    place: &Surroundings,
) -> Result<(PathBuf, Option<(usize, usize)>), Failure> {
    // A file may be called like a line of another one.
    if let Ok(file) = existing(Path::new(text), place) {
        return Ok((file, None));
    }
    let Some((path, lines)) = text.rsplit_once(':') else {
        return Ok((existing(Path::new(text), place)?, None));
    };
    let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
    let (Ok(first), Ok(last)) = (first.parse(), last.parse()) else {
        return Ok((existing(Path::new(text), place)?, None));
    };
    Ok((existing(Path::new(path), place)?, Some((first, last))))
}

/// Returns where a file really is; a link is not followed to its end, for git keeps the link itself.
fn existing(path: &Path, place: &Surroundings) -> Result<PathBuf, Failure> {
    let missing = || Failure::NoFile { message: format!("{}: no such file", path.display()) };
    let full = place.folder.join(path);
    if full.is_dir() {
        return Err(Failure::Usage {
            message: format!("{} is a folder", path.display()),
            hint: "blame takes one file".to_owned(),
        });
    }
    let (Some(folder), Some(name)) = (full.parent(), full.file_name()) else {
        return Err(missing());
    };
    let folder = folder.canonicalize().map_err(|_gone| missing())?;
    let file = folder.join(name);
    if file.exists() { Ok(file) } else { Err(missing()) }
}

/// Writes the lines, each behind its commit and its session.
fn write_lines(screen: &mut Screen, blame: &Blame) -> io::Result<()> {
    let rows: Vec<SessionRow> = blame.sessions.values().flatten().cloned().collect();
    let short = |line: &opensession_engine::BlamedLine| {
        let source = line.source.as_ref()?;
        let row = blame.sessions.get(&source.session)?.as_ref()?;
        Some(listing::short_id(row, &rows).to_owned())
    };
    let ids: Vec<String> =
        blame.lines.iter().map(|line| short(line).unwrap_or_else(|| "-".to_owned())).collect();
    let widest = ids.iter().map(String::len).max().unwrap_or(0);
    let digits = blame.lines.last().map_or(1, |line| line.number.to_string().len());
    for (line, id) in blame.lines.iter().zip(&ids) {
        let commit = line.commit.as_ref().map_or("0000000000", |place| &place.commit);
        screen.styled(style::PLAIN, commit.get(..10).unwrap_or(commit))?;
        screen.text("  ")?;
        screen.styled(style::NAME, &format!("{id:widest$}"))?;
        screen.styled(style::DIM, &format!("  {:>digits$}  ", line.number))?;
        let text = String::from_utf8_lossy(&line.text);
        screen.line(text.strip_suffix('\r').unwrap_or(&text))?;
    }
    Ok(())
}
