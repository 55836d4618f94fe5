//! `opensession sync` and `opensession pull`: share sessions through a git remote.

use crate::args::StoreArg;
use crate::error::{Exit, Failure};
use crate::figures::{number, plural};
use crate::output::{Output, Screen};
use crate::progress::Bar;
use crate::schema::{LeavingView, SyncView};
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{
    Agreement, Day, Leaving, Progress as _, Publicity, Sharing, SyncReport, Transfer,
};
use std::io;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  opensession sync                 fetch, join and push; the first time it shows what leaves, and asks
  opensession sync --dry-run       only say what would leave
  opensession sync --yes origin    agree to that remote and share, without a terminal
  opensession sync git@example.org:team/sessions.git
                                   share with a repository of its own

In a repository it shares the repository's sessions, elsewhere those of your own store. Only the branch
opensession/sessions is fetched and pushed. Whatever the remote refuses stays here, and the next sync
sends it. `git push origin opensession/sessions` works as well; it just does not join or look for secrets.";

const PULL_EXAMPLES: &str = "\
Examples:
  opensession pull           get what others shared, and send nothing
  opensession pull upstream

A plain `git fetch` is enough to read what others shared; this also joins it into the branch here.";

/// A push of many sessions takes its time; one that stands still is given up after ten seconds.
const TOTAL: Duration = Duration::from_secs(15 * 60);

/// Share sessions through a git remote: fetch, join, push
#[derive(Debug, clap::Args)]
#[command(visible_alias = "push", after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The remote: its name, or its address; else the one that was agreed to
    pub remote: Option<String>,
    /// Agree to the remote without asking; it must be named the first time
    #[arg(long, short)]
    pub yes: bool,
    /// Fetch, and say what would leave; push nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub store: StoreArg,
}

/// Get what others shared, and send nothing
#[derive(Debug, clap::Args)]
#[command(after_long_help = PULL_EXAMPLES)]
pub(crate) struct PullArgs {
    /// The remote: its name, or its address; else the one that was agreed to
    pub remote: Option<String>,
    #[command(flatten)]
    pub store: StoreArg,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine_here(args.store.repo.as_deref())?;
    super::catch_up(place, &mut output.stderr)?;
    let mut sharing = engine.sharing(args.remote.as_deref())?;
    let must_agree = *sharing.agreement() != Agreement::Agreed;
    // Before anything is sent anywhere, also before a question is put to a remote that nobody named.
    let is_agreed = args.yes && args.remote.is_some();
    if must_agree && !is_agreed && !args.dry_run && !place.can_ask() {
        let way_out = format!("opensession sync --yes {}", sharing.remote());
        return Err(unasked(&sharing, args.yes, &way_out));
    }
    fetch(&mut sharing, place)?;
    if args.dry_run {
        let (leaving, publicity) = (sharing.leaving()?, sharing.publicity()?);
        if place.json {
            output.stdout.json(&LeavingView::new(&sharing, &leaving, publicity))?;
        } else {
            write_plan(&mut output.stdout, place, &sharing, &leaving, publicity)?;
        }
        return Ok(Exit::Done);
    }
    if must_agree && !agree(&mut sharing, is_agreed, place, &mut output.stdout)? {
        return Ok(Exit::Done);
    }
    let bar = Bar::of_transfer(place.progress);
    let mut show = |step: Transfer| bar.set(step.done, step.total);
    let report = sharing.sync(place.now, TOTAL, &mut show);
    bar.finish();
    write_report(output, place, &sharing, &report?)
}

pub(crate) fn pull(
    args: &PullArgs,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let engine = place.engine_here(args.store.repo.as_deref())?;
    let mut sharing = engine.sharing(args.remote.as_deref())?;
    fetch(&mut sharing, place)?;
    let report = sharing.pull(place.now)?;
    write_report(output, place, &sharing, &report)
}

/// Fetches what the remote has, with a progress bar.
pub(super) fn fetch(sharing: &mut Sharing<'_>, place: &Surroundings) -> Result<(), Failure> {
    let bar = Bar::of_transfer(place.progress);
    let mut show = |step: Transfer| bar.set(step.done, step.total);
    let fetched = sharing.fetch(place.now, TOTAL, &mut show);
    bar.finish();
    Ok(fetched?)
}

/// Shows what would leave, as it was last fetched, and remembers that it may: where somebody says so now, or `is_agreed`
/// that somebody has. Returns whether it may.
pub(super) fn agree(
    sharing: &mut Sharing<'_>,
    is_agreed: bool,
    place: &Surroundings,
    screen: &mut Screen,
) -> Result<bool, Failure> {
    if !place.json {
        let (leaving, publicity) = (sharing.leaving()?, sharing.publicity()?);
        write_plan(screen, place, sharing, &leaving, publicity)?;
    }
    let question = format!("Share with {} from now on?", sharing.remote());
    if !is_agreed && !place.ask(screen, &question)? {
        screen.line("Nothing was sent.")?;
        return Ok(false);
    }
    sharing.agree()?;
    Ok(true)
}

