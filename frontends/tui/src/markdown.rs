//! Markdown on the screen: headings, lists, tables, quotes, code.

mod table;

use crate::highlight::{Brush, Code};
use crate::styled::Styled;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use table::Table;

/// Returns the lines of `text` in `room` cells, at most `most` of them.
pub fn lines(text: &str, room: usize, most: usize, brush: &mut Brush<'_>) -> Vec<Line<'static>> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES;
    let mut writer = Writer {
        room,
        most,
        brush,
        out: Vec::new(),
        indents: Vec::new(),
        lists: Vec::new(),
        styles: Vec::new(),
        line: Styled::default(),
        links: Vec::new(),
        code: None,
        table: None,
        is_apart: false,
    };
    for event in Parser::new_ext(text, options) {
        writer.event(event);
        if writer.out.len() >= most {
            break;
        }
    }
    writer.flush();
    writer.out.truncate(most);
    writer.out
}

struct Writer<'b, 'c> {
    room: usize,
    most: usize,
    brush: &'b mut Brush<'c>,
    out: Vec<Line<'static>>,
    /// What lines begin with, from the outermost quote or list on.
    indents: Vec<Indent>,
    /// The next number of each open list; `None` where it has bullets.
    lists: Vec<Option<u64>>,
    styles: Vec<Style>,
    /// The line that is being made.
    line: Styled,
    /// Where the open links lead.
    links: Vec<String>,
    /// The block of code that is open: its language, its text.
    code: Option<(String, String)>,
    table: Option<Table>,
    /// Whether the next block stands apart from the one before it.
    is_apart: bool,
}

struct Indent {
    /// Before the first line; taken when that is written.
    first: Option<String>,
    rest: String,
    style: Style,
}

