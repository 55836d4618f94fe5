use crate::place::Place;

#[test]
fn the_demo_shows_everything_and_leaves_nothing() {
    let place = Place::empty();
    let ran = place.run(&["demo"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ran.stdout, @r#"
    opensession demo: three made-up sessions, captured into a temporary folder

    ID        WHEN        TOOL         TITLE                                                                           FOLDER                   PROMPTS  LINES  TOOLS  EVENTS
    a94e02f7  2026-03-06  claude-code  Requests to the warehouse fail now and then. Add retries with a growing pause,  /home/robin/src/shop           1  +8 -0      3      10
    0195f0aa  2026-03-05  codex        export.py breaks on names with commas. Write proper CSV.                        /home/robin/src/reports        1  +2 -3      3      13
    5b1d7c9e  2026-03-04  claude-code  Fix the one-cent error in the cart total                                        /home/robin/src/shop           2  +9 -4      7      22

    This is `opensession show HEAD`:

    Requests to the warehouse fail now and then. Add retries with a growing pause,
    claude-code 2.1.42 · claude-sonnet-4-6 · /home/robin/src/shop on retry
    2026-03-06 16:40 UTC · 28 s
    10 events · 1 prompt · 3 tool calls · 1 sub-agent task · +8 -0 in 1 file · 48 tokens in, 476 out
    a94e02f7-81c3-4b7d-8e15-6d20f3b8c402

    16:40:31
    > Requests to the warehouse fail now and then. Add retries with a growing pause, three tries at most.

    I'll have the callers found first.

      · Task: Find the callers of fetch_stock  (5.3 s)

        | user/agent_prompt: List every caller of fetch_stock with file and line. Do not change anything.

        |   ✓ Search code for fetch_stock\(

        | Two callers: `src/page/item.rs:27` and `src/job/restock.rs:51`. The function itself is in `src/warehouse.rs:12`.

        | task ended: Two callers: `src/page/item.rs:27` and `src/job/restock.rs:51`. The function itself is in `src/warehouse.rs:12`.

    thinking: Both callers want the same behaviour, so the retry belongs into fetch_stock itself.

      ✓ Edit src/warehouse.rs  (+8 -0)
        @@ -12,3 +12,11 @@
         pub async fn fetch_stock(client: &Client, sku: &str) -> Result<u32> {
        +    let mut pause = Duration::from_millis(200);
        +    for _ in 1..TRIES {
        +        match fetch_once(client, sku).await {
        +            Err(error) if error.is_temporary() => tokio::time::sleep(pause).await,
        +            answer => return answer,
        +        }
        +        pause *= 2;
        +    }
             fetch_once(client, sku).await
         }

      ✓ $ cargo test warehouse
        running 3 tests
        test warehouse::retries_then_gives_up ... ok
        test warehouse::a_permanent_error_is_not_retried ... ok
        test warehouse::pauses_double ... ok

        test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 11 filtered out; finished in 0.02s

    `fetch_stock` now tries up to three times, with pauses of 200 and 400 ms. Errors that are not temporary are returned at once. Both callers get this without a change.

    Now with your own logs:
      opensession                     capture them into your own store and list them
      opensession show HEAD           read the newest session
      opensession --help              everything else, with examples
    "#);
    assert_eq!(std::fs::read_dir(place.home.path()).unwrap().count(), 0);
}

#[test]
fn a_kept_demo_is_a_home_to_go_on_in() {
    let place = Place::empty();
    let ran = place.run(&["demo", "--keep"]);
    let last = ran.stdout.lines().last().unwrap().trim();
    let home = last.strip_prefix("HOME=").unwrap().split(' ').next().unwrap();
    let listed = place.run_with(&["list", "--json"], &[("HOME", home)]).stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    // The sub-agent with a log of its own is listed when asked for, and can be named by what the list shows.
    let all = place.run_with(&["list", "--all"], &[("HOME", home)]).stdout;
    assert_eq!(all.lines().count(), 5, "{all}");
    let id = all
        .lines()
        .find(|line| line.contains("List every caller"))
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let agent = place.run_with(&["show", id], &[("HOME", home)]).stdout;
    assert!(agent.starts_with("List every caller of fetch_stock"), "{agent}");
}
