//! How a store is: its ref and branch, what lies around beside them, and whether it can be written.

use super::command::{edit, quoted, word};
use super::machine::of_permissions;
use super::verdict::plural;
use super::{Doctor, Mend, Verdict};
use crate::{Error, Result, StoreError, key};
use opensession_hail::Timestamp;
use opensession_store::{Branch, MAX_PACKS, Store, is_writable, room};
use std::path::{Path, PathBuf};

/// So many of the newest sessions are read.
const LOOKED_AT: usize = 8;
/// A session that is so many milliseconds ahead was dated by another clock.
const AHEAD_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// With less room than this nothing can be stored soon, in bytes.
const LITTLE_ROOM: u64 = 512 << 20;
/// With less than this hardly anything can be stored at all.
const NO_ROOM: u64 = 32 << 20;

/// A store that could be opened.
pub(super) struct Patient<'d> {
    pub(super) doctor: &'d Doctor,
    pub(super) store: Store,
    /// Its branch, and why it cannot be read, where it cannot.
    pub(super) branch: std::result::Result<Option<Branch>, StoreError>,
    pub(super) is_enabled: bool,
    pub(super) is_home: bool,
}

impl<'d> Patient<'d> {
    pub(super) fn new(doctor: &'d Doctor, store: Store) -> Result<Self> {
        let branch = store.branch();
        let is_enabled = store.is_enabled()?;
        let is_home = store.git_dir() == doctor.engine.home_store();
        Ok(Self { doctor, store, branch, is_enabled, is_home })
    }

    /// Returns the command of ours, for this store.
    pub(super) fn command(&self, command: &str) -> String {
        match (self.is_home, command) {
            // The store of one's own has no name there: it is meant where one is in no repository.
            (true, "sync" | "pull") => format!("cd / && opensession {command}"),
            (true, _) => format!("opensession {command}"),
            _ => format!("opensession {command} --repo {}", quoted(self.store.git_dir())),
        }
    }

    fn branch(&self) -> Option<&Branch> {
        self.branch.as_ref().ok()?.as_ref()
    }

    fn tended(&self, verdict: Verdict) -> Verdict {
        let mend = Mend::Tend(self.store.git_dir().to_owned());
        verdict.mended_by("opensession doctor --fix").or_by(mend)
    }
}

/// Returns what it means that a store cannot be opened.
pub(super) fn unopened(git_dir: &Path, error: &StoreError) -> Verdict {
    let verdict = Verdict::red(error.to_string());
    match error {
        StoreError::ForeignOwner(root) => {
            let command = "git config --global --add safe.directory";
            verdict.mended_by(format!("{command} {}", quoted(root)))
        }
        StoreError::Corrupt { .. } | StoreError::Invalid { .. } => {
            verdict.mended_by(edit(&git_dir.join("config")))
        }
        _ => verdict,
    }
}

/// Does the ref lead to a state that can be read?
pub(super) fn check_ref(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    Ok(vec![match &patient.branch {
        Ok(Some(branch)) => match branch.damage() {
            None => Verdict::green(short(&branch.commit().to_string())),
            Some(damage) => patient.tended(Verdict::red(format!(
                "the branch cannot be read, {damage}; {}, from its reflog, is read instead",
                short(&branch.commit().to_string())
            ))),
        },
        Ok(None) => Verdict::green("no session is stored yet"),
        Err(error) => Verdict::red(error.to_string()).mended_by(patient.command("fsck --repair")),
    }])
}

/// Can the newest sessions be read? `fsck` reads all.
pub(super) fn check_branch(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let Some(branch) = patient.branch() else { return Ok(Vec::new()) };
    let damaged =
        |text: String| Ok(vec![Verdict::red(text).mended_by(patient.command("fsck --repair"))]);
    let was = branch.damage().map(str::to_owned);
    let mut count = 0_usize;
    for entry in branch.newest() {
        let read = entry.and_then(|entry| {
            if count < LOOKED_AT {
                let manifest = branch.manifest(&entry)?;
                if let Some(last) = manifest.segments.last() {
                    branch.segment(&entry, last)?;
                }
            }
            Ok(())
        });
        match read {
            // That is what another check is about.
            Err(StoreError::Unsupported { .. }) | Ok(()) => count += 1,
            Err(error) => return damaged(error.to_string()),
        }
    }
    match branch.damage() {
        Some(damage) if was.as_deref() != Some(damage) => damaged(damage.to_owned()),
        _ => Ok(vec![Verdict::green(format!(
            "{}, the newest can be read; `{}` reads all",
            plural(count, "session"),
            patient.command("fsck")
        ))]),
    }
}

/// Was everything written in a format that is known?
pub(super) fn check_format(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let Some(branch) = patient.branch() else { return Ok(Vec::new()) };
    if let Some(number) = branch.newer_format()? {
        let text = format!(
            "holds what a newer opensession wrote, in format {number}, which this one leaves alone"
        );
        return Ok(vec![Verdict::yellow(text)]);
    }
    for entry in branch.newest().filter_map(|entry| entry.ok()).take(LOOKED_AT) {
        if let Err(error @ StoreError::Unsupported { .. }) = branch.manifest(&entry) {
            return Ok(vec![Verdict::yellow(format!("{error}: a newer opensession wrote it"))]);
        }
    }
    Ok(vec![Verdict::green("known")])
}

/// Is no other branch in the way of ours?
pub(super) fn check_name(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    Ok(vec![match patient.store.check_name() {
        Ok(()) => Verdict::green("free"),
        Err(error @ StoreError::NameTaken { .. }) => {
            let git_dir = quoted(patient.store.git_dir());
            let StoreError::NameTaken { existing, .. } = &error else { return Ok(Vec::new()) };
            let branch = existing.strip_prefix("refs/heads/").unwrap_or(existing);
            let other = branch.replace('/', "-");
            let level = if patient.is_enabled { Verdict::red } else { Verdict::yellow };
            level(error.to_string()).mended_by(format!(
                "git -C {git_dir} branch -m {} {}",
                word(branch),
                word(&format!("{other}-old"))
            ))
        }
        Err(error) => return Err(error.into()),
    }])
}

