use super::*;
use ratatui::style::Color;

fn is_capture(effect: &Effect) -> bool {
    *effect == Effect::Capture
}

#[test]
fn the_list_is_asked_for_and_new_logs_are_captured_at_once() {
    let mut stand = Stand::new(80, 24);
    let wanted = stand.wanted();
    assert!(matches!(
        wanted.as_slice(),
        [
            Effect::List(Request::Page { after: None, .. }),
            Effect::List(Request::Count { .. }),
            Effect::Capture
        ]
    ));
}

#[test]
fn rows_of_the_branches_are_not_counted_by_an_empty_index() {
    let mut stand = Stand::new(80, 24);
    let question = stand.question();
    stand.tell(Message::List(Answer::Newest(rows())));
    stand.tell(Message::List(Answer::Count { question, count: 0 }));
    let shown = stand.shown();
    assert!(shown.contains("export.py breaks"), "{shown}");
    assert!(!shown.contains("0 sessions"), "{shown}");
    stand.tell(Message::Indexed);
    stand.answer(rows());
    assert!(stand.shown().contains("5 sessions"));
}

#[test]
fn arrows_and_letters_move_and_enter_opens() {
    let mut stand = Stand::with_sessions(80, 24);
    assert_eq!(stand.selected(), "export.py breaks on names with commas");
    stand.press("j j");
    assert!(stand.selected().starts_with("장바구니"));
    stand.press("down G");
    assert_eq!(stand.selected(), "(no title)");
    stand.press("j g k");
    assert!(stand.selected().starts_with("export.py"));
    stand.wanted();
    stand.press("j enter");
    let Screen::Session(session) = &stand.model.screen else { panic!("{:?}", stand.model.screen) };
    assert_eq!(session.key().id(), "b2");
    // The session below it in the list, and back.
    stand.press("]");
    let Screen::Session(session) = &stand.model.screen else { panic!("{:?}", stand.model.screen) };
    assert_eq!(session.key().id(), "c3");
    stand.press("esc");
    assert!(matches!(stand.model.screen, Screen::List));
    assert!(stand.selected().starts_with("장바구니"));
}

#[test]
fn typing_asks_once_it_rests_and_old_answers_are_dropped() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.wanted();
    stand.press("/");
    stand.write("qu");
    let timers: Vec<Timer> = stand
        .wanted()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Later { timer, .. } => Some(timer),
            _ => None,
        })
        .collect();
    let [first, second] = timers.as_slice() else { panic!("{timers:?}") };
    // The pause after the first letter was broken by the second.
    stand.tell(Message::Due(first.clone()));
    assert_eq!(stand.wanted(), []);
    stand.tell(Message::Due(second.clone()));
    let old = stand.question();
    assert!(matches!(&stand.effects[0], Effect::List(Request::Page { query, .. })
        if query.terms[0].text == "qu" && query.terms[0].prefix));
    stand.write("i");
    let Some(Effect::Later { timer, .. }) = stand.wanted().pop() else { panic!() };
    stand.tell(Message::Due(timer));
    stand.tell(page(old, Vec::new(), None));
    assert_eq!(stand.model.list.selected().unwrap().key.id(), "a1", "the old list stays");
    let mut found = row("f6", "codex", "2026-11-20T09:00:00Z", "quick");
    let marks = std::iter::once(4..7).collect();
    found.hit = Some(RowHit { ordinal: 7, snippet: "the quick fox".to_owned(), marks });
    stand.answer(vec![found]);
    assert_eq!(stand.selected(), "quick");
    stand.press("enter");
    let Screen::Session(session) = &stand.model.screen else { panic!() };
    assert_eq!(session.key().id(), "f6");
    // `q` was text: nothing was left.
    assert!(!stand.wanted().contains(&Effect::Quit));
}

#[test]
fn a_filter_that_makes_no_sense_is_said_and_the_list_stays() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.wanted();
    stand.press("/");
    stand.write("tokens:lots");
    assert!(stand.shown().contains("! "), "{}", stand.shown());
    assert_eq!(stand.model.list.selected().unwrap().key.id(), "a1");
    stand.press("esc esc");
    assert_eq!(stand.model.list.text(), "");
}

