use super::*;
use crate::query::Comparison;
use opensession_hail::Timestamp;
use proptest::prelude::*;

fn clock() -> Clock {
    Clock::utc(Timestamp::parse("2026-11-23T14:30:00.000Z").unwrap())
}

fn parse(text: &str) -> Query {
    Query::parse(text, &clock()).unwrap()
}

/// The terms of a query: a minus, the text, a star.
fn terms(text: &str) -> Vec<String> {
    let query = parse(text);
    assert_eq!(query.filters, [], "{text}");
    let shown = query.terms.into_iter().map(|term| {
        let (minus, star) =
            (if term.negated { "-" } else { "" }, if term.prefix { "*" } else { "" });
        format!("{minus}[{}]{star}", term.text)
    });
    shown.collect()
}

fn filter(text: &str) -> Filter {
    let query = parse(text);
    assert_eq!(query.terms, [], "{text}");
    <[Filter; 1]>::try_from(query.filters).unwrap().into_iter().next().unwrap()
}

#[test]
fn words_phrases_prefixes_and_what_must_not_occur() {
    assert_eq!(terms("  fix \t the　bug "), ["[fix]", "[the]", "[bug]"]);
    assert_eq!(
        terms("\"exact phrase\" -\"not this\" -nor"),
        ["[exact phrase]", "-[not this]", "-[nor]"]
    );
    assert_eq!(terms("pars* \"parse err\"* -tes*"), ["[pars]*", "[parse err]*", "-[tes]*"]);
    assert_eq!(terms("파서 修正 バグ*"), ["[파서]", "[修正]", "[バグ]*"]);
    assert_eq!(terms("\"say \"\"hi\"\" now\""), ["[say \"hi\" now]"]);
}

#[test]
fn what_is_typed_half_is_never_an_error() {
    assert_eq!(terms("\"open phrase"), ["[open phrase]"]);
    assert_eq!(terms("a -\"open"), ["[a]", "-[open]"]);
    assert_eq!(terms("\""), [""; 0]);
    assert_eq!(terms("\"\" \"  \" -\"\""), [""; 0]);
    for half in
        ["tool:", "-tool:", "tool:,", "repo:\"", "tokens:", "after:", "sort:", "role:", "has: "]
    {
        assert_eq!(parse(half), Query::default(), "{half}");
    }
    assert_eq!(parse("tool:codex,"), parse("tool:codex"));
    assert_eq!(parse("repo:\"my ap"), parse("repo:\"my ap\""));
}

#[test]
fn code_is_text() {
    for word in [
        "a::b",
        "file::open",
        "tool::Call",
        "foo:bar",
        "http://x.y/z?q=1",
        "file:///etc/passwd",
        "C:\\x",
        "E0308",
        "--flag",
        "--no-verify",
        "->",
        "-=",
        "->x",
        "-",
        "--",
        "snake_case",
        "src/lib.rs:12:5",
        "error[E0308]:",
        "=>",
        "println!(\"hi\")",
        "don't",
        "#[test]",
        "std::fs::{self,",
        "${HOME}",
        "a-b",
        "1..2",
        "key=\"a",
        "@types/node",
        ":",
        "::",
        ",",
        "\\",
        "ㄱ:ㄴ",
        "&*",
    ] {
        let expected = match word.strip_suffix('*') {
            Some(stem) => format!("[{stem}]*"),
            None => format!("[{word}]"),
        };
        assert_eq!(terms(word), [expected]);
    }
    assert_eq!(terms("*"), ["[*]"]);
}

#[test]
fn filters_take_values_quotes_and_alternatives() {
    let tool = |name: &str| Condition::Tool(name.to_owned());
    assert_eq!(filter("tool:codex"), Filter { any: vec![tool("codex")], negated: false });
    assert_eq!(
        filter("-TOOL:Codex,cursor"),
        Filter { any: vec![tool("codex"), tool("cursor")], negated: true }
    );
    let repo = |name: &str| Condition::Repo(name.to_owned());
    assert_eq!(filter("repo:\"my app\",\"a,b\",c").any, [repo("my app"), repo("a,b"), repo("c")]);
    assert_eq!(filter("file:/abs/x.rs").any, [Condition::File("/abs/x.rs".to_owned())]);
    assert_eq!(filter("commit:3F9a").any, [Condition::Commit("3f9a".to_owned())]);
    assert_eq!(filter("has:error,edits").any, [Feature::Error, Feature::Edit].map(Condition::Has));
    assert_eq!(filter("tokens:>10k").any, [Condition::Tokens(Comparison::More, 10_000)]);
    assert_eq!(filter("tokens:<=1,500").any, [Condition::Tokens(Comparison::AtMost, 1_500)]);
    assert_eq!(filter("cost:>$0.5").any, [Condition::Cost(Comparison::More, 500_000)]);
    let mixed = parse("fix tool:codex sort:longest \"the bug\"");
    assert_eq!((mixed.terms.len(), mixed.filters.len(), mixed.sort), (2, 1, Sort::Longest));
}

