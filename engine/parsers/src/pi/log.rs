//! The records of a log, one after the other: which entries count, and who reads each.

use super::content::Images;
use super::entry::Entry;
use super::invocation::describe;
use super::known::KNOWN;
use super::location::{Name, session_of};
use super::tree::Tree;
use crate::records;
use crate::session::{Fate, Place, Session};
use crate::{ParseReport, Sink, Source};
use opensession_hail::{Block, EventType, SessionId};
use std::collections::{HashMap, HashSet};

/// What a tool of the family notes about itself.
const STATE: [&str; 18] = [
    "thinking_level_change",
    "service_tier_change",
    "mode_change",
    "label",
    "archive",
    "custom",
    "credential_pin",
    "ttsr_injection",
    "reset_boundary",
    "session_state",
    "agent_status",
    "agent_start",
    "turn_start",
    "agent_settled",
    "auto_retry_start",
    "auto_retry_end",
    "compaction_start",
    "compaction_end",
];

/// What is said in another record too: in the messages of a stream, or in a sub-agent's own log.
const COPIES: [&str; 9] = [
    "child_usage_attributed",
    "message_start",
    "message_update",
    "turn_end",
    "agent_end",
    "queue_update",
    "tool_execution_start",
    "tool_execution_update",
    "tool_execution_end",
];

/// Reads the records of one log.
pub(super) struct Log<'s> {
    pub(super) session: Session<'s>,
    pub(super) images: Images,
    /// The session to which sub-agents with logs of their own belong.
    pub(super) family: SessionId,
    /// The paths that calls work on, until their results are read.
    pub(super) paths: HashMap<String, String>,
    /// The files that are known to be there.
    pub(super) files: HashSet<String>,
    tree: Tree,
    name: Name,
    /// The title in the first line, which is written anew in its place.
    title: Option<String>,
}

impl records::Log for Log<'_> {
    type Record<'a> = Entry<'a>;

    fn place(&mut self) -> &mut Place {
        &mut self.session.place
    }

    fn read_record(&mut self, entry: &Entry<'_>, json: &str) {
        let kind = entry.kind.filled().unwrap_or("entry");
        self.session.place.raw_type = kind.to_owned();
        if kind == "title" {
            // It stands in front of the head, and has no event.
            self.title = entry.title.filled().map(str::to_owned);
            self.session.meta.originator.get_or_insert_with(|| "omp".to_owned());
            self.session.count(Fate::Understood, json);
            return;
        }
        self.begin(Some(entry).filter(|_| kind == "session"));
        self.session.set_time(entry.time());
        self.session.group = entry.id.filled().map(str::to_owned);
        if kind == "session" {
            self.read_head(entry);
            self.session.count(Fate::Understood, json);
            return;
        }
        self.climb(entry);
        self.session.mark();
        let fate = self.read_kind(kind, entry);
        self.session.count(fate, json);
        if let Some(id) = entry.id.filled() {
            let parent = entry.parent_id.as_ref().and_then(|parent| parent.filled());
            let first = self.session.first().cloned();
            self.tree.push(id, parent, first);
        }
        (self.session.model, self.session.provider) = (None, None);
    }

    fn keep_text(&mut self, text: String) {
        self.begin(None);
        self.session.keep_text(text);
    }
}

impl<'s> Log<'s> {
    pub(super) fn new(name: Name, source: &Source<'_>, sink: &'s mut dyn Sink) -> Self {
        Self {
            session: Session::new(sink, describe).knowing(&KNOWN),
            images: Images::of(source.path()),
            family: name.session(),
            paths: HashMap::new(),
            files: HashSet::new(),
            tree: Tree::default(),
            name,
            title: None,
        }
    }

    /// Ends the session, and returns what became of the records.
    pub(super) fn finish(mut self, tool: &str) -> ParseReport {
        if let Some(title) = self.title {
            self.session.meta.rename(&title);
        }
        self.session.finish(tool, "")
    }

    /// Begins the session. A sub-agent's is named by where its log lies, any other by its head.
    fn begin(&mut self, head: Option<&Entry<'_>>) {
        if self.session.id().is_some() {
            return;
        }
        let own = head.and_then(|head| head.id.filled()).map(SessionId::from_foreign);
        let id = match self.name.agent() {
            Some((id, parent)) => {
                self.session.meta.is_auxiliary = true;
                self.session.meta.parent = Some(parent.as_str().to_owned());
                id
            }
            None => own.unwrap_or_else(|| self.name.session()),
        };
        self.family = self.name.family().unwrap_or(&id).clone();
        self.session.begin(|| id);
    }

