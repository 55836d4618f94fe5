//! Why a remote did not do what was asked: told by git's own signs first, and by words only where there is no sign.

use crate::ErrorKind;
use std::fmt;

/// Why a remote, or the way to it, did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The branch is protected there.
    Protected,
    /// A hook there declined.
    Hook,
    /// What was pushed, or a part of it, is larger than may be.
    TooLarge,
    /// There is no room left for the repository or its owner.
    Quota,
    /// Who asked is known, or nobody has to be, but may not do this.
    NoRights,
    /// It wants to know who asks, and no credentials, or wrong ones, were found.
    Unauthenticated,
    /// Its ssh key or its certificate is unknown or wrong.
    Untrusted,
    /// There is no repository at the address.
    Missing,
    /// Its host has no address: the name is wrong, or this machine is offline.
    UnknownHost,
    /// Nobody answers at its host's address.
    Unreachable,
    /// It was silent for too long, or all of it took too long.
    TimedOut,
    /// The connection broke in the middle.
    CutOff,
    /// It cannot answer now.
    Unavailable,
    /// It wants to be asked less often.
    Throttled,
    /// Git, as it is set up here, does not speak that protocol.
    Protocol,
    /// It names objects by another hash than this repository.
    OtherHash,
    /// It does not take a branch that is not the continuation of the one that it has.
    Rewrite,
    /// A branch there takes the place of this one: `opensession` is a branch itself.
    NameTaken,
    /// It took the branch, but does not show it to readers.
    Hidden,
    /// What it sends is larger than was allowed.
    Oversized,
    /// What it sent is no sound git data.
    Unsound,
    /// It said something that is not known, or nothing.
    Other,
}

impl Refusal {
    /// Returns what the refusal means for the caller.
    pub(crate) const fn kind(self) -> ErrorKind {
        match self {
            Self::Protected
            | Self::Hook
            | Self::TooLarge
            | Self::Quota
            | Self::NoRights
            | Self::Unauthenticated
            | Self::Untrusted
            | Self::Rewrite
            | Self::Hidden => ErrorKind::Denied,
            Self::Missing => ErrorKind::NotFound,
            Self::UnknownHost
            | Self::Unreachable
            | Self::TimedOut
            | Self::CutOff
            | Self::Unavailable
            | Self::Other => ErrorKind::Network,
            Self::Throttled => ErrorKind::Busy,
            Self::Protocol | Self::OtherHash => ErrorKind::Unsupported,
            Self::NameTaken | Self::Oversized => ErrorKind::Invalid,
            Self::Unsound => ErrorKind::Corrupt,
        }
    }

    /// Returns why a call failed before the remote said anything of the branch.
    pub(super) fn of_call(words: &[String]) -> Self {
        find(words, BY_CALL).unwrap_or(Self::Other)
    }

    /// Returns why the remote rejected the branch: `reason` stands in git's report, `words` were said beside.
    pub(super) fn of_branch(reason: &str, words: &[String]) -> Self {
        let by_reason = find(&[reason.to_owned()], BY_BRANCH);
        if let Some(found) = by_reason.filter(|found| !matches!(found, Self::Hook | Self::Other)) {
            return found;
        }
        find(words, BY_BRANCH).or(by_reason).unwrap_or(Self::Other)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protected => "the branch is protected there",
            Self::Hook => "a hook there declined the branch",
            Self::TooLarge => "what was pushed is too large there",
            Self::Quota => "there is no room left there",
            Self::NoRights => "not permitted there",
            Self::Unauthenticated => "no valid credentials",
            Self::Untrusted => "its identity cannot be verified",
            Self::Missing => "there is no repository at that address",
            Self::UnknownHost => "its host cannot be found",
            Self::Unreachable => "its host cannot be reached",
            Self::TimedOut => "it did not answer in time",
            Self::CutOff => "the connection broke",
            Self::Unavailable => "it cannot answer now",
            Self::Throttled => "it is asked too often",
            Self::Protocol => "git cannot use that protocol here",
            Self::OtherHash => "it names objects by another hash than this repository",
            Self::Rewrite => "it does not let the branch be rewritten",
            Self::NameTaken => "another branch there takes the place of the sessions branch",
            Self::Hidden => "it took the branch, but does not show it",
            Self::Oversized => "what it sends is larger than allowed",
            Self::Unsound => "what it sent is damaged",
            Self::Other => "git failed",
        })
    }
}

/// Returns what the first sign stands for that any of `words` holds.
fn find(words: &[String], signs: &[(&str, Refusal)]) -> Option<Refusal> {
    let words: Vec<String> = words.iter().map(|line| line.to_ascii_lowercase()).collect();
    let said = |sign: &&(&str, Refusal)| words.iter().any(|line| line.contains(sign.0));
    signs.iter().find(said).map(|(_sign, refusal)| *refusal)
}

