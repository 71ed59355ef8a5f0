//! The journal of a state file: one line for the changes of each write.

use std::borrow::Cow;
use std::io;

use serde::{Deserialize, Serialize};

use crate::author::api::fingerprints::Fingerprints;
use crate::series::changes::SavedChange;
use crate::support::checksum::checksum_of;

/// The changes of one write.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::state) struct JournalChanges<'a> {
    /// The new kept value; `None` if it is unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::state) kept: Option<Cow<'a, str>>,
    /// The new number of polls that the kept value has been held for; `None` if it is unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::state) held: Option<u32>,
    /// The new and changed responses; `None` if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::state) responses: Option<Fingerprints>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::state) metrics: Vec<SavedChange<'a>>,
}

/// The extent and condition of a journal.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(in crate::state) struct Journal {
    /// The number of whole records.
    pub(in crate::state) records: usize,
    /// The number of bytes of the whole records.
    pub(in crate::state) bytes: usize,
    /// The number of bytes after the last whole record.
    pub(in crate::state) cut: usize,
    /// True if whole records follow a damaged one, which a killed process never leaves.
    pub(in crate::state) is_damaged: bool,
}

/// Returns a record that follows the checksum `before`, and its own checksum.
pub(in crate::state) fn record(before: u32, changes: &JournalChanges<'_>) -> io::Result<(Vec<u8>, u32)> {
    Ok(framed(before, serde_json::to_vec(changes)?))
}

/// Returns the line of a record with this JSON, and its checksum.
pub(in crate::state) fn framed(before: u32, mut json: Vec<u8>) -> (Vec<u8>, u32) {
    let checksum = chained(before, &json);
    let head = format!("{checksum:08x} {} ", json.len());
    json.splice(0..0, head.bytes());
    json.push(b'\n');
    (json, checksum)
}

/// Returns the JSON of each whole record before the first damaged one, and the extent of the journal.
pub(super) fn records(mut before: u32, bytes: &[u8]) -> (Vec<&[u8]>, Journal) {
    let (mut records, mut rest) = (Vec::new(), bytes);
    while let Some((json, after)) = line(rest).filter(|(line, _)| is_whole(before, line)) {
        let json = json.splitn(3, |byte| *byte == b' ').nth(2).unwrap_or_default();
        before = chained(before, json);
        records.push(json);
        rest = after;
    }
    let is_damaged = has_whole(rest);
    let (read, cut) = (bytes.len() - rest.len(), rest.len());
    let journal = Journal { records: records.len(), bytes: read, cut, is_damaged };
    (records, journal)
}

/// Returns true if the bytes contain a whole record that follows another one, which may be damaged.
fn has_whole(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let mut before = lines.next();
    lines.any(|line| {
        let stated = before.replace(line).and_then(|before| before.get(..8));
        let stated = stated.and_then(|crc| u32::from_str_radix(std::str::from_utf8(crc).ok()?, 16).ok());
        stated.is_some_and(|before| is_whole(before, line))
    })
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// Returns true if the line is a record that follows the checksum `before`.
fn is_whole(before: u32, line: &[u8]) -> bool {
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let (Some(crc), Some(length), Some(json)) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    crc == format!("{:08x}", chained(before, json)).as_bytes() && length == json.len().to_string().as_bytes()
}

fn chained(before: u32, json: &[u8]) -> u32 {
    checksum_of(&[&before.to_le_bytes(), json])
}
