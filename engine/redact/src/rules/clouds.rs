//! Keys of the large clouds.

use super::Token;
use crate::value::{any, is_drawn, is_mixed};

/// Amazon, Google, Microsoft, Alibaba and other large ones.
pub(super) const TOKENS: [&[Token]; 1] = [&[
    ("Google", "google-api-key", &["AIza"], r"AIza[A-Za-z0-9_-]{35,}", any),
    ("Google", "google-oauth", &["ya29."], r"ya29\.[A-Za-z0-9_-]{20,}", is_drawn),
    ("Google", "google-oauth-secret", &["GOCSPX-"], r"GOCSPX-[A-Za-z0-9_-]{20,}", any),
    ("Google", "google-refresh-token", &["1//0"], r"1//0[A-Za-z0-9_-]{60,}", any),
    ("Firebase", "firebase-key", &["AAAA"], r"AAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{140}", any),
    (
        "Amazon",
        "aws-access-key-id",
        &["AKIA", "ASIA", "ABIA", "ACCA", "A3T"],
        r"(?:A[KSB]IA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}$",
        any,
    ),
    ("Amazon", "aws-bedrock-key", &["ABSK"], r"ABSK[A-Za-z0-9+/]{100,}={0,2}", any),
    (
        "Amazon",
        "aws-bedrock-key",
        &["bedrock-api-key-"],
        r"bedrock-api-key-[A-Za-z0-9+/=_-]{20,}",
        any,
    ),
    ("Amazon", "aws-mws-token", &["amzn.mws."], r"amzn\.mws\.[0-9a-f-]{36}", any),
    (
        "Amazon",
        "aws-signature",
        &["X-Amz-Signature=", "X-Amz-Security-Token="],
        r"X-Amz-(?:Signature|Security-Token)=([A-Za-z0-9%/+=_-]{40,})",
        any,
    ),
    (
        "Google",
        "google-signature",
        &["X-Goog-Signature="],
        r"X-Goog-Signature=([A-Za-z0-9%]{40,})",
        any,
    ),
    (
        "Microsoft",
        "azure-storage-key",
        &["AccountKey="],
        r"AccountKey=([A-Za-z0-9+/]{40,}={0,2})",
        any,
    ),
    (
        "Microsoft",
        "azure-shared-key",
        &["SharedAccessKey="],
        r"SharedAccessKey=([A-Za-z0-9+/]{40,}={0,2})",
        any,
    ),
    (
        "Microsoft",
        "azure-signature",
        &["&sig=", "?sig=", "u0026sig="],
        r"(?:[&?]|u0026)sig=([A-Za-z0-9%+/_-]{40,}(?:%3[Dd]|=)?)",
        is_drawn,
    ),
    ("Microsoft", "azure-devops-token", &["AZDO"], r"AZDO[A-Za-z0-9]{80}$", any),
    ("Alibaba", "alibaba-access-key-id", &["LTAI"], r"LTAI[A-Za-z0-9]{12,24}$", any),
    ("Alibaba", "alibaba-session-token", &["CAIS"], r"CAIS[A-Za-z0-9+/=_-]{60,}", is_mixed),
    ("Alibaba", "alibaba-session-key-id", &["STS."], r"STS\.[A-Za-z0-9]{16,64}$", is_drawn),
    ("Tencent", "tencent-secret-id", &["AKID"], r"AKID[A-Za-z0-9]{32}$", any),
    ("Volcengine", "volcengine-access-key-id", &["AKLT"], r"AKLT[A-Za-z0-9]{20,50}$", any),
    ("Yandex", "yandex-key", &["AQVN"], r"AQVN[A-Za-z0-9_-]{35,38}", any),
    (
        "Yandex",
        "yandex-token",
        &["t1."],
        r"t1\.[A-Za-z0-9_-]{8,}={0,2}\.[A-Za-z0-9_-]{86}={0,2}",
        any,
    ),
    ("Yandex", "yandex-static-key", &["YCAJE"], r"YCAJE[A-Za-z0-9_-]{20,}", any),
]];
