use super::*;
use opensession_hail::{EventId, Timestamp, attribute};
use opensession_parsers::Os;
use serde_json::json;

const SECRET: &str = "hunter2";

fn exclusion() -> Exclusion {
    let patterns = ["*.pem", ".env*", "!.env.example", "secrets/**", "~/.netrc"];
    let user = UserPatterns::new(&patterns.map(str::to_owned));
    let repository = Patterns::new(["fixtures/", "!.env.local"]);
    let home = Home::new("/h".into(), [].into(), Os::Linux);
    let root = Path::new("/h/shop");
    let files = ExcludedFiles::new(&user, repository, Some("~/shop/api"), Some(root), &home);
    Exclusion::new(Arc::new(files.unwrap()))
}

fn event(event_type: EventType, call: Option<&str>, blocks: Vec<Block>) -> Event {
    let mut event = Event::new(EventId::new("e"), Timestamp::EPOCH, event_type);
    event.attributes.set_some(attribute::CALL_ID, call);
    event.content.blocks = blocks;
    event
}

fn result(call: Option<&str>, text: &str) -> Event {
    let event_type = EventType::ToolResult { name: "t".into(), is_error: false, call_id: None };
    event(event_type, call, vec![Block::text(text)])
}

fn written(event: &Event) -> String {
    let mut line = Vec::new();
    opensession_hail::write_event(event, &mut line);
    String::from_utf8(line).unwrap()
}

#[test]
fn files_are_meant_by_their_names_and_by_where_they_are() {
    let files = exclusion().files;
    for (path, pattern) in [
        ("a.pem", Some("*.pem")),
        ("/etc/ssl/a.pem", Some("*.pem")),
        ("./x/../.env", Some(".env*")),
        // A repository takes nothing back.
        (".env.local", Some(".env*")),
        (".env.example", None),
        ("secrets/a/b", Some("secrets/**")),
        ("../secrets/a", Some("secrets/**")),
        ("/h/shop/secrets/a", Some("secrets/**")),
        ("/elsewhere/secrets/a", None),
        ("../fixtures/a", Some("fixtures/")),
        ("file:///h/shop/api/a.pem", Some("*.pem")),
        ("~/.netrc", Some("/.netrc")),
        ("/h/.netrc", Some("/.netrc")),
        (".netrc", None),
        ("src/main.rs", None),
    ] {
        assert_eq!(files.find(path), pattern, "{path}");
    }
}

#[test]
fn a_call_that_names_such_a_file_keeps_its_path_and_nothing_of_the_content() {
    let content = format!("KEY={SECRET}");
    let edit = || json!({"file_path": ".env", "old_string": "a", "new_string": content});
    let path = || ".env".to_owned();
    let diff = Some(format!("+{content}\n"));
    let file = || Block::File { path: path(), content: Some(content.clone()) };
    let calls = [
        (EventType::FileRead { path: path() }, Block::json(json!({"file_path": ".env"})), true),
        (EventType::FileEdit { path: path(), diff }, Block::json(edit()), true),
        (EventType::FileCreate { path: path() }, file(), true),
        (EventType::ToolCall { name: "Edit".into() }, Block::json(edit()), true),
        (
            EventType::ShellCommand { command: "cat <.env".into(), exit_code: None },
            Block::json(json!({"command": "cat <.env"})),
            true,
        ),
        (
            EventType::ShellCommand { command: format!("echo {content} >.env"), exit_code: None },
            Block::json(json!({"command": ["sh", "-c", format!("echo {content} >.env")]})),
            false,
        ),
    ];
    for (event_type, block, keeps_path) in calls {
        let name = event_type.name();
        for call in [Some("c1"), None] {
            let (mut exclusion, mut counts) = (exclusion(), Counts::new());
            let mut invocation = event(event_type.clone(), call, vec![block.clone()]);
            let mut answer = result(call, &content);
            answer.content.blocks.push(Block::Image {
                url: "blobs/x.png".into(),
                alt: None,
                mime: "image/png".into(),
            });
            let mut other = result(Some("c2"), "fine");
            for event in [&mut invocation, &mut other, &mut answer] {
                count(&mut counts, exclusion.apply(event));
            }
            // What was taken out of what is stored is taken out again when that is redacted again.
            let mut again = [invocation.clone(), answer.clone()];
            let mut second = self::exclusion();
            for event in &mut again {
                second.apply(event);
            }
            assert_eq!(again, [invocation.clone(), answer.clone()], "{name}");
            let all = written(&invocation) + &written(&answer);
            assert!(!all.contains(SECRET) && !all.contains("blobs/"), "{name}: {all}");
            assert!(all.contains("[excluded:.env*]"), "{name}: {all}");
            assert_eq!(written(&invocation).contains(".env\""), keeps_path, "{name}: {all}");
            assert_eq!((written(&other).contains("fine"), counts[COUNTED]), (true, 2), "{name}");
        }
    }
}

