//! One made-up secret for every rule. They are put together at run time, so that no scanner takes this file for a leak.

/// A secret, where it would stand in a text, and the rule that must find it.
pub(crate) struct Sample {
    pub(crate) rule: &'static str,
    pub(crate) before: String,
    pub(crate) secret: String,
    pub(crate) after: &'static str,
}

impl Sample {
    /// Returns the secret with what stands around it.
    pub(crate) fn text(&self) -> String {
        format!("{}{}{}", self.before, self.secret, self.after)
    }
}

/// Returns `length` letters and digits that repeat only after 62.
pub(crate) fn letters(length: usize) -> String {
    let set = b"k3Zx9QaL0wEr7TyU1iOp5SdF2gHj8KlM4nBvC6cXzqWeRtYuIoPAsDfGhJmNbV";
    set.iter().cycle().take(length).map(|b| char::from(*b)).collect()
}

/// Returns `length` hex digits.
pub(crate) fn hex(length: usize) -> String {
    "9f8e7d6c5b4a39281706f5e4d3c2b1a0".chars().cycle().take(length).collect()
}

/// Returns a private key of `lines` lines, each after `prefix`, joined by `newline`.
pub(crate) fn private_key(kind: &str, lines: usize, prefix: &str, newline: &str) -> String {
    let body = format!("{newline}{prefix}{}", letters(64)).repeat(lines);
    ["-----BEGIN ", kind, "-----", &body, newline, prefix, "-----END ", kind, "-----"].concat()
}

/// Returns a sample of every rule, of some rules several.
pub(crate) fn all() -> Vec<Sample> {
    let mut samples: Vec<Sample> =
        tokens().into_iter().map(|(rule, parts)| sample(rule, "", &parts.concat(), "")).collect();
    samples.extend(in_context());
    samples
}

fn sample(rule: &'static str, before: &str, secret: &str, after: &'static str) -> Sample {
    Sample { rule, before: before.to_owned(), secret: secret.to_owned(), after }
}

fn tokens() -> Vec<(&'static str, Vec<String>)> {
    let prefixed = |rule, prefix: &str, rest: String| (rule, vec![prefix.to_owned(), rest]);
    let three = || [letters(24), ".".into(), letters(60), ".".into(), letters(43)].concat();
    vec![
        prefixed("anthropic-key", "sk-ant-", format!("api03-{}", letters(93))),
        prefixed("openrouter-key", "sk-or-", format!("v1-{}", hex(64))),
        prefixed("openai-key", "sk-proj-", letters(120)),
        prefixed("openai-key", "sk-svcacct-", letters(120)),
        prefixed("openai-key", "sk-", letters(48)),
        prefixed("groq-key", "gsk_", letters(52)),
        prefixed("huggingface-token", "hf_", letters(34)),
        prefixed("xai-key", "xai-", letters(80)),
        prefixed("google-api-key", "AIza", letters(35)),
        prefixed("google-oauth", "ya29.", letters(100)),
        prefixed("google-oauth-secret", "GOCSPX-", letters(28)),
        prefixed("aws-access-key-id", "AKIA", letters(16).to_uppercase()),
        prefixed("aws-access-key-id", "ASIA", letters(16).to_uppercase()),
        prefixed("digitalocean-token", "dop_v1_", hex(64)),
        prefixed("databricks-token", "dapi", hex(32)),
        prefixed("supabase-token", "sbp_", hex(40)),
        prefixed("vault-token", "hvs.", letters(90)),
        prefixed("github-token", "ghp_", letters(36)),
        prefixed("github-token", "gho_", letters(36)),
        prefixed("github-token", "ghu_", letters(36)),
        prefixed("github-token", "ghs_", letters(36)),
        prefixed("github-token", "ghr_", letters(36)),
        prefixed("github-pat", "github_pat_", format!("{}_{}", letters(22), letters(59))),
        prefixed("gitlab-token", "glpat-", letters(20)),
        prefixed("npm-token", "npm_", letters(36)),
        prefixed("pypi-token", "pypi-AgE", letters(150)),
        prefixed("crates-io-token", "cio", letters(32)),
        prefixed("docker-token", "dckr_pat_", letters(27)),
        prefixed("slack-token", "xoxb-", format!("123456789012-{}", letters(24))),
        prefixed("slack-app-token", "xapp-", format!("1-A012345-{}", hex(64))),
        prefixed("stripe-key", "sk_live_", letters(24)),
        prefixed("stripe-key", "rk_live_", letters(24)),
        prefixed("stripe-key", "sk_test_", letters(24)),
        prefixed("webhook-secret", "whsec_", letters(32)),
        prefixed("twilio-key", "SK", hex(32)),
        prefixed("sendgrid-key", "SG.", format!("{}.{}", letters(22), letters(43))),
        prefixed("sendgrid-key", "SG.", format!("{}.{}", letters(16), letters(16))),
        prefixed("linear-key", "lin_api_", letters(40)),
        prefixed("notion-token", "ntn_", letters(46)),
        prefixed("notion-token", "secret_", letters(43)),
        prefixed("telegram-token", "123456789:AA", letters(33)),
        prefixed("jwt", "eyJhbGciOiJ.eyJzdWIiOiIx.", letters(10)),
        prefixed("jwt", "eyJ", three().replacen('.', ".eyJ", 1)),
        prefixed("discord-bot-token", "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gk3Zx9.", letters(38)),
        prefixed("jwt", "eyJhbGciOiJub25lIn0.eyJ", letters(40)),
    ]
}

