//! Connections, heads and bodies that break, never end, or are not HTTP.

use super::Outcome::Fails;
use super::Step::{Drip, Hang, Repeat, Reset, Send};
use super::kinds::*;
use super::{Fault, Way};

pub fn bodies() -> Vec<Fault> {
    let whole = r#"{"total": 2, "incidents": []}"#;
    let half = &whole[..12];
    let zipped = |body: &[u8]| http(200, &[("content-encoding", "gzip")], body);
    let bomb = gzip(&vec![b' '; 256 << 20]);
    let mut damaged = gzip(whole.as_bytes());
    damaged.truncate(damaged.len() / 2);
    vec![
        bytes(
            "cut under content-length",
            [&head(200, &[("content-length", "29")]), half.as_bytes()].concat(),
            Fails("network", &["cut short"]),
        ),
        bytes(
            "cut under chunked",
            [&head(200, &[("transfer-encoding", "chunked")]), b"1d\r\n".as_slice(), half.as_bytes()].concat(),
            Fails("network", &["cut short"]),
        ),
        bytes(
            "no last chunk",
            [
                &head(200, &[("transfer-encoding", "chunked")]),
                b"1d\r\n".as_slice(),
                whole.as_bytes(),
                b"\r\n",
            ]
            .concat(),
            Fails("network", &["cut short"]),
        ),
        bytes(
            "chunk of no size",
            [&head(200, &[("transfer-encoding", "chunked")]), b"zz\r\n".as_slice(), whole.as_bytes()]
                .concat(),
            Fails("network", &["invalid HTTP response"]),
        ),
        bytes(
            "chunk of 2^64",
            [
                &head(200, &[("transfer-encoding", "chunked")]),
                b"ffffffffffffffffff\r\n".as_slice(),
                whole.as_bytes(),
            ]
            .concat(),
            Fails("network", &["invalid HTTP response"]),
        ),
        steps(
            "10 GB",
            vec![Send(head(200, &[("content-length", "10737418240")])), Repeat(vec![b' '; 65536], 10 << 30)],
            Fails("body", &["larger than", "`response_limit_bytes`"]),
        ),
        steps(
            "10 GB without a length",
            vec![Send(head(200, &[])), Repeat(vec![b'['; 65536], 10 << 30)],
            Fails("body", &["larger than", "`response_limit_bytes`"]),
        ),
        bytes("gzip bomb", zipped(&bomb), Fails("body", &["larger than", "`response_limit_bytes`"])),
        bytes("gzip that is none", zipped(whole.as_bytes()), Fails("body", &["cannot be decompressed"])),
        bytes("gzip cut", zipped(&damaged), Fails("body", &["cannot be decompressed"])),
        bytes(
            "unknown encoding",
            http(200, &[("content-encoding", "br")], b"\x0b\x02\x80{}\x03"),
            Fails("type", &["`br`"]),
        ),
    ]
}

pub fn connections() -> Vec<Fault> {
    let (good_head, half) = (head(200, &[("content-length", "29")]), b"{\"total\": 2,".to_vec());
    let late: &[&str] = &["no complete response within", "`request_timeout_sec`"];
    // Of its own accord it would end after hours.
    let slow = [head(200, &[("content-length", "200000")]), vec![b' '; 200_000]].concat();
    vec![
        steps("closed at once", vec![], Fails("network", &["no response"])),
        bytes("closed in the head", "HTTP/1.1 200 OK\r\ncontent-le", Fails("network", &["no response"])),
        steps("reset at once", vec![Reset], Fails("network", &["no response", "reset"])),
        steps(
            "reset in the body",
            vec![Send(good_head.clone()), Send(half.clone()), Reset],
            Fails("network", &["cut short"]),
        ),
        way("connection refused", Way::Refused, Fails("network", &["connection refused", "`api_url`"])),
        way("no such host", Way::NoHost, Fails("network", &["host name not found", "the DNS servers"])),
        steps("hangs before the head", vec![Hang], Fails("timeout", late)),
        steps(
            "hangs in the head",
            vec![Send(b"HTTP/1.1 200 OK\r\ncontent".to_vec()), Hang],
            Fails("timeout", late),
        ),
        steps("hangs in the body", vec![Send(good_head), Send(half), Hang], Fails("timeout", late)),
        steps("drips", vec![Drip(slow)], Fails("timeout", late)),
    ]
}

pub fn heads() -> Vec<Fault> {
    let no_http: &[&str] = &["no response: not HTTP/1.1", "`api_url`"];
    let invalid: &[&str] = &["invalid HTTP response: ", "the provider of the API"];
    let long = "x".repeat(100_000);
    let many: String = (0..1000).map(|n| format!("x-{n}: y\r\n")).collect();
    vec![
        bytes(
            "CR in a header",
            "HTTP/1.1 200 OK\r\nx-a: b\rc\r\ncontent-length: 2\r\n\r\n{}",
            Fails("network", invalid),
        ),
        bytes(
            "LF and a header more",
            "HTTP/1.1 200 OK\r\nx-a: b\n\0evil: c\r\ncontent-length: 2\r\n\r\n{}",
            Fails("network", invalid),
        ),
        bytes(
            "head of 100 kB",
            http(200, &[("x-long", &long)], "{}"),
            Fails("body", &["headers", "larger than"]),
        ),
        bytes("1000 headers", format!("HTTP/1.1 200 OK\r\n{many}\r\n{{}}"), Fails("network", invalid)),
        bytes("an ssh server", "SSH-2.0-OpenSSH_9.2p1\r\n", Fails("network", no_http)),
        bytes("garbage", b"\x00\xff\xfe\x01\x80garbage\r\n\r\n".to_vec(), Fails("network", no_http)),
        bytes("TLS on a plain port", b"\x15\x03\x01\x00\x02\x02\x28".to_vec(), Fails("network", no_http)),
        bytes(
            "two lengths",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 9\r\n\r\n{}",
            Fails("network", invalid),
        ),
        bytes(
            "a length below 0",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
            Fails("network", invalid),
        ),
        steps(
            "100 for ever",
            vec![Repeat(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), 1 << 30)],
            Fails("body", &["headers", "larger than"]),
        ),
    ]
}

pub fn tls() -> Vec<Fault> {
    vec![
        way("self-signed", Way::Tls("self-signed"), Fails("tls", &["TLS", "`ca_file_path`"])),
        way(
            "expired",
            Way::Tls("expired"),
            Fails("tls", &["TLS", "expired", "correct the clock of this machine"]),
        ),
        way("not valid yet", Way::Tls("future"), Fails("tls", &["TLS", "check the clock of this machine"])),
        way(
            "another host",
            Way::Tls("elsewhere"),
            Fails("tls", &["TLS", "not valid for the host of `api_url`"]),
        ),
        Fault {
            way: Way::PlainForTls,
            ..bytes(
                "plain for TLS",
                "HTTP/1.1 400 Bad Request\r\n\r\n",
                Fails("tls", &["TLS", "does not use TLS on this port"]),
            )
        },
        Fault {
            way: Way::PlainForTls,
            ..steps("closed in the handshake", vec![], Fails("network", &["no response"]))
        },
        Fault {
            way: Way::PlainForTls,
            ..steps("hangs in the handshake", vec![Hang], Fails("timeout", &["no complete response within"]))
        },
    ]
}
