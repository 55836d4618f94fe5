//! What a line of aider means.

use crate::session::Tokens;

/// A line of aider, as far as it changes more than the transcript.
#[derive(Debug, PartialEq)]
pub(super) enum Note<'a> {
    /// What the last answer took.
    Tokens(Tokens),
    /// The edits of a file were made.
    Applied(&'a str),
    /// The edits of a file were not made: nobody allowed it, or nothing is changed in this run.
    Refused(&'a str),
    /// An empty file was made.
    Created(&'a str),
    /// A person, or a setting, allowed the file named before, or here, to be made.
    MayCreate(Option<&'a str>),
    /// A person allowed the commands named before to be run; `Running` follows.
    MayRun,
    /// The same in versions that do not say when they run it.
    Ran,
    /// The commands are run.
    Running(&'a str),
    /// The plan is made into edits by another model.
    Handover,
    /// Something was committed: its id, and the message.
    Commit(&'a str, &'a str),
    /// The edits of the answer could not be read or made; the reason follows.
    Malformed,
    /// What to read about it.
    Page,
    /// The model is not asked again to correct its edits.
    GaveUp,
    Other,
}

/// Returns what a line of aider means.
pub(super) fn note(text: &str) -> Note<'_> {
    if let Some(report) = text.strip_prefix("Tokens: ") {
        return tokens(report).map_or(Note::Other, Note::Tokens);
    }
    if let Some(path) = text.strip_prefix("Applied edit to ") {
        return Note::Applied(path);
    }
    if let Some(path) = text.strip_prefix("Skipping edits to ") {
        return Note::Refused(path);
    }
    if let Some(path) = text.strip_prefix("Did not apply edit to ") {
        return Note::Refused(path.strip_suffix(" (--dry-run)").unwrap_or(path));
    }
    if let Some(path) = text.strip_prefix("Creating empty file ") {
        return Note::Created(path);
    }
    if let Some(command) = text.strip_prefix("Running ") {
        return Note::Running(command);
    }
    if let Some(rest) = text.strip_prefix("Commit ") {
        let (id, message) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_id = (7..=40).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit());
        return if is_id { Note::Commit(id, message) } else { Note::Other };
    }
    if text.starts_with("The LLM did not conform to the edit format")
        || text.starts_with("Malformed ")
    {
        return Note::Malformed;
    }
    if text.starts_with("Only ") && text.contains(" reflections allowed") {
        return Note::GaveUp;
    }
    if text.starts_with("https://") {
        return Note::Page;
    }
    // Before June 2023 the id alone said that it was a commit.
    if let Some((id, rest)) = text.split_once(" aider: ") {
        let is_id = id.len() == 7 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        return if is_id { Note::Commit(id, rest) } else { Note::Other };
    }
    if is_allowed(text) {
        return allowed(text);
    }
    Note::Other
}

/// Returns whether the text is a question of aider with the answer that was given to all of its kind before.
pub(super) fn is_confirmation(prompt: &str) -> bool {
    prompt.contains("? (Y)es/(N)o") && prompt.contains("]: ")
}

fn is_allowed(text: &str) -> bool {
    let answer = text.rsplit_once([' ', ':']).map_or("", |(_, answer)| answer);
    matches!(answer, "y" | "a" | "Y" | "A" | "yes" | "all") && text.contains('?')
}

fn allowed(text: &str) -> Note<'_> {
    if text.starts_with("Create new file?") {
        return Note::MayCreate(None);
    }
    if let Some(rest) = text.strip_prefix("Allow creation of new file ") {
        return Note::MayCreate(rest.rsplit_once('?').map(|(path, _)| path));
    }
    if text.starts_with("Run shell command") {
        return Note::MayRun;
    }
    if text.starts_with("Do you want to run this suggested shell command?") {
        return Note::Ran;
    }
    if text.starts_with("Edit the files?") {
        return Note::Handover;
    }
    Note::Other
}

/// Reads `3.2k sent, 1.1k cache write, 9k cache hit, 21 received. Cost: $0.0082 message, $0.02 session.`
fn tokens(report: &str) -> Option<Tokens> {
    let (counts, costs) = report.split_once("Cost: ").unwrap_or((report, ""));
    let [mut sent, mut written, mut cached, mut received] = [None, None, None, None];
    for count in counts.split(", ") {
        let (number, what) = count.trim().split_once(' ')?;
        let number = number_of(number);
        match what.trim_end_matches('.') {
            "sent" => sent = number,
            "received" => received = number,
            "cache write" => written = number,
            "cache hit" => cached = number,
            _ => {}
        }
    }
    let (sent, received) = (sent?, received?);
    let (written, cached) = (written.unwrap_or(0), cached.unwrap_or(0));
    // Most providers count what came from the cache as sent; where less was sent than that, this one did not.
    let input = sent.checked_sub(written + cached).unwrap_or(sent.saturating_sub(written));
    let cost = costs.strip_prefix('$').and_then(|costs| costs.split(' ').next()?.parse().ok());
    Some(Tokens {
        input,
        cache_read: cached,
        cache_write: written,
        output: received,
        cost: cost.unwrap_or(0.0),
    })
}

/// Returns the number that aider shortened: `999`, `3.2k`, `12k`, `1.1M`, `1,234`.
fn number_of(text: &str) -> Option<u64> {
    let text = text.replace(',', "");
    let (digits, factor) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1e3),
        None => text.strip_suffix('M').map_or((text.as_str(), 1.0), |digits| (digits, 1e6)),
    };
    let number: f64 = digits.parse().ok()?;
    let is_count = number.is_finite() && number >= 0.0;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; saturates"
    )]
    is_count.then_some((number * factor).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_in_every_form() {
        let cases = [
            ("3.2k sent, 21 received. Cost: $0.0082 message, $0.03 session.", (3200, 0, 0, 21)),
            ("670 sent, 12 received.", (670, 0, 0, 12)),
            ("1,234 sent, 5,678 received. Cost: $0.01 request, $0.02 session.", (1234, 0, 0, 5678)),
            ("12k sent, 5.1k cache write, 2k cache hit, 245 received.", (4900, 2000, 5100, 245)),
            ("4.3k sent, 1.3k cache write, 21k cache hit, 1 received.", (3000, 21000, 1300, 1)),
        ];
        for (report, expected) in cases {
            let found = tokens(report).unwrap();
            let found = (found.input, found.cache_read, found.cache_write, found.output);
            assert_eq!(found, expected, "{report}");
        }
        assert_eq!(tokens("a lot").map(|tokens| tokens.input), None);
        let cost = tokens("1 sent, 2 received. Cost: $0.0082 message, $1 session.").unwrap().cost;
        assert!((cost - 0.0082).abs() < 1e-9);
    }

    #[test]
    fn answers_to_questions_and_edits_are_told_apart() {
        let cases = [
            ("Create new file? (Y)es/(N)o [Yes]: y", Note::MayCreate(None)),
            ("Create new file? (Y)es/(N)o [Yes]: n", Note::Other),
            ("Allow creation of new file a b.rs? y", Note::MayCreate(Some("a b.rs"))),
            ("Run shell command? (Y)es/(N)o/(D)on't ask again [Yes]: y", Note::MayRun),
            ("Do you want to run this suggested shell command? y", Note::Ran),
            ("Did not apply edit to a (--dry-run)", Note::Refused("a")),
            ("Commit dde0244 feat: x", Note::Commit("dde0244", "feat: x")),
            ("Commit edits to the repo", Note::Other),
        ];
        for (text, expected) in cases {
            assert_eq!(note(text), expected, "{text}");
        }
    }
}
