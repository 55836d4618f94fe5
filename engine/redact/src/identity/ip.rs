//! IP addresses, as far as they tell where somebody is: not those of every machine, of examples, nor versions.

use super::escape;
use crate::rules::starts_word;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// The longest address of version 4, and of version 6 with one of version 4 at its end (RFC 4291 §2.2).
const LONGEST: usize = 45;

/// How far before an address a word is looked for that says it is none.
const BEFORE: usize = 16;

/// The address under which clouds tell a machine about itself, the same everywhere.
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// Returns whether there may be an address in `text`: more than [`find_all`] finds.
pub(super) fn finds(text: &[u8]) -> bool {
    let has_dots = |run: &[u8]| memchr::memchr_iter(b'.', run).count() >= 3;
    dots(text).any(|run| has_dots(&text[run]))
        || colons(text).any(|run| parse_v6(text, run).is_some())
}

/// Returns every address in `text`.
pub(super) fn find_all(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let four = dots(text).filter(|range| {
        parse_v4(&text[range.clone()]).is_some_and(tells_v4) && stands_alone(text, range)
    });
    let six = colons(text).filter_map(|run| {
        let (range, address) = parse_v6(text, run)?;
        (tells_v6(&text[range.clone()], address) && is_word(text, &range)).then_some(range)
    });
    four.chain(six)
}

/// Returns the runs of digits and dots.
fn dots(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    memchr::memchr_iter(b'.', text).filter_map(move |dot| {
        if dot < from || !text[from..dot].last().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let in_run = |b: &&u8| b.is_ascii_digit() || **b == b'.';
        let before = text[from..dot].iter().rev().take(4).take_while(|b| b.is_ascii_digit());
        let start = dot - before.count();
        let run = text[start..].iter().take_while(in_run).count();
        from = start + run;
        // The end of a sentence.
        let trimmed = text[start..from].iter().rev().take_while(|b| **b == b'.').count();
        Some(start..from - trimmed)
    })
}

/// Returns the runs of hexadecimal digits, colons and dots with at least two colons.
fn colons(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    memchr::memchr_iter(b':', text).filter_map(move |colon| {
        if colon < from {
            return None;
        }
        let next = text.get(colon + 1)?;
        if !next.is_ascii_hexdigit() && *next != b':' {
            return None;
        }
        let before = text[from..colon].iter().rev().take_while(|b| b.is_ascii_hexdigit());
        let start = colon - before.count();
        let in_run = |b: &&u8| b.is_ascii_hexdigit() || matches!(**b, b':' | b'.');
        let end = start + text[start..].iter().take_while(in_run).count();
        from = end;
        // What stands around it in a sentence: one colon is none of its own.
        let mut range = start..end;
        loop {
            match &text[range.clone()] {
                [b':', next, ..] if *next != b':' => range.start += 1,
                [.., b'.'] => range.end -= 1,
                [.., before, b':'] if *before != b':' => range.end -= 1,
                _ => break,
            }
        }
        let colons = memchr::memchr_iter(b':', &text[range.clone()]).count();
        (colons >= 2 && range.len() <= LONGEST + 5).then_some(range)
    })
}

fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Returns the address in a run of digits, and where it stands: the end of an escape is no part of it.
fn parse_v6(text: &[u8], run: Range<usize>) -> Option<(Range<usize>, Ipv6Addr)> {
    let is_code = text[..run.start].ends_with(b"\\u");
    let start = if is_code { run.start + 4 } else { escape::skip(text, run.start) };
    let address = std::str::from_utf8(text.get(start..run.end)?).ok()?.parse().ok()?;
    Some((start..run.end, address))
}

/// Returns whether the address tells where somebody is. Four numbers below ten are those of a version
/// or a section.
fn tells_v4(address: Ipv4Addr) -> bool {
    let [first, ..] = address.octets();
    !(address.is_loopback()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first == 255
        || address == METADATA
        || address.octets().iter().all(|octet| *octet < 10))
}

