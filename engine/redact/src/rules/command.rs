//! Secrets that are given to a program by its options, where no name tells that they are.

use super::{Found, Rule};
use crate::value::{is_password, is_random};
use std::ops::Range;

/// How far behind the program's name its option is looked for, in bytes.
const COMMAND: usize = 400;

/// Programs, and the option that has a password behind it.
const OPTIONS: [(&str, &[u8]); 12] = [
    ("sshpass ", b" -p"),
    ("docker login ", b" -p"),
    ("podman login ", b" -p"),
    ("redis-cli ", b" -a"),
    ("mysqldump ", b" -p"),
    ("ldapsearch ", b" -w"),
    ("mysql ", b" -p"),
    ("mariadb ", b" -p"),
    ("mysqladmin ", b" -p"),
    ("mongosh ", b" -p"),
    ("openssl ", b" -k"),
    ("zip ", b" -P"),
];

/// The programs alone.
const PROGRAMS: &[&str] = &{
    let mut programs = [""; OPTIONS.len()];
    let mut at = 0;
    while at < OPTIONS.len() {
        programs[at] = OPTIONS[at].0;
        at += 1;
    }
    programs
};

/// Commands that take the secret from what is piped into them, or as their last argument.
const KEEPERS: &[&str] =
    &[" secret put ", " secret set ", " secrets set ", " secrets put ", " create secret "];

/// Returns the rules.
pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule::scan(PROGRAMS, &[("any", "command-password")], option),
        Rule::scan(KEEPERS, &[("any", "piped-secret")], piped),
    ]
}

/// Returns the password among the options of the program whose name stands at `keyword`.
fn option(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let name = &text[keyword.clone()];
    let (_, flag) = OPTIONS.iter().find(|(program, _)| program.as_bytes() == name)?;
    // The blank behind the name is the one in front of the first option.
    let start = keyword.end - 1;
    let command = &text[start..text.len().min(start + COMMAND)];
    let command =
        &command[..command.iter().position(|b| ends_command(*b)).unwrap_or(command.len())];
    let option = command.windows(flag.len()).position(|w| w == *flag)? + flag.len();
    word(text, start + option, start + command.len())
        .filter(|range| is_password(&text[range.clone()]))
        .map(|range| Found { rule: "command-password", range })
}

/// Returns what is echoed into the command that stands at `keyword`.
fn piped(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let first = keyword.start.saturating_sub(COMMAND);
    let before = &text[first..keyword.start];
    let pipe = before.iter().rposition(|b| *b == b'|')?;
    let echo =
        before[..pipe].windows(5).rposition(|w| w == b"echo " || w == b"intf ").map(|at| at + 5)?;
    let mut at = first + echo;
    // Options and the format: `echo -n`, `printf '%s'`.
    while let Some(range) = word(text, at, first + pipe) {
        let value = &text[range.clone()];
        if is_random(value) || is_password(value) {
            return Some(Found { rule: "piped-secret", range });
        }
        at = range.end + 1;
    }
    None
}

/// Returns the first word between `from` and `end`, without its quotes.
fn word(text: &[u8], from: usize, end: usize) -> Option<Range<usize>> {
    let is_frame = |b: &u8| b" =\\\"'`".contains(b);
    let rest = text.get(from..end)?;
    let start = rest.iter().take_while(|b| is_frame(b)).count();
    let length = rest[start..].iter().take_while(|b| !is_frame(b) && **b > b' ').count();
    (length > 0).then_some(from + start..from + start + length)
}

const fn ends_command(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'|' | b';' | b'&')
}
