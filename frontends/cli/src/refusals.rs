//! What to do where a remote refuses.

use opensession_engine::Refusal;

/// Returns what the user can do about a refusal. Whatever it was, the branch here has everything, and the next sync
/// sends it.
pub(crate) const fn hint(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Protected => {
            "allow pushes to the branch opensession/sessions there, or share with another remote: `opensession sync OTHER`"
        }
        Refusal::Hook => {
            "a hook of the remote declined; ask who runs it, or share with another remote: `opensession sync OTHER`"
        }
        Refusal::TooLarge | Refusal::Quota => {
            "the remote takes no more; `opensession sync OTHER` shares with one that has room"
        }
        Refusal::NoRights => {
            "ask for the right to push there; `opensession pull` still gets what others share"
        }
        Refusal::Unauthenticated => {
            "check your credentials with `git ls-remote REMOTE`; opensession uses the same as git"
        }
        Refusal::Untrusted => "connect once by hand (`git ls-remote REMOTE`) and check its key",
        Refusal::Missing => "check the address: `git remote -v`; make the repository there first",
        Refusal::UnknownHost | Refusal::Unreachable => {
            "check the network and the address; everything stays here, and the next `opensession sync` sends it"
        }
        Refusal::TimedOut | Refusal::CutOff | Refusal::Unavailable | Refusal::Throttled => {
            "nothing is lost: try `opensession sync` again later"
        }
        Refusal::Protocol => {
            "git does not speak that protocol here: `git ls-remote REMOTE` says more"
        }
        Refusal::OtherHash => {
            "git cannot push between SHA-1 and SHA-256 repositories; share with one of the same hash"
        }
        Refusal::Rewrite => {
            "the remote forbids a history that was begun anew; allow it once, or delete the branch there"
        }
        Refusal::NameTaken => "the remote has a branch `opensession`: rename it there",
        Refusal::Hidden => "ask who runs the remote why it hides the branch opensession/sessions",
        Refusal::Oversized => {
            "what it sends is larger than two GiB: look at it with git before you take it"
        }
        Refusal::Unsound => {
            "what it sent was not taken over; `git fsck` there says what is damaged"
        }
        Refusal::Other => "`git push REMOTE opensession/sessions` by hand may say more",
    }
}
