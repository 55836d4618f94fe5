//! The store as its users see it, and as git sees it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod adopting;
mod contract;
mod damage;
mod growth;
mod healing;
#[cfg(unix)]
mod kills;
mod leftovers;
mod links;
mod races;
mod repairing;
mod sessions;
