//! Tokens that have their mark in the middle or at the end: so many bytes stand in front of it.

use super::Token;
use crate::value::any;

/// The table.
pub(super) const TOKENS: &[(usize, Token)] = &[
    (
        3,
        (
            "Microsoft",
            "azure-ad-secret",
            &["0Q~", "1Q~", "2Q~", "3Q~", "4Q~", "5Q~", "6Q~", "7Q~", "8Q~", "9Q~"],
            r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
            any,
        ),
    ),
    (
        14,
        (
            "HashiCorp",
            "terraform-cloud-token",
            &[".atlasv1."],
            r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}",
            any,
        ),
    ),
    (36, ("MaxMind", "maxmind-key", &["_mmk"], r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk$", any)),
];
