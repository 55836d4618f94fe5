//! Hashes, ids and pictures as they stand in logs, a hundred thousand of each kind: they stay.

use crate::redact_text;

/// How many of each kind are drawn.
const SAMPLES: usize = 100_000;

/// How many lines are redacted at once.
const LINES: usize = 1_000;

/// Of a thousand of a kind, so many must stay.
const KEPT: usize = 999;

const HEX: &[u8] = b"0123456789abcdef";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NIX: &[u8] = b"0123456789abcdfghijklmnpqrsvwxyz";

/// Draws the same digits every time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    /// Fills in a template: each sign of `{}` is a value that `draw` makes.
    fn fill(&mut self, template: &str, draw: fn(&mut Self) -> String) -> String {
        let mut filled = String::new();
        for (index, part) in template.split("{}").enumerate() {
            if index > 0 {
                filled.push_str(&draw(self));
            }
            filled.push_str(part);
        }
        filled
    }

    fn digits(&mut self, set: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(set[self.below(set.len())])).collect()
    }

    fn uuid(&mut self) -> String {
        let mut part = |length| self.digits(HEX, length);
        [part(8), part(4), part(4), part(4), part(12)].join("-")
    }
}

/// What stands around a kind of value, and what draws one.
type Kind = (&'static str, fn(&mut Dice) -> String, &'static [&'static str]);

const KINDS: &[Kind] = &[
    (
        "40 hex digits",
        |dice| dice.digits(HEX, 40),
        &[
            "commit {}",
            "{} refs/heads/main",
            "    Merge: {} {}",
            "HEAD is now at {}",
            "{} Fix the parser (#12)",
            "\"sha\": \"{}\", \"node_id\": \"x\"",
            "\"head_commit_sha\":\"{}\"",
            "uses: actions/checkout@{} # v4",
            "https://github.com/user/repo/blob/{}/src/lib.rs#L10",
            "https://raw.githubusercontent.com/user/repo/{}/README.md",
            "git checkout {}",
            "rev = \"{}\"",
            "resolved \"https://registry.yarnpkg.com/lodash/-/lodash-4.17.21.tgz#{}\"",
            "source = \"git+https://github.com/user/repo?rev={}#{}\"",
            "subproject commit {}",
            "etag: W/\"{}\"",
            "parent {}\\ntree {}",
            "shasum: {}",
            "git_sha={} build=12",
            "  \"gitHead\": \"{}\",",
            "cache-key: v1-deps-{}",
            "cacheKey: '{}'",
            "key: linux-cargo-{}",
        ],
    ),
    (
        "64 hex digits",
        |dice| dice.digits(HEX, 64),
        &[
            "checksum = \"{}\"",
            "sha256:{}",
            "    --hash=sha256:{} \\",
            "image: registry.host.net/app@sha256:{}",
            "{}  target/release/app.tar.gz",
            "\"digest\": \"sha256:{}\"",
            "    {file = \"x-1.0.whl\", hash = \"sha256:{}\"},",
            "sha256 = \"{}\"",
            "blake3 {}",
            "Digest: sha256:{}",
            "Layer {}: Pull complete",
            "content_hash = \"{}\"",
            "content-hash: {}",
            "oid sha256:{}",
            "0x{}",
            "transactionHash: '0x{}'",
            "\"_id\": \"{}\"",
            "cacheKey=\"{}\"",
            "fingerprint: {}",
        ],
    ),
    (
        "UUIDs",
        |dice| dice.uuid(),
        &[
            "id: {}",
            "\"sessionId\":\"{}\",\"uuid\":\"{}\"",
            "x-request-id: {}",
            "~/.claude/projects/-home-me/{}.jsonl",
            "parentUuid={} requestId={}",
            "urn:uuid:{}",
            "ProjectGuid = {{}}",
            "conversation_id={}",
            "GET /v1/items/{}?expand=1 200",
            "client_id: {}",
            "idempotency-key: {}",
            "\"key\": \"{}\"",
            "device {} is ready",
            "PARTUUID={} / ext4 defaults 0 1",
            "trace_id={} span_id=1",
        ],
    ),
    (
        "pictures in base64",
        |dice| {
            let length = 200 + dice.below(200);
            dice.digits(BASE64, length)
        },
        &[
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{}",
            "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAA{}=",
            "\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"iVBORw0KGgo{}\"",
            "url(data:font/woff2;base64,d09GMgABAAAAA{}==)",
            "//# sourceMappingURL=data:application/octet-stream;base64,{}",
        ],
    ),
    (
        "integrity strings",
        |dice| dice.digits(BASE64, 86),
        &[
            "\"integrity\": \"sha512-{}==\"",
            "  integrity sha512-{}==",
            "    resolution: {integrity: sha512-{}==}",
            "\"foo@1.2.3\": [\"foo@1.2.3\", \"\", {}, \"sha512-{}==\"],",
            "integrity=\"sha384-{}\" crossorigin=\"anonymous\"",
        ],
    ),
    (
        "hashes of modules",
        |dice| dice.digits(BASE64, 43),
        &[
            "github.com/user/mod v1.2.3 h1:{}=",
            "github.com/user/mod v1.2.3/go.mod h1:{}=",
            "hash = \"sha256-{}=\";",
            "narHash\": \"sha256-{}=\",",
            "<script integrity=\"sha256-{}=\">",
            "Fingerprint: SHA256:{}",
            "The key fingerprint is:\\nSHA256:{} me@host",
        ],
    ),
    (
        "hashes of wheels",
        |dice| dice.digits(BASE64_URL, 43),
        &["pip/_vendor/rich/text.py,sha256={},47312", "etag: \"{}\"", "\"integrity_hash\":\"{}\""],
    ),
    (
        "paths of the Nix store",
        |dice| dice.digits(NIX, 32),
        &["/nix/store/{}-bash-5.2/bin/bash", "building '/nix/store/{}-source.drv'..."],
    ),
    (
        "short hashes",
        |dice| dice.digits(HEX, 7),
        &["index {}..{} 100644", "{} (HEAD -> main) Tidy up", "[main {}] Tidy up", "v1.2.3-4-g{}"],
    ),
    (
        "ids of messages and calls",
        |dice| dice.digits(&BASE64[..62], 24),
        &[
            "toolu_01{}",
            "\"id\":\"msg_01{}\"",
            "call_{}",
            "req_011{}",
            "chatcmpl-{}",
            "\"tool_use_id\": \"toolu_bdrk_01{}\"",
            "fc_{}",
            "ses_{}",
        ],
    ),
];

#[test]
fn of_a_thousand_hashes_ids_and_pictures_all_but_one_stay() {
    let mut dice = Dice(20_261_123);
    for (name, draw, templates) in KINDS {
        let mut masked = Vec::new();
        for first in (0..SAMPLES).step_by(LINES) {
            let line = |number: usize| templates[(first + number) % templates.len()];
            let lines: Vec<String> =
                (0..LINES).map(|number| dice.fill(line(number), *draw)).collect();
            let text = lines.join("\n");
            let (redacted, _) = redact_text(&text);
            let changed = redacted.lines().zip(&lines).filter(|(after, before)| after != before);
            masked.extend(changed.map(|(after, before)| format!("{before}\n  {after}")));
        }
        let most = SAMPLES - SAMPLES / 1000 * KEPT;
        assert!(masked.len() <= most, "{name}: {}, such as {}", masked.len(), masked[0]);
    }
}
