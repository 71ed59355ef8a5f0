//! The borders of TLS records in the received bytes (RFC 8446 section 5.1).

/// The length of the header of a record: its type, a version, and the length of its content.
const HEADER: usize = 5;

/// Finds out if the received bytes end with a whole record.
///
/// rustls holds a partial record without reporting it. Its rest would be read as part of the next response.
#[derive(Debug, Default)]
pub(super) struct TlsRecords {
    header: [u8; HEADER],
    /// The bytes of the header that were received.
    known: usize,
    /// The bytes of the content that are missing.
    missing: usize,
}

impl TlsRecords {
    /// Adds received bytes.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let skipped = self.missing.min(bytes.len());
            self.missing -= skipped;
            bytes = &bytes[skipped..];
            let more = if self.missing == 0 { (HEADER - self.known).min(bytes.len()) } else { 0 };
            self.header[self.known..self.known + more].copy_from_slice(&bytes[..more]);
            self.known += more;
            bytes = &bytes[more..];
            if self.known == HEADER {
                self.missing = usize::from(u16::from_be_bytes([self.header[3], self.header[4]]));
                self.known = 0;
            }
        }
    }

    /// Returns true if the last record is complete.
    pub(super) fn is_complete(&self) -> bool {
        self.known == 0 && self.missing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_records_are_complete_however_they_arrive() {
        let record = |length: u16| {
            let mut record = vec![23, 3, 3];
            record.extend(length.to_be_bytes());
            record.resize(HEADER + usize::from(length), 7);
            record
        };
        let records = [record(3), record(0), record(400)];
        let bytes = records.concat();
        let mut borders = vec![0];
        records.iter().for_each(|record| borders.push(borders[borders.len() - 1] + record.len()));
        for size in [1, 2, 4, 5, 7, 300] {
            let (mut passed, mut count) = (TlsRecords::default(), 0);
            for part in bytes.chunks(size) {
                passed.pass(part);
                count += part.len();
                assert_eq!(passed.is_complete(), borders.contains(&count), "{count} in parts of {size}");
            }
        }
    }
}
