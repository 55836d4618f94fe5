//! The scanner: all keywords in one pass, then only the rules whose keyword is there.

use crate::identity;
use crate::known::{self, Form};
use crate::rules::{Found, RULES, Rule};
use crate::sieve::Sieve;
use crate::text::Lines;
use crate::{Key, Settings, allowed, encoded, shape};
use std::ops::Range;

/// Finds secrets in bytes.
pub(crate) struct Scanner {
    rules: &'static [Rule],
    /// What is known by value; the sieve numbers these behind the rules.
    known: Vec<Form>,
    sieve: Sieve,
    /// What tells who and where the user is, where that is looked for.
    identity: Option<identity::Finder>,
    settings: Settings,
    key: Key,
}

impl Scanner {
    /// Returns a scanner of all rules. What the user lets pass is known by its hash under `key`.
    pub(crate) fn new(key: Key, settings: Settings) -> Self {
        let rules: &[Rule] = &RULES;
        let known: Vec<Form> = settings.known.iter().flat_map(|secret| Form::all(secret)).collect();
        let of_rules = rules.iter().enumerate().flat_map(|(index, rule)| {
            rule.keywords.iter().map(move |word| (word.as_bytes(), rule.ignores_case(), index))
        });
        let of_known = known.iter().enumerate();
        let of_known = of_known.map(|(index, form)| (form.keyword(), false, rules.len() + index));
        let sieve = Sieve::new(of_known.chain(of_rules));
        let identity = identity::Finder::new(&settings.identity);
        Self { rules, known, sieve, identity, settings, key }
    }

    /// Returns whether there is a secret in `text`.
    pub(crate) fn finds(&self, text: &[u8]) -> bool {
        self.first(text, 0).is_some()
            || self.first_encoded(text, 0).is_some()
            || self.identity.as_ref().is_some_and(|identity| identity.finds(text))
    }

    /// Returns the secrets in `text`, in order and apart from each other.
    pub(crate) fn find_all(&self, text: &[u8]) -> Vec<Found> {
        // Where several kinds are there, the others are found when the text is searched again.
        let mut all = self.find_plain(text);
        if all.is_empty() {
            all = self.find_encoded(text);
        }
        // What a rule finds is a secret first.
        if let Some(identity) = self.identity.as_ref().filter(|_| all.is_empty()) {
            all = identity.find_all(text);
            all.retain(|found| !self.lets(text, found));
        }
        all
    }

    /// Returns the secrets in `text` that can be read as they are.
    pub(crate) fn find_plain(&self, text: &[u8]) -> Vec<Found> {
        let mut all = Vec::new();
        let mut base = 0;
        // What follows a secret is read as if it were a text of its own, as it will be once a mark stands before it.
        while let Some(found) = self.first(text, base) {
            base = found.range.end;
            all.push(found);
        }
        all
    }

    /// Returns the secrets in `text` that are written in base64.
    pub(crate) fn find_encoded(&self, text: &[u8]) -> Vec<Found> {
        let mut all = Vec::new();
        let mut base = 0;
        while let Some(found) = self.first_encoded(text, base) {
            base = found.range.end;
            all.push(found);
        }
        all
    }

    /// Returns the secret in the text that is a member called `name`, by what the name says.
    pub(crate) fn find_member(&self, name: &str, text: &str) -> Option<Found> {
        let by_name = shape::judge_member(name, text);
        let found = by_name.map(|rule| Found { rule, range: 0..text.len() });
        let lets = |found: &Found| self.lets(text.as_bytes(), found);
        found
            .filter(|found| !lets(found))
            .or_else(|| self.find_vendors_member(name, text).filter(|found| !lets(found)))
    }

    /// Returns the secret in the text that is a member called `name`, by what the name says of its vendor.
    fn find_vendors_member(&self, name: &str, text: &str) -> Option<Found> {
        let given = format!("{name}=\"");
        let whole = [&given, text, "\""].concat();
        let whole = whole.as_bytes();
        let mut at = 0;
        while let Some(place) = self.sieve.next(whole, at).filter(|place| *place < name.len()) {
            at = place + 1;
            for (word, length) in self.sieve.words_at(whole, place) {
                let rule = self.rules.get(word.rule).filter(|rule| rule.ignores_case());
                let found = rule.and_then(|rule| rule.find(whole, place..place + length));
                if let Some(Found { rule, range }) = found
                    && range.start == given.len()
                {
                    return Some(Found { rule, range: 0..range.len() });
                }
            }
        }
        None
    }

    /// Returns the first secret in base64 in `text` from `base` on.
    fn first_encoded(&self, text: &[u8], base: usize) -> Option<Found> {
        let mut from = base;
        loop {
            let finds = |inner: &[u8]| self.first(inner, 0).map(|found| found.rule);
            let found = encoded::find(text, from, finds)?;
            if !self.lets(text, &found) {
                return Some(found);
            }
            from = found.range.end;
        }
    }

    /// Returns the first secret in `text` from `base` on, as if the text began there.
    fn first(&self, text: &[u8], base: usize) -> Option<Found> {
        let text = text.get(base..)?;
        let found = self.first_that(text, |hit| {
            let found = self.name_exactly(text, self.widen(text, hit));
            (!self.lets(text, &found)).then_some(found)
        })?;
        let range = base + found.range.start..base + found.range.end;
        Some(Found { range, ..found })
    }