fn in_context() -> Vec<Sample> {
    let mut samples = addresses();
    samples.extend(logins());
    samples.extend(named_values());
    samples.extend(private_keys());
    samples.extend(manifests());
    samples.extend(files());
    samples
}

fn addresses() -> Vec<Sample> {
    let slack = format!("T0AB12CD3/B0AB12CD3/{}", letters(24));
    let azure = format!("{}==", letters(86));
    vec![
        sample("slack-webhook", "https://hooks.slack.com/services/", &slack, ""),
        sample(
            "discord-webhook",
            "https://discord.com/api/webhooks/123456789012345678/",
            &letters(68),
            "",
        ),
        sample("azure-storage-key", "AccountName=x;AccountKey=", &azure, ";EndpointSuffix=y"),
        sample("slack-webhook", "https://hooks.slack.com/services/", "T0/B0/k3Zx9QaL0wEr7TyU", ""),
        sample(
            "azure-signature",
            "https://acct.blob.core.windows.net/c?sv=2022&sr=c&sig=",
            &format!("{}%3D", letters(42)),
            "&se=2026",
        ),
        sample("discord-webhook", "/api/webhooks/123456789012345678/", &letters(68), ""),
        sample("url-password", "postgres://app:", &letters(12), "@db.internal:5432/app"),
        sample("url-password", "https://robot:", &letters(20), "@host.net/repo.git"),
        sample("url-password", "git clone https://", &hex(40), "@host.net/repo.git"),
    ]
}

