//! The format of a state file: one line with the checksum and length of the snapshot, the snapshot as JSON, and a journal.
//!
//! Each record of the journal is one line: its checksum, the length of its JSON, and the JSON of the changes. The checksum
//! includes the previous one, which is that of the snapshot for the first record. So a record is read only after those that it
//! follows, even if a disk has left records of another file there.

pub(super) mod journal;

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use journal::{Journal, JournalChanges, records};

use crate::author::api::fingerprints::Fingerprints;
use crate::series::saved::SavedSamples;
use crate::support::checksum::checksum;

/// The first word of every state file.
const MAGIC: &str = "collectington-state";

/// The version of the format that is written.
const VERSION: &str = "2";

/// The previous version of the format, which has no journal and is still read.
const WITHOUT_JOURNAL: &str = "1";

/// The largest file that is read or written, in bytes: 10,000 series and 100,000 IDs of one metric take 3 MB.
pub(super) const LARGEST: usize = 256 << 20;

/// The longest possible first line in bytes.
pub(super) const LONGEST_HEADER: usize = 100;

/// The state of one service.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedState<'a> {
    pub(super) service: Cow<'a, str>,
    /// The value given to `Api::keep`, as JSON in a string, which distinguishes `null` from no value.
    pub(super) kept: Option<Cow<'a, str>>,
    /// The number of polls that the value has been held for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) held: u32,
    /// The responses that were recorded.
    #[serde(default, skip_serializing_if = "has_none")]
    pub(super) responses: Cow<'a, Fingerprints>,
    pub(super) samples: SavedSamples<'a>,
}

fn has_none(responses: &Fingerprints) -> bool {
    responses.is_empty()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// The state and the journal of a file that was read.
#[derive(Debug)]
pub(super) struct ReadState {
    /// The state as of the last whole record.
    pub(super) saved: SavedState<'static>,
    pub(super) journal: Journal,
}

/// Returns the snapshot of a state as JSON.
///
/// # Errors
/// The snapshot is larger than the largest file that is read.
pub(super) fn body(saved: &SavedState<'_>) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(saved)?;
    if body.len() > LARGEST - LONGEST_HEADER {
        let what = format!("the state has {} bytes, more than the {LARGEST} that are read back", body.len());
        return Err(io::Error::other(what));
    }
    Ok(body)
}

/// Returns the first line of a file with this snapshot.
pub(super) fn header(body: &[u8]) -> String {
    format!("{MAGIC} {VERSION} {:08x} {}\n", checksum(body), body.len())
}

/// Writes a file without a journal.
pub(super) fn write(body: &[u8], mut out: impl Write) -> io::Result<()> {
    out.write_all(header(body).as_bytes())?;
    out.write_all(body)
}

/// Reads the state file of a service.
///
/// # Errors
/// The error describes the problem with the file.
pub(super) fn read(service: &str, bytes: &[u8]) -> Result<ReadState, String> {
    let unknown = |error| format!("it is not what cton writes: {error}");
    let (body, rest) = split(bytes)?;
    let mut saved: SavedState<'static> = serde_json::from_slice(body).map_err(unknown)?;
    if saved.service != service {
        return Err(format!("state of the service `{}`", saved.service));
    }
    let (records, journal) = records(checksum(body), rest);
    let mut changed = Vec::with_capacity(records.len());
    for json in records {
        let JournalChanges { kept, held, responses, metrics } =
            serde_json::from_slice(json).map_err(unknown)?;
        saved.kept = kept.or(saved.kept);
        responses.into_iter().for_each(|changes| saved.responses.to_mut().apply(changes));
        saved.held = held.unwrap_or(saved.held);
        changed.push(metrics);
    }
    saved.samples.replay(changed.into_iter().flatten())?;
    Ok(ReadState { saved, journal })
}

/// Splits a file into its snapshot, which must match the first line, and its journal.
///
/// # Errors
/// The error describes the problem with the file.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let end = bytes.iter().take(LONGEST_HEADER).position(|byte| *byte == b'\n');
    let header = end.and_then(|end| std::str::from_utf8(&bytes[..end]).ok()).unwrap_or_default();
    let Some((MAGIC, rest)) = header.split_once(' ') else {
        return Err("not a state file of cton".to_owned());
    };
    let words: Vec<&str> = rest.split(' ').collect();
    let [version @ (VERSION | WITHOUT_JOURNAL), crc, length] = words[..] else {
        return Err(format!(
            "its version is `{}`, and this cton reads `{WITHOUT_JOURNAL}` and `{VERSION}`: it is of a newer one",
            words[0]
        ));
    };
    let all = &bytes[header.len() + 1..];
    let size = length.parse().ok().filter(|size: &usize| size.to_string() == length);
    let size = size.filter(|size| if version == VERSION { *size <= all.len() } else { *size == all.len() });
    let Some(size) = size else {
        return Err(format!("{} bytes instead of {length}", all.len()));
    };
    let (body, journal) = all.split_at(size);
    if crc != format!("{:08x}", checksum(body)) {
        return Err("wrong checksum".to_owned());
    }
    Ok((body, journal))
}

#[cfg(test)]
mod tests;
