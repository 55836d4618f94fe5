//! Lines that show a file among others: `path:12:…` of a search, and what follows its name in a comparison or a patch.

use super::mark;

/// A longer beginning of a line is no path.
const LONGEST_PATH: usize = 400;

/// What comes before the name of a file in a patch as Codex and others write it, and behind all of them.
const PATCH: [&str; 5] =
    ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: ", "*** End Patch"];

/// Returns the name of the file that a comparison or a patch shows behind this line; empty behind a patch.
fn section(line: &str) -> Option<&str> {
    match line.strip_prefix("diff --git ") {
        Some(names) => names.rsplit_once(" b/").map(|(_, name)| name),
        None => PATCH.iter().find_map(|start| line.strip_prefix(start)),
    }
}

/// Takes the lines of files that `find` knows out of `text`, and returns how many there were.
pub(super) fn blank<'p>(text: &mut String, find: impl Fn(&str) -> Option<&'p str>) -> u64 {
    let mut result = String::new();
    let mut count = 0;
    // The pattern by which the file is meant that a comparison is about.
    let mut compared: Option<&str> = None;
    // Lines of one file follow each other.
    let mut last: Option<(&str, Option<&str>)> = None;
    for line in text.split_inclusive('\n') {
        if let Some(name) = section(line.trim_end()) {
            compared = find(name);
            result.push_str(line);
            continue;
        }
        let path = line.split_once(':').map(|(path, _)| path);
        let path = path.filter(|path| !path.is_empty() && path.len() <= LONGEST_PATH);
        let of_path = path.and_then(|path| match last {
            Some((known, pattern)) if known == path => pattern,
            _ => {
                let pattern = find(path);
                last = Some((path, pattern));
                pattern
            }
        });
        match (compared, of_path, path) {
            (None, Some(pattern), Some(path)) => {
                result.extend([path, ":", &mark(pattern)]);
            }
            (Some(pattern), ..) => result.push_str(&mark(pattern)),
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
