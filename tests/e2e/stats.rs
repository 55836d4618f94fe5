//! What sessions add up to, and which are chosen for it.

use crate::place::Place;

#[test]
fn tools_and_models_stand_in_a_table() {
    let place = Place::captured();
    insta::assert_snapshot!(place.run(&["stats", "--by", "tool"]).stdout, @r"
    2 sessions, 3 prompts, 35 events, 2 min active, +11 -7 lines
    tokens  2.7k in, 1.3k out, 181k read from a cache, 3.6k written to one
    cost    $0.14

    TOOL                       SESSIONS  PROMPTS  TOKENS   COST  ACTIVE  LINES
    claude-code  ############         1        2    162k  $0.13   2 min  +9 -4
    codex        ############         1        1   27.0k  $0.01    20 s  +2 -3
    ");
    insta::assert_snapshot!(place.run(&["stats", "--by", "file", "-n", "1", "tool:codex"]).stdout, @r"
    1 session, 1 prompt, 13 events, 20 s active, +2 -3 lines
    tokens  2.6k in, 390 out, 24.1k read from a cache, 0 written to one
    cost    $0.01

    FILE                     SESSIONS  EDITS  LINES
    export.py  ############         1      1  +2 -3
    ");
    // The heatmap depends on the day.
    let whole = place.run(&["stats"]).stdout;
    for piece in ["2 sessions", "Mon ", "sessions a day", "TOOL ", "MODEL ", "claude-opus-4-6"] {
        assert!(whole.contains(piece), "{piece}: {whole}");
    }
}

#[test]
fn bars_and_days_are_drawn_as_the_locale_and_the_terminal_take_them() {
    let place = Place::captured();
    let ascii = place.run(&["stats"]).stdout;
    assert!(ascii.is_ascii() && ascii.contains("####"), "{ascii}");
    let plain = place.run_with(&["stats"], &[("LC_ALL", "C.UTF-8")]).stdout;
    assert!(plain.contains("█") && !plain.contains('\u{1b}'), "{plain}");
    let terminal = place.on_terminal("stats", &[("LC_ALL", "C.UTF-8")]);
    assert!(terminal.contains("\u{1b}[32m█"), "{terminal}");
    let colourless = place.on_terminal("stats", &[("LC_ALL", "C.UTF-8"), ("NO_COLOR", "1")]);
    assert!(colourless.contains("█") && !colourless.contains('\u{1b}'), "{colourless}");
}

#[test]
fn json_has_every_sum() {
    let place = Place::captured();
    let stats = place.json(&["stats", "--json", "--by", "model", "--tool", "claude-code"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&stats).unwrap(), @r#"
    {
      "by": "model",
      "query": "tool:claude-code",
      "schema": 1,
      "sums": [
        {
          "active_seconds": 142,
          "cache_read_tokens": 157500,
          "cache_write_tokens": 3600,
          "cost_usd": 0.12569,
          "events": 22,
          "input_tokens": 108,
          "lines_added": 9,
          "lines_removed": 4,
          "name": "claude-opus-4-6",
          "output_tokens": 956,
          "priced_tokens": 162164,
          "prompts": 2,
          "sessions": 1,
          "stated_cost_usd": 0.0,
          "tool_calls": 7,
          "unpriced_tokens": 0
        }
      ],
      "total": {
        "active_seconds": 142,
        "cache_read_tokens": 157500,
        "cache_write_tokens": 3600,
        "cost_usd": 0.12569,
        "events": 22,
        "input_tokens": 108,
        "lines_added": 9,
        "lines_removed": 4,
        "name": null,
        "output_tokens": 956,
        "priced_tokens": 162164,
        "prompts": 2,
        "sessions": 1,
        "stated_cost_usd": 0.0,
        "tool_calls": 7,
        "unpriced_tokens": 0
      }
    }
    "#);
    assert_eq!(place.json(&["stats", "--json"])["by"], "day");
    assert_eq!(place.json(&["stats", "--json", "nowhere"])["sums"], serde_json::json!([]));
}

#[test]
fn own_prices_count_before_the_list() {
    let place = Place::captured();
    let cost =
        || place.json(&["stats", "--json", "model:claude-opus-4-6"])["total"]["cost_usd"].clone();
    assert_ne!(cost(), 0.0);
    let file = ".config/opensession/prices.toml";
    let free = "[own]\n[[own.price]]\nmodels = ['claude*']\ninput = 0\noutput = 0\ncache_read = 0\ncache_write = 0\n";
    place.home.write(file, free);
    assert_eq!(cost(), 0.0);
    place.home.write(file, "[own]\nprice = 3\n");
    let ran = place.run(&["stats"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("prices.toml, line 2: own.price must be"), "{}", ran.stderr);
}

#[test]
fn what_is_chosen_is_what_a_list_shows() {
    let place = Place::captured();
    for (query, sessions) in [
        (&["tool:codex"][..], 1),
        (&["--tool", "codex,claude-code"], 2),
        (&["-n", "9", "--", "-tool:codex"], 1),
        (&["has:error"], 1),
        (&["--has", "edit", "--since", "2026-03-05"], 1),
        (&["--until", "2026-03-04"], 1),
        (&["on:2026-03"], 2),
        (&["cart total"], 1),
        (&["--role", "tool", "def"], 1),
        (&["commit:abc"], 0),
        (&["--file", "export.py"], 1),
    ] {
        let with = |command: &'static str| [&[command, "--json"], query].concat();
        assert_eq!(place.json(&with("list")).as_array().unwrap().len(), sessions, "{query:?}");
        assert_eq!(place.json(&with("stats"))["total"]["sessions"], sessions, "{query:?}");
    }
}

#[test]
fn a_slip_is_hinted_at_and_nonsense_refused() {
    let place = Place::captured();
    for command in ["list", "stats", "search"] {
        let ran = place.run(&[command, "modle:opus"]);
        assert!(
            ran.stderr.contains("no session has that\nhint: modle: is no filter"),
            "{}",
            ran.stderr
        );
        let ran = place.run(&[command, "after:soon"]);
        assert_eq!(ran.code, 2);
        assert!(
            ran.stderr.starts_with("error: after:soon makes no sense: after: takes a date"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(place.run(&["stats", "--by", "week"]).code, 2);
}
