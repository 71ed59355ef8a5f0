//! A catalogue of requests that no scraper sends.

/// A request, and which responses it may have; none at all is one of them where `None` is among them.
pub struct Hostile {
    pub name: String,
    pub bytes: Vec<u8>,
    pub responses: &'static [Option<u16>],
}

/// All kinds.
pub fn kinds() -> Vec<Hostile> {
    let all = [lines(), versions(), targets(), methods(), fields(), lengths(), bodies(), bytes(), cut_off()];
    all.into_iter().flatten().collect()
}

const BAD: &[Option<u16>] = &[Some(400)];
const NOT_FOUND: &[Option<u16>] = &[Some(404)];

fn hostile(name: impl Into<String>, bytes: impl Into<Vec<u8>>, responses: &'static [Option<u16>]) -> Hostile {
    Hostile { name: name.into(), bytes: bytes.into(), responses }
}

fn lines() -> Vec<Hostile> {
    let lines = [
        "",
        " ",
        "\t",
        "\r\n",
        "GET",
        "GET ",
        "GET /",
        "GET / ",
        " GET / HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET\t/\tHTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET / HTTP/1.1 x",
        "GET / x HTTP/1.1",
        "GET /metrics",
        "/metrics HTTP/1.1",
        "HTTP/1.1 200 OK",
        "GET\u{b}/ HTTP/1.1",
        "GET /\u{c} HTTP/1.1",
        ": GET / HTTP/1.1",
        "GET / HTTP/1.1\rX: y",
        "GET / HTTP/1.1\nX: y",
        "\nGET / HTTP/1.1",
        "{}",
        "<xml/>",
        "EHLO example.org",
        "SSH-2.0-OpenSSH_9.6",
        "*1\r\n$4\r\nPING",
        "PRI * HTTP/2.0",
    ];
    let responses = &[Some(400), Some(505)];
    lines
        .iter()
        .map(|line| hostile(format!("line {line:?}"), format!("{line}\r\nHost: x\r\n\r\n"), responses))
        .collect()
}

fn versions() -> Vec<Hostile> {
    let versions = [
        "HTTP/2.0",
        "HTTP/3.0",
        "HTTP/2",
        "HTTP/0.9",
        "HTTP/1.2",
        "HTTP/1.10",
        "HTTP/01.1",
        "HTTP/1",
        "HTTP/",
        "HTTP",
        "http/1.1",
        "HTTPS/1.1",
        "HTTP/1,1",
        "HTTP/1.1.1",
        "HTTP/-1.1",
        "HTTP/1.x",
        "HTTP /1.1",
        "HTTP/ 1.1",
        "RTSP/1.0",
        "SIP/2.0",
        "ICAP/1.0",
        "HTTP/99999999999999999999.1",
    ];
    let request = |version: &&str| format!("GET /metrics {version}\r\nHost: x\r\n\r\n");
    let responses = &[Some(400), Some(505)];
    versions
        .iter()
        .map(|version| hostile(format!("version {version}"), request(version), responses))
        .collect()
}

fn targets() -> Vec<Hostile> {
    let targets = [
        "*",
        "metrics",
        "//metrics",
        "/../../etc/passwd",
        "/metrics/../x",
        "/%2e%2e/",
        "/%00",
        "/%zz",
        "/%",
        "/metrics%0d%0aX:y",
        "/metrics%20",
        "/\\",
        "/metrics;x",
        "/metrics#x",
        "/.git/config",
        "/?",
        "/metrics?\u{7e}",
        "http://",
        "http:///metrics",
        "http://x",
        "http://x/y",
        "https://x/metrics",
        "ftp://x/metrics",
        "://",
        "::",
        "x:80",
        "[::1]:80",
        "/<script>alert(1)</script>",
        "/${jndi:ldap://x}",
        "/'or'1'='1",
        "/{{7*7}}",
        "/-/quit",
        "/-/reload",
        "/debug/pprof/",
        "/api/v1/query?query=up",
        "/metrics?x=y&x=z",
        "/METRICS",
        "/|",
        "/^",
        "/`",
    ];
    let request = |target: &&str| format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
    let responses = &[Some(200), Some(400), Some(404)];
    let long = hostile("a target of 8 kB", format!("GET /{}", "x".repeat(9000)), &[Some(414)]);
    let almost = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(8000));
    targets
        .iter()
        .map(|target| hostile(format!("target {target}"), request(target), responses))
        .chain([long, hostile("a target that just fits", almost, NOT_FOUND)])
        .collect()
}

