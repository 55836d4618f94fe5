//! Reading what a process writes, and all of it: also where others keep its pipes open, and where there is little time.

use std::io::{PipeReader, Read, Result};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// Which of its two streams a process wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Output,
    Errors,
}

/// What a process writes, piece by piece.
pub(super) struct Pieces {
    receiver: Receiver<(Stream, Vec<u8>)>,
    is_over: Arc<AtomicBool>,
}

impl Pieces {
    /// Returns what the process that `command` starts will write. `command` holds the other ends of the pipes: it has to
    /// be dropped behind the start.
    pub(super) fn of(command: &mut Command) -> Result<Self> {
        let (output, for_output) = std::io::pipe()?;
        let (errors, for_errors) = std::io::pipe()?;
        command.stdout(for_output).stderr(for_errors);
        // A reader that nobody listens to any more ends: the channel is bounded, and gone with the pieces.
        let (sender, receiver) = sync_channel(64);
        let is_over = Arc::new(AtomicBool::new(false));
        read(Stream::Output, output, sender.clone(), Arc::clone(&is_over));
        read(Stream::Errors, errors, sender, Arc::clone(&is_over));
        Ok(Self { receiver, is_over })
    }

    /// Returns the next piece.
    ///
    /// # Errors
    /// [`RecvTimeoutError::Disconnected`] where none comes any more.
    pub(super) fn next(
        &self,
        within: Duration,
    ) -> std::result::Result<(Stream, Vec<u8>), RecvTimeoutError> {
        self.receiver.recv_timeout(within)
    }

    /// Says that what stands in the pipes now is the last: nobody waits for those who keep them open.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sends what comes through `pipe` until it is closed; or, once that is said to be all, until it is empty.
fn read(
    stream: Stream,
    mut pipe: PipeReader,
    to: SyncSender<(Stream, Vec<u8>)>,
    is_over: Arc<AtomicBool>,
) {
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        loop {
            // Asked first: what was written before that was said is found.
            let is_last = is_over.load(Ordering::SeqCst);
            if !is_ready(&pipe) {
                if is_last {
                    return;
                }
                continue;
            }
            let Ok(count @ 1..) = pipe.read(&mut buffer) else { return };
            let piece = buffer.get(..count).unwrap_or_default().to_vec();
            if to.send((stream, piece)).is_err() {
                return;
            }
        }
    });
}

/// Returns whether a read would not wait; after a moment, if nothing comes.
#[cfg(unix)]
fn is_ready(pipe: &PipeReader) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    let mut asked = [PollFd::new(pipe, PollFlags::IN)];
    match poll(&mut asked, Some(&TICK)) {
        Ok(count) => count > 0,
        Err(rustix::io::Errno::INTR) => false,
        // The read says what is wrong.
        Err(_error) => true,
    }
}

#[cfg(not(unix))]
fn is_ready(_pipe: &PipeReader) -> bool {
    true
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test starts what git would be")]
mod tests {
    use super::*;
    use std::io::Write;

    /// Returns what a reader sends that begins only after the end was said, with the pipe kept open.
    fn rest_of(written: &[u8]) -> Vec<u8> {
        let (pipe, mut end) = std::io::pipe().unwrap();
        end.write_all(written).unwrap();
        let (sender, receiver) = sync_channel(64);
        read(Stream::Output, pipe, sender, Arc::new(AtomicBool::new(true)));
        let all = receiver.iter().flat_map(|(_stream, piece)| piece).collect();
        drop(end);
        all
    }

    #[test]
    fn a_late_reader_misses_nothing_and_waits_for_nobody() {
        assert_eq!(rest_of(b""), b"");
        let long = b"x".repeat(60_000);
        assert_eq!(rest_of(&long), long);
    }

    #[test]
    fn what_a_process_writes_comes_whole_although_another_keeps_the_pipes_open() {
        let mut command = Command::new("sh");
        // The one that stays ends with its input, which is the test's to close.
        let (input, held) = std::io::pipe().unwrap();
        command.args(["-c", "exec 3<&0; cat <&3 >&2 & echo out; echo err >&2"]).stdin(input);
        let pieces = Pieces::of(&mut command).unwrap();
        let mut child = command.spawn().unwrap();
        drop(command);
        child.wait().unwrap();
        pieces.end();
        let mut heard = Vec::new();
        loop {
            match pieces.next(Duration::from_mins(1)) {
                Ok(piece) => heard.push(piece),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it waits for the other"),
            }
        }
        drop(held);
        heard.sort_by_key(|(stream, _piece)| *stream == Stream::Errors);
        assert_eq!(
            heard,
            [(Stream::Output, b"out\n".to_vec()), (Stream::Errors, b"err\n".to_vec())]
        );
    }
}
