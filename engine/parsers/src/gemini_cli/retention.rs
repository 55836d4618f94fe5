//! How long Gemini CLI keeps its logs.

use super::location;
use crate::Home;
use serde::Deserialize;
use std::fs;

/// What versions since 2026 do where the settings say nothing.
const DEFAULT_DAYS: u32 = 30;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    general: General,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct General {
    session_retention: Retention,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Retention {
    enabled: Option<bool>,
    max_age: Option<String>,
}

/// Returns after how many days without a change a log is deleted; `None` where the user turned that off.
pub(super) fn days(home: &Home) -> Option<u32> {
    let path = location::folder(home).join("settings.json");
    // Settings that are missing or not valid are for Gemini CLI to complain about; then it uses its default.
    let text = fs::read(path).unwrap_or_else(|_missing| Vec::new());
    let settings: Settings = serde_json::from_slice(&text).unwrap_or_default();
    let Retention { enabled, max_age } = settings.general.session_retention;
    if enabled == Some(false) {
        return None;
    }
    Some(max_age.and_then(|age| age_in_days(&age)).unwrap_or(DEFAULT_DAYS))
}

/// Reads `36h`, `7d`, `2w` or `1m`; hours are rounded up.
fn age_in_days(age: &str) -> Option<u32> {
    let unit = age.chars().last()?;
    let number: u32 = age.strip_suffix(unit)?.parse().ok()?;
    match unit {
        'h' => Some(number.div_ceil(24)),
        'd' => Some(number),
        'w' => number.checked_mul(7),
        'm' => number.checked_mul(30),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Os;
    use std::collections::BTreeMap;

    #[test]
    fn the_users_setting_holds_and_else_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().to_owned(), BTreeMap::new(), Os::Linux);
        assert_eq!(days(&home), Some(30));
        fs::create_dir(dir.path().join(".gemini")).unwrap();
        let settings = dir.path().join(".gemini/settings.json");
        for (retention, expected) in [
            (r#"{"enabled": true, "maxAge": "2w"}"#, Some(14)),
            (r#"{"maxAge": "36h"}"#, Some(2)),
            (r#"{"maxAge": "soon"}"#, Some(30)),
            (r#"{"enabled": false}"#, None),
        ] {
            let text = format!(r#"{{"general": {{"sessionRetention": {retention}}}}}"#);
            fs::write(&settings, text).unwrap();
            assert_eq!(days(&home), expected, "{retention}");
        }
    }
}