#[test]
fn what_shows_several_files_loses_the_lines_of_such_files_alone() {
    let (mut exclusion, mut counts) = (exclusion(), Counts::new());
    let mut found = result(None, "src/a.rs:1:fine\n.env:1:KEY=hunter2\n.env:2:x\nb: fine\n");
    count(&mut counts, exclusion.apply(&mut found));
    let expected = "src/a.rs:1:fine\n.env:[excluded:.env*]\n.env:[excluded:.env*]\nb: fine\n";
    assert_eq!(found.content.blocks, [Block::text(expected)]);
    let diff = "diff --git a/x.pem b/x.pem\n+hunter2\ndiff --git a/y b/y\n+fine\n";
    let mut shown = result(None, diff);
    count(&mut counts, exclusion.apply(&mut shown));
    let expected = "diff --git a/x.pem b/x.pem\n[excluded:*.pem]\ndiff --git a/y b/y\n+fine\n";
    assert_eq!(shown.content.blocks, [Block::text(expected)]);
    let patch = "*** Update File: y\n+fine\n*** Add File: .env\n+hunter2\n*** End Patch";
    let edit = EventType::FileEdit { path: "y".into(), diff: Some("+fine".into()) };
    let mut patched = event(edit, None, vec![Block::json(json!({ "patch": patch }))]);
    count(&mut counts, exclusion.apply(&mut patched));
    assert!(written(&patched).contains("fine") && !written(&patched).contains(SECRET));
    assert_eq!(counts[COUNTED], 4);
}

#[test]
fn files_in_prompts_lose_their_content_and_what_names_none_stays() {
    let (mut exclusion, mut counts) = (exclusion(), Counts::new());
    let file = |path: &str| Block::File { path: path.into(), content: Some(SECRET.into()) };
    let blocks = vec![Block::text("look at @.env"), file("/h/shop/api/.env"), file("a.rs")];
    let mut prompt = event(EventType::UserMessage, None, blocks);
    count(&mut counts, exclusion.apply(&mut prompt));
    let kept =
        Block::File { path: "/h/shop/api/.env".into(), content: Some("[excluded:.env*]".into()) };
    assert_eq!(prompt.content.blocks[1..], [kept, file("a.rs")]);
    let ignore = json!({"file_path": ".gitignore", "content": ".env"});
    let create = EventType::FileCreate { path: ".gitignore".into() };
    let mut other = event(create, Some("c"), vec![Block::json(ignore)]);
    let before = other.clone();
    count(&mut counts, exclusion.apply(&mut other));
    assert_eq!((other, counts[COUNTED]), (before, 1));
}

#[test]
fn files_that_a_tool_puts_beside_a_prompt_lose_their_content() {
    let (mut exclusion, mut counts) = (exclusion(), Counts::new());
    let shown = json!({"filename": "/h/shop/api/.env", "content": {"file": {"content": SECRET}}});
    let mut injected =
        event(EventType::SystemMessage, None, vec![Block::text(SECRET), Block::json(shown)]);
    count(&mut counts, exclusion.apply(&mut injected));
    assert!(!written(&injected).contains(SECRET), "{}", written(&injected));
    assert!(written(&injected).contains("/h/shop/api/.env\""), "{}", written(&injected));
    // As Gemini CLI does.
    let texts = [
        "--- Content from referenced files ---",
        "\nContent from @.env:\n",
        SECRET,
        "\nContent from @a.rs:\n",
        "fine",
        "\n--- End of content ---",
    ];
    let mut injected = event(EventType::SystemMessage, None, texts.map(Block::text).to_vec());
    count(&mut counts, exclusion.apply(&mut injected));
    assert!(!written(&injected).contains(SECRET) && written(&injected).contains("fine"));
    let files = json!({"files": [{"path": ".env", "content": SECRET}, {"path": "a.rs", "content": "fine"}]});
    let mut read = event(
        EventType::ToolResult { name: "read".into(), is_error: false, call_id: None },
        None,
        vec![Block::json(files)],
    );
    count(&mut counts, exclusion.apply(&mut read));
    assert!(!written(&read).contains(SECRET) && written(&read).contains("fine"));
    assert_eq!(counts[COUNTED], 3);
}