fn logins() -> Vec<Sample> {
    let basic = "dXNlcjpodW50ZXIyaHVudGVyMg==";
    vec![
        sample("authorization", "Authorization: Bearer ", &letters(40), ""),
        sample("authorization", "Authorization: Basic ", basic, ""),
        sample("authorization", "authorization: token ", &hex(40), ""),
        sample(
            "authorization",
            "Authorization: Bearer ",
            &format!("441785859742921|{}", letters(27)),
            "",
        ),
        sample(
            "curl-password",
            "curl -sS -X POST -u admin:",
            &letters(12),
            " https://api.host.net/v1",
        ),
        sample("cookie", "Cookie: theme=dark; sid=", &letters(32), "; lang=en"),
        sample("cookie", "Cookie: sid=", &letters(32), " and so on"),
        sample("cookie", "-H 'cookie: sid=", &letters(32), "'"),
        sample("command-password", "sshpass -p ", "tr0ub4dor&3", " ssh host"),
        sample("command-password", "openssl enc -aes-256-cbc -k ", "tr0ub4dor&3", " -in a"),
        sample("command-password", "mysql -u root -p", "tr0ub4dor&3", " shop"),
        sample("command-password", "docker login -u me -p '", &letters(20), "' registry.net"),
        sample("piped-secret", "echo -n ", &letters(24), " | gh secret set DEPLOY"),
        sample("piped-secret", "printf '%s' '", &letters(24), "' | wrangler secret put DEPLOY"),
        sample("piped-secret", "echo -n ", &letters(24), " | kubectl create secret generic x"),
        sample("curl-password", "curl --user 'admin:", &letters(12), "' https://api.host.net/v1"),
    ]
}

fn named_values() -> Vec<Sample> {
    vec![
        sample("facebook-token", "441785859742921|", &letters(27), ""),
        sample("api-key", "<add key=\"MailApiKey\" value=\"", &letters(32), "\" />"),
        sample("token", "<deployToken>", &letters(32), "</deployToken>"),
        sample("token", "(\"deploy_token\", \"", &letters(32), "\")"),
        sample("token", "DEPLOY_TOKEN_PROD=", &letters(32), ""),
        sample("credential", "SERVICE_CREDENTIALS=", &letters(32), ""),
        sample("password", "DB_PASS=", "tr0ub4dor&3", ""),
        sample("adafruit-key", "ADAFRUIT_IO_ID=", &hex(32), ""),
        sample("adafruit-key", "adafruit io: '", &hex(32), "'"),
        sample("okta-token", "\"okta\": \"", &format!("00{}", letters(40)), "\""),
        sample("aws-secret-key", "aws_secret_access_key = ", &letters(40), ""),
        sample("aws-secret-key", "AWS_SECRET_ACCESS_KEY=", &letters(40), ""),
        sample("aws-session-token", "AWS_SESSION_TOKEN=", &letters(300), ""),
        sample("token", "export DEPLOY_TOKEN=", &letters(24), ""),
        sample("token", "deploy_token: ", &letters(24), ""),
        // Random letters, and what words are in them by chance.
        sample("token", "DEPLOY_TOKEN=", "ZncspfgsTnvlWXWlFXFIIuAhdZXhatIfLuzefbr", ""),
        sample("secret", "client_secret: ", "khTTjxOj5nO03snZbyourd28oH5VXh1f", ""),
        sample("password", "password: '", "sFGbEPLVgksSBIEafktQrDvS", "'"),
        sample("token", "\"deploy_token\": \"", &hex(40), "\""),
        sample("token", "deploy --token ", &letters(24), ""),
        sample("token", "const accessToken: string = '", &letters(24), "';"),
        sample("secret", "CLIENT_SECRET=", &letters(32), ""),
        sample("api-key", "SERVICE_API_KEY=\"", &letters(32), "\""),
        sample("api-key", "x-api-key: ", &letters(32), ""),
        sample("api-key", "X-API-Key: ", &letters(32), ""),
        sample("key", "ENCRYPTION_KEY=\"", &letters(32), "\""),
        sample("api-key", "apiKey: '", &letters(32), "'"),
        sample("key", "x-functions-key: ", &letters(40), ""),
        sample("key", "Ocp-Apim-Subscription-Key: ", &hex(32), ""),
        sample("key", "\"signingKey\": \"", &hex(32), "\""),
        sample("key", "master_key: ", &hex(32), ""),
        sample("key", "\"key\": \"", &letters(32), "\""),
        sample("key", "https://api.host.net/v1?key=", &letters(32), "&page=2"),
        sample("token", "https://api.host.net/v1?a=1&token=", &hex(40), "&b=1"),
        sample("token", "token: ", "/c7eOk4xCZ+0nApcKMgIaoanCWOOTILgHH/w1PmM", ""),
        sample("token", "token=", "0xLuyxsTiKRTGqNkaRzFsnm4mhUhVH2QthEngKtx", ""),
        sample("token", "access_token=", "h480djs93hd8", ""),
        sample("credential", "creds = '", &letters(32), "'"),
        sample("credential", "auth: \"", &letters(32), "\""),
        sample("secret", "admin_password_secret = \"", "navar35nm94", "\""),
        sample("password", "DB_PASSWORD=", "S3cr3t!Pa55", ""),
        sample("password", "  password: \"", "tr0ub4dor&3", "\""),
        sample("password", "SMTP_PASSWD='", "tr0ub4dor&3", "'"),
        sample("private-key-value", "WALLET_PRIVATE_KEY=", &format!("0x{}", hex(64)), ""),
        sample("access-key", "STORAGE_ACCESS_KEY=", &letters(40), ""),
    ]
}

