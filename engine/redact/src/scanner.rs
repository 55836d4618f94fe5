//! The scanner: all keywords in one pass, then only the rules whose keyword is there.

use crate::encoded;
use crate::rules::{Found, Rule, all};
use crate::sieve::Sieve;

/// Finds secrets in bytes.
pub(crate) struct Scanner {
    rules: Vec<Rule>,
    sieve: Sieve,
}

impl Scanner {
    /// Returns a scanner of all rules.
    pub(crate) fn new() -> Self {
        let rules = all();
        let keywords = rules.iter().enumerate().flat_map(|(index, rule)| {
            rule.keywords.iter().map(move |word| (*word, rule.ignores_case(), index))
        });
        let sieve = Sieve::new(keywords);
        Self { rules, sieve }
    }

    /// Returns whether there is a secret in `text`.
    pub(crate) fn finds(&self, text: &[u8]) -> bool {
        self.first(text, 0).is_some() || self.find_encoded(text, 0).is_some()
    }

    /// Returns the secrets in `text`, in order and apart from each other.
    pub(crate) fn find_all(&self, text: &[u8]) -> Vec<Found> {
        let mut all = Vec::new();
        let mut base = 0;
        // What follows a secret is read as if it were a text of its own, as it will be once a mark stands before it.
        while let Some(hit) = self.first(text, base) {
            base = hit.found.range.end;
            all.push(self.name_exactly(text, hit));
        }
        if all.is_empty() {
            // Where both kinds are there, these are found when the text is searched again.
            while let Some(found) = self.find_encoded(text, base) {
                base = found.range.end;
                all.push(found);
            }
        }
        all
    }

    /// Returns the secret in the text that is a member called `name`, by what the name says of its vendor.
    pub(crate) fn find_member(&self, name: &str, text: &str) -> Option<Found> {
        let given = format!("{name}=\"");
        let whole = [&given, text, "\""].concat();
        let whole = whole.as_bytes();
        let mut at = 0;
        while let Some(place) = self.sieve.next(whole, at).filter(|place| *place < name.len()) {
            at = place + 1;
            for (word, length) in self.sieve.words_at(whole, place) {
                let rule = &self.rules[word.rule];
                let found = rule.ignores_case().then(|| rule.find(whole, place..place + length));
                if let Some(Found { rule, range }) = found.flatten()
                    && range.start == given.len()
                {
                    return Some(Found { rule, range: 0..range.len() });
                }
            }
        }
        None
    }

    /// Returns the first secret in base64 in `text` from `base` on.
    fn find_encoded(&self, text: &[u8], base: usize) -> Option<Found> {
        encoded::find(text, base, |inner| self.first(inner, 0).map(|hit| hit.found.rule))
    }

    /// Returns the hit with the name of a more exact rule that finds a secret inside it: `api_key: sk-ant-…`.
    fn name_exactly(&self, text: &[u8], hit: Hit) -> Found {
        let Found { rule, range } = hit.found;
        if hit.keyword == range.start {
            return Found { rule, range };
        }
        let inner = self.first(&text[range.clone()], 0);
        Found { rule: inner.map_or(rule, |inner| inner.found.rule), range }
    }

    /// Returns the first secret in `text` from `base` on, as if the text began there.
    fn first(&self, text: &[u8], base: usize) -> Option<Hit> {
        let text = text.get(base..)?;
        let mut at = 0;
        while let Some(place) = self.sieve.next(text, at) {
            at = place + 1;
            for (word, length) in self.sieve.words_at(text, place) {
                let found = self.rules[word.rule].find(text, place..place + length);
                if let Some(Found { rule, range }) = found {
                    let range = base + range.start..base + range.end;
                    return Some(Hit { keyword: base + place, found: Found { rule, range } });
                }
            }
        }
        None
    }
}

/// A secret and where the keyword stands that led to it.
struct Hit {
    keyword: usize,
    found: Found,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_more_exact_rule_names_the_secret_and_secrets_do_not_overlap() {
        let key = ["sk-ant-", "api03-k3Zx9QaL0wEr7TyU1iOp5SdF2gHj8"].concat();
        let text = format!("api_key={key} api_key={key}");
        let found = Scanner::new().find_all(text.as_bytes());
        let first = 8..8 + key.len();
        let second = first.end + 9..first.end + 9 + key.len();
        let rule = "anthropic-key";
        assert_eq!(found, [Found { rule, range: first }, Found { rule, range: second }]);
    }
}
