//! Tokens of Telegram bots: the bot's number, a colon, `AA` and 33 more characters.

use super::{Found, Rule};
use std::ops::Range;

/// What follows the bot's number.
const KEYWORDS: &[&str] = &[":AA"];

/// Returns the rule.
pub(super) fn rule() -> Rule {
    Rule::scan(KEYWORDS, &[("Telegram", "telegram-token")], find)
}

/// Returns the token that has its colon at `keyword`.
fn find(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let colon = keyword.start;
    let before = &text[colon.saturating_sub(16)..colon];
    let digits = before.iter().rev().take(10).take_while(|b| b.is_ascii_digit()).count();
    // The digits of an escape such as `\u0000` are not the bot's.
    let escape = before.windows(2).rposition(|w| w == b"\\u");
    let digits = escape.map_or(digits, |at| digits.min(before.len().saturating_sub(at + 6)));
    let secret = text[colon + 1..].iter();
    let length =
        secret.take_while(|b| b.is_ascii_alphanumeric() || **b == b'_' || **b == b'-').count();
    (digits >= 8 && length == 35)
        .then(|| Found { rule: "telegram-token", range: colon - digits..colon + 1 + length })
}
