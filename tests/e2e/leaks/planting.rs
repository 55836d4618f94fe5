//! Secrets of many kinds, each drawn anew, and logs with such secrets wherever a tool writes what people say and do.

use serde_json::{Map, Value};
use std::collections::HashSet;

/// So many bytes of a secret in a row are a leak.
pub(crate) const WINDOW: usize = 8;

const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Parts of the names of members that hold what is kept as it is: ids join records, and models are named.
const KEPT: [&str; 5] = ["id", "model", "sign", "encrypted", "session"];

/// Draws secrets, the same ones from the same seed, and remembers them.
pub(crate) struct Secrets {
    state: u64,
    windows: HashSet<Vec<u8>>,
}

impl Secrets {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, windows: HashSet::new() }
    }

    /// Returns a number below `bound` (SplitMix64).
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Returns how many secrets' parts there are to look for.
    pub(crate) fn count(&self) -> usize {
        self.windows.len()
    }

    /// Returns where in `bytes` a part of a secret stands.
    pub(crate) fn find_in(&self, bytes: &[u8]) -> Option<usize> {
        bytes.windows(WINDOW).position(|window| self.windows.contains(window))
    }

    /// Returns letters and digits that are remembered as secret.
    fn drawn(&mut self, length: usize) -> String {
        let drawn: String = (0..length)
            .map(|_| char::from(LETTERS[usize::try_from(self.below(62)).unwrap()]))
            .collect();
        self.remember(&drawn);
        drawn
    }

    fn remember(&mut self, secret: &str) {
        self.windows.extend(secret.as_bytes().windows(WINDOW).map(<[u8]>::to_vec));
    }

    /// Returns a secret that is known by its letters, without spaces and slashes.
    pub(crate) fn word(&mut self) -> String {
        let kinds = [
            ("ghp_", 36),
            ("sk-ant-api03-", 95),
            ("sk-proj-", 120),
            ("glpat-", 20),
            ("npm_", 36),
            ("hf_", 34),
            ("AIza", 35),
            ("xoxb-123456789012-", 24),
            ("github_pat_", 82),
            ("gsk_", 52),
            ("eyJhbGciOiJIUzI1NiJ9.eyJ", 60),
        ];
        let (prefix, length) = kinds[usize::try_from(self.below(kinds.len() as u64)).unwrap()];
        match prefix {
            "eyJhbGciOiJIUzI1NiJ9.eyJ" => {
                [prefix, &self.drawn(length), ".", &self.drawn(43)].concat()
            }
            _ => [prefix, &self.drawn(length)].concat(),
        }
    }

    /// Returns a line or more with a secret in it, as it stands in prompts, commands, outputs and files.
    pub(crate) fn text(&mut self) -> String {
        let drawn = |this: &mut Self, before: &str, length, after: &str| {
            [before, &this.drawn(length), after].concat()
        };
        match self.below(14) {
            0 => drawn(self, "export DEPLOY_TOKEN=", 40, ""),
            1 => drawn(self, "postgres://app:", 16, "@db.internal:5432/app"),
            2 => drawn(self, "curl -sS -u admin:", 16, " https://api.internal/v1"),
            3 => drawn(self, "{\"client_secret\": \"", 32, "\"}"),
            4 => drawn(self, "-H 'Authorization: Bearer ", 40, "'"),
            5 => drawn(self, "Cookie: theme=dark; sid=", 32, "; lang=en"),
            6 => drawn(self, "AWS_SECRET_ACCESS_KEY=", 40, ""),
            7 => drawn(self, "+  password: \"", 24, "\""),
            8 => {
                let lines: Vec<String> = (0..4).map(|_| self.drawn(64)).collect();
                let name = "RSA PRIVATE KEY";
                format!("-----BEGIN {name}-----\n{}\n-----END {name}-----", lines.join("\n"))
            }
            9 => format!("\u{1b}[32m12:token={}\u{1b}[0m", self.word()),
            10 => {
                let encoded = base64(self.word().as_bytes());
                self.remember(&encoded);
                format!("echo {encoded} | base64 -d")
            }
            _ => format!("use {} for it", self.word()),
        }
    }

    /// Returns a log with secrets in it: of JSON, of lines of JSON, or of text. With `odd`, they also stand where no
    /// tool would write them, and some records are broken.
    pub(crate) fn plant(&mut self, log: &str, odd: bool) -> String {
        if let Ok(mut document) = serde_json::from_str::<Value>(log) {
            self.plant_value("", &mut document, odd);
            return document.to_string();
        }
        let mut planted = String::new();
        for line in log.lines() {
            if let Ok(mut record) = serde_json::from_str::<Value>(line) {
                self.plant_value("", &mut record, odd);
                let written = record.to_string();
                planted.push_str(&written);
                if odd && self.below(6) == 0 {
                    // Cut off behind a space: what is left of a secret in two is nobody's to know.
                    let most = written.len() * 2 / 3;
                    let cut = written.match_indices(' ').map(|(at, _)| at);
                    let cut = cut.take_while(|at| *at < most).last().unwrap_or(0);
                    planted.push('\n');
                    planted.push_str(written.split_at(cut).0);
                }
            } else {
                planted.push_str(line);
                if line.is_empty() || line.starts_with(['>', '+', '-']) || line.contains(' ') {
                    planted.push_str(&format!(" {}", self.text().replace('\n', "\\n")));
                }
            }
            planted.push('\n');
        }
        if odd {
            let (kind, name, text) = (self.word(), self.word(), self.word());
            planted.push_str(&format!("{{\"type\":\"{kind}\",\"{name}\":\"{text}\"}}\n"));
            planted.push_str(&format!("{{\"type\":\"{kind}\",\"{name}\":"));
        }
        planted
    }

    fn plant_value(&mut self, name: &str, value: &mut Value, odd: bool) {
        match value {
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.plant_value(name, item, odd));
            }
            Value::Object(members) => self.plant_members(members, odd),
            Value::String(text) => {
                let small = name.to_ascii_lowercase();
                if KEPT.iter().any(|part| small.contains(part)) || text.len() > 4000 {
                    return;
                }
                // Kinds of records become parts of the ids of their events.
                let is_kind =
                    ["type", "kind", "role", "name"].iter().any(|part| small.contains(part));
                if odd && !is_kind && self.below(12) == 0 {
                    // With a space it can be no id, which would stay.
                    *text = format!(" {} ", self.word());
                } else if let Ok(mut inner @ (Value::Object(_) | Value::Array(_))) =
                    serde_json::from_str::<Value>(text)
                {
                    self.plant_value(name, &mut inner, odd);
                    *text = inner.to_string();
                } else if text.contains(' ') && self.below(2) == 0 {
                    text.push_str(&format!("\n{}", self.text()));
                } else if text.starts_with(['/', '~', '.']) && self.below(2) == 0 {
                    text.push_str(&format!("/{}", self.word()));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                let small = name.to_ascii_lowercase();
                let is_kept = KEPT.iter().any(|part| small.contains(part));
                if odd && !is_kept && self.below(40) == 0 {
                    *value = Value::String(format!(" {} ", self.word()));
                }
            }
        }
    }

    fn plant_members(&mut self, members: &mut Map<String, Value>, odd: bool) {
        for (name, value) in members.iter_mut() {
            self.plant_value(name, value, odd);
        }
        if odd && self.below(10) == 0 {
            members.insert(self.word(), Value::String(self.text()));
        }
    }
}

/// Returns `bytes` in base64 (RFC 4648 §4).
fn base64(bytes: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut written = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            let digit = (bits >> (18 - 6 * place)) & 63;
            written.push(char::from(digits[digit as usize]));
        }
        written.push_str(&"=".repeat(3 - three.len()));
    }
    written
}
