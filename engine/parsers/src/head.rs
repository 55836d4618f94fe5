//! How a file begins, which tells whose log it is.

/// Returns the bytes behind a byte order mark.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Returns the lines of a head; the last one may not be whole.
pub(crate) fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    without_mark(head).split(|byte| *byte == b'\n')
}

/// Returns whether the text stands in the bytes.
pub(crate) fn holds(bytes: &[u8], text: impl AsRef<[u8]>) -> bool {
    memchr::memmem::find(bytes, text.as_ref()).is_some()
}
