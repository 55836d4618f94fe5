//! Random sessions and random keys: nothing panics, the cursor is in range, what is shown is what the timeline says.

use super::*;
use opensession_engine::hail::outline::RowKind;
use opensession_engine::hail::timeline::Entry;
use proptest::prelude::*;

fn event_type() -> impl Strategy<Value = EventType> {
    prop_oneof![
        Just(EventType::UserMessage),
        Just(EventType::AgentMessage),
        Just(EventType::SystemMessage),
        Just(EventType::Thinking),
        Just(EventType::ToolCall { name: "t".into() }),
        Just(EventType::FileEdit { path: "/a".into(), diff: Some("-a\n+b 한\n".into()) }),
        prop::option::of(-1_i64..2)
            .prop_map(|exit_code| EventType::ShellCommand { command: "c\nd".into(), exit_code }),
        any::<bool>().prop_map(|is_error| EventType::ToolResult {
            name: "t".into(),
            is_error,
            call_id: None
        }),
        Just(EventType::TaskStart { title: Some("task".into()) }),
        Just(EventType::TaskEnd { summary: None }),
        Just(EventType::Custom { kind: "rewind".into() }),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let name = || prop::option::of(prop::sample::select(vec!["a", "b"]));
    let text =
        prop_oneof![Just(String::new()), "[a-z한🙂 \n\t*#`|>-]{0,200}", Just("long\n".repeat(90)),];
    let one = (event_type(), 0_i64..2_000, name(), name(), prop::option::of(0_usize..20), text);
    let make = |(number, draft): (usize, Draft)| {
        let (event_type, second, task, call, rewind, text) = draft;
        let mut event = samples::event(&format!("e{number}"), second, event_type, &text);
        event.task_id = task.map(str::to_owned);
        event.attributes.set_some(attribute::CALL_ID, call);
        let target = rewind.map(|number| format!("e{number}"));
        event.attributes.set_some(attribute::REWIND_TO, target);
        event
    };
    let drafts = prop::collection::vec(one, 0..40);
    drafts.prop_map(move |drafts| drafts.into_iter().enumerate().map(make).collect())
}

type Name = Option<&'static str>;
type Draft = (EventType, i64, Name, Name, Option<usize>, String);

#[derive(Clone, Debug)]
enum Step {
    Act(Action),
    Find(&'static str),
    Resize(u16, u16),
    Click(u16, u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use Action as A;
    let actions = vec![
        A::MoveDown,
        A::MoveUp,
        A::PageDown,
        A::PageUp,
        A::HalfPageDown,
        A::HalfPageUp,
        A::Top,
        A::Bottom,
        A::Open,
        A::FindNext,
        A::FindPrevious,
        A::NextPrompt,
        A::PreviousPrompt,
        A::NextError,
        A::PreviousError,
        A::NextEdit,
        A::PreviousEdit,
        A::ToggleTools,
        A::ToggleThinking,
        A::FoldAll,
        A::Follow,
        A::CopyEvent,
        A::CopyLink,
        A::OpenEditor,
    ];
    let step = prop_oneof![
        8 => prop::sample::select(actions).prop_map(Step::Act),
        1 => prop::sample::select(vec!["a", "long", "zz", "한"]).prop_map(Step::Find),
        1 => (60_u16..130, 15_u16..40).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => (0_u16..60, 0_u16..15).prop_map(|(x, y)| Step::Click(x, y)),
    ];
    prop::collection::vec(step, 0..40)
}

/// The prompts and answers of the timeline, in order.
fn said(session: &Session) -> Vec<String> {
    let mut said = Vec::new();
    for turn in Timeline::new(session, &[]).turns {
        said.extend(turn.prompt.map(|event| format!("> {}", event.event_id)));
        for item in turn.items {
            if let Entry::Answer(event) = item.entry {
                said.push(event.event_id.to_string());
            }
        }
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_pressed_the_screen_shows_the_timeline(events in events(), steps in steps()) {
        let session = samples::session(events);
        let expected = said(&session);
        let mut stand = Stand::new(vec![session.clone()], 80, 24);
        for step in steps {
            match step {
                Step::Act(action) => stand.act(action),
                Step::Find(text) => {
                    stand.act(Action::Find);
                    stand.screen.find.input = Some(crate::input::Input::default());
                    stand.type_text(text);
                }
                Step::Resize(width, height) => stand.resize(width, height),
                Step::Click(x, y) => {
                    let click = Pointer::DoubleClick(Position::new(x, y));
                    let effects = stand.screen.point(click, &stand.scene);
                    stand.carry_out(effects);
                }
            }
            stand.drawn();
            let rows = stand.screen.outline.rows();
            let window = &stand.screen.window;
            prop_assert!(rows.is_empty() || window.cursor < rows.len());
            let shown: usize = window.shown.iter().map(|shown| shown.lines).sum();
            prop_assert!(shown <= window.height);
            prop_assert!(window.shown.iter().all(|one| stand.screen.folds.shows(&rows[one.row])));
            if rows.iter().any(|row| stand.screen.folds.shows(row)) {
                prop_assert!(window.shown.iter().any(|one| one.row == window.cursor), "the cursor is in sight");
            }
        }
        // From the top to the end, a row at a time: every prompt and answer, once, in order.
        stand.act(Action::Top);
        let mut seen = Vec::new();
        let mut last = None;
        loop {
            let cursor = stand.screen.window.cursor;
            if let Some(row) = stand.screen.outline.rows().get(cursor)
                && last != Some(cursor)
            {
                let id = session.events[row.events[0].ordinal as usize].event_id.to_string();
                match row.kind {
                    RowKind::Prompt => seen.push(format!("> {id}")),
                    RowKind::Answer => seen.push(id),
                    _ => {}
                }
                last = Some(cursor);
            }
            let before = (cursor, stand.screen.window.shown.clone());
            stand.act(Action::MoveDown);
            if before == (stand.screen.window.cursor, stand.screen.window.shown.clone()) {
                break;
            }
        }
        prop_assert_eq!(seen, expected);
        let turns = Timeline::new(&session, &[]).turns.len() - 1;
        prop_assert_eq!(stand.screen.outline.prompts(), turns);
    }
}
