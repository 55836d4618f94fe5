//! How long Claude Code keeps its logs.

use crate::Home;
use serde::Deserialize;
use std::fs;

/// What version 2.1 does where its settings say nothing (`cleanupPeriodDays`).
const DEFAULT_DAYS: u32 = 30;

#[derive(Deserialize)]
struct Settings {
    #[serde(rename = "cleanupPeriodDays")]
    days: Option<u32>,
}

/// Returns after how many days without a change a log is deleted.
pub(super) fn days(home: &Home) -> u32 {
    let settings = home.dir_or("CLAUDE_CONFIG_DIR", ".claude").join("settings.json");
    // Settings that are missing or not valid are for Claude Code to complain about; then it uses its default.
    let text = fs::read(settings).unwrap_or_else(|_missing| Vec::new());
    let settings = serde_json::from_slice::<Settings>(&text).ok();
    settings.and_then(|settings| settings.days).unwrap_or(DEFAULT_DAYS)
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
        assert_eq!(days(&home), 30);
        fs::create_dir(dir.path().join(".claude")).unwrap();
        let settings = dir.path().join(".claude/settings.json");
        fs::write(&settings, r#"{"model": "opus", "cleanupPeriodDays": 365}"#).unwrap();
        assert_eq!(days(&home), 365);
        fs::write(&settings, "{").unwrap();
        assert_eq!(days(&home), 30);
    }
}