/// What git, curl and ssh say, and forges through ssh, in small letters; the surest first.
const BY_CALL: &[(&str, Refusal)] = &[
    ("mismatched algorithms", Refusal::OtherHash),
    ("repository's hash algorithm", Refusal::OtherHash),
    ("' not allowed", Refusal::Protocol),
    ("unable to find remote helper", Refusal::Protocol),
    ("is not a git command", Refusal::Protocol),
    ("cannot run ssh", Refusal::Protocol),
    ("host key verification failed", Refusal::Untrusted),
    ("ssl certificate", Refusal::Untrusted),
    ("certificate verif", Refusal::Untrusted),
    ("certificate subject name", Refusal::Untrusted),
    ("returned error: 401", Refusal::Unauthenticated),
    ("authentication failed", Refusal::Unauthenticated),
    ("could not read username", Refusal::Unauthenticated),
    ("could not read password", Refusal::Unauthenticated),
    // So it says where it may not ask.
    ("unable to get password from user", Refusal::Unauthenticated),
    ("permission denied (", Refusal::Unauthenticated),
    ("too many authentication failures", Refusal::Unauthenticated),
    ("repository is over its", Refusal::Quota),
    ("no space left on device", Refusal::Quota),
    ("disk quota exceeded", Refusal::Quota),
    ("returned error: 507", Refusal::Quota),
    ("http 507", Refusal::Quota),
    ("returned error: 413", Refusal::TooLarge),
    ("http 413", Refusal::TooLarge),
    ("returned error: 429", Refusal::Throttled),
    ("http 429", Refusal::Throttled),
    ("rate limit", Refusal::Throttled),
    ("returned error: 403", Refusal::NoRights),
    ("http 403", Refusal::NoRights),
    ("error: permission to ", Refusal::NoRights),
    ("you are not allowed to", Refusal::NoRights),
    ("detected dubious ownership", Refusal::NoRights),
    ("insufficient permission", Refusal::NoRights),
    ("does not appear to be a git repository", Refusal::Missing),
    ("repository not found", Refusal::Missing),
    ("project you were looking for could not be found", Refusal::Missing),
    ("repository '", Refusal::Missing),
    ("returned error: 404", Refusal::Missing),
    ("not exported", Refusal::Missing),
    // The answer was not git's: it went on as with a server that knows nothing of git.
    ("git-http-push failed", Refusal::Missing),
    ("not valid: is this a git repository?", Refusal::Missing),
    ("could not resolve host", Refusal::UnknownHost),
    ("could not resolve proxy", Refusal::UnknownHost),
    ("unable to look up", Refusal::UnknownHost),
    ("timed out", Refusal::TimedOut),
    ("timeout", Refusal::TimedOut),
    ("operation too slow", Refusal::TimedOut),
    ("couldn't connect to server", Refusal::Unreachable),
    ("could not connect to server", Refusal::Unreachable),
    ("failed to connect to", Refusal::Unreachable),
    ("connection refused", Refusal::Unreachable),
    ("network is unreachable", Refusal::Unreachable),
    ("no route to host", Refusal::Unreachable),
    ("returned error: 5", Refusal::Unavailable),
    ("http 5", Refusal::Unavailable),
    ("fsck error", Refusal::Unsound),
    ("bad object", Refusal::Unsound),
    ("did not send all necessary objects", Refusal::Unsound),
    ("early eof", Refusal::CutOff),
    ("unexpected disconnect", Refusal::CutOff),
    ("hung up unexpectedly", Refusal::CutOff),
    ("connection reset", Refusal::CutOff),
    ("connection closed", Refusal::CutOff),
    ("broken pipe", Refusal::CutOff),
    ("empty reply from server", Refusal::CutOff),
    ("transfer closed", Refusal::CutOff),
    ("recv failure", Refusal::CutOff),
    ("permission denied", Refusal::NoRights),
    ("read-only file system", Refusal::NoRights),
    ("inflate: data stream error", Refusal::Unsound),
    ("pack is corrupted", Refusal::Unsound),
    ("pack signature mismatch", Refusal::Unsound),
    ("could not read from remote repository", Refusal::CutOff),
];

