//! How far git is, by what it tells.

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How much of it is done.
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
}

/// What git does, here or at the remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Finding out what the other side lacks.
    Counting,
    /// Making it small.
    Compressing,
    /// Sending it.
    Sending,
    /// Receiving it.
    Receiving,
    /// Putting together what came in parts.
    Resolving,
}

/// How git's lines begin.
const PHASES: [(&str, Phase); 6] = [
    ("Counting objects", Phase::Counting),
    ("Compressing objects", Phase::Compressing),
    ("Writing objects", Phase::Sending),
    ("Receiving objects", Phase::Receiving),
    ("Unpacking objects", Phase::Receiving),
    ("Resolving deltas", Phase::Resolving),
];

impl Progress {
    /// Returns what a line of git's says of progress, such as `Writing objects:  50% (1/2)`; `None` for others.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let line = line.strip_prefix("remote: ").unwrap_or(line);
        let (name, rest) = line.split_once(": ")?;
        let (_name, phase) = *PHASES.iter().find(|(known, _phase)| *known == name)?;
        let (_percent, rest) = rest.split_once("% (")?;
        let (done, rest) = rest.split_once('/')?;
        let (total, _rest) = rest.split_once(')')?;
        Some(Self { phase, done: done.parse().ok()?, total: total.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_git_are_understood_and_others_are_not() {
        let step = |phase, done, total| Some(Progress { phase, done, total });
        for (line, expected) in [
            ("Writing objects:  50% (1/2)", step(Phase::Sending, 1, 2)),
            (
                "Receiving objects: 100% (12/12), 1.00 MiB | 5 MiB/s, done.",
                step(Phase::Receiving, 12, 12),
            ),
            ("remote: Compressing objects:   7% (3/41)", step(Phase::Compressing, 3, 41)),
            ("remote: Counting objects: 100% (3/3), done.", step(Phase::Counting, 3, 3)),
            ("Enumerating objects: 5, done.", None),
            ("Writing objects: 5% (many/2)", None),
            ("remote: Writing checks: 50% (1/2)", None),
            ("fatal: Writing objects: 50% (1/2)", None),
            ("", None),
        ] {
            assert_eq!(Progress::parse(line), expected, "{line}");
        }
    }
}