#[test]
fn what_comes_meanwhile_leaves_the_cursor_on_its_session() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.press("j");
    stand.wanted();
    stand.tell(Message::Indexed);
    let mut more = rows();
    more.insert(0, row("z9", "codex", "2026-11-23T20:00:00Z", "brand new"));
    stand.answer(more);
    assert_eq!(stand.model.list.selected().unwrap().key.id(), "b2");
    // It is gone: the cursor stays where it was.
    stand.tell(Message::Indexed);
    stand.answer(vec![row("z9", "codex", "2026-11-23T20:00:00Z", "brand new")]);
    assert_eq!(stand.model.list.selected().unwrap().key.id(), "z9");
}

#[test]
fn pages_are_asked_for_as_they_come_into_sight() {
    let mut stand = Stand::new(80, 24);
    let many: Vec<Row> = (0..200)
        .map(|at| row(&format!("s{at}"), "codex", "2026-11-23T09:00:00Z", &format!("title {at}")))
        .collect();
    let question = stand.question();
    let cursor: Cursor = "1.1".parse().unwrap();
    stand.tell(page(question, many, Some(cursor)));
    let pages = |effects: &[Effect]| {
        let is_next =
            |effect: &&Effect| matches!(effect, Effect::List(Request::Page { after: Some(_), .. }));
        effects.iter().filter(is_next).count()
    };
    assert_eq!(pages(&stand.wanted()), 0, "nothing is missing yet");
    for _ in 0..9 {
        stand.press("pgdn");
    }
    assert_eq!(pages(&stand.wanted()), 1, "once, however often one looks");
    stand.press("j j");
    assert_eq!(pages(&stand.wanted()), 0);
    let rest = vec![row("last", "codex", "2026-11-22T09:00:00Z", "the last")];
    stand.tell(Message::List(Answer::Page {
        question,
        section: 0,
        is_first: false,
        rows: rest,
        next: None,
        unread: 0,
    }));
    stand.press("G");
    assert_eq!(stand.selected(), "the last");
}

#[test]
fn groups_open_one_by_one_and_exclude_names_that_hold_theirs() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.wanted();
    stand.press("b");
    let question = stand.question();
    stand.wanted();
    let groups = vec![("shop".to_owned(), 2), ("webshop".to_owned(), 1)];
    stand.tell(Message::List(Answer::Groups { question, by: Dimension::Repo, groups }));
    let wanted = stand.wanted();
    let [Effect::List(Request::Page { section: 0, query, .. })] = wanted.as_slice() else {
        panic!("{wanted:?}")
    };
    assert_eq!(query.filters.len(), 2, "in shop, and not in webshop");
    assert!(query.filters[1].negated);
    stand.press("j enter");
    assert!(matches!(stand.wanted().as_slice(), [Effect::List(Request::Page { section: 1, .. })]));
}

#[test]
fn filters_and_orders_stand_in_the_search_line() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.press("f enter");
    assert_eq!(stand.model.list.text(), "tool:codex");
    stand.press("S");
    assert_eq!(stand.model.list.text(), "tool:codex sort:updated");
    stand.press("f enter");
    assert_eq!(stand.model.list.text(), "sort:updated");
    stand.press("esc");
    assert_eq!(stand.model.list.text(), "");
}

#[test]
fn captures_slow_down_where_nobody_presses_a_key_and_one_waits_at_a_time() {
    let mut stand = Stand::with_sessions(80, 24);
    let mut captured_after = |idle: i64| {
        let now = stand.model.scene.now.as_millis() + idle;
        stand.tell(Message::Clock(Timestamp::from_millis(now).unwrap()));
        stand.wanted();
        stand.tell(Message::Captured(Box::default()));
        let wanted = stand.wanted();
        match wanted.last() {
            Some(Effect::Later { millis, timer }) => (*millis, timer.clone()),
            other => panic!("{other:?}"),
        }
    };
    let (soon, first) = captured_after(1_000);
    let (later, second) = captured_after(120_000);
    let (much_later, _) = captured_after(3_600_000);
    assert_eq!((soon, later, much_later), (3_000, 15_000, 60_000));
    // The timer of the first was overtaken by the others.
    stand.tell(Message::Due(first));
    stand.tell(Message::Due(second));
    assert!(!stand.wanted().iter().any(is_capture));
    stand.press("j");
    assert!(stand.wanted().iter().any(is_capture), "somebody is back");
}

