//! What a session is, in one line or three.

use super::figures::{duration, moment, number, plural, short};
use super::message::Overview;
use crate::scene::Scene;
use crate::text;
use opensession_engine::hail::{Header, Stats, attribute};
use ratatui::text::Line;

/// Returns the heading in `width` cells: one line where there is room for no more.
pub(super) fn lines(
    title: &str,
    overview: Option<&Overview>,
    width: usize,
    height: usize,
    scene: &Scene,
) -> Vec<Line<'static>> {
    let theme = scene.theme;
    let line = |text: &str, style| Line::styled(text::cut(text, width).into_owned(), style);
    let header = overview.and_then(|overview| overview.headers.first());
    let own = header.and_then(|header| header.context.title.as_deref());
    let title = text::first_line(own.unwrap_or(title)).into_owned();
    let Some((overview, header)) = overview.zip(header) else {
        let mut lines = vec![line(&title, theme.strong())];
        lines.resize(height, Line::default());
        return lines;
    };
    let who = who_and_where(header, scene);
    let much = how_much(header, &overview.stats, scene);
    if height < 3 {
        let all = [vec![title], who, much].concat().join(" · ");
        return vec![line(&all, theme.strong())];
    }
    vec![
        line(&title, theme.strong()),
        line(&who.join(" · "), theme.dim()),
        line(&much.join(" · "), theme.dim()),
    ]
}

fn who_and_where(header: &Header, scene: &Scene) -> Vec<String> {
    let author = header.author().map(|author| author.short().to_owned());
    let agent = &header.agent;
    let tool = match &agent.tool_version {
        Some(version) => format!("{} {version}", agent.tool),
        None => agent.tool.clone(),
    };
    let model = Some(agent.model.clone()).filter(|model| !model.is_empty());
    let branch = header.context.attributes.str(attribute::GIT_BRANCH);
    let folder = header.cwd().map(|cwd| {
        let folder = scene.short_path(cwd);
        branch.map_or_else(|| folder.clone(), |branch| format!("{folder} on {branch}"))
    });
    let facts = [author, Some(tool), model, folder].into_iter().flatten();
    facts.map(|fact| text::first_line(&fact).into_owned()).collect()
}

fn how_much(header: &Header, stats: &Stats, scene: &Scene) -> Vec<String> {
    let mut facts = vec![
        moment(header.context.created_at, scene.offset()),
        if stats.active_seconds < stats.duration_seconds {
            let (all, active) = (duration(stats.duration_seconds), duration(stats.active_seconds));
            format!("{all}, {active} of it active")
        } else {
            duration(stats.duration_seconds)
        },
        plural(stats.event_count, "event"),
    ];
    if stats.total_input_tokens + stats.total_output_tokens > 0 {
        let (input, output) = (stats.total_input_tokens, stats.total_output_tokens);
        facts.push(format!("{} tokens in, {} out", short(input), short(output)));
    }
    if stats.files_changed > 0 {
        let (added, removed) = (number(stats.lines_added), number(stats.lines_removed));
        facts.push(format!("+{added} -{removed} in {}", plural(stats.files_changed, "file")));
    }
    facts
}
