//! Mending what is safe to mend: what another command would do anyway.

use super::{Diagnosis, Doctor, Mend};
use crate::{Error, Result, registry};
use opensession_store::Store;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// How long a store may keep others waiting.
const PATIENCE: Duration = Duration::from_secs(15);

/// What was done, or tried.
#[derive(Debug)]
pub struct Mended {
    /// What it was about; `None` for the machine.
    pub place: Option<PathBuf>,
    /// What was done.
    pub text: String,
    /// Why it could not be done, where it could not.
    pub error: Option<String>,
}

impl Doctor {
    /// Mends what `found` says can be mended, except for hooks, which are the frontend's; returns what was done. Each is
    /// done once, and one that fails stops no other. Where the configuration cannot be read nothing is captured: what it
    /// keeps out is not known.
    #[must_use]
    pub fn mend(&self, found: &[Diagnosis]) -> Vec<Mended> {
        // In the order of the variants: stores first, the index last.
        let wanted: BTreeSet<&Mend> =
            found.iter().filter_map(|diagnosis| diagnosis.verdict.mend.as_ref()).collect();
        let mut done = Vec::new();
        for mend in wanted {
            let (place, text, ended) = match mend {
                Mend::Tend(git_dir) => {
                    let tended = self.tend(git_dir);
                    let text = match &tended {
                        Ok(true) => "set its ref back to the newest state that can be read",
                        Ok(false) | Err(_) => "cleared what dead writers left",
                    };
                    (Some(git_dir.clone()), text, tended.map(drop))
                }
                Mend::Unlist(git_dir) => {
                    let ended = registry::remove(&self.data_dir(), git_dir);
                    (Some(git_dir.clone()), "forgot that there was a repository", ended)
                }
                Mend::WorkOff if self.problem.is_some() => continue,
                Mend::WorkOff => {
                    let ended = self.engine.catch_up(self.now);
                    (None, "captured what was new, and worked off what hooks saw", ended)
                }
                Mend::Index => (None, "made the index anew", self.make_index()),
                Mend::Hooks(_) => continue,
            };
            let error = ended.err().map(|error| error.to_string());
            done.push(Mended { place, text: text.to_owned(), error });
        }
        done
    }

    fn tend(&self, git_dir: &std::path::Path) -> Result<bool> {
        Ok(Store::open(git_dir)?.tend(self.now, PATIENCE)?)
    }

    fn make_index(&self) -> Result<()> {
        self.engine.remove_index()?;
        let mut index = self.engine.index()?;
        index.refresh(&mut |_progress| true)?;
        match index.detour() {
            None => Ok(()),
            Some(reason) => {
                let source = std::io::Error::other(reason.to_owned());
                Err(Error::io("write", self.engine.index_path())(source))
            }
        }
    }
}
