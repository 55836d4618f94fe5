use crate::place::{CODEX_LOG, Place};

#[test]
fn a_session_reads_from_top_to_bottom() {
    let place = Place::captured();
    insta::assert_snapshot!(place.run(&["show", "5b1d7c9e"]).stdout, @r#"
    Fix the one-cent error in the cart total
    claude-code 2.1.42 · claude-opus-4-6 · /home/robin/src/shop on main
    2026-03-04 09:12 UTC · 2 min
    22 events · 2 prompts · 7 tool calls · +9 -4 in 2 files · 108 tokens in, 956 out
    5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901

    09:12:07
    > The total in the cart is one cent off for some orders. Find out why and fix it, with a test.

    thinking: A one-cent error smells like floats, or like rounding each line instead of the sum.
      The cart total is probably in src/cart.rs.
      I should look for where prices are multiplied and rounded.
      Then write a failing test before changing anything.

    I'll look at how the total is computed.

      ✓ Search code for round\(
      ✓ Read src/cart.rs

    Each line is rounded by itself, so three lines of 33.5 cents become 102 instead of 101. A test first.

      ✓ Create tests/cart.rs  (+7)
        use shop::{Line, cart};

        #[test]
        fn the_sum_is_rounded_not_its_parts() {
            let line = Line { price: 33.5, rate: 1.0 };
            assert_eq!(cart::total(&[line, line, line]), 101);
        }

      ✗ $ cargo test --test cart  (exit 101)
        Exit code 101
           Compiling shop v0.3.0 (/home/robin/src/shop)
            Finished `test` profile [unoptimized + debuginfo] target(s) in 1.92s
             Running tests/cart.rs (target/debug/deps/cart-2f0c1f7f3a1c9f0e)
        … 6 lines …
        ---- the_sum_is_rounded_not_its_parts stdout ----

        thread 'the_sum_is_rounded_not_its_parts' panicked at tests/cart.rs:6:5:
        assertion `left == right` failed
          left: 102
         right: 101
        note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

        failures:
            the_sum_is_rounded_not_its_parts

        test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

    It fails as expected. Now the fix: add first, then round.

      ✓ Edit src/cart.rs  (+2 -4)
        @@ -2,8 +2,6 @@
         
         /// The total of a cart in cents, tax included.
         pub fn total(lines: &[Line]) -> i64 {
        -    lines
        -        .iter()
        -        .map(|line| (line.price * line.rate).round() as i64)
        -        .sum()
        +    let exact: f64 = lines.iter().map(|line| line.price * line.rate).sum();
        +    exact.round() as i64
         }

      ✓ $ cargo test
        … 6 lines …
             Running tests/cart.rs (target/debug/deps/cart-2f0c1f7f3a1c9f0e)

        running 1 test
        test the_sum_is_rounded_not_its_parts ... ok

        test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

    Fixed: `total` now adds the exact amounts and rounds once. The new test in `tests/cart.rs` fails without the change and passes with it; the other 14 tests pass too.

    `src/invoice.rs` rounds the tax in the same way. I left it alone, because invoices may have to round per line by law: worth a look.

    09:14:23
    > Good. Commit it, and leave the invoice for later.

      ✓ $ git add -A && git commit -qm "Round the total of a cart once" && git log --oneline -1
        9c41e77 Round the total of a cart once

    Committed as `9c41e77`.
    "#);
}

#[test]
fn every_name_of_a_session_leads_to_it() {
    let place = Place::captured();
    let expected = place.run(&["show", "0195f0aa-6c1e-7d33-b0f4-9e2a517c8d03"]);
    assert_eq!(expected.code, 0, "{}", expected.stderr);
    for name in ["HEAD", "0195f0aa", "codex.0195f0aa", CODEX_LOG] {
        assert_eq!(place.run(&["show", name]).stdout, expected.stdout, "{name}");
    }
    assert_ne!(place.run(&["show", "HEAD~1"]).stdout, expected.stdout);
    // The log itself as the only argument captures it first.
    let fresh = Place::with_logs();
    assert_eq!(fresh.run(&[CODEX_LOG]).stdout, expected.stdout);
}

#[test]
fn full_hides_nothing_and_json_holds_the_stored_lines() {
    let place = Place::captured();
    let folded = place.run(&["show", "5b1d7c9e"]).stdout;
    let full = place.run(&["show", "5b1d7c9e", "--full"]).stdout;
    assert!(folded.contains("… ") && !full.contains("… "), "{full}");
    let shown = place.json(&["show", "5b1d7c9e", "--json"]);
    assert_eq!(shown["schema"], 1);
    assert_eq!(shown["session"], place.json(&["list", "--json"])[1]);
    let hail = place.run(&["cat", "5b1d7c9e"]).stdout;
    let events: Vec<serde_json::Value> = hail
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["type"] == "event")
        .collect();
    assert_eq!(shown["events"], serde_json::Value::Array(events));
}

#[test]
fn cat_prints_hail_from_header_to_stats() {
    let place = Place::captured();
    let hail = place.run(&["cat", "HEAD"]).stdout;
    let types: Vec<String> = hail
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].to_string())
        .collect();
    assert_eq!(types.len(), 15);
    assert_eq!((types[0].as_str(), types[14].as_str()), ("\"header\"", "\"stats\""));
}

