//! Manifests in JSON, be it in a string: then backslashes stand in front of every quote.

use super::{HOLDERS, is_name};
use std::ops::Range;

/// JSON in which `level` backslashes stand in front of the quotes of a string.
struct Json<'t> {
    text: &'t [u8],
    level: usize,
}

/// Returns the values of the object that has the member `kind`, whose name's first quote stands at `quote` and whose
/// value stands at `own`.
///
/// Nothing behind the kind of another manifest is read, so that of many no part is read for each.
pub(super) fn values(text: &[u8], quote: usize, level: usize, own: usize) -> Vec<Range<usize>> {
    let json = Json { text, level };
    let mut values = Vec::new();
    // The brackets that are open, from the object on.
    let mut depth = 0_usize;
    let mut at = json.object_around(quote).unwrap_or(quote);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return values,
            b'}' | b']' => depth -= 1,
            b'"' if json.is_quote(at - 1) => {
                let Some(string) = json.string(at) else { return values };
                at = string.end + level + 1;
                let content = &text[string.clone()];
                if content == b"Secret" && string.start != own {
                    return values;
                }
                if depth == 0 && HOLDERS.contains(&content) {
                    // What was opened is closed by what comes next.
                    let end = json.members(at, &mut values);
                    depth += usize::from(end > at);
                    at = end;
                }
            }
            _ => {}
        }
    }
    values
}

impl Json<'_> {
    /// Returns whether the quote at `at` begins or ends a string.
    fn is_quote(&self, at: usize) -> bool {
        let backslashes = self.text[..at].iter().rev().take_while(|b| **b == b'\\').count();
        self.text.get(at) == Some(&b'"') && backslashes == self.level
    }

    /// Returns the string whose first quote ends at `from`, without its quotes.
    fn string(&self, from: usize) -> Option<Range<usize>> {
        let mut at = from;
        loop {
            at += self.text[at..].iter().position(|b| *b == b'"')?;
            if self.is_quote(at) {
                // A string without a letter ends where its own first quote does.
                return Some(from..(at - self.level).max(from));
            }
            at += 1;
        }
    }

    /// Returns the first place inside of the object in which the string is that begins at `quote`.
    fn object_around(&self, quote: usize) -> Option<usize> {
        let mut depth = 0_usize;
        let mut in_string = false;
        let mut string_end = quote;
        for at in (0..quote).rev() {
            let byte = self.text[at];
            if byte == b'"' && self.is_quote(at) {
                if in_string && self.text[at + 1..string_end] == *b"Secret" {
                    return None;
                }
                in_string = !in_string;
                string_end = at.saturating_sub(self.level);
            } else if !in_string {
                match byte {
                    b'}' | b']' => depth += 1,
                    b'{' if depth == 0 => return Some(at + 1),
                    b'[' if depth == 0 => return None,
                    b'{' | b'[' => depth -= 1,
                    _ => {}
                }
            }
        }
        None
    }

    /// Adds the values of the object that is given to the name that ends before `from`; returns where the last of
    /// them ends, inside of the object.
    fn members(&self, from: usize, values: &mut Vec<Range<usize>>) -> usize {
        let Some(mut at) = self.sign(from, b':').and_then(|at| self.sign(at, b'{')) else {
            return from;
        };
        loop {
            let Some(name) = self.sign(at, b'"').and_then(|at| self.string(at)) else { return at };
            let given = self.sign(name.end + self.level + 1, b':');
            let Some(given) = given.filter(|_| is_name(&self.text[name])) else { return at };
            at = given;
            if let Some(value) = self.sign(given, b'"').and_then(|at| self.string(at)) {
                at = value.end + self.level + 1;
                values.push(value);
            } else {
                // `null`.
                let word = |b: &&u8| b.is_ascii_alphanumeric();
                at = self.blanks(at);
                at += self.text[at..].iter().take_while(word).count();
            }
            match self.sign(at, b',') {
                Some(next) => at = next,
                None => return at,
            }
        }
    }

    /// Returns the place behind `sign`, where that is next.
    fn sign(&self, from: usize, sign: u8) -> Option<usize> {
        let mut at = self.blanks(from);
        if sign == b'"' {
            at += self.level;
            return self.is_quote(at).then_some(at + 1);
        }
        (self.text.get(at) == Some(&sign)).then_some(at + 1)
    }

    /// Returns the first place that is no blank and no line break, be it written as `\n`.
    fn blanks(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(byte) = self.text.get(at) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => at += 1,
                b'\\' => {
                    let more = self.text[at..].iter().take_while(|b| **b == b'\\').count();
                    if !matches!(self.text.get(at + more), Some(b'n' | b'r' | b't')) {
                        return at;
                    }
                    at += more + 1;
                }
                _ => return at,
            }
        }
        at
    }
}
