//! Whether sessions come in: the tools' logs, what could not be captured, what hooks saw.

use super::command::quoted;
use super::machine::Machine;
use super::store::Patient;
use super::verdict::plural;
use super::{Mend, Verdict};
use crate::Result;
use crate::queue::Queue;
use opensession_hail::Timestamp;

/// So many are named one by one; the rest is counted.
const NAMED: usize = 5;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// What a tool deletes within so many milliseconds should be captured now.
const SOON_MILLIS: i64 = 7 * DAY_MILLIS;

/// Can every folder be read in which tools keep logs?
pub(super) fn check_roots(machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let sweep = machine.doctor.engine.sweep();
    if sweep.failed.is_empty() {
        let there = sweep.roots.iter().filter(|root| root.exists).count();
        return Ok(vec![Verdict::green(format!(
            "logs in {there} of {} folders",
            sweep.roots.len()
        ))]);
    }
    let verdicts = sweep.failed.iter().map(|(path, error)| {
        let is_denied = error.kind() == crate::ErrorKind::Denied;
        let command = if is_denied { "chmod u+rwX" } else { "ls -la" };
        Verdict::red(error.to_string()).mended_by(format!("{command} {}", quoted(path)))
    });
    Ok(few(verdicts, "more that cannot be read"))
}

/// Is what is in the logs stored before their tools delete them?
pub(super) fn check_logs(machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let status = &machine.status;
    let now = machine.doctor.now.as_millis();
    let is_before =
        |time: Option<Timestamp>, limit| time.is_some_and(|time| time.as_millis() < limit);
    let waiting = status.waiting.len();
    let soon = status.waiting.iter().filter(|log| is_before(log.deleted_at, now + SOON_MILLIS));
    let soon = soon.count();
    let late = status.waiting.iter().filter(|log| is_before(Some(log.modified), now - DAY_MILLIS));
    let late = late.count();
    let verdict = match (waiting, soon, late) {
        (_, 1.., _) => Verdict::yellow(format!(
            "{} not stored yet will be deleted by their tools within a week",
            plural(soon, "log")
        )),
        (_, 0, 1..) => {
            Verdict::yellow(format!("{} not stored for more than a day", plural(late, "log")))
        }
        (0, ..) => Verdict::green(format!("{} stored", plural(status.captured, "log"))),
        _ => Verdict::green(format!(
            "{} stored, {waiting} to be captured next",
            plural(status.captured, "log")
        )),
    };
    let is_well = soon + late == 0;
    Ok(vec![if is_well {
        verdict
    } else {
        verdict.mended_by("opensession capture --all").or_by(Mend::WorkOff)
    }])
}

/// Was everything captured the last time?
pub(super) fn check_failures(machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let known = &machine.status.failures;
    if known.is_empty() {
        return Ok(vec![Verdict::green("none")]);
    }
    let verdicts = known.iter().map(|(path, failure)| {
        let path = path.display().to_string();
        let named = failure.reason.contains(&path);
        let text =
            if named { failure.reason.clone() } else { format!("{path}: {}", failure.reason) };
        Verdict::red(text).mended_by("opensession capture --all").or_by(Mend::WorkOff)
    });
    Ok(few(verdicts, "more that could not be captured"))
}

/// Do the parsers know what the tools write by now?
pub(super) fn check_drift(machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let drift = &machine.status.drift;
    if drift.is_empty() {
        return Ok(vec![Verdict::green("the parsers know all that is in the logs")]);
    }
    // `status` has the versions, and what it was.
    let mut tools: Vec<&str> = drift.iter().map(|drift| drift.tool).collect();
    tools.dedup();
    let text = format!(
        "{} wrote what this version does not know; it is kept as it is, and a newer opensession may know it",
        tools.join(", ")
    );
    Ok(vec![Verdict::yellow(text).mended_by("opensession status")])
}

/// Was what hooks saw worked off?
pub(super) fn check_queue(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    if !patient.is_enabled {
        return Ok(Vec::new());
    }
    let git_dir = patient.store.git_dir();
    let mut verdicts = Vec::new();
    let queue = Queue::of(git_dir);
    let waiting = queue.waiting()?.len();
    if waiting > 0 && !queue.is_taken()? {
        let text = format!("{} not worked off, and nobody is at it", plural(waiting, "hook"));
        let verdict = Verdict::yellow(text).mended_by("opensession capture --all");
        verdicts.push(verdict.or_by(Mend::WorkOff));
    }
    let pushes = Queue::of_pushes(git_dir);
    let waiting = pushes.waiting()?.len();
    if waiting > 0 && !pushes.is_taken()? {
        let what = if waiting == 1 { "1 push" } else { "pushes" };
        let text = format!("nothing was shared behind {what}, and nobody is at it");
        verdicts.push(Verdict::yellow(text).mended_by(patient.command("sync")));
    }
    if verdicts.is_empty() {
        verdicts.push(Verdict::green("empty"));
    }
    Ok(verdicts)
}

/// Returns the first verdicts, and how many more there are.
fn few(verdicts: impl ExactSizeIterator<Item = Verdict>, rest: &str) -> Vec<Verdict> {
    let count = verdicts.len();
    let mut first: Vec<Verdict> = verdicts.take(NAMED).collect();
    if count > NAMED {
        first.push(
            Verdict::red(format!("{} {rest}", count - NAMED)).mended_by("opensession status"),
        );
    }
    first
}