/// Is no session of a time that is yet to come?
pub(super) fn check_clock(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let Some(branch) = patient.branch() else { return Ok(Vec::new()) };
    let newest = branch.newest().filter_map(|entry| entry.ok()).take(LOOKED_AT);
    let times = newest.filter_map(|entry| branch.manifest(&entry).ok());
    let latest = times.map(|manifest| manifest.header.context.updated_at).max();
    let now = patient.doctor.now;
    let is_ahead = |time: &Timestamp| time.as_millis() - now.as_millis() > AHEAD_MILLIS;
    Ok(vec![match latest.filter(is_ahead) {
        None => Verdict::green("no session is of the future"),
        Some(time) => Verdict::yellow(format!(
            "its newest session is of {time}, and this machine's clock says {now}"
        ))
        .mended_by("date"),
    }])
}

/// Did no dead writer leave anything?
pub(super) fn check_leftovers(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let now = patient.doctor.now;
    let left = patient.store.leftovers(now)?;
    let mut verdicts = Vec::new();
    if let Some(first) = left.first() {
        let more = match left.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let is_locked = left.iter().any(|leftover| leftover.is_lock);
        let what = if is_locked { "keep writers waiting" } else { "are of no use" };
        let path = first.path.display();
        let text = format!("dead writers left {path}{more}, which {what}");
        verdicts.push(patient.tended(Verdict::yellow(text)));
    }
    if let Some(lock) = patient.store.stale_packed_refs_lock(now)? {
        let text = format!("{} was left by a dead git", lock.display());
        verdicts.push(Verdict::yellow(text).mended_by(format!("rm {}", quoted(&lock))));
    }
    if verdicts.is_empty() {
        verdicts.push(Verdict::green("none"));
    }
    Ok(verdicts)
}

/// Are there few packs? Reading slows down with their number.
pub(super) fn check_packs(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let count = patient.store.packs_of_ours()?;
    // They are put together in the background, once there are that many.
    if count <= 2 * MAX_PACKS {
        return Ok(vec![Verdict::green(format!("{count}"))]);
    }
    let git_dir = quoted(patient.store.git_dir());
    Ok(vec![
        Verdict::yellow(format!("{}, which were not put together", plural(count, "pack")))
            .mended_by(format!("git -C {git_dir} repack --geometric=2 -d")),
    ])
}

/// Are the objects there that are borrowed?
pub(super) fn check_alternates(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let missing = patient.store.missing_alternates()?;
    if missing.is_empty() {
        return Ok(vec![Verdict::green("nothing is missing")]);
    }
    let verdict = |folder: &PathBuf| {
        Verdict::red(format!("objects are borrowed from {}, which is gone", folder.display()))
            .mended_by(patient.command("fsck --repair"))
    };
    Ok(missing.iter().map(verdict).collect())
}

/// May it be written?
pub(super) fn check_writing(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let git_dir = patient.store.git_dir();
    let folders = [git_dir.to_owned(), git_dir.join("objects"), git_dir.join("refs")];
    let locked: Vec<_> = folders.iter().filter(|folder| !is_writable(folder)).collect();
    let Some(first) = locked.first() else { return Ok(vec![Verdict::green("can be written")]) };
    let text =
        format!("{} cannot be written: it can be read, and takes no session", first.display());
    Ok(vec![Verdict::yellow(text).mended_by(format!("chmod u+rwx {}", quoted(first)))])
}

/// Is there room for more?
pub(super) fn check_room(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let left = room(patient.store.git_dir())?;
    Ok(left.map(|left| of_room(left, patient.store.git_dir())).into_iter().collect())
}

fn of_room(left: u64, git_dir: &Path) -> Verdict {
    let text = format!("{} MiB left on the disk", left >> 20);
    let look = format!("df -h {}", quoted(git_dir));
    match left {
        ..NO_ROOM => Verdict::red(text).mended_by(look),
        NO_ROOM..LITTLE_ROOM => Verdict::yellow(text).mended_by(look),
        LITTLE_ROOM.. => Verdict::green(text),
    }
}

/// Is the redaction key one, and does nobody else read it?
pub(super) fn check_key(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let work = patient.store.work_folder();
    let mut verdicts = Vec::new();
    match key::look(&patient.store) {
        Ok(_there) => {}
        Err(Error::BadKey { path }) => verdicts.push(
            Verdict::red(format!(
                "{} holds no key, so that nothing is stored; without it secrets get new marks",
                path.display()
            ))
            .mended_by(format!("rm {}", quoted(&path))),
        ),
        Err(error) => return Err(error),
    }
    for name in ["redaction.key", "redaction.allow"] {
        verdicts.extend(of_permissions(&work.join(name), "600")?);
    }
    if verdicts.is_empty() {
        verdicts.push(Verdict::green("only its owner reads it"));
    }
    Ok(verdicts)
}

fn short(commit: &str) -> String {
    commit.chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn a_disk_that_is_getting_full_is_said_before_it_is() {
        let level = |left| of_room(left, Path::new("/x")).level;
        assert_eq!(level(1 << 30), Level::Green);
        assert_eq!(level(LITTLE_ROOM), Level::Green);
        assert_eq!(level(LITTLE_ROOM - 1), Level::Yellow);
        assert_eq!(level(NO_ROOM - 1), Level::Red);
        assert_eq!(level(0), Level::Red);
    }
}
