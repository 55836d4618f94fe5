//! Whether anybody may read a remote: it is asked as a stranger.

use super::{Limits, Remote};
use crate::git::network;
use crate::git::talk::{self, End, Watch};
use crate::{Refusal, Result, Store};
use std::time::{Duration, Instant};

/// Who may read a remote, as far as can be found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publicity {
    /// It answers without knowing who asks.
    Public,
    /// It wants to know who asks, or is a folder.
    Private,
    /// It could not be asked.
    Unknown,
}

impl Store {
    /// Returns whether `remote` answers to somebody without credentials: without the user's configuration, helpers, keys
    /// and `.netrc`, but through the user's proxy. Where it is used over ssh, its host is asked over https for the same
    /// path. Takes `patience` at most.
    ///
    /// # Errors
    /// [`Error::Git`](crate::Error::Git) where git cannot be started.
    pub fn looks_public(&self, remote: &Remote, patience: Duration) -> Result<Publicity> {
        let started = Instant::now();
        let mut found = Publicity::Private;
        let mut asked: Vec<String> = Vec::new();
        for address in remote.addresses() {
            let Some(url) = address.without_login() else { continue };
            if asked.contains(&url) {
                continue;
            }
            match ask(&url, &self.way(remote, &url)?, started, patience)? {
                Publicity::Public => return Ok(Publicity::Public),
                Publicity::Unknown => found = Publicity::Unknown,
                Publicity::Private => {}
            }
            asked.push(url);
        }
        Ok(found)
    }

    /// Returns the settings by which the user's git gets to `url`.
    fn way(&self, remote: &Remote, url: &str) -> Result<Vec<(&'static str, String)>> {
        let match_url = ["config", "--null", "--get-urlmatch", "http", url];
        let set = network::ask(self.git_dir(), &match_url)?.unwrap_or_default();
        let setting = |line: &str| {
            let (key, value) = line.split_once('\n')?;
            Some((*WAY.iter().find(|known| **known == key)?, value.to_owned()))
        };
        let mut way: Vec<_> = set.split('\0').filter_map(setting).collect();
        if let Some(name) = remote.name()
            && let Some(proxy) =
                network::ask(self.git_dir(), &["config", "--get", &format!("remote.{name}.proxy")])?
        {
            // The last one holds.
            way.push((PROXY, proxy.trim_end_matches('\n').to_owned()));
        }
        Ok(way)
    }
}

const PROXY: &str = "http.proxy";
/// Settings that say how the web is reached, and whose certificates are believed; none of them says who asks.
const WAY: [&str; 5] =
    [PROXY, "http.proxyauthmethod", "http.sslbackend", "http.sslcainfo", "http.sslcapath"];

fn ask(
    url: &str,
    way: &[(&str, String)],
    started: Instant,
    patience: Duration,
) -> Result<Publicity> {
    let limits = Limits { silence: patience, ..Limits::within(patience) };
    let arguments = ["ls-remote", "--quiet", "--", url, "HEAD"];
    let command = network::command_of_a_stranger(way, &arguments);
    let mut watch = Watch { started, limits, progress: &mut |_step| {}, size: &|| 0 };
    let talk = talk::talk(command, "ls-remote", &mut watch)?;
    Ok(match talk.end {
        End::Code(Some(0)) => Publicity::Public,
        End::Code(_) => match Refusal::of_call(&talk.words) {
            // Forges hide what is private behind either.
            Refusal::Unauthenticated | Refusal::NoRights | Refusal::Missing => Publicity::Private,
            _ => Publicity::Unknown,
        },
        _ => Publicity::Unknown,
    })
}
