//! Prompts that a person typed while the agent was at work.
//!
//! Claude Code logs `enqueue` with the text, then `dequeue` when the prompt starts a turn (a user record follows),
//! `remove` when it is handed to the agent inside the running turn (older versions log the text nowhere else; newer
//! ones add a `queued_command` attachment before or after), or `popAll` when the person takes all back.

use super::fingerprint::fingerprint;
use std::collections::VecDeque;

/// The prompts that wait, first in first out.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Queued>,
    /// Fingerprints of texts that `remove` has shown and whose attachment may follow.
    shown: Vec<u64>,
}

#[derive(Debug)]
struct Queued {
    text: String,
    /// Whether an attachment has shown it.
    shown: bool,
}

impl Queue {
    pub(super) fn enqueue(&mut self, text: &str) {
        self.waiting.push_back(Queued { text: text.to_owned(), shown: false });
    }

    /// The first prompt starts a turn: the user record that follows shows it.
    pub(super) fn dequeue(&mut self) {
        self.waiting.pop_front();
    }

    /// The person takes all prompts back.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The first prompt goes into the running turn: returns it unless an attachment has shown it.
    pub(super) fn remove(&mut self) -> Option<String> {
        let first = self.waiting.pop_front().filter(|first| !first.shown)?;
        self.shown.push(fingerprint(&[&first.text]));
        Some(first.text)
    }

    /// An attachment holds `text`: returns whether it is to be shown, and not already was.
    pub(super) fn show(&mut self, text: &str) -> bool {
        let mark = fingerprint(&[text]);
        if let Some(at) = self.shown.iter().position(|shown| *shown == mark) {
            self.shown.remove(at);
            return false;
        }
        if let Some(queued) = self.waiting.iter_mut().find(|queued| queued.text == text) {
            queued.shown = true;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_shown_once_whichever_record_comes_first() {
        let mut queue = Queue::default();
        queue.enqueue("a");
        queue.enqueue("b");
        assert_eq!(queue.remove().as_deref(), Some("a"));
        assert!(!queue.show("a"));
        assert!(queue.show("b"));
        assert_eq!(queue.remove(), None);
        assert!(queue.show("a"));
    }

    #[test]
    fn a_prompt_that_starts_a_turn_or_is_taken_back_is_not_shown_here() {
        let mut queue = Queue::default();
        queue.enqueue("turn");
        queue.dequeue();
        queue.enqueue("back");
        queue.clear();
        queue.dequeue();
        assert_eq!(queue.remove(), None);
    }
}
