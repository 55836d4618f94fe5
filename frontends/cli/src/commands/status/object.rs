//! `opensession status --json`.

use super::Triggers;
use crate::schema::{RootView, SCHEMA};
use crate::setup;
use opensession_engine::{Agreement, Drift, Origin, Standing, Status};
use opensession_hooks::State;
use serde_json::{Value, json};

/// Returns the object of `status --json`: docs/json.md.
pub(super) fn to_json(status: &Status, triggers: Option<&Triggers>) -> Value {
    let repository = status.repository.as_ref().map(|repository| {
        json!({
            "git_dir": repository.git_dir,
            "work_tree": repository.work_tree,
            "enabled": repository.is_enabled,
            "queued": repository.queued,
            "problem": repository.problem,
            "unreadable": repository.unreadable.iter().map(|(remote, reason)| {
                json!({"remote": remote, "reason": reason})
            }).collect::<Vec<_>>(),
            "branches": repository.branches.iter().map(|(origin, sessions)| {
                let remote = match origin {
                    Origin::Remote(name) => Some(name),
                    Origin::Home | Origin::Repository(_) => None,
                };
                json!({"remote": remote, "sessions": sessions})
            }).collect::<Vec<_>>(),
            "hooks_folder": triggers.map(|triggers| &triggers.folder.path),
            "problems": triggers.map_or(&[][..], |triggers| &triggers.problems),
            "hooks": states(triggers.map(|triggers| triggers.hooks.as_slice())),
            "agents": states(triggers.map(|triggers| triggers.agents.as_slice())),
        })
    });
    let stores = status.stores.iter().map(|store| {
        json!({
            "git_dir": store.git_dir,
            "home": store.origin == Origin::Home,
            "sessions": store.sessions,
            "forgotten": store.forgotten,
            "newest": store.newest,
            "sharing": store.sharing.as_ref().map(sharing),
            "problem": store.problem,
        })
    });
    let waiting = status.waiting.iter().map(|log| {
        json!({
            "path": log.path,
            "tool": log.tool,
            "bytes": log.bytes,
            "modified": log.modified,
            "deleted_at": log.deleted_at,
        })
    });
    let failures = status.failures.iter().map(
        |(path, failure)| json!({"path": path, "reason": failure.reason, "since": failure.since}),
    );
    let unshared = status.unshared.iter().map(|(git_dir, failure)| {
        json!({"git_dir": git_dir, "reason": failure.reason, "since": failure.since})
    });
    let retention = status.retention.iter().map(|kept| {
        json!({"tool": kept.tool, "days": kept.days, "logs": kept.logs, "first": kept.first})
    });
    let drift = status.drift.iter().map(|drift| {
        let Drift { tool, version, logs, counts } = drift;
        json!({"tool": tool, "version": version, "logs": logs, "counts": counts})
    });
    json!({
        "schema": SCHEMA,
        "repository": repository,
        "stores": stores.collect::<Vec<_>>(),
        "captured": status.captured,
        "waiting": waiting.collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
        "unshared": unshared.collect::<Vec<_>>(),
        "retention": retention.collect::<Vec<_>>(),
        "excluded": status.excluded,
        "excluded_repos": status.excluded_repos,
        "privacy": status.privacy,
        "drift": drift.collect::<Vec<_>>(),
        "roots": status.roots.iter().map(RootView::new).collect::<Vec<_>>(),
    })
}

fn sharing(standing: &Standing) -> Value {
    let Standing { remote, unsent, is_behind, .. } = standing;
    let state = match (&standing.agreement, standing.exists) {
        (_, false) => "gone",
        (Agreement::Agreed, true) => "agreed",
        (Agreement::New | Agreement::Other(_), true) => "changed",
    };
    json!({"remote": remote, "state": state, "unsent": unsent, "behind": is_behind})
}

fn states(states: Option<&[(&'static str, State)]>) -> Vec<Value> {
    let states = states.into_iter().flatten();
    states.map(|(target, state)| setup::state_json(target, state)).collect()
}
