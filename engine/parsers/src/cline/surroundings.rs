//! What `<environment_details>` tell: the folder, the model, the time.

use super::conversation::Conversation;
use opensession_hail::Timestamp;
use serde_json::Value;

/// Reads the folder and the model at work.
pub(super) fn read(conversation: &mut Conversation<'_>, text: &str) {
    if let Some(cwd) = folder(text) {
        conversation.visit(&cwd);
    }
    let model = text.split_once("\n<model>").and_then(|(_, behind)| behind.split_once("</model>"));
    if let Some((model, _)) = model.filter(|(model, _)| !model.trim().is_empty()) {
        conversation.model = Some((String::new(), model.trim().to_owned()));
    }
}

/// Returns the time that a message says it is, for conversations without stamps.
pub(super) fn time(content: &Value) -> Option<Timestamp> {
    let texts = content.as_array()?.iter().filter_map(|part| part.get("text")?.as_str());
    let mut details = texts.filter(|text| text.trim_start().starts_with("<environment_details>"));
    let (_, behind) = details.next()?.split_once("Current time in ISO 8601 UTC format: ")?;
    Timestamp::parse(behind.lines().next()?.trim())
}

/// Returns the folder: `# Current Workspace Directory (/src) Files`, or the only one of `# Workspace Configuration`.
fn folder(text: &str) -> Option<String> {
    let heads =
        ["# Current Workspace Directory (", "# Current Working Directory (", "# Workspace ("];
    for head in heads {
        if let Some((_, behind)) = text.split_once(head) {
            let line = behind.lines().next().unwrap_or("");
            let end = line.rfind(") ").or_else(|| line.rfind(')'));
            return end.and_then(|end| line.get(..end)).map(str::to_owned);
        }
    }
    let (_, behind) = text.split_once("# Workspace Configuration\n")?;
    let mut values = serde_json::Deserializer::from_str(behind).into_iter::<Value>();
    let told = values.next()?.ok()?;
    told.get("workspaces")?.as_object()?.keys().next().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_found_in_each_form() {
        let cases = [
            ("# Current Workspace Directory (c:/dev/x (2)) Files\na", Some("c:/dev/x (2)")),
            ("# Current Working Directory (/src) Files\nb", Some("/src")),
            (
                "# Workspace Configuration\n{\"workspaces\":{\"/w\":{\"hint\":\"w\"}}}\n\n# x",
                Some("/w"),
            ),
            ("# Current Mode\nACT MODE", None),
        ];
        for (text, expected) in cases {
            assert_eq!(folder(text).as_deref(), expected, "{text}");
        }
    }
}
