//! A state file: one line that tells whether it is whole, and JSON.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::checksum::checksum;
use crate::sample::saved::SavedSamples;

/// What every state file begins with.
const MAGIC: &str = "collectington-state";

/// What this cton writes and reads.
const VERSION: &str = "1";

/// A larger file is none: 10,000 series and 100,000 ids of one metric take 3 MB.
pub(super) const LARGEST: usize = 256 << 20;

/// The longest first line there can be.
const LONGEST_HEADER: usize = 100;

/// What is kept of one service.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved<'a> {
    pub(super) service: Cow<'a, str>,
    /// What `Api::keep` was given, as JSON in a text: so `null` is told from nothing.
    pub(super) kept: Option<Cow<'a, str>>,
    pub(super) samples: SavedSamples<'a>,
}

/// The body of the file.
///
/// # Errors
/// It is larger than what is read back.
pub(super) fn body(saved: &Saved<'_>) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(saved)?;
    if body.len() > LARGEST - LONGEST_HEADER {
        let what = format!("the state has {} bytes, more than the {LARGEST} that are read back", body.len());
        return Err(io::Error::other(what));
    }
    Ok(body)
}

/// Writes the file.
pub(super) fn write(body: &[u8], mut out: impl Write) -> io::Result<()> {
    writeln!(out, "{MAGIC} {VERSION} {:08x} {}", checksum(body), body.len())?;
    out.write_all(body)
}

/// Reads the file of that service.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(service: &str, bytes: &[u8]) -> Result<Saved<'static>, String> {
    let body = whole(bytes)?;
    let saved: Saved<'static> =
        serde_json::from_slice(body).map_err(|error| format!("it is not what cton writes: {error}"))?;
    if saved.service != service {
        return Err(format!("it is of the service `{}`", saved.service));
    }
    Ok(saved)
}

/// The body, if the first line says that it is what was written.
///
/// # Errors
/// What is wrong with the file.
pub(super) fn whole(bytes: &[u8]) -> Result<&[u8], String> {
    let end = bytes.iter().take(LONGEST_HEADER).position(|byte| *byte == b'\n');
    let header = end.and_then(|end| std::str::from_utf8(&bytes[..end]).ok()).unwrap_or_default();
    let Some((MAGIC, rest)) = header.split_once(' ') else {
        return Err("it is no state file of cton".to_owned());
    };
    let words: Vec<&str> = rest.split(' ').collect();
    let [VERSION, crc, length] = words[..] else {
        return Err(format!(
            "its version is `{}`, and this cton reads `{VERSION}`: it is of a newer one",
            words[0]
        ));
    };
    let body = &bytes[header.len() + 1..];
    if length != body.len().to_string() {
        return Err(format!("it has {} bytes in place of {length}", body.len()));
    }
    if crc != format!("{:08x}", checksum(body)) {
        return Err("its checksum is wrong".to_owned());
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"service":"s","kept":"[1,null]","samples":{"key":"AAAAAAAAAAAAAAAAAAAAAA==","metrics":[{"name":"m","kind":"counter","labels":["a"],"buckets":[0.5],"series":[["a=\"1\"",1.5,[0.1,-0.0],[1,2]]],"ids":"AA"}]}}"#;

    fn file(body: &str) -> Vec<u8> {
        let mut file = Vec::new();
        write(body.as_bytes(), &mut file).unwrap();
        file
    }

    #[test]
    fn a_file_reads_back_as_it_was_written() {
        let saved = read("s", &file(BODY)).unwrap();
        assert_eq!(String::from_utf8(body(&saved).unwrap()).unwrap(), BODY);
        assert!(file(BODY).starts_with(b"collectington-state 1 "));
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
        assert!(read("s", &[&whole[..], b"\n"].concat()).is_err());
    }

    #[test]
    fn what_is_something_else_is_said() {
        let said = |bytes: &[u8]| read("s", bytes).unwrap_err();
        assert_eq!(said(b""), "it is no state file of cton");
        assert_eq!(said(&[0xff; 1000]), "it is no state file of cton");
        let newer = "collectington-state 2 sha256:abc 4711 zstd\nx";
        assert_eq!(
            said(newer.as_bytes()),
            "its version is `2`, and this cton reads `1`: it is of a newer one"
        );
        assert_eq!(read("other", &file(BODY)).unwrap_err(), "it is of the service `s`");
        assert!(said(&file("{}")).starts_with("it is not what cton writes: missing field `service`"));
        assert!(said(&file(&"[".repeat(100_000))).starts_with("it is not what cton writes"));
    }
}
