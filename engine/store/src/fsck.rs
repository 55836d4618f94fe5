//! Checking every byte that reading the branch depends on: the ref, packs and indexes, trees, manifests, segments,
//! attachments. One segment is in memory at a time.

mod files;

pub(crate) use files::is_sound;

use crate::layout::{self, BRANCH};
use crate::segment::event_id;
use crate::tree::Tree;
use crate::{Branch, Entry, Error, Manifest, Result, SegmentRecord, Store};
use opensession_hail::{Chains, SessionKey};

/// Something that is wrong on the branch or in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The session that it concerns; `None` for what belongs to no single one, such as a pack.
    pub session: Option<SessionKey>,
    /// The file, object or ref.
    pub object: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Checks the branch of `store`. See [`Store::fsck`].
pub(crate) fn check(store: &Store, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<Finding>> {
    let mut findings = files::check(&store.packs(), store.hash())?;
    let branch = match store.branch() {
        Ok(Some(branch)) => branch,
        Ok(None) => return Ok(findings),
        Err(error) => {
            findings.push(finding(None, error)?);
            return Ok(findings);
        }
    };
    // Counted first: the trees of days are small, and a list of all sessions need not be.
    let total = branch.newest().filter(Result::is_ok).count() as u64;
    let mut done = 0;
    for entry in branch.newest() {
        match entry {
            Ok(entry) => {
                check_session(&branch, &entry, &mut findings)?;
                done += 1;
                progress(done, total);
            }
            Err(error) => findings.push(finding(None, error)?),
        }
    }
    for link in branch.links() {
        if let Err(error) = link {
            findings.push(finding(None, error)?);
        }
    }
    // Asked last: it is found out on the way.
    if let Some(damage) = branch.damage() {
        let (object, reason) = (BRANCH.to_owned(), damage.to_owned());
        findings.push(Finding { session: None, object, reason });
    }
    Ok(findings)
}

/// Returns what an error says about the branch; errors of the disk or the system go on as errors.
fn finding(session: Option<&SessionKey>, error: Error) -> Result<Finding> {
    let (object, reason) = match error {
        Error::Corrupt { object, reason } => (object, reason),
        Error::Unsupported { object, feature } => (object, format!("{feature} is not supported")),
        Error::NotFound(object) => (object, "missing".to_owned()),
        other => return Err(other),
    };
    Ok(Finding { session: session.cloned(), object, reason })
}

/// Checks everything in the tree of a session, and adds what is wrong.
pub(crate) fn check_session(
    branch: &Branch,
    entry: &Entry,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let mut note = |error: Error| {
        findings.push(finding(Some(&entry.key), error)?);
        Ok::<(), Error>(())
    };
    let (tree, manifest) =
        match branch.read(entry.tree.0).and_then(|tree| Ok((tree, branch.manifest(entry)?))) {
            Ok(found) => found,
            Err(error) => return note(error),
        };
    for error in check_names(entry, &tree, &manifest) {
        note(error)?;
    }
    let mut chains = Chains::START;
    for record in &manifest.segments {
        let checked = branch.segment(entry, record);
        match checked.and_then(|lines| check_segment(entry, record, &lines, chains)) {
            Ok(()) => {}
            Err(error) => note(error)?,
        }
        // A damaged segment is no reason to doubt the ones behind it.
        chains = record.chains();
    }
    let Some(folder) = tree.subtree(layout::ATTACHMENTS) else {
        return Ok(());
    };
    match branch.read(folder) {
        Ok(attachments) => {
            for (name, _node) in attachments.iter() {
                let name = String::from_utf8_lossy(name);
                if let Err(error) = branch.attachment(entry, &name) {
                    note(error)?;
                }
            }
        }
        Err(error) => note(error)?,
    }
    Ok(())
}

/// Holds the names of the segments in the manifest against the rule for them and against the tree.
fn check_names(entry: &Entry, tree: &Tree, manifest: &Manifest) -> Vec<Error> {
    let mut errors = Vec::new();
    for (index, record) in manifest.segments.iter().enumerate() {
        let expected = layout::segment_name(index, record.id);
        if record.name != expected {
            let object = layout::manifest_path(entry.day, &entry.key);
            errors.push(Error::corrupt(object, format!("{} should be {expected}", record.name)));
        }
    }
    for (name, _node) in tree.iter().filter(|(name, _node)| layout::is_segment(name)) {
        if !manifest.segments.iter().any(|record| record.name.as_bytes() == name) {
            let object = format!("{}/{}", entry.key, String::from_utf8_lossy(name));
            errors.push(Error::corrupt(object, "is not in the manifest"));
        }
    }
    errors
}

/// Holds the events of a segment against its record: their number, both chains, and that each is a JSON line.
fn check_segment(
    entry: &Entry,
    record: &SegmentRecord,
    lines: &[u8],
    mut chains: Chains,
) -> Result<()> {
    let damaged = |reason: String| Error::corrupt(format!("{}/{}", entry.key, record.name), reason);
    let mut events = 0;
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        events += 1;
        let id = event_id(line).map_err(|error| damaged(format!("event {events}: {error}")))?;
        chains.push(&id, line);
    }
    if events != record.events {
        return Err(damaged(format!("{events} events, recorded are {}", record.events)));
    }
    if chains != record.chains() {
        return Err(damaged("the chains are not the recorded ones".to_owned()));
    }
    Ok(())
}
