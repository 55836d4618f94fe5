//! Whether a repository keeps sessions on its own branch: `opensession.enabled` in its configuration.

use crate::config::{self, Config};
use crate::setting::Setting;
use crate::{Result, Store, durable};
use std::path::Path;

const KEY: &str = "opensession.enabled";
const SECTION: &str = "[opensession]\n\tenabled = true";

impl Store {
    /// Returns whether the repository keeps sessions on its own branch: `opensession.enabled` in the configuration
    /// file that all work trees share. What that includes does not count, nor what the user or the system sets.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`] for a configuration that git cannot read either, [`crate::Error::Invalid`] for a value that is
    /// neither true nor false.
    pub fn is_enabled(&self) -> Result<bool> {
        is_enabled(self.git_dir())
    }

    /// Sets `opensession.enabled`, as a section of its own at the end of the configuration file.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] where somebody else keeps changing the configuration, [`crate::Error::SymbolicLink`] where it is one,
    /// and as for [`Store::is_enabled`].
    pub fn enable(&self) -> Result<()> {
        Setting::open(self)?
            .add(SECTION, |bytes| is_enabled_by(&config::path(self.git_dir()), bytes))
    }

    /// Takes `opensession.enabled` out of the configuration file, and the binding to a remote. Right after [`Store::enable`] the file has the bytes
    /// again that it had before; a section of that name with anything else in it stays.
    ///
    /// # Errors
    /// As for [`Store::enable`]; [`crate::Error::Git`] where git cannot change the file.
    pub fn disable(&self) -> Result<()> {
        // What may be pushed where ends with it.
        self.unbind()?;
        let file = Setting::open(self)?;
        file.cut(|section| section == SECTION)?;
        if is_enabled(self.git_dir())? { file.unset(self.git_dir(), &[KEY]) } else { Ok(()) }
    }
}

/// Returns whether the repository whose common git folder is `git_dir` is enabled.
pub(crate) fn is_enabled(git_dir: &Path) -> Result<bool> {
    let path = config::path(git_dir);
    is_enabled_by(&path, &durable::read(&path)?.unwrap_or_default())
}

fn is_enabled_by(path: &Path, bytes: &[u8]) -> Result<bool> {
    Ok(Config::parse(path.to_owned(), bytes)?.boolean(KEY)? == Some(true))
}
