//! The folder that a text tells: what tools say to the model of where it works, in logs that name no folder otherwise.

/// Returns the path behind one of these marks, up to the end of its line.
pub(crate) fn behind<'t>(text: &'t str, marks: &[&str]) -> Option<&'t str> {
    let rest = marks.iter().find_map(|mark| text.split_once(mark)).map(|(_, rest)| rest);
    rest?.lines().next().map(str::trim).filter(|path| is_absolute(path))
}

/// Returns whether a path begins at the root of a system or of a drive.
pub(crate) fn is_absolute(path: &str) -> bool {
    path.starts_with('/')
        || matches!(path.as_bytes(), [b'A'..=b'Z' | b'a'..=b'z', b':', b'/' | b'\\', ..])
        || path.starts_with("\\\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_ends_with_its_line_and_is_absolute() {
        let told = "Today.\nI work in: /src/a b \nand more";
        assert_eq!(behind(told, &["I am in: ", "I work in: "]), Some("/src/a b"));
        assert_eq!(behind("dirs:\r\n  - C:\\src\r\n", &["dirs:\r\n  - "]), Some("C:\\src"));
        for text in ["I work in: here", "I work in:", "I work in: ", ""] {
            assert_eq!(behind(text, &["I work in: "]), None, "{text}");
        }
    }
}
