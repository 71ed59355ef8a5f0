//! Bytes after a head, other protocols, and heads that are cut off.

use super::{BAD, Hostile, hostile};

/// Returns requests with bytes that follow, or seem to follow, a head. A second request in it must never get a response.
pub(super) fn bodies() -> Vec<Hostile> {
    let second = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n";
    let fields = [
        "Content-Length: 36\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 36",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity\r\nContent-Length: 36",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding:chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "transfer-encoding: CHUNKED",
        "Transfer-Encoding:\u{b}chunked",
        "Transfer-Encoding\t: chunked",
        "Transfer_Encoding: chunked\r\nContent-Length: 36",
        "X: y\nTransfer-Encoding: chunked",
        "X: y\rTransfer-Encoding: chunked",
        "Content-Length: 36\r\nContent-Length: 0",
        "Content-Length: 0\r\nContent-Length: 36",
        "Content-Length: 36\r\n Content-Length: 0",
        "Content-Length : 36",
        "Content-Length: abc",
        "Content-Length: 3\t6",
        "Content-Length: 36",
        "Expect: 100-continue\r\nContent-Length: 36",
        "Expect: x",
    ];
    let responses = &[Some(400), Some(413), Some(417), Some(501)];
    let smuggled = ["GET", "POST"].into_iter().flat_map(|method| {
        fields.map(|field| {
            let bytes = format!("{method} /metrics HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n0\r\n\r\n{second}");
            hostile(format!("{method} with {field:?}"), bytes, responses)
        })
    });
    let get = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    smuggled
        .chain([
            hostile("two requests at once", format!("{get}{second}"), &[Some(200)]),
            hostile("51 requests at once", get.repeat(51), &[Some(200)]),
            hostile("100,000 requests at once", get.repeat(100_000), &[Some(200), None]),
            hostile("a request and 1 MB", get.to_owned() + &"x".repeat(1 << 20), &[Some(200), None]),
            hostile("HTTP/1.0 and another", format!("GET / HTTP/1.0\r\n\r\n{second}"), &[Some(200)]),
            hostile(
                "HTTP/1.0 with chunks",
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                &[Some(501)],
            ),
            hostile(
                "trailers",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n",
                &[Some(501)],
            ),
        ])
        .collect()
}

pub(super) fn bytes() -> Vec<Hostile> {
    let any: Vec<u8> = (0..=255).collect();
    let mut all = vec![
        hostile("every byte", any.clone(), BAD),
        hostile("every byte backwards", any.iter().rev().copied().collect::<Vec<_>>(), BAD),
        hostile("zeros", vec![0; 100_000], BAD),
        hostile("0xff", vec![0xff; 100_000], BAD),
        hostile("line ends", b"\r\n".repeat(10_000), BAD),
        hostile("line feeds", vec![b'\n'; 10_000], BAD),
        hostile("carriage returns", vec![b'\r'; 10_000], BAD),
        hostile("spaces", vec![b' '; 10_000], BAD),
        hostile("letters", vec![b'A'; 100_000], &[Some(414)]),
        hostile("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), BAD),
        hostile("SSL 2", b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10".to_vec(), BAD),
        hostile(
            "HTTP/2",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec(),
            &[Some(505), Some(400)],
        ),
        hostile(
            "PROXY",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            BAD,
        ),
        hostile("PROXY 2", b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c".to_vec(), BAD),
        hostile("SOCKS 5", b"\x05\x01\x00".to_vec(), BAD),
        hostile("a UTF-8 BOM", b"\xef\xbb\xbfGET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), BAD),
        hostile("UTF-16", b"\xff\xfeG\0E\0T\0 \0/\0".to_vec(), BAD),
        hostile("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00".to_vec(), BAD),
        hostile("overlong UTF-8", b"GET /\xc0\xaf HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), BAD),
        hostile("a surrogate", b"GET /\xed\xa0\x80 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), BAD),
        hostile("NEL", b"GET / HTTP/1.1\x85Host: x\r\n\r\n".to_vec(), BAD),
    ];
    all.extend((0x80..=0xffu8).step_by(16).map(|byte| {
        let bytes = [b"GET /metrics HTTP/1.1\r\nHost: x\r\nX", &[byte][..], b": 1\r\n\r\n"].concat();
        hostile(format!("byte {byte:#x} in the name of a header"), bytes, BAD)
    }));
    all
}

/// Left before the head was whole.
pub(super) fn cut_off() -> Vec<Hostile> {
    let whole = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    let cut = (0..whole.len()).map(|end| hostile(format!("the first {end} bytes"), &whole[..end], &[None]));
    cut.collect()
}
