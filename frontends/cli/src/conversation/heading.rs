//! What stands above a session: what it is, where and when it was, what it adds up to.

use crate::columns::wrap;
use crate::figures::{duration, moment, number, plural};
use crate::output::Screen;
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::hail::{Header, Stats, attribute};
use std::io;

/// Writes the heading.
pub(super) fn write(
    screen: &mut Screen,
    header: &Header,
    stats: &Stats,
    place: &Surroundings,
) -> io::Result<()> {
    let title = header.context.title.as_deref().unwrap_or("(no title)");
    screen.styled(style::STRONG, title)?;
    screen.line("")?;
    write_facts(screen, &who_and_where(header, place))?;
    write_facts(screen, &when(header, stats))?;
    write_facts(screen, &how_much(stats))?;
    screen.styled(style::NAME, header.session_id.as_str())?;
    screen.line("")
}

fn write_facts(screen: &mut Screen, facts: &[String]) -> io::Result<()> {
    for line in wrap(&facts.join(" · "), screen.width()) {
        screen.line(&line)?;
    }
    Ok(())
}

fn who_and_where(header: &Header, place: &Surroundings) -> Vec<String> {
    let author = header.author().map(|author| author.short().to_owned());
    let agent = &header.agent;
    let tool = match &agent.tool_version {
        Some(version) => format!("{} {version}", agent.tool),
        None => agent.tool.clone(),
    };
    let model = Some(agent.model.clone()).filter(|model| !model.is_empty());
    let branch = header.context.attributes.str(attribute::GIT_BRANCH);
    let folder = header.cwd().map(|cwd| {
        let folder = place.short_path(cwd);
        branch.map_or_else(|| folder.clone(), |branch| format!("{folder} on {branch}"))
    });
    [author, Some(tool), model, folder].into_iter().flatten().collect()
}

fn when(header: &Header, stats: &Stats) -> Vec<String> {
    let lasted = duration(stats.duration_seconds);
    let lasted = if stats.active_seconds < stats.duration_seconds {
        format!("{lasted}, {} of it active", duration(stats.active_seconds))
    } else {
        lasted
    };
    vec![moment(header.context.created_at), lasted]
}

fn how_much(stats: &Stats) -> Vec<String> {
    let mut facts = vec![
        plural(stats.event_count, "event"),
        plural(stats.user_message_count, "prompt"),
        plural(stats.tool_call_count, "tool call"),
    ];
    if stats.task_count > 0 {
        facts.push(plural(stats.task_count, "sub-agent task"));
    }
    if stats.files_changed > 0 {
        facts.push(format!(
            "+{} -{} in {}",
            number(stats.lines_added),
            number(stats.lines_removed),
            plural(stats.files_changed, "file")
        ));
    }
    if stats.total_input_tokens + stats.total_output_tokens > 0 {
        facts.push(format!(
            "{} tokens in, {} out",
            number(stats.total_input_tokens),
            number(stats.total_output_tokens)
        ));
    }
    facts
}
