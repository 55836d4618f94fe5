//! What looks like a secret and is none.

use crate::samples::{hex, letters};
use crate::{event, redact_event, redact_text};
use opensession_hail::{Block, EventType};
use serde_json::json;

/// Asserts that nothing in the texts is masked, as they are and in JSON.
fn assert_stay(texts: &[&str]) {
    for text in texts {
        assert_eq!(redact_text(text), ((*text).to_owned(), [].into()), "{text}");
        let escaped = json!({"text": text}).to_string();
        assert_eq!(redact_text(&escaped).0, escaped);
    }
}

#[test]
fn placeholders_stay() {
    assert_stay(&[
        "ANTHROPIC_API_KEY=sk-ant-...",
        "ANTHROPIC_API_KEY=sk-ant-api03-your-anthropic-key-here",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AIzaSyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
        "sk-proj-your_project_key_goes_here",
        "API_KEY=your-api-key-here-1234567890",
        "API_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxx",
        "API_TOKEN=<your token 1a2b3c4d5e6f>",
        "api_key: \"example-key-1234567890abcdef\"",
        "GITHUB_TOKEN=${{ secrets.GITHUB_TOKEN }}",
        "GITHUB_TOKEN=$GITHUB_TOKEN_2",
        "export TOKEN=$(cat ~/.token1234567890)",
        "PASSWORD=changeme123",
        "DB_PASSWORD=%DB_PASSWORD_2%",
    ]);
}

#[test]
fn code_stays() {
    assert_stay(&[
        "token: process.env.DEPLOY_TOKEN_V2,",
        "token = os.environ[\"DEPLOY_TOKEN\"]",
        "password = getpass.getpass(prompt2)",
        "const token = await getAccessToken2(user1);",
        "apiKey: config.services.billing2.apiKey",
        "token: vscode.CancellationToken",
        "password: Option<String>,",
        "secret: None, token: null, password: true",
        "let token = tokens[index12345678];",
        "password=\"${DB_PASS1}\"",
        "accessToken: string;",
        "if token == expected_token_2:",
        "Password: raw.Token",
        "pub const ERROR_INVALID_PASSWORD: WIN32_ERROR = WIN32_ERROR(86u32);",
        "pub const STATUS_ILL_FORMED_PASSWORD: NTSTATUS = 0xC000006B_u32 as _;",
        "pub const XACT_E_INVALIDCOOKIE: windows_sys::core::HRESULT = 0x8004D015_u32 as _;",
        "force_pass: true/false",
        "or1_token: node.or1_token, formatter.field(\"or1_token\", &self.or1_token)",
        "token = Keyword.Pseudo",
        "monkeypatch.delenv(\"CPOLAR_PASSWORD\", raising=False)",
        "PKPaymentToken', 'PKPushCredentials', 'PKPushPayload'",
        "author: Jane.Doe2, keyboard: Qwerty101, authority = \"https://login.host.net\"",
        "<li key={item.id} data-key=\"row-12\">, Object.keys(a1b2c3d4e5f6)",
    ]);
}

#[test]
fn numbers_names_and_paths_stay() {
    assert_stay(&[
        "cacheKey: \"9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c\"",
        "\"key\": \"53ea19c1-8f2e-4c57-9d0b-1a2b3c4d5e6f\"",
        "key: \"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+Ihute\"",
        "max_tokens=4096 input_tokens: 123456 cache_read_tokens: 99999",
        "token_count: 12345678901234567890",
        "TOKEN_FILE=/var/run/secrets/a1b2c3d4e5f6a7b8",
        "PRIVATE_KEY=/home/me/.ssh/id_rsa_a1b2c3d4e5",
        "next_page_token: CAUQAAoWc3RhcnQ9MTI3",
        "PublicKeyToken=b77a5c561934e089",
        "broken: 9f8e7d6c5b4a39281706",
        "tokenizer: cl100k-base-2024-a1b2",
    ]);
}

