//! The index as its users see it, held against the branches.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod database;
mod histories;
mod search;
mod world;
