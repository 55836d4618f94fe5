//! The configuration file, `opensession.toml`.

mod unknown;

pub(crate) use unknown::unknown_keys;

use crate::place::{is_absolute, plain};
use crate::{Error, Result};
use opensession_parsers::Home;
use opensession_store::Patterns;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml_edit::{Document, Item, Value};

/// What the user has set. Unknown keys are left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `identity.nickname`: what the user's sessions are signed with, instead of git's name.
    pub nickname: Option<String>,
    /// `watchers.custom_paths`: folders that are swept beside the tools' own.
    pub custom_paths: Vec<PathBuf>,
    /// `privacy.exclude_tools`: tools whose logs are never captured.
    pub exclude_tools: Vec<String>,
    /// `privacy.exclude_repos`: folders whose sessions are never captured, absolute; they may hold wildcards.
    pub exclude_repos: Vec<String>,
    /// `privacy.exclude_patterns`: files whose contents are never kept, as in a `.gitignore`.
    pub exclude_patterns: Vec<String>,
    /// `privacy.strip_paths`: whether the home folder becomes `~` in what is stored.
    pub strip_paths: bool,
    /// `privacy.strip_env_vars`: whether what environment variables are set to becomes a mark.
    pub strip_env_vars: bool,
    /// `privacy.strip_user`: whether the user's name becomes a mark.
    pub strip_user: bool,
    /// `privacy.strip_author`: whether nothing says whose the user's sessions are.
    pub strip_author: bool,
    /// `privacy.strip_emails`: whether e-mail addresses become marks.
    pub strip_emails: bool,
    /// `privacy.strip_hosts`: whether this machine's name becomes a mark.
    pub strip_hosts: bool,
    /// `privacy.strip_ips`: whether IP addresses become marks.
    pub strip_ips: bool,
    /// `git_storage.retention.keep_days`, where `enabled` beside it is true: how many days `prune` keeps.
    pub keep_days: Option<u32>,
    /// `tui.theme`: whether the terminal is dark or light; `None` is what it says itself.
    pub theme: Option<Background>,
    /// `tui.mouse = false`: the mouse is left to the terminal.
    pub no_mouse: bool,
    /// `keys`: which keys mean what in the terminal screen, in the order of the file.
    pub keys: Vec<KeySetting>,
}

/// What text is shown on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Light text on a dark ground.
    #[default]
    Dark,
    /// Dark text on a light ground.
    Light,
}

/// The keys of one action, as the user set them. Only the terminal screen knows what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySetting {
    /// The action's name.
    pub action: String,
    /// Its keys; none at all takes them away.
    pub keys: Vec<String>,
    /// The line in the configuration file, from 1.
    pub line: usize,
}

/// The largest configuration of a repository, in bytes.
const LARGEST: u64 = 1 << 20;

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Flag,
    Number,
    Texts,
    Table,
}

/// Every key that has a meaning, with the type it must have.
const KEYS: [(&str, Kind); 35] = [
    ("server", Kind::Table),
    ("server.url", Kind::Text),
    ("server.api_key", Kind::Text),
    ("identity", Kind::Table),
    ("identity.nickname", Kind::Text),
    ("identity.team_id", Kind::Text),
    ("watchers", Kind::Table),
    ("watchers.custom_paths", Kind::Texts),
    ("daemon", Kind::Table),
    ("daemon.auto_publish", Kind::Flag),
    ("daemon.debounce_secs", Kind::Number),
    ("daemon.publish_on", Kind::Text),
    ("daemon.realtime_debounce_ms", Kind::Number),
    ("daemon.max_retries", Kind::Number),
    ("daemon.health_check_interval_secs", Kind::Number),
    ("privacy", Kind::Table),
    ("privacy.strip_paths", Kind::Flag),
    ("privacy.strip_env_vars", Kind::Flag),
    ("privacy.strip_user", Kind::Flag),
    ("privacy.strip_author", Kind::Flag),
    ("privacy.strip_emails", Kind::Flag),
    ("privacy.strip_hosts", Kind::Flag),
    ("privacy.strip_ips", Kind::Flag),
    ("privacy.exclude_patterns", Kind::Texts),
    ("privacy.exclude_tools", Kind::Texts),
    ("privacy.exclude_repos", Kind::Texts),
    ("git_storage", Kind::Table),
    ("git_storage.method", Kind::Text),
    ("git_storage.retention.enabled", Kind::Flag),
    ("git_storage.retention.keep_days", Kind::Number),
    ("git_storage.retention.interval_secs", Kind::Number),
    ("tui", Kind::Table),
    ("tui.theme", Kind::Text),
    ("tui.mouse", Kind::Flag),
    ("keys", Kind::Table),
];

