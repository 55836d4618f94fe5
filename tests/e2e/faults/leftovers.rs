//! What others left: a ref that was cut short, locks, symbolic links, packs that the system does not let us open.

use super::injection::may_trace;
use super::note;
use super::scene::{Kind, Scene};
use crate::place::{CODEX, CODEX_LOG, files_below, rounds};
use opensession_testkit::{command, git};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

const REF: &str = "refs/heads/opensession/sessions";

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn commits(scene: &Scene) -> String {
    git(&scene.git_dir(), &["rev-list", "--count", "opensession/sessions"])
}

#[test]
fn a_ref_of_any_bytes_is_healed_and_never_replaced_by_a_new_root() {
    let scene = Scene::new(Kind::GrownAtHome);
    let file = scene.git_dir().join(REF);
    let tip = fs::read(&file).unwrap();
    let cut = (0..tip.len()).step_by(rounds(8, 1)).map(|length| tip[..length].to_vec());
    let garbage = [vec![0; tip.len()], b"hello\n".to_vec(), [b"1".repeat(40), vec![10]].concat()];
    for bytes in cut.chain(garbage) {
        scene.reset();
        fs::write(&file, &bytes).unwrap();
        let what = format!("a ref of {:?}", bytes.escape_ascii().to_string());
        let output = scene.capture(&[]).output().unwrap();
        assert!(output.status.success(), "{what}: {}", errors(&output));
        scene.assert_whole(&output, &what);
        assert_eq!(commits(&scene), "2", "{what}");
    }
}

/// What else stands in `packed-refs` is not ours, so a file that cannot be read is named and left as it is.
#[test]
fn packed_refs_that_are_cut_short_are_healed_or_named() {
    let scene = Scene::new(Kind::GrownInRepository);
    let packed = scene.git_dir().join("packed-refs");
    let _quiet = git(&scene.git_dir(), &["pack-refs", "--all"]);
    let whole = fs::read(&packed).unwrap();
    for length in (0..whole.len()).step_by(rounds(17, 1)) {
        scene.reset();
        let _quiet = git(&scene.git_dir(), &["pack-refs", "--all"]);
        let cut = &whole[..length];
        fs::remove_file(&packed).unwrap();
        fs::write(&packed, cut).unwrap();
        let output = scene.capture(&[]).output().unwrap();
        if output.status.success() {
            // The header alone, or half of it, is no fault that would hide another ref from git.
            assert_eq!(commits(&scene), "2", "{length}");
        } else {
            assert_eq!(output.status.code(), Some(5), "{length}: {}", errors(&output));
            assert!(errors(&output).contains("packed-refs"), "{length}: {}", errors(&output));
        }
        assert_eq!(fs::read(&packed).unwrap(), cut);
        fs::write(&packed, &whole).unwrap();
        let output = scene.capture(&[]).output().unwrap();
        assert!(output.status.success(), "{length}: {}", errors(&output));
        assert_eq!(commits(&scene), "2", "{length}");
    }
}

/// Starts a capture, and waits until it has found the lock on the ref to be taken several times.
fn start_and_meet(scene: &Scene, lock: &Path) -> Child {
    let trace = scene.trace();
    let (trace, lock) = (trace.to_str().unwrap(), lock.to_str().unwrap());
    let strace = ["strace", "-f", "-qq", "-e", "trace=%file", "-P", lock, "-o", trace];
    fs::write(trace, "").unwrap();
    let mut capture = scene.capture(&strace).stdout(Stdio::null()).spawn().unwrap();
    while fs::read_to_string(trace).unwrap().lines().count() < 40 {
        assert_eq!(capture.try_wait().unwrap(), None, "it did not wait");
        thread::yield_now();
    }
    capture
}

fn packs(scene: &Scene) -> usize {
    fs::read_dir(scene.git_dir().join("objects/pack")).unwrap().count()
}

fn age(lock: &Path) {
    let file = fs::File::options().append(true).open(lock).unwrap();
    let hour_ago = file.metadata().unwrap().modified().unwrap() - Duration::from_secs(3600);
    file.set_modified(hour_ago).unwrap();
}

#[test]
fn a_young_lock_is_waited_for() {
    if !may_trace() {
        return;
    }
    let scene = Scene::new(Kind::GrownInRepository);
    let lock = scene.git_dir().join(format!("{REF}.lock"));
    fs::write(&lock, "").unwrap();
    let before = packs(&scene);
    let mut capture = start_and_meet(&scene, &lock);
    assert!(lock.exists());
    // Waiting costs no disk.
    assert!(packs(&scene) <= before + 3);
    fs::remove_file(&lock).unwrap();
    assert!(capture.wait().unwrap().success());
    assert_eq!(commits(&scene), "2");
}

