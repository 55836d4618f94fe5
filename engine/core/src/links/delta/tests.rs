use super::*;
use crate::links::place::Place;
use opensession_hail::{EventId, Timestamp};
use proptest::prelude::*;

fn lines(text: &str) -> Vec<Line> {
    Line::sorted(text.as_bytes())
}

fn edit(hunks: Vec<Hunk>) -> Edit {
    Edit {
        event: EventId::new("e"),
        time: Timestamp::EPOCH,
        place: Place { path: "a".into(), is_gone: false },
        is_deletion: false,
        hunks,
    }
}

fn added(text: &str) -> Edit {
    edit(vec![Hunk::Added(lines(text))])
}

fn removed(text: &str) -> Edit {
    edit(vec![Hunk::Removed(lines(text))])
}

/// Whether the change from `old` to `new` holds the edit: for sure, only where nobody committed since, or not.
fn verdict(old: &str, new: &str, edit: &Edit) -> &'static str {
    let delta = Delta::new(Some(&lines(old)), Some(&lines(new)), &[]);
    let take = |is_fresh: bool| delta.clone().take(edit, Fit::Same, &mut || is_fresh);
    match (take(false), take(true)) {
        (true, true) => "sure",
        (false, true) => "if fresh",
        (false, false) => "no",
        (true, false) => "nonsense",
    }
}

#[test]
fn lines_prove_an_edit_by_how_much_they_tell() {
    let old = "fn before() {}\nreturn None;\n";
    let with = |text: &str| format!("{old}{text}");
    for (new, edit, expected) in [
        // Two strong lines, or a telling one.
        ("first_line\nsecond_line\n", added("first_line\nsecond_line"), "sure"),
        ("let total = prices.iter().sum();\n", added("let total = prices.iter().sum();"), "sure"),
        // Half of the lines, and less.
        (
            "first_line\nsecond_line\n",
            added("first_line\nsecond_line\nthird_line\nfourth_line"),
            "sure",
        ),
        ("first_line\n", added("first_line\nsecond_line\nthird_line"), "no"),
        // Less than proof.
        ("first_line\n", added("first_line"), "if fresh"),
        ("x = 1\n", added("x = 1"), "if fresh"),
        ("x = 1\n", added("x = 1\ny = 2"), "no"),
        ("use std::collections::HashMap;\n", added("use std::collections::HashMap;"), "if fresh"),
        // A line that the file had already.
        ("return None;\n", added("return None;"), "if fresh"),
        ("return None;\n", added("return None;\nreturn None;"), "no"),
        ("", added("return None;"), "no"),
        // White space.
        ("\tfirst_line\r\n second_line\n", added("first_line\nsecond_line"), "sure"),
    ] {
        assert_eq!(verdict(old, &with(new), &edit), expected, "{new:?} {edit:?}");
    }
    assert_eq!(verdict(old, "return None;\n", &removed("fn before() {}")), "if fresh");
    assert_eq!(verdict(old, old, &removed("fn before() {}")), "no");
}

#[test]
fn a_file_that_comes_or_goes_is_only_believed_where_nobody_else_was() {
    let gone = Delta::new(Some(&lines("first_line")), None, &[]);
    let new = Delta::new(None, Some(&[]), &[]);
    let deletion = Edit { is_deletion: true, ..edit(Vec::new()) };
    for (delta, edit, expected) in [
        (&gone, &deletion, true),
        (&new, &deletion, false),
        (&new, &edit(Vec::new()), true),
        (&gone, &edit(Vec::new()), false),
    ] {
        assert_eq!(delta.clone().take(edit, Fit::Same, &mut || true), expected);
        assert!(!delta.clone().take(edit, Fit::Same, &mut || false));
        assert!(!delta.clone().take(edit, Fit::End, &mut || true));
    }
}

#[test]
fn a_file_that_was_only_renamed_has_no_new_lines() {
    let content = "first_line\nsecond_line\nthird_line\n";
    let (before, after) = (lines(content), lines(&format!("{content}fourth_line\nfifth_line\n")));
    let mut renamed = Delta::new(None, Some(&after), &before);
    assert!(!renamed.take(&added(content), Fit::Renamed, &mut || true));
    assert!(renamed.take(&added("fourth_line\nfifth_line"), Fit::Renamed, &mut || false));
    // Written anew by the session under another name: believed where nobody had that file before.
    assert!(renamed.take(&added(content), Fit::Same, &mut || true));
    assert!(!renamed.take(&added(content), Fit::Same, &mut || false));
}

#[test]
fn each_line_has_one_author() {
    let new = lines("first_line\nsecond_line\n");
    let mut delta = Delta::new(Some(&[]), Some(&new), &[]);
    let edit = added("first_line\nsecond_line");
    assert!(delta.take(&edit, Fit::Same, &mut || true));
    assert!(!delta.take(&edit, Fit::Same, &mut || true));
}

proptest! {
    /// Whatever is committed of which edits, an edit all of which is in a commit is found in it, and one none of
    /// whose lines are in it is not.
    #[test]
    fn an_edit_is_where_its_lines_are(
        sizes in proptest::collection::vec(1_usize..6, 1..12),
        parts in proptest::collection::vec(0_usize..4, 12),
        person in proptest::collection::vec(0_usize..4, 0..12),
    ) {
        let text = |edit: usize| -> String {
            (0..sizes[edit]).map(|line| format!("let the_line_{line}_of_edit_{edit} = made({line});\n")).collect()
        };
        let mut file = String::from("fn main() {\n");
        for commit in 0..4 {
            let old = lines(&file);
            for edit in (0..sizes.len()).filter(|edit| parts[*edit] == commit) {
                file.push_str(&text(edit));
            }
            for (line, _) in person.iter().enumerate().filter(|(_, part)| **part == commit) {
                file.push_str(&format!("}}\nelse {{\nx = 1\nlet typed_{line}_by = person;\n"));
            }
            let new = lines(&file);
            let mut delta = Delta::new(Some(&old), Some(&new), &[]);
            for (edit, part) in (0..sizes.len()).zip(&parts) {
                let is_found = delta.take(&added(&text(edit)), Fit::Same, &mut || false);
                prop_assert_eq!(is_found, *part == commit, "edit {} in commit {}", edit, commit);
            }
        }
    }

    /// Added less removed lines are what the file grew by, and counting never runs below nothing.
    #[test]
    fn a_difference_of_multisets_adds_up(
        old in proptest::collection::vec(0_u8..8, 0..40),
        new in proptest::collection::vec(0_u8..8, 0..40),
    ) {
        let make = |numbers: &[u8]| {
            lines(&numbers.iter().map(|n| format!("line_number_{n}\n")).collect::<String>())
        };
        let (before, after) = (make(&old), make(&new));
        let delta = Delta::new(Some(&before), Some(&after), &[]);
        let sum = |counts: &mut dyn Iterator<Item = (Line, u32)>| {
            counts.map(|(_, count)| count as usize).sum::<usize>()
        };
        let (added, removed) = (sum(&mut delta.added()), sum(&mut delta.removed()));
        prop_assert_eq!(old.len() + added, new.len() + removed);
        let mut added = delta.added();
        prop_assert!(!added.any(|(line, _)| delta.removed().any(|(other, _)| line == other)));
    }
}
