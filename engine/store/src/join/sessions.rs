//! The versions of one session on two states: which stay, and under which names.

use super::settle::{Rank, Version, settle};
use super::trees::{Edit, Edits, Sides};
use crate::object::{Deflate, Object};
use crate::relation::{self, begins, last_id};
use crate::tree::Node;
use crate::versions::{Step, VersionName};
use crate::{Branch, Entry, Error, Manifest, Result, TreeId, layout, segment};
use gix::ObjectId;
use opensession_hail::SessionKey;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A version that stands on one of the states.
struct Standing<'b> {
    branch: &'b Branch,
    entry: Entry,
    manifest: Manifest,
}

/// Where entries stand: a day and a key.
type Places = BTreeMap<(layout::Day, SessionKey), ObjectId>;

/// Adds what makes our versions of the session `key`, which is no fork's, the joined ones.
pub(super) fn join(sides: Sides<'_>, key: &SessionKey, joined: &mut Edits) -> Result<()> {
    let entries = |branch: Option<&Branch>| branch.map_or(Ok(Vec::new()), |one| one.versions(key));
    let (ours, theirs) = (entries(sides.ours)?, entries(Some(sides.theirs))?);
    let tombstone = sides.tombstone(key)?;
    let stand: Places = ours.iter().map(place).collect();
    let result = match tombstone {
        None if ours.is_empty() => theirs.iter().map(place).collect(),
        None if theirs.is_empty() => return Ok(()),
        _ => join_versions(sides, key, [ours, theirs], tombstone, &mut joined.objects)?,
    };
    for ((day, key), _tree) in stand.iter().filter(|(at, _tree)| !result.contains_key(at)) {
        joined.edits.push(edit(*day, key, None));
    }
    for ((day, key), tree) in &result {
        if stand.get(&(*day, key.clone())) != Some(tree) {
            joined.edits.push(edit(*day, key, Some(*tree)));
        }
    }
    Ok(())
}

fn place(entry: &Entry) -> ((layout::Day, SessionKey), ObjectId) {
    ((entry.day, entry.key.clone()), entry.tree.0)
}

fn edit(day: layout::Day, key: &SessionKey, tree: Option<ObjectId>) -> Edit {
    Edit {
        path: day.path(),
        name: key.as_str().as_bytes().to_vec(),
        node: tree.map(Node::tree),
        session: tree.map(|tree| Entry { key: key.clone(), day, tree: TreeId(tree) }),
    }
}

fn join_versions(
    sides: Sides<'_>,
    key: &SessionKey,
    [ours, theirs]: [Vec<Entry>; 2],
    tombstone: Option<u64>,
    objects: &mut Vec<Object>,
) -> Result<Places> {
    let mut versions = Vec::new();
    let mut unreadable = Places::new();
    let sides = [(sides.ours, ours), (Some(sides.theirs), theirs)];
    for (branch, entries) in sides {
        for (branch, entry) in entries.into_iter().filter_map(|entry| Some((branch?, entry))) {
            match read(branch, &entry)? {
                Some(manifest) => {
                    versions.push(version(Standing { branch, entry, manifest })?);
                }
                None => {
                    let (at, tree) = place(&entry);
                    let stays = unreadable.entry(at).or_insert(tree);
                    *stays = tree.max(*stays);
                }
            }
        }
    }
    let is_prefix = |short: &Standing<'_>, long: &Standing<'_>| begins(short.at(), long.at());
    // What nobody can read is below everything that can be: it stays where nothing else stands.
    let mut result = unreadable;
    for (name, version) in settle(versions, tombstone, is_prefix, steps)? {
        let tree = named(&version, key, &name, objects)?;
        result.insert((version.entry.day, name.key(key)), tree);
    }
    Ok(result)
}

/// Returns the manifest of a session; `None` where it is there, and is none.
fn read(branch: &Branch, entry: &Entry) -> Result<Option<Manifest>> {
    // What cannot be read from the disk is damage, and nothing is to be built on that.
    let Some(file) = branch.read(entry.tree.0)?.file(layout::MANIFEST) else { return Ok(None) };
    let path = layout::manifest_path(entry.day, &entry.key);
    match Manifest::parse(&branch.read_blob(file)?, &path) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(Error::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn version<'b>(standing: Standing<'b>) -> Result<Version<Standing<'b>>> {
    let Standing { branch, entry, manifest } = &standing;
    // Where a fork leaves depends on what else there is: that must not decide which of two equal versions stays.
    let identity = match &manifest.forked_from {
        None => entry.tree.0,
        Some(_) => {
            let [_file, tree] =
                encode(branch, entry, &Manifest { forked_from: None, ..manifest.clone() })?;
            tree.id
        }
    };
    let rank = Rank {
        updated_at: manifest.header.context.updated_at,
        parser: manifest.source.parser,
        rules: manifest.source.rules,
        segments: Reverse(manifest.segments.len()),
        content: manifest.content_id(),
        identity: identity.as_slice().to_vec(),
        tree: entry.tree.0.as_slice().to_vec(),
    };
    let (generation, events, last) = (manifest.generation, manifest.events(), last_id(manifest));
    Ok(Version { generation, events, last, rank, what: standing })
}

impl Standing<'_> {
    fn at(&self) -> relation::Version<'_> {
        let Self { branch, entry, manifest } = self;
        relation::Version { branch, entry, manifest }
    }
}

/// Returns the events of a version, as far as they tell it from others.
fn steps(standing: &Standing<'_>) -> Result<Vec<Step>> {
    let Standing { branch, entry, manifest } = standing;
    let mut steps = Vec::new();
    for record in &manifest.segments {
        let lines = branch.segment(entry, record)?;
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            steps.push(segment::step(line).map_err(|error| {
                Error::corrupt(format!("{}/{}", entry.key, record.name), error.to_string())
            })?);
        }
    }
    Ok(steps)
}

/// Returns the tree of a version under its name, and adds what is new in it.
fn named(
    standing: &Standing<'_>,
    key: &SessionKey,
    name: &VersionName,
    objects: &mut Vec<Object>,
) -> Result<ObjectId> {
    let Standing { branch, entry, manifest } = standing;
    let fork = name.fork(key);
    if manifest.forked_from == fork {
        return Ok(entry.tree.0);
    }
    let renamed = Manifest { forked_from: fork, ..manifest.clone() };
    let [file, tree] = encode(branch, entry, &renamed)?;
    let id = tree.id;
    objects.extend([file, tree]);
    Ok(id)
}

/// Returns the file of a manifest, and the tree of a session with that in place of its own.
fn encode(branch: &Branch, entry: &Entry, manifest: &Manifest) -> Result<[Object; 2]> {
    let path = layout::manifest_path(entry.day, &entry.key);
    let json = manifest.to_json();
    let file = Object::encode_blob(branch.hash(), json.as_bytes(), Deflate::Best, &path)?;
    let mut tree = branch.read(entry.tree.0)?;
    tree.insert(layout::MANIFEST, Node::blob(file.id));
    Ok([file, tree.encode(branch.hash())?])
}
