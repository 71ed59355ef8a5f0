//! The head of a request, parsed more strictly than HTTP requires (RFC 9112).
//!
//! A head that two parsers can read differently allows request smuggling, so every ambiguity is rejected. Examples
//! are lines that do not end in CRLF, folded lines, control characters, two hosts and two lengths. A connection
//! carries one request, without a body. Header values may contain obs-text (RFC 9110, section 5.5), which proxies and
//! browsers send and all parsers read alike.

use std::borrow::Cow;

use httparse::{EMPTY_HEADER, Error, Header, Request, Status};

/// Maximum size of the request line and all headers together, in bytes.
pub(super) const LONGEST: usize = 8 * 1024;
/// Maximum number of header lines of a request.
const MOST_HEADERS: usize = 64;
/// Headers that can change the response; no others are passed on.
const HANDED_ON: [&str; 2] = ["Accept", "Accept-Encoding"];

/// The head of a valid request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestHead {
    /// The method, as it was received.
    pub method: String,
    /// The request target, in visible ASCII.
    pub target: String,
    /// The value of `Host`: letters, digits and `-._~:[]%`.
    pub host: Option<String>,
    /// The headers that can change the response.
    pub headers: Vec<(&'static str, String)>,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
}

/// The status and the reason of a rejected request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status code.
    pub status: u16,
    /// The reason for the client, on one line.
    pub reason: &'static str,
}

/// A head of which a part has been received.
#[derive(Debug, Default)]
pub(crate) struct PartialHead {
    bytes: Vec<u8>,
    /// The number of bytes that are validated.
    seen: usize,
    /// The part of the head that the next byte belongs to.
    part: HeadPart,
}

/// A part of the head.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum HeadPart {
    #[default]
    RequestLine,
    Name,
    Value,
}

impl PartialHead {
    /// Returns true if no byte has been received.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds received bytes, and returns the head once it is complete. Bytes after the head are ignored.
    ///
    /// # Errors
    /// The request is invalid, too long or not supported.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<Option<RequestHead>, Refusal> {
        let room = LONGEST - self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        while let Some(&byte) = self.bytes.get(self.seen) {
            plain(self.seen.checked_sub(1).and_then(|last| self.bytes.get(last)).copied(), byte, self.part)?;
            self.seen += 1;
            self.part = self.part.after(byte);
            if self.bytes[..self.seen].ends_with(b"\r\n\r\n") {
                return parse(&self.bytes[..self.seen]).map(Some);
            }
        }
        if self.bytes.len() < LONGEST {
            Ok(None)
        } else if self.bytes.contains(&b'\n') {
            refuse(431, "The headers are too long: at most 8 KiB are read.")
        } else {
            refuse(414, "The request line is too long: at most 8 KiB are read.")
        }
    }
}

impl HeadPart {
    /// Returns the part that follows a byte of this one.
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (_, b'\n') => Self::Name,
            (Self::Name, b':') => Self::Value,
            (part, _) => part,
        }
    }
}

/// Validates a byte by the byte before it and its part of the head (RFC 9112, section 2.2).
fn plain(before: Option<u8>, byte: u8, part: HeadPart) -> Result<(), Refusal> {
    match (before, byte) {
        (None, b'A'..=b'Z' | b'a'..=b'z') | (Some(b'\r'), b'\n') => Ok(()),
        (None, 0x16) => refuse(400, "This port speaks HTTP without TLS."),
        (None, _) => refuse(400, "This is not HTTP: a method is expected first."),
        (_, b'\n') => refuse(400, "A line has to end in CR and LF."),
        (Some(b'\r'), _) => refuse(400, "CR may only stand before LF."),
        (_, b'\r' | b'\t' | b' '..=b'~') => Ok(()),
        (_, 0x80..) if part == HeadPart::Value => Ok(()),
        (_, 0x80..) => refuse(400, "The request line and the names of headers are ASCII."),
        _ => refuse(400, "A head has no control characters."),
    }
}

