//! Staging: a session's tree and its new objects, built outside the lock.

use crate::coalesce::{Piece, coalesce};
use crate::layout::{self, Day};
use crate::object::{Deflate, Object};
use crate::tree::{Node, Tree};
use crate::{
    CommitId, Draft, Entry, Error, Manifest, Result, Segment, SegmentRecord, Source, Store,
};
use gix::ObjectId;
use gix::objs::Kind;
use opensession_hail::{Attachment, Chains, Members, SessionKey};
use opensession_redact::Redacted;

/// A session, ready to be put on the branch.
pub(crate) struct Staged {
    /// Which session.
    pub(crate) key: SessionKey,
    /// The day that it shall stand under.
    pub(crate) day: Day,
    /// Its generation.
    pub(crate) generation: u64,
    /// What must stand there still.
    pub(crate) base: Option<Entry>,
    /// The commit in which that was looked for.
    pub(crate) seen: Option<CommitId>,
    /// Its tree.
    pub(crate) tree: ObjectId,
    /// Everything in the tree that is not in the base's, and the tree itself.
    pub(crate) objects: Vec<Object>,
    /// Whether that is everything in the tree: then it can take the place of damaged copies.
    pub(crate) whole: bool,
}

impl Staged {
    /// Returns where the session stands once it is written.
    pub(crate) fn entry(&self) -> Entry {
        Entry { key: self.key.clone(), day: self.day, tree: crate::TreeId(self.tree) }
    }
}

/// What a draft is based on.
#[derive(Default)]
struct Base {
    tree: Tree,
    segments: Vec<(SegmentRecord, ObjectId)>,
    unknown: Members,
}

/// Builds the tree of the session in `draft`.
pub(crate) fn stage(store: &Store, draft: Draft) -> Result<Staged> {
    let Draft { key, day, base: entry, seen, generation, keep, segments, attachments, .. } = draft;
    let day = Day::of(day);
    let base = match &entry {
        Some(entry) => match Base::read(store, entry) {
            // Nothing of it is kept, so what is damaged is in nobody's way.
            Err(Error::Corrupt { .. }) if keep == 0 => Base::default(),
            base => base?,
        },
        None => Base::default(),
    };
    if keep > base.segments.len() {
        let reason = format!("keeps {keep} segments of {}", base.segments.len());
        return Err(Error::invalid(key.as_str(), reason));
    }
    let mut tree = base.tree;
    // Names that this version does not know are carried along.
    tree.retain(|name| !layout::is_segment(name));
    if keep == 0 {
        tree.remove(layout::ATTACHMENTS);
    }
    let kept = base.segments.into_iter().take(keep).map(|(record, blob)| Piece::Kept(record, blob));
    let pieces: Vec<Piece> = kept.chain(segments.into_iter().map(Piece::New)).collect();
    check_chains(&pieces, &key)?;
    let pieces = coalesce(pieces, &store.odb, store.hash(), key.as_str())?;

    let mut objects = Vec::new();
    let segments = place_segments(pieces, &key, &mut tree, &mut objects)?;
    place_attachments(store, attachments, &key, &mut tree, &mut objects)?;
    let header = draft.header.into_inner();
    let manifest = Manifest {
        format: layout::FORMAT_NUMBER,
        generation,
        stats: draft.stats,
        segments,
        source: Source {
            tool: header.agent.tool.clone(),
            tool_version: header.agent.tool_version.clone(),
            parser: draft.source.parser,
            rules: draft.source.rules,
            log: draft.source.log.into_inner(),
            bytes: draft.source.bytes,
            hash: draft.source.hash,
            drift: draft
                .source
                .drift
                .into_iter()
                .map(|(name, count)| (name.into_inner(), count))
                .collect(),
            unknown: Members::new(),
        },
        header,
        redactions: draft.redactions,
        forked_from: draft.forked_from,
        unknown: base.unknown,
    };
    let path = layout::manifest_path(day, &key);
    let json = manifest.to_json();
    let file = Object::encode_blob(store.hash(), json.as_bytes(), Deflate::Best, &path)?;
    tree.insert(layout::MANIFEST, Node::blob(file.id));
    objects.push(file);
    let folder = tree.encode(store.hash())?;
    let id = folder.id;
    objects.push(folder);
    let whole = keep == 0;
    Ok(Staged { key, day, generation, base: entry, seen, tree: id, objects, whole })
}

