//! What is on the machine: git, the index, files that only their owner may read.

use super::command::quoted;
use super::{Doctor, Mend, Verdict};
use crate::{Error, Result, Status, registry};
use opensession_index::Health;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Older ones cannot put packs together (`git repack --geometric`).
const OLDEST_GIT: (u32, u32) = (2, 32);

/// The machine, and what there is to capture on it.
pub(super) struct Machine<'d> {
    pub(super) doctor: &'d Doctor,
    pub(super) status: Status,
}

impl<'d> Machine<'d> {
    pub(super) fn new(doctor: &'d Doctor) -> Self {
        Self { doctor, status: doctor.engine.status(None) }
    }
}

/// Is git there, and new enough?
pub(super) fn check_git(_machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let verdict = match opensession_store::git_version() {
        Ok(version) => of_git(&version),
        Err(error) => Verdict::red(format!(
            "git cannot be started, so that nothing is shared and no commit is looked at: {error}"
        ))
        .mended_by("command -v git"),
    };
    Ok(vec![verdict])
}

fn of_git(version: &str) -> Verdict {
    let mut numbers = version.split(['.', ' ', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found >= OLDEST_GIT {
        return Verdict::green(version);
    }
    let (major, minor) = OLDEST_GIT;
    Verdict::yellow(format!(
        "git {version} is older than {major}.{minor}: packs are not put together"
    ))
    .mended_by("git --version")
}

/// Can the index be used?
pub(super) fn check_index(machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let path = machine.doctor.engine.index_path();
    Ok(vec![match opensession_index::examine(&path) {
        Health::Sound => Verdict::green("whole"),
        Health::Missing => Verdict::green("not made yet: the next list does"),
        Health::Busy => Verdict::green("is being written"),
        Health::Unfit(reason) => Verdict::yellow(format!("{}: {reason}", path.display()))
            .mended_by("opensession index rebuild")
            .or_by(Mend::Index),
    }])
}

/// May nobody else read what is the user's own?
pub(super) fn check_private_files(machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let doctor = machine.doctor;
    let mut verdicts = Vec::new();
    for (path, mode) in [(doctor.engine.home_store(), "700"), (doctor.engine.index_path(), "600")] {
        verdicts.extend(of_permissions(&path, mode)?);
    }
    if verdicts.is_empty() {
        verdicts.push(Verdict::green("only their owner reads them"));
    }
    Ok(verdicts)
}

/// Are the repositories that are remembered still there?
pub(super) fn check_repositories(machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let listed = registry::all(&machine.doctor.data_dir());
    let gone = listed.iter().filter(|git_dir| !git_dir.is_dir());
    let mut verdicts: Vec<Verdict> = gone
        .map(|git_dir| {
            let path = git_dir.display();
            let text = format!("{path} is remembered and gone; if it comes back, a capture into it remembers it again");
            let verdict = Verdict::yellow(text).mended_by("opensession doctor --fix");
            verdict.or_by(Mend::Unlist(git_dir.clone()))
        })
        .collect();
    if verdicts.is_empty() {
        verdicts.push(Verdict::green(format!("{} known", listed.len())));
    }
    Ok(verdicts)
}

/// Returns what is wrong where others may read a file, or folder, that should have this mode.
#[cfg(unix)]
pub(super) fn of_permissions(path: &Path, mode: &str) -> Result<Option<Verdict>> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        found => found.map_err(Error::io("look at", path))?,
    };
    let is_open = found.permissions().mode() & 0o077 != 0;
    Ok(is_open.then(|| {
        Verdict::yellow(format!("{} can be read by others", path.display()))
            .mended_by(format!("chmod {mode} {}", quoted(path)))
    }))
}

/// Returns nothing: only Unix has modes.
#[cfg(not(unix))]
pub(super) fn of_permissions(_path: &Path, _mode: &str) -> Result<Option<Verdict>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn versions_of_git_are_compared_by_their_numbers() {
        for (version, level) in [
            ("2.47.3", Level::Green),
            ("2.32.0", Level::Green),
            ("3.0", Level::Green),
            ("2.39.5 (Apple Git-154)", Level::Green),
            ("2.54.0.windows.1", Level::Green),
            ("2.31.9", Level::Yellow),
            ("2.9.1", Level::Yellow),
            ("1.99", Level::Yellow),
            ("nonsense", Level::Yellow),
        ] {
            assert_eq!(of_git(version).level, level, "{version}");
        }
    }
}
