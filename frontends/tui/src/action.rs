//! Everything that a key can mean, with its name in `[keys]`, its default keys, and where it holds.

/// What the user wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table below says what each one does")]
pub enum Action {
    MoveDown,
    MoveUp,
    PageDown,
    PageUp,
    HalfPageDown,
    HalfPageUp,
    Top,
    Bottom,
    Open,
    Back,
    Quit,
    Suspend,
    Find,
    FindNext,
    FindPrevious,
    NextPrompt,
    PreviousPrompt,
    NextError,
    PreviousError,
    NextEdit,
    PreviousEdit,
    NextSession,
    PreviousSession,
    ToggleTools,
    ToggleThinking,
    Fold,
    FoldAll,
    Follow,
    CopyEvent,
    CopyLink,
    OpenEditor,
    Resume,
    Palette,
    Filter,
    Sort,
    Group,
    Stats,
    NextTab,
    PreviousTab,
    Refresh,
    Problems,
    Help,
}

/// On which screens an action has a meaning. Two actions may share a key where their places do not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On every screen.
    Everywhere,
    /// In the list of sessions.
    List,
    /// In a session.
    Session,
    /// Among the figures.
    Stats,
}

/// One line of the table: what is known of an action.
#[derive(Debug)]
pub struct Entry {
    /// The action.
    pub action: Action,
    /// Its name in `[keys]`.
    pub name: &'static str,
    /// Where it holds.
    pub place: Place,
    /// Its keys where the user has set no others.
    pub keys: &'static [&'static str],
    /// What it does, in a few words.
    pub about: &'static str,
}

const fn entry(
    action: Action,
    name: &'static str,
    place: Place,
    keys: &'static [&'static str],
    about: &'static str,
) -> Entry {
    Entry { action, name, place, keys, about }
}

/// Every action, in the order in which help shows them.
pub static ACTIONS: [Entry; 42] = {
    use Action as A;
    use Place::{Everywhere, List, Session};
    [
        entry(A::MoveDown, "move_down", Everywhere, &["down", "j"], "down"),
        entry(A::MoveUp, "move_up", Everywhere, &["up", "k"], "up"),
        entry(A::PageDown, "page_down", Everywhere, &["pgdn", "space"], "a page down"),
        entry(A::PageUp, "page_up", Everywhere, &["pgup"], "a page up"),
        entry(A::HalfPageDown, "half_page_down", Everywhere, &["ctrl-d"], "half a page down"),
        entry(A::HalfPageUp, "half_page_up", Everywhere, &["ctrl-u"], "half a page up"),
        entry(A::Top, "top", Everywhere, &["home", "g"], "to the top"),
        entry(A::Bottom, "bottom", Everywhere, &["end", "G"], "to the bottom"),
        entry(A::Open, "open", Everywhere, &["enter"], "open"),
        entry(A::Back, "back", Everywhere, &["esc"], "back"),
        entry(A::Find, "find", Everywhere, &["/"], "search"),
        entry(A::FindNext, "find_next", Session, &["n"], "next match"),
        entry(A::FindPrevious, "find_previous", Session, &["N"], "previous match"),
        entry(A::Filter, "filter", List, &["f"], "filter"),
        entry(A::Sort, "sort", List, &["S"], "sort by something else"),
        entry(A::Group, "group", List, &["b"], "group by day, repository, tool"),
        entry(A::NextPrompt, "next_prompt", Session, &["J"], "next prompt"),
        entry(A::PreviousPrompt, "previous_prompt", Session, &["K"], "previous prompt"),
        entry(A::NextError, "next_error", Session, &["}"], "next error"),
        entry(A::PreviousError, "previous_error", Session, &["{"], "previous error"),
        entry(A::NextEdit, "next_edit", Session, &[")"], "next edit"),
        entry(A::PreviousEdit, "previous_edit", Session, &["("], "previous edit"),
        entry(A::NextSession, "next_session", Session, &["]"], "next session"),
        entry(A::PreviousSession, "previous_session", Session, &["["], "previous session"),
        entry(A::ToggleTools, "toggle_tools", Session, &["t"], "show or hide tool calls"),
        entry(A::ToggleThinking, "toggle_thinking", Session, &["T"], "show or hide thinking"),
        entry(A::Fold, "fold", Session, &["z"], "fold or unfold"),
        entry(A::FoldAll, "fold_all", Session, &["Z"], "fold or unfold all"),
        entry(A::Follow, "follow", Session, &["F"], "follow a running session"),
        entry(A::CopyEvent, "copy_event", Everywhere, &["y"], "copy"),
        entry(A::CopyLink, "copy_link", Everywhere, &["Y"], "copy the id"),
        entry(A::OpenEditor, "open_editor", Session, &["v"], "open in $EDITOR"),
        entry(A::Resume, "resume", Everywhere, &["r"], "copy the command that resumes it"),
        entry(A::Palette, "palette", Everywhere, &["ctrl-p", "ctrl-k"], "every command"),
        entry(A::Stats, "stats", Everywhere, &["a"], "figures"),
        entry(
            A::NextTab,
            "next_tab",
            Place::Stats,
            &["tab", "right"],
            "tools, models, repositories, files",
        ),
        entry(
            A::PreviousTab,
            "previous_tab",
            Place::Stats,
            &["shift-tab", "left"],
            "the other way round",
        ),
        entry(A::Refresh, "refresh", Everywhere, &["R"], "look for new sessions"),
        entry(A::Problems, "problems", Everywhere, &["!"], "what could not be read or captured"),
        entry(A::Help, "help", Everywhere, &["?", "f1"], "keys"),
        entry(A::Suspend, "suspend", Everywhere, &["ctrl-z"], "to the shell; `fg` comes back"),
        entry(A::Quit, "quit", Everywhere, &["q"], "quit"),
    ]
};

impl Action {
    /// Returns what is known of the action.
    #[must_use]
    pub fn entry(self) -> Option<&'static Entry> {
        ACTIONS.iter().find(|entry| entry.action == self)
    }

    /// Returns what it does, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.entry().map_or("", |entry| entry.about)
    }
}

impl Place {
    /// Returns whether a key could mean something of both places at once.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self == other || self == Self::Everywhere || other == Self::Everywhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_names_stand_in_the_table_once() {
        for (index, entry) in ACTIONS.iter().enumerate() {
            let others = ACTIONS.iter().skip(index + 1);
            assert!(
                others
                    .clone()
                    .all(|other| other.name != entry.name && other.action != entry.action),
                "{}",
                entry.name
            );
            assert!(!entry.about.is_empty());
        }
    }
}
