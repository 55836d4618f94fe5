//! Program text in colours: which part of a line is a keyword, a string, a comment.
//!
//! It takes long, for the grammars to be loaded and for the text to be read: it is done on a thread of its own, and what
//! comes of it fits both themes.

use crate::styled::Styled;
use crate::theme::Theme;
use ratatui::style::{Color, Modifier, Style};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};

/// Text behind this many bytes, and longer lines, are left plain.
const MOST_BYTES: usize = 128 << 10;
const LONGEST_LINE: usize = 2_000;

/// What a part of a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing in particular.
    Plain,
    /// `fn`, `return`, operators in words.
    Keyword,
    /// A string or character.
    Text,
    /// A comment.
    Comment,
    /// A number or another constant.
    Constant,
    /// The name of a function.
    Function,
    /// The name of a type.
    Type,
    /// A tag, an attribute, a key.
    Name,
}

/// The parts of each line: where one ends, in bytes, and what it is.
pub type Coloured = Vec<Vec<(usize, Class)>>;

/// A piece of program text that is to be coloured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// What stands for it, so that it is coloured once.
    pub id: u64,
    /// The language: a name or the end of a file's name.
    pub language: String,
    /// The text.
    pub text: String,
}

impl Code {
    /// Returns a piece of code; `None` where the language is not known or there is too much of it.
    #[must_use]
    pub fn new(language: &str, text: &str) -> Option<Self> {
        if language.is_empty() || text.len() > MOST_BYTES {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (language, text).hash(&mut hasher);
        Some(Self { id: hasher.finish(), language: language.to_owned(), text: text.to_owned() })
    }

    /// Returns the content of a file, in the language that its name says.
    #[must_use]
    pub fn of_file(path: &str, text: &str) -> Option<Self> {
        let path = Path::new(path);
        let end = path.extension().or(path.file_name())?;
        Self::new(&end.to_string_lossy(), text)
    }
}

/// The grammars. They are loaded once, which takes some tens of milliseconds.
#[derive(Debug)]
pub struct Grammars(SyntaxSet);

impl Grammars {
    /// Returns the grammars of some 200 languages.
    #[must_use]
    pub fn load() -> Self {
        Self(two_face::syntax::extra_newlines())
    }

    /// Returns the parts of `code`; `None` where the language is not known.
    #[must_use]
    pub fn colour(&self, code: &Code) -> Option<Coloured> {
        let mut state = ParseState::new(self.find(&code.language)?);
        let mut scopes = ScopeStack::new();
        let lines = code.text.split_inclusive('\n').map(|line| {
            let length = line.trim_end_matches(['\n', '\r']).len();
            if line.len() > LONGEST_LINE {
                return vec![(length, Class::Plain)];
            }
            let Ok(ops) = state.parse_line(line, &self.0) else {
                return vec![(length, Class::Plain)];
            };
            let mut parts: Vec<(usize, Class)> = Vec::new();
            let mut end_at = |end: usize, class| match parts.last_mut() {
                Some((last, same)) if *same == class => *last = end,
                Some((last, _)) if *last >= end => {}
                _ if end == 0 => {}
                _ => parts.push((end, class)),
            };
            for (at, op) in &ops {
                end_at((*at).min(length), class_of(&scopes));
                // A stack that does not fit its line only loses colours.
                if scopes.apply(op).is_err() {
                    scopes = ScopeStack::new();
                }
            }
            end_at(length, class_of(&scopes));
            parts
        });
        Some(lines.collect())
    }

