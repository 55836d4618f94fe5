//! The user's home folder in base64: some tools call a folder so by the path of a project.

use super::escape;
use memchr::memmem;
use std::ops::Range;

/// Fewer digits than these stand in pictures by chance.
const FEWEST: usize = 8;

/// Finds what encodes a text with the name of the home folder in it.
pub(super) struct Encoded {
    /// The digits in the middle of it, by how many bytes of a group of three stand before it.
    finders: Vec<memmem::Finder<'static>>,
}

impl Encoded {
    pub(super) fn new(home: &str) -> Self {
        let digits = (0..3_usize).map(|before| {
            let bytes = [&[0; 2][..before.min(2)], home.as_bytes()].concat();
            // The first group has bits of what stands before, the last may have some of what follows.
            let digits = encode(&bytes);
            let first = if before == 0 { 0 } else { 4 };
            digits.get(first..).unwrap_or_default().to_vec()
        });
        let long = digits.filter(|digits| digits.len() >= FEWEST);
        Self { finders: long.map(|digits| memmem::Finder::new(&digits).into_owned()).collect() }
    }

    /// Returns every run of digits in `text` that has the home folder in it.
    pub(super) fn find_all<'t>(
        &'t self,
        text: &'t [u8],
    ) -> impl Iterator<Item = Range<usize>> + 't {
        self.finders.iter().flat_map(move |finder| {
            let mut at = 0;
            std::iter::from_fn(move || {
                let run = run_around(text, at, at + finder.find(text.get(at..)?)?);
                at = run.end;
                Some(run)
            })
        })
    }
}

/// Returns the run of digits that `at` is in, as far as it stands behind `from`. A slash is no digit here: it ends the
/// name of a folder.
fn run_around(text: &[u8], from: usize, at: usize) -> Range<usize> {
    let is_digit = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'_');
    let start = at - text[from..at].iter().rev().take_while(is_digit).count();
    let start = escape::skip(text, start);
    let end = at + text[at..].iter().take_while(is_digit).count();
    let padding = text[end..].iter().take(2).take_while(|b| **b == b'=').count();
    start.min(at)..end + padding
}

/// Returns the digits of all whole groups of three bytes (RFC 4648 §4).
fn encode(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks_exact(3).flat_map(|group| {
        let bits = group.iter().fold(0_usize, |bits, byte| (bits << 8) | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| DIGITS[(bits >> shift) & 63])
    });
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_folder_is_found_wherever_in_the_encoded_text_it_stands() {
        let encoded = Encoded::new("/home/alice");
        for (text, run) in [
            // "/home/alice/src/shop", "file:///home/alice/x", "cd /home/alice && ls" and "{\"/home/alice\":1}"
            ("x/L2hvbWUvYWxpY2Uvc3JjL3Nob3A=/y", "L2hvbWUvYWxpY2Uvc3JjL3Nob3A="),
            (" ZmlsZTovLy9ob21lL2FsaWNlL3g ", "ZmlsZTovLy9ob21lL2FsaWNlL3g"),
            (r"\nY2QgL2hvbWUvYWxpY2UgJiYgbHM", "Y2QgL2hvbWUvYWxpY2UgJiYgbHM"),
            ("eyIvaG9tZS9hbGljZSI6MX0=", "eyIvaG9tZS9hbGljZSI6MX0="),
        ] {
            let start = text.find(run).unwrap();
            let mut found = encoded.find_all(text.as_bytes());
            assert_eq!(found.next(), Some(start..start + run.len()), "{text}");
            assert_eq!(found.next(), None, "{text}");
        }
        assert_eq!(encoded.find_all(b"L2hvbWUvYm9i").count(), 0);
        assert_eq!(Encoded::new("/root").finders.len(), 0);
    }
}
