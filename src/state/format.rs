//! The format of a state file: one line with the checksum and length of the snapshot, the snapshot as JSON, and a journal.
//!
//! Each record of the journal is one line: its checksum, the length of its JSON, and the JSON of the changes. The checksum
//! includes the previous one, which is that of the snapshot for the first record. So a record is read only after those that it
//! follows, even if a disk has left records of another file there.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::author::api::fingerprints::Fingerprints;
use crate::series::changes::SavedChange;
use crate::series::saved::SavedSamples;
use crate::support::checksum::{checksum, checksum_of};

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

/// The changes of one write.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct JournalChanges<'a> {
    /// The new kept value; `None` if it is unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kept: Option<Cow<'a, str>>,
    /// The new number of polls that the kept value has been held for; `None` if it is unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<u32>,
    /// The new and changed responses; `None` if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) responses: Option<Fingerprints>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) metrics: Vec<SavedChange<'a>>,
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

/// The extent and condition of a journal.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Journal {
    /// The number of whole records.
    pub(super) records: usize,
    /// The number of bytes of the whole records.
    pub(super) bytes: usize,
    /// The number of bytes after the last whole record.
    pub(super) cut: usize,
    /// True if whole records follow a damaged one, which a killed process never leaves.
    pub(super) is_damaged: bool,
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

/// Returns a record that follows the checksum `before`, and its own checksum.
pub(super) fn record(before: u32, changes: &JournalChanges<'_>) -> io::Result<(Vec<u8>, u32)> {
    Ok(framed(before, serde_json::to_vec(changes)?))
}

