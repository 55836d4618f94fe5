//! The terminal screen: a pure update of a model, and effects that a runner carries out.
//!
//! [`update()`] takes one [`Message`] after the other into the [`Model`] and returns [`Effect`]s; [`view()`] draws the
//! model. Neither reads a file, the clock or the environment.

pub mod action;
pub mod ansi;
pub mod answer;
pub mod chord;
pub mod clipboard;
pub mod dates;
pub mod diff;
pub mod editor;
pub mod effect;
pub mod highlight;
pub mod input;
pub mod keymap;
pub mod list;
pub mod markdown;
pub mod message;
pub mod model;
pub mod overlay;
pub mod resume;
pub mod run;
pub mod scene;
pub mod session;
pub mod signals;
pub mod stats;
pub mod styled;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;
pub mod welcome;
pub mod work;

pub use effect::Effect;
pub use message::Message;
pub use model::Model;
pub use run::{Error, Start, run};
pub use update::update;
pub use view::view;
