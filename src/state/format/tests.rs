//! Tests of files that are whole, cut, changed or foreign.

use super::journal::record;
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
        let file = String::from_utf8(file(BODY)).unwrap().replacen("state 2", &format!("state {version}"), 1);
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
    let expected = |records: usize| if records == 0 { "[1,null]".to_owned() } else { records.to_string() };
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
    assert_eq!(said(b""), "not a state file of cton");
    assert_eq!(said(&[0xff; 1000]), "not a state file of cton");
    let newer = "collectington-state 3 sha256:abc 4711 zstd\nx";
    assert_eq!(
        said(newer.as_bytes()),
        "its version is `3`, and this cton reads `1` and `2`: it is of a newer one"
    );
    assert_eq!(read("other", &file(BODY)).unwrap_err(), "state of the service `s`");
    assert!(said(&file("{}")).starts_with("it is not what cton writes: missing field `service`"));
    assert!(said(&file(&"[".repeat(100_000))).starts_with("it is not what cton writes"));
}
