//! Lines that show a file among others: `path:12:…` of a search, and what follows its name in a comparison or a patch.

use super::mark;

/// A longer beginning of a line is no path.
const LONGEST_PATH: usize = 400;

/// What comes before the name of a file in a patch as Codex and others write it and in a prompt of Gemini CLI, and what
/// ends both.
const HEADS: [&str; 7] = [
    "*** Add File: ",
    "*** Update File: ",
    "*** Delete File: ",
    "*** Move to: ",
    "*** End Patch",
    "Content from @",
    "--- End of content",
];

/// Returns the name of the file that is shown behind this line; no file's where it is the end of all.
fn section(line: &str) -> Option<&str> {
    match line.strip_prefix("diff --git ") {
        Some(names) => names.rsplit_once(" b/").map(|(_, name)| name),
        None => {
            let name = HEADS.iter().find_map(|head| line.strip_prefix(head))?;
            Some(name.strip_suffix(':').unwrap_or(name))
        }
    }
}

/// What the texts of one event show, one after the other.
#[derive(Default)]
pub(super) struct Shown<'p> {
    /// The pattern that means the file which is shown here.
    pattern: Option<&'p str>,
    /// Whether lines may begin with the names of files.
    pub(super) is_search: bool,
}

/// Takes the lines of files that `find` knows out of the next text, and returns how many there were.
pub(super) fn blank<'p>(
    text: &mut String,
    shown: &mut Shown<'p>,
    find: impl Fn(&str) -> Option<&'p str>,
) -> u64 {
    let mut result = String::new();
    let mut count = 0;
    // Lines of one file follow each other.
    let mut last: Option<(&str, Option<&str>)> = None;
    for line in text.split_inclusive('\n') {
        if let Some(name) = section(line.trim_end()) {
            shown.pattern = find(name);
            result.push_str(line);
            continue;
        }
        let path = line.split_once(':').map(|(path, _)| path);
        let fits = |path: &&str| !path.is_empty() && path.len() <= LONGEST_PATH;
        let path = path.filter(|path| shown.is_search && fits(path));
        let of_path = path.and_then(|path| match last {
            Some((known, pattern)) if known == path => pattern,
            _ => {
                let pattern = find(path);
                last = Some((path, pattern));
                pattern
            }
        });
        match (shown.pattern, of_path, path) {
            (None, Some(pattern), Some(path)) => {
                result.extend([path, ":", &mark(pattern)]);
            }
            (Some(pattern), ..) if !line.trim().is_empty() => result.push_str(&mark(pattern)),
            _ => {
                result.push_str(line);
                continue;
            }
        }
        count += 1;
        if line.ends_with('\n') {
            result.push('\n');
        }
    }
    if count > 0 {
        *text = result;
    }
    count
}