    fn find(&self, language: &str) -> Option<&SyntaxReference> {
        let name = language.split([' ', ',', '{', ':']).next()?.to_lowercase();
        let name = match name.as_str() {
            "shell" | "console" | "shell-session" | "zsh" | "sh" => "bash",
            "text" | "txt" | "plain" | "plaintext" | "log" | "output" => return None,
            "jsonc" | "json5" | "jsonl" => "json",
            "golang" => "go",
            "tsx" => "tsx",
            name => name,
        };
        self.0.find_syntax_by_token(name)
    }
}

fn class_of(scopes: &ScopeStack) -> Class {
    let classes = scopes.as_slice().iter().rev().filter_map(|scope| {
        let name = scope.build_string();
        TABLE.iter().find(|(start, _)| name.starts_with(start)).map(|(_, class)| *class)
    });
    classes.into_iter().next().unwrap_or(Class::Plain)
}

/// What the beginning of a scope's name says; the first one that fits counts.
const TABLE: [(&str, Class); 21] = [
    ("comment", Class::Comment),
    ("punctuation.definition.comment", Class::Comment),
    ("punctuation.definition.string", Class::Text),
    ("constant.character", Class::Text),
    ("constant", Class::Constant),
    ("string", Class::Text),
    ("keyword.operator.word", Class::Keyword),
    ("keyword.operator", Class::Plain),
    ("keyword", Class::Keyword),
    ("storage.type.numeric", Class::Constant),
    ("storage", Class::Keyword),
    ("variable.language", Class::Keyword),
    ("variable.function", Class::Function),
    ("entity.name.function", Class::Function),
    ("support.function", Class::Function),
    ("support.macro", Class::Function),
    ("entity.name.tag", Class::Name),
    ("entity.other.attribute-name", Class::Name),
    ("meta.mapping.key", Class::Name),
    ("entity.name", Class::Type),
    ("support.type", Class::Type),
];

impl Class {
    /// Returns the style in which it is drawn.
    #[must_use]
    pub const fn style(self, theme: Theme) -> Style {
        match self {
            Self::Plain => theme.text(),
            Self::Comment => theme.dim(),
            _ if !theme.colour => theme.text(),
            Self::Keyword => theme.tool(),
            Self::Text => theme.good(),
            Self::Constant => theme.warning(),
            Self::Function => theme.assistant().remove_modifier(Modifier::BOLD),
            Self::Type => Style::new().fg(Color::Cyan),
            Self::Name => Style::new().fg(Color::Blue),
        }
    }
}

/// What program text is drawn with: the theme, and the colours that are known by now.
#[derive(Debug)]
pub struct Brush<'c> {
    /// The theme.
    pub theme: Theme,
    /// The colours of pieces of code, by their ids.
    pub known: &'c HashMap<u64, Coloured>,
    /// Pieces that were drawn without colours, because theirs are not known yet.
    pub wanted: Vec<Code>,
}

impl Brush<'_> {
    /// Returns the lines of `text`, at most `most`, in the colours of `code`, which is all of it.
    pub fn code(&mut self, code: Option<Code>, text: &str, most: usize) -> Vec<Styled> {
        let colours = code.as_ref().and_then(|code| self.known.get(&code.id));
        let lines = lines(text, colours, self.theme, most);
        if colours.is_none() {
            self.wanted.extend(code);
        }
        lines
    }
}

/// Returns the lines of `text` in colours, as far as they are known; at most `most`.
fn lines(text: &str, colours: Option<&Coloured>, theme: Theme, most: usize) -> Vec<Styled> {
    let line = |(number, line): (usize, &str)| {
        let parts = colours.and_then(|lines| lines.get(number));
        let mut styled = Styled::default();
        let mut start = 0;
        for (end, class) in parts.into_iter().flatten() {
            styled.push(line.get(start..*end).unwrap_or_default(), class.style(theme));
            start = start.max(*end);
        }
        styled.push(line.get(start..).unwrap_or_default(), theme.text());
        styled
    };
    text.lines().take(most).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(language: &str, text: &str) -> String {
        let code = Code::new(language, text).unwrap();
        let coloured = Grammars::load().colour(&code);
        let mut out = String::new();
        for (line, parts) in text.lines().zip(coloured.unwrap_or_default()) {
            let mut start = 0;
            for (end, class) in parts {
                let part = line.get(start..end).unwrap();
                match class {
                    Class::Plain => out.push_str(part),
                    class => out.push_str(&format!("<{class:?} {part}>")),
                }
                start = end;
            }
            out.push('\n');
        }
        out
    }

    #[test]
    fn parts_of_a_program_are_told_apart() {
        insta::assert_snapshot!(drawn("rust", "// note\nfn add(a: u8) -> String { \"한\" + 1 }\n"), @r#"
        <Comment // note>
        <Keyword fn> <Function add>(a: <Keyword u8>) -> String { <Text "한"> + <Constant 1> }
        "#);
        assert_eq!(drawn("no-such-language", "x"), "");
        assert_eq!(Code::of_file("/a/Makefile", "x").unwrap().language, "Makefile");
        assert!(Code::new("rust", &"x".repeat(MOST_BYTES + 1)).is_none());
    }

    #[test]
    fn lines_without_colours_are_plain_and_whole() {
        let theme = Theme { colour: true, ..Theme::default() };
        let text = "fn a\u{1b}[31m() {}\n한";
        let plain = lines(text, None, theme, 9);
        assert_eq!(plain.iter().map(Styled::text).collect::<Vec<_>>(), ["fn a() {}", "한"]);
        let code = Code::new("rs", text).unwrap();
        let coloured = lines(text, Grammars::load().colour(&code).as_ref(), theme, 9);
        assert!(coloured[0].spans(&(0..9)).len() > 1);
        assert_eq!(lines(text, None, theme, 1).len(), 1);
    }
}
