//! `opensession` on a terminal: the screen to browse in.

use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::surroundings::Surroundings;
use opensession_engine::{Config, Engine, Error};
use opensession_tui::keymap::{KeyMap, KeyProblem};
use opensession_tui::{Start, run as show};
use std::io;
use std::path::Path;

/// Shows the sessions of `engine`, the engine of the repository `folder`, or all of the user's; `all` captures.
pub(super) fn run(
    engine: Engine,
    all: Engine,
    folder: Option<&Path>,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let config = Config::load(&place.home)?;
    let keymap = KeyMap::new(&config.keys).map_err(|KeyProblem { line, reason }| {
        Error::Config { path: Config::path(&place.home), line, reason }
    })?;
    output.stdout.flush()?;
    let shown = show(Start {
        shown: engine,
        all,
        home: place.home.clone(),
        temporary: place.temporary.clone(),
        repository: folder
            .map_or_else(String::new, |folder| place.short_path(&folder.display().to_string())),
        now: place.clock,
        zone: (place.zone)(),
        background: config.theme,
        colour: output.stdout.has_colour(),
        mouse: !config.no_mouse,
        keymap,
        editor: place.editor().to_owned(),
    });
    match shown {
        Ok(()) => Ok(Exit::Done),
        Err(opensession_tui::Error::Terminal(error)) => Err(Failure::Output(error)),
        Err(mistake) => Err(Failure::Output(io::Error::other(mistake.to_string()))),
    }
}