/// Returns whether the address tells where somebody is, and is no path of a program: `abc::def`.
fn tells_v6(written: &[u8], address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let colons = memchr::memchr_iter(b':', written).count();
    let has_digit = written.iter().any(u8::is_ascii_digit);
    let whole_first = written.iter().take_while(|b| b.is_ascii_hexdigit()).count() == 4;
    let is_documentation = first == 0x2001 && second == 0xdb8;
    has_digit
        && (colons >= 3 || whole_first)
        && !address.is_loopback()
        && !address.is_unspecified()
        && !address.is_multicast()
        && !is_documentation
}

/// Returns whether the numbers are an address: no part of a longer name, and nothing before them says that they are a
/// version.
fn stands_alone(text: &[u8], range: &Range<usize>) -> bool {
    let before = &text[range.start.saturating_sub(BEFORE)..range.start];
    let is_version = match before {
        [.., last, b'-'] => last.is_ascii_alphanumeric(),
        [.., b'=' | b'>' | b'<' | b'~' | b'!', b'='] | [.., b'^' | b'~' | b'@'] => true,
        _ => false,
    };
    let word = before.to_ascii_lowercase();
    let is_named = ["version", "release", "ver."].iter().any(|name| {
        memchr::memmem::rfind(&word, name.as_bytes())
            .is_some_and(|at| word[at..].iter().filter(|b| b.is_ascii_whitespace()).count() <= 1)
    });
    let goes_on = match &text[range.end..] {
        [b'-' | b'+' | b'_', next, ..] => next.is_ascii_alphabetic(),
        [next, ..] => next.is_ascii_alphanumeric(),
        [] => false,
    };
    !is_version && !is_named && !goes_on && is_word(text, range)
}

fn is_word(text: &[u8], range: &Range<usize>) -> bool {
    let goes_on = text.get(range.end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let is_part = match &text[..range.start] {
        [.., before, b':'] => before.is_ascii_digit() || *before == b':',
        [.., b'.'] => true,
        _ => false,
    };
    !goes_on && !is_part && starts_word(text, range.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_and_what_looks_like_one_is_not() {
        let found = |text: &str| {
            let found = find_all(text.as_bytes()).min_by_key(|range| range.start);
            found.map(|range| text.get(range).unwrap().to_owned())
        };
        for (text, address) in [
            ("at 84.12.7.230.", "84.12.7.230"),
            ("http://192.168.1.20:8080/", "192.168.1.20"),
            (r"inet 10.0.0.17\nmask", "10.0.0.17"),
            (r"\n10.0.0.17/24", "10.0.0.17"),
            ("addr:10.0.0.17", "10.0.0.17"),
            ("inet6 fe80::1c2d:3eff:fe4f:5a6b/64", "fe80::1c2d:3eff:fe4f:5a6b"),
            ("[2a02:8071:b82:1::5]:443", "2a02:8071:b82:1::5"),
            ("fe80::1c2d:3eff:fe4f:5a6b: up", "fe80::1c2d:3eff:fe4f:5a6b"),
            ("addr:fe80::1c2d:3eff:fe4f:5a6b.", "fe80::1c2d:3eff:fe4f:5a6b"),
            ("::ffff:10.0.0.17 ", "::ffff:10.0.0.17"),
        ] {
            assert_eq!(found(text).as_deref(), Some(address), "{text}");
        }
        for other in [
            "127.0.0.1 0.0.0.0 255.255.255.0 192.0.2.7 203.0.113.9 169.254.169.254",
            "v120.0.6099.109 chrome-120.0.6099.109 pkg==10.20.30.40 10.20.30.40-rc1",
            "version 10.20.30.40 Version: 10.20.30.40",
            "1.2.3.4 10.0.17 1.10.0.17.4 300.10.10.10 x10.0.0.17 10.0.0.017",
            "::1 :: 2001:db8::17 10:20:30 aa:bb:cc:dd:ee:01 abc::def std::vec a::b1",
            "12:30:45.123 2026-11-23T10:20:30",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}
