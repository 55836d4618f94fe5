//! Which remote the sessions of a repository may be pushed to: `opensession.remote` in its configuration.
//!
//! Beside it stand the addresses that the remote had when that was agreed to, without credentials. A remote that has
//! others by now is not the one that was agreed to.

use super::Remote;
use crate::config::{self, Config};
use crate::setting::Setting;
use crate::{Error, Result, Store};

const KEY: &str = "opensession.remote";
const ADDRESS_KEY: &str = "opensession.remoteUrl";

/// What is known of the remote that was agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// It is as it was then.
    Confirmed(Remote),
    /// It has other addresses now.
    Changed {
        /// The remote as it is.
        remote: Remote,
        /// The addresses that it had, without credentials.
        was: Vec<String>,
    },
    /// There is no such remote any more.
    Gone {
        /// What it was called.
        name: String,
        /// The addresses that it had, without credentials.
        was: Vec<String>,
    },
}

impl Store {
    /// Returns the remote that the sessions of this repository may be pushed to; `None` where none was agreed to. Only
    /// the file that all work trees share counts, as for [`Store::is_enabled`].
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a configuration that git cannot read either, [`Error::Git`].
    pub fn bound(&self) -> Result<Option<Binding>> {
        let Some((name, was)) = read(&Config::read(self.git_dir())?) else { return Ok(None) };
        let remote = match self.remote(&name) {
            Err(Error::NotFound(_)) => return Ok(Some(Binding::Gone { name, was })),
            remote => remote?,
        };
        let is_same = addresses(&remote) == was;
        Ok(Some(if is_same {
            Binding::Confirmed(remote)
        } else {
            Binding::Changed { remote, was }
        }))
    }

    /// Remembers that the sessions of this repository may be pushed to `remote`, as it is now, and to no other.
    ///
    /// # Errors
    /// As for [`Store::enable`].
    pub fn bind(&self, remote: &Remote) -> Result<()> {
        let wanted = (remote.argument().to_owned(), addresses(remote));
        let path = config::path(self.git_dir());
        let is_bound =
            |bytes: &[u8]| Ok(read(&Config::parse(path.clone(), bytes)?).as_ref() == Some(&wanted));
        self.unbind()?;
        let mut section = format!("[opensession]\n\tremote = {}", quoted(&wanted.0));
        for address in &wanted.1 {
            section.push_str(&format!("\n\tremoteUrl = {}", quoted(address)));
        }
        Setting::open(self)?.add(&section, is_bound)
    }

    /// Takes back what [`Store::bind`] wrote.
    ///
    /// # Errors
    /// As for [`Store::disable`].
    pub fn unbind(&self) -> Result<()> {
        let is_bound = || Ok(read(&Config::read(self.git_dir())?).is_some());
        if !is_bound()? {
            return Ok(());
        }
        let file = Setting::open(self)?;
        file.cut(is_ours)?;
        if is_bound()? { file.unset(self.git_dir(), &[KEY, ADDRESS_KEY]) } else { Ok(()) }
    }
}

/// Returns whether a section is what [`Store::bind`] wrote, and nothing that somebody wrote behind it.
fn is_ours(section: &str) -> bool {
    let Some(rest) = section.strip_prefix("[opensession]\n\tremote = ") else { return false };
    // Values stand on one line each.
    rest.lines().skip(1).all(|line| line.starts_with("\tremoteUrl = "))
}

/// Returns what `config` says: the remote, and the addresses that it had.
fn read(config: &Config) -> Option<(String, Vec<String>)> {
    let name = config.texts(KEY).pop().filter(|name| !name.is_empty())?;
    Some((name, config.texts(ADDRESS_KEY)))
}

/// Returns the addresses of `remote`, each once, without credentials: a new password is no other remote.
fn addresses(remote: &Remote) -> Vec<String> {
    let mut found = Vec::new();
    for address in remote.addresses().map(ToString::to_string) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// Returns `text` as a value in git's configuration.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n").replace('\t', "\\t"))
}
