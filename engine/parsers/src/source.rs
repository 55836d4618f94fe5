//! What a parser reads.

use crate::ParseError;
use crate::lines::Lines;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How much of a file [`crate::Parser::accepts`] is shown.
pub const HEAD_BYTES: usize = 128 * 1024;

/// No document is larger.
const LARGEST_DOCUMENT: u64 = 512 * 1024 * 1024;

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Returns bytes decompressed where they are zstd, no more than `most`: of damaged ones as much as is whole.
pub(crate) fn decompress(stored: &[u8], most: u64) -> Vec<u8> {
    if stored.starts_with(&ZSTD_MAGIC)
        && let Ok(decoder) = zstd::stream::read::Decoder::new(stored)
    {
        let mut whole = Vec::new();
        let read = decoder.take(most).read_to_end(&mut whole);
        if read.is_ok() || !whole.is_empty() {
            return whole;
        }
    }
    stored.to_owned()
}

/// A log: a file on disk, or bytes that stand for one.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    path: &'a Path,
    bytes: Option<&'a [u8]>,
    scratch: Option<&'a Path>,
}

impl<'a> Source<'a> {
    /// Returns the file at `path`.
    #[must_use]
    pub const fn file(path: &'a Path) -> Self {
        Self { path, bytes: None, scratch: None }
    }

    /// Returns `bytes` as if they were the file at `path`.
    #[must_use]
    pub const fn bytes(path: &'a Path, bytes: &'a [u8]) -> Self {
        Self { path, bytes: Some(bytes), scratch: None }
    }

    /// Returns the source with a folder for private copies of databases: of the user alone, and roomy enough. Else the
    /// system's folder for temporary files is taken.
    #[must_use]
    pub const fn with_scratch(self, folder: &'a Path) -> Self {
        Self { scratch: Some(folder), ..self }
    }

    /// Returns the folder for private copies.
    pub(crate) const fn scratch(&self) -> Option<&'a Path> {
        self.scratch
    }

    /// Returns the bytes that stand for the log, where it is no file.
    pub(crate) const fn content(&self) -> Option<&'a [u8]> {
        self.bytes
    }

    /// Returns where the log is: side files are looked for beside it.
    #[must_use]
    pub const fn path(&self) -> &'a Path {
        self.path
    }

    /// Returns the error that no record of the log is the tool's.
    pub(crate) fn foreign(&self, tool: &'static str) -> ParseError {
        ParseError::Foreign { path: self.path.to_owned(), tool }
    }

    /// Returns a reader over the whole log, decompressed where it is zstd (told from its first bytes).
    ///
    /// # Errors
    /// [`ParseError::Io`] when it cannot be opened.
    pub fn open(&self) -> Result<Box<dyn Read + 'a>, ParseError> {
        let io_error = |source| ParseError::Io { path: self.path.to_owned(), source };
        let mut raw: Box<dyn Read + 'a> = match self.bytes {
            Some(bytes) => Box::new(bytes),
            None => Box::new(File::open(self.path).map_err(io_error)?),
        };
        let mut magic = Vec::with_capacity(ZSTD_MAGIC.len());
        raw.by_ref().take(ZSTD_MAGIC.len() as u64).read_to_end(&mut magic).map_err(io_error)?;
        let compressed = magic == ZSTD_MAGIC;
        let whole = io::Cursor::new(magic).chain(raw);
        if !compressed {
            return Ok(Box::new(whole));
        }
        let decoder = zstd::stream::read::Decoder::new(whole).map_err(io_error)?;
        Ok(Box::new(decoder))
    }

    /// Returns the first [`HEAD_BYTES`] of the log, decompressed.
    ///
    /// # Errors
    /// [`ParseError::Io`] when it cannot be read.
    pub fn head(&self) -> Result<Vec<u8>, ParseError> {
        self.first(HEAD_BYTES as u64)
    }

    /// Returns the whole log, decompressed: a document, which is not read piece by piece.
    ///
    /// # Errors
    /// [`ParseError::Io`] when it cannot be read, or is too large: a part of it would be told as if it were all.
    pub(crate) fn whole(&self) -> Result<Vec<u8>, ParseError> {
        self.no_more_than(LARGEST_DOCUMENT)
    }

    fn no_more_than(&self, most: u64) -> Result<Vec<u8>, ParseError> {
        let bytes = self.first(most + 1)?;
        if bytes.len() as u64 > most {
            let reason = format!("it is a document of more than {} MiB", most >> 20);
            let source = io::Error::new(io::ErrorKind::FileTooLarge, reason);
            return Err(ParseError::Io { path: self.path.to_owned(), source });
        }
        Ok(bytes)
    }

    fn first(&self, most: u64) -> Result<Vec<u8>, ParseError> {
        let mut bytes = Vec::new();
        let read = self.open()?.take(most).read_to_end(&mut bytes);
        read.map_err(|source| ParseError::Io { path: self.path.to_owned(), source })?;
        Ok(bytes)
    }

    /// Returns the log's lines.
    ///
    /// # Errors
    /// [`ParseError::Io`] when it cannot be opened.
    pub(crate) fn lines(&self) -> Result<Lines<'a>, ParseError> {
        Ok(Lines::new(self.path, self.open()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_is_too_large_is_no_shorter_one() {
        let source = Source::bytes(Path::new("a.json"), b"[1,2]");
        assert_eq!(source.no_more_than(5).unwrap(), b"[1,2]");
        let error = source.no_more_than(4).unwrap_err().to_string();
        assert!(error.contains("a.json: it is a document of more than"), "{error}");
    }
}