/// Returns why nobody can be asked; `way_out` is the command that needs no answer.
pub(super) fn unasked(sharing: &Sharing<'_>, yes: bool, way_out: &str) -> Failure {
    let remote = sharing.remote();
    let message = match (yes, sharing.agreement()) {
        (true, _) => format!("which remote to agree to was not said: there is {remote}"),
        (false, Agreement::Other(was)) => {
            format!("sessions were shared with {}, not with {remote}", was.join(", "))
        }
        (false, _) => {
            format!("sessions were not shared with {remote} yet, and there is no terminal to ask")
        }
    };
    Failure::Usage { message, hint: format!("`{way_out}` agrees to it") }
}

fn write_plan(
    screen: &mut Screen,
    place: &Surroundings,
    sharing: &Sharing<'_>,
    leaving: &Leaving,
    publicity: Publicity,
) -> io::Result<()> {
    let remote = sharing.remote();
    screen.styled(style::STRONG, &remote.to_string())?;
    if remote.name().is_some() {
        let addresses = remote.push_addresses().iter().map(ToString::to_string);
        let addresses: Vec<String> = addresses.collect();
        screen.styled(style::DIM, &format!("  {}", addresses.join(", ")))?;
    }
    screen.line("")?;
    match publicity {
        Publicity::Public => {
            screen.styled(style::BAD, "  public: ")?;
            screen.line("anybody can read what is pushed there: it answers without credentials")?;
        }
        Publicity::Private => {}
        Publicity::Unknown => screen.line("  whether strangers can read it is not known")?,
    }
    if let Agreement::Other(was) = sharing.agreement() {
        screen.styled(style::BAD, "  changed: ")?;
        screen.line(&format!("until now sessions were shared with {}", was.join(", ")))?;
    }
    if leaving.sessions == 0 {
        return screen.line("  nothing leaves: it has every session that is here");
    }
    screen.line(&format!(
        "  {} would leave{}",
        plural(leaving.sessions, "session"),
        days(leaving)
    ))?;
    screen.line(&format!("  tools     {}", counts(&leaving.tools, |tool| tool.to_owned())))?;
    let folder = |folder: &str| match folder {
        "" => "no folder".to_owned(),
        folder => place.short_path(folder),
    };
    screen.line(&format!("  folders   {}", counts(&leaving.folders, folder)))?;
    if leaving.authors.keys().any(|author| !author.is_empty()) {
        let author = |author: &str| match author {
            "" => "nobody".to_owned(),
            author => author.to_owned(),
        };
        let whose = counts(&leaving.authors, author);
        screen.line(&format!("  names     {whose}; they leave with the sessions"))?;
    }
    screen.line(&format!(
        "  masked    {}; prompts, answers, commands and edits leave as they are",
        plural(leaving.masked, "secret")
    ))?;
    screen.line("  Older states of these sessions leave too: the branch keeps its history.")
}

fn days(leaving: &Leaving) -> String {
    match leaving.days {
        Some((first, last)) if first == last => format!(", of {}", date(first)),
        Some((first, last)) => format!(", of {} to {}", date(first), date(last)),
        None => String::new(),
    }
}

fn date(day: Day) -> String {
    day.to_string().replace('/', "-")
}

/// Returns the largest few of some counts.
fn counts(
    counts: &std::collections::BTreeMap<String, u64>,
    name: impl Fn(&str) -> String,
) -> String {
    const SHOWN: usize = 6;
    let mut sorted: Vec<(&String, &u64)> = counts.iter().collect();
    sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    let shown = sorted.iter().take(SHOWN);
    let mut parts: Vec<String> =
        shown.map(|(key, count)| format!("{} {}", name(key), number(**count))).collect();
    if sorted.len() > SHOWN {
        parts.push(format!("{} more", sorted.len() - SHOWN));
    }
    parts.join(", ")
}

fn write_report(
    output: &mut Output,
    place: &Surroundings,
    sharing: &Sharing<'_>,
    report: &SyncReport,
) -> Result<Exit, Failure> {
    let screen = &mut output.stdout;
    if place.json {
        screen.json(&SyncView::new(sharing, report))?;
        return Ok(Exit::Done);
    }
    let remote = sharing.remote();
    if report.sent + report.received + report.forgotten == 0 {
        screen.line(&format!("nothing new, here or at {remote}"))?;
        return Ok(Exit::Done);
    }
    let mut parts = Vec::new();
    for (verb, count) in [("sent", report.sent), ("received", report.received)] {
        if count > 0 {
            parts.push(format!("{verb} {}", plural(count as u64, "session")));
        }
    }
    if report.forgotten > 0 {
        let forgotten = plural(report.forgotten as u64, "session");
        parts.push(format!("{forgotten} gone, forgotten by somebody else"));
    }
    screen.line(&format!("{} ({remote})", parts.join(", ")))?;
    for fork in &report.forks {
        screen.line(&format!(
            "{fork} went on in two places: `opensession show {}` is the other",
            fork.main().id()
        ))?;
    }
    Ok(Exit::Done)
}
