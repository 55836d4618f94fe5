use super::*;
use crate::blame::trace::Said;
use crate::blame::version::Print;
use crate::links::place::Place;
use opensession_hail::{EventId, Timestamp};

/// An edit of hunks whose lines begin with `+` where it added them, else with a blank; later ones are made later.
fn trace(time: i64, hunks: &[&[&str]]) -> Trace {
    let said = |line: &&str| {
        let (sign, text) = line.split_at(1);
        Said { print: Print::of(text), is_added: sign == "+" }
    };
    Trace {
        event: EventId::new(format!("e{time}")),
        time: Timestamp::from_millis(time).unwrap(),
        place: Place { path: "a.rs".to_owned(), is_gone: false },
        prompt: None,
        hunks: hunks.iter().map(|hunk| hunk.iter().map(said).collect()).collect(),
    }
}

/// A line without its sign.
fn text(line: &str) -> &str {
    line.get(1..).unwrap()
}

/// Returns when the edit was made that is picked for each line of the file, and 0 where none is.
fn picked(traces: &[Trace], file: &[&str], is_exact: bool) -> Vec<i64> {
    let version = Version::new(file.join("\n").as_bytes());
    let all: Vec<usize> = (0..file.len()).collect();
    let picks = Picker::new(traces).pick(&version, &all, is_exact, &|_, _| Some(0));
    let time = |at: &At| traces[at.trace].time.as_millis();
    picks.iter().map(|at| at.as_ref().map_or(0, time)).collect()
}

const FIRST: &[&str] = &["+fn first() {", "+    let count = 1;", "+    shared_work(count);", "+}"];
const SECOND: &[&str] =
    &["+fn second() {", "+    let total = 2;", "+    shared_work(count);", "+}"];

#[test]
fn the_same_line_in_two_places_has_two_authors() {
    let traces = [trace(1, &[FIRST]), trace(2, &[SECOND])];
    let file: Vec<&str> = FIRST.iter().chain(SECOND).map(|line| text(line)).collect();
    assert_eq!(picked(&traces, &file, true), [1, 1, 1, 1, 2, 2, 2, 2]);
    // The other way round, with a person's lines between them.
    let mut file: Vec<&str> = SECOND.iter().map(|line| text(line)).collect();
    file.extend(["typed_by_a_person();", ""]);
    file.extend(FIRST.iter().map(|line| text(line)));
    assert_eq!(picked(&traces, &file, true), [2, 2, 2, 2, 0, 0, 1, 1, 1, 1]);
}

#[test]
fn a_copy_that_a_person_made_is_not_the_sessions() {
    let traces = [trace(1, &[FIRST])];
    let file = [
        "fn first() {",
        "    let count = 1;",
        "    shared_work(count);",
        "}",
        "fn by_hand() {",
        "    shared_work(count);",
        "}",
    ];
    assert_eq!(picked(&traces, &file, true), [1, 1, 1, 1, 0, 0, 0]);
    // Which of two that are alike in everything it wrote nobody can tell.
    let alone = [trace(1, &[&["+a_line_without_neighbours();"]])];
    let twice = ["a_line_without_neighbours();", "other();", "a_line_without_neighbours();"];
    assert_eq!(picked(&alone, &twice, true), [0, 0, 0]);
    assert_eq!(picked(&alone, &twice[..2], true), [1, 0]);
}

#[test]
fn of_edits_in_the_same_place_the_last_one_wrote_the_line() {
    let edit = |time, line| trace(time, &[&[" fn first() {", line, " }"]]);
    let traces = [edit(1, "+    work(1);"), edit(2, "+    work(2);"), edit(3, "+    work(1);")];
    assert_eq!(picked(&traces, &["fn first() {", "    work(1);", "}"], true), [0, 3, 0]);
    let earlier =
        [edit(5, "+    work(1);"), trace(9, &[&[" fn other() {", "+    work(1);", " }"]])];
    assert_eq!(picked(&earlier, &["fn first() {", "    work(1);", "}"], true), [0, 5, 0]);
}

#[test]
fn white_space_counts_only_where_it_must_be_exact() {
    let traces = [trace(1, &[FIRST])];
    let file = ["fn first()", "{", "\tlet count = 1;", "\tshared_work(count);", "}"];
    assert_eq!(picked(&traces, &file, false), [0, 0, 1, 1, 1]);
    assert_eq!(picked(&traces, &file, true), [0, 0, 0, 0, 1]);
}

#[test]
fn what_proves_nothing_follows_its_neighbours() {
    let block = &["+if ready {", "+", "+    go_on_with_it();", "+}", "+", "+else {", "+}"];
    let traces = [trace(1, &[block])];
    let mut file: Vec<&str> = block.iter().map(|line| text(line)).collect();
    file.extend(["}", ""]);
    assert_eq!(picked(&traces, &file, true), [1, 1, 1, 1, 1, 1, 1, 0, 0]);
    assert_eq!(picked(&traces, &["}", "", "else {"], true), [0, 0, 0]);
}

#[test]
fn a_line_that_was_moved_away_from_all_its_neighbours_must_tell() {
    let traces = [trace(1, &[FIRST])];
    assert_eq!(
        picked(&traces, &["other_line();", "    let count = 1;", "more();"], true),
        [0, 0, 0]
    );
    let telling = "    a_function_of_a_long_name_that_nobody_repeats(1);";
    let long = format!("+{telling}");
    let traces = [trace(1, &[&["+fn first() {", &long, "+    let count = 1;"]])];
    assert_eq!(picked(&traces, &["other_line();", telling, "more();"], true), [0, 1, 0]);
}