impl Writer<'_, '_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.push(&text, self.style()),
            },
            Event::Code(text) => {
                let theme = self.brush.theme;
                let mark = if theme.colour { "" } else { "`" };
                let style = self.style().patch(theme.key()).remove_modifier(Modifier::BOLD);
                self.push(&format!("{mark}{text}{mark}"), style);
            }
            Event::Html(text) | Event::InlineHtml(text) => {
                for (number, line) in text.lines().enumerate() {
                    if number > 0 {
                        self.flush();
                    }
                    self.push(line, self.brush.theme.dim());
                }
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => self.push(&text, self.style()),
            Event::FootnoteReference(name) => {
                self.push(&format!("[{name}]"), self.brush.theme.dim());
            }
            // Tools break lines where they mean it.
            Event::SoftBreak | Event::HardBreak if self.table.is_some() => {
                self.push(" ", self.style());
            }
            Event::SoftBreak | Event::HardBreak => self.flush(),
            Event::Rule => {
                self.begin_block();
                let width = self.room.saturating_sub(self.indent_width()).min(40);
                self.push(&"─".repeat(width), self.brush.theme.dim());
                self.end_block();
            }
            Event::TaskListMarker(done) => {
                let mark = if done { "[x] " } else { "[ ] " };
                self.push(mark, self.brush.theme.strong());
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let theme = self.brush.theme;
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.begin_block(),
            Tag::Heading { level, .. } => {
                self.begin_block();
                let marks = "#".repeat(level as usize);
                self.push(&format!("{marks} "), theme.dim());
                self.styles.push(theme.heading());
            }
            Tag::BlockQuote(_) => {
                self.begin_block();
                self.indent("▏ ", "▏ ", theme.dim());
            }
            Tag::CodeBlock(kind) => {
                self.begin_block();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.begin_block();
                } else {
                    self.flush();
                    self.is_apart = false;
                }
                self.lists.push(first);
            }
            Tag::Item => {
                self.flush();
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let mark = format!("{number}. ");
                        *number += 1;
                        mark
                    }
                    _ => "• ".to_owned(),
                };
                let rest = " ".repeat(mark.chars().count());
                self.indent(&mark, &rest, theme.key().remove_modifier(Modifier::BOLD));
            }
            Tag::FootnoteDefinition(name) => {
                self.begin_block();
                self.indent(&format!("[{name}] "), "    ", theme.dim());
            }
            Tag::Table(_) => {
                self.begin_block();
                self.table = Some(Table::default());
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.begin_row();
                }
                if matches!(tag, Tag::TableHead) {
                    self.styles.push(theme.strong());
                }
            }
            Tag::Emphasis => self.styles.push(Style::new().add_modifier(Modifier::ITALIC)),
            Tag::Strong => self.styles.push(theme.strong()),
            Tag::Strikethrough => {
                self.styles.push(Style::new().add_modifier(Modifier::CROSSED_OUT));
            }
            Tag::Link { dest_url, .. } => {
                self.styles.push(Style::new().add_modifier(Modifier::UNDERLINED));
                self.links.push(dest_url.to_string());
            }
            Tag::Image { dest_url, .. } => {
                self.push("[picture ", theme.dim());
                self.styles.push(theme.dim());
                self.links.push(dest_url.to_string());
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_block(),
            TagEnd::Heading(_) => {
                self.styles.pop();
                self.end_block();
            }
            TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition => {
                self.flush();
                self.indents.pop();
                self.is_apart = true;
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                self.is_apart = self.lists.is_empty();
            }
            TagEnd::Item => {
                self.flush();
                // An item without text still has its mark.
                if self.indents.last().is_some_and(|indent| indent.first.is_some()) {
                    self.write(Vec::new());
                }
                self.indents.pop();
            }
            TagEnd::TableHead => {
                self.styles.pop();
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.line);
                if let Some(table) = &mut self.table {
                    table.push(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let room = self.room.saturating_sub(self.indent_width());
                    for row in table.lines(room, self.brush.theme) {
                        self.write(row);
                    }
                }
                self.is_apart = true;
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.styles.pop();
            }
            TagEnd::Link => {
                self.styles.pop();
                let url = self.links.pop().unwrap_or_default();
                if !self.line.text().ends_with(&url) {
                    self.push(&format!(" ({url})"), self.brush.theme.dim());
                }
            }
            TagEnd::Image => {
                self.styles.pop();
                let url = self.links.pop().unwrap_or_default();
                self.push(&format!(" {url}]"), self.brush.theme.dim());
            }
            _ => {}
        }
    }

    fn style(&self) -> Style {
        self.styles.iter().fold(self.brush.theme.text(), |style, more| style.patch(*more))
    }

    fn push(&mut self, text: &str, style: Style) {
        self.line.push(text, style);
    }

    fn indent(&mut self, first: &str, rest: &str, style: Style) {
        self.indents.push(Indent { first: Some(first.to_owned()), rest: rest.to_owned(), style });
    }

    fn indent_width(&self) -> usize {
        self.indents.iter().map(|indent| indent.rest.chars().count()).sum()
    }

    fn begin_block(&mut self) {
        self.flush();
        if self.is_apart && !self.out.is_empty() {
            let is_in_item = self.indents.iter().any(|indent| indent.first.is_some());
            if !is_in_item {
                self.write(Vec::new());
            }
        }
        self.is_apart = false;
    }

    fn end_block(&mut self) {
        self.flush();
        self.is_apart = true;
    }

    fn end_code(&mut self) {
        let Some((language, text)) = self.code.take() else { return };
        let most = self.most.saturating_sub(self.out.len());
        let code = Code::new(&language, &text);
        let room = self.room.saturating_sub(self.indent_width() + 2);
        for line in self.brush.code(code, &text, most) {
            for row in line.rows(room, most) {
                let mut spans = vec![Span::raw("  ")];
                spans.extend(line.spans(&row));
                self.write(spans);
            }
        }
        self.is_apart = true;
    }

    /// Writes the line that is being made.
    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.text().is_empty() {
            return;
        }
        let room = self.room.saturating_sub(self.indent_width());
        for row in line.rows(room, self.most.saturating_sub(self.out.len())) {
            self.write(line.spans(&row));
        }
    }

    fn write(&mut self, spans: Vec<Span<'static>>) {
        let mut all = Vec::with_capacity(spans.len() + self.indents.len());
        for indent in &mut self.indents {
            let text = indent.first.take().unwrap_or_else(|| indent.rest.clone());
            all.push(Span::styled(text, indent.style));
        }
        all.extend(spans);
        self.out.push(Line::from(all));
    }
}

#[cfg(test)]
mod tests;