    /// Returns the first hit in `text` that `judge` makes something of.
    fn first_that<T>(&self, text: &[u8], judge: impl Fn(Hit) -> Option<T>) -> Option<T> {
        let mut at = 0;
        while let Some(place) = self.sieve.next(text, at) {
            at = place + 1;
            for (word, length) in self.sieve.words_at(text, place) {
                let keyword = place..place + length;
                let found = match self.rules.get(word.rule) {
                    Some(rule) => rule.find(text, keyword),
                    None => self.find_known(word.rule, text, keyword),
                };
                let judged = found.and_then(|found| judge(Hit { keyword: place, found }));
                if judged.is_some() {
                    return judged;
                }
            }
        }
        None
    }

    /// Returns the known secret of that number, of which a part stands at `keyword`.
    fn find_known(&self, number: usize, text: &[u8], keyword: Range<usize>) -> Option<Found> {
        let range = self.known.get(number - self.rules.len())?.find(text, keyword)?;
        Some(Found { rule: known::KIND.name, range })
    }

    /// Returns the hit with the known secrets that begin in it and end behind it: a rule may have seen but half of one.
    fn widen(&self, text: &[u8], mut hit: Hit) -> Hit {
        if self.known.is_empty() {
            return hit;
        }
        let range = &mut hit.found.range;
        let mut at = range.start.min(hit.keyword);
        while let Some(place) = self.sieve.next(text, at).filter(|place| *place < range.end) {
            at = place + 1;
            for (word, length) in self.sieve.words_at(text, place) {
                let known = (word.rule >= self.rules.len())
                    .then(|| self.find_known(word.rule, text, place..place + length));
                if let Some(known) = known.flatten() {
                    *range = range.start.min(known.range.start)..range.end.max(known.range.end);
                }
            }
        }
        hit
    }

    /// Returns what was found with the name of a more exact rule that finds a secret inside it: `api_key: sk-ant-…`.
    fn name_exactly(&self, text: &[u8], hit: Hit) -> Found {
        let Found { rule, range } = hit.found;
        let is_known = rule == known::KIND.name;
        if hit.keyword == range.start && !is_known {
            return Found { rule, range };
        }
        let inner = self.first_that(&text[range.clone()], |inner| {
            (inner.found.rule != known::KIND.name).then_some(inner.found.rule)
        });
        Found { rule: inner.unwrap_or(rule), range }
    }

    /// Returns whether the user lets pass what was found.
    pub(crate) fn lets(&self, text: &[u8], found: &Found) -> bool {
        let hash = || self.key.hash(Lines::of(text, found.range.clone()).contents);
        allowed::lets(&self.settings.allowed, found.rule, hash)
    }

    /// Returns the key that marks are made with.
    pub(crate) const fn key(&self) -> &Key {
        &self.key
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
    use crate::Allowance;

    const KEY: Key = Key::from_bytes([7; 32]);

    fn find(text: &str, settings: Settings) -> Vec<(&'static str, &str)> {
        let all = Scanner::new(KEY, settings).find_all(text.as_bytes());
        all.into_iter().map(|found| (found.rule, text.get(found.range).unwrap())).collect()
    }

    #[test]
    fn a_more_exact_rule_names_the_secret_and_secrets_do_not_overlap() {
        let key = ["sk-ant-", "api03-k3Zx9QaL0wEr7TyU1iOp5SdF2gHj8"].concat();
        let text = format!("api_key={key} api_key={key}");
        let found = find(&text, Settings::default());
        assert_eq!(found, [("anthropic-key", key.as_str()), ("anthropic-key", key.as_str())]);
    }

    #[test]
    fn known_values_are_found_whole_and_named_by_the_rule_that_would_find_them() {
        let key = ["sk-ant-", "api03-k3Zx9QaL0wEr7TyU1iOp5SdF2gHj8"].concat();
        let known = ["correct horse; battery9", "tr0ub4dor", &key].map(str::to_owned).into();
        let settings = Settings { known, ..Settings::default() };
        let text = format!("DB_PASSWORD=correct horse; battery9 tr0ub4dor tr0ub4dora {key}");
        assert_eq!(
            find(&text, settings),
            [
                ("known-value", "correct horse; battery9"),
                ("known-value", "tr0ub4dor"),
                ("anthropic-key", key.as_str())
            ]
        );
    }

    #[test]
    fn what_is_allowed_passes_and_hides_nothing_else() {
        let [one, two] = ["k3Zx9QaL0wEr7TyU", "m4Ab8RcM1xFs6UzV"];
        let text = format!("api_key={one} api_key={two} client_secret={one}");
        let both = [("api-key", one), ("api-key", two), ("secret", one)];
        let letting = |allowance| {
            let settings = Settings { allowed: [allowance].into(), ..Settings::default() };
            find(&text, settings)
        };
        assert_eq!(find(&text, Settings::default()), both);
        assert_eq!(letting(Allowance::Rule("api-key".to_owned())), both[2..]);
        assert_eq!(letting(Allowance::value(&KEY, one)), both[1..2]);
        let mark = crate::mark::mark(&KEY, "api-key", [one.as_bytes()]);
        assert_eq!(letting(Allowance::mark(&mark).unwrap()), both[1..]);
    }
}
