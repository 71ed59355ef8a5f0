//! The memory limit of a poll (`memory_limit_bytes`), and the bound of the process that follows from all limits.

pub(crate) mod here;
pub(crate) mod shown_values;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::error::{Error, ErrorKind, Result};
use crate::config::{Kind, ServiceConfig};

/// The bytes of a process without data: code, threads, connections, TLS, and responses to scrapes.
const BASE: u64 = 32 << 20;

/// The number of bodies of one service in memory besides those of the poll and the response cache. One is kept for
/// conditional requests, and one is being read into a buffer that grows by copying.
const BODIES: u64 = 3;

/// Returns the part of a limit that all series of a service may take, in memory and in an exposition of one format.
pub(crate) const fn of_series(limit: u64) -> u64 {
    limit / 4
}

/// Returns the part of a limit that the value of `Api::keep` may take.
pub(crate) const fn of_kept(limit: u64) -> u64 {
    limit / 8
}

/// The bytes of a new ID in a table that grows, and in the table before its growth.
const NEW_ID: usize = 128;

/// The size of the smallest allocation in bytes.
const SMALLEST: usize = 32;
/// The overhead of an allocation in bytes.
pub(crate) const OVERHEAD: usize = 16;

/// The number of copies of the series of a service in memory: the series, the plain and compressed bytes of both
/// formats, and the compressed bytes without stale gauges. Retained compressed bytes have at most half of the size.
const SERIES: u64 = 5;

/// The bytes of a retained ID of `Once` in a table that has just grown.
pub(crate) const ID: u64 = 96;

/// The step in bytes to which the bound is rounded up.
const STEP: u64 = 16 << 20;

/// Returns the largest memory in bytes that the process of these services takes, whatever their APIs send.
///
/// The data of a poll takes at most a quarter more than its estimate, for gaps and growing buffers. It is freed before
/// the next exposition is built beside the last one, and before the state is written.
pub(crate) fn bound<'a>(services: impl IntoIterator<Item = &'a ServiceConfig>) -> u64 {
    let bytes = services.into_iter().map(of_service).fold(BASE, u64::saturating_add);
    bytes.checked_next_multiple_of(STEP).unwrap_or(bytes)
}

/// Returns the bytes of one service.
pub(crate) fn of_service(service: &ServiceConfig) -> u64 {
    let limit = service.memory_limit;
    let counted = service.metrics.iter().filter(|metric| metric.kind != Kind::Gauge).count() as u64;
    let parts = [
        service.poll_limit,
        BODIES.saturating_mul(service.response_limit),
        limit,
        limit / 4,
        SERIES.saturating_mul(of_series(limit)),
        of_kept(limit),
        counted.saturating_mul(ID).saturating_mul(service.once_ids_limit as u64),
        shown_values::of_service(service),
    ];
    parts.into_iter().fold(0, u64::saturating_add)
}

/// The memory that the data of one poll may take, as estimated from its values. All responses of a service share it.
#[derive(Debug)]
pub(crate) struct PollMemory {
    limit: u64,
    left: AtomicU64,
    is_exceeded: AtomicBool,
    /// The bytes that the service retains from its last polls beyond its other limits.
    retained: AtomicU64,
    /// The number of IDs that a metric may list before they count.
    ids_limit: u64,
    /// The number of IDs that the current metric may still list before they count.
    ids: AtomicU64,
}

impl PollMemory {
    /// Creates the memory limit of each poll. The first `ids_limit` IDs of a metric do not count, because other limits
    /// include them.
    pub(crate) fn new(limit: u64, ids_limit: usize) -> Self {
        let (ids_limit, ids) = (ids_limit as u64, AtomicU64::default());
        let (left, is_exceeded, retained) =
            (AtomicU64::new(limit), AtomicBool::default(), AtomicU64::default());
        Self { limit, left, is_exceeded, retained, ids_limit, ids }
    }

    /// Begins a poll: the data of the last one no longer counts.
    pub(crate) fn begin(&self) {
        self.give_back_to(0);
    }

    /// Sets the bytes that are retained beyond other limits. The next polls cannot use them.
    pub(crate) fn retain(&self, bytes: u64) {
        self.retained.store(bytes, Ordering::Relaxed);
    }

    /// Begins the reading of a metric.
    pub(crate) fn begin_metric(&self) {
        self.ids.store(self.ids_limit, Ordering::Relaxed);
    }

