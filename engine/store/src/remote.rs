//! Remotes: other repositories that the sessions branch is fetched from and pushed to.
//!
//! Git knows them, by its own rules. Everything that uses the network starts here and ends as a [`Refusal`] where the
//! remote, or the way to it, does not do what was asked.

mod address;
mod binding;
mod connection;
mod fetch;
mod incoming;
mod pieces;
mod progress;
mod public;
mod push;
mod refusal;

pub use address::Address;
pub use binding::Binding;
pub use fetch::Fetched;
pub use progress::{Phase, Progress};
pub use public::Publicity;
pub use push::Pushed;
pub use refusal::Refusal;

use crate::{Error, Result, Store, git::network};
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

/// How long a call may use the network, and how much may come or go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So long git may be silent. Ten seconds are enough for a remote that works.
    pub silence: Duration,
    /// So long the whole call may take.
    pub total: Duration,
    /// So many bytes a fetch may bring.
    pub bytes: u64,
    /// So many bytes may be sent at once; more is pushed piece by piece.
    pub sent: u64,
}

impl Limits {
    /// Returns the limits of a call that may take `total`: ten seconds of silence, and 2 GiB. A push sends somewhat less,
    /// because GitHub refuses more, and what is sent is not exactly what is on the disk.
    #[must_use]
    pub const fn within(total: Duration) -> Self {
        Self { silence: Duration::from_secs(10), total, bytes: 2 << 30, sent: 1920 << 20 }
    }
}

/// Another repository, as git's configuration or the user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its name in the configuration; `None` where only its address is known.
    name: Option<String>,
    /// Where it is fetched from. There is always one.
    fetch: Address,
    /// Where it is pushed to: every one of them.
    push: Vec<Address>,
}

impl Remote {
    /// Returns its name in git's configuration; `None` where only its address is known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the address that is fetched from.
    #[must_use]
    pub const fn fetch_address(&self) -> &Address {
        &self.fetch
    }

    /// Returns the addresses that are pushed to, mostly the one that is fetched from.
    #[must_use]
    pub fn push_addresses(&self) -> &[Address] {
        &self.push
    }

    /// Returns whether `url`, as git tells it to a `pre-push` hook, is an address that it is pushed to. Credentials make
    /// no difference.
    #[must_use]
    pub fn is_pushed_to(&self, url: &str) -> bool {
        let url = Address::new(url).to_string();
        self.push.iter().any(|address| address.to_string() == url)
    }

    /// Returns the name under which what was fetched is remembered, `refs/remotes/<name>/opensession/sessions`: its
    /// own, or one made of the address.
    #[must_use]
    pub fn tracked_as(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            let hash = blake3::hash(self.fetch.to_string().as_bytes()).to_hex();
            format!("url-{}", hash.get(..8).unwrap_or_default())
        })
    }

    /// Returns what git is given for it.
    fn argument(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.fetch.as_given())
    }

    fn addresses(&self) -> impl Iterator<Item = &Address> {
        std::iter::once(&self.fetch).chain(&self.push)
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name),
            None => self.fetch.fmt(f),
        }
    }
}

impl Store {
    /// Returns the remotes that git's configuration names, by name. `insteadOf` and the like are applied.
    ///
    /// # Errors
    /// [`Error::Git`] where git cannot read its configuration.
    pub fn remotes(&self) -> Result<Vec<Remote>> {
        let ask = ["config", "--null", "--name-only", "--get-regexp", r"^remote\..*\.url$"];
        let keys = network::ask(self.git_dir(), &ask)?.unwrap_or_default();
        let name =
            |key: &'_ str| Some(key.strip_prefix("remote.")?.strip_suffix(".url")?.to_owned());
        let names: BTreeSet<String> = keys.split('\0').filter_map(name).collect();
        names.into_iter().filter_map(|name| self.named(&name).transpose()).collect()
    }

    /// Returns the remote that `text` names: one of git's configuration, or an address: a URL, `host:path`, or the
    /// absolute path of a repository.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is neither, and as for [`Store::remotes`].
    pub fn remote(&self, text: &str) -> Result<Remote> {
        if let Some(remote) = self.named(text)? {
            return Ok(remote);
        }
        if !Address::is_one(text) {
            return Err(Error::NotFound(format!("remote {text}")));
        }
        // What git is given is what was named: it rewrites that by itself, and for pushing otherwise.
        let fetch = self.fetched_from(text)?.given_as(text);
        Ok(Remote { name: None, fetch, push: vec![self.pushed_to(text)?] })
    }

    /// Returns the remote of that name; `None` where there is none, or none that has an address.
    fn named(&self, name: &str) -> Result<Option<Remote>> {
        // Only what can stand in a ref can be remembered, and an option is no remote.
        let tracking = format!("refs/remotes/{name}/x");
        if name.starts_with('-')
            || gix::validate::reference::name(tracking.as_str().into()).is_err()
        {
            return Ok(None);
        }
        let urls = self.values(&format!("remote.{name}.url"))?;
        if urls.is_empty() {
            return Ok(None);
        }
        let push_urls = self.values(&format!("remote.{name}.pushurl"))?;
        let push: Result<Vec<Address>> = match push_urls.is_empty() {
            true => urls.iter().map(|url| self.pushed_to(url)).collect(),
            // These are rewritten like those to fetch from.
            false => push_urls.iter().map(|url| self.fetched_from(url)).collect(),
        };
        Ok(Some(Remote {
            name: Some(name.to_owned()),
            fetch: self.fetched_from(name)?,
            push: push?,
        }))
    }

    /// Returns where git fetches from that is given `text`, a name or an address.
    fn fetched_from(&self, text: &str) -> Result<Address> {
        let url = network::ask(self.git_dir(), &["ls-remote", "--get-url", "--", text])?;
        let url = url.unwrap_or_default();
        Ok(Address::new(url.strip_suffix('\n').unwrap_or(&url)))
    }

    /// Returns where git pushes to that is given the address `url`: only for pushing, the longest `pushInsteadOf` that
    /// it begins with is looked for first. Git itself tells that of no address.
    fn pushed_to(&self, url: &str) -> Result<Address> {
        let rules = ["config", "--null", "--get-regexp", r"^url\..*\.pushinsteadof$"];
        let rules = network::ask(self.git_dir(), &rules)?.unwrap_or_default();
        let rule = |rule: &str| {
            let (key, prefix) = rule.split_once('\n')?;
            let base = key.strip_prefix("url.")?.strip_suffix(".pushinsteadof")?;
            let rest = url.strip_prefix(prefix)?;
            Some((prefix.len(), format!("{base}{rest}")))
        };
        match rules.split('\0').filter_map(rule).max_by_key(|(length, _url)| *length) {
            Some((_length, url)) => Ok(Address::new(url)),
            None => self.fetched_from(url),
        }
    }

    /// Returns the values of `key`, without those that a later empty one takes back.
    fn values(&self, key: &str) -> Result<Vec<String>> {
        let found = network::ask(self.git_dir(), &["config", "--null", "--get-all", key])?;
        let found = found.unwrap_or_default();
        let found: Vec<&str> = found.split_terminator('\0').collect();
        let kept = found.rsplit(|value| value.is_empty()).next().unwrap_or_default();
        Ok(kept.iter().map(|value| (*value).to_owned()).collect())
    }
}
