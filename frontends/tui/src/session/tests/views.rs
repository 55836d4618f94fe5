use super::*;
use samples::{call, event, result, session};

#[test]
fn every_kind_of_event_is_shown_at_80x24() {
    let mut stand = Stand::new(samples::every_kind(), 80, 24);
    let mut pages = Vec::new();
    for _ in 0..5 {
        pages.push(stand.drawn());
        stand.act(Action::PageDown);
    }
    insta::assert_snapshot!(pages.join("\n=== a page down\n"));
}

#[test]
fn every_kind_of_event_is_shown_unfolded_at_160x50() {
    let mut stand = Stand::new(samples::every_kind(), 160, 50);
    let folded = stand.drawn();
    stand.act(Action::FoldAll);
    stand.act(Action::Top);
    let mut pages = vec![folded, stand.drawn()];
    for _ in 0..2 {
        stand.act(Action::PageDown);
        pages.push(stand.drawn());
    }
    insta::assert_snapshot!(pages.join("\n=== \n"));
}

#[test]
fn the_smallest_screen_has_a_heading_of_one_line() {
    let mut stand = Stand::new(samples::every_kind(), 60, 15);
    stand.act(Action::Bottom);
    insta::assert_snapshot!(stand.drawn(), @r"
     Fix the loop bound · claude-code 2.1.0 · claude-opus · ~/…
      Done.

      ── 11 min later ──

      ┃ 10:13:20  (taken back)
      ┃ Now break it again

      No.

    ▌ ┃ 10:15:01
    ▌ ┃ Thanks ␛]0;x␇👩
    ──┃───±±!─±────±────────── ──┃                prompt 3 of 3
    ");
}

#[test]
fn j_goes_by_event_and_through_what_is_higher_than_the_window() {
    let long: Vec<String> = (1..40).map(|number| format!("line {number}")).collect();
    let events = vec![
        event("a", 0, EventType::UserMessage, "short"),
        event("b", 1, EventType::AgentMessage, &long.join("\n")),
        event("c", 2, EventType::UserMessage, "last"),
    ];
    let mut stand = Stand::new(vec![session(events)], 80, 24);
    stand.act(Action::MoveDown);
    assert_eq!(stand.screen.window.cursor, 1);
    assert!(stand.drawn().contains("line 1\n"));
    let mut steps = 0;
    while stand.screen.window.cursor == 1 {
        stand.act(Action::MoveDown);
        steps += 1;
    }
    assert!((5..15).contains(&steps), "{steps} steps through 39 lines");
    assert!(stand.drawn().contains("last"));
    stand.act(Action::MoveUp);
    stand.act(Action::Top);
    assert!(stand.drawn().contains("short"));
}

#[test]
fn keys_jump_between_prompts_errors_and_edits() {
    let mut stand = Stand::new(samples::every_kind(), 80, 24);
    let ids = |stand: &Stand| stand.cursor_row().events[0].ordinal;
    let mut seen = Vec::new();
    use Action as A;
    for action in [
        A::NextPrompt,
        A::NextError,
        A::PreviousEdit,
        A::NextPrompt,
        A::NextPrompt,
        A::PreviousError,
    ] {
        stand.act(action);
        seen.push(ids(&stand));
    }
    assert_eq!(seen, [1, 8, 6, 25, 28, 8]);
    stand.act(Action::PreviousError);
    assert_eq!(stand.effects.last(), Some(&Effect::Say("no error above".into())));
}

#[test]
fn tools_and_thinking_can_be_hidden_but_no_errors() {
    let mut stand = Stand::new(samples::every_kind(), 80, 50);
    stand.act(Action::ToggleTools);
    stand.act(Action::ToggleThinking);
    let drawn = stand.drawn();
    assert!(!drawn.contains("Read src/a.rs") && !drawn.contains("thinking:"), "{drawn}");
    assert!(drawn.contains("✗ $ cargo test"), "{drawn}");
    assert!(drawn.contains("no tools and thinking"), "{drawn}");
    stand.act(Action::ToggleTools);
    assert!(stand.drawn().contains("Read src/a.rs"));
}

#[test]
fn a_search_unfolds_the_row_and_shows_the_line() {
    let output: Vec<String> = (0..300).map(|number| format!("line {number}")).collect();
    let shell = EventType::ShellCommand { command: "ls".into(), exit_code: Some(0) };
    let mut events = vec![
        event("a", 0, EventType::UserMessage, "go"),
        call(event("b", 1, shell, ""), "c"),
        result("r", 2, "c", false, &format!("{}\nthe Needle here\nend", output.join("\n"))),
    ];
    events.extend((0..200).map(|number| {
        event(&format!("x{number}"), 3, EventType::AgentMessage, &format!("answer {number}"))
    }));
    events.push(event("z", 4, EventType::AgentMessage, "a needle again"));
    let mut stand = Stand::new(vec![session(events)], 80, 24);
    stand.act(Action::Find);
    assert!(stand.screen.is_typing());
    stand.type_text("needle");
    assert!(!stand.screen.is_typing());
    let drawn = stand.drawn();
    assert!(drawn.contains("the Needle here") && drawn.contains("1 of 2 “needle”"), "{drawn}");
    stand.act(Action::FindNext);
    assert!(stand.drawn().contains("a needle again"));
    stand.act(Action::FindNext);
    assert!(stand.drawn().contains("the Needle here"), "it goes round");
    stand.act(Action::Back);
    assert!(!stand.drawn().contains("“needle”"));
    assert!(!stand.effects.contains(&Effect::Back));
    stand.act(Action::Back);
    assert_eq!(stand.effects.last(), Some(&Effect::Back));
}

