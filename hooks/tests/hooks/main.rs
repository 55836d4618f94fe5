//! Hooks in real repositories, and settings as tools write them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unused_must_use,
    reason = "a test that cannot go on fails"
)]

mod agents;
mod chained;
mod faults;
mod killed;
mod layouts;
mod properties;
mod removal;
mod sharing;
mod shells;
mod tree;
mod whole;
mod world;
