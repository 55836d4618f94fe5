//! The words of the search line: filters in and out of it, the order, what is being typed.

use opensession_engine::{Clock, Query, Term};

/// The orders that can be chosen, by their names.
pub(super) const SORTS: [&str; 8] =
    ["newest", "updated", "oldest", "longest", "tokens", "cost", "lines", "events"];

/// Returns what `text` asks for. The last word may go on where it `is_typed` just now.
///
/// # Errors
/// Which filter has a value that makes no sense, in one line.
pub(super) fn parse(text: &str, clock: &Clock, is_typed: bool) -> Result<Query, String> {
    let mut query = Query::parse(text, clock).map_err(|error| error.to_string())?;
    let is_open = text.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let last = query.terms.last_mut().filter(|last| !last.negated && text.ends_with(&last.text));
    if let Some(Term { prefix, .. }) = last.filter(|_| is_typed && is_open) {
        *prefix = true;
    }
    Ok(query)
}

/// Returns `text` with the word `filter`, or without it where it had it; one that begins alike goes.
#[must_use]
pub(super) fn toggle(text: &str, filter: &str) -> String {
    let had = text.split_whitespace().any(|word| word == filter);
    let name = filter.split_once(':').map_or(filter, |(name, _)| name);
    // A session has one tool, one day and one order, but may have an error and an edit.
    let is_only = !matches!(name, "has");
    let stays = |word: &&str| match word.split_once(':') {
        Some((other, _)) if is_only => other != name,
        _ => *word != filter,
    };
    let mut words: Vec<&str> = text.split_whitespace().filter(stays).collect();
    if !had {
        words.push(filter);
    }
    words.join(" ")
}

/// Returns `text` with the next order; the first one needs no word.
#[must_use]
pub(super) fn next_sort(text: &str) -> String {
    let now = text.split_whitespace().find_map(|word| word.strip_prefix("sort:"));
    let at = SORTS.iter().position(|sort| Some(*sort) == now).unwrap_or(0);
    let next = SORTS.get(at + 1).copied();
    let without: Vec<&str> =
        text.split_whitespace().filter(|word| !word.starts_with("sort:")).collect();
    let mut words = without;
    let word = next.map(|next| format!("sort:{next}"));
    words.extend(word.as_deref());
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_engine::hail::Timestamp;

    #[test]
    fn the_word_that_is_typed_may_go_on() {
        let clock = Clock::utc(Timestamp::EPOCH);
        let prefixes = |text: &str, is_typed| -> Vec<bool> {
            let query = parse(text, &clock, is_typed).unwrap();
            query.terms.iter().map(|term| term.prefix).collect()
        };
        assert_eq!(prefixes("fix pars", true), [false, true]);
        assert_eq!(prefixes("fix pars", false), [false, false]);
        assert_eq!(prefixes("fix ", true), [false]);
        assert_eq!(prefixes("\"fix it\"", true), [false]);
        assert_eq!(prefixes("fix tool:codex", true), [false]);
        assert!(parse("tokens:many", &clock, true).unwrap_err().contains("tokens"));
    }

    #[test]
    fn filters_are_words_that_come_and_go() {
        assert_eq!(toggle("fix", "tool:codex"), "fix tool:codex");
        assert_eq!(toggle("fix tool:codex", "tool:codex"), "fix");
        assert_eq!(toggle("tool:codex fix", "tool:pi"), "fix tool:pi");
        assert_eq!(toggle("has:edit", "has:error"), "has:edit has:error");
    }

    #[test]
    fn orders_follow_each_other_and_come_back_to_the_first() {
        let mut text = "fix".to_owned();
        for sort in SORTS.iter().skip(1) {
            text = next_sort(&text);
            assert_eq!(text, format!("fix sort:{sort}"));
        }
        assert_eq!(next_sort(&text), "fix");
    }
}
