//! Filters as SQL: conditions on the rows of `sessions`, called `s`.

use crate::facts;
use crate::query::{Comparison, Condition, Feature, Filter, Query};
use opensession_hail::Author;
use rusqlite::types::Value;

/// A condition, and the values of its `?`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

impl Sql {
    /// Adds a further condition that must hold.
    pub(crate) fn and(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        if !self.text.is_empty() {
            self.text.push_str(" AND ");
        }
        self.text.push('(');
        self.text.push_str(text);
        self.text.push(')');
        self.values.extend(values);
    }
}

/// The sources that are read together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Of these, every session.
    pub(crate) whole: Vec<i64>,
    /// Of these, the sessions of the folders in the table `inside`.
    pub(crate) partial: Vec<i64>,
    /// Whether versions that stand in the table `forgotten` are left out.
    pub(crate) has_forgotten: bool,
    /// Under which names and addresses the user's sessions are known.
    pub(crate) mine: Vec<Author>,
}

impl Scope {
    fn all(&self) -> String {
        list(self.whole.iter().chain(&self.partial))
    }

    /// Returns the condition that a version stands on one of the sources and is the one to be shown of its session:
    /// the highest generation, then the most events.
    fn condition(&self) -> String {
        let (all, whole, partial) = (self.all(), list(&self.whole), list(&self.partial));
        let partial = match self.partial.is_empty() {
            true => String::new(),
            false => format!(
                " OR (s.folder IN (SELECT folder FROM temp.inside) AND EXISTS
                (SELECT 1 FROM places p WHERE p.session = s.id AND p.source IN ({partial})))"
            ),
        };
        let forgotten = match self.has_forgotten {
            true => "AND s.id NOT IN (SELECT session FROM temp.forgotten)",
            false => "",
        };
        format!(
            "(EXISTS (SELECT 1 FROM places p WHERE p.session = s.id AND p.source IN ({whole})){partial})
            {forgotten} AND (s.others = 0 OR NOT EXISTS (SELECT 1 FROM sessions o
            WHERE o.key = s.key AND o.id <> s.id
            AND (o.generation, o.events, o.tree) > (s.generation, s.events, s.tree)
            AND EXISTS (SELECT 1 FROM places p WHERE p.session = o.id AND p.source IN ({all}))))"
        )
    }
}

/// Returns the condition that a session is of the scope and that every filter of the query holds.
pub(crate) fn condition(query: &Query, scope: &Scope) -> Sql {
    let mut sql = Sql::default();
    if !query.auxiliary {
        sql.and("s.auxiliary = 0", []);
    }
    for filter in &query.filters {
        let (text, values) = any(filter, &scope.mine);
        sql.and(&text, values);
    }
    sql.and(&scope.condition(), []);
    sql
}

fn any(filter: &Filter, mine: &[Author]) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let texts: Vec<String> = filter
        .any
        .iter()
        .map(|condition| {
            let (text, own) = one(condition, mine);
            values.extend(own);
            text
        })
        .collect();
    let text = texts.join(" OR ");
    // A condition on what is not known, as a cost, does not hold.
    let text = if filter.negated { format!("ifnull({text}, 0) = 0") } else { text };
    (text, values)
}

fn one(condition: &Condition, mine: &[Author]) -> (String, Vec<Value>) {
    let text = |sql: &str, value: String| (sql.to_owned(), vec![Value::Text(value)]);
    let number = |sql: &str, value: u64| {
        (sql.to_owned(), vec![Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))])
    };
    match condition {
        Condition::Tool(tool) => text("s.tool = ? COLLATE NOCASE", tool.clone()),
        Condition::Repo(repo) => text(r"s.repo LIKE ? ESCAPE '\'", within(repo)),
        Condition::Branch(branch) => text(r"s.branch LIKE ? ESCAPE '\'", within(branch)),
        Condition::Author(author) => {
            let author = Value::Text(within(author));
            let sql = r"s.author LIKE ? ESCAPE '\' OR s.email LIKE ? ESCAPE '\'";
            (sql.to_owned(), vec![author.clone(), author])
        }
        Condition::Mine => own(mine),
        Condition::Model(model) => {
            let sql = r"s.model LIKE ? ESCAPE '\' OR EXISTS (SELECT 1 FROM usage u
                WHERE u.session = s.id AND u.model LIKE ? ESCAPE '\')";
            let model = Value::Text(within(model));
            (sql.to_owned(), vec![model.clone(), model])
        }
        Condition::File(path) => {
            let path = path.replace('\\', "/");
            let path = format!("%/{}/%", pattern(path.trim_matches('/')));
            text(
                r"s.id IN (SELECT session FROM files WHERE path IN
                (SELECT id FROM paths WHERE '/' || path || '/' LIKE ? ESCAPE '\'))",
                path,
            )
        }
        Condition::Commit(commit) => text(
            r"s.key IN (SELECT key FROM links l WHERE l.commit_id LIKE ? ESCAPE '\')",
            format!("{}%", pattern(commit)),
        ),
        Condition::Id(id) => {
            let id = Value::Text(format!("{}%", escaped(id)));
            let sql =
                r"s.key LIKE ? ESCAPE '\' OR substr(s.key, length(s.tool) + 2) LIKE ? ESCAPE '\'";
            (sql.to_owned(), vec![id.clone(), id])
        }
        Condition::Has(feature) => {
            let sql = match feature {
                Feature::Error => format!("s.has & {} <> 0", facts::ERROR),
                Feature::Image => format!("s.has & {} <> 0", facts::IMAGE),
                Feature::Edit => "s.changed > 0".to_owned(),
            };
            (sql, Vec::new())
        }
        Condition::After(time) => ("s.created >= ?".to_owned(), vec![time.as_millis().into()]),
        Condition::Before(time) => ("s.created < ?".to_owned(), vec![time.as_millis().into()]),
        Condition::During(from, to) => {
            let span = vec![from.as_millis().into(), to.as_millis().into()];
            ("s.created >= ? AND s.created < ?".to_owned(), span)
        }
        Condition::Tokens(how, limit) => {
            number(&format!("s.input + s.output {} ?", operator(*how)), *limit)
        }
        Condition::Cost(how, limit) => number(&format!("s.cost {} ?", operator(*how)), *limit),
    }
}

/// Returns the condition that a session is one person's, as [`Author::is`] tells.
fn own(names: &[Author]) -> (String, Vec<Value>) {
    let (mut texts, mut values) = (vec!["0".to_owned()], Vec::new());
    for author in names {
        if let Some(email) = author.email() {
            texts.push("s.email = ? COLLATE NOCASE".to_owned());
            values.push(Value::Text(email.to_owned()));
        }
        if let Some(name) = author.name() {
            let has_other = if author.email().is_some() { " AND s.email = ''" } else { "" };
            texts.push(format!("(s.author = ?{has_other})"));
            values.push(Value::Text(name.to_owned()));
        }
    }
    (texts.join(" OR "), values)
}

const fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::Equal => "=",
        Comparison::AtLeast => ">=",
        Comparison::More => ">",
    }
}

/// Returns the pattern of texts that hold `text`.
fn within(text: &str) -> String {
    format!("%{}%", pattern(text))
}

/// Returns the pattern for `text`, in which a user's `*` stands for anything.
fn pattern(text: &str) -> String {
    escaped(text).replace('*', "%")
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

fn list<'i>(ids: impl IntoIterator<Item = &'i i64>) -> String {
    let ids: Vec<String> = ids.into_iter().map(i64::to_string).collect();
    ids.join(",")
}