impl Base {
    fn read(store: &Store, entry: &Entry) -> Result<Self> {
        let path = layout::manifest_path(entry.day, &entry.key);
        let missing = |path: &str| Error::corrupt(path, "missing");
        let tree = Tree::read(&store.odb, store.hash(), entry.tree.0)?;
        let file = tree.file(layout::MANIFEST).ok_or_else(|| missing(&path))?;
        let manifest = Manifest::parse(&store.odb.read(file, Kind::Blob)?, &path)?;
        let mut segments = Vec::with_capacity(manifest.segments.len());
        for record in manifest.segments {
            let blob = tree.file(&record.name);
            let blob = blob.ok_or_else(|| missing(&format!("{}/{}", entry.key, record.name)))?;
            segments.push((record, blob));
        }
        Ok(Self { tree, segments, unknown: manifest.unknown })
    }
}

/// Refuses segments that do not go on where the one before them ends.
fn check_chains(pieces: &[Piece], key: &SessionKey) -> Result<()> {
    let mut chains = Chains::START;
    for piece in pieces {
        if let Piece::New(segment) = piece
            && segment.starts != chains
        {
            return Err(Error::invalid(
                key.as_str(),
                "a segment does not follow the one before it",
            ));
        }
        chains = piece.record().chains();
    }
    Ok(())
}

/// Puts segments into a session's tree, named by their order; returns their records.
fn place_segments(
    pieces: Vec<Piece>,
    key: &SessionKey,
    tree: &mut Tree,
    objects: &mut Vec<Object>,
) -> Result<Vec<SegmentRecord>> {
    if pieces.len() > layout::MAX_SEGMENTS {
        return Err(Error::invalid(
            key.as_str(),
            format!("{} segments are too many", pieces.len()),
        ));
    }
    let mut records = Vec::with_capacity(pieces.len());
    for (index, piece) in pieces.into_iter().enumerate() {
        let (mut record, blob) = match piece {
            Piece::Kept(record, blob) => (record, blob),
            Piece::New(Segment { record, blob, .. }) => {
                let id = blob.id;
                objects.push(blob);
                (record, id)
            }
        };
        record.name = layout::segment_name(index, record.id);
        tree.insert(&record.name, Node::blob(blob));
        records.push(record);
    }
    Ok(records)
}

/// Puts attachments into a session's tree, beside those that are there.
fn place_attachments(
    store: &Store,
    attachments: Vec<Redacted<Attachment>>,
    key: &SessionKey,
    tree: &mut Tree,
    objects: &mut Vec<Object>,
) -> Result<()> {
    if attachments.is_empty() {
        return Ok(());
    }
    let mut folder = match tree.subtree(layout::ATTACHMENTS) {
        Some(id) => Tree::read(&store.odb, store.hash(), id)?,
        None => Tree::default(),
    };
    for attachment in attachments {
        let Attachment { name, bytes } = attachment.into_inner();
        let path = format!("{key}/{}/{name}", layout::ATTACHMENTS);
        if layout::attachment_id(&name).is_none() {
            return Err(Error::invalid(path, "is no name of an attachment"));
        }
        if folder.get(&name).is_none() {
            let blob = Object::encode_blob(store.hash(), &bytes, Deflate::Best, &path)?;
            folder.insert(&name, Node::blob(blob.id));
            objects.push(blob);
        }
    }
    let folder = folder.encode(store.hash())?;
    tree.insert(layout::ATTACHMENTS, Node::tree(folder.id));
    objects.push(folder);
    Ok(())
}
