//! The program from outside: real processes in hermetic homes, what they print, how they end.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod again;
mod authors;
mod blame;
mod browse;
mod capture;
mod damage;
mod demo;
mod doctor;
mod errors;
mod faults;
mod forget;
mod fsck;
mod index;
mod known;
mod leaks;
mod list;
mod overview;
mod parse;
mod place;
mod privacy;
mod reliability;
mod repository;
mod scan;
mod search;
mod secrets;
mod share;
mod shop;
mod show;
mod size;
mod stats;
mod surface;
mod sync;
mod terminal;
