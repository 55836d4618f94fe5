//! Marks under keys, and attachments.

use crate::samples::{hex, letters};
use opensession_hail::Attachment;
use opensession_redact::{Counts, Error, Key, Redactor, Settings};

#[test]
fn the_mark_of_a_secret_is_its_own_under_each_key() {
    let secrets = [["ghp_", &letters(36)].concat(), ["ghp_", &letters(37)].concat()];
    let mark = |key: u8, secret: &str| {
        let redactor = Redactor::new(Key::from_bytes([key; 32]), Settings::default());
        redactor.text(secret.to_owned(), &mut Counts::new()).into_inner()
    };
    assert_eq!(mark(1, &secrets[0]), mark(1, &secrets[0]));
    assert_ne!(mark(1, &secrets[0]), mark(1, &secrets[1]));
    assert_ne!(mark(1, &secrets[0]), mark(2, &secrets[0]));
}

#[test]
fn an_attachment_is_named_by_its_hash_and_nothing_else() {
    let redactor = Redactor::new(Key::from_bytes([1; 32]), Settings::default());
    let picture = b"\x89PNG\r\n\x1a\n\x00\x01\xff".to_vec();
    let attachment = |name: &str| Attachment { name: name.to_owned(), bytes: picture.clone() };
    let good = attachment(&format!("{}.png", hex(64)));
    assert_eq!(redactor.attachment(good.clone()).map(|a| a.into_inner()), Ok(good));
    let wrong = [
        hex(64),
        format!("{}.png", hex(63)),
        format!("{}.", hex(64)),
        format!("{}.png", hex(64).to_uppercase()),
        format!("{}.p/g", hex(64)),
        format!("{}.tar.gz", hex(64)),
        format!("../{}.png", hex(64)),
        String::new(),
    ];
    for name in wrong {
        assert_eq!(redactor.attachment(attachment(&name)), Err(Error::AttachmentName(name)));
    }
}

#[test]
fn what_could_hold_text_is_no_attachment_whatever_it_is_called() {
    let redactor = Redactor::new(Key::from_bytes([1; 32]), Settings::default());
    for bytes in [&b"<svg>"[..], b"", b"%PDF-1.7", b"token", b"RIFF1234WAVE"] {
        let name = format!("{}.png", hex(64));
        let attachment = Attachment { name: name.clone(), bytes: bytes.to_vec() };
        assert_eq!(redactor.attachment(attachment), Err(Error::NotAPicture(name)));
    }
}