fn parse(bytes: &[u8]) -> Result<RequestHead, Refusal> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(Status::Complete(_)) => {}
        Ok(Status::Partial) => return refuse(400, "The head is not whole."),
        Err(Error::TooManyHeaders) => return refuse(431, "There are too many headers: at most 64 are read."),
        Err(Error::Version) if names_http(bytes) => {
            return refuse(505, "Only HTTP/1.1 and HTTP/1.0 are spoken.");
        }
        Err(Error::HeaderName) => return refuse(400, "A line of the headers has no name that can be read."),
        Err(_) => return refuse(400, "The request line or a header cannot be read."),
    }
    let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version) else {
        return refuse(400, "The request line is not whole.");
    };
    let fields = HeaderFields(request.headers);
    fields.host(version)?;
    fields.body()?;
    if fields.all("Expect").next().is_some() {
        return refuse(417, "Nothing can be expected here: leave `Expect` out.");
    }
    Ok(RequestHead {
        method: method.to_owned(),
        target: target.to_owned(),
        host: fields.one("Host")?.map(Cow::into_owned),
        headers: HANDED_ON
            .iter()
            .flat_map(|name| fields.all(name).map(|value| (*name, value.into_owned())))
            .collect(),
        authorization: fields.one("Authorization")?.map(Cow::into_owned),
    })
}

/// Returns true if the third word of the request line is a version of HTTP.
fn names_http(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b' ').nth(2).is_some_and(|word| word.starts_with(b"HTTP/"))
}

/// The headers of a request.
struct HeaderFields<'h>(&'h [Header<'h>]);

impl<'h> HeaderFields<'h> {
    fn all(&self, name: &str) -> impl Iterator<Item = Cow<'h, str>> {
        let named = self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| opaque(header.value))
    }

    fn one(&self, name: &str) -> Result<Option<Cow<'h, str>>, Refusal> {
        let mut all = self.all(name);
        let first = all.next();
        if all.next().is_some() {
            refuse(400, "A header that can stand once stands twice.")
        } else {
            Ok(first)
        }
    }

    /// Validates `Host`, which HTTP/1.1 requires exactly once (RFC 9112, section 3.2).
    fn host(&self, version: u8) -> Result<(), Refusal> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:[]%".contains(c);
        match self.one("Host")? {
            None if version > 0 => refuse(400, "There is no `Host`."),
            Some(host) if !host.chars().all(allowed) => refuse(400, "`Host` is not the name of a host."),
            _ => Ok(()),
        }
    }

    /// Rejects a body, whose ambiguous length would allow request smuggling (RFC 9112, section 6.3).
    fn body(&self) -> Result<(), Refusal> {
        let length = self.one("Content-Length")?;
        if self.all("Transfer-Encoding").next().is_some() {
            return match length {
                Some(_) => refuse(400, "`Content-Length` and `Transfer-Encoding` exclude each other."),
                None => refuse(501, "A request with a body is not understood here."),
            };
        }
        match length {
            Some(length) if length.is_empty() || !length.bytes().all(|c| c.is_ascii_digit()) => {
                refuse(400, "`Content-Length` is no number.")
            }
            Some(length) if length.bytes().any(|c| c != b'0') => refuse(413, "A body is not read here."),
            _ => Ok(()),
        }
    }
}

/// Returns a header value with `?` instead of each byte of obs-text, which has no meaning to this server.
fn opaque(value: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(value) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => value.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect(),
    }
}

