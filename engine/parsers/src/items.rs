//! Logs that are one JSON document with a list of records, written anew at each change: the records that are whole,
//! also where the document is cut off or damaged.

use crate::lines::LONGEST_LINE;

/// Stands for a value that is too long to be kept: to every parser a record or member that is not what it should be.
const TOO_LONG: &[u8] = b"\"a value of more than 64 MiB, too long to be kept\"";

/// A record of the list, as the document has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    pub bytes: &'a [u8],
    /// Where it starts in the document.
    pub offset: u64,
}

/// What is whole of a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Document<'a> {
    /// The records of the list.
    pub items: Vec<Item<'a>>,
    /// The members beside the list, where the document is an object.
    pub members: Vec<(&'a [u8], &'a [u8])>,
    /// Where the last whole record ends: of a list that only grows, what is before never changes.
    pub end: usize,
    /// Whether the document ends as it should.
    pub is_whole: bool,
    /// Where it ends, or where the bytes do.
    pub length: usize,
}

impl<'a> Document<'a> {
    /// Returns the member of that name, as it is written.
    pub(crate) fn member(&self, name: &str) -> Option<&'a [u8]> {
        self.members.iter().find(|(own, _)| *own == name.as_bytes()).map(|(_, value)| *value)
    }

    /// Returns whether there is a member of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }
}

/// Reads a document that is a list, or an object with the list under `key`; `None` where it is neither.
pub(crate) fn read<'a>(bytes: &'a [u8], key: &str) -> Option<Document<'a>> {
    let mut cursor = Cursor { bytes, at: 0 };
    cursor.skip_blank();
    let mut document = Document::default();
    match cursor.peek()? {
        b'[' => {
            cursor.at += 1;
            document.is_whole = cursor.read_list(&mut document);
        }
        b'{' => {
            cursor.at += 1;
            document.is_whole = cursor.read_members(key, &mut document);
        }
        _ => return None,
    }
    document.length = if document.is_whole { cursor.at } else { bytes.len() };
    Some(document)
}

fn kept(bytes: &[u8]) -> &[u8] {
    if bytes.len() > LONGEST_LINE { TOO_LONG } else { bytes }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Reads the items of a list up to its end; false where that is missing.
    fn read_list(&mut self, document: &mut Document<'a>) -> bool {
        loop {
            self.skip_blank();
            match self.peek() {
                None => return false,
                Some(b']') => {
                    self.at += 1;
                    return true;
                }
                Some(b',') => self.at += 1,
                Some(_) => {
                    let offset = self.at as u64;
                    let Some(bytes) = self.value() else { return false };
                    document.items.push(Item { bytes: kept(bytes), offset });
                    document.end = self.at;
                }
            }
        }
    }

    /// Reads the members of an object up to its end; false where that is missing.
    fn read_members(&mut self, key: &str, document: &mut Document<'a>) -> bool {
        loop {
            self.skip_blank();
            match self.peek() {
                None => return false,
                Some(b'}') => {
                    self.at += 1;
                    return true;
                }
                Some(b',') => self.at += 1,
                Some(_) => {
                    let Some(name) = self.value() else { return false };
                    self.skip_blank();
                    if self.peek() != Some(b':') {
                        continue;
                    }
                    self.at += 1;
                    self.skip_blank();
                    let name = name.strip_prefix(b"\"").unwrap_or(name);
                    let name = name.strip_suffix(b"\"").unwrap_or(name);
                    if name == key.as_bytes() && self.peek() == Some(b'[') {
                        self.at += 1;
                        if !self.read_list(document) {
                            return false;
                        }
                    } else {
                        let Some(value) = self.value() else { return false };
                        document.members.push((kept(name), kept(value)));
                    }
                }
            }
        }
    }

    /// Returns the value that starts here, and goes behind it; `None` where its end is missing. What is no JSON goes
    /// up to the next comma or bracket that is not inside of it.
    fn value(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.skip_string()?;
                    if depth == 0 {
                        return self.bytes.get(start..self.at);
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 1 => depth -= 1,
                b'}' | b']' if depth == 1 => {
                    self.at += 1;
                    return self.bytes.get(start..self.at);
                }
                b',' | b':' | b'}' | b']' if depth == 0 => {
                    // Never stand still: a stray mark is a value of its own.
                    self.at = self.at.max(start + 1);
                    return self.bytes.get(start..self.at);
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..)?;
            let found = memchr::memchr2(b'"', b'\\', rest)?;
            self.at += found + 1;
            if rest.get(found) == Some(&b'"') {
                return Some(());
            }
            self.at += 1;
        }
    }

    fn skip_blank(&mut self) {
        let is_blank = |byte: u8| byte.is_ascii_whitespace() || byte == 0;
        if self.at == 0 && self.bytes.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts<'a>(document: &Document<'a>) -> Vec<&'a str> {
        document.items.iter().map(|item| std::str::from_utf8(item.bytes).unwrap()).collect()
    }

    #[test]
    fn a_list_is_read_wherever_it_stands() {
        let list = "\u{feff}[ {\"a\":\"]}\\\"\"},\n[1,{}], 7 ]\n";
        let document = read(list.as_bytes(), "messages").unwrap();
        assert_eq!(texts(&document), ["{\"a\":\"]}\\\"\"}", "[1,{}]", "7 "]);
        assert!(document.is_whole);
        let object = br#"{"v":1,"messages":[{"a":1}],"x":{"y":[2]}}"#;
        let document = read(object, "messages").unwrap();
        assert_eq!(texts(&document), ["{\"a\":1}"]);
        assert_eq!(document.members, [(b"v".as_slice(), b"1".as_slice()), (b"x", b"{\"y\":[2]}")]);
        assert_eq!((document.items[0].offset, document.end, document.is_whole), (19, 26, true));
        assert_eq!(read(b"7", "messages"), None);
    }

    #[test]
    fn a_record_too_long_to_keep_is_named_and_the_next_one_is_read() {
        let long = format!("[\"{}\",{{\"a\":1}}]", "x".repeat(LONGEST_LINE));
        let document = read(long.as_bytes(), "").unwrap();
        assert_eq!(document.items[0].bytes, TOO_LONG);
        assert_eq!(document.items[1].bytes, b"{\"a\":1}");
        assert!(document.is_whole);
    }

    #[test]
    fn damage_between_records_costs_no_record() {
        let document = read(b"[{\"a\":1}{\"b\":2},,] x } ,{\"c\":3}]", "").unwrap();
        assert_eq!(texts(&document), ["{\"a\":1}", "{\"b\":2}"]);
    }

    proptest! {
        #[test]
        fn a_cut_document_has_the_first_of_its_records(cut in 0_usize..60) {
            let whole = br#"{"v":{"w":[1]},"messages":[{"a":"\"]"},{"b":[{}]},{"c":3}]}"#;
            let all = read(whole, "messages").unwrap();
            let part = whole.get(..cut).unwrap_or(whole);
            if let Some(document) = read(part, "messages") {
                prop_assert_eq!(&document.items[..], &all.items[..document.items.len()]);
                prop_assert_eq!(document.is_whole, cut >= whole.len());
            }
        }
    }
}
