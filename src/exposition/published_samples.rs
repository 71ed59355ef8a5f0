//! The samples that a poll publishes: bytes for scrapes, and data for the status.

use crate::series::encode::Format;
use crate::series::family_snapshot::FamilySnapshot;
use crate::series::samples::{Gauges, Samples};

/// The samples of one service at the end of a poll.
pub trait PublishedSamples {
    /// Writes whole families in the format to the end of `out`, without `# EOF`. Returns the positions of the gauges
    /// that become stale.
    fn encode(&self, format: Format, out: &mut Vec<u8>) -> Vec<Gauges>;

    /// Returns the same families as data, in the order of the service's metrics. If gauges `expire`, they become stale
    /// in the data too.
    fn snapshots(&self, expire: bool) -> Vec<FamilySnapshot>;
}

impl PublishedSamples for Samples {
    fn encode(&self, format: Format, out: &mut Vec<u8>) -> Vec<Gauges> {
        self.encode_parts(format, out)
    }

    fn snapshots(&self, expire: bool) -> Vec<FamilySnapshot> {
        self.family_snapshots(expire)
    }
}

/// Samples of which the status shows nothing.
impl<F: Fn(Format, &mut Vec<u8>) -> Vec<Gauges>> PublishedSamples for F {
    fn encode(&self, format: Format, out: &mut Vec<u8>) -> Vec<Gauges> {
        self(format, out)
    }

    fn snapshots(&self, _: bool) -> Vec<FamilySnapshot> {
        Vec::new()
    }
}