    /// Goes to where the entry stands in the tree. What no longer counts then is marked.
    fn climb(&mut self, entry: &Entry<'_>) {
        let (Some(id), Some(parent)) = (entry.id.filled(), &entry.parent_id) else {
            return;
        };
        if let Some(first) = self.tree.go_to(parent.filled()) {
            self.session.settle_calls();
            self.session.rewind(Some(&format!("{id}/rewind")), Some(&first));
        }
    }

    fn read_head(&mut self, head: &Entry<'_>) {
        let meta = &mut self.session.meta;
        meta.started = meta.started.or(head.time());
        meta.visit(head.cwd.filled().unwrap_or(""));
        meta.rename(head.title.filled().unwrap_or(""));
        if meta.branch.is_none() {
            let branch = head.git.0.as_ref().and_then(|git| git.branch.filled());
            meta.branch = branch.map(str::to_owned);
        }
        if head.title.0.is_some() {
            meta.originator.get_or_insert_with(|| "omp".to_owned());
        } else if head.git.0.is_some() || head.rlm_depth.0.is_some() {
            meta.originator.get_or_insert_with(|| "prime-agent".to_owned());
        }
        let parent = head.parent_session.filled().or(head.branched_from.filled());
        let parent = parent.map(|path| session_of(path).as_str().to_owned());
        if head.rlm_depth.0.is_some_and(|depth| depth > 0) {
            meta.is_auxiliary = true;
            meta.parent = meta.parent.take().or(parent);
        } else if !meta.is_auxiliary {
            meta.forked_from = meta.forked_from.take().or(parent);
        }
        self.read_model(head);
    }

    /// The model that works where no answer says so: the one chosen last.
    fn read_model(&mut self, entry: &Entry<'_>) {
        let (provider, model) = match (entry.model_id.filled(), entry.model.filled()) {
            (Some(model), _) => (entry.provider.filled(), model),
            (None, Some(both)) => match both.split_once('/') {
                Some((provider, model)) => (Some(provider), model),
                None => (None, both),
            },
            (None, None) => return,
        };
        let meta = &mut self.session.meta;
        meta.model = Some(model.to_owned());
        meta.provider = provider.map(str::to_owned);
    }

    fn read_kind(&mut self, kind: &str, entry: &Entry<'_>) -> Fate {
        let own = entry.id.filled();
        match kind {
            "message" | "message_end" => match &entry.message.0 {
                Some(message) => self.read_message(own, message),
                None => Fate::Unknown,
            },
            "model_change" => {
                self.read_model(entry);
                Fate::Understood
            }
            "session_info" | "title_change" => {
                let title = entry.name.filled().or(entry.title.filled());
                self.session.meta.rename(title.unwrap_or(""));
                Fate::Understood
            }
            // A sub-agent's start: its task is its first prompt too.
            "session_init" => {
                self.session.meta.is_auxiliary = true;
                Fate::Understood
            }
            "git_state" => Fate::STATE,
            "compaction" | "branch_summary" => {
                let summary = entry.summary.filled().map(Block::text);
                self.note(own, summary.into_iter().collect());
                self.read_usage(own, entry);
                Fate::Understood
            }
            // A request beside the conversation: for a title, a summary …
            "model_usage" => {
                self.session.model = entry.model.filled().map(str::to_owned);
                self.session.provider = entry.provider.filled().map(str::to_owned);
                self.read_usage(own, entry);
                Fate::Understood
            }
            "custom_message" => {
                let said = self.images.said(entry.content);
                self.name_type(entry.custom_type.filled());
                self.session.attach(said.attachments);
                self.note(own, said.blocks);
                Fate::Understood
            }
            _ if STATE.contains(&kind) => Fate::STATE,
            _ if COPIES.contains(&kind) => Fate::COPY,
            _ => Fate::Unknown,
        }
    }

    fn read_usage(&mut self, own: Option<&str>, entry: &Entry<'_>) {
        if let Some(usage) = &entry.usage.0 {
            self.session.owed = usage.tokens();
            self.session.flush_tokens(own);
        }
    }

    /// Adds to the kind of the record which extension it is from.
    pub(super) fn name_type(&mut self, custom: Option<&str>) {
        if let Some(custom) = custom {
            self.session.place.raw_type.push('/');
            self.session.place.raw_type.push_str(custom);
        }
    }

    /// Sends what nobody typed.
    pub(super) fn note(&mut self, own: Option<&str>, blocks: Vec<Block>) {
        if !blocks.is_empty() {
            self.session.say(own, EventType::SystemMessage, blocks);
        }
    }
}
