//! The store as its users see it, and as git sees it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod adopting;
mod binding;
mod blaming;
mod consent;
mod contract;
mod damage;
mod differences;
mod growth;
mod healing;
mod health;
mod history;
mod identities;
mod joining;
#[cfg(unix)]
mod kills;
mod leftovers;
#[cfg(target_os = "linux")]
mod limits;
mod links;
mod locations;
#[cfg(unix)]
mod pieces;
mod prompts;
mod races;
mod refusals;
mod remotes;
mod repairing;
mod servers;
mod sessions;
mod shapes;
#[cfg(unix)]
mod simulation;
mod size;
mod surroundings;
mod tables;
mod traps;
mod web;