fn methods() -> Vec<Hostile> {
    let known = [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "Get", "BREW", "PROPFIND",
        "X-Y_Z",
    ];
    let wrong = ["G T", "GET,", "G(T", "GET:", "\"GET\"", "G\u{e9}T", "-", "1", "G\0T", "GET/"];
    let request = |method: &&str| format!("{method} /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let long = format!("{} /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "M".repeat(4000));
    let known = known.iter().map(|method| hostile(format!("method {method}"), request(method), &[Some(405)]));
    let responses = &[Some(400), Some(405)];
    let wrong = wrong.iter().map(|method| hostile(format!("method {method:?}"), request(method), responses));
    known.chain(wrong).chain([hostile("a method of 4 kB", long, &[Some(405)])]).collect()
}

fn fields() -> Vec<Hostile> {
    let wrong = [
        "X : y",
        " X: y",
        "\tX: y",
        "X",
        ": y",
        "X: y\r\n folded",
        "X: y\r\n\tfolded",
        "X: y\nZ: z",
        "X: y\rZ: z",
        "X: \0",
        "X: \u{1}",
        "X: \u{7f}",
        "X: \u{8}",
        "X: \u{1b}[31m",
        "X\0: y",
        "X(: y",
        "X\u{e9}: y",
        "Host: y",
        "Host: x y",
        "Host: x/y",
        "Host: a@b",
        "Host: a,b",
        "Host: \"",
        "Host: x?y",
        "Host: <x>",
        "Authorization: Basic eA==\r\nAuthorization: Basic eQ==",
    ];
    let harmless = [
        "Accept: ,,,;;;===",
        "Accept: */*;q=9999999999",
        "Accept: text/plain;q=-1",
        "Accept: \"",
        "Accept: a/b;c=\"\\\"",
        "Accept-Encoding: gzip;q=1e999",
        "Accept-Encoding: ,,,",
        "Accept-Encoding: *;q=0",
        "Connection: upgrade\r\nUpgrade: websocket",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        "Connection: keep-alive",
        "Connection: close, close, close",
        "Range: bytes=0-1,5-9,0-",
        "Range: bytes=99999999999999999999-",
        "If-None-Match: *",
        "If-Modified-Since: never",
        "X-Forwarded-For: 127.0.0.1",
        "X-Original-URL: /x",
        "X-HTTP-Method-Override: DELETE",
        "Line: 0",
        "Line: 99999999999999999999",
        "Cookie: a=b",
        "X: \u{e9}",
        "Proxy: http://x",
        "TE: trailers",
        "Trailer: X",
        "Max-Forwards: 0",
        "Authorization: Basic !!!!",
        "Authorization: Bearer",
        "Via: 1.1 x",
        "Content-Length: 0",
        "Content-Type: text/plain",
        "X-Prometheus-Scrape-Timeout-Seconds: NaN",
    ];
    let request = |field: &&str| format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n");
    let wrong = wrong.iter().map(|field| hostile(format!("header {field:?}"), request(field), BAD));
    let harmless =
        harmless.iter().map(|field| hostile(format!("header {field}"), request(field), &[Some(200)]));
    let many = |name: &str, line: &str, count| {
        hostile(name, format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", line.repeat(count)), &[Some(431)])
    };
    wrong
        .chain(harmless)
        .chain([
            hostile("no host", "GET / HTTP/1.1\r\n\r\n", BAD),
            many("100 headers", "X: y\r\n", 100),
            many("10,000 headers", "X: y\r\n", 10_000),
            many("a header of 10 kB", &format!("X: {}\r\n", "y".repeat(10_000)), 1),
            many("a name of 10 kB", &format!("{}: y\r\n", "X".repeat(10_000)), 1),
            many("1,000 hosts", "Host: x\r\n", 1_000),
        ])
        .collect()
}

fn lengths() -> Vec<Hostile> {
    let lengths = [
        "1",
        "2000",
        "100000000000",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999999999999999",
        "00000000000000000000001",
        "-1",
        "+1",
        "+0",
        "0x0",
        "1e3",
        "1.0",
        "abc",
        "",
        "0, 0",
        "0,5",
        "0 0",
        "0;x",
        "\u{664}",
        "NaN",
    ];
    let request =
        |length: &&str| format!("GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    let responses = &[Some(400), Some(413)];
    lengths.iter().map(|length| hostile(format!("length {length:?}"), request(length), responses)).collect()
}

/// Returns requests with bytes that follow, or seem to follow, a head. A second request in it must never get a response.
fn bodies() -> Vec<Hostile> {
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

fn bytes() -> Vec<Hostile> {
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
fn cut_off() -> Vec<Hostile> {
    let whole = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    let cut = (0..whole.len()).map(|end| hostile(format!("the first {end} bytes"), &whole[..end], &[None]));
    cut.collect()
}
