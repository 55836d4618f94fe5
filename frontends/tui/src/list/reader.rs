//! Answers what the list asks, from the index. Runs on a thread of its own.

use crate::list::{Answer, Request, Row};
use opensession_engine::{Engine, Index, ListQuery, Result};

/// Returns the answer to a request; `None` to one that is not about the index.
///
/// # Errors
/// When the index fails, and a new one does too.
pub fn answer(index: &mut Index<'_>, request: Request, offset: i32) -> Result<Option<Answer>> {
    Ok(match request {
        Request::Page { question, section, query, limit, after } => {
            let found = index.find(&query, limit, after)?;
            Some(Answer::Page {
                question,
                section,
                is_first: after.is_none(),
                rows: found.sessions.into_iter().map(Row::found).collect(),
                next: found.next,
                unread: found.unread,
            })
        }
        Request::Count { question, query } => {
            Some(Answer::Count { question, count: index.count(&query)? })
        }
        Request::Groups { question, query, by } => {
            let [mut totals] = index.totals(&query, [by], offset)?.by;
            totals.sort_by(|a, b| b.sessions.cmp(&a.sessions).then_with(|| a.name.cmp(&b.name)));
            let groups = totals.into_iter().map(|total| (total.name, total.sessions)).collect();
            Some(Answer::Groups { question, by, groups })
        }
        Request::Preview(_) => None,
    })
}

/// Returns the newest sessions as the branches have them, for a list of which the index knows nothing yet.
///
/// # Errors
/// When the store cannot be opened.
pub fn newest(engine: &Engine, limit: usize) -> Result<Answer> {
    let query = ListQuery { limit, tool: None, auxiliary: false, within: None };
    let rows = engine.list(&query)?.rows;
    Ok(Answer::Newest(rows.into_iter().map(Row::new).collect()))
}
