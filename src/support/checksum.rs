//! Checksums that detect truncated and changed bytes.

use flate2::Crc;

/// Returns the CRC-32 of the bytes, as in gzip.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    checksum_of(&[bytes])
}

/// Returns the CRC-32 of the concatenated parts.
pub(crate) fn checksum_of(parts: &[&[u8]]) -> u32 {
    let mut crc = Crc::new();
    parts.iter().for_each(|part| crc.update(part));
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn it_is_the_one_of_gzip_so_that_state_files_of_other_versions_are_read() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }
}
