//! Where Pi and its siblings keep their logs, and what a file is by its beginning.

use super::entry::Entry;
use crate::head::lines;
use crate::{Home, Origin, Root};
use opensession_hail::SessionId;
use std::path::Path;

const SUFFIXES: &[&str] = &[".jsonl"];

/// In this many lines the head is looked for.
const LINES: usize = 4;

/// The variables that name the folder with all of a tool's files.
const AGENT_FOLDERS: [&str; 2] = ["PI_CODING_AGENT_DIR", "PRIME_AGENT_CODING_AGENT_DIR"];

/// The variables that name the folder with the logs.
const SESSION_FOLDERS: [&str; 3] = [
    "PI_CODING_AGENT_SESSION_DIR",
    "PRIME_AGENT_SESSION_DIR",
    "PRIME_AGENT_CODING_AGENT_SESSION_DIR",
];

/// Returns the folders to look into: what was written before a variable was set may still lie at the usual place.
///
/// Oh My Pi reads the variables of Pi. Its folder below the home can have another name, and holds one folder of logs
/// for each profile; where the user moved its files to the folders of the desktop's standard, they lie there.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut places = Vec::new();
    for name in SESSION_FOLDERS {
        if home.var(name).is_some() {
            places.push((home.dir_or(name, ""), Origin::Environment(name)));
        }
    }
    for name in AGENT_FOLDERS {
        if home.var(name).is_some() {
            places.push((home.dir_or(name, "").join("sessions"), Origin::Environment(name)));
        }
    }
    if let Some(name) = home.var("PI_CONFIG_DIR") {
        let (folder, origin) = (home.dir().join(name), Origin::Environment("PI_CONFIG_DIR"));
        places.push((folder.join("agent/sessions"), origin));
        places.push((folder.join("profiles"), origin));
    }
    if home.var("XDG_DATA_HOME").is_some() {
        let (folder, origin) = (home.data_dir().join("omp"), Origin::Environment("XDG_DATA_HOME"));
        places.push((folder.join("sessions"), origin));
        places.push((folder.join("profiles"), origin));
    }
    let usual =
        [".pi/agent/sessions", ".omp/agent/sessions", ".omp/profiles", ".prime/agent/sessions"];
    places.extend(usual.map(|folder| (home.dir().join(folder), Origin::Default)));
    let mut roots: Vec<Root> = Vec::new();
    for (path, origin) in places {
        if !roots.iter().any(|root| root.path == path) {
            roots.push(Root::new(path, origin, SUFFIXES));
        }
    }
    roots
}

/// Returns whether a file that begins like this is a log: a head among its first lines.
pub(super) fn is_log(head: &[u8]) -> bool {
    lines(head).take(LINES).any(is_head)
}

fn is_head(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let mut records = serde_json::Deserializer::from_str(&text).into_iter::<Entry<'_>>();
    let Some(Ok(head)) = records.next() else {
        return false;
    };
    let has_more = head.cwd.as_str().is_some() || head.version.0.is_some();
    head.kind.as_str() == Some("session") && head.id.filled().is_some() && has_more
}

/// What the path of a log says about its session.
#[derive(Clone, Debug)]
pub(super) struct Name {
    stem: String,
    /// Of a sub-agent's log: the session at whose side its folder lies.
    family: Option<SessionId>,
}

impl Name {
    /// Returns what `path` says: `<time>_<id>.jsonl`, and for a sub-agent `<time>_<id>/<agent>.jsonl`.
    pub(super) fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = name.strip_suffix(".jsonl").unwrap_or(&name).to_owned();
        let folders = path.ancestors().skip(1).take(LEVELS);
        let family =
            folders.filter_map(|folder| stamped(&folder.file_name()?.to_string_lossy())).next();
        Self { stem, family }
    }

    /// Returns the id of the session where its log does not tell it.
    pub(super) fn session(&self) -> SessionId {
        self.agent().map_or_else(|| session_of(&self.stem), |(session, _)| session)
    }

    /// Returns the session at whose side the log of a sub-agent lies.
    pub(super) fn family(&self) -> Option<&SessionId> {
        self.family.as_ref()
    }

    /// Returns the session of a sub-agent and that of its parent: `main.Worker` or `main.Worker.Helper`.
    pub(super) fn agent(&self) -> Option<(SessionId, SessionId)> {
        let family = self.family.as_ref()?;
        let parent = match self.stem.rsplit_once('.') {
            Some((parent, _)) => family.child(parent),
            None => family.clone(),
        };
        Some((family.child(&self.stem), parent))
    }
}

/// How many folders up a sub-agent's log may lie below the one named like its family's log.
const LEVELS: usize = 4;

/// Returns the session whose log is at `path`, or whose id that is.
pub(super) fn session_of(path: &str) -> SessionId {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = name.strip_suffix(".jsonl").unwrap_or(name);
    stamped(stem).unwrap_or_else(|| SessionId::from_foreign(stem))
}

/// Returns the session of a name like `2026-02-16T10-20-30-000Z_<id>`.
fn stamped(name: &str) -> Option<SessionId> {
    let (stamp, id) = name.split_once('_')?;
    let is_stamp = stamp.len() >= 19
        && stamp.starts_with(|c: char| c.is_ascii_digit())
        && stamp.bytes().all(|byte| byte.is_ascii_digit() || b"-TZ.".contains(&byte))
        && stamp.contains('T');
    (is_stamp && !id.is_empty()).then(|| SessionId::from_foreign(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_sessions_and_their_families() {
        let name = |path: &str| Name::of(Path::new(path));
        let own = name("/h/sessions/--src--/2026-02-16T10-20-30-000Z_01ab.jsonl");
        assert_eq!(own.session().as_str(), "01ab");
        assert!(own.family().is_none());
        let agent = name("/h/sessions/--src--/2026-02-16T10-20-30-000Z_01ab/Fast.Fix.jsonl");
        let (session, parent) = agent.agent().unwrap();
        assert_eq!((session.as_str(), parent.as_str()), ("01ab.Fast.Fix", "01ab.Fast"));
        assert_eq!(session_of("C:\\x\\2025-12-17T19-39-21-535Z_ab.jsonl").as_str(), "ab");
        assert_eq!(session_of("0199-ab").as_str(), "0199-ab");
        assert_eq!(session_of("my_log.jsonl").as_str(), "my_log");
    }
}
