//! The memory that a poll may take: `memory_limit_bytes`, and the bound of a process that follows from the limits.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[cfg(feature = "tools")]
use crate::config::ServiceConfig;
use crate::error::{Error, ErrorKind, Result};

/// A process without data: code, threads, connections, TLS, and the pages of the exposition.
#[cfg(feature = "tools")]
const BASE: u64 = 64 << 20;

/// Bodies that a process holds of one service beside those of the poll and the response cache: one is held for a condition,
/// and one is being read, in a buffer that grows by copying.
#[cfg(feature = "tools")]
const BODIES: u64 = 3;

/// The smallest allocation, and what each costs beside its content.
const SMALLEST: usize = 32;
pub const OVERHEAD: usize = 16;

/// The most memory that the process of these services takes, whatever their APIs send, in bytes.
///
/// The data of a poll takes at most a quarter more than its estimate, for gaps and growing buffers.
#[cfg(feature = "tools")]
pub fn bound<'a>(services: impl IntoIterator<Item = &'a ServiceConfig>) -> u64 {
    let of_service = |service: &ServiceConfig| {
        let data = service.memory_limit.saturating_add(service.memory_limit / 4);
        let bodies = BODIES.saturating_mul(service.response_limit).saturating_add(service.poll_limit);
        bodies.saturating_add(data)
    };
    services.into_iter().map(of_service).fold(BASE, u64::saturating_add)
}

/// The memory that the data of one poll may take, as estimated from its values. It is shared by all responses of a service.
#[derive(Debug)]
pub struct Memory {
    limit: u64,
    left: AtomicU64,
    is_exceeded: AtomicBool,
}

impl Memory {
    /// So many bytes for each poll.
    pub fn new(limit: u64) -> Self {
        Self { limit, left: AtomicU64::new(limit), is_exceeded: AtomicBool::new(false) }
    }

    /// A poll begins: the data of the last one is no longer counted.
    pub fn begin(&self) {
        self.give_back_to(0);
    }

    /// The bytes that were counted in this poll.
    pub fn taken(&self) -> u64 {
        self.limit.saturating_sub(self.left.load(Ordering::Relaxed))
    }

    /// So many bytes of data are no longer in memory.
    pub fn give_back(&self, bytes: u64) {
        self.give_back_to(self.taken().saturating_sub(bytes));
    }

    /// Only so many bytes of data are still in memory.
    pub fn give_back_to(&self, bytes: u64) {
        self.left.store(self.limit.saturating_sub(bytes), Ordering::Relaxed);
        self.is_exceeded.store(false, Ordering::Relaxed);
    }

    /// Counts so many bytes.
    ///
    /// # Errors
    /// They are more than is left.
    pub fn take(&self, bytes: usize) -> Result<()> {
        if self.fits(bytes as u64) { Ok(()) } else { Err(self.error()) }
    }

    /// Reports if a response has exceeded the limit, also where the service went on with a default.
    ///
    /// # Errors
    /// It has.
    pub fn check(&self) -> Result<()> {
        if self.is_exceeded.load(Ordering::Relaxed) { Err(self.error()) } else { Ok(()) }
    }

    fn error(&self) -> Error {
        let text = format!(
            "the data of this poll takes more than {} bytes of memory: request less, read fewer fields in the service, or \
             raise `memory_limit_bytes`",
            self.limit
        );
        Error::new(ErrorKind::Body, text)
    }

    /// A meter for one response.
    pub fn meter(&self) -> Meter<'_> {
        Meter { memory: self, drawn: Cell::new(0) }
    }

    fn fits(&self, bytes: u64) -> bool {
        let left = |left: u64| left.checked_sub(bytes);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok()
    }
}

/// Counts the values of one response. It draws from the limit in larger parts, since a response has millions of values.
#[derive(Debug)]
pub struct Meter<'a> {
    memory: &'a Memory,
    drawn: Cell<u64>,
}

impl Meter<'_> {
    /// A part that is drawn.
    const PART: u64 = 16 * 1024;

    /// Counts a text of so many bytes, with its allocation.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn text<E: serde::de::Error>(&self, len: usize) -> Result<(), E> {
        self.take(of_text(len))
    }

    /// Counts so many bytes.
    ///
    /// # Errors
    /// There is no room for them.
    #[inline]
    pub fn take<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
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
            // What is left of the last part is not worth a look.
            self.drawn.set(part - bytes);
        } else {
            memory.is_exceeded.store(true, Ordering::Relaxed);
        }
        fits
    }
}

thread_local! {
    /// The limit of the poll whose metrics this thread reads.
    static HERE: RefCell<Option<Arc<Memory>>> = const { RefCell::new(None) };
}

/// While it lives, [`take_here`] of this thread counts with that limit.
pub struct Here;

impl Here {
    /// The metrics of a poll are read.
    pub fn enter(memory: Arc<Memory>) -> Self {
        HERE.set(Some(memory));
        Self
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

/// Counts bytes that a metric takes of the poll's data, if this thread reads the metrics of a poll.
///
/// # Errors
/// They are more than is left.
pub fn take_here(bytes: usize) -> Result<()> {
    HERE.with_borrow(|memory| memory.as_ref().map_or(Ok(()), |memory| memory.take(bytes)))
}

/// The bytes of a text, with its allocation.
pub const fn of_text(len: usize) -> usize {
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
    fn a_poll_takes_no_more_than_its_limit_and_the_next_one_starts_again() {
        let memory = Memory::new(100);
        memory.take(60).unwrap();
        assert_eq!(memory.take(41).unwrap_err().kind(), ErrorKind::Body);
        memory.take(40).unwrap();
        assert!(memory.take(1).is_err());
        memory.begin();
        memory.take(100).unwrap();
    }

    #[test]
    fn the_unit_and_the_manifest_have_the_memory_that_the_shipped_service_may_take() {
        let config = crate::config::parse("config.json", include_str!("../config.json")).unwrap();
        let mib = bound(&config.services) >> 20;
        assert_eq!(mib << 20, bound(&config.services), "whole MiB");
        let unit = include_str!("../packaging/cton@.service");
        assert!(unit.contains(&format!("\nMemoryMax={mib}M\n")), "{mib}");
        let manifest = include_str!("../packaging/kubernetes.yaml");
        assert!(manifest.contains(&format!("memory: \"{mib}Mi\"")), "{mib}");
        for document in [include_str!("../docs/operating.md"), include_str!("../docs/deploying.md")] {
            assert!(document.contains(&format!("{mib} MiB")), "{mib}");
        }
    }

    #[test]
    fn meters_share_the_limit() {
        let memory = Memory::new(100_000);
        let meter = memory.meter();
        let taken = (0..).take_while(|_| meter.take::<serde::de::value::Error>(10).is_ok()).count();
        assert!((8_000..=10_000).contains(&taken), "{taken}");
        let again = memory.meter().take::<serde::de::value::Error>(10);
        assert!(again.is_err(), "a poll that is too large stays so, whoever catches the error");
        assert!(memory.check().unwrap_err().to_string().contains("`memory_limit_bytes`"));
    }
}
