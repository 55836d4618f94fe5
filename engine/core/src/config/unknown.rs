//! Keys that mean nothing: mostly misspelt ones.

use super::{KEYS, Settings, line_of};
use crate::Result;
use std::path::Path;
use toml_edit::Item;

/// Returns the keys in a configuration file that mean nothing, with their lines, from 1. Of a table that means nothing only
/// its own.
///
/// # Errors
/// [`crate::Error::Config`] for a file that is not valid.
pub(crate) fn unknown_keys(path: &Path, text: &str) -> Result<Vec<(String, usize)>> {
    let settings = Settings::parse(path, text)?;
    let mut found = Vec::new();
    collect(settings.document.as_item(), "", text, &mut found);
    found.sort_by_key(|(_, line)| *line);
    Ok(found)
}

fn collect(item: &Item, prefix: &str, text: &str, found: &mut Vec<(String, usize)>) {
    let Some(table) = item.as_table_like() else { return };
    for (name, item) in table.iter() {
        let key = format!("{prefix}{name}");
        let below = format!("{key}.");
        // What the keys of the screen may be called, only the screen knows.
        if key == "keys" {
            continue;
        }
        if KEYS.iter().any(|(known, _)| known.starts_with(&below)) {
            collect(item, &below, text, found);
        } else if KEYS.iter().all(|(known, _)| *known != key) {
            let span = table.key(name).and_then(toml_edit::Key::span);
            found.push((key, line_of(text, span.map_or(0, |span| span.start))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_keys_are_named_by_line_and_known_ones_are_not() {
        let text = "[privacy]\nstrip_paths = true\nstrip_path = true\n[git_storage.retention]\nkeep_day = 3\n\
                    [new.table]\na = 1\n[keys]\nfly = ['x']\n[tui]\n\"no\\nmouse\" = 1\ntheme.dark = 1\n";
        let named =
            |text: &str| unknown_keys(Path::new("x"), text).map_err(|error| error.to_string());
        assert_eq!(named(text).unwrap_err(), "x, line 12: tui.theme must be a string");
        let text = text.replace("theme.dark = 1\n", "");
        let keys = [
            ("privacy.strip_path", 3),
            ("git_storage.retention.keep_day", 5),
            ("new", 6),
            ("tui.no\nmouse", 11),
        ];
        let keys = keys.map(|(key, line)| (key.to_owned(), line));
        assert_eq!(named(&text).unwrap(), keys);
        assert_eq!(
            named("watchers = { custom_paths = [], path = [] }\n").unwrap(),
            [("watchers.path".to_owned(), 1)]
        );
    }
}