#[test]
fn the_lock_of_a_living_git_is_waited_for_however_old_it_is() {
    if !may_trace() {
        return;
    }
    let scene = Scene::new(Kind::GrownInRepository);
    let tip = git(&scene.git_dir(), &["rev-parse", "opensession/sessions"]);
    let mut owner = command("git", &scene.git_dir());
    let owner = owner.args(["update-ref", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut owner = owner.spawn().unwrap();
    let mut orders = owner.stdin.take().unwrap();
    let mut answers = BufReader::new(owner.stdout.take().unwrap()).lines();
    orders.write_all(format!("start\nupdate {REF} {tip} {tip}\nprepare\n").as_bytes()).unwrap();
    assert_eq!(answers.next().unwrap().unwrap(), "start: ok");
    assert_eq!(answers.next().unwrap().unwrap(), "prepare: ok");
    let lock = scene.git_dir().join(format!("{REF}.lock"));
    age(&lock);
    let mut capture = start_and_meet(&scene, &lock);
    assert!(lock.exists());
    orders.write_all(b"abort\n").unwrap();
    drop(orders);
    owner.wait().unwrap();
    assert!(capture.wait().unwrap().success());
    assert_eq!(commits(&scene), "2");
}

/// Alone among processes, so that no git of another test may be the owner.
fn alone(scene: &Scene) -> Option<Command> {
    let unshare = ["unshare", "--pid", "--fork", "--mount-proc"];
    let mut probe = command(unshare[0], "/".as_ref());
    if probe.args(&unshare[1..]).arg("true").output().is_ok_and(|it| it.status.success()) {
        return Some(scene.capture(&unshare));
    }
    note("left out: processes cannot be hidden from each other here");
    None
}

#[test]
fn a_lock_that_nobody_holds_is_cleared() {
    for kind in [Kind::FirstInRepository, Kind::GrownInRepository] {
        let scene = Scene::new(kind);
        for bytes in ["", "1111111111111111111111111111111111111111\n"] {
            scene.reset();
            let lock = scene.git_dir().join(format!("{REF}.lock"));
            fs::create_dir_all(lock.parent().unwrap()).unwrap();
            fs::write(&lock, bytes).unwrap();
            age(&lock);
            let Some(mut capture) = alone(&scene) else { return };
            let output = capture.output().unwrap();
            assert!(output.status.success(), "{}", errors(&output));
            scene.assert_whole(&output, "an abandoned lock");
        }
    }
}

/// Returns the files that a capture writes under a name that it knows before.
fn written(scene: &Scene) -> Vec<PathBuf> {
    let git_dir = scene.git_dir();
    let names = [
        "opensession/lock",
        "opensession/ref.new",
        "opensession/redaction.key",
        "opensession/redaction.key.new",
        "objects/pack/opensession-pack.new",
        "objects/pack/opensession-idx.new",
        "config.new",
        "HEAD.new",
        REF,
        &format!("logs/{REF}"),
    ];
    let mut files: Vec<PathBuf> = names.iter().map(|name| git_dir.join(name)).collect();
    for path in files_below(&scene.home()) {
        if path
            .components()
            .any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"captured"))
        {
            files.push(path.with_extension("new"));
            files.push(path);
        }
    }
    files
}

#[test]
fn a_symbolic_link_in_place_of_a_file_of_ours_is_never_followed() {
    for kind in [Kind::FirstAtHome, Kind::GrownInRepository] {
        let scene = Scene::new(kind);
        let canary = scene.home().with_file_name("canary");
        // A run that was not disturbed tells which files there are.
        assert!(scene.capture(&[]).output().unwrap().status.success());
        for file in written(&scene) {
            for exists in [true, false] {
                scene.reset();
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                if fs::symlink_metadata(&file).is_ok() {
                    fs::remove_file(&file).unwrap();
                }
                if exists {
                    fs::write(&canary, "safe").unwrap();
                }
                symlink(&canary, &file).unwrap();
                let output = scene.capture(&[]).output().unwrap();
                let (code, what) = (output.status.code(), file.display());
                assert!(matches!(code, Some(0 | 5 | 77)), "{what}: {code:?} {}", errors(&output));
                let found = fs::read_to_string(&canary).ok();
                assert_eq!(found.as_deref(), exists.then_some("safe"), "{what}");
                if exists {
                    fs::remove_file(&canary).unwrap();
                }
            }
        }
    }
}

/// A pack that the system does not let us open is no damage, from which the branch would be set back.
#[test]
fn a_pack_that_cannot_be_opened_stops_a_capture_and_moves_nothing() {
    if !may_trace() {
        return;
    }
    let scene = Scene::new(Kind::GrownAtHome);
    let old = files_below(&scene.git_dir().join("objects/pack"));
    assert!(scene.capture(&[]).output().unwrap().status.success());
    let mut new = files_below(&scene.git_dir().join("objects/pack"));
    new.retain(|path| !old.contains(path));
    assert_eq!(new.len(), 2);
    let log = scene.home().join(CODEX_LOG);
    fs::create_dir_all(log.parent().unwrap()).unwrap();
    fs::write(log, CODEX).unwrap();
    let tip = git(&scene.git_dir(), &["rev-parse", "opensession/sessions"]);
    let trace = scene.trace();
    for path in &new {
        for fault in
            ["openat:error=EIO", "openat:error=EMFILE", "openat:error=EACCES", "mmap:error=ENOMEM"]
        {
            let inject = format!("inject={fault}");
            let options = ["strace", "-f", "-qq", "-o", trace.to_str().unwrap(), "-P"];
            let path = path.to_str().unwrap();
            let mut capture = scene.capture(&[&options[..], &[path, "-e", &inject]].concat());
            let output = capture.output().unwrap();
            let what = format!("{fault} of {path}: {}", errors(&output));
            assert!(fs::read_to_string(&trace).unwrap().contains("(INJECTED)"), "{what}");
            assert!(matches!(output.status.code(), Some(8 | 74 | 77)), "{what}");
            assert_eq!(
                git(&scene.git_dir(), &["rev-parse", "opensession/sessions"]),
                tip,
                "{what}"
            );
        }
    }
    assert!(scene.capture(&[]).output().unwrap().status.success());
    assert_eq!(commits(&scene), "3");
}