    /// Counts the next ID of the metric. Returns the bytes that it takes in the tables of IDs beyond `once_ids_limit`.
    fn of_id(&self) -> usize {
        let left = self.ids.load(Ordering::Relaxed);
        self.ids.store(left.saturating_sub(1), Ordering::Relaxed);
        if left > 0 { 0 } else { NEW_ID }
    }

    /// Returns the bytes that the value of `Api::keep` may take.
    pub(crate) fn kept(&self) -> u64 {
        of_kept(self.limit)
    }

    /// Returns the bytes that were counted in this poll.
    pub(crate) fn taken(&self) -> u64 {
        self.limit.saturating_sub(self.left.load(Ordering::Relaxed))
    }

    /// Releases bytes of data that are no longer in memory.
    pub(crate) fn give_back(&self, bytes: u64) {
        self.give_back_to(self.taken().saturating_sub(bytes));
    }

    /// Sets the counted bytes to those that are still in memory, or to the retained bytes if these are more.
    pub(crate) fn give_back_to(&self, bytes: u64) {
        let bytes = bytes.max(self.retained.load(Ordering::Relaxed));
        self.left.store(self.limit.saturating_sub(bytes), Ordering::Relaxed);
        self.is_exceeded.store(false, Ordering::Relaxed);
    }

    /// Counts bytes of the poll.
    ///
    /// # Errors
    /// The bytes exceed the memory that remains.
    pub(crate) fn take(&self, bytes: usize) -> Result<()> {
        if self.fits(bytes as u64) { Ok(()) } else { Err(self.error()) }
    }

    /// Checks that no response has exceeded the limit, even if the service continued with a default.
    ///
    /// # Errors
    /// A response has exceeded the limit.
    pub(crate) fn check(&self) -> Result<()> {
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

    /// Returns a meter for one response.
    pub(crate) fn meter(&self) -> MemoryMeter<'_> {
        MemoryMeter { memory: self, drawn: Cell::new(0), is_typed: false }
    }

    fn fits(&self, bytes: u64) -> bool {
        let left = |left: u64| left.checked_sub(bytes);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok()
    }
}

/// A meter for the values of one response. It draws from the limit in larger parts, because a response can have
/// millions of values.
#[derive(Debug)]
pub(crate) struct MemoryMeter<'a> {
    memory: &'a PollMemory,
    drawn: Cell<u64>,
    /// True if the deserializer needs to know the expected type.
    pub is_typed: bool,
}

impl MemoryMeter<'_> {
    /// The number of bytes that are drawn at once.
    const PART: u64 = 16 * 1024;

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
    use std::sync::Arc;

    use super::here::{Here, take_here, take_id_here};
    use super::*;

    #[test]
    fn a_poll_takes_no_more_than_its_limit_and_the_next_one_starts_again() {
        let memory = PollMemory::new(100, 0);
        memory.take(60).unwrap();
        assert_eq!(memory.take(41).unwrap_err().kind(), ErrorKind::Body);
        memory.take(40).unwrap();
        assert!(memory.take(1).is_err());
        memory.begin();
        memory.take(100).unwrap();
    }

    #[test]
    fn ids_beyond_their_limit_count_and_what_is_retained_of_them_is_left_out_of_the_next_polls() {
        let memory = Arc::new(PollMemory::new(1000, 3));
        let _here = Here::enter(Arc::clone(&memory));
        for _ in 0..2 {
            memory.begin_metric();
            (0..3).for_each(|_| take_id_here(10).unwrap());
        }
        assert_eq!(memory.taken(), 60, "each metric has its own");
        take_id_here(10).unwrap();
        assert_eq!(memory.taken(), 70 + NEW_ID as u64);
        memory.retain(600);
        memory.begin();
        assert!(take_here(401).is_err() && take_here(400).is_ok());
        memory.give_back_to(0);
        assert_eq!(memory.taken(), 600);
    }

    #[test]
    fn the_unit_and_the_manifest_have_the_memory_that_the_shipped_service_may_take() {
        let config = crate::config::parse("config.json", include_str!("../../config.json")).unwrap();
        let mib = bound(&config.services) >> 20;
        assert_eq!(mib << 20, bound(&config.services), "whole MiB");
        let unit = include_str!("../../packaging/cton@.service");
        assert!(unit.contains(&format!("\nMemoryMax={mib}M\n")), "{mib}");
        let manifest = include_str!("../../packaging/kubernetes.yaml");
        assert!(manifest.contains(&format!("memory: \"{mib}Mi\"")), "{mib}");
        for document in [include_str!("../../docs/operating.md"), include_str!("../../docs/deploying.md")] {
            assert!(document.contains(&format!("{mib} MiB")), "{mib}");
        }
    }

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
