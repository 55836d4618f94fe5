//! A file of prices: `[vendor]` tables with `[[vendor.price]]` in them.

use crate::Result;
use crate::config::fail;
use std::path::Path;
use toml_edit::{Document, Item, TableLike};

/// What a million tokens of some models cost, in millionths of a US dollar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Price {
    /// Plain names; a star at the end stands for anything.
    models: Vec<String>,
    /// The first day of the price, `YYYY-MM-DD`; empty where it always held.
    from: String,
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) cache_read: Option<u64>,
    pub(super) cache_write: Option<u64>,
}

impl Price {
    /// Returns whether it is the price of the model with this plain name on that day, unless a later one is.
    pub(super) fn holds(&self, name: &str, day: &str) -> bool {
        let fits = |model: &String| match model.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == model,
        };
        self.from.as_str() <= day && self.models.iter().any(fits)
    }
}

/// Returns the prices in `text`, the later days first.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Price>> {
    let document = Document::parse(text)
        .map_err(|error| fail(path, text, error.span(), error.message().to_owned()))?;
    let mut prices = Vec::new();
    for (vendor, item) in document.as_table() {
        let wrong = |item: &Item, reason| Err(fail(path, text, item.span(), reason));
        let Some(listed) = item.get("price") else {
            return wrong(item, format!("{vendor} must be a table with [[{vendor}.price]] in it"));
        };
        let Some(listed) = listed.as_array_of_tables() else {
            return wrong(listed, format!("{vendor}.price must be written as [[{vendor}.price]]"));
        };
        for table in listed {
            prices.push(price(table).map_err(|reason| {
                let reason = format!("{vendor}.price: {reason}");
                fail(path, text, table.span(), reason)
            })?);
        }
    }
    prices.sort_by(|one, other| other.from.cmp(&one.from));
    Ok(prices)
}

fn price(table: &dyn TableLike) -> std::result::Result<Price, String> {
    for (key, _) in table.iter() {
        if !["models", "from", "input", "output", "cache_read", "cache_write"].contains(&key) {
            return Err(format!("{key} means nothing here"));
        }
    }
    let models = table.get("models").and_then(Item::as_array);
    let models: Option<Vec<String>> = models
        .and_then(|models| models.iter().map(|model| Some(plain_name(model.as_str()?))).collect());
    let Some(models) = models.filter(|models| !models.is_empty()) else {
        return Err("models must be a list of names".to_owned());
    };
    let from = match table.get("from") {
        None => String::new(),
        Some(from) => match from.as_datetime().and_then(|from| from.date) {
            Some(date) => date.to_string(),
            None => return Err("from must be a day such as 2026-11-23, without quotes".to_owned()),
        },
    };
    let rate = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(item) => micros(item).map(Some).ok_or_else(|| {
            format!("{key} must be dollars for a million tokens, from 0 to 1000000")
        }),
    };
    let needed = |key: &str| rate(key)?.ok_or_else(|| format!("{key} is missing"));
    Ok(Price {
        models,
        from,
        input: needed("input")?,
        output: needed("output")?,
        cache_read: rate("cache_read")?,
        cache_write: rate("cache_write")?,
    })
}

/// Returns dollars as millionths of a dollar.
fn micros(item: &Item) -> Option<u64> {
    #[expect(clippy::cast_precision_loss, reason = "prices are small")]
    let dollars = item.as_float().or_else(|| item.as_integer().map(|whole| whole as f64))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "looked at just here"
    )]
    (0.0..=1e6).contains(&dollars).then(|| (dollars * 1e6).round() as u64)
}

/// Returns a model's name as it stands in a list: `anthropic/claude-opus-4.5-20251101` is `claude-opus-4-5`.
pub(super) fn plain_name(model: &str) -> String {
    let name = model.trim().to_ascii_lowercase();
    let name = name.rsplit('/').next().unwrap_or(&name);
    // `[1m]` asks for a longer context.
    let name = name.split('[').next().unwrap_or(name).replace('.', "-");
    let name = name.strip_suffix("-latest").unwrap_or(&name);
    let is_date = |tail: &&str| {
        let mut digits = 0;
        tail.chars().all(|sign| {
            digits += usize::from(sign.is_ascii_digit());
            sign.is_ascii_digit() || sign == '-'
        }) && digits == 8
    };
    // `-20251101`, `@20251101`, `-2025-11-01`.
    let dated = [9, 11].into_iter().find_map(|length| {
        let (base, tail) = name.split_at_checked(name.len().checked_sub(length)?)?;
        let tail = tail.strip_prefix(['-', '@'])?;
        is_date(&tail).then_some(base)
    });
    dated.unwrap_or(name).to_owned()
}
