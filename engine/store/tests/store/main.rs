//! The store as its users see it, and as git sees it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod contract;
mod damage;
mod growth;
mod healing;
mod history;
#[cfg(unix)]
mod kills;
mod leftovers;
mod races;
mod sessions;