impl Config {
    /// Returns where the file is: `$XDG_CONFIG_HOME/opensession/opensession.toml`.
    #[must_use]
    pub fn path(home: &Home) -> PathBuf {
        home.config_dir().join("opensession/opensession.toml")
    }

    /// Returns the configuration of this user; the defaults where there is no file.
    ///
    /// # Errors
    /// [`Error::Config`] with file, line and reason where the file is not valid, [`Error::Io`] where it cannot be
    /// read.
    pub fn load(home: &Home) -> Result<Self> {
        let path = Self::path(home);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        Self::parse(&path, &text, home)
    }

    /// Returns the names of the privacy options that are on.
    pub(crate) fn privacy(&self) -> Vec<&'static str> {
        let options = [
            ("strip_paths", self.strip_paths),
            ("strip_env_vars", self.strip_env_vars),
            ("strip_user", self.strip_user),
            ("strip_author", self.strip_author),
            ("strip_emails", self.strip_emails),
            ("strip_hosts", self.strip_hosts),
            ("strip_ips", self.strip_ips),
            ("exclude_repos", !self.exclude_repos.is_empty()),
            ("exclude_patterns", !self.exclude_patterns.is_empty()),
        ];
        options.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name).collect()
    }

    /// Returns `privacy.exclude_patterns` of the repository with this work tree, which anybody may have written: its
    /// `.opensession/config.toml` says nothing else.
    ///
    /// # Errors
    /// As for [`Config::load`].
    pub(crate) fn exclude_patterns_of(work_tree: &Path) -> Result<Vec<String>> {
        let path = work_tree.join(".opensession/config.toml");
        let is_missing = |error: &io::Error| {
            matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        };
        match fs::metadata(&path) {
            Err(error) if is_missing(&error) => return Ok(Vec::new()),
            // A pipe would never end.
            Ok(found) if !found.is_file() || found.len() > LARGEST => {
                let reason = format!("it is no file of at most {LARGEST} bytes");
                return Err(Error::Config { path, line: 1, reason });
            }
            _ => {}
        }
        let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        Ok(Settings::parse(&path, &text)?.patterns())
    }

    fn parse(path: &Path, text: &str, home: &Home) -> Result<Self> {
        let settings = Settings::parse(path, text)?;
        Ok(Self {
            nickname: settings.text("identity.nickname"),
            custom_paths: settings
                .texts("watchers.custom_paths")
                .iter()
                .map(|path| home.expand(path))
                .collect(),
            exclude_tools: settings.texts("privacy.exclude_tools"),
            exclude_repos: settings.folders("privacy.exclude_repos", home)?,
            exclude_patterns: settings.patterns(),
            strip_paths: settings.is_on("privacy.strip_paths"),
            strip_env_vars: settings.is_on("privacy.strip_env_vars"),
            strip_user: settings.is_on("privacy.strip_user"),
            strip_author: settings.is_on("privacy.strip_author"),
            strip_emails: settings.is_on("privacy.strip_emails"),
            strip_hosts: settings.is_on("privacy.strip_hosts"),
            strip_ips: settings.is_on("privacy.strip_ips"),
            keep_days: settings.keep_days()?,
            theme: settings.theme()?,
            no_mouse: settings.find("tui.mouse").and_then(Item::as_bool) == Some(false),
            keys: settings.keys()?,
        })
    }
}

/// A configuration file in which every known key has the type that it must have.
struct Settings<'t> {
    path: &'t Path,
    text: &'t str,
    document: Document<&'t str>,
}

impl<'t> Settings<'t> {
    fn parse(path: &'t Path, text: &'t str) -> Result<Self> {
        let fail = |at, reason| fail(path, text, at, reason);
        let document = Document::parse(text)
            .map_err(|error| fail(error.span(), error.message().to_owned()))?;
        let settings = Self { path, text, document };
        for (key, kind) in KEYS {
            if let Some(item) = settings.find(key).filter(|item| !fits(item, kind)) {
                return Err(fail(item.span(), format!("{key} must be {}", describe(kind))));
            }
        }
        let patterns = settings.find("privacy.exclude_patterns").and_then(Item::as_array);
        for pattern in patterns.into_iter().flatten() {
            // Of `~/` nothing is left below the home folder.
            let means_any = |text: &str| {
                Patterns::means_any(text.strip_prefix("~/").unwrap_or(text).trim_matches('/'))
            };
            if !pattern.as_str().is_some_and(means_any) {
                let reason = "privacy.exclude_patterns holds an empty pattern".to_owned();
                return Err(fail(pattern.span(), reason));
            }
        }
        Ok(settings)
    }

