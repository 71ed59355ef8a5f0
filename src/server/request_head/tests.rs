//! Tests of heads that are valid, ambiguous or too long.

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
    assert_eq!(reason(&[0x16, 3, 1]), "This port does not use TLS: use http://.");
    assert_eq!(reason(&[0x17, 3, 1]), "Not HTTP: a method is expected first.");
    assert_eq!(status(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505);
    assert_eq!(status(b"GET / FTP/1.0\r\nHost: x\r\n\r\n"), 400);
    assert_eq!(reason(b"GET / HTTP/1.1\r\n\r\n"), "`Host` is missing.");
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
        [b"GET / HTTP/1.1\r\nHost: x\r\nX-User: ", value, b"\r\nAccept: */*;x=", value, b"\r\n\r\n"].concat()
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
