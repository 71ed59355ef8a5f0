//! The memory limit of a poll (`memory_limit_bytes`), and the bound of the process that follows from all limits.

pub(crate) mod here;
mod memory_meter;
mod poll_memory;
pub(crate) mod shown_values;

pub(crate) use memory_meter::{MemoryMeter, OVERHEAD, of_text};
pub(crate) use poll_memory::PollMemory;

use crate::config::ServiceConfig;

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
    let counted = service.metrics.iter().filter(|metric| !metric.kind.is_current()).count() as u64;
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
