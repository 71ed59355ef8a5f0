//! The content of the state file, as far as the next write depends on it.

use std::time::{Duration, Instant};

use siphasher::sip128::SipHasher24;

use super::format::journal::{self, JournalChanges};
use super::format::{self, LARGEST};
use crate::author::api::fingerprints::Fingerprints;
use crate::series::changes::WrittenSamples;
use crate::series::samples::Samples;
use crate::support::checksum::checksum;

/// The state that is in the file.
#[derive(Debug)]
pub(super) struct LastWritten {
    samples: WrittenSamples,
    /// The fingerprint of the value that the service keeps.
    kept: Option<u128>,
    /// The number of polls that the value has been held for.
    held: u32,
    /// The responses that were recorded.
    responses: Fingerprints,
    /// The end of the file; `None` if no record can be appended.
    end: Option<End>,
}

/// The state of a service except its samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'a> {
    /// The value that the service keeps, as JSON.
    pub(super) value: Option<&'a str>,
    /// The number of polls that the value has been held for.
    pub(super) held: u32,
    /// The responses that were recorded.
    pub(super) responses: &'a Fingerprints,
}

/// A write that is due.
pub(super) enum Due {
    /// A new file with the whole state.
    Snapshot,
    /// A record to append, and the length of the file before it.
    Record(Vec<u8>, usize),
}

/// The end of a file that this process wrote.
#[derive(Debug)]
struct End {
    /// The length of the header and the snapshot, in bytes.
    snapshot: usize,
    /// The length of the file, in bytes.
    length: usize,
    /// The checksum of the last record, or of the snapshot if there is none.
    checksum: u32,
    /// The time at which the snapshot was created.
    since: Instant,
}

/// Length in bytes that a journal may have for a snapshot of any size.
const SHORT: usize = 64 << 10;

/// The age of a snapshot after which the next change is written as a new one.
///
/// A journal omits the times at which known IDs were last listed. In the file they are late by at most this age, plus the
/// time without a change.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

impl LastWritten {
    /// Returns the state in memory as that of the file; `body` is the snapshot that is written, `None` for a loaded state.
    ///
    /// The first write after a load is a snapshot, because the journal of another process may not have reached the disk.
    pub(super) fn new(samples: &mut Samples, beside: Beside<'_>, body: Option<&[u8]>) -> Self {
        let end = body.map(|body| {
            let length = format::header(body).len() + body.len();
            End { snapshot: length, length, checksum: checksum(body), since: Instant::now() }
        });
        let Beside { value, held, responses } = beside;
        let (samples, responses) = (WrittenSamples::now(samples), responses.clone());
        Self { samples, kept: value.map(fingerprint), held, responses, end }
    }

    /// Returns the write that is due; `None` if nothing has changed.
    ///
    /// A different response alone is a change only if the file has the one before it.
    pub(super) fn changes(&mut self, samples: &mut Samples, beside: Beside<'_>) -> Option<Due> {
        let Beside { value, held, responses } = beside;
        let metrics = self.samples.changes(samples);
        let is_kept = self.kept == value.map(fingerprint);
        let held = (std::mem::replace(&mut self.held, held) != held).then_some(held);
        if metrics.is_empty() && is_kept && held.is_none() && !self.responses.is_outdated(responses) {
            return None;
        }
        self.kept = value.map(fingerprint);
        if !is_kept && value.is_none() {
            return Some(Due::Snapshot);
        }
        let kept = value.filter(|_| !is_kept).map(Into::into);
        let changed = Some(responses.changes(&self.responses)).filter(|changed| !changed.is_empty());
        let record = self.end.as_mut();
        let record =
            record.and_then(|end| end.append(&JournalChanges { kept, held, responses: changed, metrics }));
        self.responses.clone_from(responses);
        Some(record.unwrap_or(Due::Snapshot))
    }
}

impl End {
    /// Returns the record of the changes; `None` if a snapshot is due.
    fn append(&mut self, changes: &JournalChanges<'_>) -> Option<Due> {
        let (record, checksum) = journal::record(self.checksum, changes).ok()?;
        let (before, after) = (self.length, self.length + record.len());
        let longest = SHORT.max(self.snapshot);
        if after - self.snapshot > longest || after > LARGEST || self.since.elapsed() > LONG {
            return None;
        }
        (self.length, self.checksum) = (after, checksum);
        Some(Due::Record(record, before))
    }
}

/// Returns a hash that distinguishes one value from another.
pub(super) fn fingerprint(value: impl AsRef<[u8]>) -> u128 {
    SipHasher24::new().hash(value.as_ref()).as_u128()
}