fn refuse<T>(status: u16, reason: &'static str) -> Result<T, Refusal> {
    Err(Refusal { status, reason })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<RequestHead>, u16> {
        PartialHead::default().take(bytes).map_err(|refusal| refusal.status)
    }

    fn status(bytes: &[u8]) -> u16 {
        read(bytes).unwrap_err()
    }

    #[test]
    fn a_head_is_the_same_however_it_comes() {
        let bytes = b"GET /metrics?x=y HTTP/1.1\r\nhost: a.b:80\r\naccept:  text/plain \r\nX: 1\r\nAccept: */*\r\n\r\nmore";
        let whole = read(bytes).unwrap().unwrap();
        assert_eq!((&*whole.method, &*whole.target), ("GET", "/metrics?x=y"));
        assert_eq!(whole.headers, [("Accept", "text/plain".to_owned()), ("Accept", "*/*".to_owned())]);
        let mut partial = PartialHead::default();
        let mut heads = bytes.iter().filter_map(|byte| partial.take(&[*byte]).unwrap());
        assert_eq!(heads.next(), Some(whole));
    }

    #[test]
    fn what_is_refused_is_told_from_what_is_like_it() {
        let reason = |bytes: &[u8]| PartialHead::default().take(bytes).unwrap_err().reason;
        assert_eq!(reason(&[0x16, 3, 1]), "This port speaks HTTP without TLS.");
        assert_eq!(reason(&[0x17, 3, 1]), "This is not HTTP: a method is expected first.");
        assert_eq!(status(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505);
        assert_eq!(status(b"GET / FTP/1.0\r\nHost: x\r\n\r\n"), 400);
        assert_eq!(reason(b"GET / HTTP/1.1\r\n\r\n"), "There is no `Host`.");
    }

    #[test]
    fn the_two_versions_of_http_1_are_read() {
        assert!(read(b"GET / HTTP/1.0\r\n\r\n").unwrap().is_some());
        assert!(read(b"HEAD / HTTP/1.1\r\nHost:\r\n\r\n").unwrap().is_some());
        for version in ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/1.2", "HTTP/1.10"] {
            let bytes = format!("GET / {version}\r\nHost: x\r\n\r\n");
            assert!(matches!(status(bytes.as_bytes()), 400 | 505), "{version}");
        }
    }

    #[test]
    fn no_two_readers_can_differ_about_where_a_head_ends() {
        let fields = [
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: identity",
            "Transfer-Encoding:\tchunked",
            "transfer-encoding : chunked",
            "Content-Length: 0\r\nContent-Length: 0",
            "Content-Length: 0\r\ncontent-length: 5",
            "Content-Length: abc",
            "Content-Length: +0",
            "Content-Length: -1",
            "Content-Length: 0x10",
            "Content-Length: 0, 0",
            "Content-Length:",
            "Content-Length: 100000000000",
            "Content-Length: 99999999999999999999999999",
            "X: a\r\n folded: b",
            "X: a\r\n\tfolded",
            "X: a\nY: b",
            "X: a\rY: b",
            "X: a\r\rY: b",
            "X: \0",
            "X: \u{7f}",
            "\u{e4}: a",
            "X\u{e4}: a",
            "X: \u{e4}\u{1}",
            "X: a\r\n\u{e4}",
            "Host: \u{e4}",
            "Content-Length: 0\u{e4}",
            "X : a",
            " X: a",
            ": a",
            "X",
            "Host: y",
            "Host: x y",
            "Host: x/y",
            "Host: x@y",
            "Host: x,y",
            "Expect: 100-continue",
            "Authorization: Basic x\r\nAuthorization: Basic y",
        ];
        for field in fields {
            let bytes = format!("GET / HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n");
            assert!(matches!(status(bytes.as_bytes()), 400 | 413 | 417 | 501), "{field:?}");
        }
        assert!(read(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").unwrap().is_some());
    }

    #[test]
    fn obs_text_in_a_value_is_opaque_and_elsewhere_refused() {
        let value = |value: &[u8]| {
            [b"GET / HTTP/1.1\r\nHost: x\r\nX-User: ", value, b"\r\nAccept: */*;x=", value, b"\r\n\r\n"]
                .concat()
        };
        for byte in 0x80..=0xff_u8 {
            let head = read(&value(&[b'a', byte, b':', byte])).unwrap().unwrap();
            assert_eq!(head.headers, [("Accept", "*/*;x=a?:?".to_owned())], "{byte:#x}");
        }
        assert!(read(&value("J\u{f6}rg \u{65e5}\u{672c}".as_bytes())).unwrap().is_some());
        for line in ["GET /\u{e4} HTTP/1.1", "G\u{c4}T / HTTP/1.1", "GET /a:\u{e4} HTTP/1.1"] {
            assert_eq!(status(format!("{line}\r\nHost: x\r\n\r\n").as_bytes()), 400, "{line}");
        }
        for control in (0..0x20).chain([0x7f]).filter(|byte| !b"\t\r\n".contains(byte)) {
            assert_eq!(status(&value(&[0xe4, control])), 400, "{control:#x}");
        }
    }

    #[test]
    fn a_request_line_has_three_words() {
        let lines = [
            "GET /",
            "GET  / HTTP/1.1",
            "GET /  HTTP/1.1",
            "GET / x HTTP/1.1",
            "GET /\tHTTP/1.1",
            " GET / HTTP/1.1",
            "GET / HTTP/1.1 ",
            "GET HTTP/1.1",
            "G\"T / HTTP/1.1",
            "",
            "\r\nGET / HTTP/1.1",
        ];
        for line in lines {
            let bytes = format!("{line}\r\nHost: x\r\n\r\n");
            assert!(matches!(status(bytes.as_bytes()), 400 | 505), "{line:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused_before_the_head_is_whole() {
        assert_eq!(status(b"GET / HTTP/1.1\n"), 400);
        assert_eq!(status(b"\x16\x03\x01"), 400);
        assert_eq!(status(b"GET /\0"), 400);
        assert_eq!(read(b"GET / HTTP/1.1\r\nHost: x\r\n"), Ok(None));
    }

    /// Generates requests and attacks from their parts.
    fn tokens() -> impl Strategy<Value = Vec<u8>> {
        let known: Vec<&'static [u8]> = vec![
            b"GET",
            b"HEAD",
            b"POST",
            b" ",
            b"/",
            b"/metrics",
            b"HTTP/1.1",
            b"HTTP/1.0",
            b"HTTP/2.0",
            b"\r\n",
            b"\r\n\r\n",
            b"\n",
            b"\r",
            b"\t",
            b"\0",
            b":",
            b"Host: x\r\n",
            b"host: y\r\n",
            b"Accept: */*\r\n",
            b"Accept-Encoding: gzip\r\n",
            b"Content-Length: 0\r\n",
            b"Content-Length: 5\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Expect: x\r\n",
            b"\x80",
            b"x",
            b"GET /metrics HTTP/1.1\r\nHost: x\r\n",
            b"Authorization: Basic eA==\r\n",
            b"Line: 1\r\n",
        ];
        let token = prop_oneof![8 => select(known).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..20)];
        vec(token, 0..12).prop_map(|tokens| tokens.concat())
    }

    proptest! {
        #[test]
        fn what_is_handed_on_is_one_plain_request_however_it_came(bytes in tokens(), cut in 1..40_u8) {
            prop_assert!(crate::fuzz::hold("request", &[&[cut], &*bytes].concat()));
        }
    }

    #[test]
    fn no_head_is_longer_than_8_kib() {
        let long = "x".repeat(LONGEST);
        assert_eq!(status(format!("GET /{long}").as_bytes()), 414);
        assert_eq!(status(format!("GET / HTTP/1.1\r\nX: {long}").as_bytes()), 431);
        assert_eq!(status(format!("GET / HTTP/1.1\r\n{}", "X: y\r\n".repeat(LONGEST)).as_bytes()), 431);
        let lines = |count| format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(count));
        assert!(read(lines(MOST_HEADERS - 1).as_bytes()).unwrap().is_some());
        assert_eq!(status(lines(MOST_HEADERS).as_bytes()), 431);
        let exact = format!("GET / HTTP/1.0\r\nX: {}\r\n\r\n", "x".repeat(LONGEST - 23));
        assert_eq!(exact.len(), LONGEST);
        assert!(read(exact.as_bytes()).unwrap().is_some());
        let mut partial = PartialHead::default();
        while partial.take(b"GET").is_ok() {}
        assert_eq!(partial.bytes.len(), LONGEST);
    }
}
