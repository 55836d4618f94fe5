use super::*;
use crate::theme::Theme;
use proptest::prelude::*;
use std::collections::HashMap;

fn drawn(text: &str, room: usize) -> String {
    let known = HashMap::new();
    let mut brush = Brush { theme: Theme::default(), known: &known, wanted: Vec::new() };
    let lines = lines(text, room, 500, &mut brush);
    lines.iter().map(|line| format!("{line}").trim_end().to_owned() + "\n").collect()
}

#[test]
fn blocks_stand_apart_and_lists_are_indented() {
    let text = "# Title\nFirst *em* **strong** `code` line\nsecond\n\n- one\n- two that is long enough to be wrapped\n  1. in\n  2. out\n- [ ] open\n- [x] done\n\n> quoted\n> more\n\n---\n[name](http://x.y) and http://z ![alt](a.png)\n\n```rust\nfn a() {\n    b\n}\n```\nend<br>x[^1]\n\n[^1]: note";
    insta::assert_snapshot!(drawn(text, 30), @r"
    # Title

    First em strong `code` line
    second

    • one
    • two that is long enough to
      be wrapped
      1. in
      2. out
    • [ ] open
    • [x] done

    ▏ quoted
    ▏ more

    ──────────────────────────────

    name (http://x.y) and http://z
    [picture alt a.png]

      fn a() {
          b
      }

    end<br>x[1]

    [1] note
    ");
}

#[test]
fn tables_are_aligned_and_fit() {
    let text = "| 이름 | what it is |\n|---|---|\n| a | a long cell that has to be wrapped |\n| 한국어 | `x` |\n";
    insta::assert_snapshot!(drawn(text, 30), @r"
    이름   │ what it is
    ───────┼──────────────────────
    a      │ a long cell that has
           │ to be wrapped
    한국어 │ `x`
    ");
}

proptest! {
    #[test]
    fn whatever_comes_fits_the_room(text in "([a-z가-힣🙂|`*_#>\\-\\[\\]()0-9.]| |\n|\t){0,120}", room in 8_usize..60) {
        let known = HashMap::new();
        let mut brush = Brush { theme: Theme::default(), known: &known, wanted: Vec::new() };
        for line in lines(&text, room, 300, &mut brush) {
            // Deep quotes and lists take what they need.
            let indent: usize = line.spans.iter().take_while(|span| span.content.trim_matches(['▏', ' ', '•', '.']).chars().all(char::is_numeric)).map(Span::width).sum();
            prop_assert!(line.width() <= room.max(indent + 30), "{:?}", line);
        }
    }
}
