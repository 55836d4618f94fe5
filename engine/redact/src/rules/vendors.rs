//! Keys and tokens that carry the name of who gave them out in their first letters.
//!
//! Shapes are those that the vendors document or that their public secret-scanning partners list.

use super::Rule;
use crate::value::{any, has_digit, is_mixed};

/// Returns the rules, the more exact ones of a shared prefix first.
pub(super) fn rules() -> Vec<Rule> {
    let mut rules = models();
    rules.extend(clouds());
    rules.extend(code());
    rules.extend(services());
    rules
}

/// Who serves models.
fn models() -> Vec<Rule> {
    let rule = Rule::pattern;
    vec![
        rule("anthropic-key", &["sk-ant-"], r"sk-ant-[A-Za-z0-9_-]{20,}", any),
        rule("openrouter-key", &["sk-or-"], r"sk-or-v1-[0-9a-f]{32,}", any),
        rule(
            "openai-key",
            &["sk-proj-", "sk-svcacct-", "sk-admin-"],
            r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}",
            any,
        ),
        // The keys of OpenAI before projects, and of those who speak its protocol.
        rule("openai-key", &["sk-"], r"sk-[A-Za-z0-9]{32,}", has_digit),
        rule("groq-key", &["gsk_"], r"gsk_[A-Za-z0-9]{40,}", has_digit),
        rule("huggingface-token", &["hf_"], r"hf_[A-Za-z0-9]{30,}", is_mixed),
        rule("xai-key", &["xai-"], r"xai-[A-Za-z0-9]{60,}", has_digit),
    ]
}

/// Where programs run.
fn clouds() -> Vec<Rule> {
    let rule = Rule::pattern;
    vec![
        rule("google-api-key", &["AIza"], r"AIza[A-Za-z0-9_-]{35,}", any),
        rule("google-oauth", &["ya29."], r"ya29\.[A-Za-z0-9_-]{20,}", has_digit),
        rule("google-oauth", &["GOCSPX-"], r"GOCSPX-[A-Za-z0-9_-]{20,}", any),
        rule(
            "aws-access-key-id",
            &["AKIA", "ASIA"],
            r"(A[KS]IA[A-Z0-9]{16})(?:[^A-Za-z0-9]|$)",
            any,
        ),
        rule("azure-storage-key", &["AccountKey="], r"AccountKey=([A-Za-z0-9+/]{40,}={0,2})", any),
        rule(
            "digitalocean-token",
            &["dop_v1_", "doo_v1_", "dor_v1_"],
            r"do[opr]_v1_[0-9a-f]{64}",
            any,
        ),
        rule("databricks-token", &["dapi"], r"dapi[0-9a-f]{32}(?:-[0-9])?", any),
        rule("supabase-token", &["sbp_"], r"sbp_[0-9a-f]{40}", any),
        rule("vault-token", &["hvs.", "hvb."], r"hv[sb]\.[A-Za-z0-9_-]{24,}", has_digit),
    ]
}

/// Where code and packages are.
fn code() -> Vec<Rule> {
    let rule = Rule::pattern;
    vec![
        rule(
            "github-token",
            &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
            r"gh[opusr]_[A-Za-z0-9]{36,}",
            any,
        ),
        rule("github-token", &["github_pat_"], r"github_pat_[A-Za-z0-9_]{36,}", has_digit),
        rule("gitlab-token", &["glpat-"], r"glpat-[A-Za-z0-9_.-]{20,}", any),
        rule("npm-token", &["npm_"], r"npm_[A-Za-z0-9]{36,}", any),
        rule("pypi-token", &["pypi-AgE"], r"pypi-AgE[A-Za-z0-9_-]{40,}", any),
        rule("crates-io-token", &["cio"], r"(cio[A-Za-z0-9]{32})(?:[^A-Za-z0-9]|$)", is_mixed),
        rule("docker-token", &["dckr_pat_"], r"dckr_pat_[A-Za-z0-9_-]{20,}", any),
    ]
}

/// What programs talk to.
fn services() -> Vec<Rule> {
    const TWILIO: &[&str] = &[
        "SK0", "SK1", "SK2", "SK3", "SK4", "SK5", "SK6", "SK7", "SK8", "SK9", "SKa", "SKb", "SKc",
        "SKd", "SKe", "SKf",
    ];
    let rule = Rule::pattern;
    vec![
        rule(
            "slack-token",
            &["xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-"],
            r"xox[abeoprs]-[0-9][A-Za-z0-9-]{10,}",
            has_digit,
        ),
        rule("slack-token", &["xapp-"], r"xapp-[0-9]-[A-Za-z0-9-]{20,}", any),
        rule(
            "slack-webhook",
            &["hooks.slack.com"],
            r"hooks\.slack\.com\\*/(?:services|workflows|triggers)\\*/([A-Za-z0-9]+\\*/[A-Za-z0-9]+\\*/[A-Za-z0-9]{16,})",
            has_digit,
        ),
        rule(
            "discord-webhook",
            &["api/webhooks"],
            r"api\\*/webhooks\\*/[0-9]{15,}\\*/([A-Za-z0-9_-]{50,})",
            any,
        ),
        rule(
            "stripe-key",
            &["sk_live_", "rk_live_", "sk_test_", "rk_test_"],
            r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
            has_digit,
        ),
        rule("webhook-secret", &["whsec_"], r"whsec_[A-Za-z0-9+/=]{24,}", has_digit),
        rule("twilio-key", TWILIO, r"(SK[0-9a-f]{32})(?:[^A-Za-z0-9]|$)", any),
        rule("sendgrid-key", &["SG."], r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", has_digit),
        rule("linear-key", &["lin_api_"], r"lin_api_[A-Za-z0-9]{32,}", any),
        rule("notion-token", &["ntn_"], r"ntn_[A-Za-z0-9]{40,}", any),
        rule("notion-token", &["secret_"], r"(secret_[A-Za-z0-9]{43})(?:[^A-Za-z0-9]|$)", is_mixed),
    ]
}
