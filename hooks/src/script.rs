//! The text of our blocks.

use crate::language::Language;
use crate::{Error, Hook, Result, block};
use std::path::{Path, PathBuf};

const BACKGROUND: &str = include_str!("../scripts/background.sh");
const REWRITE: &str = include_str!("../scripts/rewrite.sh");
const PUSH: &str = include_str!("../scripts/push.sh");
const CHAIN: &str = include_str!("../scripts/chain.sh");
const RUBY: &str = include_str!("../scripts/background.rb");
const PERL: &str = include_str!("../scripts/background.pl");
const SESSION_END: &str = include_str!("../scripts/session-end.sh");

/// The beginning of a hook that we make.
pub(crate) const SHEBANG: &str = "#!/bin/sh\n";

const MADE: &str = "# This file was made by opensession";
const CHAINED: &str = ", and runs the hook that was here";
const FOLDERS: &str = ", folders made with it: ";

/// What a block says about the file that it is in: what else goes when the block goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The file was there.
    Theirs,
    /// We made the file, and so many folders above it.
    Made(usize),
    /// We made the file, and it runs the one that was there.
    Chain,
}

impl Origin {
    /// Returns what the block says.
    pub(crate) fn of(block: &[u8]) -> Self {
        let text = String::from_utf8_lossy(block);
        let Some(rest) = text.lines().find_map(|line| line.trim_end().strip_prefix(MADE)) else {
            return Self::Theirs;
        };
        if rest == CHAINED {
            return Self::Chain;
        }
        // Where somebody has damaged the number, the folder stays.
        Self::Made(rest.strip_prefix(FOLDERS).and_then(|number| number.parse().ok()).unwrap_or(0))
    }

    fn line(self) -> String {
        match self {
            Self::Theirs => String::new(),
            Self::Made(0) => format!("{MADE}\n"),
            Self::Made(folders) => format!("{MADE}{FOLDERS}{folders}\n"),
            Self::Chain => format!("{MADE}{CHAINED}\n"),
        }
    }
}

/// The path of the binary, which is tried where none is in `PATH`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binary<'a>(&'a str);

impl<'a> Binary<'a> {
    /// Returns the binary at `path`.
    pub(crate) fn new(path: &'a Path) -> Result<Self> {
        let bad = |reason| Error::Binary { path: path.to_owned(), reason };
        let text = path.to_str().ok_or_else(|| bad("is not UTF-8"))?;
        if text.contains(['\n', '\r', '\0']) {
            return Err(bad("has a line break in its path"));
        }
        if !path.is_absolute() {
            return Err(bad("is not an absolute path"));
        }
        Ok(Self(text))
    }

    /// Returns `template` with the path and the name of the hook in it.
    fn fill(self, template: &str, hook: &str) -> String {
        let quoted = format!("'{}'", self.0.replace('\'', r"'\''"));
        // The path comes last: it may hold what looks like a place to fill.
        template.replace("{hook}", hook).replace("{binary}", &quoted)
    }

    /// Returns our block for `hook`, written in `language`.
    pub(crate) fn block(self, hook: Hook, language: Language, origin: Origin) -> String {
        let one_line = |template: &str| {
            let (comment, script) = BACKGROUND.split_once('\n').expect("the script has a comment");
            let script = self.fill(script.trim_end(), hook.name());
            // Ruby and Perl agree on what is special between single quotes.
            let script = script.replace('\\', r"\\").replace('\'', r"\'");
            format!("{comment}\n{}", template.replace("{script}", &script))
        };
        let shell = match hook {
            Hook::PostCommit | Hook::PostMerge => BACKGROUND,
            Hook::PostRewrite => REWRITE,
            Hook::PrePush => PUSH,
        };
        let mut body = origin.line();
        match language {
            Language::Ruby => body += &one_line(RUBY),
            Language::Perl => body += &one_line(PERL),
            Language::Shell | Language::Other => body += &self.fill(shell, hook.name()),
        }
        if origin == Origin::Chain {
            body += &self.fill(CHAIN, hook.name());
        }
        block::wrap(&body)
    }

    /// Returns the command for the end of an AI tool's session.
    pub(crate) fn session_end(self) -> String {
        self.fill(SESSION_END.trim_end(), "session-end")
    }
}

/// Returns the path of the binary in a block of ours; `None` where it is written otherwise than in a shell.
pub(crate) fn binary_of(block: &[u8]) -> Option<PathBuf> {
    let text = str::from_utf8(block).ok()?;
    let (_, rest) = text.split_once("|| b='")?;
    let mut path = String::new();
    let mut rest = rest;
    loop {
        let (part, behind) = rest.split_once('\'')?;
        path.push_str(part);
        // A quote in the path ends the word, stands alone behind a backslash, and the word goes on.
        match behind.strip_prefix(r"\''") {
            Some(further) => {
                path.push('\'');
                rest = further;
            }
            None => return Some(path.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_six_lines_at_most() {
        for script in [BACKGROUND, REWRITE, PUSH, CHAIN, RUBY, PERL, SESSION_END] {
            assert!(script.lines().count() <= 6 && script.ends_with('\n'), "{script}");
        }
    }

    #[test]
    fn a_block_remembers_where_its_file_came_from() {
        let binary = Binary::new(Path::new("/bin/it's {hook}")).unwrap();
        for origin in [Origin::Theirs, Origin::Made(0), Origin::Made(3), Origin::Chain] {
            let block = binary.block(Hook::PostMerge, Language::Shell, origin);
            assert_eq!(Origin::of(block.as_bytes()), origin, "{block}");
            assert!(block.contains(r"b='/bin/it'\''s {hook}';"), "{block}");
        }
    }

    #[test]
    fn the_binary_in_a_block_is_found_again() {
        for path in ["/bin/opensession", "/it's/a b/{hook}/$HOME", "/''"] {
            let binary = Binary::new(Path::new(path)).unwrap();
            for hook in Hook::ALL {
                let block = binary.block(hook, Language::Shell, Origin::Theirs);
                assert_eq!(binary_of(block.as_bytes()).as_deref(), Some(Path::new(path)));
            }
        }
        assert_eq!(binary_of(b"exec opensession hook"), None);
    }

    #[test]
    fn a_path_that_cannot_stand_on_a_line_is_refused() {
        for path in ["/a\nb", "/a\rb", "opensession", ""] {
            assert!(Binary::new(Path::new(path)).is_err(), "{path:?}");
        }
    }
}
