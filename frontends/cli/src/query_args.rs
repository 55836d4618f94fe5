//! A query on the command line: the language of `docs/search.md`, and the same as flags.

use crate::args::StoreArg;
use crate::error::Failure;
use crate::output::Screen;
use crate::style;
use crate::surroundings::Surroundings;
use clap::builder::NonEmptyStringValueParser;
use opensession_engine::{Cursor, Query, query_hint};
use std::io;

/// What is looked for.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Which sessions")]
pub(crate) struct QueryArgs {
    /// Words and filters, such as `timeout tool:codex after:3d` (docs/search.md)
    #[arg(value_name = "QUERY")]
    words: Vec<String>,
    /// Of this AI tool; with commas, of one of these
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    tool: Option<String>,
    /// On a git branch whose name holds this
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    branch: Option<String>,
    /// Of people whose name or address holds this; `me` is you
    #[arg(long, value_name = "WHO", value_parser = NonEmptyStringValueParser::new())]
    author: Option<String>,
    /// With a model whose name holds this
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    model: Option<String>,
    /// That changed this file, or one in this folder: the end of its path is enough
    #[arg(long, value_name = "PATH", value_parser = NonEmptyStringValueParser::new())]
    file: Option<String>,
    /// Whose edits are in this commit: the beginning of its id
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    commit: Option<String>,
    /// Look for the words only in what these wrote
    #[arg(long, value_name = "WHO", value_delimiter = ',', value_parser = ["user", "assistant", "tool"])]
    role: Vec<String>,
    /// In which a tool failed, a file was changed, a picture was shown
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = ["error", "edit", "image"])]
    has: Vec<String>,
    /// That began then or later: 2026-11-23, today, 3d, `last week`
    #[arg(long, visible_alias = "after", value_name = "WHEN", value_parser = NonEmptyStringValueParser::new())]
    since: Option<String>,
    /// That began before the end of that time
    #[arg(long, value_name = "WHEN", value_parser = NonEmptyStringValueParser::new())]
    until: Option<String>,
    /// That began before the beginning of that time
    #[arg(long, value_name = "WHEN", value_parser = NonEmptyStringValueParser::new())]
    before: Option<String>,
}

/// Which part of what was found, and in what form.
#[derive(Debug, clap::Args)]
pub(crate) struct PageArgs {
    /// In this order
    #[arg(long, value_name = "ORDER", value_parser = [
        "newest", "oldest", "updated", "longest", "tokens", "cost", "lines", "events",
    ])]
    sort: Option<String>,
    /// Sub-agents' sessions too
    #[arg(long)]
    all: bool,
    /// At most so many
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Go on where a page ended
    #[arg(long, value_name = "PLACE")]
    cursor: Option<String>,
    /// Print one JSON object a line
    #[arg(long, conflicts_with = "json")]
    pub jsonl: bool,
    #[command(flatten)]
    pub store: StoreArg,
}

impl QueryArgs {
    /// Returns the query.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a filter whose value makes no sense.
    pub(crate) fn parse(&self, place: &Surroundings) -> Result<Query, Failure> {
        parse(&self.text(), place)
    }

    /// Returns the query as one line in the language of `docs/search.md`.
    pub(crate) fn text(&self) -> String {
        let single = [
            ("tool", &self.tool),
            ("branch", &self.branch),
            ("author", &self.author),
            ("model", &self.model),
            ("file", &self.file),
            ("commit", &self.commit),
            ("since", &self.since),
            ("until", &self.until),
            ("before", &self.before),
        ];
        let single = single.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let single = single.map(|(name, value)| filter(name, value.split(',')));
        let lists = [("role", &self.role), ("has", &self.has)];
        let lists = lists.into_iter().filter(|(_, values)| !values.is_empty());
        let lists = lists.map(|(name, values)| filter(name, values.iter().map(String::as_str)));
        // A quote among the words that is not closed reaches to the end.
        let pieces: Vec<String> = single.chain(lists).chain(self.words.iter().cloned()).collect();
        pieces.join(" ")
    }

    /// Says which word was probably meant as a filter, where there is one.
    pub(crate) fn write_hint(&self, screen: &mut Screen) -> io::Result<()> {
        if let Some(hint) = query_hint(&self.text()) {
            screen.styled(style::PLACE, "hint: ")?;
            screen.line(&hint)?;
        }
        Ok(())
    }
}

impl PageArgs {
    /// Returns the query in the order that was asked for.
    ///
    /// # Errors
    /// As for [`QueryArgs::parse`].
    pub(crate) fn parse(&self, query: &QueryArgs, place: &Surroundings) -> Result<Query, Failure> {
        let mut text = query.text();
        if let Some(sort) = &self.sort {
            text = format!("sort:{sort} {text}");
        }
        Ok(Query { auxiliary: self.all, ..parse(&text, place)? })
    }

    /// Returns where the page begins.
    ///
    /// # Errors
    /// When it is no such place.
    pub(crate) fn cursor(&self) -> Result<Option<Cursor>, Failure> {
        let cursor = self.cursor.as_ref().map(|text| text.parse::<Cursor>());
        Ok(cursor.transpose().map_err(opensession_engine::Error::from)?)
    }
}

fn parse(text: &str, place: &Surroundings) -> Result<Query, Failure> {
    Query::parse(text, &place.clock()).map_err(|error| Failure::Usage {
        message: error.to_string(),
        hint: query_hint(text).unwrap_or_else(|| "docs/search.md has the language".to_owned()),
    })
}

/// Returns a filter with its alternatives in quotes.
fn filter<'v>(name: &str, values: impl Iterator<Item = &'v str>) -> String {
    let values = values.map(|value| format!("\"{}\"", value.replace('"', "\"\"")));
    format!("{name}:{}", values.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        query: QueryArgs,
    }

    fn text(line: &[&str]) -> String {
        Line::parse_from(["opensession"].iter().chain(line)).query.text()
    }

    #[test]
    fn flags_are_filters() {
        assert_eq!(text(&["time", "out"]), "time out");
        assert_eq!(text(&["a b", "tool:codex"]), "a b tool:codex");
        assert_eq!(
            text(&["--tool", "codex,cursor", "--since", "last week"]),
            r#"tool:"codex","cursor" since:"last week""#
        );
        assert_eq!(text(&["--after", "3d"]), r#"since:"3d""#);
        assert_eq!(
            text(&["x", "--has", "error,edit", "--has", "image"]),
            r#"has:"error","edit","image" x"#
        );
        assert_eq!(text(&["--file", r#"a "b"/c"#]), r#"file:"a ""b""/c""#);
    }

    #[test]
    fn only_values_that_there_are_are_taken() {
        for wrong in [&["--role", "robot"][..], &["--has", "fun"], &["--tool", ""]] {
            assert!(
                Line::try_parse_from(["opensession"].iter().chain(wrong)).is_err(),
                "{wrong:?}"
            );
        }
    }
}
