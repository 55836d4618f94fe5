//! Where everything goes that the program says: standard output and standard error, as far as they differ from files.

use crate::pager::Pager;
use crate::style::{self, Style};
use crate::terminal::{self, Guard, Notation};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, BufWriter, Write};

/// Bytes that are collected before they are written, where nobody waits for a line.
pub(crate) const BUFFER: usize = 1 << 16;

/// Both outputs of the program.
pub(crate) struct Output {
    /// What was asked for.
    pub stdout: Screen,
    /// Messages about it.
    pub stderr: Screen,
}

/// What is at the other end of an output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Face {
    /// Whether it is a terminal.
    pub terminal: bool,
    /// Whether it gets colours.
    pub colour: bool,
    /// Whether even a terminal gets the bytes as they are.
    pub raw: bool,
    /// How many columns it has; only a terminal has any.
    pub width: Option<usize>,
    /// How many lines it has.
    pub height: Option<usize>,
}

/// One output.
pub(crate) struct Screen {
    sink: Box<dyn Write>,
    pager: Option<Pager>,
    face: Face,
    lines: usize,
}

impl Screen {
    /// Returns an output that writes to `sink`, in the pieces in which it comes.
    pub(crate) fn new(sink: impl Write + 'static, face: Face) -> Self {
        Self { sink: Box::new(sink), pager: None, face, lines: 0 }
    }

    /// Returns what is at the other end.
    pub(crate) const fn face(&self) -> Face {
        self.face
    }

    /// Returns how many lines of text were written.
    pub(crate) const fn lines(&self) -> usize {
        self.lines
    }

    /// Returns the columns to keep within; `None` where nothing must be cut or wrapped.
    pub(crate) const fn width(&self) -> Option<usize> {
        self.face.width
    }

    /// Returns the lines that can be seen at once; `None` where nothing scrolls away.
    pub(crate) const fn height(&self) -> Option<usize> {
        self.face.height
    }

    /// Returns whether it gets colours.
    pub(crate) const fn has_colour(&self) -> bool {
        self.face.colour
    }

    /// Returns `text` as [`Screen::text`] would write it.
    pub(crate) fn visible<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // Colours in a pipe are for somebody's terminal behind it.
        if self.face.raw || !(self.face.terminal || self.face.colour) {
            return Cow::Borrowed(text);
        }
        let mut shown = String::with_capacity(text.len());
        terminal::show(text, Notation::Marks, &mut shown);
        Cow::Owned(shown)
    }

    /// Writes text.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        let shown = self.visible(text);
        self.sink.write_all(shown.as_bytes())?;
        self.lines += shown.matches('\n').count();
        Ok(())
    }

    /// Writes text in a style; the style's own codes are the only ones that a terminal gets.
    pub(crate) fn styled(&mut self, style: Style, text: &str) -> io::Result<()> {
        if !self.face.colour || text.is_empty() {
            return self.text(text);
        }
        write!(self.sink, "{style}")?;
        self.text(text)?;
        write!(self.sink, "{style:#}")
    }

    /// Writes text and the end of the line.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.text(text)?;
        self.lines += 1;
        self.sink.write_all(b"\n")
    }

    /// Writes a line about what went wrong and stops nothing.
    pub(crate) fn warning(&mut self, text: &str) -> io::Result<()> {
        self.styled(style::BAD, "warning: ")?;
        self.line(text)
    }

    /// Writes a value as one line of JSON.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.data(|out| {
            serde_json::to_writer(&mut *out, value)?;
            out.write_all(b"\n")
        })
    }

    /// Passes a writer for JSON to `write`: what a terminal must not get becomes `\uXXXX` there.
    pub(crate) fn data<T, E: From<io::Error>>(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.face.raw || !self.face.terminal {
            return write(&mut self.sink);
        }
        let mut guard = Guard::new(&mut self.sink, Notation::Json);
        let value = write(&mut guard)?;
        guard.finish()?;
        Ok(value)
    }

    /// Sends what follows through the pager that `command` starts, where this is a terminal.
    pub(crate) fn page(&mut self, command: &str) -> io::Result<()> {
        if !self.face.terminal || self.pager.is_some() {
            return Ok(());
        }
        if let Some((pager, input)) = Pager::start(command) {
            self.sink.flush()?;
            self.sink = Box::new(BufWriter::with_capacity(BUFFER, input));
            self.pager = Some(pager);
        }
        Ok(())
    }

    /// Writes out what is held back: somebody is to answer, or the other stream goes on from there.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }

    /// Writes out what is held back and waits for the pager.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        let flushed = self.sink.flush();
        if let Some(pager) = self.pager.take() {
            // The pager sees the end of its input only when nobody can write to it any more.
            self.sink = Box::new(io::sink());
            pager.wait()?;
        }
        flushed
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// A sink whose content can be looked at.
    #[derive(Clone, Default)]
    pub(crate) struct Shared(Rc<RefCell<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns what `write` writes to an output with that face.
    pub(crate) fn written(face: Face, write: impl FnOnce(&mut Screen)) -> String {
        let shared = Shared::default();
        let mut screen = Screen::new(shared.clone(), face);
        write(&mut screen);
        screen.finish().unwrap();
        String::from_utf8(shared.0.borrow().clone()).unwrap()
    }

    pub(crate) const PIPE: Face =
        Face { terminal: false, colour: false, raw: false, width: None, height: None };
    pub(crate) const TERMINAL: Face =
        Face { terminal: true, colour: true, raw: false, width: Some(80), height: Some(24) };

    fn sample(screen: &mut Screen) {
        screen.styled(style::BAD, "a\u{1b}[31m").unwrap();
        screen.line("b\u{202e}").unwrap();
        screen.data(|out| out.write_all("\"c\u{9b}\"".as_bytes())).unwrap();
    }

    #[test]
    fn a_terminal_gets_our_codes_only_and_a_pipe_the_bytes() {
        assert_eq!(written(PIPE, sample), "a\u{1b}[31mb\u{202e}\n\"c\u{9b}\"");
        assert_eq!(written(TERMINAL, sample), "\u{1b}[31ma␛[31m\u{1b}[0mb<U+202E>\n\"c\\u009b\"");
        let raw = Face { raw: true, colour: false, ..TERMINAL };
        assert_eq!(written(raw, sample), written(PIPE, sample));
        // Text in a coloured pipe is for a terminal behind it; data is not.
        let coloured = Face { colour: true, ..PIPE };
        assert_eq!(written(coloured, sample), "\u{1b}[31ma␛[31m\u{1b}[0mb<U+202E>\n\"c\u{9b}\"");
    }
}
