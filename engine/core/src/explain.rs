//! What a mark stands for, as far as it can be told, and where it stands.

use crate::{Engine, Result, SecretKind, SessionReader, allow, key, known};
use opensession_hail::{EventId, SessionKey, write_event, write_header};
use opensession_redact::Allowance;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is known of a mark.
#[derive(Clone, Debug)]
pub struct ExplainedMark {
    /// The mark, as it stands in what is stored.
    pub mark: String,
    /// The kinds of secrets that it may stand for; none where this version does not know the rule.
    pub kinds: Vec<SecretKind>,
    /// The words of which one was there, each once; none where only its value tells.
    pub keywords: Vec<&'static str>,
    /// The variables whose value it stands for, as far as they are set now, and the files that set them.
    pub variables: Vec<(String, Option<PathBuf>)>,
    /// Whether what it stands for is no longer masked.
    pub is_allowed: bool,
}

/// Where a mark stands in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkPlace {
    /// The event; `None` for the session's header.
    pub event: Option<EventId>,
    /// How often it stands there.
    pub count: u64,
    /// What stands around it the first time, as it is stored.
    pub around: String,
}

impl Engine {
    /// Returns what is known of a mark, `[redacted:<rule>:<4 hex>]`, seen from `folder`; `None` where it is none.
    ///
    /// # Errors
    /// When the store in scope cannot be read.
    pub fn explain(&self, mark: &str, folder: &Path) -> Result<Option<ExplainedMark>> {
        let Some(allowance) = Allowance::mark(mark) else { return Ok(None) };
        let Allowance::Mark(rule, _) = &allowance else { return Ok(None) };
        let kinds: Vec<SecretKind> =
            opensession_redact::kinds().into_iter().filter(|kind| kind.name == rule).collect();
        let words: BTreeSet<&str> = kinds.iter().flat_map(|kind| kind.keywords).copied().collect();
        let keywords = words.into_iter().collect();
        let store = self.store_for_writing()?;
        let key = key::load_or_create(&store)?;
        let mut known = known::of_environment(&self.home);
        known.extend(known::of_folder(folder));
        let is_meant =
            |value: &str| Allowance::mark(&key.mark(rule, value)).as_ref() == Some(&allowance);
        known.retain(|secret| is_meant(&secret.value));
        let variables = known.into_iter().map(|secret| (secret.name, secret.file)).collect();
        let allowed = allow::load(&store)?;
        let is_allowed =
            allowed.contains(&allowance) || allowed.contains(&Allowance::Rule(rule.clone()));
        let text = format!("[redacted:{}]", allowance.to_string().trim_start_matches("mark "));
        Ok(Some(ExplainedMark { mark: text, kinds, keywords, variables, is_allowed }))
    }

    /// Passes each place of a mark in stored sessions to `each`, newest session first.
    ///
    /// # Errors
    /// When the store cannot be opened. What cannot be read of a session is passed on in its place.
    pub fn find_mark(
        &self,
        mark: &ExplainedMark,
        mut each: impl FnMut(&SessionKey, Result<Vec<MarkPlace>>),
    ) -> Result<()> {
        let view = self.view()?;
        for found in view.newest() {
            let found = found?;
            let key = found.entry.key.clone();
            let session = SessionReader::open(&view, found);
            let places = session.and_then(|session| places_of(&mark.mark, &session));
            if !matches!(&places, Ok(places) if places.is_empty()) {
                each(&key, places);
            }
        }
        Ok(())
    }
}

/// How much is shown on either side of a mark, in characters.
const AROUND: usize = 60;

fn places_of(mark: &str, session: &SessionReader) -> Result<Vec<MarkPlace>> {
    let mut places = Vec::new();
    let mut line = Vec::new();
    write_header(&session.manifest().header, &mut line);
    places.extend(place_of(mark, None, &line));
    session.events(|event| {
        line.clear();
        write_event(&event, &mut line);
        places.extend(place_of(mark, Some(event.event_id), &line));
        true
    })?;
    Ok(places)
}

fn place_of(mark: &str, event: Option<EventId>, line: &[u8]) -> Option<MarkPlace> {
    let line = str::from_utf8(line).ok()?.trim_end();
    let (before, after) = line.split_once(mark)?;
    let count = 1 + after.matches(mark).count() as u64;
    let from = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
    let to = after.char_indices().nth(AROUND).map_or(after.len(), |(at, _)| at);
    let around = [before.get(from..)?, mark, after.get(..to)?].concat();
    Some(MarkPlace { event, count, around })
}
