//! A meter for the values of one response.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use super::poll_memory::PollMemory;

/// The size of the smallest allocation in bytes.
const SMALLEST: usize = 32;

/// The overhead of an allocation in bytes.
pub(crate) const OVERHEAD: usize = 16;

/// A meter for the values of one response. It draws from the limit in larger parts, because a response can have
/// millions of values.
#[derive(Debug)]
pub(crate) struct MemoryMeter<'a> {
    memory: &'a PollMemory,
    drawn: Cell<u64>,
}

impl<'a> MemoryMeter<'a> {
    /// The number of bytes that are drawn at once.
    const PART: u64 = 16 * 1024;

    /// Creates a meter that draws from `memory`.
    pub(super) fn new(memory: &'a PollMemory) -> Self {
        Self { memory, drawn: Cell::new(0) }
    }

    /// Counts a text of `len` bytes, with its allocation.
    ///
    /// # Errors
    /// The bytes exceed the memory that remains.
    pub(crate) fn text<E: serde::de::Error>(&self, len: usize) -> Result<(), E> {
        self.take(of_text(len))
    }

    /// Counts bytes of the response.
    ///
    /// # Errors
    /// The bytes exceed the memory that remains.
    #[inline]
    pub(crate) fn take<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        if self.fits(bytes as u64) { Ok(()) } else { Err(E::custom("too much data")) }
    }

    #[inline]
    fn fits(&self, bytes: u64) -> bool {
        match self.drawn.get().checked_sub(bytes) {
            Some(left) => {
                self.drawn.set(left);
                true
            }
            None => self.draw(bytes),
        }
    }

    #[cold]
    #[inline(never)]
    fn draw(&self, bytes: u64) -> bool {
        let memory = self.memory;
        let part = Self::PART.min(memory.left.load(Ordering::Relaxed)).max(bytes);
        let fits = !memory.is_exceeded.load(Ordering::Relaxed) && memory.fits(part);
        if fits {
            // The rest of the last part is too small to matter.
            self.drawn.set(part - bytes);
        } else {
            memory.is_exceeded.store(true, Ordering::Relaxed);
        }
        fits
    }
}

/// Returns the bytes of a text of `len` bytes, with its allocation.
pub(crate) const fn of_text(len: usize) -> usize {
    match len {
        0 => 0,
        1..16 => SMALLEST,
        _ => len.saturating_add(OVERHEAD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meters_share_the_limit() {
        let memory = PollMemory::new(100_000, 0);
        let meter = memory.meter();
        let taken = (0..).take_while(|_| meter.take::<serde::de::value::Error>(10).is_ok()).count();
        assert!((8_000..=10_000).contains(&taken), "{taken}");
        let again = memory.meter().take::<serde::de::value::Error>(10);
        assert!(again.is_err(), "a poll that is too large stays so, whoever catches the error");
        assert!(memory.check().unwrap_err().to_string().contains("`memory_limit_bytes`"));
    }
}
