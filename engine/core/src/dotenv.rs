//! `.env` files: which there are for a folder, and what they set.
//!
//! The syntax is what the common loaders have in common: `NAME=value`, `export` in front, quotes, also over several lines,
//! comments. Nothing is expanded.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;
/// How far below the root of a repository files are looked for.
const DEPTH: usize = 3;
/// How many folders are looked through at most.
const MOST_FOLDERS: usize = 256;

/// Ends of the names of files that are made to be filled in, and hold no secrets.
const TEMPLATES: [&str; 6] = [".example", ".sample", ".template", ".dist", ".defaults", ".schema"];

/// Folders that hold what others wrote.
const PASSED_OVER: [&str; 7] =
    ["node_modules", "target", "vendor", "dist", "build", "venv", "__pycache__"];

/// Returns the `.env` files in `folder`, in the folders above it up to `root`, and in those that are at most three levels
/// below `root`.
///
/// Whoever cannot read a folder cannot have shown its secrets to a tool either: it is passed over.
pub(crate) fn files(folder: &Path, root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut visited = 0;
    let mut below = VecDeque::from([(root.to_owned(), DEPTH)]);
    while let Some((folder, depth)) = below.pop_front().filter(|_| visited < MOST_FOLDERS) {
        visited += 1;
        for (path, is_dir) in entries(&folder) {
            if is_dir && depth > 0 {
                below.push_back((path, depth - 1));
            } else if !is_dir {
                found.push(path);
            }
        }
    }
    let above = folder.ancestors().take_while(|above| above.starts_with(root));
    found.extend(above.take(MOST_FOLDERS).flat_map(files_in));
    found.sort();
    found.dedup();
    found
}

/// Returns the `.env` files in `folder` itself.
pub(crate) fn files_in(folder: &Path) -> Vec<PathBuf> {
    entries(folder).filter(|(_, is_dir)| !is_dir).map(|(path, _)| path).collect()
}

/// Returns what is to be looked into of a folder: its `.env` files, and with `true` its folders.
fn entries(folder: &Path) -> impl Iterator<Item = (PathBuf, bool)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let name = entry.file_name();
        let name = name.to_str()?;
        let is_dir = entry.file_type().ok()?.is_dir();
        let counts = if is_dir {
            !name.starts_with('.') && !PASSED_OVER.contains(&name)
        } else {
            is_dotenv(name)
        };
        counts.then(|| (entry.path(), is_dir))
    })
}

/// Returns whether a file of this name sets variables.
fn is_dotenv(name: &str) -> bool {
    let named = name == ".env"
        || name == ".envrc"
        || name.starts_with(".env.")
        || name.starts_with(".dev.vars")
        || name.ends_with(".env");
    named && !TEMPLATES.iter().any(|end| name.ends_with(end))
}

/// Returns the names and values that the file at `path` sets; nothing of what is no file, or too large for one.
pub(crate) fn read(path: &Path) -> Vec<(String, String)> {
    // A pipe would never end.
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
    let mut bytes = Vec::new();
    let read = || File::open(path)?.take(LARGEST).read_to_end(&mut bytes);
    // Whoever cannot read it cannot have shown it to a tool either.
    if !is_file || { read }().is_err() {
        return Vec::new();
    }
    parse(&String::from_utf8_lossy(&bytes))
}

/// Returns the names and values that `text` sets. A value with escapes is given as it is written and as it is meant.
fn parse(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        let line = line.trim();
        let line = line.strip_prefix("export ").map_or(line, str::trim_start);
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim_end();
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            continue;
        }
        let value = value.trim_start();
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else {
            let value = value.split_once(" #").map_or(value, |(value, _comment)| value);
            found.push((name.to_owned(), value.trim_end().to_owned()));
            continue;
        };
        let quoted = value.get(1..).unwrap_or("");
        // A value that does not end on its line goes on to its quote; without one it is but the line.
        let whole = format!("{quoted}\n{after}");
        let (value, behind) = match (end_of(quoted, quote), end_of(&whole, quote)) {
            (Some(end), _) => (quoted.get(..end), after),
            (None, Some(end)) => {
                let behind = whole.get(end..).and_then(|behind| behind.split_once('\n'));
                let left = behind.map_or("", |(_line, behind)| behind).len();
                (whole.get(..end), after.get(after.len() - left..).unwrap_or(""))
            }
            (None, None) => (Some(quoted), after),
        };
        rest = behind;
        let value = value.unwrap_or(quoted);
        found.push((name.to_owned(), value.to_owned()));
        if quote == '"' && value.contains('\\') {
            found.push((name.to_owned(), unescape(value)));
        }
    }
    found
}

/// Returns where the value ends that stands in quotes.
fn end_of(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped && quote == '"';
        ends.then_some(at)
    })
}

fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match if c == '\\' { chars.next() } else { None } {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some(other) => text.push(other),
            None => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_loaders_read_them() {
        let text = "\u{feff}# mine\nA=1\n export B = two words # why\nC='a # b' # c\nD=\"q\\\"x\"\n\
                    KEY=\"-----BEGIN\nMIIE\n-----END\"\nE=\nno line\n=x\nF=a=b\nG=\"open\nH=h\n";
        let pairs = parse(text);
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("A", "1"),
                ("B", "two words"),
                ("C", "a # b"),
                ("D", "q\\\"x"),
                ("D", "q\"x"),
                ("KEY", "-----BEGIN\nMIIE\n-----END"),
                ("E", ""),
                ("F", "a=b"),
                ("G", "open"),
                ("H", "h"),
            ]
        );
    }

    #[test]
    fn files_are_found_above_and_below_but_no_templates_and_nothing_of_others() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("shop");
        let all = [
            ".env",
            ".env.local",
            ".env.example",
            "apps/web/.env.production",
            "apps/web/src/deep/er/prod.env",
            "node_modules/x/.env",
            ".git/.env",
            "../.env",
        ];
        for file in all {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "A=1").unwrap();
        }
        let below = [".env", ".env.local", "apps/web/.env.production"].map(|file| root.join(file));
        assert_eq!(files(&root, &root), below);
        let deep = root.join("apps/web/src/deep/er");
        let mut with_deep = below.to_vec();
        with_deep.push(deep.join("prod.env"));
        assert_eq!(files(&deep, &root), with_deep);
    }
}
