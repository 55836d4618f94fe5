//! Tokens: those of answers, and the sums that a session's end tells.

use crate::session::Tokens;
use std::collections::{BTreeMap, HashMap};

/// What was told of tokens so far, so that each is told once.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The largest numbers of each request.
    requests: HashMap<String, Tokens>,
    /// By model, what answers told since the last end.
    told: BTreeMap<String, Tokens>,
    /// By model, what the last end summed up.
    ended: BTreeMap<String, Tokens>,
}

impl Ledger {
    /// Returns what a record adds to what earlier ones of its request told.
    pub(super) fn add(&mut self, request: Option<&str>, model: &str, tokens: Tokens) -> Tokens {
        let more = match request {
            Some(request) => {
                let before = self.requests.entry(request.to_owned()).or_default();
                let more = tokens.since(*before);
                *before = before.max(tokens);
                more
            }
            None => tokens,
        };
        let told = self.told.entry(model.to_owned()).or_default();
        *told = told.plus(more);
        more
    }

    /// Returns what an end adds, by model: its sums less those of the end before, and less what answers told.
    ///
    /// Builds that mark their ends (`is_marked`) sum up over all of a session, others since it was taken up again, and
    /// nothing says which but the numbers. Sums that fall begin anew.
    pub(super) fn end(
        &mut self,
        sums: BTreeMap<String, Tokens>,
        is_marked: bool,
    ) -> Vec<(String, Tokens)> {
        let told = std::mem::take(&mut self.told);
        let goes_on = is_marked || self.goes_on(&sums, &told);
        let mut added: Vec<(String, Tokens)> = Vec::new();
        for (model, tokens) in &sums {
            let before =
                self.ended.get(model).filter(|before| goes_on && !has_fallen(**before, *tokens));
            added.push((model.clone(), tokens.since(before.copied().unwrap_or_default())));
        }
        // What answers told is most often of the same model; else it is taken from any.
        for (model, tokens) in told {
            let mut rest = tokens;
            let (own, others): (Vec<_>, Vec<_>) =
                added.iter_mut().partition(|(known, _)| *known == model);
            for (_, sum) in own.into_iter().chain(others) {
                let left = sum.since(rest);
                rest = rest.since(*sum);
                *sum = left;
            }
        }
        self.ended = sums;
        added.retain(|(_, tokens)| !tokens.is_zero());
        added
    }

    /// Returns whether the sums hold those of the last end: whichever fits better what answers told since.
    fn goes_on(&self, sums: &BTreeMap<String, Tokens>, told: &BTreeMap<String, Tokens>) -> bool {
        let output = |all: &BTreeMap<String, Tokens>| {
            all.values().fold(0_u64, |sum, tokens| sum.saturating_add(tokens.output))
        };
        let (now, before, since) = (output(sums), output(&self.ended), output(told));
        now.abs_diff(since) >= now.saturating_sub(before).abs_diff(since)
    }
}

fn has_fallen(before: Tokens, now: Tokens) -> bool {
    !before.since(now).is_zero()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(input: u64, output: u64) -> BTreeMap<String, Tokens> {
        BTreeMap::from([("m".to_owned(), Tokens { input, output, ..Tokens::default() })])
    }

    fn answer(ledger: &mut Ledger, output: u64) -> u64 {
        ledger.add(None, "m", Tokens { output, ..Tokens::default() }).output
    }

    fn end(ledger: &mut Ledger, input: u64, output: u64, is_marked: bool) -> (u64, u64) {
        let added = ledger.end(sums(input, output), is_marked);
        added.first().map_or((0, 0), |(_, tokens)| (tokens.input, tokens.output))
    }

    #[test]
    fn an_end_that_sums_up_all_legs_adds_what_is_more() {
        let mut ledger = Ledger::default();
        assert_eq!(answer(&mut ledger, 40), 40);
        assert_eq!(end(&mut ledger, 1000, 50, false), (1000, 10));
        answer(&mut ledger, 30);
        assert_eq!(end(&mut ledger, 1500, 80, false), (500, 0));
        assert_eq!(end(&mut ledger, 1500, 80, true), (0, 0));
    }

    #[test]
    fn an_end_of_one_leg_and_one_after_the_sums_fell_add_all_of_it() {
        let mut ledger = Ledger::default();
        answer(&mut ledger, 50);
        assert_eq!(end(&mut ledger, 1000, 50, false), (1000, 0));
        answer(&mut ledger, 60);
        assert_eq!(end(&mut ledger, 1200, 60, false), (1200, 0));
        answer(&mut ledger, 5);
        assert_eq!(end(&mut ledger, 300, 5, true), (300, 0));
    }

    #[test]
    fn one_request_in_several_records_counts_once() {
        let mut ledger = Ledger::default();
        let tokens = |output| Tokens { output, ..Tokens::default() };
        assert_eq!(ledger.add(Some("r"), "m", tokens(7)).output, 7);
        assert_eq!(ledger.add(Some("r"), "m", tokens(7)).output, 0);
        assert_eq!(ledger.add(Some("r"), "m", tokens(9)).output, 2);
        let all = ledger.end(sums(3, 9), true);
        assert_eq!(all, [("m".to_owned(), Tokens { input: 3, ..Tokens::default() })]);
    }
}
