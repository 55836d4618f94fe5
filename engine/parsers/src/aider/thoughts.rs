//! Thoughts that stand at the beginning of an answer.

/// The tags that enclose thoughts: aider's own, whose name goes on with a number, and those of models that write some.
const TAGS: [&str; 3] = ["thinking-content-", "think", "thinking"];

/// Returns the thoughts at the beginning of an answer, and the answer behind them.
pub(super) fn split(answer: &str) -> (Option<&str>, &str) {
    let answer = answer.trim();
    let tagged = answer.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    if let Some((name, rest)) = tagged
        && TAGS
            .iter()
            .any(|tag| if tag.ends_with('-') { name.starts_with(tag) } else { name == *tag })
    {
        let end = format!("</{name}>");
        let (thoughts, answer) = rest.split_once(end.as_str()).unwrap_or((rest, ""));
        return (Some(thoughts.trim()), answer.trim());
    }
    // As it is shown in the terminal.
    let shown = answer.trim_start_matches('-').trim_start().strip_prefix("► **THINKING**");
    if let Some(rest) = shown {
        let (thoughts, answer) = rest.split_once("► **ANSWER**").unwrap_or((rest, ""));
        return (Some(thoughts.trim().trim_end_matches('-').trim_end()), answer.trim());
    }
    (None, answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_are_split_from_the_answer() {
        let cases = [
            ("<thinking-content-7b>\n\na\n\n</thinking-content-7b>\n\nb", (Some("a"), "b")),
            ("<think>a</think>\nb", (Some("a"), "b")),
            ("<think>a", (Some("a"), "")),
            (
                "--------------\n► **THINKING**\n\na\n\n------------\n► **ANSWER**\n\nb",
                (Some("a"), "b"),
            ),
            ("<b>x</b>", (None, "<b>x</b>")),
        ];
        for (answer, expected) in cases {
            assert_eq!(split(answer), expected, "{answer}");
        }
    }
}
