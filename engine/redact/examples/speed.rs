//! How fast the redactor starts and reads, and how much memory it takes.
//!
//! ```sh
//! cargo run --release -p opensession-redact --example speed -- DIR
//! ```
//!
//! `DIR` holds logs. Every line is an event: its long strings as texts, the rest as JSON. What an event costs is measured beside
//! what writing its canonical line costs, which has to be done anyway; each is the best of seven times.

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

use opensession_hail::{Block, Event, EventId, EventType, Timestamp, write_event};
use opensession_redact::{Counts, Key, Redactor, Settings};
use serde_json::Value;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// What is longer, in bytes, is a text of its own, as a parser makes it.
const LONG: usize = 200;

/// How many events are measured at once: few enough that other programs seldom come in between.
const CHUNK: usize = 20;

fn main() {
    let folder = std::env::args().nth(1).expect("a folder with logs is named");
    let start = Instant::now();
    let redactor = Redactor::new(Key::from_bytes([7; 32]), Settings::default());
    let line = "export DEPLOY_TOKEN=k3Zx9QaL0wEr7TyU1iOp5SdF".to_owned();
    drop(black_box(redactor.text(line, &mut Counts::new())));
    println!("| cold start, with one secret found | {:.1} ms |", milliseconds(start.elapsed()));
    println!("| memory by then | {:.1} MB |", peak_megabytes());

    let mut events = Vec::new();
    read(Path::new(&folder), &mut events);
    let mut counts = Counts::new();
    let (mut bytes, mut written, mut redacted) = (0, Duration::ZERO, Duration::ZERO);
    for chunk in events.chunks(CHUNK) {
        bytes += chunk.iter().map(|event| write(event).len()).sum::<usize>();
        written += best(chunk, |event| drop(black_box(write(&event))));
        redacted += best(chunk, |event| drop(black_box(redactor.event(event, &mut counts))));
    }
    let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    println!("| events | {} of {:.0} MB |", events.len(), bytes as f64 / 1e6);
    println!("| written alone | {:.0} MB/s |", speed(written));
    println!("| written and redacted | {:.0} MB/s |", speed(redacted));
    println!("| redaction alone | {:.0} MB/s |", speed(redacted.saturating_sub(written)));
    println!("| marks | {} |", counts.values().sum::<u64>() / TIMES);
}

/// How often each is measured.
const TIMES: u64 = 7;

/// Returns the shortest time that `work` took for all of these events.
fn best(events: &[Event], mut work: impl FnMut(Event)) -> Duration {
    let time = |_| {
        let copies = events.to_vec();
        let start = Instant::now();
        copies.into_iter().for_each(&mut work);
        start.elapsed()
    };
    (0..TIMES).map(time).min().unwrap_or_default()
}

fn write(event: &Event) -> Vec<u8> {
    let mut line = Vec::with_capacity(1024);
    write_event(event, &mut line);
    line
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Returns the most memory that this process had so far; 0 where the system does not say.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1000.0
}

/// Adds an event for every line of every file of text below `folder`.
fn read(folder: &Path, events: &mut Vec<Event>) {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, events);
        } else if let Ok(text) = fs::read_to_string(&path) {
            events.extend(text.lines().map(event));
        }
    }
}

fn event(line: &str) -> Event {
    let mut event = Event::new(EventId::new("e"), Timestamp::EPOCH, EventType::AgentMessage);
    match serde_json::from_str::<Value>(line) {
        Ok(mut value @ (Value::Object(_) | Value::Array(_))) => {
            take_texts(&mut value, &mut event.content.blocks);
            event.content.blocks.push(Block::json(value));
        }
        _ => event.content.blocks.push(Block::text(line)),
    }
    event
}

/// Moves the long strings of `value` into blocks.
fn take_texts(value: &mut Value, blocks: &mut Vec<Block>) {
    match value {
        Value::String(text) if text.len() > LONG => {
            blocks.push(Block::text(std::mem::take(text)));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| take_texts(item, blocks)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| take_texts(member, blocks));
        }
        _ => {}
    }
}
