//! Waiting for a git that uses the network, under limits.
//!
//! A call is ended, with everything that it started, when nothing comes for too long, when its time is over, or when what
//! it fetches gets too large.

use super::failed;
use super::pipe::{Pieces, Stream};
use crate::{Limits, Progress, Result};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::{Duration, Instant};

/// So long is a git that was told to end waited for before it is ended.
const FAREWELL: Duration = Duration::from_secs(1);
/// So long after the end of git what it started may still write: a shared ssh connection keeps the pipes open.
const GRACE: Duration = Duration::from_millis(200);
/// So long after that, at most, what stands in the pipes is read: a busy machine takes its time.
const REST: Duration = Duration::from_secs(10);
/// How often the limits are looked at.
const TICK: Duration = Duration::from_millis(10);
/// More of what git writes is dropped.
const MAX_OUTPUT: usize = 1 << 20;
/// More of what git and the remote say is dropped.
const MAX_WORDS: usize = 64 << 10;

/// How a call ended.
pub(crate) struct Talk {
    pub(crate) end: End,
    /// What git wrote to standard output, at most [`MAX_OUTPUT`] bytes.
    pub(crate) output: Vec<u8>,
    /// What git, what it started and the remote said, line by line, without progress.
    pub(crate) words: Vec<String>,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself, with this status; `None` where a signal ended it.
    Code(Option<i32>),
    /// Nothing came for too long.
    Silence,
    /// Its time was over.
    Deadline,
    /// More came than may.
    TooLarge,
}

/// What is looked at while a call runs.
pub(crate) struct Watch<'w> {
    /// When what it is a part of began.
    pub(crate) started: Instant,
    pub(crate) limits: Limits,
    pub(crate) progress: &'w mut dyn FnMut(Progress),
    /// Returns how many bytes came so far.
    pub(crate) size: &'w dyn Fn() -> u64,
}

/// Runs `command`, whose arguments `name` may be shown, until it ends or a limit of `watch` does it.
///
/// # Errors
/// [`crate::Error::Git`] where git cannot be started or waited for.
pub(crate) fn talk(mut command: Command, name: &str, watch: &mut Watch<'_>) -> Result<Talk> {
    let error = |error: std::io::Error| failed(&[name], error.to_string());
    let pieces = Pieces::of(&mut command).map_err(error)?;
    command.stdin(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // What git starts can be ended with it.
        command.process_group(0);
    }
    let mut group = Group { child: command.spawn().map_err(error)?, is_over: false };
    // Its ends of the pipes would keep them open.
    drop(command);
    let mut heard = Heard::default();
    let end = group.listen(&pieces, &mut heard, watch).map_err(error)?;
    heard.end_line(watch.progress);
    Ok(Talk { end, output: heard.output, words: heard.words })
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    output: Vec<u8>,
    line: Vec<u8>,
    words: Vec<String>,
    length: usize,
}

impl Heard {
    fn take(&mut self, (stream, piece): (Stream, Vec<u8>), progress: &mut dyn FnMut(Progress)) {
        if stream == Stream::Output {
            let room = MAX_OUTPUT.saturating_sub(self.output.len());
            self.output.extend(piece.into_iter().take(room));
            return;
        }
        for byte in piece {
            if matches!(byte, b'\n' | b'\r') {
                self.end_line(progress);
            } else if self.line.len() < MAX_WORDS {
                self.line.push(byte);
            }
        }
    }

    fn end_line(&mut self, progress: &mut dyn FnMut(Progress)) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        // A remote that thinks it talks to a terminal clears what stands behind each of its lines.
        let line = line.trim_end().trim_end_matches("\u{1b}[K").trim_end();
        if let Some(step) = Progress::parse(line) {
            progress(step);
        } else if !line.is_empty() && self.length + line.len() <= MAX_WORDS {
            self.length += line.len();
            self.words.push(line.to_owned());
        }
    }
}

/// A git that runs, and everything that it started. It is ended where nobody waits for it.
struct Group {
    child: Child,
    is_over: bool,
}

impl Group {
    fn listen(
        &mut self,
        pieces: &Pieces,
        heard: &mut Heard,
        watch: &mut Watch<'_>,
    ) -> std::io::Result<End> {
        let mut heard_at = Instant::now();
        let mut ended: Option<(ExitStatus, Instant)> = None;
        loop {
            match pieces.next(TICK) {
                Ok(piece) => {
                    heard_at = Instant::now();
                    heard.take(piece, watch.progress);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => match ended {
                    Some((status, _when)) => return Ok(End::Code(status.code())),
                    None => thread::sleep(Duration::from_millis(1)),
                },
            }
            if ended.is_none()
                && let Some(status) = self.child.try_wait()?
            {
                self.is_over = true;
                ended = Some((status, Instant::now()));
            }
            if let Some((status, when)) = ended {
                if when.elapsed() >= GRACE {
                    pieces.end();
                }
                if when.elapsed() >= GRACE + REST {
                    return Ok(End::Code(status.code()));
                }
                continue;
            }
            let end = if (watch.size)() > watch.limits.bytes {
                End::TooLarge
            } else if watch.started.elapsed() >= watch.limits.total {
                End::Deadline
            } else if heard_at.elapsed() >= watch.limits.silence {
                End::Silence
            } else {
                continue;
            };
            self.stop(pieces)?;
            return Ok(end);
        }
    }

    /// Tells all of them to end, which gives git the time to remove its locks, then ends them.
    fn stop(&mut self, pieces: &Pieces) -> std::io::Result<()> {
        self.signal(Signal::Terminate)?;
        let told = Instant::now();
        // Whoever is left has the pipes open. Nobody was waited for, so the number of the group is still theirs.
        while told.elapsed() < FAREWELL {
            if let Err(RecvTimeoutError::Disconnected) = pieces.next(TICK) {
                break;
            }
        }
        self.signal(Signal::Kill)?;
        self.is_over = true;
        self.child.wait().map(drop)
    }

    #[cfg(unix)]
    fn signal(&self, signal: Signal) -> std::io::Result<()> {
        use rustix::process::{Pid, Signal as Number, kill_process_group};
        let number = match signal {
            Signal::Terminate => Number::TERM,
            Signal::Kill => Number::KILL,
        };
        match kill_process_group(Pid::from_child(&self.child), number) {
            // All of them ended by themselves.
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _signal: Signal) -> std::io::Result<()> {
        self.child.kill()
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.is_over {
            // There is nobody to tell.
            drop(self.signal(Signal::Kill));
            drop(self.child.wait());
        }
    }
}
