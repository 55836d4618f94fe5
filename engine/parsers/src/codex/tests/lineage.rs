//! Forks, resumed sessions and sub-agents: whose records a log holds.

use super::*;

/// A log that begins with its own head, then the parent's records within milliseconds, then its own.
fn forked(own: &Value) -> String {
    let said = |text: &str| message("assistant", text).1;
    [
        line(0, "session_meta", own),
        line(5, "session_meta", &json!({"id": "parent", "cwd": "/elsewhere"})),
        line(6, "response_item", &message("user", "the parent's prompt").1),
        line(120, "event_msg", &json!({"type": "token_count", "info": {"total_token_usage": {"input_tokens": 50, "output_tokens": 5}}})),
        line(300, "response_item", &said("the parent's answer")),
        line(2000, "event_msg", &json!({"type": "token_count", "info": {"total_token_usage": {"input_tokens": 50, "output_tokens": 5}}})),
        line(2001, "response_item", &message("user", "my prompt").1),
        line(2100, "event_msg", &json!({"type": "token_count", "info": {"total_token_usage": {"input_tokens": 60, "output_tokens": 6}}})),
    ]
    .concat()
}

#[test]
fn the_parents_copy_is_left_out_and_its_totals_are_not_counted_again() {
    let parsed = parse(forked(&json!({"id": "child", "cwd": "/src"})).as_bytes());
    assert_eq!(parsed.told(), ["UserMessage my prompt", "Custom usage"]);
    assert_eq!(parsed.id.as_ref().map(SessionId::as_str), Some("child"));
    assert_eq!(parsed.report.dropped.get("parent history"), Some(&4));
    let stats = parsed.stats();
    assert_eq!((stats.total_input_tokens, stats.total_output_tokens), (10, 1));
    assert_eq!(parsed.context("forked_from_session_id"), Some("parent"));
    assert_eq!(parsed.context(attribute::SESSION_ROLE), None);
    assert_eq!(parsed.context(attribute::CWD), Some("/src"));
}

#[test]
fn a_sub_agents_session_is_auxiliary_and_its_prompts_are_its_parents() {
    let spawn = json!({"thread_spawn": {"parent_thread_id": "parent", "depth": 1, "agent_role": "explorer"}});
    let own = json!({"id": "child", "source": {"subagent": spawn}, "agent_nickname": "Ohm"});
    let text = forked(&own) + &line(9000, "response_item", &message("assistant", "done").1);
    let parsed = parse(text.as_bytes());
    assert_eq!(parsed.told(), ["SystemMessage my prompt", "Custom usage", "AgentMessage done"]);
    assert_eq!(parsed.context(attribute::SESSION_ROLE), Some("auxiliary"));
    assert_eq!(parsed.context(attribute::PARENT_SESSION_ID), Some("parent"));
    assert_eq!(parsed.context("agent_role"), Some("explorer"));
    assert_eq!(parsed.context("forked_from_session_id"), None);
}

#[test]
fn a_resumed_log_repeats_its_own_head_and_goes_on() {
    let meta = |version: &str| {
        ("session_meta", json!({"id": "s1", "cwd": "/src", "cli_version": version}))
    };
    let parsed = parse_records(&[message("user", "one"), meta("0.2"), message("user", "two")]);
    assert_eq!(parsed.told(), ["UserMessage one", "UserMessage two"]);
    assert_eq!(parsed.report.tool_version.as_deref(), Some("0.2"));
    assert!(parsed.report.dropped.is_empty());
}

#[test]
fn a_head_behind_another_record_is_the_logs_own() {
    let meta = line(9, "session_meta", &json!({"id": "s1", "cwd": "/src"}));
    let text = format!("no JSON\n{meta}{}", line(20, "response_item", &message("user", "go").1));
    let parsed = parse(text.as_bytes());
    assert_eq!(parsed.told(), ["Custom unparsed", "UserMessage go"]);
    assert_eq!(parsed.context(attribute::CWD), Some("/src"));
}
