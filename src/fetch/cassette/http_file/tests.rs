use super::*;

fn pairs(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn post(request_body: &[u8], body: &[u8]) -> Exchange {
    Exchange {
        method: "POST".into(),
        target: "/v2/search?q=a%20b".into(),
        request_headers: pairs(&[("accept", "application/json"), ("x-empty", "")]),
        request_body: request_body.into(),
        status: 207,
        headers: pairs(&[("content-type", "text/plain; a=b:c"), ("link", "<a>"), ("link", "<b>")]),
        body: body.into(),
    }
}

fn error(text: &str) -> String {
    let error = Exchange::parse("replay/0001.http", text.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Recording);
    error.to_string()
}

#[test]
fn what_is_written_reads_as_a_person_would_write_it() {
    let text = "POST /v2/search?q=a%20b HTTP/1.1\naccept: application/json\nx-empty:\n\n{\"a\": 1}\n\n\
                HTTP/1.1 207 Multi-Status\ncontent-type: text/plain; a=b:c\nlink: <a>\nlink: <b>\n\nöl";
    let exchange = post(b"{\"a\": 1}", "öl".as_bytes());
    assert_eq!(String::from_utf8(exchange.to_bytes()).unwrap(), text);
    assert_eq!(Exchange::parse("x", text.as_bytes()).unwrap(), exchange);
    assert_eq!(Exchange::parse("x", text.replace('\n', "\r\n").as_bytes()).unwrap(), exchange);
}

#[test]
fn every_body_survives() {
    let bodies: [&[u8]; 12] = [
        b"",
        b"\n",
        b"\r\n\r\n",
        b"\n\na\n\n",
        b"a",
        b"a\r",
        b"a\r\n",
        b"a\n\nHTTP/1.1 200 OK\n\nb",
        b"HTTP/2",
        b"\xff\x00\xfe",
        b"x: y\n\nz",
        "\u{feff}ä\0".as_bytes(),
    ];
    for request in bodies {
        for body in bodies {
            let exchange = post(request, body);
            let bytes = exchange.to_bytes();
            let text = String::from_utf8_lossy(&bytes);
            assert_eq!(Exchange::parse("x", &bytes).unwrap(), exchange, "{text}");
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_read_or_refused() {
    let bytes = post("ä\r\nHTTP/".as_bytes(), b"\xff").to_bytes();
    let read = (0..=bytes.len()).filter(|end| Exchange::parse("x", &bytes[..*end]).is_ok()).count();
    assert!(0 < read && read < bytes.len(), "{read}");
}

#[test]
fn little_is_needed() {
    let little =
        Exchange::parse("x", "\u{feff}# the first page\n\nGET /\n\n\nHTTP/2 204".as_bytes()).unwrap();
    let expected = Exchange { method: "GET".into(), target: "/".into(), status: 204, ..Exchange::default() };
    assert_eq!(little, expected);
    let folded = "GET / HTTP/1.1\n\nHTTP/1.1 200\nX-Recorded-Body: Base64\n\n/w\nA\n=\n";
    assert_eq!(Exchange::parse("x", folded.as_bytes()).unwrap().body, b"\xff\x00");
}

#[test]
fn headers_of_the_wire_and_sent_cookies_are_left_out() {
    let mut exchange = post(b"a", b"b");
    let clean = exchange.clone();
    for name in ["Content-Length", "transfer-encoding", "content-encoding", "cookie"] {
        exchange.headers.push((name.into(), "4711".into()));
        exchange.request_headers.push((name.into(), "4711".into()));
    }
    assert!(!String::from_utf8(exchange.to_bytes()).unwrap().contains("4711"));
    let pasted = "GET / HTTP/1.1\n\nHTTP/1.1 200 OK\nContent-Length: 99\nContent-Encoding: gzip\n\n{}";
    assert_eq!(Exchange::parse("x", pasted.as_bytes()).unwrap().headers, []);
    assert_eq!(Exchange::parse("x", &exchange.to_bytes()).unwrap(), clean);
    let head = pasted.replacen("GET", "HEAD", 1).replace("{}", "");
    let head = Exchange::parse("x", head.as_bytes()).unwrap();
    assert_eq!(head.headers, pairs(&[("content-length", "99")]), "the length is data of a HEAD");
    assert_eq!(Exchange::parse("x", &head.to_bytes()).unwrap(), head);
}

#[test]
fn a_line_break_in_a_header_makes_no_header() {
    let mut exchange = post(b"", b"");
    exchange.headers = pairs(&[("x", "a\r\nevil: b")]);
    assert_eq!(Exchange::parse("x", &exchange.to_bytes()).unwrap().headers, pairs(&[("x", "a  evil: b")]));
}

#[test]
fn a_mistake_has_file_line_found_and_expected() {
    let line = "a request line like `GET /path?query HTTP/1.1` is expected";
    let status = "a status line like `HTTP/1.1 200 OK` is expected after the request and a blank line";
    for (text, message) in [
        ("", format!("1: the file ends here; {line}")),
        ("# only\n\n", format!("2: the file ends here; {line}")),
        ("HTTP/1.1 200 OK\n\n{}", format!("1: found `HTTP/1.1 200 OK`; {line}")),
        ("GET https://h/x HTTP/1.1", format!("1: found `GET https://h/x HTTP/1.1`; {line}")),
        ("\nGET / HTTP/1.1 x", format!("2: found `GET / HTTP/1.1 x`; {line}")),
        (
            "GET / HTTP/1.1\na: b\n\u{1b}c\n",
            "3: found `\\u{1b}c`; `name: value` or a blank line is expected".into(),
        ),
        (
            "GET / HTTP/1.1\nHTTP/1.1 200 OK\n",
            "2: found `HTTP/1.1 200 OK`; `name: value` or a blank line is expected".into(),
        ),
        ("GET / HTTP/1.1\n\n{}\n\n", format!("4: the file ends here; {status}")),
        ("GET / HTTP/1.1\n\nHTTP/1.1 OK\n", format!("3: found `HTTP/1.1 OK`; {status}")),
        ("GET / HTTP/1.1\n\nHTTP/1.1 1000 OK\n", format!("3: found `HTTP/1.1 1000 OK`; {status}")),
        (
            "GET / HTTP/1.1\n\nHTTP/1.1 200 OK\nx-recorded-body: hex\n",
            "4: found `hex`; `base64` is expected".into(),
        ),
    ] {
        assert_eq!(error(text), format!("replay/0001.http:{message}"));
    }
    let bad = error("GET / HTTP/1.1\n\nHTTP/1.1 200 OK\nx-recorded-body: base64\n\n{}\n");
    assert!(bad.starts_with("replay/0001.http:5: the body that begins below is not base64 ("), "{bad}");
    let bytes = Exchange::parse("x", b"GET / HTTP/1.1\n\nHTTP/1.1 200 \xff\n").unwrap_err();
    assert_eq!(bytes.to_string(), "x:3: found bytes that are not UTF-8 text");
}
