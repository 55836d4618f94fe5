//! E-mail addresses (RFC 5321, as people write them: no quotes, no comments).

use super::escape;
use memchr::memmem;
use std::ops::Range;

/// The longest part before the sign, in bytes (RFC 5321 §4.5.3.1.1).
const LONGEST_NAME: usize = 64;

/// The longest domain, in bytes (RFC 5321 §4.5.3.1.2).
const LONGEST_DOMAIN: usize = 255;

/// Names that belong to nobody; `git` is how ssh is told to reach a forge.
const NOBODY: [&str; 8] = [
    "noreply",
    "no-reply",
    "donotreply",
    "do-not-reply",
    "git",
    "hg",
    "mailer-daemon",
    "postmaster",
];

/// Ends of domains that are kept for examples (RFC 2606), and of the addresses that forges make up.
const EXAMPLES: [&str; 9] = [
    "example.com",
    "example.org",
    "example.net",
    "example",
    "test",
    "invalid",
    "localhost",
    "local",
    "noreply.github.com",
];

/// What looks like the end of a domain and is that of a file or a unit of systemd: `icon@2x.png`, `getty@tty1.service`.
const NO_DOMAINS: [&str; 38] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "bmp", "pdf", "js", "mjs", "cjs", "ts",
    "tsx", "jsx", "json", "css", "scss", "html", "vue", "yml", "yaml", "toml", "lock", "txt",
    "tgz", "gz", "exe", "dll", "jar", "log", "service", "socket", "timer", "target", "mount",
    "slice", "scope",
];

/// Returns every e-mail address in `text`.
pub(super) fn find_all(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let signs = memchr::memchr_iter(b'@', text).map(|at| (at, at + 1));
    let escaped = memmem::find_iter(text, "%40").map(|at| (at, at + 3));
    signs.chain(escaped).filter_map(|(at, after)| address(text, at, after))
}

/// Returns whether there may be an address in `text`: more than [`find_all`] finds.
pub(super) fn finds(text: &[u8]) -> bool {
    let mut signs = memchr::memchr_iter(b'@', text).map(|at| (at, at + 1));
    let mut escaped = memmem::find_iter(text, "%40").map(|at| (at, at + 3));
    let may_be = |(at, after): (usize, usize)| {
        let name =
            text[..at].last().is_some_and(|b| b.is_ascii_alphanumeric() || b"_+-.".contains(b));
        let domain = text[after..].iter().take(LONGEST_DOMAIN).take_while(|b| in_domain(b));
        name && domain.into_iter().any(|b| *b == b'.')
    };
    signs.any(may_be) || escaped.any(may_be)
}

fn in_domain(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b".-".contains(byte)
}

/// Returns the address whose sign stands from `at` to `after`.
fn address(text: &[u8], at: usize, after: usize) -> Option<Range<usize>> {
    let in_name = |b: &&u8| b.is_ascii_alphanumeric() || b"._+-".contains(b);
    let name = text[..at].iter().rev().take(LONGEST_NAME + 6).take_while(in_name).count();
    let start = escape::skip(text, at - name);
    let sign = text.get(start..at)?.iter().take_while(|b| b"._+-".contains(b)).count();
    let start = start + sign;
    let name = text.get(start..at)?;
    let long = text[after..].iter().take(LONGEST_DOMAIN + 1).take_while(|b| in_domain(b)).count();
    let domain = &text[after..after + long];
    let trimmed = domain.iter().rev().take_while(|b| b".-".contains(b)).count();
    let domain = &domain[..domain.len() - trimmed];
    let end = after + domain.len();
    let is_call = text[end..].starts_with(b"(");
    let fits = (1..=LONGEST_NAME).contains(&name.len()) && domain.len() <= LONGEST_DOMAIN;
    (fits && !is_call && is_somebody(name) && is_domain(domain)).then_some(start..end)
}

fn is_somebody(name: &[u8]) -> bool {
    let last = name.rsplit(|b| *b == b'+').next().unwrap_or(name);
    ![name, last]
        .iter()
        .any(|name| NOBODY.iter().any(|one| name.eq_ignore_ascii_case(one.as_bytes())))
}

fn is_domain(domain: &[u8]) -> bool {
    let domain = domain.to_ascii_lowercase();
    let mut labels = domain.rsplit(|b| *b == b'.');
    let last = labels.next().unwrap_or_default();
    let is_end = (2..=24).contains(&last.len()) && last.iter().all(u8::is_ascii_alphabetic);
    let is_file = NO_DOMAINS.iter().any(|end| last == end.as_bytes());
    let mut count = 0;
    let are_labels = labels.all(|label| {
        count += 1;
        !label.is_empty()
    });
    let is_example = EXAMPLES.iter().any(|end| {
        let rest = domain.strip_suffix(end.as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
    });
    is_end && !is_file && count > 0 && are_labels && !is_example
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_people_are_found_and_others_are_not() {
        let found = |text: &str| {
            let found = find_all(text.as_bytes()).next();
            found.map(|range| text.get(range).unwrap().to_owned())
        };
        for (text, address) in [
            ("Alice <alice@corp.io>", "alice@corp.io"),
            ("mailto:a.b+c@mail.corp.co.uk.", "a.b+c@mail.corp.co.uk"),
            (r"by\nalice@corp.io\n", "alice@corp.io"),
            ("?to=alice%40corp.io&x", "alice%40corp.io"),
            ("ssh alice@box.corp.io", "alice@box.corp.io"),
            ("1+alice@users.corp.io", "1+alice@users.corp.io"),
        ] {
            assert_eq!(found(text).as_deref(), Some(address), "{text}");
        }
        for other in [
            "git@github.com:a/b.git",
            "noreply@anthropic.com",
            "49699333+dependabot@users.noreply.github.com",
            "alice@example.com",
            "bob@mail.example.org",
            "@app.route",
            "icon@2x.png",
            "getty@tty1.service",
            "left-pad@1.3.0",
            "actions/checkout@v4",
            "q@k.transpose(0)",
            "alice@localhost",
            "a@b",
            "alice@corp..io",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}