#[test]
fn addresses_without_a_password_stay() {
    assert_stay(&[
        "https://user:password@host.net/",
        "https://user:pass@host.net/",
        "postgres://app:$PASS@host/db",
        "postgres://app:${PASS}@host/db",
        "redis://:***@host",
        "mysql://root:<password>@host",
        "postgres://postgres:postgres@localhost:5432/postgres",
        "https://host.net:8080/@scope/package@1.2.3",
        "http://localhost:3000?mail=me@host.net",
        "git+ssh://git@github.com/user/repo.git",
    ]);
}

#[test]
fn headers_and_logins_without_a_secret_stay() {
    assert_stay(&[
        "Authorization: Bearer <token>",
        "Authorization: Bearer $TOKEN",
        "Authorization: Bearer ${accessToken1}",
        "Authorization: Basic authentication",
        "the Bearer authentication scheme of RFC 6750",
        "curl -u $USER:$PASS https://host.net",
        "curl -u user:password https://host.net",
        "docker run -u 1000:1000 image && git push -u origin main:release-2",
        "[\"curl \", {\" -u \":0.1234567}]",
        "password: 1.2345678e-10",
    ]);
}

#[test]
fn what_begins_like_a_token_stays() {
    assert_stay(&[
        "call_k3Zx9QaL0wEr\\nfc_0a498a9c08d6c0aa0168e55bf99f40819b8313a383349a9326",
        "risk-assessment0123456789abcdef0123456789abcdef",
        "task-0123456789abcdef0123456789abcdef0123456789",
        "npm_config_registry npm_lifecycle_event npm_package_version",
    ]);
}

#[test]
fn names_of_vendors_beside_what_is_no_secret_stay() {
    assert_stay(&[
        "github: 1f2e3d4, discord_channel: general-chat-2, twitter: @someone_123456",
        "sentry_release=my-app@1.2.3+build.4567 datadog.trace_id=1234567890",
        "import { linear } from \"./easing/linear-2\"; const okta = require('okta-sdk-2');",
        "cookie: theme=dark; lang=en; Path=/; Max-Age=31536000",
        "openssl s_client -connect a.b:443 -k; openssl req -key a.pem; zip -r a.zip src/v2",
        "redis-cli -a $REDIS_PASSWORD ping; docker login -u me -p \"$TOKEN\"",
        "echo \"hello world\" | gh secret set GREETING",
        "<add key=\"Timeout\" value=\"30000\" /> <token>next</token>",
        "f(token, value2, other_value_3) || key, index1234567890abcdef",
        "eyebrow-pencil.eyeshadow-palette.eyeliner-brush",
    ]);
}

#[test]
fn base64_and_headers_of_keys_without_a_secret_stay() {
    assert_stay(&[
        "aGVsbG8gd29ybGQsIHRoaXMgaXMgcGxhaW4gdGV4dA==",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "const HEADER = \"-----BEGIN PRIVATE KEY-----\"; const FOOTER = \"-----END PRIVATE KEY-----\";",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    ]);
}

#[test]
fn hashes_identifiers_and_lock_files_stay() {
    let texts = [
        format!("commit {}", hex(40)),
        format!("index {}..{} 100644", hex(7), hex(7)),
        format!("blake3 {} sha256:{}", hex(64), hex(64)),
        "session 53ea19c1-8f2e-4c57-9d0b-1a2b3c4d5e6f".to_owned(),
        format!("\"integrity\": \"sha512-{}==\"", letters(86)),
        format!("checksum = \"{}\"", hex(64)),
        format!("    {} --hash=sha256:{}", "requests==2.31.0 \\", hex(64)),
        format!("toolu_{} msg_{} req_{}", letters(24), letters(24), letters(24)),
        format!("data:image/png;base64,{}", letters(400)),
        format!("h1:{}= go.mod", letters(43)),
    ];
    for text in texts {
        assert_eq!(redact_text(&text), (text.clone(), [].into()), "{text}");
        let data = json!({ "id": text, text.clone(): [text] });
        let before = event(EventType::AgentMessage, vec![Block::json(data)]);
        let (line, _) = redact_event(before.clone());
        assert_eq!(line.event, before);
    }
}