#[test]
fn a_session_opens_at_the_event_that_a_search_has_found() {
    let stand = Stand::with(samples::every_kind(), 80, 24, Some(22), Some("wrong"));
    assert_eq!(stand.cursor_row().events[0].ordinal, 22);
    assert!(stand.drawn().contains("of 1 “wrong”") || stand.drawn().contains("“wrong”"));
}

#[test]
fn a_running_session_grows_without_a_jump_unless_it_is_followed() {
    let answers = |from: usize, to: usize| {
        (from..to).map(|number| {
            let (id, text) = (format!("x{number}"), format!("answer {number}"));
            event(&id, i64::try_from(number).unwrap(), EventType::AgentMessage, &text)
        })
    };
    let grow = |stand: &mut Stand, to: usize| {
        let from = stand.sessions[0].events.len();
        stand.sessions[0].events.extend(answers(from, to));
        let key = stand.screen.key().clone();
        stand.receive(Message::Grown(key, stand.overview()));
        stand.send_rows(&[from]);
    };
    let mut stand = Stand::new(vec![session(answers(0, 30).collect())], 80, 24);
    stand.act(Action::Bottom);
    let before = stand.drawn();
    grow(&mut stand, 34);
    let after = stand.drawn();
    assert!(after.contains("4 new ↓") && after.contains("answer 29"), "{after}");
    let rows = |text: &str| text.lines().skip(4).take(17).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(rows(&before), rows(&after));
    stand.act(Action::Bottom);
    assert!(!stand.drawn().contains("new ↓"));
    stand.act(Action::Follow);
    grow(&mut stand, 90);
    let followed = stand.drawn();
    assert!(followed.contains("answer 89") && followed.contains("follows"), "{followed}");
    stand.act(Action::PageUp);
    assert!(!stand.drawn().contains("follows"));
}

#[test]
fn events_are_copied_linked_and_opened_whole() {
    let mut stand = Stand::new(samples::every_kind(), 80, 24);
    stand.act(Action::NextError);
    stand.act(Action::CopyLink);
    let link = Effect::Copy { text: "demo-0001#e6".into(), what: "the link".into() };
    assert_eq!(stand.effects.pop(), Some(link));
    stand.act(Action::CopyEvent);
    let Some(Effect::Copy { text, .. }) = stand.effects.pop() else { panic!() };
    assert!(text.starts_with("$ cargo test -- --nocapture\ncargo fmt\n\n"), "{text}");
    assert!(text.ends_with("last line"), "{text}");
    stand.act(Action::OpenEditor);
    assert!(
        matches!(stand.effects.pop(), Some(Effect::Edit { name, .. }) if name == "demo-0001.txt")
    );
}

#[test]
fn a_resize_keeps_the_event_that_is_looked_at_in_its_place() {
    let mut stand = Stand::new(samples::every_kind(), 160, 50);
    stand.act(Action::NextError);
    for (width, height) in [(60, 15), (200, 60), (80, 24), (61, 16), (160, 50)] {
        stand.resize(width, height);
        assert_eq!(stand.cursor_row().events[0].ordinal, 8);
        assert!(stand.drawn().contains("✗ $ cargo test"), "{width}x{height}\n{}", stand.drawn());
    }
}

#[test]
fn the_mouse_scrolls_chooses_unfolds_and_jumps() {
    let mut stand = Stand::new(samples::every_kind(), 80, 24);
    let mut point = |pointer| {
        let effects = stand.screen.point(pointer, &stand.scene);
        stand.carry_out(effects);
        stand.drawn()
    };
    let at = Position::new(10, 7);
    point(Pointer::Click(at));
    let shown = point(Pointer::WheelDown(at));
    assert!(!shown.contains("system:"), "{shown}");
    point(Pointer::WheelUp(at));
    let end = point(Pointer::Click(Position::new(39, 22)));
    assert!(end.contains("Thanks"), "{end}");
    let unfolded = point(Pointer::DoubleClick(Position::new(10, 6)));
    assert!(!unfolded.is_empty());
}

#[test]
fn a_line_of_a_megabyte_and_odd_bytes_are_drawn() {
    let shell = EventType::ShellCommand { command: "x".repeat(1_000_000), exit_code: Some(1) };
    let noise: String = (0..4_000_u32).filter_map(char::from_u32).collect();
    let events = vec![
        event("p", 0, EventType::UserMessage, &"넓".repeat(300_000)),
        call(event("a", 1, shell, ""), "c"),
        result("r", 2, "c", true, &"y\t".repeat(500_000)),
        event("b", 3, EventType::AgentMessage, &noise.repeat(50)),
        event("c", 4, EventType::AgentMessage, &"| a ".repeat(2_000)),
    ];
    let mut stand = Stand::new(vec![session(events)], 80, 60);
    assert!(stand.drawn().contains("넓넓"));
    stand.act(Action::FoldAll);
    for _ in 0..150 {
        stand.act(Action::PageDown);
        stand.drawn();
    }
    assert_eq!(stand.screen.window.cursor, 3, "it went through all of it");
}
