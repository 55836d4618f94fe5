//! Marker blocks in bytes: where they are, how they go in, how they come out without a trace.

use std::ops::Range;

pub(crate) const START: &str = "# >>> opensession >>>";
pub(crate) const END: &str = "# <<< opensession <<<";

/// Why the marker lines of a file are not one whole block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The line, from 1.
    pub(crate) line: usize,
    pub(crate) reason: &'static str,
}

/// Returns where the block is, both marker lines and the last one's line break included.
pub(crate) fn find(bytes: &[u8]) -> Result<Option<Range<usize>>, Broken> {
    let mut open: Option<(usize, usize)> = None;
    let mut found = None;
    let mut offset = 0;
    for (index, text) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let broken = |reason| Err(Broken { line: index + 1, reason });
        let trimmed = text.trim_ascii_end();
        if trimmed == START.as_bytes() {
            if open.is_some() {
                return broken("a block of opensession begins inside another one");
            } else if found.is_some() {
                return broken("a second block of opensession begins");
            }
            open = Some((offset, index + 1));
        } else if trimmed == END.as_bytes() {
            let Some((start, _)) = open.take() else {
                return broken("a block of opensession ends that did not begin");
            };
            found = Some(start..offset + text.len());
        }
        offset += text.len();
    }
    match open {
        Some((_, line)) => Err(Broken { line, reason: "a block of opensession does not end" }),
        None => Ok(found),
    }
}

/// Returns the block around `body`, without a line break at its end. `body` ends with one.
pub(crate) fn wrap(body: &str) -> String {
    format!("{START}\n{body}{END}")
}

/// Returns `bytes` with `block` at `at`, which is the beginning of a line or the end.
pub(crate) fn insert(bytes: &[u8], at: usize, block: &str) -> Vec<u8> {
    let (before, after) = bytes.split_at(at);
    // Behind a last line without a line break, the block has none either: that is how `cut` knows.
    let (open, close) =
        if before.is_empty() || before.ends_with(b"\n") { ("", "\n") } else { ("\n", "") };
    [before, open.as_bytes(), block.as_bytes(), close.as_bytes(), after].concat()
}

/// Returns `bytes` with the block at `range` replaced by `block`; a missing line break at the end stays missing.
pub(crate) fn replace(bytes: &[u8], range: &Range<usize>, block: &str) -> Vec<u8> {
    let close: &[u8] = if bytes[range.clone()].ends_with(b"\n") { b"\n" } else { b"" };
    [&bytes[..range.start], block.as_bytes(), close, &bytes[range.end..]].concat()
}

/// Returns `bytes` without the block at `range`: what [`insert`] was given, where nothing else was changed.
pub(crate) fn cut(bytes: &[u8], range: &Range<usize>) -> Vec<u8> {
    let mut before = &bytes[..range.start];
    if !bytes[range.clone()].ends_with(b"\n") {
        before = before.strip_suffix(b"\n").unwrap_or(before);
    }
    [before, &bytes[range.end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn broken(text: &str) -> (usize, &'static str) {
        let broken = find(text.as_bytes()).unwrap_err();
        (broken.line, broken.reason)
    }

    #[test]
    fn broken_markers_are_named_by_line() {
        assert_eq!(broken(&format!("#!/bin/sh\n{START}\nx\n")).0, 2);
        assert_eq!(broken(&format!("{START}\n{START}\n{END}\n")).0, 2);
        assert_eq!(broken(&format!("{START}\n{END}\n\n{START}\n{END}\n")).0, 4);
        assert_eq!(broken(&format!("a\nb\n{END}\r\n")).0, 3);
    }

    #[test]
    fn markers_stand_alone_on_their_line() {
        assert_eq!(find(format!("echo '{START}'\n").as_bytes()), Ok(None));
        assert_eq!(find(format!("{START}\r\n{END}\r\nx").as_bytes()), Ok(Some(0..46)));
    }

    proptest! {
        #[test]
        fn a_block_that_went_in_comes_out(lines in prop::collection::vec("[a-z#!\r é]{0,6}", 0..6), line in 0usize..7) {
            let bytes = lines.join("\n").into_bytes();
            let starts = std::iter::once(0)
                .chain(bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1))
                .chain([bytes.len()]);
            let at = starts.take(line + 1).last().unwrap();
            let block = wrap("x\n");
            let with = insert(&bytes, at, &block);
            let range = find(&with).unwrap().expect("the block is there");
            prop_assert_eq!(&cut(&with, &range), &bytes);
            prop_assert_eq!(&replace(&with, &range, &block), &with);
        }
    }
}