fn private_keys() -> Vec<Sample> {
    let key = |kind, newline| private_key(kind, 5, "", newline);
    let written = key("PRIVATE KEY", "\\n");
    vec![
        sample("private-key", "", &key("RSA PRIVATE KEY", "\n"), ""),
        sample("private-key", "", &key("OPENSSH PRIVATE KEY", "\n"), ""),
        sample("private-key", "", &key("PGP PRIVATE KEY BLOCK", "\n"), ""),
        sample("private-key", "\"private_key\": \"", &written, "\\n\""),
    ]
}

fn manifests() -> Vec<Sample> {
    let one = |before, secret, after| sample("kubernetes-secret", before, secret, after);
    vec![
        one(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  login: ",
            "Z3JlZW4gYXBwbGVz",
            "\ntype: Opaque",
        ),
        one("apiVersion: v1\nkind: Secret\nstringData:\n  'login': \"", "green apples", "\""),
        one(
            "items:\n- data:\n    login: ",
            "Z3JlZW4gYXBwbGVz",
            "\n  immutable: false\n  kind: Secret\n",
        ),
        one("{\"kind\": \"Secret\", \"data\": {\"login\": \"", "Z3JlZW4gYXBwbGVz", "\"}}"),
        one("{\"data\":{\"login\":\"", "Z3JlZW4gYXBwbGVz", "\"},\"kind\":\"Secret\"}"),
        one("kubectl create secret generic db --from-literal=login='", "green apples", "'"),
        one("kubectl create secret generic db --from-literal login=", "apples", " -n prod"),
    ]
}

fn files() -> Vec<Sample> {
    let hash = |start: &str, length| ["root:", start, &letters(length)].concat();
    let hashed = |before: String| {
        let (name, hash) = before.split_once(':').expect("a name");
        sample("password-hash", &format!("{name}:"), hash, "")
    };
    vec![
        sample("netrc-password", "machine api.host.net login me password ", "greenapples", ""),
        sample("netrc-password", "machine host.net\n\tlogin me\n\tpassword ", "greenapples", ""),
        sample("netrc-password", "default login me password ", "green@apples", ""),
        sample("pgpass-password", "db.host.net:5432:app:me:", "greenapples", ""),
        sample("pgpass-password", "*:*:*:me:", "greenapples", ""),
        sample(
            "docker-auth",
            "{\"auths\": {\"host.net\": {\"auth\": \"",
            "bWU6Z3JlZW5hcHBsZXM=",
            "\"}}}",
        ),
        hashed(hash("$2y$05$", 53)),
        hashed(hash("$apr1$k3Zx9QaL$", 22)),
        hashed(hash("$6$rounds=5000$k3Zx9QaL0wEr7TyU$", 86)),
        hashed(hash("{SHA}", 27) + "="),
    ]
}
