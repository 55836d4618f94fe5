//! The screen to browse in, on a pty made by `script`: keys go in when what they are about is seen.

use crate::place::{CODEX_LOG, Place};
use opensession_testkit::command;
use std::fs;
use std::io::{Read, Write};
use std::process::{Child, ChildStdout, Stdio};

/// Without it, the terminal would be asked for its background.
const SETTINGS: &str = "[tui]\ntheme = 'dark'\n";
const CONFIG: &str = ".config/opensession/opensession.toml";

/// The program on a terminal.
struct Browser<'p> {
    place: &'p Place,
    script: Child,
    output: ChildStdout,
    seen: String,
}

impl<'p> Browser<'p> {
    /// Starts the program between two looks at the terminal's state.
    fn start(place: &'p Place, arguments: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_opensession");
        let line = format!(
            "stty cols 80 rows 24; stty -a > before; \
             sh -c 'echo $$ > pid; exec {program} {arguments}'; stty -a > after"
        );
        let mut script = command("script", place.home.path())
            .env("TERM", "xterm-256color")
            .env("EDITOR", "sh editor")
            .args(["--quiet", "--command", &line, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = script.stdout.take().unwrap();
        Self { place, script, output, seen: String::new() }
    }

    /// Waits until the terminal got `text` anew.
    fn until(&mut self, text: &str) {
        let mut bytes = Vec::new();
        let mut some = [0; 4096];
        loop {
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            if shown.contains(text) {
                self.seen += &shown;
                return;
            }
            let read = self.output.read(&mut some).unwrap();
            assert!(read > 0, "{text:?} was never shown: {}{shown:?}", self.seen);
            bytes.extend_from_slice(&some[..read]);
        }
    }

    fn press(&mut self, keys: &str) {
        self.script.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the program has ended and asserts that the terminal is as it was; returns all that it got.
    fn end(mut self) -> String {
        let mut rest = Vec::new();
        self.output.read_to_end(&mut rest).unwrap();
        self.script.wait().unwrap();
        let state = |file| fs::read_to_string(self.place.home.path().join(file)).unwrap();
        assert_eq!(state("before"), state("after"));
        let seen = self.seen + &String::from_utf8_lossy(&rest);
        let place = |code: &str| seen.rfind(code).unwrap_or_else(|| panic!("{code:?} in {seen:?}"));
        assert!(place("\u{1b}[?1049h") < place("\u{1b}[?1049l"), "the screen is given back");
        assert!(place("\u{1b}[?25l") < place("\u{1b}[?25h"), "the cursor is shown");
        assert!(place("\u{1b}[?1000h") < place("\u{1b}[?1000l"), "the mouse is given back");
        seen
    }
}

fn place() -> Place {
    let place = Place::with_logs();
    place.home.write(CONFIG, SETTINGS);
    place
}

#[test]
fn sessions_are_captured_listed_searched_and_read() {
    let place = place();
    let mut browser = Browser::start(&place, "");
    browser.until("export.py");
    browser.press("/the_sum_is");
    browser.until("not_its_parts");
    browser.press("\r");
    browser.until("one-cent");
    browser.press("q");
    browser.end();
    place.assert_sound();
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for signal in ["-TERM", "-HUP", "-INT"] {
        let place = place();
        let mut browser = Browser::start(&place, "");
        browser.until("export.py");
        let pid = fs::read_to_string(place.home.path().join("pid")).unwrap();
        let killed = command("kill", place.home.path()).args([signal, pid.trim()]).status();
        assert!(killed.unwrap().success());
        browser.end();
    }
}

#[test]
fn the_editor_gets_every_key_and_an_interrupt_is_its_own() {
    let place = place();
    place.home.write(
        "editor",
        "printf 'edit> '; kill -INT $(cat pid); read -r line; echo \"got $line.\"",
    );
    let mut browser = Browser::start(&place, "");
    browser.until("export.py");
    browser.press("\r");
    // The prompt is read.
    browser.until("14:20:");
    browser.press("v");
    browser.until("edit> ");
    // Key by key, as a person types: each would be one more that another reader could take.
    for key in ["a", "b", "c", "\r"] {
        browser.press(key);
    }
    browser.until("got abc.");
    browser.until("back");
    browser.press("q");
    browser.end();
}

#[test]
fn nothing_of_a_log_steers_the_terminal() {
    let place = place();
    let log = String::from_utf8(crate::place::CODEX.to_vec()).unwrap();
    let hostile = "\\u001b]52;c;aGk=\\u0007\\u009b6n\\u202e";
    place.home.write(CODEX_LOG, log.replace("names with commas", hostile));
    let mut browser = Browser::start(&place, "");
    browser.until("export.py");
    browser.press("q");
    let seen = browser.end();
    assert!(!seen.contains("\u{1b}]52;") && !seen.contains(['\u{9b}', '\u{202e}']), "{seen:?}");
}

#[test]
fn a_late_answer_of_the_terminal_is_not_taken_for_keys() {
    let place = Place::with_logs();
    let mut browser = Browser::start(&place, "");
    browser.until("\u{1b}]11;?");
    // Once the list is shown, nobody waits for the answer any more.
    browser.until("export.py");
    browser.press("\u{1b}]10;rgb:0000/0000/0000\u{1b}\\\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\");
    // Headings are blue where the background is light.
    browser.until("[38;5;4;");
    browser.press("/the_sum_is");
    browser.until("not_its_parts");
    browser.press("\u{3}");
    let seen = browser.end();
    assert!(!seen.contains("rgb") && !seen.contains("repository"), "{seen:?}");
}

#[test]
fn keys_that_mean_nothing_are_refused_before_the_screen_is_taken() {
    let place = place();
    place.home.write(CONFIG, "[keys]\nquit = ['Q']\nstats = ['j']\n");
    let said = place.on_terminal("", &[]);
    assert!(
        said.contains("opensession.toml, line 3: keys.stats: \"j\" is move_down already"),
        "{said}"
    );
    assert!(!said.contains("\u{1b}[?1049h"), "{said:?}");
}

#[test]
fn a_terminal_that_can_do_nothing_gets_the_table() {
    let place = Place::captured();
    let shown = place.on_terminal("", &[("TERM", "dumb")]);
    assert!(shown.contains("opensession show 0195f0aa"), "{shown}");
}

#[test]
fn plain_lines_list_search_and_read() {
    let place = Place::captured();
    let mut plain = command(env!("CARGO_BIN_EXE_opensession"), place.home.path())
        .arg("--plain")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = b"tool:codex\n1\n7\nnothing-has-this\ntokens:lots\n?\nq\n1\n";
    plain.stdin.take().unwrap().write_all(lines).unwrap();
    let ran = crate::place::Ran::of(&plain.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let said = |text: &str| assert!(ran.stdout.contains(text), "{text:?} in {}", ran.stdout);
    said("2 sessions.\n1. export.py breaks on names with commas.");
    said("2. Fix the one-cent error in the cart total\n");
    said("> 1 session.\n1. export.py breaks");
    said("End of the session.\n> There is no 7; the last one is 1.\n> 0 sessions.\n");
    said("q leaves.");
    assert!(ran.stdout.ends_with("> "), "what stands behind q is not read");
}
