//! A body that is compressed with gzip (RFC 1952).

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use ureq::http::HeaderMap;

/// A compressed body, which is decompressed while it is read: one or more members, and zero bytes after them.
///
/// Some servers pad the body to the size of a block. `gzip` and curl ignore such bytes.
#[derive(Debug)]
pub(super) struct GzipBody<R: Read> {
    /// The current member; `None` after the last one.
    member: Option<Box<GzDecoder<BufReader<R>>>>,
}

impl<R: Read> GzipBody<R> {
    /// Returns the decompressed body.
    pub(super) fn new(body: R) -> Self {
        Self { member: Some(Box::new(GzDecoder::new(BufReader::new(body)))) }
    }

    /// Returns the next member, or `None` if only zero bytes follow.
    fn next(mut body: BufReader<R>) -> io::Result<Option<Box<GzDecoder<BufReader<R>>>>> {
        let mut is_padded = false;
        loop {
            let bytes = body.fill_buf()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let (is_end, has_more) = (bytes.is_empty(), zeros < bytes.len());
            is_padded |= zeros > 0;
            match (is_end, has_more, is_padded) {
                (true, ..) => return Ok(None),
                (_, true, false) => return Ok(Some(Box::new(GzDecoder::new(body)))),
                (_, true, true) => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "data after the padding"));
                }
                (_, false, _) => body.consume(zeros),
            }
        }
    }
}

impl<R: Read> Read for GzipBody<R> {
    fn read(&mut self, part: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let amount = member.read(part)?;
            if amount > 0 || part.is_empty() {
                return Ok(amount);
            }
            self.member =
                self.member.take().map(|member| Self::next(member.into_inner())).transpose()?.flatten();
        }
        Ok(0)
    }
}

/// Returns true if the body has the encoding gzip. Its names are case-insensitive, and `x-gzip` is equivalent (RFC 9110 section 8.4.1.3).
pub(super) fn is_gzip(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all("content-encoding").iter();
    let is_only = |name: &str| ["gzip", "x-gzip"].iter().any(|gzip| name.trim().eq_ignore_ascii_case(gzip));
    let first = encodings.next().and_then(|value| value.to_str().ok());
    first.is_some_and(is_only) && encodings.next().is_none()
}

/// Returns true for an error about the compression, not about the connection.
pub(super) fn is_invalid(error: &io::Error) -> bool {
    let is_of_http = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()).is_some();
    let is_of_data = matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
    );
    is_of_data && !is_of_http
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn read(body: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        GzipBody::new(body).read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn members_are_joined_and_zero_bytes_after_them_are_ignored() {
        for padding in [0, 1, 8, 512, 20_000] {
            let body = [member("ab"), member(""), member("cd"), vec![0; padding]].concat();
            assert_eq!(read(&body).unwrap(), "abcd", "{padding}");
        }
    }

    #[test]
    fn other_bytes_and_a_missing_end_are_errors() {
        let whole = member("abcd");
        for body in [
            b"{}".to_vec(),
            Vec::new(),
            vec![0; 20],
            whole[..whole.len() - 1].to_vec(),
            whole[..5].to_vec(),
            [&whole[..], b"x"].concat(),
            [&whole[..], &[0; 9], b"x"].concat(),
            [&whole[..], &[0], &whole].concat(),
        ] {
            assert!(is_invalid(&read(&body).unwrap_err()), "{body:?}");
        }
    }

    #[test]
    fn the_names_of_gzip_are_case_insensitive() {
        let is = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("content-encoding", value.parse().unwrap());
            }
            is_gzip(&headers)
        };
        assert!(["gzip", "GZIP", "x-gzip", "X-GZip", " gzip "].iter().all(|value| is(&[value])));
        assert!(
            ![&["br"][..], &["gzip, br"], &["gzip", "gzip"], &["identity"], &[""], &[]]
                .iter()
                .any(|values| is(values))
        );
    }
}
