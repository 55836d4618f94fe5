//! A message in the person's name as the model got it: what was typed stands in `<user_query>`, what Cursor added before.

use opensession_hail::Timestamp;

const QUERY: &str = "<user_query>";
const QUERY_END: &str = "</user_query>";

const TIME: &str = "<timestamp>";
const TIME_END: &str = "</timestamp>";

/// The blocks that Cursor puts in front of a message; where nothing is marked as typed, what is behind them was.
const BLOCKS: [&str; 24] = [
    "user_info",
    "git_status",
    "rules",
    "user_rules",
    "always_applied_workspace_rules",
    "agent_requestable_workspace_rules",
    "agent_skills",
    "available_skills",
    "manually_attached_skills",
    "agent_transcripts",
    "attached_files",
    "additional_data",
    "open_and_recently_viewed_files",
    "project_layout",
    "system_reminder",
    "system-reminder",
    "system_notification",
    "image_files",
    "uploaded_documents",
    "git_diff_from_branch_to_main",
    "terminal_files_information",
    "mcp_file_system",
    "mcp_instructions",
    "current_state",
];

/// What Cursor says itself in the place of a person.
const OWN_WORDS: [&str; 2] = [
    "The above subagent result is already visible to the user.",
    "Briefly inform the user about the task result",
];

/// A message, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Prompt {
    pub typed: Vec<String>,
    pub injected: Vec<String>,
    pub time: Option<Timestamp>,
}

impl Prompt {
    /// Takes a message apart.
    pub(super) fn read(text: &str) -> Self {
        let mut prompt = Self::default();
        let mut rest = text;
        let mut is_marked = false;
        while let Some((before, behind)) = rest.split_once(QUERY) {
            let (typed, after) = behind.split_once(QUERY_END).unwrap_or((behind, ""));
            prompt.inject(before);
            prompt.say(typed);
            rest = after;
            is_marked = true;
        }
        if is_marked {
            prompt.inject(rest);
            return prompt;
        }
        let text = prompt.take_time(text);
        let mut rest = text.as_str();
        while let Some((block, behind)) = first_block(rest) {
            prompt.inject(block);
            rest = behind;
        }
        prompt.say(rest);
        prompt
    }

    fn say(&mut self, text: &str) {
        let text = text.trim();
        if OWN_WORDS.iter().any(|words| text.starts_with(words)) {
            self.injected.push(text.to_owned());
        } else if !text.is_empty() {
            self.typed.push(text.to_owned());
        }
    }

    fn inject(&mut self, text: &str) {
        let text = self.take_time(text);
        if !text.trim().is_empty() {
            self.injected.push(text.trim().to_owned());
        }
    }

    /// Returns the text without the time that it tells.
    fn take_time(&mut self, text: &str) -> String {
        let parts = text.split_once(TIME).and_then(|(before, rest)| {
            let (time, behind) = rest.split_once(TIME_END)?;
            Some((before, time, behind))
        });
        let Some((before, told, behind)) = parts else { return text.to_owned() };
        match time(told) {
            Some(time) => {
                self.time = self.time.or(Some(time));
                format!("{before}{}", behind.trim_start())
            }
            None => text.to_owned(),
        }
    }
}

/// Returns the block that a text begins with, and what is behind it.
fn first_block(text: &str) -> Option<(&str, &str)> {
    let start = text.trim_start();
    let inner = start.strip_prefix('<')?;
    let name = BLOCKS.iter().find(|name| {
        let behind = inner.strip_prefix(**name);
        behind.is_some_and(|behind| behind.starts_with(['>', ' ', '\n']))
    })?;
    let end = format!("</{name}>");
    match start.find(&end) {
        Some(at) => start.split_at_checked(at + end.len()),
        None => Some((start, "")),
    }
}

/// Returns the time that Cursor writes as `Monday, May 4, 2026, 12:39 AM (UTC+5:30)`.
fn time(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.trim().split(", ").skip(1);
    let (month, day) = parts.next()?.split_once(' ')?;
    let month = MONTHS.iter().position(|name| month.starts_with(name))? + 1;
    let day: u32 = day.parse().ok()?;
    let year: u32 = parts.next()?.parse().ok()?;
    let clock = parts.next()?.replace('\u{202f}', " ");
    let mut words = clock.split(' ');
    let (hour, minute) = words.next()?.split_once(':')?;
    let half = words.next()?;
    let hour = hour.parse::<u32>().ok()? % 12 + if half == "PM" { 12 } else { 0 };
    let minute: u32 = minute.parse().ok()?;
    let zone = words.next()?.strip_prefix("(UTC")?.strip_suffix(')')?;
    let zone = match zone.split_at_checked(1) {
        Some((sign, offset)) => {
            let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "00"));
            format!("{}{:0>2}:{:0>2}", sign.replace('\u{2212}', "-"), hours, minutes)
        }
        None => "Z".to_owned(),
    };
    Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_was_typed_is_told_from_what_was_added() {
        let cases: [(&str, &[&str], &[&str]); 8] = [
            ("<user_query>\nfix it\n</user_query>", &["fix it"], &[]),
            (
                "<attached_files>\nx\n</attached_files>\n<user_query>\na\n</user_query>",
                &["a"],
                &["<attached_files>\nx\n</attached_files>"],
            ),
            ("<user_info>OS</user_info>", &[], &["<user_info>OS</user_info>"]),
            ("<rules>r</rules>\n\nhello <module>", &["hello <module>"], &["<rules>r</rules>"]),
            ("plain", &["plain"], &[]),
            ("<b>bold</b>", &["<b>bold</b>"], &[]),
            ("<user_query>cut", &["cut"], &[]),
            (
                "<user_query>Briefly inform the user about the task result and</user_query>",
                &[],
                &["Briefly inform the user about the task result and"],
            ),
        ];
        for (text, typed, injected) in cases {
            let prompt = Prompt::read(text);
            assert_eq!((prompt.typed, prompt.injected), (texts(typed), texts(injected)), "{text}");
        }
    }

    #[test]
    fn the_time_of_a_prompt_is_read() {
        let cases = [
            ("Monday, May 4, 2026, 12:39 AM (UTC+5:30)", Some("2026-05-03T19:09:00.000Z")),
            ("Friday, December 31, 2027, 11:05 PM (UTC-7)", Some("2028-01-01T06:05:00.000Z")),
            ("Friday, May 8, 2026, 12:00 PM (UTC)", Some("2026-05-08T12:00:00.000Z")),
            ("yesterday", None),
        ];
        for (text, expected) in cases {
            assert_eq!(time(text), expected.and_then(Timestamp::parse), "{text}");
        }
        let prompt = Prompt::read("<timestamp>Friday, May 8, 2026, 12:00 PM (UTC)</timestamp>\nhi");
        assert_eq!((prompt.typed, prompt.time.is_some()), (texts(&["hi"]), true));
    }
}
