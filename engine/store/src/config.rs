//! Reading a repository's configuration: the file that all its work trees share, and nothing that it includes.

use crate::refs::Format;
use crate::{Error, Result, durable};
use std::path::{Path, PathBuf};

/// Extensions that change nothing about refs, objects or packs (gitrepository-layout, `repository-version.adoc`).
const HARMLESS: [&str; 6] =
    ["noop", "noop-v1", "partialclone", "preciousobjects", "relativeworktrees", "worktreeconfig"];

/// The configuration of a repository.
pub(crate) struct Config {
    path: PathBuf,
    file: gix::config::File,
}

impl Config {
    /// Returns the configuration of the repository whose common git folder is `git_dir`; an empty one where there is
    /// no such file, as git does.
    pub(crate) fn read(git_dir: &Path) -> Result<Self> {
        let path = path(git_dir);
        let bytes = durable::read(&path)?.unwrap_or_default();
        Self::parse(path, &bytes)
    }

    /// Returns the configuration that the file at `path` makes with the content `bytes`.
    pub(crate) fn parse(path: PathBuf, bytes: &[u8]) -> Result<Self> {
        let meta = gix::config::file::Metadata::default();
        let options = gix::config::file::init::Options::default();
        match gix::config::File::from_bytes_no_includes(bytes, meta, options) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(Error::corrupt(path.display().to_string(), error.to_string())),
        }
    }

    /// Returns the value of `key`, true or false; `None` where it is not set.
    pub(crate) fn boolean(&self, key: &str) -> Result<Option<bool>> {
        let value = self.file.boolean(key);
        value.map_err(|error| self.invalid(key, &error.to_string()))
    }

    /// Returns the value of `key`; `None` where it is not set, or is no path.
    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        let value = self.file.string(key)?;
        gix::path::from_bstring(value).ok()
    }

    /// Returns all values of `key`, in their order.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        let values = self.file.strings(key).unwrap_or_default();
        values.into_iter().map(|value| value.to_string()).collect()
    }

    /// Returns how the repository names objects, and how it stores refs.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a format or an extension that is not known: git says to leave such a repository
    /// alone.
    pub(crate) fn format(&self) -> Result<(gix::hash::Kind, Format)> {
        let unsupported = |feature: String| {
            let folder = self.path.parent().unwrap_or(&self.path);
            Error::Unsupported { object: folder.display().to_string(), feature }
        };
        let version = self.file.integer("core.repositoryFormatVersion");
        let version = version.map_err(|error| self.invalid("core", &error.to_string()))?;
        let version = version.unwrap_or_default();
        if !(0..=1).contains(&version) {
            return Err(unsupported(format!("the repository format {version}")));
        }
        let (mut hash, mut refs) = (gix::hash::Kind::Sha1, Format::Files);
        for section in self.file.sections_by_name("extensions").into_iter().flatten() {
            for name in section.value_names() {
                let name = name.to_ascii_lowercase();
                let value = section.value(&name).map(|value| value.to_string());
                match (name.as_str(), value.as_deref()) {
                    ("objectformat", Some("sha1")) => hash = gix::hash::Kind::Sha1,
                    ("objectformat", Some("sha256")) => hash = gix::hash::Kind::Sha256,
                    ("refstorage", Some("files")) => refs = Format::Files,
                    ("refstorage", Some("reftable")) => refs = Format::Reftable,
                    (name, _) if version == 0 || HARMLESS.contains(&name) => {}
                    (name, value) => {
                        let value = value.unwrap_or_default();
                        return Err(unsupported(format!("the extension {name} = {value:?}")));
                    }
                }
            }
        }
        Ok((hash, refs))
    }

    fn invalid(&self, key: &str, reason: &str) -> Error {
        Error::invalid(format!("{}: {key}", self.path.display()), reason)
    }
}

/// Returns where the configuration of the repository at `git_dir` is.
pub(crate) fn path(git_dir: &Path) -> PathBuf {
    git_dir.join("config")
}
