//! The trees of two states, side by side: what has to change in ours.

use super::sessions;
use crate::links;
use crate::object::Object;
use crate::tree::{Node, Tree};
use crate::{Branch, CommitId, Entry, Error, Result, layout, tombstone};
use gix::ObjectId;
use opensession_hail::SessionKey;
use std::collections::BTreeSet;

/// Two states of the branch.
#[derive(Clone, Copy)]
pub(super) struct Sides<'b> {
    /// The one that is changed; `None` where there is none yet.
    pub(super) ours: Option<&'b Branch>,
    /// The one that is joined into it.
    pub(super) theirs: &'b Branch,
}

/// A change in one of our trees.
pub(super) struct Edit {
    /// The names of the trees on the way.
    pub(super) path: Vec<String>,
    pub(super) name: Vec<u8>,
    /// What stands there from now on; `None` where nothing does.
    pub(super) node: Option<Node>,
    /// The session that it is, where it is one.
    pub(super) session: Option<Entry>,
}

/// What makes our state the joined one.
#[derive(Default)]
pub(super) struct Edits {
    pub(super) edits: Vec<Edit>,
    /// New objects that the trees name.
    pub(super) objects: Vec<Object>,
}

/// What differs between two states.
#[derive(Default)]
pub(super) struct Found {
    edits: Vec<Edit>,
    /// Sessions of which an entry differs, without the marks of forks.
    sessions: BTreeSet<SessionKey>,
    /// Sessions whose tombstone differs.
    tombstones: BTreeSet<SessionKey>,
    links: Vec<(CommitId, SessionKey, Pair)>,
}

/// What stands at one place: on our side, and on theirs.
type Pair = (Option<Node>, Option<Node>);

impl<'b> Sides<'b> {
    /// Returns what has to change in our trees.
    pub(super) fn join(self) -> Result<Edits> {
        let mut found = Found::default();
        let ours = self.ours.map(|ours| ours.tree().0);
        self.compare(&mut Vec::new(), (ours, Some(self.theirs.tree().0)), &mut found)?;
        let Found { edits, sessions, tombstones, links } = found;
        let mut joined = Edits { edits, objects: Vec::new() };
        for key in sessions.union(&tombstones) {
            sessions::join(self, key, &mut joined)?;
        }
        for (commit, session, pair) in links {
            let stays = self.link(commit, &session, pair)?;
            if stays != pair.0 {
                joined.edits.push(link_edit(commit, &session, stays));
            }
        }
        self.drop_links(&tombstones, &mut joined)?;
        if let Some(damage) = self.branches().find_map(Branch::damage) {
            return Err(Error::corrupt(layout::BRANCH, damage));
        }
        Ok(joined)
    }

    /// Returns both states, ours first.
    pub(super) fn branches(self) -> impl Iterator<Item = &'b Branch> {
        self.ours.into_iter().chain([self.theirs])
    }

    /// Returns up to which generation a session is forgotten on either side.
    pub(super) fn tombstone(self, key: &SessionKey) -> Result<Option<u64>> {
        let mut highest = None;
        for branch in self.branches() {
            highest = highest.max(branch.tombstone(key)?);
        }
        Ok(highest)
    }

    /// Adds what differs below `path`, where these trees stand.
    fn compare(
        self,
        path: &mut Vec<String>,
        (ours, theirs): (Option<ObjectId>, Option<ObjectId>),
        found: &mut Found,
    ) -> Result<()> {
        let read = |id: Option<ObjectId>| id.map(|id| self.theirs.read(id)).transpose();
        let ours = read(ours)?.unwrap_or_default();
        let theirs = read(theirs)?.unwrap_or_default();
        for name in names(&ours, &theirs) {
            let pair = (ours.named(&name), theirs.named(&name));
            if pair.0 == pair.1 {
                continue;
            }
            match place(path, &name, pair) {
                Place::Way(text) => {
                    let tree = |node: Option<Node>| {
                        node.filter(|node| node.mode.is_tree()).map(|node| node.id)
                    };
                    path.push(text);
                    self.compare(path, (tree(pair.0), tree(pair.1)), found)?;
                    path.pop();
                }
                Place::Session(key) => {
                    found.sessions.insert(key.main());
                }
                Place::Tombstone(key) => {
                    let stays = match pair {
                        (Some(node), Some(their)) => self.higher(&key, node, their)?,
                        (node, their) => node.or(their),
                    };
                    push(&mut found.edits, path, name, pair, stays);
                    found.tombstones.insert(key);
                }
                Place::Link(commit, key) => found.links.push((commit, key, pair)),
                Place::Epoch => {
                    let stays = self.higher_epoch(pair)?;
                    push(&mut found.edits, path, name, pair, stays);
                }
                Place::Format(number) => {
                    if let (Some(_), Some(_)) = pair {
                        let object = String::from_utf8_lossy(&name).into_owned();
                        let feature = format!("format {number}, written to on both sides");
                        return Err(Error::Unsupported { object, feature });
                    }
                    push(&mut found.edits, path, name, pair, pair.0.or(pair.1));
                }
                Place::Unknown => push(&mut found.edits, path, name, pair, larger(pair)),
            }
        }
        Ok(())
    }

    fn higher(self, key: &SessionKey, node: Node, their: Node) -> Result<Option<Node>> {
        tombstone::higher(self.theirs, key, node, their).map(Some)
    }

    /// Returns the file of the higher epoch.
    fn higher_epoch(self, pair: Pair) -> Result<Option<Node>> {
        let epoch = |branch: Option<&Branch>| branch.map_or(Ok(0), Branch::epoch);
        let (ours, theirs) = (epoch(self.ours)?, epoch(Some(self.theirs))?);
        Ok(match ours.cmp(&theirs) {
            std::cmp::Ordering::Greater => pair.0,
            std::cmp::Ordering::Less => pair.1,
            std::cmp::Ordering::Equal => larger(pair),
        })
    }

    /// Returns the link of a commit and a session that stays, if one does.
    fn link(self, commit: CommitId, session: &SessionKey, pair: Pair) -> Result<Option<Node>> {
        let forgotten = self.tombstone(session)?;
        let mut best = None;
        for node in [pair.0, pair.1].into_iter().flatten() {
            let rank = links::rank(self.theirs, commit, session, node)?;
            if forgotten.is_none_or(|generation| rank.generation > generation) {
                best = best.max(Some((rank, node.id)));
            }
        }
        Ok(best.map(|(_rank, id)| Node::blob(id)))
    }

    /// Drops our links of sessions that were forgotten since, where both sides have the same ones.
    fn drop_links(self, forgotten: &BTreeSet<SessionKey>, joined: &mut Edits) -> Result<()> {
        let Some(ours) = self.ours.filter(|_ours| !forgotten.is_empty()) else { return Ok(()) };
        for (commit, session) in ours.linked_sessions()? {
            if forgotten.contains(&session.main()) {
                let path = layout::links_path(commit);
                let folder = ours.tree_at(&path)?.unwrap_or_default();
                let node = folder.get(session.as_str());
                if self.link(commit, &session, (node, None))?.is_none() {
                    joined.edits.push(link_edit(commit, &session, None));
                }
            }
        }
        Ok(())
    }
}

