use super::*;
use proptest::prelude::*;

/// A Monday afternoon in UTC, and morning in New York, where clocks were set back on the 1st of November.
const NOW: &str = "2026-11-23T14:30:00.000Z";

fn clock(zone: &str) -> Clock {
    Clock { now: Timestamp::parse(NOW).unwrap(), zone: TimeZone::posix(zone).unwrap() }
}

fn read(text: &str, clock: &Clock) -> String {
    match parse(text, clock) {
        Some((from, to)) => format!("{text:<22} {from} {to}"),
        None => format!("{text:<22} -"),
    }
}

#[test]
fn dates_are_read_from_the_clock() {
    let texts = [
        "2026-11-23",
        "2026-2-3",
        "2026-11",
        "2026",
        "2024-02-29",
        "2026-11-23T14:05",
        "2026-11-23 14:05:09",
        "2026-11-23T14:05:09+09:00",
        "2026-11-23T14:05:09.123Z",
        "now",
        "today",
        "Yesterday",
        "monday",
        "tue",
        "last monday",
        "last-week",
        "this week",
        "last month",
        "this_month",
        "last year",
        "90min",
        "12h",
        "3d",
        "3 days ago",
        "2w",
        "1mo",
        "1y",
        "0d",
    ];
    let lines: Vec<String> = texts.iter().map(|text| read(text, &clock("UTC0"))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    2026-11-23             2026-11-23T00:00:00.000Z 2026-11-24T00:00:00.000Z
    2026-2-3               2026-02-03T00:00:00.000Z 2026-02-04T00:00:00.000Z
    2026-11                2026-11-01T00:00:00.000Z 2026-12-01T00:00:00.000Z
    2026                   2026-01-01T00:00:00.000Z 2027-01-01T00:00:00.000Z
    2024-02-29             2024-02-29T00:00:00.000Z 2024-03-01T00:00:00.000Z
    2026-11-23T14:05       2026-11-23T14:05:00.000Z 2026-11-23T14:06:00.000Z
    2026-11-23 14:05:09    2026-11-23T14:05:09.000Z 2026-11-23T14:05:10.000Z
    2026-11-23T14:05:09+09:00 2026-11-23T05:05:09.000Z 2026-11-23T05:05:09.001Z
    2026-11-23T14:05:09.123Z 2026-11-23T14:05:09.123Z 2026-11-23T14:05:09.124Z
    now                    2026-11-23T14:30:00.000Z 2026-11-23T14:30:00.001Z
    today                  2026-11-23T00:00:00.000Z 2026-11-24T00:00:00.000Z
    Yesterday              2026-11-22T00:00:00.000Z 2026-11-23T00:00:00.000Z
    monday                 2026-11-23T00:00:00.000Z 2026-11-24T00:00:00.000Z
    tue                    2026-11-17T00:00:00.000Z 2026-11-18T00:00:00.000Z
    last monday            2026-11-16T00:00:00.000Z 2026-11-17T00:00:00.000Z
    last-week              2026-11-16T00:00:00.000Z 2026-11-23T00:00:00.000Z
    this week              2026-11-23T00:00:00.000Z 2026-11-30T00:00:00.000Z
    last month             2026-10-01T00:00:00.000Z 2026-11-01T00:00:00.000Z
    this_month             2026-11-01T00:00:00.000Z 2026-12-01T00:00:00.000Z
    last year              2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z
    90min                  2026-11-23T13:00:00.000Z 2026-11-23T13:00:00.001Z
    12h                    2026-11-23T02:30:00.000Z 2026-11-23T02:30:00.001Z
    3d                     2026-11-20T00:00:00.000Z 2026-11-21T00:00:00.000Z
    3 days ago             2026-11-20T00:00:00.000Z 2026-11-21T00:00:00.000Z
    2w                     2026-11-09T00:00:00.000Z 2026-11-10T00:00:00.000Z
    1mo                    2026-10-23T00:00:00.000Z 2026-10-24T00:00:00.000Z
    1y                     2025-11-23T00:00:00.000Z 2025-11-24T00:00:00.000Z
    0d                     2026-11-23T00:00:00.000Z 2026-11-24T00:00:00.000Z
    ");
}

#[test]
fn days_begin_at_midnight_where_the_clock_stands() {
    let new_york = clock("EST5EDT,M3.2.0,M11.1.0");
    let texts = ["today", "2026-11-01", "2026-03-08", "2026-10", "2026-11-23T08:00", "24h", "3w"];
    let lines: Vec<String> = texts.iter().map(|text| read(text, &new_york)).collect();
    // The day on which clocks are set back has 25 hours, the one on which they are set forward 23.
    insta::assert_snapshot!(lines.join("\n"), @r"
    today                  2026-11-23T05:00:00.000Z 2026-11-24T05:00:00.000Z
    2026-11-01             2026-11-01T04:00:00.000Z 2026-11-02T05:00:00.000Z
    2026-03-08             2026-03-08T05:00:00.000Z 2026-03-09T04:00:00.000Z
    2026-10                2026-10-01T04:00:00.000Z 2026-11-01T04:00:00.000Z
    2026-11-23T08:00       2026-11-23T13:00:00.000Z 2026-11-23T13:01:00.000Z
    24h                    2026-11-22T14:30:00.000Z 2026-11-22T14:30:00.001Z
    3w                     2026-11-02T05:00:00.000Z 2026-11-03T05:00:00.000Z
    ");
    assert_eq!(new_york.offset_minutes(), -300);
    assert_eq!(clock("KST-9").offset_minutes(), 540);
    assert_eq!(
        read("today", &clock("KST-9")).split_whitespace().nth(1),
        Some("2026-11-22T15:00:00.000Z")
    );
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "-",
        "2026-",
        "2026-13",
        "2026-02-30",
        "2026-11-23-1",
        "26-11-23",
        "20261",
        "3",
        "3m",
        "3x",
        "d",
        "last",
        "last day",
        "this",
        "next week",
        "tomorrow",
        "soon",
        "99999999999999999999d",
        "9999999999d",
        "9223372036854775807h",
        "9999-12-31",
        "2026-11-23T",
        "2026-11-23T25:00",
        "１２d",
        "+3d",
        "3d ago ago",
    ] {
        assert_eq!(parse(text, &clock("UTC0")), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_a_period_ends_after_it_begins(
        pieces in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec![
                    "last", "this", " ", "-", "week", "month", "year", "monday", "fri", "d", "w", "mo", "y", "h", "min", "ago",
                    "..", "T", ":", "Z", "+09:00", "2026", "11", "today", "now",
                ].into_iter().map(str::to_owned).collect::<Vec<_>>()),
                any::<u32>().prop_map(|number| number.to_string()),
                any::<String>(),
            ],
            0..6,
        ),
        millis in -300_000_000_000_000_i64..250_000_000_000_000,
    ) {
        let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        let clock = Clock { now: Timestamp::from_millis(millis).unwrap(), zone };
        if let Some((from, to)) = parse_range(&pieces.concat(), &clock) {
            prop_assert!(from < to);
        }
    }
}
