//! Tells bytes that are whole, and bytes that have changed.

use flate2::Crc;

/// CRC-32, as in gzip.
pub fn checksum(bytes: &[u8]) -> u32 {
    checksum_of(&[bytes])
}

/// The same of parts, one after the other.
pub fn checksum_of(parts: &[&[u8]]) -> u32 {
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