/// What remotes say of a branch that they reject, in small letters; the surest first.
const BY_BRANCH: &[(&str, Refusal)] = &[
    ("exists; cannot create", Refusal::NameTaken),
    ("no space left on device", Refusal::Quota),
    ("quota", Refusal::Quota),
    ("repository is over its", Refusal::Quota),
    ("storage limit", Refusal::Quota),
    ("repository size limit", Refusal::Quota),
    ("repository has exceeded its size", Refusal::Quota),
    ("exceeds maximum allowed size", Refusal::TooLarge),
    ("file size limit", Refusal::TooLarge),
    ("large files detected", Refusal::TooLarge),
    ("too large", Refusal::TooLarge),
    ("larger than", Refusal::TooLarge),
    ("protected branch", Refusal::Protected),
    ("branch is protected", Refusal::Protected),
    ("protected branches", Refusal::Protected),
    ("repository rule violations", Refusal::Protected),
    ("gh006", Refusal::Protected),
    ("gh013", Refusal::Protected),
    ("denying non-fast-forward", Refusal::Rewrite),
    ("non-fast-forward", Refusal::Rewrite),
    ("rate limit", Refusal::Throttled),
    ("permission denied", Refusal::NoRights),
    ("permission to ", Refusal::NoRights),
    ("not permitted", Refusal::NoRights),
    ("insufficient permission", Refusal::NoRights),
    ("you are not allowed", Refusal::NoRights),
    ("read-only file system", Refusal::NoRights),
    ("unable to create temporary object directory", Refusal::NoRights),
    ("hook declined", Refusal::Hook),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_git_and_ssh_and_forges_say_is_understood() {
        for (text, expected) in [
            ("fatal: Authentication failed for 'https://host/x/'", Refusal::Unauthenticated),
            (
                "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
                Refusal::Unauthenticated,
            ),
            (
                "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                Refusal::Unauthenticated,
            ),
            (
                "ERROR: Repository not found.\nfatal: Could not read from remote repository.",
                Refusal::Missing,
            ),
            (
                "ERROR: Permission to a/b.git denied to c.\nfatal: Could not read from remote repository.",
                Refusal::NoRights,
            ),
            (
                "remote: The project you were looking for could not be found or you",
                Refusal::Missing,
            ),
            ("fatal: repository 'https://host/x/' not found", Refusal::Missing),
            (
                "ssh: Could not resolve hostname host: Name or service not known",
                Refusal::UnknownHost,
            ),
            ("ssh: connect to host h port 22: Connection timed out", Refusal::TimedOut),
            ("ssh: connect to host h port 22: No route to host", Refusal::Unreachable),
            ("Host key verification failed.", Refusal::Untrusted),
            (
                "fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none",
                Refusal::Untrusted,
            ),
            (
                "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413",
                Refusal::TooLarge,
            ),
            (
                "fatal: unable to access 'https://h/x/': The requested URL returned error: 503",
                Refusal::Unavailable,
            ),
            (
                "fatal: unable to access 'https://h/x/': The requested URL returned error: 429",
                Refusal::Throttled,
            ),
            ("fatal: transport 'ext' not allowed", Refusal::Protocol),
            ("error: RPC failed; curl 18 transfer closed with 9 bytes remaining", Refusal::CutOff),
            ("Segmentation fault", Refusal::Other),
        ] {
            assert_eq!(Refusal::of_call(&lines(text)), expected, "{text}");
        }
    }

    #[test]
    fn what_forges_say_of_a_branch_is_understood() {
        for (reason, text, expected) in [
            ("pre-receive hook declined", "", Refusal::Hook),
            ("hook declined", "no sessions here", Refusal::Hook),
            (
                "protected branch hook declined",
                "error: GH006: Protected branch",
                Refusal::Protected,
            ),
            (
                "push declined due to repository rule violations",
                "error: GH013: Repository rule violations found",
                Refusal::Protected,
            ),
            (
                "pre-receive hook declined",
                "GitLab: You are not allowed to push code to protected branches on this project.",
                Refusal::Protected,
            ),
            (
                "pre-receive hook declined",
                "error: File x is 101.00 MB; this exceeds GitHub's file size limit of 100.00 MB",
                Refusal::TooLarge,
            ),
            ("unpacker error", "fatal: pack exceeds maximum allowed size", Refusal::TooLarge),
            (
                "pre-receive hook declined",
                "Your push has been rejected, because this repository has exceeded its size limit",
                Refusal::Quota,
            ),
            ("unpacker error", "unpack failed: No space left on device", Refusal::Quota),
            ("non-fast-forward", "", Refusal::Rewrite),
            (
                "failed to update ref",
                "error: unable to create: Permission denied",
                Refusal::NoRights,
            ),
            ("unpacker error", "", Refusal::Other),
            ("something new", "that nobody knows", Refusal::Other),
        ] {
            assert_eq!(Refusal::of_branch(reason, &lines(text)), expected, "{reason}: {text}");
        }
    }
}
