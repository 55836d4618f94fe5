use super::*;

fn previewed(width: u16, height: u16) -> Stand {
    let mut stand = Stand::with_sessions(width, height);
    let preview = Preview {
        prompt: "export.py breaks on names with commas. 쉼표가 있는 이름에서 깨진다.".to_owned(),
        answer: "Done: csv.writer quotes them now.\n\n- one test\n- two files".to_owned(),
        files: vec!["/home/robin/src/shop/export.py".to_owned(), "test_export.py".to_owned()],
        problem: None,
    };
    let key = stand.model.list.selected().unwrap().key.clone();
    stand.tell(Message::List(Answer::Preview(key, Box::new(preview))));
    stand
}

#[test]
fn the_list_at_every_size() {
    insta::assert_snapshot!("list_60x15", Stand::with_sessions(60, 15).shown());
    insta::assert_snapshot!("list_80x24", Stand::with_sessions(80, 24).shown());
    insta::assert_snapshot!("list_160x50", previewed(160, 50).shown());
}

#[test]
fn what_was_found() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.press("/");
    stand.write("comma");
    let Some(Effect::Later { timer, .. }) = stand.wanted().pop() else { panic!() };
    stand.tell(Message::Due(timer));
    let found = rows().into_iter().map(|row| {
        let snippet =
            "…이름의 comma, a\u{1b}[2Jb and another comma in a text that goes on and on and on …";
        let marks = snippet.match_indices("comma").map(|(at, word)| at..at + word.len()).collect();
        Row { hit: Some(RowHit { ordinal: 3, snippet: snippet.to_owned(), marks }), ..row }
    });
    stand.answer(found.take(3).collect());
    insta::assert_snapshot!("search_80x24", stand.shown());
}

#[test]
fn groups() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.press("b b");
    let question = stand.question();
    let groups = vec![("claude-code".to_owned(), 2), ("codex".to_owned(), 1_234)];
    stand.tell(Message::List(Answer::Groups { question, by: Dimension::Tool, groups }));
    stand.tell(page(question, rows().into_iter().skip(1).take(1).collect(), None));
    insta::assert_snapshot!("groups_80x24", stand.shown());
}

fn sum(name: &str, sessions: u64) -> Sum {
    let tokens = Tokens { input: 1_200_000, output: 34_000, cache_read: 9_000_000, cache_write: 0 };
    Sum {
        name: name.to_owned(),
        sessions,
        prompts: 3 * sessions,
        tool_calls: 1_234,
        active_seconds: 7_500,
        lines_added: 420,
        lines_removed: 7,
        tokens,
        ..Sum::default()
    }
}

#[test]
fn figures() {
    for (width, height) in [(60, 15), (80, 24), (160, 50)] {
        let mut stand = Stand::with_sessions(width, height);
        stand.press("a");
        let days = ["2026-11-23", "2026-11-20", "2026-06-01", "2025-12-25"];
        let sums = days.iter().zip([9, 2, 1, 4]).map(|(day, count)| sum(day, count)).collect();
        let tabs = vec![
            vec![sum("claude-code", 12), sum("codex", 3), sum("", 1)],
            Vec::new(),
            vec![sum("장바구니-가게", 16)],
            Vec::new(),
        ];
        let figures = Figures { days: Statistics { all: sum("", 16), sums }, tabs };
        stand.tell(Message::Figures(Box::new(figures)));
        insta::assert_snapshot!(format!("figures_{width}x{height}"), stand.shown());
    }
}

#[test]
fn overlays() {
    let mut stand = Stand::with_sessions(80, 24);
    stand.press("?");
    insta::assert_snapshot!("help_80x24", stand.shown());
    stand.press("esc f");
    insta::assert_snapshot!("filters_80x24", stand.shown());
    stand.press("esc ctrl-k");
    stand.write("sess");
    insta::assert_snapshot!("palette_80x24", stand.shown());
}

#[test]
fn a_newcomer() {
    let place = |tool: &str, folder: &str, found: &str| LookedAt {
        tool: tool.to_owned(),
        folder: folder.to_owned(),
        found: found.to_owned(),
    };
    let places = vec![
        place("claude-code", "~/.claude/projects", "no such folder, nor 2 other"),
        place("codex", "/somewhere/far/away/in/a/very/long/folder/codex/sessions", "no logs in it"),
    ];
    for (width, height) in [(60, 15), (160, 50)] {
        let mut stand = Stand::new(width, height);
        stand.answer(Vec::new());
        let news = News { places: places.clone(), ..News::default() };
        stand.tell(Message::Captured(Box::new(news)));
        insta::assert_snapshot!(format!("newcomer_{width}x{height}"), stand.shown());
    }
}

/// Returns the colours and weights in which `text` stands.
fn style_of(stand: &Stand, text: &str) -> String {
    let terminal = stand.terminal();
    let buffer = terminal.backend().buffer();
    let width = usize::from(buffer.area.width);
    let (row, line) = buffer
        .content
        .chunks(width)
        .map(|cells| cells.iter().map(|cell| cell.symbol()).collect::<Vec<_>>())
        .enumerate()
        .find(|(_, cells)| cells.concat().contains(text))
        .unwrap_or_else(|| panic!("{text:?} is not shown"));
    let at = (0..line.len()).find(|at| line[*at..].concat().starts_with(text)).unwrap();
    let cell = &buffer.content[row * width + at];
    format!("{:?} {:?} {:?}", cell.fg, cell.bg, cell.modifier)
}

#[test]
fn colours_follow_the_ground_and_none_are_used_where_none_are_wanted() {
    let styles = |background, colour| {
        let mut stand = Stand::with_sessions(80, 24);
        stand.model.scene.theme = Theme { background, colour };
        [style_of(&stand, "gemini-cli"), style_of(&stand, "> ")]
    };
    let dark = styles(Background::Dark, true);
    let light = styles(Background::Light, true);
    assert_ne!(dark[0], light[0]);
    for none in [styles(Background::Dark, false), styles(Background::Light, false)] {
        assert!(none[0].starts_with("Reset Reset"), "{none:?}");
        assert!(none[1].contains("REVERSED"), "{none:?}");
    }
    let mut stand = previewed(160, 50);
    stand.model.scene.theme.colour = false;
    let terminal = stand.terminal();
    let cells = &terminal.backend().buffer().content;
    let reset = ratatui::style::Color::Reset;
    assert!(cells.iter().all(|cell| cell.fg == reset && cell.bg == reset));
}
