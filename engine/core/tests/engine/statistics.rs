//! What sessions add up to.

use crate::log::{Machine, SESSION, answer, prompt};
use opensession_engine::hail::Timestamp;
use opensession_engine::{Clock, Dimension, Prices, Query, Statistics, Sum};

fn clock() -> Clock {
    Clock::utc(Timestamp::parse("2026-03-05T12:00:00Z").unwrap())
}

/// A session with an answer by a model that has a price and one by a model without, its sub-agent, and a session of
/// another day.
fn machine() -> Machine {
    let machine = Machine::new();
    let first = answer("b", 2, "done").replace("claude-x", "claude-opus-4-5-20251101");
    machine.log(SESSION, &(prompt("a", 1, "fix the bug") + &first + &answer("c", 3, "and more")));
    let agent = prompt("d", 2, "look around")
        + &answer("e", 3, "seen").replace("claude-x", "claude-haiku-4-5");
    let agent = agent.replace(r#""isSidechain":false"#, r#""isSidechain":true,"agentId":"a1""#);
    machine.log(&format!("{SESSION}/subagents/agent-a1"), &agent);
    let other = SESSION.replace("1111", "2222");
    let late =
        prompt("f", 4, "write a test").replace(SESSION, &other).replace("2026-03-01", "2026-03-02");
    machine.log(&other, &late);
    machine.capture();
    machine
}

fn statistics(machine: &Machine, text: &str, by: Dimension) -> Statistics {
    let mut index = machine.engine.index().unwrap();
    index.refresh(&mut |_| true).unwrap();
    let home = opensession_engine::Home::new(
        machine.home.path().to_owned(),
        std::collections::BTreeMap::new(),
        opensession_engine::Os::Linux,
    );
    let query = Query::parse(text, &clock()).unwrap();
    let prices = Prices::load(&home).unwrap();
    let [found] = index.statistics(&query, [by], &clock(), &prices).unwrap();
    found
}

fn line(sum: &Sum) -> String {
    let Sum { name, sessions, prompts, events, tokens, cost, .. } = sum;
    format!(
        "{name}: {sessions} sessions, {prompts} prompts, {events} events, {}+{} tokens, {:?} for {}, {} without",
        tokens.input,
        tokens.output,
        cost.known(),
        cost.known_tokens,
        cost.unknown_tokens
    )
}

fn lines(statistics: &Statistics) -> String {
    let lines: Vec<String> = statistics.sums.iter().chain([&statistics.all]).map(line).collect();
    lines.join("\n")
}

#[test]
fn sub_agents_use_tokens_but_are_no_sessions() {
    let machine = machine();
    // 3 tokens in and 5 out each: 3 × 5 + 5 × 25 millionths for the one model, 3 + 5 × 5 for the other.
    insta::assert_snapshot!(lines(&statistics(&machine, "", Dimension::Model)), @r"
    claude-opus-4-5-20251101: 1 sessions, 1 prompts, 3 events, 3+5 tokens, Some(140) for 8, 0 without
    : 1 sessions, 1 prompts, 1 events, 0+0 tokens, None for 0, 0 without
    claude-haiku-4-5: 0 sessions, 0 prompts, 2 events, 3+5 tokens, Some(28) for 8, 0 without
    claude-x: 0 sessions, 0 prompts, 0 events, 3+5 tokens, None for 0, 8 without
    : 2 sessions, 2 prompts, 6 events, 9+15 tokens, Some(168) for 16, 8 without
    ");
    insta::assert_snapshot!(lines(&statistics(&machine, "", Dimension::Day)), @r"
    2026-03-01: 1 sessions, 1 prompts, 5 events, 9+15 tokens, Some(168) for 16, 8 without
    2026-03-02: 1 sessions, 1 prompts, 1 events, 0+0 tokens, None for 0, 0 without
    : 2 sessions, 2 prompts, 6 events, 9+15 tokens, Some(168) for 16, 8 without
    ");
    let tools = statistics(&machine, "", Dimension::Tool);
    assert_eq!(tools.all, statistics(&machine, "", Dimension::File).all);
}

#[test]
fn a_query_chooses_the_sessions() {
    let machine = machine();
    for (query, sessions) in
        [("bug", 1), ("on:2026-03-02", 1), ("tool:codex", 0), ("-bug", 1), ("after:3d", 1)]
    {
        assert_eq!(statistics(&machine, query, Dimension::Repo).all.sessions, sessions, "{query}");
    }
}
