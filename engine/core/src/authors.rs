//! Whose a session is: said when it is stored first, and as far as its owner wants it known.

use crate::{Config, place};
use opensession_hail::{Author, Header};
use opensession_parsers::Home;
use opensession_store::{identity, locate};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What `identity.nickname` holds where nobody has set it.
const PLACEHOLDER: &str = "user";

/// Under which names this user's sessions are known.
#[derive(Debug)]
pub(crate) struct Authors {
    home: Home,
    /// `identity.nickname`.
    nickname: Option<Author>,
    /// Whether nobody is to learn whose the user's sessions are.
    is_hidden: bool,
    /// Whether no address is stored.
    without_emails: bool,
    /// Who works in a folder, as logs name it.
    known: Mutex<HashMap<Option<String>, Names>>,
}

/// The names of one person: the nickname first, then what git calls them.
type Names = Arc<[Author]>;

impl Authors {
    /// Returns the authors as the user has set it.
    pub(crate) fn new(config: &Config, home: &Home) -> Self {
        let nickname = config.nickname.as_deref().filter(|name| *name != PLACEHOLDER);
        Self {
            home: home.clone(),
            nickname: Author::new(nickname, None),
            // Who wants their name on this machine to be unknown has another one that says the same.
            is_hidden: config.strip_author || config.strip_user,
            without_emails: config.strip_emails,
            known: Mutex::default(),
        }
    }

    /// Returns the names of the user in `cwd`, a folder as logs name it; without one, outside of repositories.
    ///
    /// A folder that is gone lies where the nearest folder above it that is still there does. A configuration that git
    /// cannot read names nobody: no session is lost for that.
    pub(crate) fn names(&self, cwd: Option<&str>) -> Names {
        let place = cwd.map(str::to_owned);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let names = known.entry(place).or_insert_with(|| {
            let folder = cwd.map(|cwd| place::local(cwd, &self.home));
            let folders = folder.iter().filter(|folder| folder.is_absolute());
            let there =
                folders.flat_map(|folder| folder.ancestors()).find(|folder| folder.is_dir());
            let location = there.and_then(|folder| locate(folder, None).ok().flatten());
            let variable = |name: &str| self.home.var(name).map(str::to_owned);
            let of_git = identity(location.as_ref(), self.home.dir(), &variable).ok().flatten();
            self.nickname.iter().cloned().chain(of_git).collect()
        });
        Arc::clone(names)
    }

    /// Says in the header of a session that is stored whole whose it is: the `owner` of what it takes the place of, else
    /// whom the log names, else the user.
    pub(crate) fn sign(&self, header: &mut Header, owner: Option<&Author>) {
        if owner.is_some() {
            header.set_author(owner);
        } else if header.author().is_none() {
            let names = self.names(header.cwd());
            header.set_author(names.first());
        }
        self.hide(header);
    }

    /// Says in the header of a session that goes on what `stored` says: whoever stored it first owns it.
    pub(crate) fn keep(&self, header: &mut Header, stored: &Header) {
        header.set_author(stored.author().as_ref());
        self.hide(header);
    }

    /// Takes out of a header what the user wants nobody to know.
    pub(crate) fn hide(&self, header: &mut Header) {
        if !self.is_hidden && !self.without_emails {
            return;
        }
        let Some(author) = header.author() else { return };
        let names = self.names(header.cwd());
        if self.is_hidden && names.iter().any(|own| own.is(&author)) {
            header.set_author(None);
        } else if self.without_emails {
            header.set_author(Author::new(author.name(), None).as_ref());
        }
    }
}