#[test]
fn an_event_is_shown_in_its_turn() {
    let place = Place::captured();
    let json = place.json(&["show", "5b1d7c9e", "--json"]);
    let is = |event: &&serde_json::Value, kind: &str| event["event_type"]["type"] == kind;
    let events = json["events"].as_array().unwrap();
    let thought = events.iter().find(|event| is(event, "Thinking")).unwrap();
    let id = thought["event_id"].as_str().unwrap();

    let shown = place.run(&["show", "5b1d7c9e", "--event", id]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    let marks: Vec<&str> = shown.stdout.lines().filter(|line| line.starts_with('→')).collect();
    assert_eq!(marks, [format!("→ 09:12:13  event {id}")]);
    let (before, behind) = shown.stdout.split_once(marks[0]).unwrap();
    assert!(before.ends_with("with a test.\n\n"), "{before}");
    assert!(behind.starts_with("\nthinking: A one-cent error"), "{behind}");
    assert!(!shown.stdout.contains("Commit it"), "the next turn is left out: {}", shown.stdout);
    // What is pointed out is not folded, what stands around it is.
    let run = events.iter().filter(|event| is(event, "ShellCommand"));
    let run: Vec<&str> = run.map(|event| event["event_id"].as_str().unwrap()).collect();
    let shown = place.run(&["show", "HEAD~1", "--event", run[0]]).stdout;
    assert!(shown.contains("    error: test failed, to rerun pass") || shown.contains("running 1"));
    assert_eq!(shown.matches(" lines …").count(), 1, "{shown}");

    // A result leads to its call, the beginning of an id to the first one that begins so.
    let result = events.iter().find(|event| is(event, "ToolResult")).unwrap();
    let result = result["event_id"].as_str().unwrap();
    let shown = place.run(&["show", "5b1d7c9e", "--event", result]).stdout;
    assert!(shown.contains(&format!("event {result}\n  ✓ Search code")), "{shown}");
    let first = place.run(&["show", "5b1d7c9e", "--event", "5b1d"]).stdout;
    let prompt = events[0]["event_id"].as_str().unwrap();
    assert!(first.contains(&format!("→ 09:12:07  event {prompt}\n09:12:07\n> ")), "{first}");

    let one = place.json(&["show", "5b1d7c9e", "--event", id, "--json"]);
    assert_eq!(
        (&one["session"], &one["events"]),
        (&json["session"], &vec![thought.clone()].into())
    );
    for (session, event) in [("5b1d7c9e", "none"), ("5b1d7c9e", ""), ("HEAD", id), ("none", id)] {
        let ran = place.run(&["show", session, "--event", event]);
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{session} {event:?}");
        assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
    }
}

#[test]
fn less_opens_at_the_event_and_another_pager_gets_its_turn() {
    let place = Place::captured();
    let json = place.json(&["show", "5b1d7c9e", "--json"]);
    let last = json["events"].as_array().unwrap().last().unwrap()["event_id"].as_str().unwrap();
    let arguments = format!("show 5b1d7c9e --event {last} --color never");
    let other = place.on_terminal(&arguments, &[]);
    assert!(other.contains("Commit it") && !other.contains("one cent off"), "{other}");
    // `tail -n +LINE` does what `less +LINE` does.
    let less = place.home.path().join("less");
    std::os::unix::fs::symlink("/usr/bin/tail", &less).unwrap();
    let pager = format!("{} -n", less.display());
    let shown = place.on_terminal(&arguments, &[("OPENSESSION_PAGER", &pager)]);
    assert!(shown.starts_with('→'), "{shown}");
    assert!(shown.contains(&format!("event {last}\nCommitted as")), "{shown}");
}