/// Returns the line of a record with this JSON, and its checksum.
pub(super) fn framed(before: u32, mut json: Vec<u8>) -> (Vec<u8>, u32) {
    let checksum = chained(before, &json);
    let head = format!("{checksum:08x} {} ", json.len());
    json.splice(0..0, head.bytes());
    json.push(b'\n');
    (json, checksum)
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
        return Err(format!("it is of the service `{}`", saved.service));
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

/// Returns the JSON of each whole record before the first damaged one, and the extent of the journal.
fn records(mut before: u32, bytes: &[u8]) -> (Vec<&[u8]>, Journal) {
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

/// Splits a file into its snapshot, which must match the first line, and its journal.
///
/// # Errors
/// The error describes the problem with the file.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let end = bytes.iter().take(LONGEST_HEADER).position(|byte| *byte == b'\n');
    let header = end.and_then(|end| std::str::from_utf8(&bytes[..end]).ok()).unwrap_or_default();
    let Some((MAGIC, rest)) = header.split_once(' ') else {
        return Err("it is no state file of cton".to_owned());
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
        return Err(format!("it has {} bytes in place of {length}", all.len()));
    };
    let (body, journal) = all.split_at(size);
    if crc != format!("{:08x}", checksum(body)) {
        return Err("its checksum is wrong".to_owned());
    }
    Ok((body, journal))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"service":"s","kept":"[1,null]","samples":{"key":"AAAAAAAAAAAAAAAAAAAAAA==","metrics":[{"name":"m","kind":"counter","labels":["a"],"buckets":[0.5],"series":[["a=\"1\"",1.5,[0.1,-0.0],[1,2],7,1700000000]],"limit":7,"ids":"AA"}]}}"#;

    fn file(body: &str) -> Vec<u8> {
        let mut file = Vec::new();
        write(body.as_bytes(), &mut file).unwrap();
        file
    }

    #[test]
    fn a_file_reads_back_as_it_was_written() {
        for version in ["1", "2"] {
            let file =
                String::from_utf8(file(BODY)).unwrap().replacen("state 2", &format!("state {version}"), 1);
            let ReadState { saved, journal } = read("s", file.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(body(&saved).unwrap()).unwrap(), BODY);
            assert_eq!(journal, Journal::default());
        }
        assert!(file(BODY).starts_with(b"collectington-state 2 "));
    }

    #[test]
    fn a_file_of_a_build_without_the_times_of_series_is_read() {
        let ReadState { saved, .. } = read("s", &file(&BODY.replace(",7,1700000000", ""))).unwrap();
        let expected = BODY.replace(",7,1700000000", ",0");
        assert_eq!(String::from_utf8(body(&saved).unwrap()).unwrap(), expected);
    }

    /// Returns a file whose records keep 1, 2 and so on, and the ends of the snapshot and of each record.
    fn with_journal(records: usize) -> (Vec<u8>, Vec<usize>) {
        let mut bytes = file(BODY);
        let (mut before, mut ends) = (checksum(BODY.as_bytes()), vec![bytes.len()]);
        for nth in 1..=records {
            let kept = Some(nth.to_string().into());
            let (line, crc) = record(before, &JournalChanges { kept, ..JournalChanges::default() }).unwrap();
            bytes.extend(line);
            before = crc;
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    fn kept(bytes: &[u8]) -> (String, Journal) {
        let ReadState { saved, journal } = read("s", bytes).unwrap();
        (saved.kept.unwrap().into_owned(), journal)
    }

    #[test]
    fn a_journal_counts_up_to_the_first_record_that_is_not_whole() {
        let (whole, ends) = with_journal(3);
        let expected =
            |records: usize| if records == 0 { "[1,null]".to_owned() } else { records.to_string() };
        for cut in ends[0]..=whole.len() {
            let records = ends.iter().filter(|end| **end <= cut).count() - 1;
            let (found, journal) = kept(&whole[..cut]);
            assert_eq!((found, journal.records, journal.is_damaged), (expected(records), records, false));
            assert_eq!(ends[0] + journal.bytes + journal.cut, cut);
            let mut changed = whole.clone();
            if let Some(byte) = changed.get_mut(cut) {
                *byte ^= 1;
                let (found, journal) = kept(&changed);
                assert_eq!((found, journal.records), (expected(records), records), "{cut}");
                let is_told = (ends[records] + 8..ends[records + 1] - 1).contains(&cut);
                assert!(journal.is_damaged == (records < 2) || !is_told, "{cut}");
            }
        }
    }

    #[test]
    fn a_record_of_another_journal_is_never_read() {
        let (whole, ends) = with_journal(3);
        let missing = [&whole[..ends[1]], &whole[ends[2]..]].concat();
        assert_eq!(kept(&missing).0, "1");
        let other = String::from_utf8(whole[..ends[0]].to_vec()).unwrap().replace("0.5", "1.5");
        let other = file(other.split_once('\n').unwrap().1);
        assert_eq!(kept(&[&other, &whole[ends[0]..]].concat()).0, "[1,null]");
    }

    #[test]
    fn whatever_is_cut_off_or_changed_is_noticed() {
        let whole = file(BODY);
        for cut in 0..whole.len() {
            assert!(read("s", &whole[..cut]).is_err(), "{cut}");
            let mut changed = whole.clone();
            changed[cut] ^= 1;
            assert!(read("s", &changed).is_err(), "{cut}");
        }
        let mut without_journal = String::from_utf8(whole).unwrap().replacen("state 2", "state 1", 1);
        without_journal.push('\n');
        assert!(read("s", without_journal.as_bytes()).is_err());
    }

    #[test]
    fn what_is_something_else_is_said() {
        let said = |bytes: &[u8]| read("s", bytes).unwrap_err();
        assert_eq!(said(b""), "it is no state file of cton");
        assert_eq!(said(&[0xff; 1000]), "it is no state file of cton");
        let newer = "collectington-state 3 sha256:abc 4711 zstd\nx";
        assert_eq!(
            said(newer.as_bytes()),
            "its version is `3`, and this cton reads `1` and `2`: it is of a newer one"
        );
        assert_eq!(read("other", &file(BODY)).unwrap_err(), "it is of the service `s`");
        assert!(said(&file("{}")).starts_with("it is not what cton writes: missing field `service`"));
        assert!(said(&file(&"[".repeat(100_000))).starts_with("it is not what cton writes"));
    }
}
