//! Which logs there are: the tools' own folders, the user's, and files named on a command line.

use crate::memory::StoredSession;
use crate::{Config, Engine, Error, Result, Scope, registry};
use opensession_parsers::{Home, LogFile, Origin, PARSERS, Parser, Root, Source, detect};
use std::path::{Path, PathBuf};

/// A log to capture.
#[derive(Clone)]
pub struct Candidate {
    /// The file.
    pub log: LogFile,
    /// Whose log it must be, where the folder says so; else the content decides.
    pub(crate) parser: Option<&'static dyn Parser>,
    /// Whether the user named this very file, rather than a folder that it lies in.
    pub(crate) named: bool,
    /// Whether it lies in a folder that is swept, so that the same relative path is the same log.
    pub(crate) swept: bool,
    /// What is stored from it, with the stamps that it gave.
    pub(crate) stored: Vec<StoredSession>,
}

/// A folder that was swept, and what was found there.
#[derive(Clone, Debug)]
pub struct FoundRoot {
    /// The tool whose folder it is; empty for a folder of the user's.
    pub tool: &'static str,
    /// The folder.
    pub path: PathBuf,
    /// The environment variable that names it, if one does.
    pub variable: Option<&'static str>,
    /// Whether it exists.
    pub exists: bool,
    /// How many logs were found in it.
    pub logs: usize,
}

/// What a sweep found, and the folders and files that could not be read.
#[derive(Default)]
pub(crate) struct Sweep {
    pub candidates: Vec<Candidate>,
    pub roots: Vec<FoundRoot>,
    pub failed: Vec<(PathBuf, Error)>,
}

impl Engine {
    /// Returns every log in the tools' own folders and the configured ones.
    pub(crate) fn sweep(&self) -> Sweep {
        sweep(&self.known_home(), &self.config)
    }

    /// Returns the logs that `paths` name: files, and every log below folders.
    pub(crate) fn named(&self, paths: &[PathBuf]) -> Sweep {
        named(&self.known_home(), paths)
    }

    /// Returns the user's home with the repositories that are known: the one in scope, and those that were enabled.
    fn known_home(&self) -> Home {
        let mut folders = self.home.repositories().to_vec();
        if let Scope::Repository(folder) = &self.scope {
            folders.push(folder.clone());
        }
        let git_dirs = registry::load(&self.data_dir());
        let is_inside = |git_dir: &&PathBuf| git_dir.file_name().is_some_and(|name| name == ".git");
        let inside = git_dirs.iter().filter(is_inside);
        folders.extend(inside.filter_map(|git_dir| Some(git_dir.parent()?.to_owned())));
        folders.sort();
        folders.dedup();
        self.home.clone().with_repositories(folders)
    }
}

fn sweep(home: &Home, config: &Config) -> Sweep {
    let mut found = Sweep::default();
    for parser in PARSERS.iter().copied() {
        if config.exclude_tools.iter().any(|tool| tool == parser.tool().as_str()) {
            continue;
        }
        for root in parser.roots(home) {
            add_root(&mut found, &root, Some(parser));
        }
    }
    for path in &config.custom_paths {
        add_root(&mut found, &Root::of_any_tool(path.clone()), None);
    }
    found.candidates.sort_by(|a, b| a.log.path.cmp(&b.log.path));
    found.candidates.dedup_by(|a, b| a.log.path == b.log.path);
    found
}

fn add_root(found: &mut Sweep, root: &Root, parser: Option<&'static dyn Parser>) {
    let failed = &mut found.failed;
    let logs = root.logs(&mut |path, error| {
        failed.push((path.to_owned(), Error::io("read", path)(error)));
    });
    found.roots.push(FoundRoot {
        tool: parser.map_or("", |parser| parser.tool().as_str()),
        path: root.path.clone(),
        variable: match root.origin {
            Origin::Default => None,
            Origin::Environment(name) => Some(name),
        },
        exists: root.path.is_dir(),
        logs: logs.len(),
    });
    found.candidates.extend(logs.into_iter().map(|log| Candidate {
        log,
        parser,
        named: false,
        swept: true,
        stored: Vec::new(),
    }));
}

/// Returns the logs that `paths` name: files, and every log below folders.
///
/// A log below a tool's own folder is named relative to that, so that it is the same log however it was found.
fn named(home: &Home, paths: &[PathBuf]) -> Sweep {
    let mut found = Sweep::default();
    let roots: Vec<Root> = PARSERS.iter().flat_map(|parser| parser.roots(home)).collect();
    for path in paths {
        if path.is_dir() {
            add_root(&mut found, &Root::of_any_tool(path.clone()), None);
            continue;
        }
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        match LogFile::at(path.clone(), name) {
            Ok(log) => found.candidates.push(Candidate {
                log: log.with(&(Root::of_any_tool(path.clone()).beside)(path)),
                parser: None,
                named: true,
                swept: false,
                stored: Vec::new(),
            }),
            Err(error) => found.failed.push((path.clone(), Error::io("read", path)(error))),
        }
    }
    for candidate in &mut found.candidates {
        let path = &candidate.log.path;
        let own = roots.iter().find_map(|root| Some((root, below(path, &root.path)?)));
        candidate.swept = own.is_some();
        if let Some((root, relative)) = own {
            // As a sweep would find it, so that it is known to be the same.
            let found = LogFile::at(path.clone(), relative.clone());
            match found {
                Ok(log) => candidate.log = log.with(&(root.beside)(&candidate.log.path)),
                Err(_gone) => candidate.log.relative = relative,
            }
        }
    }
    found
}

fn below(path: &Path, root: &Path) -> Option<String> {
    let rest = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = rest.iter().map(std::ffi::OsStr::to_string_lossy).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Returns the parser for a log: the folder's own if it accepts the file, else whichever does.
///
/// # Errors
/// [`Error::UnknownLog`] when none does.
pub(crate) fn parser_for(
    source: &Source<'_>,
    expected: Option<&'static dyn Parser>,
) -> Result<&'static dyn Parser> {
    let head = source.head()?;
    expected
        .filter(|parser| parser.accepts(source.path(), &head))
        .or_else(|| detect(source.path(), &head))
        .ok_or_else(|| Error::UnknownLog { path: source.path().to_owned() })
}

/// Returns the log that a file belongs to which is none itself: one of those that change with a log.
pub(crate) fn log_of_member(home: &Home, member: &Path) -> Option<PathBuf> {
    let member = std::path::absolute(member).ok()?;
    if let Some(log) = PARSERS.iter().find_map(|parser| parser.log_of(&member)) {
        return Some(log);
    }
    let roots = PARSERS
        .iter()
        .flat_map(|parser| parser.roots(home).into_iter().map(move |root| (*parser, root)));
    let roots: Vec<(&dyn Parser, Root)> = roots.collect();
    for folder in member.ancestors().skip(1).take(3) {
        // What is gone, or cannot be listed, leads nowhere.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let file = entry.path();
            let name = file.to_string_lossy().replace('\\', "/");
            let is_beside = |(_, root): &&(&dyn Parser, Root)| {
                root.suffixes.iter().any(|end| name.ends_with(end))
                    && (root.beside)(&file).iter().any(|beside| member.starts_with(beside))
            };
            let mut beside = roots.iter().filter(is_beside).peekable();
            if file == member || beside.peek().is_none() {
                continue;
            }
            // What cannot be read leads nowhere; and another tool's log may lie beside it too.
            let Ok(head) = Source::file(&file).head() else { continue };
            if beside.any(|(parser, _)| parser.accepts(&file, &head)) {
                return Some(file);
            }
        }
    }
    None
}
