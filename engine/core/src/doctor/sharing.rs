//! Whether sessions reach the remote that they are shared with, as far as that is known without asking it.

use super::command::{quoted, word};
use super::store::Patient;
use super::verdict::plural;
use super::{Level, Verdict};
use crate::error::NOTHING_PUSHED;
use crate::sync::{Agreement, Standing};
use crate::{Result, failures};

/// Can what was fetched be read?
pub(super) fn check_fetched(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let tracking = patient.store.tracking()?;
    let mut verdicts: Vec<Verdict> = tracking
        .unreadable
        .iter()
        .map(|(remote, error)| {
            Verdict::yellow(format!("what was fetched from {remote} cannot be read: {error}"))
                .mended_by(format!("{} {}", patient.command("pull"), word(remote)))
        })
        .collect();
    if verdicts.is_empty() {
        let count = tracking.branches.len();
        verdicts.push(Verdict::green(format!("what {} sent can be read", plural(count, "remote"))));
    }
    Ok(verdicts)
}

/// Is everything shared that is agreed to be shared?
pub(super) fn check_sharing(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let git_dir = patient.store.git_dir();
    let ours = patient.branch.as_ref().ok().and_then(|branch| branch.as_ref());
    let Some(standing) = Standing::of(&patient.store, ours)? else {
        return Ok(vec![Verdict::green("shared with nobody")]);
    };
    let remote = &standing.remote;
    if !standing.exists {
        let Agreement::Other(was) = &standing.agreement else { return Ok(Vec::new()) };
        let text = format!("was shared with {remote}, and there is no such remote any more");
        let verdict = Verdict::yellow(text);
        // An address that went nowhere has no name to give back.
        return Ok(vec![match was.first() {
            Some(address) => verdict.mended_by(format!(
                "git -C {} remote add {} {}",
                quoted(git_dir),
                word(remote),
                word(address)
            )),
            None => verdict,
        }]);
    }
    if let Agreement::Other(was) = &standing.agreement {
        let was = was.join(", ");
        let text = format!("was shared with {was}, and {remote} has another address by now");
        return Ok(vec![Verdict::yellow(text).mended_by(patient.command("sync"))]);
    }
    let mut verdicts = Vec::new();
    if let Some(failure) = failures::load_sharing(&patient.doctor.data_dir()).get(git_dir) {
        let is_leak = failure.reason.starts_with(NOTHING_PUSHED);
        let command = if is_leak { "capture --redact-again" } else { "sync" };
        verdicts.push(
            Verdict::red(format!("could not be shared with {remote}: {}", failure.reason))
                .mended_by(patient.command(command)),
        );
    }
    let is_tracked =
        patient.store.tracking()?.branches.iter().any(|(name, _)| *name == standing.tracked_as);
    if ours.is_some() && !is_tracked {
        let text = format!("{remote} has not got opensession/sessions, as far as is known here");
        verdicts.push(Verdict::yellow(text).mended_by(patient.command("sync")));
    } else if standing.unsent > 0 {
        let text = format!("{} not sent to {remote}", plural(standing.unsent, "session"));
        verdicts.push(Verdict::yellow(text).mended_by(patient.command("sync")));
    }
    if standing.is_behind && is_tracked {
        let text = format!("what {remote} sent is fetched and not joined");
        verdicts.push(Verdict::yellow(text).mended_by(patient.command("pull")));
    }
    if verdicts.iter().all(|verdict| verdict.level == Level::Green) {
        verdicts.push(Verdict::green(format!("with {remote}, which has everything")));
    }
    Ok(verdicts)
}