#[test]
fn what_failed_is_said_once_and_can_be_read_again() {
    let mut stand = Stand::with_sessions(80, 24);
    let news = || {
        let problems = vec!["a.jsonl: not a log".to_owned(), "b.jsonl: denied".to_owned()];
        Message::Captured(Box::new(News { problems, ..News::default() }))
    };
    stand.tell(news());
    let status = stand.model.status.clone().unwrap();
    assert_eq!((status.text.as_str(), status.is_bad), ("a.jsonl: not a log (and 1 more: !)", true));
    stand.press("j");
    stand.tell(news());
    assert_eq!(stand.model.status, None, "it was said");
    assert!(stand.shown().contains("2 problems: !"));
    stand.press("!");
    assert!(stand.shown().contains("b.jsonl: denied"));
}

#[test]
fn colours_change_when_the_terminal_says_what_it_is_drawn_on() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.model.scene.theme.colour = true;
    let name_is = |stand: &Stand| stand.terminal().backend().buffer()[(1, 0)].fg;
    assert_eq!(name_is(&stand), Color::Cyan);
    stand.tell(Message::Background(Background::Light));
    assert_eq!(name_is(&stand), Color::Blue);
    stand.press("enter");
    stand.tell(Message::Background(Background::Dark));
    assert_eq!(name_is(&stand), Color::Cyan);
}

#[test]
fn the_mouse_chooses_and_a_double_click_opens() {
    let mut stand = Stand::with_sessions(80, 24);
    // Line 0 says where one is, 1 is for searching, 2 has the heads, 3 a day.
    stand.click(20, 5);
    assert_eq!(stand.model.list.selected().unwrap().key.id(), "b2");
    stand.click(20, 5);
    assert!(matches!(stand.model.screen, Screen::Session(_)));
    stand.press("esc");
    stand.click(20, 1);
    assert!(stand.model.list.is_typing());
    stand.click(20, 3);
    assert_eq!(stand.model.list.selected().unwrap().key.id(), "b2", "a day cannot be chosen");
}

#[test]
fn the_palette_does_what_is_found_in_it() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.press("ctrl-p");
    stand.write("figures");
    stand.press("enter");
    assert!(matches!(stand.model.screen, Screen::Stats(_)));
    stand.press("ctrl-c");
    assert!(stand.wanted().contains(&Effect::Quit));
}

#[test]
fn rebound_keys_hold_in_every_place_and_in_help() {
    let mut stand = Stand::with_sessions(80, 24);
    let setting = opensession_engine::KeySetting {
        action: "quit".to_owned(),
        keys: vec!["X".to_owned()],
        line: 1,
    };
    stand.model.scene.keymap = KeyMap::new(&[setting]).unwrap();
    stand.wanted();
    stand.press("q");
    assert!(!stand.wanted().contains(&Effect::Quit));
    assert!(stand.shown().contains("X quit"), "{}", stand.shown());
    stand.press("X");
    assert!(stand.wanted().contains(&Effect::Quit));
    let key = Chord::parse("X").unwrap();
    assert_eq!(stand.model.scene.keymap.keys(Action::Quit).collect::<Vec<_>>(), [key]);
}

#[test]
fn ids_and_commands_are_copied() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.wanted();
    stand.press("Y r");
    let copied: Vec<String> = stand
        .wanted()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Copy { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(copied, ["a1", "cd /home/robin/src/shop && codex resume a1"]);
}

#[test]
fn nothing_is_drawn_out_of_bounds_whatever_the_size() {
    let mut stand = Stand::with_sessions(80, 24);
    for (width, height) in [(1, 1), (59, 15), (60, 14), (60, 15), (99, 20), (100, 19), (300, 90)] {
        stand.tell(Message::Resize(Size::new(width, height)));
        for keys in ["?", "esc", "ctrl-p", "esc", "f", "esc", "a", "esc"] {
            stand.press(keys);
            let _drawn = stand.terminal();
        }
        let is_small = width < 60 || height < 15;
        assert_eq!(stand.shown().contains("export.py"), !is_small, "{width}x{height}");
    }
    // The terminal may be smaller already than what it said last.
    let mut terminal = Terminal::new(TestBackend::new(60, 15)).unwrap();
    terminal.draw(|frame| view(&stand.model, frame)).unwrap();
}