    fn find(&self, key: &str) -> Option<&Item> {
        key.split('.').try_fold(self.document.as_item(), |item, part| item.get(part))
    }

    fn is_on(&self, key: &str) -> bool {
        self.find(key).and_then(Item::as_bool).unwrap_or(false)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.find(key).and_then(Item::as_str).map(str::to_owned)
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let array = self.find(key).and_then(Item::as_array);
        array.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn keep_days(&self) -> Result<Option<u32>> {
        let Some(item) = self.find("git_storage.retention.keep_days") else { return Ok(None) };
        let days = item.as_integer().and_then(|days| u32::try_from(days).ok());
        match days {
            _ if !self.is_on("git_storage.retention.enabled") => Ok(None),
            Some(1..) => Ok(days),
            _ => {
                let reason = "git_storage.retention.keep_days must be at least 1".to_owned();
                Err(fail(self.path, self.text, item.span(), reason))
            }
        }
    }

    fn theme(&self) -> Result<Option<Background>> {
        let Some(item) = self.find("tui.theme") else { return Ok(None) };
        match item.as_str() {
            Some("auto") => Ok(None),
            Some("dark") => Ok(Some(Background::Dark)),
            Some("light") => Ok(Some(Background::Light)),
            _ => {
                let reason = "tui.theme must be \"auto\", \"dark\" or \"light\"".to_owned();
                Err(fail(self.path, self.text, item.span(), reason))
            }
        }
    }

    /// Returns what stands in `[keys]`; which actions there are is not known here.
    fn keys(&self) -> Result<Vec<KeySetting>> {
        let table = self.find("keys").and_then(Item::as_table_like);
        let settings = table.into_iter().flat_map(|table| table.iter()).map(|(action, item)| {
            if !fits(item, Kind::Texts) {
                let reason = format!("keys.{action} must be {}", describe(Kind::Texts));
                return Err(fail(self.path, self.text, item.span(), reason));
            }
            let keys = item.as_array().into_iter().flatten().filter_map(Value::as_str);
            Ok(KeySetting {
                action: action.to_owned(),
                keys: keys.map(str::to_owned).collect(),
                line: line_of(self.text, item.span().map_or(0, |range| range.start)),
            })
        });
        settings.collect()
    }

    fn patterns(&self) -> Vec<String> {
        self.texts("privacy.exclude_patterns")
    }

    /// Returns a list of absolute paths; `~` is the home folder.
    fn folders(&self, key: &str, home: &Home) -> Result<Vec<String>> {
        let array = self.find(key).and_then(Item::as_array);
        let folders = array.into_iter().flatten().map(|item| {
            // That it is a text was seen when the file was read.
            let text = item.as_str().unwrap_or("");
            let folder = home.expand(text).to_string_lossy().into_owned();
            let reason = match is_absolute(text) {
                true if Patterns::means_any(&plain(&folder)) => return Ok(folder),
                true => format!("{key}: {text:?} is every folder"),
                false => format!("{key}: {text:?} is neither an absolute path nor one below ~"),
            };
            Err(fail(self.path, self.text, item.span(), reason))
        });
        folders.collect()
    }
}

/// Returns what is wrong with a file of the user's, with the line at which `at` begins.
pub(crate) fn fail(path: &Path, text: &str, at: Option<Range<usize>>, reason: String) -> Error {
    let line = line_of(text, at.map_or(0, |range| range.start));
    Error::Config { path: path.to_owned(), line, reason }
}

fn fits(item: &Item, kind: Kind) -> bool {
    match kind {
        Kind::Text => item.is_str(),
        Kind::Flag => item.is_bool(),
        Kind::Number => item.as_integer().is_some_and(|number| number >= 0),
        Kind::Texts => item.as_array().is_some_and(|array| array.iter().all(Value::is_str)),
        Kind::Table => item.is_table_like(),
    }
}

const fn describe(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a string",
        Kind::Flag => "true or false",
        Kind::Number => "a whole number that is not negative",
        Kind::Texts => "a list of strings",
        Kind::Table => "a table",
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_parsers::Os;

    fn parse(text: &str) -> Result<Config> {
        let home = Home::new("/h".into(), std::collections::BTreeMap::new(), Os::Linux);
        Config::parse(Path::new("opensession.toml"), text, &home)
    }

    #[test]
    fn known_keys_are_read_and_unknown_ones_left_alone() {
        let config = parse(
            "# mine\n[watchers]\ncustom_paths = ['~/logs', '/x']\n[privacy]\nexclude_tools = ['codex']\nstrip_paths = true\nstrip_ips = true\nexclude_repos = ['~/a', '/b/*']\nexclude_patterns = ['*.pem', '!a.pem']\n[new]\na = 1\n",
        );
        let expected = Config {
            custom_paths: vec!["/h/logs".into(), "/x".into()],
            exclude_tools: vec!["codex".into()],
            exclude_repos: vec!["/h/a".into(), "/b/*".into()],
            exclude_patterns: vec!["*.pem".into(), "!a.pem".into()],
            strip_paths: true,
            strip_ips: true,
            ..Config::default()
        };
        assert_eq!(config.unwrap(), expected);
    }

    #[test]
    fn sessions_are_kept_unless_both_keys_say_otherwise() {
        let days = |text: &str| parse(text).unwrap().keep_days;
        assert_eq!(days("[git_storage.retention]\nkeep_days = 30\n"), None);
        assert_eq!(days("[git_storage.retention]\nenabled = true\n"), None);
        assert_eq!(days("[git_storage.retention]\nenabled = true\nkeep_days = 30\n"), Some(30));
        let none = parse("[git_storage.retention]\nenabled = true\nkeep_days = 0\n").unwrap_err();
        assert!(
            none.to_string()
                .ends_with("line 3: git_storage.retention.keep_days must be at least 1")
        );
    }

    #[test]
    fn the_terminal_screen_has_a_theme_and_keys() {
        let config = parse(
            "[tui]\ntheme = 'light'\nmouse = false\n[keys]\nquit = ['Q']\nstats = []\nfly = ['x']\n",
        );
        let config = config.unwrap();
        assert_eq!((config.theme, config.no_mouse), (Some(Background::Light), true));
        let keys: Vec<_> =
            config.keys.iter().map(|set| (set.line, set.action.as_str(), set.keys.len())).collect();
        assert_eq!(keys, [(5, "quit", 1), (6, "stats", 0), (7, "fly", 1)]);
        assert_eq!(parse("[tui]\ntheme = 'auto'\n").unwrap(), Config::default());
        let reason = |text: &str| parse(text).unwrap_err().to_string();
        assert!(
            reason("[tui]\ntheme = 'blue'")
                .ends_with("line 2: tui.theme must be \"auto\", \"dark\" or \"light\"")
        );
        assert!(
            reason("[keys]\nquit = 'Q'").ends_with("line 2: keys.quit must be a list of strings")
        );
    }

    #[test]
    fn errors_name_file_line_and_reason() {
        let wrong_type = parse("[daemon]\n\ndebounce_secs = 'soon'\n").unwrap_err();
        assert_eq!(
            wrong_type.to_string(),
            "opensession.toml, line 3: daemon.debounce_secs must be a whole number that is not negative"
        );
        let pattern = parse("[privacy]\nexclude_patterns = [\n  '*.pem',\n  '',\n]\n");
        assert_eq!(
            pattern.unwrap_err().to_string(),
            "opensession.toml, line 4: privacy.exclude_patterns holds an empty pattern"
        );
        let nothing = parse("[privacy]\nexclude_patterns = ['~/']\n").unwrap_err().to_string();
        assert!(nothing.ends_with("holds an empty pattern"), "{nothing}");
        let all = parse("[privacy]\nexclude_repos = ['/srv/x', '/']\n").unwrap_err().to_string();
        assert!(all.ends_with("exclude_repos: \"/\" is every folder"), "{all}");
        let remote =
            parse("[privacy]\nexclude_repos = ['~/a', 'github.com/acme/*']\n").unwrap_err();
        assert_eq!(
            remote.to_string(),
            "opensession.toml, line 2: privacy.exclude_repos: \"github.com/acme/*\" is neither an absolute path nor one below ~"
        );
        let syntax = parse("[server\nurl = 1").unwrap_err().to_string();
        assert!(syntax.starts_with("opensession.toml, line 1: "), "{syntax}");
    }
}
