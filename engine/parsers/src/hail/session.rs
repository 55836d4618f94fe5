//! Sessions, one after the other, as the reader gives their records.

use crate::gate::Gate;
use crate::{ParseReport, Sink, attachment, clip};
use opensession_hail::{
    Attachment, Block, Event, EventType, Header, ReadError, Reader, Record, SessionId, Timestamp,
    one_line, title_from_prompt,
};
use std::io::BufRead;
use std::mem;

/// Where a line of the reader stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place<'a> {
    /// In the log, or in the records of the session.
    pub(super) offset: u64,
    /// What the line is, where the log is no log of lines.
    pub(super) record: Option<&'a [u8]>,
}

/// Reads every session; `place` says where each line stands, and `stem` what a session without an id is called.
pub(super) fn read_all<'a>(
    reader: &mut Reader<impl BufRead>,
    mut place: impl FnMut(u64) -> Place<'a>,
    stem: &str,
    out: &mut dyn Sink,
) -> Result<ParseReport, ReadError> {
    let mut gate = Gate::new(out, SessionId::from_foreign(stem));
    let mut report = ParseReport::default();
    let mut session: Option<Session> = None;
    let (mut here, mut line) = (Place::default(), 0);
    let (mut headers, mut statistics) = (0, 0);
    while let Some(record) = reader.next() {
        match (record?, &mut session) {
            (Record::Header(header), _) => {
                headers += 1;
                if let Some(before) = session.take() {
                    before.end(&mut gate);
                }
                let version = header.agent.tool_version.clone();
                report.tool_version = version.or(report.tool_version);
                session = Some(Session::begin(*header, stem, &mut gate));
            }
            (Record::Event(event), Some(session)) => {
                if mem::replace(&mut line, reader.report().lines) != reader.report().lines {
                    here = place(line);
                    if let Some(record) = here.record {
                        gate.record(&[record, b"\n"].concat());
                    }
                }
                session.push(event, here.offset, &mut gate);
            }
            // The reader makes a header before the first event.
            (Record::Event(_), None) => {}
            (Record::Stats(_), _) => statistics += 1,
        }
    }
    if let Some(last) = session {
        last.end(&mut gate);
    }
    let found = reader.report();
    let mut set = |count: u64, name: &str| {
        if count > 0 {
            report.understood.insert(name.to_owned(), count);
        }
    };
    set(headers - found.made_headers, "header");
    set(found.events - found.unknown_event_types.values().sum::<u64>(), "event");
    if statistics > 0 {
        report.dropped.insert("statistics".to_owned(), statistics);
    }
    let mut unknown = found.unknown_event_types.clone();
    for (name, count) in &found.unknown_line_types {
        *unknown.entry(name.clone()).or_insert(0) += count;
    }
    if found.unparsed_lines > 0 {
        *unknown.entry("unparsed".to_owned()).or_insert(0) += found.unparsed_lines;
    }
    report.unknown = unknown;
    Ok(report)
}

/// The present session: its header, and what that may lack.
struct Session {
    header: Header,
    times: Option<(Timestamp, Timestamp)>,
    prompt: Option<String>,
    /// Where the latest event stands: of damaged documents one session may hold several.
    latest: u64,
}

impl Session {
    fn begin(mut header: Header, stem: &str, out: &mut dyn Sink) -> Self {
        // What the reader calls a session without an id, all of them.
        if header.context.attributes.str("source.session_id") == Some("") {
            header.context.attributes.remove("source.session_id");
            header.session_id = SessionId::from_foreign(stem);
        }
        out.begin(&header.session_id);
        let tool = header.agent.tool.as_str();
        if !matches!(tool, "" | "unknown") {
            out.made_by(tool);
        }
        if let Some(cwd) = header.cwd() {
            out.located(cwd);
        }
        Self { header, times: None, prompt: None, latest: 0 }
    }

    fn push(&mut self, mut event: Event, offset: u64, out: &mut dyn Sink) {
        let time = event.timestamp;
        if time != Timestamp::EPOCH {
            let (earliest, latest) = self.times.unwrap_or((time, time));
            self.times = Some((earliest.min(time), latest.max(time)));
        }
        if self.prompt.is_none() && event.event_type == EventType::UserMessage {
            let text = event.content.blocks.iter().find_map(Block::as_text);
            self.prompt = text.and_then(title_from_prompt);
        }
        let is_result = matches!(event.event_type, EventType::ToolResult { .. });
        for block in &mut event.content.blocks {
            match block {
                Block::Text { text } if is_result => *text = clip::clip(mem::take(text)),
                Block::Image { url, mime, .. } => {
                    if let Some(image) = inline_image(url, mime) {
                        *url = format!("blobs/{}", image.name);
                        out.attachment(image);
                    }
                }
                _ => {}
            }
        }
        self.latest = self.latest.max(offset);
        out.event(event, self.latest, true);
    }

    fn end(self, out: &mut dyn Sink) {
        let Self { mut header, times, prompt, .. } = self;
        let context = &mut header.context;
        let title = context.title.take().map(|title| one_line(&title));
        context.title = title.filter(|title| !title.is_empty()).or(prompt);
        if let Some((earliest, latest)) = times {
            let known = |time: Timestamp, from_events| {
                if time == Timestamp::EPOCH { from_events } else { time }
            };
            context.created_at = known(context.created_at, earliest);
            context.updated_at = known(context.updated_at, latest);
        }
        out.end(header);
    }
}

/// Returns the image that stands in its own address.
fn inline_image(url: &str, mime: &str) -> Option<Attachment> {
    let (_, base64) = url.strip_prefix("data:")?.split_once(";base64,")?;
    attachment::from_base64(base64, mime)
}
