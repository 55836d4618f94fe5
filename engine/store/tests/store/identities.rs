//! Who commits: the same as git says.

use opensession_hail::Author;
use opensession_store::{identity, locate};
use opensession_testkit::{TestHome, command, git};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A home folder with a repository in it, and the variables of its user.
struct Desk {
    home: TestHome,
    root: PathBuf,
    variables: BTreeMap<&'static str, String>,
}

impl Desk {
    fn new() -> Self {
        let home = TestHome::new();
        let root = home.path().canonicalize().unwrap();
        let _quiet = git(&root, &["init", "--quiet", "--initial-branch=main", "work/shop"]);
        let variables = BTreeMap::from([("GIT_CONFIG_SYSTEM", "/dev/null".to_owned())]);
        Self { home, root, variables }
    }

    fn shop(&self) -> PathBuf {
        self.root.join("work/shop")
    }

    fn ours(&self, folder: &Path) -> opensession_store::Result<Option<Author>> {
        let location = locate(folder, None).unwrap();
        identity(location.as_ref(), &self.root, &|name| self.variables.get(name).cloned())
    }

    /// Returns what git would write into a commit without guessing.
    fn gits(&self, folder: &Path) -> Option<String> {
        let mut command = command("git", folder);
        for name in ["AUTHOR", "COMMITTER"] {
            command.env_remove(format!("GIT_{name}_NAME")).env_remove(format!("GIT_{name}_EMAIL"));
        }
        command.env_remove("GIT_CONFIG_GLOBAL").env("HOME", &self.root).envs(&self.variables);
        let asked =
            command.args(["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"]).output();
        let asked = asked.unwrap();
        let said = String::from_utf8(asked.stdout).unwrap();
        said.rsplit_once("> ").map(|(who, _time)| format!("{who}>"))
    }

    #[track_caller]
    fn assert_same(&self, folder: &Path, expected: Option<&str>) {
        let ours = self.ours(folder).unwrap().map(|author| author.to_string());
        assert_eq!(ours.as_deref(), expected);
        assert_eq!(self.gits(folder).as_deref(), expected);
    }
}

#[test]
fn the_nearest_configuration_names_who_commits() {
    let mut desk = Desk::new();
    let shop = desk.shop();
    desk.assert_same(&shop, None);
    desk.home.write(".config/git/config", "[user]\n\tname = X\n\temail = x@example.com\n");
    desk.assert_same(&shop, Some("X <x@example.com>"));
    desk.home.write(".gitconfig", "[user]\n\tname = \" Jane Doe, \"\n");
    desk.assert_same(&shop, Some("Jane Doe <x@example.com>"));
    desk.assert_same(&desk.root, Some("Jane Doe <x@example.com>"));
    let _quiet = git(&shop, &["config", "user.email", "<jane@work.example>"]);
    desk.assert_same(&shop, Some("Jane Doe <jane@work.example>"));
    let _quiet = git(&shop, &["config", "author.name", "J. \"the cat\" Doe"]);
    desk.assert_same(&shop, Some("J. \"the cat\" Doe <jane@work.example>"));
    let global = desk.home.write("other", "[user]\n\tname = O\n\temail = o@example.com\n");
    desk.variables.insert("GIT_CONFIG_GLOBAL", global.display().to_string());
    desk.assert_same(&desk.root, Some("O <o@example.com>"));
}

#[test]
fn what_is_included_counts_where_its_condition_holds() {
    let desk = Desk::new();
    let shop = desk.shop();
    desk.home.write("work.inc", "[user]\n\temail = jane@work.example\n");
    desk.home.write("topic.inc", "[user]\n\tname = Topic\n");
    desk.home.write("forge.inc", "[user]\n\tname = Forge\n");
    desk.home.write(
        ".gitconfig",
        "[user]\n\tname = Jane\n\temail = jane@example.com\n\
         [includeIf \"gitdir:~/work/\"]\n\tpath = ~/work.inc\n\
         [includeIf \"onbranch:topic\"]\n\tpath = topic.inc\n\
         [includeIf \"hasconfig:remote.*.url:https://forge.example/**\"]\n\tpath = forge.inc\n\
         [include]\n\tpath = nowhere.inc\n",
    );
    desk.assert_same(&desk.root, Some("Jane <jane@example.com>"));
    desk.assert_same(&shop, Some("Jane <jane@work.example>"));
    let _quiet = git(&shop, &["symbolic-ref", "HEAD", "refs/heads/topic"]);
    desk.assert_same(&shop, Some("Topic <jane@work.example>"));
    let _quiet = git(&shop, &["remote", "add", "origin", "https://forge.example/shop.git"]);
    desk.assert_same(&shop, Some("Forge <jane@work.example>"));
}

#[test]
fn a_work_tree_may_have_a_committer_of_its_own() {
    let desk = Desk::new();
    let (shop, linked) = (desk.shop(), desk.root.join("linked"));
    for (name, value) in [("user.name", "Jane"), ("user.email", "jane@example.com")] {
        let _quiet = git(&shop, &["config", name, value]);
    }
    let _quiet = git(&shop, &["commit", "--quiet", "--allow-empty", "--message=x"]);
    let _quiet = git(&shop, &["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    let _quiet = git(&shop, &["config", "extensions.worktreeConfig", "true"]);
    let _quiet = git(&linked, &["config", "--worktree", "user.name", "Robot"]);
    desk.assert_same(&shop, Some("Jane <jane@example.com>"));
    desk.assert_same(&linked, Some("Robot <jane@example.com>"));
}

#[test]
fn half_an_identity_is_not_completed_by_guessing() {
    let mut desk = Desk::new();
    desk.variables.insert("GIT_AUTHOR_NAME", "Somebody".to_owned());
    desk.home.write(".gitconfig", "[user]\n\tname = Jane\n");
    let shown = |desk: &Desk| desk.ours(&desk.root).unwrap().map(|author| author.to_string());
    assert_eq!(shown(&desk).as_deref(), Some("Jane"));
    desk.home.write(".gitconfig", "[user]\n\temail = jane@example.com\n\tname = \" . \"\n");
    assert_eq!(shown(&desk).as_deref(), Some("jane@example.com"));
    desk.home.write(".gitconfig", "[user\n");
    let error = desk.ours(&desk.root).unwrap_err().to_string();
    assert!(error.contains("/.gitconfig"), "{error}");
    // A pipe that is included would never end.
    desk.home.write(".gitconfig", "[user]\n\tname = Jane\n[include]\n\tpath = pipe\n");
    assert!(command("mkfifo", &desk.root).arg("pipe").status().unwrap().success());
    assert_eq!(shown(&desk).as_deref(), Some("Jane"));
    fs::remove_file(desk.root.join("pipe")).unwrap();
}
