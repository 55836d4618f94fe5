//! Keys of those who serve models, and of those who serve programs that use models.

use super::Token;
use crate::value::{any, is_drawn, is_mixed};

/// The table.
pub(super) const TOKENS: [&[Token]; 1] = [&[
    ("Anthropic", "anthropic-key", &["sk-ant-"], r"sk-ant-[A-Za-z0-9_-]{20,}", any),
    ("OpenRouter", "openrouter-key", &["sk-or-"], r"sk-or-v1-[0-9a-f]{32,}", any),
    ("Langfuse", "langfuse-key", &["sk-lf-"], r"sk-lf-[0-9a-f-]{32,}", any),
    (
        "OpenAI",
        "openai-key",
        &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"],
        r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}",
        any,
    ),
    // The keys of OpenAI before projects, and of those who speak its protocol.
    ("OpenAI", "openai-key", &["sk-"], r"sk-[A-Za-z0-9]{32,}", is_drawn),
    ("MiniMax", "minimax-key", &["sk-api-"], r"sk-api-[A-Za-z0-9_-]{60,}", any),
    ("Weights & Biases", "wandb-token", &["wandb_v1_"], r"wandb_v1_[A-Za-z0-9_]{60,}", any),
    (
        "Brave",
        "brave-search-key",
        &["BSA"],
        r"(BSA[A-Za-z0-9_-]{24,40})(?:[^A-Za-z0-9_-]|$)",
        is_mixed_with_digit,
    ),
    ("Google", "gemini-key", &["AQ.Ab8RN6"], r"AQ\.Ab8RN6[A-Za-z0-9_-]{40,}", any),
    (
        "Cognition",
        "devin-key",
        &["apk_"],
        r"(apk_(?:user_)?[A-Za-z0-9+/]{60,180}={0,2})",
        is_mixed_with_digit,
    ),
    ("Cognition", "devin-token", &["cog_"], r"cog_[a-z2-7]{52}$", is_drawn),
    ("Groq", "groq-key", &["gsk_"], r"gsk_[A-Za-z0-9]{40,}", is_drawn),
    ("Hugging Face", "huggingface-token", &["hf_"], r"hf_[A-Za-z0-9]{30,}", any),
    (
        "Hugging Face",
        "huggingface-organization-token",
        &["api_org_"],
        r"api_org_[A-Za-z0-9]{30,}",
        any,
    ),
    ("xAI", "xai-key", &["xai-"], r"xai-[A-Za-z0-9_-]{60,}", is_drawn),
    ("Perplexity", "perplexity-key", &["pplx-"], r"pplx-[A-Za-z0-9]{40,}", any),
    ("Cerebras", "cerebras-key", &["csk-"], r"csk-[A-Za-z0-9]{40,}", is_drawn),
    (
        "Fireworks",
        "fireworks-key",
        &["fw_"],
        r"(fw_[A-Za-z0-9]{22,40})(?:[^A-Za-z0-9_]|$)",
        is_mixed,
    ),
    ("Together", "together-key", &["tgp_v1_"], r"tgp_v1_[A-Za-z0-9_-]{32,}", any),
    ("Replicate", "replicate-token", &["r8_"], r"r8_[A-Za-z0-9]{37}$", is_mixed),
    ("NVIDIA", "nvidia-key", &["nvapi-"], r"nvapi-[A-Za-z0-9_-]{50,}", any),
    ("ElevenLabs", "elevenlabs-key", &["sk_"], r"sk_[0-9a-f]{48}$", is_drawn),
    (
        "Voyage AI",
        "voyage-key",
        &["pa-"],
        r"(pa-[A-Za-z0-9_-]{43})(?:[^A-Za-z0-9_-]|$)",
        is_mixed_with_digit,
    ),
    ("Jina AI", "jina-key", &["jina_"], r"jina_[A-Za-z0-9_-]{40,}", is_drawn),
    ("Tavily", "tavily-key", &["tvly-"], r"tvly-[A-Za-z0-9-]{24,}", is_drawn),
    ("Firecrawl", "firecrawl-key", &["fc-"], r"fc-[0-9a-f]{32}$", is_drawn),
    (
        "LangSmith",
        "langsmith-key",
        &["lsv2_pt_", "lsv2_sk_"],
        r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}",
        any,
    ),
    ("Pinecone", "pinecone-key", &["pcsk_"], r"pcsk_[A-Za-z0-9_]{40,}", any),
    ("E2B", "e2b-key", &["e2b_"], r"e2b_[0-9a-f]{40}$", is_drawn),
    ("Apify", "apify-token", &["apify_api_"], r"apify_api_[A-Za-z0-9-]{30,}", any),
    ("Amp", "amp-token", &["sgamp_"], r"sgamp_(?:user|team)_[A-Za-z0-9_]{20,}", any),
    ("Cursor", "cursor-key", &["key_"], r"key_[0-9a-f]{64}$", is_drawn),
    (
        "Factory",
        "factory-key",
        &["fk-"],
        r"(fk-[A-Za-z0-9_-]{40,})(?:[^A-Za-z0-9_-]|$)",
        is_mixed_with_digit,
    ),
    ("Friendli", "friendli-token", &["flp_"], r"flp_[A-Za-z0-9]{40,}", is_drawn),
    ("OpenPipe", "openpipe-key", &["opk_"], r"opk_[0-9a-f]{40,}$", is_drawn),
    ("Baseten", "baseten-key", &["bai_"], r"bai_[A-Za-z0-9]{32,}$", is_drawn),
]];

/// Returns whether it has letters of both cases and a digit: for prefixes that are also the ends of words.
fn is_mixed_with_digit(value: &[u8]) -> bool {
    is_mixed(value) && is_drawn(value)
}
