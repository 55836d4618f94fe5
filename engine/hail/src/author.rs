//! Whose session it is.

use crate::{Header, attribute};
use std::fmt;

/// Whose session it is: a name, an address, or both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Author {
    name: Option<String>,
    email: Option<String>,
}

impl Author {
    /// Returns who has this name and this e-mail address; nobody where neither says anything.
    #[must_use]
    pub fn new(name: Option<&str>, email: Option<&str>) -> Option<Self> {
        let known = |text: Option<&str>| {
            text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (name, email) = (known(name), known(email));
        (name.is_some() || email.is_some()).then_some(Self { name, email })
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the e-mail address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// Returns what people know them by: the name, else the address.
    #[must_use]
    pub fn short(&self) -> &str {
        self.name().or(self.email()).unwrap_or_default()
    }

    /// Returns whether both are the same person: by their addresses, in any case, where both have one, else by their
    /// names.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (self.email(), other.email()) {
            (Some(own), Some(other)) => own.eq_ignore_ascii_case(other),
            _ => self.name.is_some() && self.name == other.name,
        }
    }
}

/// `Jane Doe <jane@example.com>`, as git writes it.
impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), self.email()) {
            (Some(name), Some(email)) => write!(f, "{name} <{email}>"),
            _ => f.write_str(self.short()),
        }
    }
}

impl Header {
    /// Returns whose session it is, where that is said.
    #[must_use]
    pub fn author(&self) -> Option<Author> {
        let attributes = &self.context.attributes;
        Author::new(attributes.str(attribute::AUTHOR), attributes.str(attribute::AUTHOR_EMAIL))
    }

    /// Says whose session it is, or that nobody says so.
    pub fn set_author(&mut self, author: Option<&Author>) {
        let attributes = &mut self.context.attributes;
        for (name, value) in [
            (attribute::AUTHOR, author.and_then(Author::name)),
            (attribute::AUTHOR_EMAIL, author.and_then(Author::email)),
        ] {
            match value {
                Some(value) => attributes.set(name, value),
                None => drop(attributes.remove(name)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SessionId, read_session, write_header};

    #[test]
    fn an_author_is_read_as_it_was_written() {
        for (name, email, shown) in [
            (Some("Jane Doe"), Some("jane@example.com"), "Jane Doe <jane@example.com>"),
            (Some(" Jane \n"), Some(""), "Jane"),
            (None, Some("jane@example.com"), "jane@example.com"),
        ] {
            let mut header = Header::new(SessionId::new("s").unwrap(), "codex", "openai");
            let author = Author::new(name, email).unwrap();
            assert_eq!(author.to_string(), shown);
            header.set_author(Some(&author));
            let mut line = Vec::new();
            write_header(&header, &mut line);
            assert_eq!(read_session(line.as_slice()).unwrap().0.header.author(), Some(author));
            header.set_author(None);
            assert_eq!(header, Header::new(SessionId::new("s").unwrap(), "codex", "openai"));
        }
        assert_eq!(Author::new(Some(" "), None), None);
    }

    #[test]
    fn people_are_told_apart_by_addresses_before_names() {
        let author = |name, email| Author::new(name, email).unwrap();
        let jane = author(Some("Jane"), Some("jane@example.com"));
        assert!(jane.is(&author(Some("J. Doe"), Some("Jane@Example.com"))));
        assert!(jane.is(&author(Some("Jane"), None)));
        assert!(!jane.is(&author(Some("Jane"), Some("other@example.com"))));
        assert!(!jane.is(&author(Some("jane"), None)));
        assert!(!author(None, Some("a@b")).is(&author(None, None.or(Some("c@d")))));
    }
}
