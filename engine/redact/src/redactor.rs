//! The redactor: events, headers, texts and attachments on their way to the store.

use crate::scanner::Scanner;
use crate::walk::Walk;
use crate::{Allowed, Counts, Error, Identity, Key, Line, Redacted, borders};
use opensession_hail::{Attachment, Event, Header, write_event};
use std::collections::BTreeSet;
use std::fmt;

/// The version of the rules, for the manifest: raised whenever a rule is added or changed.
pub const RULES_VERSION: u32 = 3;

/// Finds and replaces secrets. Built once and shared by all threads.
pub struct Redactor {
    scanner: Scanner,
}

/// What is masked beside what the rules find, and what of it is not.
#[derive(Clone, Default)]
pub struct Settings {
    /// Secrets that are known by value, as [`crate::secrets_of`] gives them.
    pub known: BTreeSet<String>,
    /// What the user lets pass.
    pub allowed: Allowed,
    /// What tells who and where the user is, and is to be taken out too.
    pub identity: Identity,
}

impl Redactor {
    /// Returns a redactor that computes its marks under `key`.
    #[must_use]
    pub fn new(key: Key, settings: Settings) -> Self {
        Self { scanner: Scanner::new(key, settings) }
    }

    /// Returns the event without secrets, with its canonical line; adds what it found to `counts`.
    ///
    /// Ids, times, call ids, names of models, `encrypted_content` and signatures stay as they are. A value nested
    /// deeper than 120 levels becomes a mark.
    #[must_use]
    pub fn event(&self, mut event: Event, counts: &mut Counts) -> Redacted<Line> {
        let mut walk = self.walk(counts);
        walk.clip(&mut event);
        let mut bytes = Vec::with_capacity(1024);
        write_event(&event, &mut bytes);
        // The rules find in a line what they find in its strings, and nearly every line has nothing.
        if self.scanner.finds(&bytes) || borders::finds(&self.scanner, &event.content.blocks) {
            walk.event(&mut event);
            if walk.changed {
                bytes.clear();
                write_event(&event, &mut bytes);
            }
        }
        Redacted::new(Line { event, bytes })
    }

    /// Returns the header without secrets; adds what it found to `counts`.
    #[must_use]
    pub fn header(&self, mut header: Header, counts: &mut Counts) -> Redacted<Header> {
        self.walk(counts).header(&mut header);
        Redacted::new(header)
    }

    /// Returns the text without secrets; adds what it found to `counts`.
    #[must_use]
    pub fn text(&self, mut text: String, counts: &mut Counts) -> Redacted<String> {
        self.walk(counts).text(&mut text);
        Redacted::new(text)
    }

    fn walk<'a>(&'a self, counts: &'a mut Counts) -> Walk<'a> {
        Walk { scanner: &self.scanner, counts, changed: false }
    }

    /// Returns the attachment, its name checked and its bytes as they are.
    ///
    /// # Errors
    /// [`Error::AttachmentName`] when the name is not `<64 hex>.<extension>`, [`Error::NotAPicture`] for anything
    /// else than a picture: text in it would not be scanned.
    pub fn attachment(&self, attachment: Attachment) -> Result<Redacted<Attachment>, Error> {
        let named = attachment.name.split_once('.').is_some_and(|(hash, extension)| {
            hash.len() == 64
                && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                && (1..=8).contains(&extension.len())
                && extension.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        if !named {
            return Err(Error::AttachmentName(attachment.name));
        }
        if !is_picture(&attachment.bytes) {
            return Err(Error::NotAPicture(attachment.name));
        }
        Ok(Redacted::new(attachment))
    }
}

/// Tells by the first bytes, not by what the log calls it: PNG, JPEG, GIF, WebP or BMP.
fn is_picture(bytes: &[u8]) -> bool {
    let starts = [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM"];
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    is_webp || starts.iter().any(|start| bytes.starts_with(start))
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("rules", &RULES_VERSION).finish_non_exhaustive()
    }
}
