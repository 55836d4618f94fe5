//! `opensession doctor`: is everything well, and which command mends what is not?

mod hooks;

use crate::error::{Exit, Failure};
use crate::figures::plural;
use crate::output::{Output, Screen};
use crate::schema::DoctorView;
use crate::style::{self, Style};
use crate::surroundings::Surroundings;
use opensession_engine::{Diagnosis, Doctor, Level, Mended};
use std::io;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  opensession doctor            look at everything: nothing is changed
  opensession doctor --fix      do what is safe: clear what dead writers left, set a damaged ref back,
                                put missing hooks in again, work off what they saw, make the index anew
  opensession doctor --json | jq -r '.findings[] | select(.level != \"green\") | .command'

Every line that is not green has the command that mends it, where one does. The newest sessions are
read; `opensession fsck` reads every byte. Exit code 1: something is red.";

/// Say what is not well, and the command that mends it
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Mend what is safe to mend, and look again
    #[arg(long)]
    pub fix: bool,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let mut found = examine(&doctor(place), place);
    let mut mended = Vec::new();
    if args.fix {
        mended = hooks::mend(&doctor(place), &found, place);
        mended.extend(doctor(place).mend(&found));
        // Anew, with what was done since.
        found = examine(&doctor(place), place);
    }
    let worst = found.iter().map(|one| one.verdict.level).max().unwrap_or(Level::Green);
    if place.json {
        output.stdout.json(&DoctorView::new(&found, &mended, worst))?;
    } else {
        write_mended(&mut output.stdout, &mended, place)?;
        write_found(&mut output.stdout, &found, place)?;
        write_sum(&mut output.stdout, &found)?;
    }
    Ok(if worst == Level::Red { Exit::Negative } else { Exit::Done })
}

/// Returns the doctor of this user, for the machine and the repository that one is in.
fn doctor(place: &Surroundings) -> Doctor {
    // One that cannot be looked into is no repository of the user's.
    let here = place.repository().ok().flatten();
    let roots = here.clone().map(crate::surroundings::root_of);
    let home = place.home.clone().with_repositories(roots.into_iter().collect());
    Doctor::new(home, here, place.now)
}

/// Returns what every check says, those of hooks behind those of their repository.
fn examine(doctor: &Doctor, place: &Surroundings) -> Vec<Diagnosis> {
    let mut found = doctor.examine();
    found.extend(hooks::examine(doctor, place));
    // Stable: the checks of one place stay in their order, the machine's stay the first.
    let mut places: Vec<_> = Vec::new();
    for one in &found {
        if !places.contains(&one.place) {
            places.push(one.place.clone());
        }
    }
    found.sort_by_key(|one| places.iter().position(|place| *place == one.place));
    found
}

fn write_found(screen: &mut Screen, found: &[Diagnosis], place: &Surroundings) -> io::Result<()> {
    for group in found.chunk_by(|one, next| one.place == next.place) {
        let head = group.first().and_then(|one| one.place.as_deref());
        let head = head.map_or_else(|| "this machine".to_owned(), |path| short(path, place));
        screen.styled(style::STRONG, &head)?;
        screen.line("")?;
        let is_green = |one: &&Diagnosis| one.verdict.level == Level::Green;
        let mut green: Vec<&str> = group.iter().filter(is_green).map(|one| one.check).collect();
        green.dedup();
        if !green.is_empty() {
            write_level(screen, Level::Green)?;
            screen.line(&green.join(", "))?;
        }
        for one in group.iter().filter(|one| !is_green(one)) {
            write_level(screen, one.verdict.level)?;
            screen.line(&format!("{}: {}", one.check, one.verdict.text))?;
            if let Some(command) = &one.verdict.command {
                screen.text("          ")?;
                screen.styled(style::NAME, command)?;
                screen.line("")?;
            }
        }
    }
    Ok(())
}

fn write_level(screen: &mut Screen, level: Level) -> io::Result<()> {
    let (style, _) = face(level);
    screen.styled(style, &format!("  {:<8}", level.name()))
}

fn write_mended(screen: &mut Screen, mended: &[Mended], place: &Surroundings) -> io::Result<()> {
    for one in mended {
        let what = match &one.place {
            Some(path) => format!("{}: {}", short(path, place), one.text),
            None => one.text.clone(),
        };
        match &one.error {
            None => {
                screen.styled(style::GOOD, "done    ")?;
                screen.line(&what)?;
            }
            Some(error) => {
                screen.styled(style::BAD, "failed  ")?;
                screen.line(&format!("{what}: {error}"))?;
            }
        }
    }
    Ok(())
}

fn write_sum(screen: &mut Screen, found: &[Diagnosis]) -> io::Result<()> {
    let count = |level| found.iter().filter(|one| one.verdict.level == level).count();
    let counts = [Level::Red, Level::Yellow, Level::Green].map(|level| (level, count(level)));
    for (level, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        let (style, end) = face(level);
        screen.styled(style, &format!("{count} {}", level.name()))?;
        screen.text(if end { "" } else { ", " })?;
    }
    let fixable = found.iter().filter(|one| one.verdict.mend.is_some()).count();
    if fixable > 0 {
        let what = plural(fixable as u64, "finding");
        screen.text(&format!("; `opensession doctor --fix` mends {what}"))?;
    }
    screen.line("")
}

/// Returns how a level is drawn, and whether it is the last in a sum.
const fn face(level: Level) -> (Style, bool) {
    match level {
        Level::Green => (style::GOOD, true),
        Level::Yellow => (style::NAME, false),
        Level::Red => (style::BAD, false),
    }
}

fn short(path: &Path, place: &Surroundings) -> String {
    place.short_path(&path.display().to_string())
}
