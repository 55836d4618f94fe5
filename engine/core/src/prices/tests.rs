use super::*;
use opensession_parsers::Os;
use std::collections::BTreeMap;

fn load(own: Option<&str>) -> Result<Prices> {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().to_owned(), BTreeMap::new(), Os::Linux);
    if let Some(own) = own {
        fs::create_dir_all(Prices::path(&home).parent().unwrap()).unwrap();
        fs::write(Prices::path(&home), own).unwrap();
    }
    Prices::load(&home)
}

const MILLION: Tokens =
    Tokens { input: 1_000_000, output: 1_000_000, cache_read: 1_000_000, cache_write: 1_000_000 };

fn dollars(prices: &Prices, model: &str, day: &str) -> Option<String> {
    let cost = prices.cost(Some(model), day, MILLION, None);
    cost.known().map(|micros| format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000))
}

#[test]
fn models_are_found_however_tools_write_them() {
    let prices = load(None).unwrap();
    for model in [
        "claude-opus-4-5",
        "claude-opus-4-5-20251101",
        "claude-opus-4.5",
        "anthropic/claude-opus-4.5",
        "claude-opus-4-5@20251101",
        "Claude-Opus-4-5-latest",
        "claude-opus-4-5[1m]",
    ] {
        assert_eq!(dollars(&prices, model, "2026-11-23").as_deref(), Some("36.750000"), "{model}");
    }
    assert_eq!(dollars(&prices, "gpt-4o-2024-08-06", "2026-01-01").as_deref(), Some("13.750000"));
}

#[test]
fn what_is_not_in_the_list_has_no_price() {
    let prices = load(None).unwrap();
    for model in ["claude-opus-4.8-fast", "gpt-4.5-turbo", "coder-model", "", "gpt-5-4-pro", "gpt"]
    {
        let cost = prices.cost(Some(model), "2026-11-23", MILLION, None);
        assert_eq!((cost.known(), cost.unknown_tokens), (None, 4_000_000), "{model}");
    }
    assert_eq!(prices.cost(None, "2026-11-23", MILLION, None).known(), None);
    // Nobody says what writing to this cache costs.
    let cost = prices.cost(Some("gpt-5"), "2026-11-23", MILLION, None);
    assert_eq!(
        (cost.micros, cost.known_tokens, cost.unknown_tokens),
        (11_375_000, 3_000_000, 1_000_000)
    );
}

#[test]
fn a_price_holds_from_its_day_on() {
    let prices = load(None).unwrap();
    assert_eq!(dollars(&prices, "claude-sonnet-5-5", "2026-10-06").as_deref(), Some("14.700000"));
    assert_eq!(dollars(&prices, "claude-sonnet-5-5", "2026-10-07").as_deref(), Some("14.600000"));
    assert_eq!(dollars(&prices, "gpt-5.6-luna", "2026-07-29"), None);
}

#[test]
fn what_the_log_states_wins() {
    let prices = load(None).unwrap();
    let cost = prices.cost(Some("claude-opus-4-5"), "2026-11-23", MILLION, Some(12));
    assert_eq!((cost.known(), cost.stated_micros, cost.unknown_tokens), (Some(12), 12, 0));
    let mut sum = prices.cost(Some("unknown"), "2026-11-23", MILLION, None);
    sum += cost;
    assert_eq!(
        (sum.known(), sum.known_tokens, sum.unknown_tokens),
        (Some(12), 4_000_000, 4_000_000)
    );
}

#[test]
fn own_prices_come_first() {
    let own =
        "[work]\n[[work.price]]\nmodels = ['gpt-5*', 'coder-model']\ninput = 1\noutput = 2.5\n";
    let prices = load(Some(own)).unwrap();
    for model in ["gpt-5", "gpt-5.1-codex-max", "coder-model"] {
        assert_eq!(dollars(&prices, model, "2026-11-23").as_deref(), Some("3.500000"), "{model}");
    }
    assert_eq!(dollars(&prices, "o3", "2026-11-23").as_deref(), Some("10.500000"));
}

#[test]
fn a_wrong_file_is_named_with_line_and_reason() {
    let wrong = |own: &str| {
        let message = load(Some(own)).unwrap_err().to_string();
        message.split_once("prices.toml, ").unwrap().1.to_owned()
    };
    let entry = |lines: &str| wrong(&format!("[a]\n[[a.price]]\nmodels = ['m']\n{lines}"));
    assert_eq!(entry("input = 1"), "line 2: a.price: output is missing");
    assert_eq!(
        entry("input = -1\noutput = 1"),
        "line 2: a.price: input must be dollars for a million tokens, from 0 to 1000000"
    );
    assert_eq!(entry("inptu = 1"), "line 2: a.price: inptu means nothing here");
    assert_eq!(
        entry("from = '2026'"),
        "line 2: a.price: from must be a day such as 2026-11-23, without quotes"
    );
    assert_eq!(
        wrong("[a]\n[[a.price]]\nmodels = []"),
        "line 2: a.price: models must be a list of names"
    );
    assert_eq!(wrong("x = 1"), "line 1: x must be a table with [[x.price]] in it");
    assert_eq!(wrong("[a]\nprice = 1"), "line 2: a.price must be written as [[a.price]]");
    assert!(wrong("[a").starts_with("line 1: "));
}

#[test]
fn amounts_do_not_overflow() {
    let prices = load(None).unwrap();
    let all =
        Tokens { input: u64::MAX, output: u64::MAX, cache_read: u64::MAX, cache_write: u64::MAX };
    let cost = prices.cost(Some("claude-opus-4-5"), "2026-11-23", all, None);
    assert_eq!((cost.micros, cost.known_tokens, all.sum()), (u64::MAX, u64::MAX, u64::MAX));
}

#[test]
fn the_list_says_where_each_price_stands_and_names_no_model_twice() {
    let list = toml_edit::Document::parse(LIST).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (vendor, table) in list.as_table() {
        let text = |key: &str| table.get(key).and_then(toml_edit::Item::as_str).unwrap();
        assert!(text("source").starts_with("https://"), "{vendor}");
        assert!(text("as_of").len() == 10 && text("as_of").starts_with("202"), "{vendor}");
        for price in table.get("price").unwrap().as_array_of_tables().unwrap() {
            let from = price.get("from").map(ToString::to_string);
            for model in price.get("models").unwrap().as_array().unwrap() {
                let model = model.as_str().unwrap();
                assert_eq!(table::plain_name(model), model);
                assert!(
                    seen.insert((model.to_owned(), from.clone())),
                    "{model} stands there twice"
                );
            }
        }
    }
    assert!(seen.len() > 40, "{seen:?}");
}