/// What a place on the branch is for.
enum Place {
    /// It leads to others.
    Way(String),
    Session(SessionKey),
    Tombstone(SessionKey),
    Link(CommitId, SessionKey),
    Epoch,
    /// Another format than ours.
    Format(u32),
    /// A newer version may know.
    Unknown,
}

fn place(path: &[String], name: &[u8], pair: Pair) -> Place {
    let Ok(text) = str::from_utf8(name) else { return Place::Unknown };
    let any = |is: fn(&Node) -> bool| [pair.0, pair.1].iter().flatten().any(is);
    let (is_folder, is_file) = (any(|node| node.mode.is_tree()), any(|node| node.mode.is_blob()));
    if let (true, Some(number)) =
        (path.is_empty() && text != layout::FORMAT, layout::format_number(name))
    {
        return Place::Format(number);
    }
    let folder = path.get(1).map(String::as_str);
    if is_file && path.len() == 1 && text == layout::EPOCH {
        return Place::Epoch;
    }
    let leads =
        layout::is_on_the_way(path, text) || (path.len() == 1 && text == layout::TOMBSTONES);
    if is_folder && leads {
        return Place::Way(text.to_owned());
    }
    let Some(key) = layout::session_key(name) else { return Place::Unknown };
    match folder {
        Some(layout::TOMBSTONES) if path.len() == 2 && is_file => Place::Tombstone(key),
        Some(layout::LINKS) if layout::holds_links(path) && is_file => {
            let commit = path.last().and_then(|name| layout::linked_commit(name.as_bytes()));
            commit.map_or(Place::Unknown, |commit| Place::Link(commit, key))
        }
        Some(_year) if layout::day(path).is_some() && is_folder => Place::Session(key),
        _ => Place::Unknown,
    }
}

fn push(edits: &mut Vec<Edit>, path: &[String], name: Vec<u8>, pair: Pair, stays: Option<Node>) {
    if stays != pair.0 {
        edits.push(Edit { path: path.to_vec(), name, node: stays, session: None });
    }
}

fn link_edit(commit: CommitId, session: &SessionKey, node: Option<Node>) -> Edit {
    let path = layout::links_path(commit);
    Edit { path, name: session.as_str().as_bytes().to_vec(), node, session: None }
}

/// Returns one of what two sides have at a place that only a newer version may know: both sides choose the same.
fn larger(pair: Pair) -> Option<Node> {
    let rank = |node: &Node| (node.mode.is_tree(), node.id, node.mode.value());
    [pair.0, pair.1].into_iter().flatten().max_by_key(rank)
}

fn names(ours: &Tree, theirs: &Tree) -> BTreeSet<Vec<u8>> {
    ours.iter().chain(theirs.iter()).map(|(name, _node)| name.to_vec()).collect()
}
