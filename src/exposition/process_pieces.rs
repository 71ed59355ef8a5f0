//! The end of an exposition: the families of the process, read again when they are too old.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::piece::{Formats, Piece};
use crate::self_metrics::health::Health;
use crate::series::encode::Format;
use crate::support::locks::locked;

/// The maximum age of the values of `process_*` in a scrape, however rarely the services are polled.
pub(super) const PROCESS_AGE: Duration = Duration::from_secs(1);

/// The families of the process and the end of the exposition, in both formats.
#[derive(Default)]
pub(super) struct ProcessPieces(Formats<Mutex<Option<ProcessPiece>>>);

struct ProcessPiece {
    read: Instant,
    piece: Arc<Piece>,
}

impl ProcessPieces {
    /// Returns the piece in that format, at most [`PROCESS_AGE`] old.
    pub(super) fn current(&self, health: &Health, format: Format) -> Arc<Piece> {
        let mut process = locked(self.0.of(format));
        match &*process {
            Some(process) if process.read.elapsed() < PROCESS_AGE => Arc::clone(&process.piece),
            _ => Arc::clone(&process.insert(ProcessPiece::read(health, format)).piece),
        }
    }
}

impl ProcessPiece {
    fn read(health: &Health, format: Format) -> Self {
        let mut bytes = Vec::new();
        health.encode_own(format, &mut bytes);
        health.encode_process(format, &mut bytes);
        if format == Format::OpenMetrics {
            bytes.extend_from_slice(b"# EOF\n");
        }
        Self { read: Instant::now(), piece: Arc::new(Piece::new(bytes)) }
    }
}
