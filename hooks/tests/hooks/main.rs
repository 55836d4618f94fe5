//! Hooks in real repositories.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unused_must_use,
    reason = "a test that cannot go on fails"
)]

mod chained;
mod faults;
mod killed;
mod layouts;
mod removal;
mod shells;
mod tree;
mod whole;
mod world;
