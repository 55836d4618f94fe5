//! `opensession init --share`: agreeing to the remote, as `opensession sync` does.

use crate::commands::sync;
use crate::error::Failure;
use crate::output::Screen;
use crate::surroundings::Surroundings;
use opensession_engine::{Agreement, EnablePlan, Engine, Scope};
use std::path::Path;

/// What is to be shared, and with which remote; else the one that nobody has to name.
pub(super) struct Share<'a> {
    pub(super) root: &'a Path,
    pub(super) remote: Option<&'a str>,
}

impl Share<'_> {
    /// Refuses, before anything is changed, where nobody can be asked and the remote was not named with `yes`.
    pub(super) fn check(
        &self,
        yes: bool,
        plan: &EnablePlan,
        place: &Surroundings,
    ) -> Result<(), Failure> {
        if place.can_ask() || (yes && self.remote.is_some()) || self.is_agreed(place)? {
            return Ok(());
        }
        if plan.is_enabled {
            let engine = self.engine(place)?;
            let sharing = engine.sharing(self.remote)?;
            let way_out = format!("opensession init --share={} --yes", sharing.remote());
            return Err(sync::unasked(&sharing, yes, &way_out));
        }
        Err(Failure::Usage {
            message: "sessions were not shared yet, and there is no terminal to ask".to_owned(),
            hint: "`opensession init --share=REMOTE --yes` agrees to a remote".to_owned(),
        })
    }

    /// Returns whether somebody agreed to the remote before.
    pub(super) fn is_agreed(&self, place: &Surroundings) -> Result<bool, Failure> {
        match self.engine(place)?.sharing(self.remote) {
            Ok(sharing) => Ok(*sharing.agreement() == Agreement::Agreed),
            Err(opensession_engine::Error::NotEnabled { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Shows what would leave, and asks; returns the remote where it may.
    pub(super) fn agree(
        &self,
        yes: bool,
        place: &Surroundings,
        screen: &mut Screen,
    ) -> Result<Option<String>, Failure> {
        let engine = self.engine(place)?;
        let mut sharing = engine.sharing(self.remote)?;
        let remote = sharing.remote().to_string();
        if *sharing.agreement() == Agreement::Agreed {
            return Ok(Some(remote));
        }
        sync::fetch(&mut sharing, place)?;
        let is_agreed = yes && self.remote.is_some();
        Ok(sync::agree(&mut sharing, is_agreed, place, screen)?.then_some(remote))
    }

    fn engine(&self, place: &Surroundings) -> Result<Engine, Failure> {
        Ok(Engine::open(place.home.clone(), Scope::Repository(self.root.to_owned()))?)
    }
}
