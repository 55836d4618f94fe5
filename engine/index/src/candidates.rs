//! Which sessions are found, in the order of their ids: the sessions that several sorted streams have in common.
//!
//! One stream is that of the rows for which the filters hold, one each that of the chunks in which a term occurs. All are
//! read in small runs, and each jumps to where the others are: the first twenty sessions with a common and a rare word
//! cost about as much as those with the rare word.

use crate::filter::Sql;
use crate::query::{Query, Term};
use crate::rows::CHUNKS;
use crate::{Role, words};
use rusqlite::types::Value;
use rusqlite::{Connection, Result, params, params_from_iter};

/// So many ids are read at first, and again behind a jump; twice as many each time that most of them were used.
const FIRST_RUN: usize = 32;
const LONGEST_RUN: usize = 8192;
/// Of a word that is typed in part, so many words that begin with it are looked for one by one.
const MOST_ENDINGS: usize = 500;

/// In which direction ids are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    NewestFirst,
    OldestFirst,
}

/// A session that is found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) id: i64,
    /// A chunk in which a term occurs: where there is one, several do.
    pub(crate) chunk: Option<i64>,
}

/// The sessions that are found.
pub(crate) struct Candidates<'d> {
    db: &'d Connection,
    streams: Vec<Stream>,
    absent: Vec<String>,
    direction: Direction,
    /// The next id that may be one.
    bound: i64,
}

struct Stream {
    kind: Kind,
    /// In the direction, each with the first chunk on the way.
    ids: Vec<(i64, Option<i64>)>,
    at: usize,
    /// How many of them were asked for.
    used: usize,
    run: usize,
    is_at_end: bool,
}

enum Kind {
    Rows(Sql),
    Text(String),
}

impl<'d> Candidates<'d> {
    /// Returns those for which `rows` holds and in which the terms of the query occur, from `bound` on.
    pub(crate) fn new(
        db: &'d Connection,
        query: &Query,
        rows: Sql,
        direction: Direction,
        bound: Option<i64>,
    ) -> Result<Self> {
        let stream = |kind| Stream {
            kind,
            ids: Vec::new(),
            at: 0,
            used: 0,
            run: FIRST_RUN,
            is_at_end: false,
        };
        let (mut streams, mut absent) = (Vec::new(), Vec::new());
        for term in &query.terms {
            match expression(db, term, &query.roles)? {
                Some(expression) if term.negated => absent.push(expression),
                Some(expression) => streams.push(stream(Kind::Text(expression))),
                None => {}
            }
        }
        // That a term is rarer than what filters leave is the better guess.
        streams.push(stream(Kind::Rows(rows)));
        let first = match direction {
            Direction::NewestFirst => i64::MAX / CHUNKS - 1,
            Direction::OldestFirst => 0,
        };
        Ok(Self { db, streams, absent, direction, bound: bound.unwrap_or(first) })
    }

    /// Returns the next one.
    pub(crate) fn next(&mut self) -> Result<Option<Candidate>> {
        loop {
            let Some(id) = self.common()? else { return Ok(None) };
            let mut chunks: Vec<i64> = self.streams.iter().filter_map(Stream::chunk).collect();
            chunks.sort_unstable();
            let same = chunks.chunk_by(|a, b| a == b).max_by_key(|same| same.len());
            let chunk = same.and_then(|same| same.first()).copied();
            self.bound = match self.direction {
                Direction::NewestFirst => id - 1,
                Direction::OldestFirst => id + 1,
            };
            if !self.has_absent(id)? {
                return Ok(Some(Candidate { id, chunk }));
            }
        }
    }

    /// Returns the next id that all streams have.
    fn common(&mut self) -> Result<Option<i64>> {
        let (mut candidate, mut agreed) = (self.bound, 0);
        let all = self.streams.len();
        loop {
            for stream in &mut self.streams {
                match stream.seek(self.db, candidate, self.direction)? {
                    None => return Ok(None),
                    Some(id) if id == candidate => agreed += 1,
                    Some(id) => (candidate, agreed) = (id, 1),
                }
                if agreed >= all {
                    return Ok(Some(candidate));
                }
            }
        }
    }

