use super::*;
use crate::output::Face;
use crate::output::tests::{PIPE, TERMINAL, written};
use opensession_engine::hail::Timestamp;

const UTF8: Symbols = Symbols::of(true);
const ASCII: Symbols = Symbols::of(false);

fn clock() -> Clock {
    Clock::utc(Timestamp::parse("2026-11-25T12:00:00Z").unwrap())
}

fn sum(name: &str, sessions: u64) -> Sum {
    let tokens = Tokens { input: sessions * 12_345, output: sessions * 99, ..Tokens::default() };
    let micros = sessions * 1_234_567;
    let cost = Cost { micros, known_tokens: tokens.sum(), ..Cost::default() };
    Sum {
        name: name.to_owned(),
        sessions,
        events: sessions * 30,
        prompts: sessions * 4,
        active_seconds: sessions * 1000,
        lines_added: sessions * 17,
        lines_removed: sessions * 3,
        tokens,
        cost,
        ..Sum::default()
    }
}

fn days() -> Vec<Sum> {
    let days = [
        ("2025-12-31", 3),
        ("2026-05-04", 1),
        ("2026-10-01", 2),
        ("2026-11-16", 7),
        ("2026-11-25", 4),
    ];
    days.map(|(day, sessions)| sum(day, sessions)).into()
}

fn heatmap(width: Option<usize>, symbols: Symbols) -> String {
    let face = Face { width, ..PIPE };
    written(face, |screen| write_heatmap(screen, symbols, &days(), &clock()).unwrap())
}

#[test]
fn a_year_fits_eighty_columns_and_less_shows_fewer_weeks() {
    insta::assert_snapshot!(heatmap(None, UTF8), @r"

          Dec Jan Feb Mar  Apr May  Jun Jul Aug  Sep Oct Nov
    Mon  ·······················░···························█·
         ·····················································
    Wed  ·····▓··············································█
         ············································▒·······
    Fri  ····················································
         ····················································
         ····················································
         sessions a day: few ·░▒▓█ many
    ");
    insta::assert_snapshot!(heatmap(Some(24), ASCII), @r"

          Aug  Sep Oct Nov
    Mon  .................#.
         ...................
    Wed  ..................x
         ..........+.......
    Fri  ..................
         ..................
         ..................
         sessions a day: few .-+x# many
    ");
    for width in 1..140 {
        let widest = heatmap(Some(width), UTF8)
            .lines()
            .skip(1)
            .take(8)
            .map(crate::columns::width)
            .max()
            .unwrap();
        assert!(widest <= width.max(MARGIN + 1), "{widest} columns on {width}");
    }
    // Where there is room, a week has two columns.
    assert_eq!(
        heatmap(Some(120), UTF8).lines().nth(2).map(crate::columns::width),
        Some(5 + 2 * 53 - 1)
    );
}

fn table(face: Face, by: Dimension, sums: &[Sum], limit: usize) -> String {
    written(face, |screen| write_table(screen, UTF8, by, sums, limit).unwrap())
}

#[test]
fn tables_have_bars_and_say_what_they_leave_out() {
    let mut sums = vec![sum("claude-code", 40), sum("codex", 7), sum("", 0)];
    if let Some(last) = sums.last_mut() {
        last.cost = Cost { unknown_tokens: 5, ..Cost::default() };
    }
    if let Some(codex) = sums.get_mut(1) {
        codex.cost.unknown_tokens = 5;
    }
    insta::assert_snapshot!(table(PIPE, Dimension::Tool, &sums, 9), @r"

    TOOL                       SESSIONS  PROMPTS  TOKENS    COST      ACTIVE      LINES
    claude-code  ████████████        40      160    497k  $49.38  11 h 6 min  +680 -120
    codex        ██                   7       28   87.1k  $8.64+  1 h 56 min   +119 -21
    (not known)                       0        0       0       -         0 s      +0 -0
    ");
    insta::assert_snapshot!(table(PIPE, Dimension::Tool, &sums, 1), @r"

    TOOL                       SESSIONS  PROMPTS  TOKENS    COST      ACTIVE      LINES
    claude-code  ████████████        40      160    497k  $49.38  11 h 6 min  +680 -120
    and 2 more; --limit shows more
    ");
    insta::assert_snapshot!(table(PIPE, Dimension::Day, &days(), 2), @r"

    DAY                       SESSIONS  PROMPTS  TOKENS   COST      ACTIVE     LINES
    2026-11-16  ████████████         7       28   87.1k  $8.64  1 h 56 min  +119 -21
    2026-11-25  ██████▊              4       16   49.7k  $4.94   1 h 6 min   +68 -12
    3 days before; --limit shows more
    ");
    insta::assert_snapshot!(table(PIPE, Dimension::File, &[sum("src/lib.rs", 3)], 2), @r"

    FILE                      SESSIONS  EDITS   LINES
    src/lib.rs  ████████████         3     90  +51 -9
    ");
    let narrow = Face { colour: false, width: Some(40), ..TERMINAL };
    insta::assert_snapshot!(table(narrow, Dimension::Tool, &sums, 9), @r"

    TOOL         SESSIONS  TOKENS    COST
    claude-code        40    497k  $49.38
    codex               7   87.1k  $8.64+
    (not known)         0       0       -
    ");
}

#[test]
fn the_sum_says_for_how_much_a_cost_is_known() {
    let said = |cost: Cost| {
        let all = Sum { cost, ..sum("", 1234) };
        written(PIPE, |screen| write_sum(screen, &all).unwrap())
    };
    let known = Cost { micros: 12_340_000, known_tokens: 90, ..Cost::default() };
    insta::assert_snapshot!(said(known), @r"
    1,234 sessions, 4,936 prompts, 37,020 events, 14 d 6 h active, +20,978 -3,702 lines
    tokens  15.2M in, 122k out, 0 read from a cache, 0 written to one
    cost    $12.34
    ");
    let lines = [
        Cost { unknown_tokens: 10, stated_micros: 500_000, ..known },
        Cost { unknown_tokens: 10, ..Cost::default() },
        Cost::default(),
    ]
    .map(|cost| said(cost).lines().last().unwrap().to_owned());
    insta::assert_snapshot!(lines.join("\n"), @r"
    cost    $12.34 for 90 % of the tokens; the others have no price; $0.50 of it as the tools' logs state it
    cost    not known: the models have no price (docs/prices.md)
    cost    not known
    ");
}