#[test]
fn dates_are_the_day_of_the_first_event() {
    let day = |text: &str| Timestamp::parse(&format!("{text}T00:00:00.000Z")).unwrap();
    assert_eq!(filter("after:3d").any, [Condition::After(day("2026-11-20"))]);
    assert_eq!(filter("since:yesterday"), filter("after:2026-11-22"));
    assert_eq!(filter("before:2026-11").any, [Condition::Before(day("2026-11-01"))]);
    assert_eq!(filter("until:2026-11").any, [Condition::Before(day("2026-12-01"))]);
    let week = [Condition::During(day("2026-11-16"), day("2026-11-23"))];
    assert_eq!(filter("on:last week").any, week);
    assert_eq!(filter("date:\"last week\"").any, week);
    assert_eq!(filter("on:2026-11-16..2026-11-22").any, week);
    assert_eq!(filter("-on:today,last monday"), filter("-on:2026-11-23,2026-11-16"));
    // Only a unit belongs to the date.
    let query = parse("after:this week fix");
    assert_eq!((query.filters.len(), query.terms.len()), (1, 1));
}

#[test]
fn roles_say_whose_words_count() {
    let roles = |text: &str| parse(text).roles;
    assert_eq!(roles("role:tool,user x"), [Role::User, Role::Tool]);
    assert_eq!(roles("role:user role:tool"), [Role::User, Role::Tool]);
    assert_eq!(roles("-role:tool"), [Role::User, Role::Assistant]);
    assert_eq!(roles("x"), []);
}

#[test]
fn a_value_that_makes_no_sense_is_named_with_what_does() {
    let texts = [
        "role:robot",
        "-role:user,assistant,tool",
        "has:fun",
        "sort:size",
        "-sort:newest",
        "after:soon",
        "after:last",
        "Since:3m",
        "on:today..yesterday",
        "on:2026-11..",
        "commit:main",
        "tokens:>many",
        "-cost:0,5",
    ];
    let errors: Vec<String> =
        texts.iter().map(|text| Query::parse(text, &clock()).unwrap_err().to_string()).collect();
    insta::assert_snapshot!(errors.join("\n"), @r"
    role:robot makes no sense: role: takes user, assistant or tool, of which one must be left
    -role:tool makes no sense: -role: takes user, assistant or tool, of which one must be left
    has:fun makes no sense: has: takes error, edit or image
    sort:size makes no sense: sort: takes newest, oldest, updated, longest, tokens, cost, lines or events, without a minus
    -sort:newest makes no sense: -sort: takes newest, oldest, updated, longest, tokens, cost, lines or events, without a minus
    after:soon makes no sense: after: takes a date such as 2026-11-23, 2026-11, today, yesterday, monday, last week, this month, 90min, 12h, 3d, 2w, 6mo, or a time in RFC 3339
    after:last makes no sense: after: takes a date such as 2026-11-23, 2026-11, today, yesterday, monday, last week, this month, 90min, 12h, 3d, 2w, 6mo, or a time in RFC 3339
    Since:3m makes no sense: Since: takes a date such as 2026-11-23, 2026-11, today, yesterday, monday, last week, this month, 90min, 12h, 3d, 2w, 6mo, or a time in RFC 3339
    on:today..yesterday makes no sense: on: takes a date such as 2026-11-23, 2026-11, today, monday, last week, 3d, or two with .. between them
    on:2026-11.. makes no sense: on: takes a date such as 2026-11-23, 2026-11, today, monday, last week, 3d, or two with .. between them
    commit:main makes no sense: commit: takes the beginning of a commit's id, in hex
    tokens:>many makes no sense: tokens: takes a number such as 500, >10k or <=1.5m
    -cost:0,5 makes no sense: -cost: takes US dollars such as >0.5 or <=20
    ");
}

/// Text made of what the language gives a meaning to, and of anything.
fn typed() -> impl Strategy<Value = String> {
    let names = scan::NAMES.map(|(name, _)| format!("{name}:"));
    let signs = [
        " ", " ", "-", "\"", "*", ":", ",", "//", "..", "last", "week", "this", "3d", "2026-11",
        "12h", "now", ">", "<=", "1.5k", "$", "user", "tool", "error", "oldest", "codex", "ab12",
        "a::b", "파서", "\u{3000}", "\n",
    ];
    let piece = prop_oneof![
        3 => prop::sample::select(names.to_vec()),
        6 => prop::sample::select(signs.map(str::to_owned).to_vec()),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

fn term() -> impl Strategy<Value = Term> {
    let text = typed().prop_filter("words", |text| !text.trim().is_empty());
    (text, any::<bool>(), any::<bool>()).prop_map(|(text, prefix, negated)| Term {
        text,
        prefix,
        negated,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_printed_query_is_read_as_the_same_one(text in typed()) {
        if let Ok(query) = Query::parse(&text, &clock()) {
            let printed = query.to_string();
            prop_assert_eq!(Query::parse(&printed, &clock()), Ok(query), "{:?}", printed);
        }
    }

    #[test]
    fn any_words_can_be_printed(terms in prop::collection::vec(term(), 0..4)) {
        let query = Query { terms, ..Query::default() };
        let printed = query.to_string();
        prop_assert_eq!(Query::parse(&printed, &clock()), Ok(query), "{:?}", printed);
    }

    #[test]
    fn only_a_filter_can_be_wrong(text in typed()) {
        if let Err(error) = Query::parse(&text, &clock()) {
            let name = error.filter.trim_start_matches('-').to_ascii_lowercase();
            prop_assert!(scan::NAMES.iter().any(|(known, _)| *known == name), "{:?}", error);
        }
    }
}

#[test]
fn everybody_is_me_to_themselves() {
    let me = filter("author:Me,ann");
    assert_eq!(me.any, [Condition::Mine, Condition::Author("ann".to_owned())]);
    assert_eq!(parse("-author:me,ann").to_string(), "-author:me,ann");
    assert_eq!(filter("author:me*").any, [Condition::Author("me*".to_owned())]);
}