    fn has_absent(&self, id: i64) -> Result<bool> {
        for expression in &self.absent {
            if first_chunk(self.db, expression, id)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Returns the first chunk of a session in which `expression` is found.
pub(crate) fn first_chunk(db: &Connection, expression: &str, session: i64) -> Result<Option<i64>> {
    let sql = "SELECT rowid FROM texts WHERE texts MATCH ?1 AND rowid >= ?2 AND rowid < ?3
        ORDER BY rowid LIMIT 1";
    let span = params![expression, session * CHUNKS, (session + 1) * CHUNKS];
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(span)?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

impl Stream {
    /// Returns the chunk that belongs to where the stream is.
    fn chunk(&self) -> Option<i64> {
        self.ids.get(self.at).and_then(|(_, chunk)| *chunk)
    }

    /// Returns the first id of the stream at `bound` or behind it.
    fn seek(&mut self, db: &Connection, bound: i64, direction: Direction) -> Result<Option<i64>> {
        let is_before = |(id, _): &(i64, Option<i64>)| match direction {
            Direction::NewestFirst => *id > bound,
            Direction::OldestFirst => *id < bound,
        };
        loop {
            let rest = self.ids.get(self.at..).unwrap_or(&[]);
            self.at += rest.partition_point(is_before);
            if let Some((id, _)) = self.ids.get(self.at) {
                self.used += 1;
                return Ok(Some(*id));
            }
            if self.is_at_end {
                return Ok(None);
            }
            // Behind the last one that is known, or where the others are, whatever is further.
            let from = match (self.ids.last(), direction) {
                (Some((last, _)), Direction::NewestFirst) => bound.min(last - 1),
                (Some((last, _)), Direction::OldestFirst) => bound.max(last + 1),
                (None, _) => bound,
            };
            self.fill(db, from, direction)?;
        }
    }

    fn fill(&mut self, db: &Connection, from: i64, direction: Direction) -> Result<()> {
        if !self.ids.is_empty() {
            let is_used_up = self.used * 2 >= self.ids.len();
            self.run = if is_used_up { (self.run * 2).min(LONGEST_RUN) } else { FIRST_RUN };
        }
        (self.at, self.used, self.ids) = (0, 0, Vec::new());
        let (order, how) = match direction {
            Direction::NewestFirst => ("DESC", "<="),
            Direction::OldestFirst => ("ASC", ">="),
        };
        let mut read = 0;
        match &self.kind {
            Kind::Text(expression) => {
                let sql = format!(
                    "SELECT rowid FROM texts WHERE texts MATCH ?1 AND rowid {how} ?2
                    ORDER BY rowid {order} LIMIT ?3"
                );
                let from = match direction {
                    Direction::NewestFirst => from * CHUNKS + (CHUNKS - 1),
                    Direction::OldestFirst => from * CHUNKS,
                };
                let mut statement = db.prepare_cached(&sql)?;
                let mut rows = statement.query(params![expression, from, self.run])?;
                while let Some(row) = rows.next()? {
                    let chunk = row.get::<_, i64>(0)?;
                    let id = chunk / CHUNKS;
                    read += 1;
                    if self.ids.last().is_none_or(|(last, _)| *last != id) {
                        self.ids.push((id, Some(chunk)));
                    }
                }
            }
            Kind::Rows(condition) => {
                let sql = format!(
                    "SELECT s.id FROM sessions s WHERE {} AND s.id {how} ? ORDER BY s.id {order} LIMIT ?",
                    condition.text
                );
                let bounds =
                    [Value::from(from), Value::from(i64::try_from(self.run).unwrap_or(i64::MAX))];
                let values = condition.values.iter().cloned().chain(bounds);
                let mut statement = db.prepare_cached(&sql)?;
                let mut rows = statement.query(params_from_iter(values))?;
                while let Some(row) = rows.next()? {
                    read += 1;
                    self.ids.push((row.get(0)?, None));
                }
            }
        }
        self.is_at_end = read < self.run;
        Ok(())
    }
}

/// Returns the term as an expression of the full-text table; `None` where there is no word in it.
pub(crate) fn expression(db: &Connection, term: &Term, roles: &[Role]) -> Result<Option<String>> {
    let words = words::folded(&term.text).join(" ");
    if words.is_empty() {
        return Ok(None);
    }
    let columns: Vec<&str> = roles
        .iter()
        .map(|role| match role {
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        })
        .collect();
    let columns = match columns.is_empty() {
        true => String::new(),
        false => format!("{{{}}} : ", columns.join(" ")),
    };
    // Words are letters and digits: there is nothing to escape.
    if !term.prefix {
        return Ok(Some(format!("{columns}\"{words}\"")));
    }
    let (before, last) =
        words.rsplit_once(' ').map_or(("", words.as_str()), |(before, last)| (before, last));
    let endings = beginning_with(db, last)?;
    Ok(Some(match endings.len() {
        // There is no such word: neither is there with the last one as it stands.
        0 => format!("{columns}\"{words}\""),
        1..=MOST_ENDINGS => {
            let all = endings.iter().map(|ending| format!("\"{before} {ending}\""));
            format!("{columns}({})", all.collect::<Vec<_>>().join(" OR "))
        }
        _ => format!("{columns}\"{words}\" *"),
    }))
}

/// Returns the words of the index that begin so, one more at most than can be looked for one by one. To look for them
/// is much faster than to let the full-text table put all of their places together first.
fn beginning_with(db: &Connection, word: &str) -> Result<Vec<String>> {
    let sql = "SELECT term FROM temp.vocabulary WHERE term >= ?1 AND term < ?2 LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let end = format!("{word}{}", char::MAX);
    let most = i64::try_from(MOST_ENDINGS + 1).unwrap_or(i64::MAX);
    statement.query_map(params![word, end, most], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_a_phrase_of_its_words() {
        let index = crate::Index::in_memory().unwrap();
        let says = |text: &str, prefix, roles: &[Role]| {
            let term = Term { text: text.to_owned(), prefix, negated: false };
            expression(&index.db, &term, roles).unwrap()
        };
        let roles = [Role::User, Role::Tool];
        assert_eq!(says("a::B", false, &[]).unwrap(), "\"a b\"");
        assert_eq!(says("par", true, &roles).unwrap(), "{user tool} : \"par\"");
        assert_eq!(says("->", false, &[]), None);
        let insert = "INSERT INTO texts (rowid, user) VALUES (1, 'parse a parser of pears')";
        index.db.execute(insert, []).unwrap();
        assert_eq!(says("a par", true, &[]).unwrap(), "(\"a parse\" OR \"a parser\")");
    }
}
