//! The address of a remote: what git is given, and what may be shown of it.

use std::fmt;

/// The address of a repository, as git knows it. What is shown has no credentials: not what stands before the host,
/// save the user of an ssh address, and no query.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// What git uses, with credentials where there are any.
    text: String,
    /// What git is given, where it makes `text` of that.
    given: Option<String>,
}

/// So short a password would be found by chance in what git says.
const SHORTEST_PASSWORD: usize = 4;
/// A name before the host that is so long may be a token.
const SHORTEST_TOKEN: usize = 8;
/// Schemes whose user is no secret: it is the same for everybody, and a key proves who asks.
const SSH: [&str; 3] = ["ssh", "git+ssh", "ssh+git"];

impl Address {
    /// Returns the address that git calls `text`.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), given: None }
    }

    /// Returns the address for which git is given `text`.
    pub(crate) fn given_as(self, text: &str) -> Self {
        Self { given: Some(text.to_owned()), ..self }
    }

    /// Returns what git is given for it, with credentials.
    pub(crate) fn as_given(&self) -> &str {
        self.given.as_deref().unwrap_or(&self.text)
    }

    /// Returns whether `text` is an address, and not a name: a URL, `host:path`, or an absolute path.
    pub(crate) fn is_one(text: &str) -> bool {
        let has_host = text
            .find(':')
            .is_some_and(|colon| colon > 0 && text.find('/').is_none_or(|slash| slash > colon));
        let is_path = std::path::Path::new(text).is_absolute();
        (has_host || is_path) && !text.starts_with('-') && !text.contains(['\n', '\0'])
    }

    /// Returns the address at which a browser would find a repository that anybody may read: that of the web, or of
    /// git's own protocol, as it is, and one of ssh as if it were of the web. `None` for what is on this machine, and
    /// what only git knows.
    pub(crate) fn without_login(&self) -> Option<String> {
        let text = self.text.as_str();
        if let Some((scheme, rest)) = text.split_once("://") {
            let (_login, host, path) = parts(rest);
            let (path, _query) = path.split_once(['?', '#']).unwrap_or((path, ""));
            return match scheme {
                "http" | "https" | "git" => Some(format!("{scheme}://{host}{path}")),
                _ if SSH.contains(&scheme) => Some(format!("https://{}{path}", without_port(host))),
                _ => None,
            };
        }
        if !Self::is_one(text) || text.starts_with('/') || text.contains("::") {
            return None;
        }
        let (host, path) = text.split_once(':')?;
        let host = host.rsplit_once('@').map_or(host, |(_user, host)| host);
        // A drive of Windows is no host.
        (host.len() > 1).then(|| format!("https://{host}/{}", path.trim_start_matches('/')))
    }

    /// Returns `text` without what is secret in the address, or in any other that stands in there.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let mut text = text.replace(&self.text, &self.to_string());
        if let Some(given) = &self.given {
            text = text.replace(given.as_str(), &Self::new(given.as_str()).to_string());
        }
        text = without_logins(&text);
        for secret in self.secrets() {
            text = text.replace(&secret, "…");
        }
        text
    }

    fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        for address in [Some(&self.text), self.given.as_ref()].into_iter().flatten() {
            let Some((scheme, rest)) = address.split_once("://") else { continue };
            let (login, _host, path) = parts(rest);
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            let is_token = user.len() >= SHORTEST_TOKEN && !SSH.contains(&scheme);
            secrets.extend(is_token.then_some(user));
            secrets.extend((password.len() >= SHORTEST_PASSWORD).then_some(password));
            let query = path.split_once(['?', '#']).map_or("", |(_path, query)| query);
            let values = query.split('&').filter_map(|pair| Some(pair.split_once('=')?.1));
            secrets.extend(values.filter(|value| value.len() >= SHORTEST_PASSWORD));
        }
        // Git asks for them, and tells of them, decoded.
        let decoded: Vec<String> = secrets.iter().filter_map(|secret| decode(secret)).collect();
        secrets.into_iter().map(str::to_owned).chain(decoded).collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.as_str();
        if let Some((helper, _address)) = text.split_once("::")
            && helper.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            // What stands behind it is a command, or whatever a helper understands.
            return write!(f, "{helper}::…");
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return f.write_str(text);
        };
        let (login, host, path) = parts(rest);
        let user = login.split_once(':').map_or(login, |(user, _password)| user);
        write!(f, "{scheme}://")?;
        if SSH.contains(&scheme) && !user.is_empty() {
            write!(f, "{user}@")?;
        }
        match path.split_once(['?', '#']) {
            Some((path, _query)) if scheme != "file" => write!(f, "{host}{path}?…"),
            _ => write!(f, "{host}{path}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Returns the login, the host and the rest of what stands behind `://`.
fn parts(rest: &str) -> (&str, &str, &str) {
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((login, host)) => (login, host, path),
        None => ("", authority, path),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Returns `text` with the logins of all URLs in it cut out, save the users of ssh.
fn without_logins(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after.find(|sign: char| sign.is_whitespace() || "/'\"<>?#".contains(sign));
        let (authority, behind) = after.split_at(end.unwrap_or(after.len()));
        let is_ssh = before.ends_with("ssh");
        match authority.rsplit_once('@') {
            Some((login, host)) if is_ssh && !login.contains(':') => {
                out.push_str(login);
                out.push('@');
                out.push_str(host);
            }
            Some((_login, host)) => out.push_str(host),
            None => out.push_str(authority),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Returns `text` with its `%41` decoded; `None` where it has none.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let digits = after.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => bytes.push(*first),
        }
    }
    let decoded = String::from_utf8(bytes).ok()?;
    (decoded != text).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_has_no_credentials() {
        for (text, shown) in [
            ("https://github.com/a/b.git", "https://github.com/a/b.git"),
            ("https://alice:hunter22@github.com/a/b.git", "https://github.com/a/b.git"),
            ("https://ghp_0123456789@github.com/a/b", "https://github.com/a/b"),
            ("https://a@b:p@ss@host:8443/x", "https://host:8443/x"),
            ("https://host/x?private_token=abcdef", "https://host/x?…"),
            ("ssh://git@host:22/x.git", "ssh://git@host:22/x.git"),
            ("ssh://git:hunter22@host/x.git", "ssh://git@host/x.git"),
            ("git@github.com:a/b.git", "git@github.com:a/b.git"),
            ("/srv/git/x.git", "/srv/git/x.git"),
            ("file:///srv/a?b", "file:///srv/a?b"),
            ("ext::sh -c secret", "ext::…"),
            ("", ""),
        ] {
            assert_eq!(Address::new(text).to_string(), shown);
            assert_eq!(format!("{:?}", Address::new(text)), shown);
        }
    }

    #[test]
    fn what_git_says_is_scrubbed() {
        let address = Address::new("https://tokentoken:hunter%3222@host/x?key=abcdef");
        for (said, shown) in [
            (
                "fatal: Authentication failed for 'https://tokentoken:hunter%3222@host/x?key=abcdef'",
                "fatal: Authentication failed for 'https://host/x?…'",
            ),
            ("remote: hunter222 is wrong for tokentoken", "remote: … is wrong for …"),
            ("proxy http://me:pw@proxy:3128/ says abcdef", "proxy http://proxy:3128/ says …"),
            ("ssh://git@host/x and git@host:x", "ssh://git@host/x and git@host:x"),
            ("ssh://git:pw@host/x", "ssh://host/x"),
            ("nothing to see://", "nothing to see://"),
        ] {
            assert_eq!(address.scrub(said), shown);
        }
        let alias = Address::new("https://host/x").given_as("https://u:long-secret@alias/x");
        assert_eq!(alias.scrub("long-secret https://u:long-secret@alias/x"), "… https://alias/x");
    }

    #[test]
    fn names_are_no_addresses() {
        for text in ["https://host/x", "git@host:x", "host:x", "/srv/x", "ext::sh", "a:b/c"] {
            assert!(Address::is_one(text), "{text}");
        }
        for text in ["origin", "a/b", "../x", "./a:b", "-x:y", "", ":x", "--upload-pack=x", "a\n:b"]
        {
            assert!(!Address::is_one(text), "{text}");
        }
    }

    #[test]
    fn anybody_is_asked_where_a_browser_would_look() {
        for (text, expected) in [
            ("git@github.com:a/b.git", Some("https://github.com/a/b.git")),
            ("ssh://git@gitlab.com:2222/a/b.git", Some("https://gitlab.com/a/b.git")),
            ("https://u:p@host/a?k=v", Some("https://host/a")),
            ("http://127.0.0.1:8080/a", Some("http://127.0.0.1:8080/a")),
            ("git://host/a", Some("git://host/a")),
            ("host:/a", Some("https://host/a")),
            ("/srv/a", None),
            ("file:///srv/a", None),
            ("ext::sh -c a:b", None),
            ("c:/a", None),
        ] {
            assert_eq!(Address::new(text).without_login().as_deref(), expected, "{text}");
        }
    }
}
