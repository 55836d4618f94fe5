//! Who says what, and that each text is there once.

use super::*;

#[test]
fn each_text_is_told_once_whichever_copy_comes_first() {
    let parsed = parse_records(&[
        message("user", "go"),
        screen("user_message", "message", "go"),
        screen("agent_reasoning", "text", "hm"),
        screen("agent_message", "message", "ok"),
        (
            "response_item",
            json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "x"}),
        ),
        message("assistant", "ok"),
        message("assistant", "ok"),
        screen("agent_message", "message", "ok"),
        message("assistant", "in the model's stream only"),
        screen("agent_message", "message", "on screen only"),
    ]);
    assert_eq!(
        parsed.told(),
        [
            "UserMessage go",
            "Thinking hm",
            "AgentMessage ok",
            "AgentMessage ok",
            "AgentMessage in the model's stream only",
            "AgentMessage on screen only",
        ]
    );
    assert_eq!(parsed.report.dropped.get("second copy"), Some(&4));
}

#[test]
fn injected_context_is_the_systems_and_no_title() {
    let parsed = parse_records(&[
        message("developer", "<permissions instructions>\nread only"),
        message("user", "# AGENTS.md instructions for /src\n\n<INSTRUCTIONS>"),
        message("user", "<environment_context>\n  <cwd>/src</cwd>"),
        message(
            "user",
            "# Context from my IDE setup:\n\n## Open tabs:\n- a.rs\n\n## My request for Codex:\nfix it\n",
        ),
        message("user", "# A heading of my own\nplease"),
        message("user", "<turn_aborted>\nThe user interrupted"),
        ("event_msg", json!({"type": "turn_aborted", "reason": "interrupted"})),
    ]);
    let speakers: Vec<&str> = parsed.events.iter().map(|event| event.event_type.name()).collect();
    let system = "SystemMessage";
    assert_eq!(speakers, [system, system, system, system, "UserMessage", "UserMessage", system]);
    assert_eq!(parsed.stats().user_message_count, 2);
    assert_eq!(parsed.header.unwrap().context.title.as_deref(), Some("fix it"));
}

#[test]
fn a_bare_log_tells_its_folder_in_the_context() {
    let place = |context: &str| {
        let said = |text: &str| {
            json!({"type": "message", "id": null, "role": "user",
                "content": [{"type": "input_text", "text": text}]})
        };
        let (context, asked) = (said(context), said("go"));
        let head =
            json!({"id": "s1", "timestamp": "2025-08-21T23:05:00.550Z", "instructions": null});
        let state = json!({"record_type": "state"});
        parse(format!("{head}\n{state}\n{context}\n{asked}\n").as_bytes())
            .context("cwd")
            .map(str::to_owned)
    };
    let plain = "<environment_context>\nCurrent working directory: C:\\src\\my app\nApproval policy: never\n</environment_context>";
    assert_eq!(place(plain).as_deref(), Some("C:\\src\\my app"));
    let tagged = "<environment_context>\n  <cwd>/src/app</cwd>\n  <shell>zsh</shell>\n</environment_context>";
    assert_eq!(place(tagged).as_deref(), Some("/src/app"));
    assert_eq!(place("<environment_context>\n  <cwd></cwd>\n</environment_context>"), None);
    assert_eq!(place("look\nCurrent working directory: /src"), None);
}

#[test]
fn blank_texts_and_reasoning_without_summary_make_no_event() {
    let parsed = parse_records(&[
        message("user", "go"),
        message("assistant", " \n"),
        (
            "response_item",
            json!({"type": "reasoning", "summary": [], "content": null, "encrypted_content": "gAAA"}),
        ),
    ]);
    assert_eq!(parsed.told(), ["UserMessage go"]);
    assert_eq!(parsed.report.records(), 4);
}

#[test]
fn a_rewind_names_the_first_prompt_that_no_longer_counts() {
    let parsed = parse_records(&[
        message("user", "one"),
        message("user", "two"),
        message("assistant", "yes"),
        message("user", "three"),
        ("event_msg", json!({"type": "thread_rolled_back", "num_turns": 2})),
        message("user", "four"),
        ("event_msg", json!({"type": "thread_rolled_back", "num_turns": 9})),
    ]);
    let targets: Vec<Option<&str>> = parsed
        .events
        .iter()
        .filter(|event| tell(event) == "Custom rewind")
        .map(|event| event.attributes.str(attribute::REWIND_TO))
        .collect();
    assert_eq!(targets, [Some("line-3"), Some("line-2")]);
    assert_eq!(parsed.stats().user_message_count, 0);
}

#[test]
fn the_tools_own_title_wins_and_the_last_one_counts() {
    let name =
        |name: &str| ("event_msg", json!({"type": "thread_name_updated", "thread_name": name}));
    let parsed =
        parse_records(&[message("user", "go"), name("First"), name("Second\nname"), name("")]);
    assert_eq!(parsed.header.unwrap().context.title.as_deref(), Some("Second name"));
}

#[test]
fn a_compaction_told_twice_is_one() {
    let parsed = parse_records(&[
        message("user", "go"),
        ("compacted", json!({"message": "what was", "replacement_history": [{"type": "message"}]})),
        ("event_msg", json!({"type": "context_compacted"})),
        ("compacted", json!({"message": ""})),
    ]);
    assert_eq!(parsed.told(), ["UserMessage go", "SystemMessage what was", "Custom compaction"]);
}

#[test]
fn tokens_count_once_each_and_null_says_nothing() {
    let tokens = |info: Value| {
        ("event_msg", json!({"type": "token_count", "info": info, "rate_limits": {}}))
    };
    let usage = |input: u64| json!({"input_tokens": input, "cached_input_tokens": 60, "output_tokens": 7, "reasoning_output_tokens": 5, "total_tokens": input + 7});
    let once = json!({"total_token_usage": usage(100), "last_token_usage": usage(100)});
    let parsed = parse_records(&[
        message("user", "go"),
        tokens(Value::Null),
        tokens(once.clone()),
        tokens(once.clone()),
        message("assistant", "ok"),
        tokens(once),
    ]);
    let stats = parsed.stats();
    assert_eq!(
        (stats.total_input_tokens, stats.total_cache_read_tokens, stats.total_output_tokens),
        (40, 60, 7)
    );
    assert_eq!(parsed.told(), ["UserMessage go", "Custom usage", "AgentMessage ok"]);
    assert_eq!(parsed.report.understood.get("event_msg/token_count"), Some(&4));
}
