//! The engine over real stores, with small Claude Code logs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod again;
mod blame;
mod capture;
mod databases;
mod forks;
mod links;
mod lists;
mod log;
mod outline;
mod replay;
mod statistics;
