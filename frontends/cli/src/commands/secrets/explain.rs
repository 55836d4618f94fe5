//! `opensession secrets explain`: what a mark stands for, as far as it can be told, and where it stands.

use crate::args::StoreArg;
use crate::commands::secrets::here;
use crate::error::{Exit, Failure};
use crate::figures::plural;
use crate::output::Output;
use crate::schema::{ExplanationView, MarkPlaceView};
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{ExplainedMark, MarkPlace};
use std::io;

/// How many places are shown of each session.
const SHOWN: usize = 3;

/// More keywords than these say nothing of the one that was there.
const MOST_WORDS: usize = 8;

const EXAMPLES: &str = "\
Examples:
  opensession secrets explain '[redacted:api-key:1a2b]'
  opensession secrets explain api-key:1a2b --json

A mark does not hold its secret; only a value that is known now can be told from it, by the name of its variable.";

/// Say why something was masked, and where else it stands
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The mark: `[redacted:RULE:DIGITS]`, or what is between the brackets
    mark: String,
    #[command(flatten)]
    store: StoreArg,
}

pub(super) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = here(&args.store, place)?;
    let Some(explained) = engine.explain(&args.mark, &place.folder)? else {
        return Err(Failure::Usage {
            message: format!("{:?} is no mark", args.mark),
            hint: "a mark is [redacted:RULE:DIGITS], with four hex digits".to_owned(),
        });
    };
    let (mut found, mut damaged) = (Vec::new(), Vec::new());
    engine.find_mark(&explained, |session, places| match places {
        Ok(places) => found.push((session.as_str().to_owned(), places)),
        Err(error) => damaged.push(error),
    })?;
    for error in &damaged {
        output.stderr.styled(style::BAD, "error: ")?;
        output.stderr.line(&error.to_string())?;
    }
    if place.json {
        let places = found.iter().flat_map(|(session, places)| {
            places.iter().map(|place| MarkPlaceView {
                session,
                event: place.event.as_ref().map(|id| id.as_str()),
                count: place.count,
                around: &place.around,
            })
        });
        output.stdout.json(&ExplanationView::new(&explained, places.collect()))?;
    } else {
        write(&explained, &found, place, output)?;
    }
    Ok(match (found.is_empty(), damaged.is_empty()) {
        (_, false) => Exit::Corrupt,
        (true, true) => Exit::Negative,
        (false, true) => Exit::Done,
    })
}

fn write(
    explained: &ExplainedMark,
    found: &[(String, Vec<MarkPlace>)],
    place: &Surroundings,
    output: &mut Output,
) -> io::Result<()> {
    let screen = &mut output.stdout;
    screen.line(&explained.mark)?;
    let mut row = |name: &str, text: &str| {
        screen.styled(style::DIM, &format!("  {name:<10}"))?;
        screen.line(text)
    };
    if explained.kinds.is_empty() {
        row("rule", "not known to this version of opensession")?;
    }
    let words = &explained.keywords;
    if let Some(kind) = explained.kinds.first() {
        match kind.provider {
            "any" => row("rule", kind.name)?,
            provider => row("rule", &format!("{} of {provider}", kind.name))?,
        }
    }
    if words.is_empty() && !explained.kinds.is_empty() {
        row("because", "its value is known from a .env file or from the environment")?;
    } else if words.len() > MOST_WORDS {
        row("because", "what stands in front of it, or what it is called, tells of a secret")?;
    } else if !words.is_empty() {
        row("because", &format!("it has or follows {}", words.join(" or ")))?;
    }
    for (name, file) in &explained.variables {
        let set_by = file.as_ref().map_or_else(
            || "the environment".to_owned(),
            |file| place.short_path(&file.display().to_string()),
        );
        row("value of", &format!("{name} in {set_by}"))?;
    }
    if explained.is_allowed {
        row("allowed", "what it stands for is not masked any more")?;
    }
    for (session, places) in found {
        let count: u64 = places.iter().map(|place| place.count).sum();
        row("stands in", &format!("{session}, {}", plural(count, "time")))?;
        for place in places.iter().take(SHOWN) {
            let event = place.event.as_ref().map_or("(header)", |id| id.as_str());
            row("", &format!("{event}: …{}…", place.around))?;
        }
    }
    output.stdout.flush()?;
    if found.is_empty() {
        output.stderr.line("it stands in no stored session")?;
    } else if !explained.is_allowed {
        output.stderr.styled(style::PLACE, "hint: ")?;
        let told = format!("no secret? `opensession secrets allow '{}'`", explained.mark);
        output.stderr.line(&told)?;
    }
    Ok(())
}
