//! What aider says of itself at the start of a run, and again when it is told to change.

/// A fact about the run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fact<'a> {
    /// Aider's version.
    Version(&'a str),
    /// The model that answers.
    Model(&'a str),
    /// The model that makes an architect's plan into edits.
    Editor(&'a str),
    /// The folder that aider runs in.
    Folder(&'a str),
}

/// Returns the fact that a line of aider states.
pub(super) fn fact(note: &str) -> Option<Fact<'_>> {
    if let Some(version) = note.strip_prefix("Aider v") {
        let is_one = version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains(' ');
        return is_one.then_some(Fact::Version(version));
    }
    if let Some(folder) = note.strip_prefix("Cur working dir: ") {
        return Some(Fact::Folder(folder));
    }
    if let Some(editor) = note.strip_prefix("Editor model: ") {
        return Some(Fact::Editor(model(editor)));
    }
    let named = ["Main model: ", "Model: ", "Models: "];
    named.iter().find_map(|start| note.strip_prefix(start)).map(|name| Fact::Model(model(name)))
}

/// Returns the name before what the line says of its model.
fn model(text: &str) -> &str {
    let ends = [" with ", " using ", ",", " "];
    ends.iter()
        .filter_map(|end| text.split_once(end))
        .map(|(name, _)| name)
        .fold(text, |shortest, name| if name.len() < shortest.len() { name } else { shortest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_says_it_in_other_words() {
        let cases = [
            ("Aider v0.86.1", Some(Fact::Version("0.86.1"))),
            ("Aider very much", None),
            ("Model: gpt-4", Some(Fact::Model("gpt-4"))),
            ("Model: gpt-4 using udiff edit format", Some(Fact::Model("gpt-4"))),
            (
                "Models: gpt-4o with diff edit format, weak model gpt-3.5",
                Some(Fact::Model("gpt-4o")),
            ),
            ("Main model: a/b:c with whole edit format, 32k think", Some(Fact::Model("a/b:c"))),
            ("Editor model: x with editor-diff edit format", Some(Fact::Editor("x"))),
            (r"Cur working dir: C:\a b", Some(Fact::Folder(r"C:\a b"))),
            ("Weak model: y", None),
        ];
        for (note, expected) in cases {
            assert_eq!(fact(note), expected, "{note}");
        }
    }
}
