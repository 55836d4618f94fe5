//! What the user wrote: the configuration, prices, and what a repository asks for.

use super::Verdict;
use super::command::edit;
use super::machine::Machine;
use super::store::Patient;
use crate::config::unknown_keys;
use crate::{Config, Error, Prices, Result};
use opensession_parsers::PARSERS;
use std::fs;
use std::io::ErrorKind;

/// Is everything in the configuration known, and does it name what there is?
pub(super) fn check_configuration(machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let doctor = machine.doctor;
    let path = Config::path(&doctor.engine.home);
    if let Some(problem) = &doctor.problem {
        return Ok(vec![Verdict::red(problem.to_string()).mended_by(edit(&path))]);
    }
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(vec![Verdict::green("the defaults")]);
        }
        text => text.map_err(Error::io("read", &path))?,
    };
    let mut wrong: Vec<String> = unknown_keys(&path, &text)?
        .into_iter()
        .map(|(key, line)| format!("{}, line {line}: {key} means nothing", path.display()))
        .collect();
    let config = &doctor.engine.config;
    let is_known = |tool: &str| PARSERS.iter().any(|parser| parser.tool().as_str() == tool);
    for tool in config.exclude_tools.iter().filter(|tool| !is_known(tool)) {
        wrong.push(format!(
            "privacy.exclude_tools: {tool:?} is no tool, so nothing is excluded by it"
        ));
    }
    for folder in config.custom_paths.iter().filter(|folder| !folder.exists()) {
        wrong.push(format!("watchers.custom_paths: {} is not there", folder.display()));
    }
    if wrong.is_empty() {
        return Ok(vec![Verdict::green(path.display().to_string())]);
    }
    Ok(wrong.into_iter().map(|text| Verdict::yellow(text).mended_by(edit(&path))).collect())
}

/// Can the user's own prices be read?
pub(super) fn check_prices(machine: &Machine<'_>) -> Result<Vec<Verdict>> {
    let doctor = machine.doctor;
    let path = Prices::path(&doctor.engine.home);
    Ok(vec![match Prices::load(&doctor.engine.home) {
        Ok(_) if path.exists() => Verdict::green(path.display().to_string()),
        Ok(_) => Verdict::green("those that the program comes with"),
        Err(error) => Verdict::red(error.to_string()).mended_by(edit(&path)),
    }])
}

/// Can what a repository keeps out be read? Its sessions are not captured before.
pub(super) fn check_repository(patient: &Patient<'_>) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for work_tree in patient.store.work_trees()? {
        if let Err(error) = Config::exclude_patterns_of(&work_tree) {
            let path = work_tree.join(".opensession/config.toml");
            verdicts.push(Verdict::red(error.to_string()).mended_by(edit(&path)));
        }
    }
    if verdicts.is_empty() {
        verdicts.push(Verdict::green("can be read"));
    }
    Ok(verdicts)
}
