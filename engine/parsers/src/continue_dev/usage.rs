//! What answers and sessions cost: `{promptTokens, completionTokens, promptTokensDetails{cachedTokens, cacheWriteTokens}}`.

use crate::session::Tokens;
use serde_json::Value;

/// Returns the tokens that `usage` tells.
///
/// Anthropic counts cached input beside the prompt, and says what it wrote to the cache; others count it inside.
pub(super) fn tokens(usage: &Value) -> Tokens {
    let number = |usage: Option<&Value>, key: &str| {
        usage.and_then(|usage| usage.get(key)?.as_u64()).unwrap_or(0)
    };
    let details = usage.get("promptTokensDetails");
    let prompt = number(Some(usage), "promptTokens");
    let output = number(Some(usage), "completionTokens");
    let cached = number(details, "cachedTokens");
    let cache_write = number(details, "cacheWriteTokens");
    let is_beside = cache_write > 0 || cached > prompt;
    let cost = usage.get("totalCost").or_else(|| usage.get("cost")).and_then(Value::as_f64);
    let tokens = Tokens { cache_write, cost: cost.unwrap_or(0.0), ..Tokens::default() };
    let told =
        Tokens::new(if is_beside { prompt.saturating_add(cached) } else { prompt }, cached, output);
    tokens.plus(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cached_input_is_no_input_wherever_it_is_counted() {
        let usage = |prompt: u64, cached: u64, written: u64| {
            let details = json!({"cachedTokens": cached, "cacheWriteTokens": written});
            let usage = json!({"promptTokens": prompt, "promptTokensDetails": details});
            let tokens = tokens(&usage);
            (tokens.input, tokens.cache_read, tokens.cache_write)
        };
        assert_eq!(usage(100, 60, 0), (40, 60, 0));
        assert_eq!(usage(100, 60, 7), (100, 60, 7));
        assert_eq!(usage(10, 60, 0), (10, 60, 0));
        assert!(tokens(&json!({"promptTokens": "x", "totalCost": []})).is_zero());
    }
}
