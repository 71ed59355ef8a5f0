//! The queue between the callers that log and the thread that writes to standard error.
//!
//! No caller waits for a reader of standard error. A pipe that is not read, or a stopped terminal, blocks only the
//! writing thread.

use std::io::{self, Write};
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::locks::{locked, unpoisoned, waited};

/// The number of bytes that may wait to be written, some thousand lines. Further lines are dropped.
const LIMIT: usize = 256 * 1024;
/// The pause before the next attempt to write to a full pipe that does not block.
const PAUSE: Duration = Duration::from_millis(20);

/// A queue of text that waits to be written.
#[derive(Debug, Default)]
pub(super) struct LogQueue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    waiting: Vec<u8>,
    /// The number of lines dropped since the log last reported any.
    unreported: u64,
    /// The number of lines dropped since the process started.
    dropped: u64,
    is_writing: bool,
}

impl LogQueue {
    /// Adds whole lines, or drops and counts them if the queue is full. Text without a line break is not counted.
    pub(super) fn push(&self, text: &[u8]) {
        let mut state = self.state();
        if state.waiting.len() + text.len() > LIMIT {
            state.count_dropped(text);
        } else {
            state.waiting.extend_from_slice(text);
            self.changed.notify_all();
        }
    }

    /// Waits until everything is written, for at most `at_most`.
    pub(super) fn flush(&self, at_most: Duration) {
        let until = Instant::now() + at_most;
        let mut state = self.state();
        while !state.waiting.is_empty() || state.is_writing {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return };
            state = waited(&self.changed, state, left);
        }
    }

    /// Returns the number of lines dropped since the process started.
    pub(super) fn dropped(&self) -> u64 {
        self.state().dropped
    }

    /// Writes queued text until the process exits. `note` returns the line that reports dropped lines.
    pub(super) fn write_to(&self, mut out: impl Write, note: impl Fn(u64) -> String) -> ! {
        loop {
            self.write_once(&mut out, &note);
        }
    }

    fn write_once(&self, out: &mut impl Write, note: &impl Fn(u64) -> String) {
        let (text, dropped) = self.take();
        let rest = write(out, &text);
        let noted = rest.is_empty() && (dropped == 0 || write(out, note(dropped).as_bytes()).is_empty());
        let mut state = self.state();
        state.count_dropped(rest);
        // A count that could not be reported now is reported later.
        state.unreported += if noted { 0 } else { dropped };
        state.is_writing = false;
        self.changed.notify_all();
    }

    /// Waits for text, and takes it with the number of unreported dropped lines. Only lines after the waiting text are
    /// dropped, so their report follows the text.
    fn take(&self) -> (Vec<u8>, u64) {
        let mut state = self.state();
        while state.waiting.is_empty() {
            state = unpoisoned(self.changed.wait(state));
        }
        state.is_writing = true;
        (mem::take(&mut state.waiting), mem::take(&mut state.unreported))
    }

    /// Locks the state. The lock is held only to move bytes, never during a write.
    fn state(&self) -> MutexGuard<'_, QueueState> {
        locked(&self.state)
    }
}

impl QueueState {
    fn count_dropped(&mut self, text: &[u8]) {
        let lines = text.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.unreported += lines;
        self.dropped += lines;
    }
}

/// Writes the text, and returns the part that could not be written.
fn write<'a>(out: &mut impl Write, mut text: &'a [u8]) -> &'a [u8] {
    while !text.is_empty() {
        match out.write(text) {
            Ok(0) => break,
            Ok(count) => text = text.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Another process has made the shared pipe or terminal non-blocking.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(_) => break,
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;

    use super::*;

    fn note(count: u64) -> String {
        format!("dropped {count}\n")
    }

    #[test]
    fn lines_that_nobody_reads_are_dropped_and_reported_behind_those_that_were_kept() {
        let queue = LogQueue::default();
        let line = |number: usize| format!("{number:01023}\n");
        let pushed = LIMIT / 1024 + 3;
        (0..pushed).for_each(|number| queue.push(line(number).as_bytes()));
        assert_eq!(queue.dropped(), 3);
        let mut out = Vec::new();
        queue.write_once(&mut out, &note);
        queue.push(b"after\n");
        queue.write_once(&mut out, &note);
        let kept = (0..pushed - 3).map(line);
        let expected: Vec<String> = kept.chain([note(3), "after\n".to_owned()]).collect();
        assert!(String::from_utf8(out).unwrap() == expected.concat());
    }

    #[test]
    fn what_was_flushed_is_written() {
        let (queue, (reader, out)) = (Arc::new(LogQueue::default()), UnixStream::pair().unwrap());
        let writing = Arc::clone(&queue);
        thread::spawn(move || writing.write_to(out, note));
        queue.push(b"one\n");
        queue.flush(Duration::from_secs(30));
        reader.set_nonblocking(true).unwrap();
        let mut read = [0; 8];
        assert_eq!((&reader).read(&mut read).unwrap(), 4);
    }

    #[test]
    fn lines_that_cannot_be_written_count_as_dropped_and_are_reported_once_writing_works() {
        struct Broken(Vec<u8>, bool);
        impl Write for Broken {
            fn write(&mut self, text: &[u8]) -> io::Result<usize> {
                if self.1 { Err(io::ErrorKind::BrokenPipe.into()) } else { self.0.write(text) }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (queue, mut out) = (LogQueue::default(), Broken(Vec::new(), true));
        queue.push(b"one\ntwo\n");
        queue.write_once(&mut out, &note);
        out.1 = false;
        queue.push(b"three\n");
        queue.write_once(&mut out, &note);
        assert_eq!(String::from_utf8(out.0).unwrap(), "three\ndropped 2\n");
        assert_eq!(queue.dropped(), 2);
    }
}
