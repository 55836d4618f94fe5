//! Prompts that a person typed while the agent was at work.
//!
//! Claude Code logs `enqueue` with the text, then `dequeue` when the prompt starts a turn (a user record follows),
//! `remove` when it is handed to the agent inside the running turn (older versions log the text nowhere else; newer
//! ones add a `queued_command` attachment before or after), or `popAll` when the person takes all back.

use super::fingerprint::fingerprint;
use std::collections::{HashMap, VecDeque};

/// The prompts that wait, first in first out.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Queued>,
    /// How many prompts have left the queue, and by the fingerprints of their texts the numbers of those that wait.
    left: usize,
    places: HashMap<u64, VecDeque<usize>>,
    /// Fingerprints of texts that `remove` has shown and whose attachment may follow, with how often.
    shown: HashMap<u64, usize>,
}

#[derive(Debug)]
struct Queued {
    text: String,
    /// Whether an attachment has shown it.
    shown: bool,
}

impl Queue {
    pub(super) fn enqueue(&mut self, text: &str) {
        let number = self.left + self.waiting.len();
        self.places.entry(fingerprint(&[text])).or_default().push_back(number);
        self.waiting.push_back(Queued { text: text.to_owned(), shown: false });
    }

    fn pop(&mut self) -> Option<Queued> {
        let first = self.waiting.pop_front()?;
        self.left += 1;
        let mark = fingerprint(&[&first.text]);
        if let Some(numbers) = self.places.get_mut(&mark) {
            numbers.pop_front();
            if numbers.is_empty() {
                self.places.remove(&mark);
            }
        }
        Some(first)
    }

    /// The first prompt starts a turn: the user record that follows shows it.
    pub(super) fn dequeue(&mut self) {
        self.pop();
    }

    /// The person takes all prompts back.
    pub(super) fn clear(&mut self) {
        self.left += self.waiting.len();
        self.waiting.clear();
        self.places.clear();
    }

    /// The first prompt goes into the running turn: returns it unless an attachment has shown it.
    pub(super) fn remove(&mut self) -> Option<String> {
        let first = self.pop().filter(|first| !first.shown)?;
        *self.shown.entry(fingerprint(&[&first.text])).or_default() += 1;
        Some(first.text)
    }

    /// An attachment holds `text`: returns whether it is to be shown, and not already was.
    pub(super) fn show(&mut self, text: &str) -> bool {
        let mark = fingerprint(&[text]);
        if let Some(times) = self.shown.get_mut(&mark) {
            *times -= 1;
            if *times == 0 {
                self.shown.remove(&mark);
            }
            return false;
        }
        let number = self.places.get(&mark).and_then(VecDeque::front).copied();
        let at = number.and_then(|number| number.checked_sub(self.left));
        if let Some(queued) = at.and_then(|at| self.waiting.get_mut(at)) {
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
    fn of_equal_prompts_each_is_shown_once() {
        let mut queue = Queue::default();
        for text in ["a", "b", "b"] {
            queue.enqueue(text);
        }
        assert!(queue.show("b"));
        queue.dequeue();
        assert_eq!(queue.remove(), None);
        assert_eq!(queue.remove().as_deref(), Some("b"));
        assert!(!queue.show("b"));
        assert!(queue.show("b"));
        queue.enqueue("c");
        queue.clear();
        queue.enqueue("d");
        assert!(queue.show("d"));
        assert_eq!(queue.remove(), None);
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
